import { Button, Checkbox, Group, List, Modal, Paper, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCheck, IconTable } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fragment, useRef, useState, type KeyboardEvent } from "react";
import { call, type Resource, type Role } from "../api/client";
import { Empty, Failure, Page, Said, Tag, Waiting } from "../parts";
import { useResourceList, useRoleList } from "../queries";
import { useHere } from "../session";

export function Policy() {
  const roles = useRoleList();
  const resources = useResourceList();
  const error = roles.error ?? resources.error;
  return (
    <Page title="Policy" about="What each role may do, in every tenant where it is held.">
      {error ? (
        <Failure error={error} again={() => { void roles.refetch(); void resources.refetch(); }} />
      ) : !roles.data || !resources.data ? (
        <Paper><Waiting rows={8} /></Paper>
      ) : roles.data.length === 0 || resources.data.length === 0 ? (
        <Paper>
          <Empty title={resources.data.length === 0 ? "There is nothing to protect yet" : "There is no role yet"} icon={<IconTable size={34} stroke={1.4} />}>
            {resources.data.length === 0 ? <>Make a resource with its actions: <code>POST /v2/schema/…/resources</code>. Its actions are the rows here.</> : <>Make a role: <code>POST /v2/schema/…/roles</code>. Roles are the columns here.</>}
          </Empty>
        </Paper>
      ) : (
        <Matrix roles={roles.data} resources={resources.data} />
      )}
    </Page>
  );
}

interface Edit {
  role: Role;
  permission: string;
  gives: boolean;
}

