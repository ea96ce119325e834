import { Autocomplete, Button, Group, JsonInput, Select, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import type { Attribute } from "../api/client";
import { as, attributesOf, draftOf, faultOf, kindOf, listOf, newFact, problemOf, type Draft, type Fact, type Fault, type Kind } from "./attributes";
import { Add, Heads, Remove } from "./rows";

const kinds: { value: Kind; label: string }[] = [
  { value: "text", label: "Text" },
  { value: "number", label: "Number" },
  { value: "bool", label: "Yes or no" },
  { value: "list", label: "List" },
  { value: "json", label: "JSON" },
];

interface Editing {
  label: string;
  about: ReactNode;
  example: [name: string, value: string];
  draft: Draft;
  change(draft: Draft): void;
  /** without kinds, each value says itself what it is */
  untyped?: boolean;
  /** the attributes that are declared, which are offered */
  known?: Record<string, Pick<Attribute, "type">> | undefined;
  /** names that a source overwrites */
  kept?: string[];
  /** what the server says of an attribute */
  fault?(name: string): string | undefined;
}

/** Facts are attributes by name, kind and value, or as JSON. */
export function Facts({ label, about, example, draft, change, untyped = false, known = {}, kept = [], fault }: Editing) {
  const said = attributesOf(draft);
  const put = (f: Fact) => typeof draft !== "string" && change(draft.map((x) => (x.row === f.row ? f : x)));
  const first = JSON.stringify({ [example[0]]: example[1] });
  return (
    <div role="group" aria-label={label}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        {untyped ? (
          <div>
            <strong className="label">{label}</strong>
            <div className="about">{about}</div>
          </div>
        ) : (
          <Text size="sm" c="dimmed">{about}</Text>
        )}
        <Button size="compact-xs" variant="default" disabled={Boolean(problemOf(draft))} style={{ flex: "none" }} onClick={() => change(typeof draft === "string" ? draftOf(said, !untyped) : said && Object.keys(said).length > 0 ? JSON.stringify(said, null, 2) : "")}>{typeof draft === "string" ? "As fields" : "As JSON"}</Button>
      </Group>
      {typeof draft === "string" ? (
        <JsonInput aria-label={`${label} as JSON`} mt="xs" placeholder={first} autosize minRows={untyped ? 2 : 5} classNames={{ input: "mono" }} value={draft} onChange={change} error={said ? problemOf(draft, kept) : `This is not an object such as ${first}`} />
      ) : (
        <>
          {!untyped && draft.length > 0 && <Heads of={["Name", "Type", "Value"]} />}
          {draft.map((f) => <Line key={f.row} label={label} example={example} fact={f} put={put} untyped={untyped} known={known} fault={faults(f, draft, kept, fault)} remove={() => change(draft.filter((x) => x.row !== f.row))} />)}
          <Add onClick={() => change([...draft, newFact(untyped ? "any" : "text")])}>{untyped ? "Add" : "Add an attribute"}</Add>
        </>
      )}
    </div>
  );
}

function faults(f: Fact, all: Fact[], kept: string[], fault: Editing["fault"]): Fault {
  const found = faultOf(f, all, kept);
  return found.name || found.value || f.name === "" ? found : { value: fault?.(f.name) };
}

interface Lined {
  label: string;
  example: [name: string, value: string];
  fact: Fact;
  put(f: Fact): void;
  untyped: boolean;
  known: Record<string, Pick<Attribute, "type">>;
  fault: Fault;
  remove(): void;
}

function Line({ label, example, fact: f, put, untyped, known, fault, remove }: Lined) {
  const of = `of ${f.name.slice(0, 60)}`;
  const value = { "aria-label": `${label}: value ${of}`, value: f.text, error: fault.value };
  const away = <Remove what={f.name || "this line"} onClick={remove} />;
  if (untyped) {
    return (
      <div className="row two tight">
        <TextInput aria-label={`${label}: name`} placeholder={example[0]} classNames={{ input: "mono" }} value={f.name} onChange={(e) => put({ ...f, name: e.currentTarget.value })} />
        <TextInput {...value} placeholder={example[1]} onChange={(e) => put({ ...f, text: e.currentTarget.value })} />
        {away}
      </div>
    );
  }
  // A name that is declared brings its kind along, unless something is typed already.
  function name(text: string) {
    const kind = Object.hasOwn(known, text) ? kindOf(known[text]?.type) : undefined;
    put(kind && f.text === "" ? as({ ...f, name: text }, kind) : { ...f, name: text });
  }
  return (
    <div className="row three">
      <Autocomplete aria-label={`${label}: name`} placeholder={example[0]} classNames={{ input: "mono" }} data={Object.keys(known)} value={f.name} onChange={name} error={fault.name} />
      <Select aria-label={`${label}: type ${of}`} allowDeselect={false} data={kinds} value={f.kind} onChange={(v) => put(as(f, (v ?? "text") as Kind))} />
      <Value fact={f} put={put} common={value} example={example[1]} />
      {away}
    </div>
  );
}

function Value({ fact: f, put, common, example }: { fact: Fact; put(f: Fact): void; common: { "aria-label": string; value: string; error: string | undefined }; example: string }) {
  const type = (text: string) => put({ ...f, text });
  switch (f.kind) {
    case "number":
      return <TextInput {...common} inputMode="decimal" placeholder="0" onChange={(e) => type(e.currentTarget.value)} />;
    case "bool":
      return <Select {...common} value={f.text || "false"} allowDeselect={false} data={[{ value: "true", label: "Yes" }, { value: "false", label: "No" }]} onChange={(v) => type(v ?? "false")} />;
    case "list":
      return <TagsInput {...common} value={listOf(f)} splitChars={[]} allowDuplicates placeholder={listOf(f).length === 0 ? "Type, then Enter" : undefined} onChange={(v) => type(JSON.stringify(v))} />;
    case "json":
      return <JsonInput {...common} autosize minRows={1} maxRows={12} classNames={{ input: "mono" }} placeholder="{}" onChange={type} />;
    default:
      return <Textarea {...common} autosize minRows={1} maxRows={8} placeholder={example} onChange={(e) => type(e.currentTarget.value)} />;
  }
}
