import { Select, Text, TextInput } from "@mantine/core";
import type { Attribute, Resource } from "../../api/client";
import { Card } from "../../parts";
import { Add, Heads, Remove } from "../../parts/rows";
import { newRow, type ActionRow, type AttributeRow, type Draft, type RelationRow } from "./resource-draft";

/** What each part of the form of a resource is given. */
export interface Part {
  draft: Draft;
  change(part: Partial<Draft>): void;
  /** what the server says of a field */
  fault(field: string): string | undefined;
}

export const types: { value: Attribute["type"]; label: string }[] = [
  { value: "string", label: "Text" },
  { value: "number", label: "Number" },
  { value: "bool", label: "Yes or no" },
  { value: "time", label: "Time" },
  { value: "array", label: "List" },
  { value: "json", label: "JSON" },
  { value: "object", label: "Object" },
  { value: "object_array", label: "List of objects" },
];

/** Fixed is a choice that is made, as text that cannot be edited. */
function Fixed({ label, of, value }: { label: string; of: { value: string; label: string }[]; value: string }) {
  return <TextInput aria-label={label} readOnly value={of.find((x) => x.value === value)?.label ?? value} />;
}

/** set is a list with one row changed. */
export const set = <T extends { row: number }>(list: T[], row: number, part: Partial<T>) => list.map((x) => (x.row === row ? { ...x, ...part } : x));
export const without = <T extends { row: number }>(list: T[], row: number) => list.filter((x) => x.row !== row);

export function Actions({ draft, change, fault }: Part) {
  const put = (row: number, part: Partial<ActionRow>) => change({ actions: set(draft.actions, row, part) });
  return (
    <Card title="Actions" about="What can be done with it. Your application asks by the key.">
      {draft.actions.length === 0 && <Text size="sm" c="dimmed">None yet: nothing can be allowed or denied.</Text>}
      {draft.actions.length > 0 && <Heads of={["Key", "Name"]} />}
      {draft.actions.map((a) => (
        <div className="row two" key={a.row}>
          <TextInput aria-label="Key of the action" placeholder="read" readOnly={Boolean(a.was)} classNames={{ input: "mono" }} value={a.key} onChange={(e) => put(a.row, { key: e.currentTarget.value })} error={fault(`actions.${a.key}`)} />
          <TextInput aria-label={`Name of the action ${a.key.slice(0, 60)}`} placeholder="Name" value={a.name} onChange={(e) => put(a.row, { name: e.currentTarget.value })} />
          <Remove what={`the action ${a.key}`} onClick={() => change({ actions: without(draft.actions, a.row), roles: draft.roles.map((r) => ({ ...r, permissions: r.permissions.filter((p) => p !== a.key) })) })} />
        </div>
      ))}
      <Add onClick={() => change({ actions: [...draft.actions, { row: newRow(), key: "", name: "" }] })}>Add an action</Add>
    </Card>
  );
}

export function Attributes({ draft, change, fault, of, builtIn }: Part & { of: string; builtIn: string[] }) {
  const put = (row: number, part: Partial<AttributeRow>) => change({ attributes: set(draft.attributes, row, part) });
  return (
    <Card title="Attributes" about={`What is known of ${of}, for conditions to look at.`}>
      {draft.attributes.length === 0 && <Text size="sm" c="dimmed">None yet.</Text>}
      {draft.attributes.length > 0 && <Heads of={["Key", "Type", "Description"]} />}
      {draft.attributes.map((a) => {
        const fixed = builtIn.includes(a.key) && Boolean(a.was);
        return (
          <div className="row three" key={a.row}>
            <TextInput aria-label="Key of the attribute" placeholder="department" readOnly={Boolean(a.was)} classNames={{ input: "mono" }} value={a.key} onChange={(e) => put(a.row, { key: e.currentTarget.value })} error={fault(`attributes.${a.key}`)} />
            {fixed ? <Fixed label={`Type of ${a.key.slice(0, 60)}`} of={types} value={a.type} /> : <Select aria-label={`Type of ${a.key.slice(0, 60)}`} allowDeselect={false} data={types} value={a.type} onChange={(v) => put(a.row, { type: (v ?? "string") as Attribute["type"] })} />}
            <TextInput aria-label={`Description of ${a.key.slice(0, 60)}`} placeholder="Description" readOnly={fixed} value={a.description} onChange={(e) => put(a.row, { description: e.currentTarget.value })} />
            <Remove what={`the attribute ${a.key}`} disabled={fixed} onClick={() => change({ attributes: without(draft.attributes, a.row) })} />
          </div>
        );
      })}
      <Add onClick={() => change({ attributes: [...draft.attributes, { row: newRow(), key: "", type: "string", description: "" }] })}>Add an attribute</Add>
    </Card>
  );
}

export function Relations({ draft, change, fault, all }: Part & { all: Resource[] }) {
  const put = (row: number, part: Partial<RelationRow>) => change({ relations: set(draft.relations, row, part) });
  const self = all.some((r) => r.key === draft.key) ? [] : [{ value: draft.key, label: "itself" }];
  const resources = [...all.map((r) => ({ value: r.key, label: (r.key === draft.key ? `${r.name} (itself)` : r.name || r.key).slice(0, 80) })), ...(draft.key ? self : [])];
  return (
    <Card title="Relations" about="Which other things it belongs to, such as a document to the folder that is its parent. Roles can be derived through them.">
      {draft.relations.length === 0 && <Text size="sm" c="dimmed">None yet.</Text>}
      {draft.relations.length > 0 && <Heads of={["Key", "Resource"]} />}
      {draft.relations.map((x) => (
        <div className="row two" key={x.row}>
          <TextInput aria-label="Key of the relation" placeholder="parent" readOnly={x.made} classNames={{ input: "mono" }} value={x.key} onChange={(e) => put(x.row, { key: e.currentTarget.value })} error={fault(`relations.${x.key}`)} />
          {x.made ? <Fixed label={`Resource of the relation ${x.key.slice(0, 60)}`} of={resources} value={x.resource} /> : <Select aria-label={`Resource of the relation ${x.key.slice(0, 60)}`} placeholder="Resource" searchable allowDeselect={false} data={resources} value={x.resource || null} onChange={(v) => put(x.row, { resource: v ?? "" })} error={fault("relations")} />}
          <Remove what={`the relation ${x.key}`} onClick={() => change({ relations: without(draft.relations, x.row), roles: draft.roles.map((r) => ({ ...r, derivations: r.derivations.filter((d) => d.linked_by_relation !== x.key) })) })} />
        </div>
      ))}
      <Add onClick={() => change({ relations: [...draft.relations, { row: newRow(), key: "", resource: "", made: false }] })}>Add a relation</Add>
    </Card>
  );
}
