import { ActionIcon, Button, Code, Group, Modal, Select, Stack, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { IconPlus, IconTrash } from "../parts/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Grant, type Member } from "../api/client";
import { Ago, Copy, Failure, Framed, Said, Waiting } from "../parts";
import { useHere } from "../session";
import { Access } from "./settings-environments";

type Level = "read" | "write" | "admin";

const levels: { value: Level; label: string }[] = [
  { value: "read", label: "Viewer: sees everything" },
  { value: "write", label: "Editor: all but keys and members" },
  { value: "admin", label: "Owner: everything" },
];

/** Asked is a member to whom something is about to happen. */
interface Asked {
  member: Member;
  what: "role" | "link" | "remove";
}

export function Members() {
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const { session } = useHere();
  const members = useQuery<Member[]>({ queryKey: ["members"], queryFn: ({ signal }) => call("get", "/v2/members", { query: { per_page: 100 }, everywhere: true, signal }) });
  const close = () => setAsked(null);
  return (
    <Framed title="Members" aside={<Button size="sm" variant="default" leftSection={<IconPlus size={16} />} disabled={!members.data} onClick={() => setAdding(true)}>Add a member</Button>}>
      {members.error ? (
        <Failure error={members.error} again={() => void members.refetch()} />
      ) : members.isPending ? (
        <Waiting rows={2} />
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="List of members">
          <table className="grid broad stacks">
            <thead><tr><th style={{ width: "28%" }}>Member</th><th>Role</th><th style={{ width: 110 }}>Since</th><th style={{ width: 330 }}><VisuallyHidden>Manage</VisuallyHidden></th></tr></thead>
            <tbody>
              {members.data.map((m) => (
                <tr key={m.id}>
                  <td><strong><Said>{m.email}</Said></strong></td>
                  <td data-of="Role">
                    <Stack gap={4}>
                      {m.grants.length === 0 && <Text size="sm" c="dimmed">none</Text>}
                      {m.grants.map((g) => <Group gap={6} wrap="nowrap" key={objectOf(g)}><Access of={g.access_level} /><Text size="sm" c="dimmed" truncate>{g.object_type === "org" ? "everywhere" : <>in <Said>{nameOf(g)}</Said></>}</Text></Group>)}
                    </Stack>
                  </td>
                  <td data-of="Since"><Ago at={m.created_at} /></td>
                  <td>
                    {m.email === session.email ? (
                      <Text size="sm" c="dimmed">this is you</Text>
                    ) : (
                      <Group gap="xs" wrap="nowrap">
                        <Button size="compact-sm" variant="default" onClick={() => setAsked({ member: m, what: "role" })} aria-label={`Change role of ${m.email.slice(0, 80)}`}>Change role</Button>
                        <Button size="compact-sm" variant="default" onClick={() => setAsked({ member: m, what: "link" })} aria-label={`Make a link for ${m.email.slice(0, 80)}`}>Make a link</Button>
                        <Button size="compact-sm" variant="default" onClick={() => setAsked({ member: m, what: "remove" })} aria-label={`Remove ${m.email.slice(0, 80)}`}>Remove</Button>
                      </Group>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {adding && <Add close={() => setAdding(false)} made={(member) => { setAdding(false); setAsked({ member, what: "link" }); }} />}
      {asked?.what === "role" && <ChangeRole member={asked.member} close={close} />}
      {asked?.what === "link" && <MemberLink member={asked.member} close={close} />}
      {asked?.what === "remove" && <Remove member={asked.member} close={close} />}
    </Framed>
  );
}

/** objectOf names what a grant is about: one about the same takes its place. */
const objectOf = (g: { project_id?: string | null; environment_id?: string | null }) => `${g.project_id ?? ""}/${g.environment_id ?? ""}`;

const nameOf = (g: Member["grants"][number]) => g.environment_name || g.environment_key || g.project_name || g.project_key || "";

/** A Row is a grant that is edited: where, and as what. */
interface Row {
  where: string;
  access: Level | null;
}

const everywhere = "/";

/** usePlaces are where a member may be granted something, by what grants there are about. */
function usePlaces(of?: Member): Map<string, { label: string; grant(access: Level): Grant }> {
  const { session } = useHere();
  const { organization_id } = session;
  const list: [string, string, Omit<Grant, "access_level">][] = [
    [everywhere, "Everywhere", { organization_id, object_type: "org" }],
    ...session.environments.map((e): [string, string, Omit<Grant, "access_level">] => [objectOf({ project_id: e.project_id, environment_id: e.id }), e.name || e.key, { organization_id, object_type: "env", project_id: e.project_id, environment_id: e.id }]),
    ...(of?.grants ?? []).map((g): [string, string, Omit<Grant, "access_level">] => [objectOf(g), g.object_type === "org" ? "Everywhere" : nameOf(g), { organization_id, object_type: g.object_type, ...(g.project_id ? { project_id: g.project_id } : {}), ...(g.environment_id ? { environment_id: g.environment_id } : {}) }]),
  ];
  return new Map(list.map(([object, label, about]) => [object, { label: label.slice(0, 80), grant: (access_level) => ({ ...about, access_level }) }]));
}

/** Rows edits where a member is what. */
function Rows({ rows, set, of }: { rows: Row[]; set(rows: Row[]): void; of?: Member }) {
  const places = usePlaces(of);
  const free = [...places.keys()].filter((p) => !rows.some((r) => r.where === p));
  return (
    <Stack gap="xs" role="group" aria-label="Roles of the member">
      {rows.map((r, i) => {
        const label = places.get(r.where)?.label ?? "";
        return (
          <Group key={r.where} gap="xs" wrap="nowrap" align="flex-end">
            <Select w="38%" label={i === 0 ? "Where" : undefined} aria-label={`Where: role ${i + 1}`} allowDeselect={false} data={[r.where, ...free].map((value) => ({ value, label: places.get(value)?.label ?? "" }))} value={r.where} onChange={(v) => v && set(rows.map((x) => (x === r ? { ...x, where: v } : x)))} />
            <Select flex={1} label={i === 0 ? "Role" : undefined} aria-label={`Role: ${label}`} placeholder="Choose a role" allowDeselect={false} data={levels} value={r.access} onChange={(v) => set(rows.map((x) => (x === r ? { ...x, access: v as Level } : x)))} />
            {rows.length > 1 && <ActionIcon variant="default" size={36} aria-label={`Take the role: ${label}`} onClick={() => set(rows.filter((x) => x !== r))}><IconTrash size={16} aria-hidden /></ActionIcon>}
          </Group>
        );
      })}
      {free[0] !== undefined && <Button size="compact-sm" variant="subtle" w="fit-content" leftSection={<IconPlus size={14} />} onClick={() => set([...rows, { where: free[0] ?? everywhere, access: "read" }])}>Add a place</Button>}
    </Stack>
  );
}

const levelOf = (access: string): Level | null => levels.find((l) => l.value === access)?.value ?? null;

/** ChangeRole makes a member a viewer, an editor or an owner, everywhere or in some environments. */
function ChangeRole({ member, close }: { member: Member; close(): void }) {
  const places = usePlaces(member);
  const was = member.grants.map((g): Row => ({ where: objectOf(g), access: levelOf(g.access_level) }));
  const [rows, setRows] = useState<Row[]>(was.length > 0 ? was : [{ where: everywhere, access: "read" }]);
  const put = rows.filter((r) => !was.some((w) => w.where === r.where && w.access === r.access));
  const gone = was.filter((w) => !rows.some((r) => r.where === w.where));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const grants = (list: Row[]) => list.flatMap((r) => places.get(r.where)?.grant(r.access ?? "read") ?? []);
      if (put.length > 0) await call("post", "/v2/members", { body: { email: member.email, permissions: grants(put) }, everywhere: true });
      if (gone.length > 0) await call("delete", "/v2/members", { body: { id: member.id, permissions: grants(gone) }, everywhere: true });
    },
    onSuccess: close,
    onSettled: () => queries.invalidateQueries({ queryKey: ["members"] }),
  });
  return (
    <Modal opened onClose={close} withCloseButton={false} size="lg" attributes={{ content: { "aria-label": "Change the role" } }}>
      <form onSubmit={(e) => { e.preventDefault(); save.mutate(); }}>
        <Stack>
          <Text component="h2" fw={650} size="lg" m={0}>What may <Said>{member.email}</Said> do?</Text>
          <Text size="sm">It holds from the next request of theirs, without signing in again. Where several roles count, the highest does.</Text>
          <Rows rows={rows} set={setRows} of={member} />
          {save.error && <Text role="alert" size="sm" c="var(--gh-deny)">{save.error.message}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={save.isPending} disabled={put.length + gone.length === 0 || rows.some((r) => r.access === null)}>Save</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Add({ close, made }: { close(): void; made(member: Member): void }) {
  const [email, setEmail] = useState("");
  const [rows, setRows] = useState<Row[]>([{ where: everywhere, access: "read" }]);
  const places = usePlaces();
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () => call("post", "/v2/members", { body: { email, permissions: rows.flatMap((r) => places.get(r.where)?.grant(r.access ?? "read") ?? []) }, everywhere: true }),
    onSuccess: (member) => {
      void queries.invalidateQueries({ queryKey: ["members"] });
      made(member);
    },
  });
  return (
    <Modal opened onClose={close} withCloseButton={false} size="lg" attributes={{ content: { "aria-label": "Add a member" } }}>
      <form onSubmit={(e) => { e.preventDefault(); add.mutate(); }}>
        <Stack>
          <Text component="h2" fw={650} size="lg" m={0}>Add a member</Text>
          <TextInput label="E-mail address" type="email" required data-autofocus value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
          <Rows rows={rows} set={setRows} />
          {add.error && <Text role="alert" size="sm" c="var(--gh-deny)">{add.error.message}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={add.isPending}>Add</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** MemberLink makes a link that signs a member in, and shows it. */
function MemberLink({ member, close }: { member: Member; close(): void }) {
  const link = useQuery({
    queryKey: ["link", member.id],
    queryFn: () => call("post", "/console/v1/members/{member}/link", { params: { member: member.id }, everywhere: true }),
    retry: false, staleTime: Infinity, gcTime: 0,
  });
  const address = link.data ? location.origin + link.data.path : "";
  return (
    <Modal opened onClose={close} withCloseButton={false} attributes={{ content: { "aria-label": "A link to sign in" } }}>
      <Stack>
        <Text component="h2" fw={650} size="lg" m={0}>A link for <Said>{member.email}</Said></Text>
        <Text size="sm">Send it by a way that nobody else reads. It signs in once, within a day; a password can be chosen then.</Text>
        {link.error ? <Failure error={link.error} /> : <Group wrap="nowrap" gap="xs"><Code block data-link style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap", flex: 1 }}>{address || "…"}</Code><Copy text={address} what="the link" /></Group>}
        <Group justify="flex-end"><Button onClick={close}>Done</Button></Group>
      </Stack>
    </Modal>
  );
}

function Remove({ member, close }: { member: Member; close(): void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call("delete", "/v2/members/{member}", { params: { member: member.id }, everywhere: true }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["members"] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} withCloseButton={false} attributes={{ content: { "aria-label": "Remove this member?" } }}>
      <Text component="h2" fw={650} size="lg" mb={4}>Remove <Said>{member.email}</Said>?</Text>
      <Text size="sm">The member is signed out at once, and what was changed stays.</Text>
      {remove.error && <Text role="alert" size="sm" c="var(--gh-deny)" mt="sm">{remove.error.message}</Text>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close}>Keep</Button>
        <Button loading={remove.isPending} onClick={() => remove.mutate()}>Remove</Button>
      </Group>
    </Modal>
  );
}
