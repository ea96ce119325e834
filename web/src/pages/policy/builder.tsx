import { ActionIcon, Autocomplete, Button, Group as Row, JsonInput, NumberInput, SegmentedControl, Select, TagsInput, Text, TextInput } from "@mantine/core";
import { IconBraces, IconPlus, IconTrash } from "../../parts/icons";
import type { Attribute } from "../../api/client";
import { isGroup, isRaw, newGroup, newTest, operators, operatorsOf, textOf, valueOf, type Group, type Part, type Test } from "./conditions";

/** The attributes there are to choose from, with their types, by path. */
export type Known = Map<string, Attribute["type"]>;

const joins = [
  { value: "all", label: "All of" },
  { value: "any", label: "Any of" },
  { value: "none", label: "None of" },
];

/** Builder edits a group of conditions, and the groups within it. */
export function Builder({ group, known, change, remove, depth = 0 }: { group: Group; known: Known; change(group: Group): void; remove?: () => void; depth?: number }) {
  const put = (part: Part) => change({ ...group, parts: group.parts.map((p) => (p.row === part.row ? part : p)) });
  const drop = (row: number) => change({ ...group, parts: group.parts.filter((p) => p.row !== row) });
  const add = (part: Part) => change({ ...group, parts: [...group.parts, part] });
  return (
    <div className={`conditions ${group.join}`} role="group" aria-label={`${joins.find((j) => j.value === group.join)?.label} these conditions`}>
      <Row justify="space-between" wrap="nowrap" gap="xs">
        <SegmentedControl size="xs" aria-label="How they are joined" data={joins} value={group.join} onChange={(join) => change({ ...group, join: join as Group["join"] })} />
        {remove && <ActionIcon variant="default" size={30} aria-label="Remove this group" onClick={remove}><IconTrash size={15} /></ActionIcon>}
      </Row>
      {group.parts.length === 0 && <Text size="sm" c="dimmed" mt="sm">{depth > 0 ? "Nothing is asked here yet." : group.join === "all" ? "Nothing is asked: the set selects everything." : "Nothing is asked yet."}</Text>}
      {group.parts.map((p) =>
        isGroup(p) ? (
          <Builder key={p.row} group={p} known={known} change={put} remove={() => drop(p.row)} depth={depth + 1} />
        ) : isRaw(p) ? (
          <Written key={p.row} raw={p.raw} change={(raw) => put({ ...p, raw })} remove={() => drop(p.row)} />
        ) : (
          <Condition key={p.row} test={p} known={known} change={put} remove={() => drop(p.row)} />
        ),
      )}
      <Row gap="xs" mt="sm">
        <Button size="compact-sm" variant="light" leftSection={<IconPlus size={14} />} onClick={() => add(newTest())}>Add a condition</Button>
        {depth < 6 && <Button size="compact-sm" variant="subtle" leftSection={<IconBraces size={14} />} onClick={() => add(newGroup(group.join === "any" ? "all" : "any", [newTest()]))}>Add a group</Button>}
      </Row>
    </div>
  );
}

function Condition({ test: t, known, change, remove }: { test: Test; known: Known; change(test: Test): void; remove(): void }) {
  const type = known.get(t.path);
  const offered = operatorsOf(type);
  const name = t.path.slice(0, 60) || "the attribute";
  function choose(path: string) {
    const is = known.get(path);
    const kept = operatorsOf(is).some((o) => o.value === t.op) ? t.op : (operatorsOf(is)[0]?.value ?? "equals");
    change(is === type ? { ...t, path } : { row: t.row, path, op: kept, ...(t.ref !== undefined ? { ref: t.ref } : { value: undefined }) });
  }
  function operate(op: string) {
    const kept = operators[op]?.right === operators[t.op]?.right;
    change({ row: t.row, path: t.path, op, ...(t.ref !== undefined && operators[op]?.right !== "two" ? { ref: t.ref } : { value: kept ? t.value : undefined }) });
  }
  return (
    <div className="condition">
      <Autocomplete aria-label="Attribute" placeholder="user.department" classNames={{ input: "mono" }} data={[...known.keys()]} value={t.path} onChange={choose} limit={60} />
      <Select aria-label={`How ${name} compares`} allowDeselect={false} data={offered.some((o) => o.value === t.op) ? offered : [...offered, { value: t.op, label: operators[t.op]?.label ?? t.op }]} value={t.op} onChange={(v) => v && operate(v)} />
      <div className="against">
        {t.ref === undefined ? (
          <Value test={t} type={type} change={(value) => change({ ...t, value })} />
        ) : (
          <Autocomplete aria-label={`Attribute that ${name} is compared with`} placeholder="resource.department" classNames={{ input: "mono" }} data={[...known.keys()].filter((k) => k !== t.path)} value={t.ref} onChange={(ref) => change({ ...t, ref })} limit={60} />
        )}
        {operators[t.op]?.right !== "two" && (
          <Button size="compact-xs" variant="transparent" c="dimmed" fw={500} px={2} onClick={() => change(t.ref === undefined ? { row: t.row, path: t.path, op: t.op, ref: "" } : { row: t.row, path: t.path, op: t.op, value: undefined })}>
            {t.ref === undefined ? "Compare with an attribute" : "Compare with a value"}
          </Button>
        )}
      </div>
      <ActionIcon className="end" variant="default" size={36} aria-label={`Remove the condition on ${name}`} onClick={remove}><IconTrash size={16} /></ActionIcon>
    </div>
  );
}

