import { ActionIcon, Button, Group, MultiSelect, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "../parts/icons";
import type { ReactNode } from "react";
import type { Mapping } from "../api/client";
import type { Choice } from "../queries";

interface List<T> {
  list: T[];
  set(list: T[]): void;
}

const replaced = <T,>(list: T[], at: number, change: Partial<T>) => list.map((x, i) => (i === at ? { ...x, ...change } : x));
const without = <T,>(list: T[], at: number) => list.filter((_, i) => i !== at);

function Remove({ what, onClick }: { what: string; onClick(): void }) {
  return <ActionIcon variant="default" size={36} aria-label={`Remove ${what.slice(0, 80)}`} onClick={onClick}><IconTrash size={17} aria-hidden /></ActionIcon>;
}

/** Rows is a list whose rows are added at its end. */
function Rows({ title, none, add, children }: { title: string; none: string; add(): void; children: ReactNode[] }) {
  return (
    <Stack gap="xs" role="group" aria-label={title}>
      <Group justify="space-between">
        <Text size="sm" fw={600}>{title}</Text>
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={15} />} onClick={add} aria-label={`Add: ${title.toLowerCase()}`}>Add</Button>
      </Group>
      {children.length === 0 ? <Text size="sm" c="dimmed">{none}</Text> : children}
    </Stack>
  );
}

/** Tenants gives organizations other keys than their ids. */
export function Tenants({ list, set }: List<Mapping["tenants"][number]>) {
  return (
    <Rows title="Keys of tenants" none="Each has the id of its organization for a key." add={() => set([...list, { organization: "", key: "" }])}>
      {list.map((t, i) => (
        <Group key={i} gap="xs" wrap="nowrap">
          <TextInput flex={1} aria-label={`Organization ${i + 1}`} placeholder="Id of the organization" value={t.organization} onChange={(e) => set(replaced(list, i, { organization: e.currentTarget.value }))} />
          <TextInput flex={1} aria-label={`Key of tenant ${i + 1}`} placeholder="Key of the tenant" value={t.key} onChange={(e) => set(replaced(list, i, { key: e.currentTarget.value }))} />
          <Remove what={`the key of ${t.organization}`} onClick={() => set(without(list, i))} />
        </Group>
      ))}
    </Rows>
  );
}

const nothing = "gives nothing";

/** Names says what roles of Logto are here. */
export function Names({ title, list, roles, set }: List<Mapping["global_roles"][number]> & { title: string; roles: Choice[] }) {
  return (
    <Rows title={title} none="Each is the role of the same key." add={() => set([...list, { name: "", role: "" }])}>
      {list.map((n, i) => (
        <Group key={i} gap="xs" wrap="nowrap">
          <TextInput flex={1} aria-label={`${title}: role ${i + 1} of Logto`} placeholder="Name in Logto" value={n.name} onChange={(e) => set(replaced(list, i, { name: e.currentTarget.value }))} />
          <Select flex={1} aria-label={`${title}: role ${i + 1} here`} searchable allowDeselect={false} data={[{ value: nothing, label: nothing }, ...roles, ...(n.role && !roles.some((r) => r.value === n.role) ? [{ value: n.role, label: n.role }] : [])]} value={n.role || nothing} onChange={(v) => set(replaced(list, i, { role: v === nothing ? "" : (v ?? "") }))} />
          <Remove what={n.name || "this role"} onClick={() => set(without(list, i))} />
        </Group>
      ))}
    </Rows>
  );
}

type Rule = Mapping["rules"][number];

const places = [
  { value: "tenants", label: "in these tenants" },
  { value: "own", label: "in the organization's tenant" },
  { value: "expression", label: "in what an expression says" },
];

/** place is where a rule gives its roles. */
const place = (r: Rule) => (r.tenants_from !== undefined && r.tenants_from !== "" ? "expression" : r.each_organization && !r.tenants?.length ? "own" : "tenants");

const moved: Record<string, Partial<Rule>> = {
  tenants: { tenants: ["default"], tenants_from: "" },
  own: { tenants: [], tenants_from: "", each_organization: true },
  expression: { tenants: [], tenants_from: "organizations.map(o, o.id)" },
};

