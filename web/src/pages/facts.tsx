import { Button, Group, JsonInput, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { textOf, valueOf } from "./policy/conditions";
import { Add, Remove } from "./policy/resource-parts";

/** attributesOf are the attributes that a text says; undefined for none, null for what is no object. */
export function attributesOf(text: string | undefined): Record<string, unknown> | undefined | null {
  if (!text?.trim()) return undefined;
  try {
    const v: unknown = JSON.parse(text);
    return typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

interface Fact {
  row: number;
  name: string;
  value: string;
}

let rows = 0;
const factsOf = (text: string | undefined): Fact[] => Object.entries(attributesOf(text) ?? {}).map(([name, v]) => ({ row: ++rows, name, value: textOf(v, undefined) }));

/** Facts are attributes by name and value, or as JSON. */
export function Facts({ label, about, example, text, change }: { label: string; about: ReactNode; example: [string, string]; text: string | undefined; change(text: string | undefined): void }) {
  const [list, setList] = useState<Fact[] | null>(() => (attributesOf(text) === null ? null : factsOf(text)));
  const wrong = attributesOf(text) === null;
  function put(facts: Fact[]) {
    setList(facts);
    const named = facts.filter((f) => f.name !== "");
    change(named.length === 0 ? undefined : JSON.stringify(Object.fromEntries(named.map((f) => [f.name, valueOf(f.value, undefined) ?? ""]))));
  }
  return (
    <div role="group" aria-label={label}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <div>
          <strong className="label">{label}</strong>
          <div className="about">{about}</div>
        </div>
        <Button size="compact-xs" variant="default" disabled={wrong} style={{ flex: "none" }} onClick={() => setList(list ? null : factsOf(text))}>{list ? "As JSON" : "As fields"}</Button>
      </Group>
      {list ? (
        <>
          {list.map((f) => (
            <div className="row two tight" key={f.row}>
              <TextInput aria-label={`${label}: name`} placeholder={example[0]} classNames={{ input: "mono" }} value={f.name} onChange={(e) => { const name = e.currentTarget.value; put(list.map((x) => (x.row === f.row ? { ...x, name } : x))); }} />
              <TextInput aria-label={`${label}: value of ${f.name.slice(0, 60)}`} placeholder={example[1]} value={f.value} onChange={(e) => { const value = e.currentTarget.value; put(list.map((x) => (x.row === f.row ? { ...x, value } : x))); }} />
              <Remove what={f.name || "this line"} onClick={() => put(list.filter((x) => x.row !== f.row))} />
            </div>
          ))}
          <Add onClick={() => put([...list, { row: ++rows, name: "", value: "" }])}>Add</Add>
        </>
      ) : (
        <JsonInput aria-label={`${label} as JSON`} mt="xs" placeholder={`{"${example[0]}": ${JSON.stringify(valueOf(example[1], undefined))}}`} autosize minRows={2} classNames={{ input: "mono" }} value={text ?? ""} onChange={(v) => change(v || undefined)} error={wrong ? `This is not an object such as {"${example[0]}": ${JSON.stringify(valueOf(example[1], undefined))}}` : undefined} />
      )}
    </div>
  );
}
