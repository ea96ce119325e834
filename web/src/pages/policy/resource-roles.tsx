import { Checkbox, Group, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import type { Derivation, Resource } from "../../api/client";
import { Card, Said } from "../../parts";
import { newRow, type Draft, type RoleRow } from "./resource-draft";
import { Add, Remove } from "../../parts/rows";
import { set, without, type Part } from "./resource-parts";

/** ResourceRoles are the roles that are held on one thing, and how one is derived from
 * roles on related things. */
export function ResourceRoles({ draft, change, fault, all }: Part & { all: Resource[] }) {
  const actions = draft.actions.filter((a) => a.key);
  const put = (row: number, part: Partial<RoleRow>) => change({ roles: set(draft.roles, row, part) });
  return (
    <Card title="Roles" about="Roles that are held on one thing, rather than in a whole tenant.">
      {draft.roles.length === 0 && <Text size="sm" c="dimmed">None yet: roles in the tenant decide alone.</Text>}
      {draft.roles.map((r) => (
        <section className="inset" key={r.row} aria-label={`Role ${r.key.slice(0, 60)}`}>
          <Stack gap="md">
            <div className="row two first">
              <TextInput label="Key" placeholder="owner" readOnly={Boolean(r.was)} classNames={{ input: "mono" }} value={r.key} onChange={(e) => put(r.row, { key: e.currentTarget.value })} error={fault(`roles.${r.key}`)} />
              <TextInput label="Name" value={r.name} onChange={(e) => put(r.row, { name: e.currentTarget.value })} />
              <Remove what={`the role ${r.key}`} onClick={() => change({ roles: without(draft.roles, r.row).map((x) => ({ ...x, extends: x.extends.filter((k) => k !== r.key) })) })} />
            </div>
            <Checkbox.Group label="It may" value={r.permissions} onChange={(v) => put(r.row, { permissions: v })}>
              <Group gap="md" mt={6}>
                {actions.map((a) => <Checkbox key={a.row} value={a.key} label={(a.name || a.key).slice(0, 60)} />)}
                {actions.length === 0 && <Text size="sm" c="dimmed">There is no action yet.</Text>}
              </Group>
            </Checkbox.Group>
            <MultiSelect label="Extends" placeholder={r.extends.length === 0 ? "no other role" : undefined} data={draft.roles.filter((x) => x.key && x.row !== r.row).map((x) => ({ value: x.key, label: (x.name || x.key).slice(0, 60) }))} value={r.extends} onChange={(v) => put(r.row, { extends: v })} />
            <Derivations role={r} draft={draft} all={all} put={(part) => put(r.row, part)} />
          </Stack>
        </section>
      ))}
      <Add onClick={() => change({ roles: [...draft.roles, { row: newRow(), key: "", name: "", permissions: [], extends: [], derivations: [], unlessDirect: false }] })}>Add a role</Add>
    </Card>
  );
}

function Derivations({ role, draft, all, put }: { role: RoleRow; draft: Draft; all: Resource[]; put(part: Partial<RoleRow>): void }) {
  const relations = draft.relations.filter((x) => x.key && x.resource);
  const rolesOf = (resource: string) => (resource === draft.key ? draft.roles.filter((x) => x.key).map((x) => ({ value: x.key, label: x.name || x.key })) : Object.values(all.find((r) => r.key === resource)?.roles ?? {}).map((x) => ({ value: x.key, label: x.name || x.key }))).map((x) => ({ ...x, label: x.label.slice(0, 60) }));
  const change = (i: number, part: Partial<Derivation>) => put({ derivations: role.derivations.map((d, j) => (j === i ? { ...d, ...part } : d)) });
  return (
    <div role="group" aria-label={`Who else has the role ${role.key.slice(0, 60)}`}>
      <Text size="sm" fw={500}>Also held by who holds</Text>
      {role.derivations.map((d, i) => (
        <div className="derivation" key={i}>
          <Select aria-label="Role on the related thing" placeholder="Role" allowDeselect={false} data={rolesOf(d.on_resource)} value={d.role || null} onChange={(v) => change(i, { role: v ?? "" })} />
          <Text size="sm" component="div">on the <strong><Said>{d.on_resource || "resource"}</Said></strong> that is its</Text>
          <Select aria-label="Relation" placeholder="Relation" allowDeselect={false} data={relations.map((x) => ({ value: x.key, label: x.key.slice(0, 60) }))} value={d.linked_by_relation || null} onChange={(v) => { const on = relations.find((x) => x.key === v)?.resource ?? ""; change(i, { linked_by_relation: v ?? "", on_resource: on, role: rolesOf(on).some((x) => x.value === d.role) ? d.role : "" }); }} />
          <Checkbox label="unless a role is held on the thing itself" checked={d.when?.no_direct_roles_on_object ?? false} onChange={(e) => change(i, { when: { no_direct_roles_on_object: e.currentTarget.checked } })} />
          <Remove what={`this derivation of ${role.key}`} onClick={() => put({ derivations: role.derivations.filter((_, j) => j !== i) })} />
        </div>
      ))}
      {relations.length === 0 ? (
        <Text size="sm" c="dimmed">Nothing: a role is derived through a relation, and there is none yet.</Text>
      ) : (
        <Group gap="lg" mt="xs">
          <Add onClick={() => { const x = relations[0]; put({ derivations: [...role.derivations, { role: "", on_resource: x?.resource ?? "", linked_by_relation: x?.key ?? "", when: { no_direct_roles_on_object: false } }] }); }}>Derive it</Add>
          {role.derivations.length > 0 && <Checkbox mt="sm" label="None of these where a role is held on the thing itself" checked={role.unlessDirect} onChange={(e) => put({ unlessDirect: e.currentTarget.checked })} />}
        </Group>
      )}
    </div>
  );
}