function Matrix({ roles, resources }: { roles: Role[]; resources: Resource[] }) {
  const { mayWrite } = useHere();
  const [edits, setEdits] = useState<Map<string, Edit>>(new Map());
  const [open, dialog] = useDisclosure(false);
  const queries = useQueryClient();
  const table = useRef<HTMLTableElement>(null);
  const inherited = inheritance(roles);

  const save = useMutation({
    mutationFn: () => call("put", "/v2/schema/{proj}/{env}/bulk/roles", { body: { operations: edited(roles, edits) } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["roles"] });
      setEdits(new Map());
      dialog.close();
    },
  });

  function toggle(role: Role, permission: string) {
    const id = `${role.key} ${permission}`;
    setEdits((was) => {
      const next = new Map(was);
      if (!next.delete(id)) next.set(id, { role, permission, gives: !role.permissions.includes(permission) });
      return next;
    });
  }

  // Arrow keys go from box to box.
  function move(e: KeyboardEvent) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    const at = (e.target as HTMLElement).dataset.at?.split(" ").map(Number);
    if (!step || !at) return;
    e.preventDefault();
    table.current?.querySelector<HTMLInputElement>(`[data-at="${(at[0] ?? 0) + (step[0] ?? 0)} ${(at[1] ?? 0) + (step[1] ?? 0)}"]`)?.focus();
  }

  let row = -1;
  return (
    <>
      {!mayWrite && <Text size="sm"><Tag tone="info">Viewer</Tag> You may look. An owner can make you an editor.</Text>}
      <div className="frame">
        <div className="scroll" tabIndex={0} role="region" aria-label="Roles and actions">
          <table className="matrix" ref={table} onKeyDown={move}>
            <thead>
              <tr>
                <th scope="col" style={{ textAlign: "left" }}>Action</th>
                {roles.map((r) => (
                  <th scope="col" key={r.key} style={{ maxWidth: 150 }}>
                    <Said>{r.name}</Said>
                    {r.extends.length > 0 && <Text size="xs" c="dimmed" fw={400}>extends <Said>{r.extends.join(", ")}</Said></Text>}
                  </th>
                ))}
                <th aria-hidden style={{ width: "100%" }} />
              </tr>
            </thead>
            <tbody>
              {resources.map((res) => (
                <Fragment key={res.key}>
                  <tr className="group"><th colSpan={roles.length + 2} scope="rowgroup"><Said>{res.name}</Said> <Text span size="xs" c="dimmed" fw={400}><Said mono>{res.key}</Said></Text></th></tr>
                  {Object.values(res.actions).map((a) => {
                    row++;
                    const permission = `${res.key}:${a.key}`;
                    return (
                      <tr key={permission}>
                        <th scope="row"><Said>{a.name || a.key}</Said></th>
                        {roles.map((r, column) => {
                          const edit = edits.get(`${r.key} ${permission}`);
                          const has = edit ? edit.gives : r.permissions.includes(permission);
                          const from = inherited.get(r.key)?.get(permission);
                          return (
                            <td key={r.key} className={edit ? "changed" : undefined}>
                              <Checkbox checked={has || Boolean(from)} indeterminate={!has && Boolean(from)} disabled={!mayWrite} data-at={`${row} ${column}`} onChange={() => toggle(r, permission)} aria-label={`${r.name.slice(0, 60)} may ${permission.slice(0, 80)}${from && !has ? `, inherited from ${from}` : ""}`} style={{ display: "inline-block", verticalAlign: "middle" }} />
                            </td>
                          );
                        })}
                        <td aria-hidden />
                      </tr>
                    );
                  })}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
        <div className="foot">
          <span>{edits.size === 0 ? "Arrow keys move, space ticks. A bar instead of a tick is inherited." : <Tag tone="warn">{edits.size === 1 ? "1 change is" : `${edits.size} changes are`} not saved</Tag>}</span>
          <Group gap="sm">
            <Button variant="default" size="sm" disabled={edits.size === 0} onClick={() => setEdits(new Map())}>Discard</Button>
            <Button size="sm" disabled={edits.size === 0} leftSection={<IconCheck size={16} />} onClick={dialog.open}>Review and save</Button>
          </Group>
        </div>
      </div>
      <Modal opened={open} onClose={dialog.close} withCloseButton={false} attributes={{ content: { "aria-label": "Save these changes?" } }}>
        <Text component="h2" fw={650} size="lg" mb={4}>Save these changes?</Text>
        <Text size="sm" mb="sm">They hold in every tenant from the moment they are saved, all at once.</Text>
        <List size="sm" spacing={6} listStyleType="none" mah={320} style={{ overflowY: "auto" }}>
          {[...edits.values()].map((e) => (
            <List.Item key={`${e.role.key} ${e.permission}`}>
              <Tag tone={e.gives ? "allow" : "deny"}>{e.gives ? "gives" : "takes"}</Tag> <strong><Said>{e.role.name}</Said></strong> <Said mono>{e.permission}</Said>
            </List.Item>
          ))}
        </List>
        {save.error && <Text c="var(--gh-deny)" size="sm" mt="sm" role="alert">{save.error.message}</Text>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={dialog.close}>Keep editing</Button>
          <Button loading={save.isPending} onClick={() => save.mutate()}>Save</Button>
        </Group>
      </Modal>
    </>
  );
}

/** edited are the roles as they are to be, those alone that change. */
function edited(roles: Role[], edits: Map<string, Edit>) {
  return roles
    .filter((r) => [...edits.values()].some((e) => e.role.key === r.key))
    .map((r) => {
      const permissions = new Set(r.permissions);
      for (const e of edits.values()) {
        if (e.role.key !== r.key) continue;
        if (e.gives) permissions.add(e.permission);
        else permissions.delete(e.permission);
      }
      return { key: r.key, name: r.name, ...(r.description ? { description: r.description } : {}), permissions: [...permissions], extends: r.extends };
    });
}

/** inheritance says which permissions a role has from those it extends, and from which. */
function inheritance(roles: Role[]): Map<string, Map<string, string>> {
  const by = new Map(roles.map((r) => [r.key, r]));
  const all = new Map<string, Map<string, string>>();
  for (const r of roles) {
    const from = new Map<string, string>();
    const seen = new Set([r.key]);
    const queue = [...r.extends];
    for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
      const parent = by.get(key);
      if (!parent || seen.has(key)) continue;
      seen.add(key);
      for (const p of parent.permissions) if (!from.has(p)) from.set(p, parent.name);
      queue.push(...parent.extends);
    }
    all.set(r.key, from);
  }
  return all;
}