export function Rules({ list, roles, tenants, set }: List<Rule> & { roles: Choice[]; tenants: Choice[] }) {
  if (list.length === 0) return <Text size="sm" c="dimmed">There is no rule: roles come from Logto's roles and by API alone.</Text>;
  return (
    <Stack>
      {list.map((r, i) => {
        const change = (c: Partial<Rule>) => set(replaced(list, i, c));
        const named = r.name.slice(0, 64) || `rule ${i + 1}`;
        return (
          <Stack key={i} gap="sm" className="rule" role="group" aria-label={`Rule ${named}`}>
            <Group gap="xs" align="flex-end" wrap="nowrap">
              <TextInput flex={1} label="Name" description="Letters, digits, - and _; what it gives is said to be given by it." value={r.name} onChange={(e) => change({ name: e.currentTarget.value })} />
              <Remove what={`rule ${named}`} onClick={() => set(without(list, i))} />
            </Group>
            <Textarea label="Condition" autosize minRows={1} maxRows={8} classNames={{ input: "mono" }} spellCheck={false} value={r.condition} onChange={(e) => change({ condition: e.currentTarget.value })} />
            <Group gap="sm" align="flex-start" grow preventGrowOverflow={false} wrap="wrap">
              <MultiSelect label="Gives" searchable data={roles} value={r.roles} onChange={(v) => change({ roles: v })} placeholder={r.roles.length === 0 ? "Roles" : undefined} miw={220} />
              <Select label="Where" allowDeselect={false} data={places} value={place(r)} onChange={(v) => change(moved[v ?? "tenants"] ?? {})} miw={220} />
              {place(r) === "tenants" && <MultiSelect label="Tenants" searchable data={[...tenants, ...(r.tenants ?? []).filter((t) => !tenants.some((c) => c.value === t)).map((t) => ({ value: t, label: t }))]} value={r.tenants ?? []} onChange={(v) => change({ tenants: v })} miw={220} />}
              {place(r) === "expression" && <TextInput label="Expression" classNames={{ input: "mono" }} spellCheck={false} value={r.tenants_from ?? ""} onChange={(e) => change({ tenants_from: e.currentTarget.value })} miw={220} />}
            </Group>
            <Switch label="Ask for each organization of the user" disabled={place(r) === "own"} checked={r.each_organization ?? false} onChange={(e) => change({ each_organization: e.currentTarget.checked })} />
          </Stack>
        );
      })}
    </Stack>
  );
}

type Attribute = Mapping["attributes"][number];

export function Attributes({ title, list, hint, set }: List<Attribute> & { title: string; hint: string }) {
  return (
    <Rows title={title} none="None is mapped." add={() => set([...list, { key: "", path: "" }])}>
      {list.map((a, i) => {
        const computed = a.expression !== undefined && a.expression !== "";
        const kind = computed || a.path === undefined ? "expression" : "path";
        return (
          <Group key={i} gap="xs" className="cells">
            <TextInput flex="1 1 130px" aria-label={`${title}: key of attribute ${i + 1}`} placeholder="Key here" value={a.key} onChange={(e) => set(replaced(list, i, { key: e.currentTarget.value }))} />
            <Select w={150} aria-label={`${title}: what attribute ${i + 1} comes from`} allowDeselect={false} data={[{ value: "path", label: "from a path" }, { value: "expression", label: "computed" }]} value={kind} onChange={(v) => set(list.map((x, n) => (n === i ? (v === "path" ? { key: x.key, path: "" } : { key: x.key, expression: "true" }) : x)))} />
            <TextInput flex="2 1 180px" classNames={{ input: "mono" }} spellCheck={false} aria-label={`${title}: ${kind} of attribute ${i + 1}`} placeholder={hint} value={(kind === "path" ? a.path : a.expression) ?? ""} onChange={(e) => set(replaced(list, i, kind === "path" ? { path: e.currentTarget.value } : { expression: e.currentTarget.value }))} />
            <Remove what={`attribute ${a.key}`} onClick={() => set(without(list, i))} />
          </Group>
        );
      })}
    </Rows>
  );
}
