import { Button, Group, Modal, Select, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconPlus } from "../parts/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, type Person } from "../api/client";
import { Ago, Empty, Framed, Said, Tag } from "../parts";
import { useRoles, useTenants } from "../queries";
import { useHere } from "../session";

type Held = Person["assignments"][number];

/** Roles is what a user holds, and where it is given and taken. */
export function Roles({ person: p }: { person: Person }) {
  const { mayWrite } = useHere();
  const [giving, setGiving] = useState(false);
  const [taking, setTaking] = useState<Held | null>(null);
  return (
    <Framed title="Roles" aside={mayWrite && <Button size="sm" leftSection={<IconPlus size={16} />} onClick={() => setGiving(true)}>Give a role</Button>}>
      {p.assignments.length === 0 ? (
        <Empty title="No role is held">Somebody without a role is denied everything that roles decide.{!mayWrite && " An editor can give one here."}</Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Roles held">
          <table className="grid beside stacks">
            <thead><tr><th style={{ width: "20%" }}>Role</th><th>In</th><th style={{ width: "17%" }}>Given by</th><th style={{ width: 100 }}>Since</th>{mayWrite && <th style={{ width: 92 }}><VisuallyHidden>Take</VisuallyHidden></th>}</tr></thead>
            <tbody>
              {p.assignments.map((a) => (
                <tr key={`${a.role} ${a.tenant} ${a.instance}`}>
                  <td><strong><Said>{a.role_name || a.role}</Said></strong></td>
                  <td data-of="In"><div><Said>{a.tenant_name || a.tenant}</Said>{a.instance && <div className="of"><Text span size="xs" c="dimmed">on</Text><Said mono>{a.instance}</Said></div>}</div></td>
                  <td data-of="Given by"><Group gap={6}>{a.given_by.map((g) => <Tag key={g} tone={g === "api" ? "quiet" : "info"}>{g}</Tag>)}</Group></td>
                  <td data-of="Since"><Ago at={a.since} /></td>
                  {mayWrite && <td><Button size="compact-sm" variant="default" onClick={() => setTaking(a)} aria-label={`Take ${(a.role_name || a.role).slice(0, 80)} in ${(a.tenant_name || a.tenant).slice(0, 80)}`}>Take</Button></td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {p.assignments.length < p.assignments_total && <div className="foot">The first {p.assignments.length.toLocaleString("en")} of {p.assignments_total.toLocaleString("en")}.</div>}
      {giving && <Give user={p.key} close={() => setGiving(false)} />}
      {taking && <Take user={p.key} held={taking} close={() => setTaking(null)} />}
    </Framed>
  );
}

/** useChanged is a write after which everything about the user is read again. */
function useChanged<T>(user: string, write: (input: T) => Promise<unknown>, close: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async () => {
      await Promise.all([["person", user], ["may", user], ["changes", "of", user]].map((queryKey) => queries.invalidateQueries({ queryKey })));
      close();
    },
  });
}

function Give({ user, close }: { user: string; close(): void }) {
  const roles = useRoles();
  const tenants = useTenants();
  const [role, setRole] = useState<string | null>(null);
  const [tenant, setTenant] = useState<string | null>("default");
  const give = useChanged(user, (body: { user: string; role: string; tenant: string }) => call("post", "/v2/facts/{proj}/{env}/role_assignments", { body }), close);
  function submit(e: FormEvent) {
    e.preventDefault();
    if (role && tenant) give.mutate({ user, role, tenant });
  }
  return (
    <Modal opened onClose={close} withCloseButton={false} attributes={{ content: { "aria-label": "Give a role" } }}>
      <form onSubmit={submit}>
        <Text component="h2" fw={650} size="lg" mb="md">Give a role</Text>
        <Stack gap="md">
          <Select label="Role" data={roles} value={role} onChange={setRole} searchable required data-autofocus nothingFoundMessage="There is no such role" />
          <Select label="Tenant" data={tenants} value={tenant} onChange={setTenant} searchable required nothingFoundMessage="There is no such tenant" />
          {give.error && <Text role="alert" size="sm" c="var(--gh-deny)">{give.error.message}</Text>}
        </Stack>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button type="submit" disabled={!role || !tenant} loading={give.isPending}>Give it</Button>
        </Group>
      </form>
    </Modal>
  );
}

function Take({ user, held, close }: { user: string; held: Held; close(): void }) {
  const take = useChanged(
    user,
    () => call("delete", "/v2/facts/{proj}/{env}/role_assignments", { body: held.instance ? { user, role: held.role, resource_instance: held.instance } : { user, role: held.role, tenant: held.tenant } }),
    close,
  );
  const again = held.given_by.some((g) => g.startsWith("logto:"));
  return (
    <Modal opened onClose={close} withCloseButton={false} attributes={{ content: { "aria-label": "Take this role?" } }}>
      <Text component="h2" fw={650} size="lg" mb={4}>Take <Said>{held.role_name || held.role}</Said>?</Text>
      <Text size="sm">Decisions change at once. {again && "Logto says that the user has it, so it comes back with the next sweep: take it there."}</Text>
      {take.error && <Text role="alert" size="sm" c="var(--gh-deny)" mt="sm">{take.error.message}</Text>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close}>Keep it</Button>
        <Button loading={take.isPending} onClick={() => take.mutate(undefined)}>Take it</Button>
      </Group>
    </Modal>
  );
}
