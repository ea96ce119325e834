import { Group, MultiSelect, Paper, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, faultOf, type Role } from "../../api/client";
import { Card, Empty, Failure, Page, Said, Tag, Waiting } from "../../parts";
import { Delete, Editor, named, Naming, type Line } from "../../parts/editor";
import { Back } from "../../parts/links";
import { usePolicyChanged, useRoleList, useRuleList } from "../../queries";
import { policyRole } from "../../router";
import { inheritance } from "./matrix";

export function EditRole() {
  const { role: key } = policyRole.useParams();
  const roles = useRoleList();
  const role = roles.data?.find((r) => r.key === key);
  return (
    <Page title={role?.name || key} about={role && <Said mono>{role.key}</Said>} back={<Back to="/policy/roles">Roles</Back>} actions={role && <Gone role={role} roles={roles.data ?? []} />}>
      {roles.error ? (
        <Failure error={roles.error} again={() => void roles.refetch()} />
      ) : roles.isPending ? (
        <Paper><Waiting /></Paper>
      ) : !role ? (
        <Paper><Empty title="There is no such role">It may have been deleted. See the list of roles.</Empty></Paper>
      ) : (
        <Form key={JSON.stringify(role)} role={role} roles={roles.data} />
      )}
    </Page>
  );
}

export function NewRole() {
  const roles = useRoleList();
  return (
    <Page title="New role" about="A role that users are given in a tenant." back={<Back to="/policy/roles">Roles</Back>}>
      {roles.error ? <Failure error={roles.error} again={() => void roles.refetch()} /> : roles.isPending ? <Paper><Waiting /></Paper> : <Form roles={roles.data} />}
    </Page>
  );
}

interface Draft {
  key: string;
  name: string;
  description: string;
  extends: string[];
}

const draftOf = (r?: Role): Draft => ({ key: r?.key ?? "", name: r?.name ?? "", description: r?.description ?? "", extends: r?.extends ?? [] });

function Form({ role, roles }: { role?: Role; roles: Role[] }) {
  const [draft, setDraft] = useState(() => draftOf(role));
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const changed = usePolicyChanged();
  const go = useNavigate();
  const save = useMutation({
    mutationFn: async () => {
      if (role) return call("patch", "/v2/schema/{proj}/{env}/roles/{role}", { params: { role: role.key }, body: edited(role, draft) });
      return call("post", "/v2/schema/{proj}/{env}/roles", { body: { key: draft.key, name: draft.name, ...(draft.description ? { description: draft.description } : {}), extends: draft.extends } });
    },
    onSuccess: async (saved) => {
      await changed();
      if (!role) void go({ to: "/policy/roles/$role", params: { role: saved.key }, ignoreBlocker: true });
    },
  });
  const from = inheritance([...roles.filter((r) => r.key !== draft.key), { ...(role ?? { id: "", description: null, permissions: [] }), ...draft }]).get(draft.key) ?? new Map<string, string>();
  return (
    <Editor lines={differences(role, draft)} hint="Nothing has changed." about="It is one commit, and holds in every tenant from then on." problem={!draft.key || !draft.name.trim() ? "It needs a name and a key." : undefined} save={save} discard={() => setDraft(draftOf(role))}>
      <Card title="Role">
        <Stack>
          <Naming made={Boolean(role)} name={draft.name} id={draft.key} change={change} nameError={faultOf(save.error, "name")} keyError={faultOf(save.error, "key")} />
          <Textarea label="Description" autosize minRows={1} value={draft.description} onChange={(e) => change({ description: e.currentTarget.value })} error={faultOf(save.error, "description")} />
          <MultiSelect label="Extends" description="It may do whatever these roles may, too" searchable clearable clearButtonProps={{ "aria-label": "Extend nothing" }} data={roles.filter((r) => r.key !== draft.key).map((r) => ({ value: r.key, label: (r.name || r.key).slice(0, 80) }))} value={draft.extends} onChange={(v) => change({ extends: v })} error={faultOf(save.error, "extends")} />
        </Stack>
      </Card>
      <Card title="What it may do" about="Its own permissions are ticked in the matrix; those it inherits come from the roles it extends.">
        <Stack gap="sm">
          <Permissions label="Its own" list={role?.permissions ?? []} />
          <Permissions label="Inherited" list={[...from.keys()].filter((p) => !role?.permissions.includes(p))} from={from} />
        </Stack>
      </Card>
    </Editor>
  );
}

function Permissions({ label, list, from }: { label: string; list: string[]; from?: Map<string, string> }) {
  return (
    <div>
      <Text size="sm" fw={620}>{label}</Text>
      <Group gap={6} mt={6}>
        {list.length === 0 && <Said>{""}</Said>}
        {list.slice(0, 80).map((p) => <Tag key={p} tone={from ? "info" : "allow"}><Said mono>{p}</Said>{from && <> from <Said>{from.get(p)}</Said></>}</Tag>)}
        {list.length > 80 && <Tag>+{list.length - 80}</Tag>}
      </Group>
    </div>
  );
}

function edited(role: Role, d: Draft) {
  return {
    ...(d.name !== role.name ? { name: d.name } : {}),
    ...(d.description !== (role.description ?? "") ? { description: d.description || null } : {}),
    ...(same(d.extends, role.extends) ? {} : { extends: d.extends }),
  };
}

const same = (a: string[], b: string[]) => [...a].sort().join("\n") === [...b].sort().join("\n");

function differences(role: Role | undefined, d: Draft): Line[] {
  const was = draftOf(role);
  if (!role && !d.name && !d.key) return [];
  const lines: Line[] = [];
  if (!role) lines.push({ verb: "adds", of: "role", name: d.name || d.key });
  else {
    if (d.name !== was.name) lines.push({ verb: "changes", of: "the name to", name: d.name });
    if (d.description !== was.description) lines.push({ verb: "changes", of: "the description to", name: d.description || "nothing" });
  }
  for (const e of d.extends.filter((x) => !was.extends.includes(x))) lines.push({ verb: "gives", of: "whatever", name: `${e} may` });
  for (const e of was.extends.filter((x) => !d.extends.includes(x))) lines.push({ verb: "takes", of: "whatever only", name: `${e} may` });
  return lines;
}

function Gone({ role, roles }: { role: Role; roles: Role[] }) {
  const rules = useRuleList();
  const held = useQuery({ queryKey: ["assignments", "of role", role.key], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/role_assignments", { query: { role: role.key, include_total_count: true, per_page: 1 }, signal }) });
  const changed = usePolicyChanged();
  const go = useNavigate();
  const heirs = roles.filter((r) => r.extends.includes(role.key));
  const ruled = rules.data?.filter((r) => r.user_set === `__autogen_${role.key}`).length ?? 0;
  const goes = [
    held.data && held.data.total_count > 0 && `${held.data.total_count.toLocaleString("en")} assignments: whoever holds it holds it no longer`,
    role.permissions.length > 0 && `what it may do: ${named(role.permissions)}`,
    heirs.length > 0 && `what it gives to ${named(heirs.map((r) => r.name || r.key))}, which extend it`,
    ruled > 0 && `${ruled} rules with sets`,
  ].filter((x): x is string => Boolean(x));
  async function remove() {
    await call("delete", "/v2/schema/{proj}/{env}/roles/{role}", { params: { role: role.key } });
    await go({ to: "/policy/roles", ignoreBlocker: true });
    await changed();
  }
  return <Delete kind="role" name={role.name || role.key} goes={goes} remove={remove} />;
}