function Value({ test: t, type, change }: { test: Test; type: Attribute["type"] | undefined; change(value: unknown): void }) {
  const label = `What ${t.path.slice(0, 60) || "the attribute"} is compared with`;
  const right = operators[t.op]?.right ?? "one";
  if (right === "count") return <NumberInput aria-label={label} min={0} allowDecimal={false} value={typeof t.value === "number" ? t.value : ""} onChange={(v) => change(v === "" ? undefined : Number(v))} />;
  if (right === "text") return <TextInput aria-label={label} value={typeof t.value === "string" ? t.value : ""} onChange={(e) => change(e.currentTarget.value || undefined)} />;
  if (right === "many") {
    const list = Array.isArray(t.value) ? t.value : [];
    const of = type === "array" || type === undefined ? undefined : type;
    return <TagsInput aria-label={label} placeholder={list.length === 0 ? "Type, then Enter" : undefined} value={list.map((v) => textOf(v, of))} onChange={(v) => change(v.map((x) => valueOf(x, of)))} />;
  }
  if (right === "two") {
    const [from, to] = Array.isArray(t.value) ? (t.value as unknown[]) : [];
    return (
      <Row gap="xs" wrap="nowrap">
        <Typed label={`${label}, from`} type={type} value={from} change={(v) => change([v, to])} />
        <Text size="sm">and</Text>
        <Typed label={`${label}, to`} type={type} value={to} change={(v) => change([from, v])} />
      </Row>
    );
  }
  return <Typed label={label} type={right === "element" && type === "array" ? undefined : type} value={t.value} change={change} />;
}

/** Typed is a value of an attribute's type. */
function Typed({ label, type, value, change }: { label: string; type: Attribute["type"] | undefined; value: unknown; change(value: unknown): void }) {
  if (type === "bool") return <Select aria-label={label} placeholder="Choose" allowDeselect={false} data={[{ value: "true", label: "yes (true)" }, { value: "false", label: "no (false)" }]} value={typeof value === "boolean" ? String(value) : null} onChange={(v) => change(v === "true")} />;
  if (type === "number" && (value === undefined || typeof value === "number")) return <NumberInput aria-label={label} value={value ?? ""} onChange={(v) => change(v === "" || Number.isNaN(Number(v)) ? undefined : Number(v))} />;
  return <TextInput aria-label={label} placeholder={type ? "Value" : 'Value; "42" in quotes is text'} value={textOf(value, type)} onChange={(e) => change(valueOf(e.currentTarget.value, type))} />;
}

/** Written is a condition for which there is no form: it is edited as JSON. */
function Written({ raw, change, remove }: { raw: Record<string, unknown>; change(raw: Record<string, unknown>): void; remove(): void }) {
  return (
    <div className="condition written">
      <JsonInput label="As JSON" autosize minRows={2} defaultValue={JSON.stringify(raw, null, 2)} classNames={{ input: "mono" }} validationError="This is not JSON" onChange={(text) => { const v = objectOf(text); if (v) change(v); }} />
      <ActionIcon className="end" variant="default" size={36} aria-label="Remove this condition" onClick={remove}><IconTrash size={16} /></ActionIcon>
    </div>
  );
}

/** objectOf is the object that a text says, if it does. */
export function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const v: unknown = JSON.parse(text);
    return typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
