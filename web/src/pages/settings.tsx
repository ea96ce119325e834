import { Button, Code, Group, Modal, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlus } from "../parts/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, type Key, type Member } from "../api/client";
import { Ago, Copy, Empty, Failure, Page, Said, Waiting } from "../parts";
import { useHere } from "../session";
import { Access, Environments } from "./settings-environments";

const reach = { org: "the organization", project: "a project", env: "an environment" } as const;

/** Settings is what owners administer: keys, members and environments. */
export function Settings() {
  const { mayOwn } = useHere();
  return (
    <Page title="Settings" about="Who and what may call: API keys, members, environments.">
      {!mayOwn ? (
        <Paper><Empty title="Owners alone see keys and members" icon={<IconKey size={34} stroke={1.4} />}>An owner can make you one here.</Empty></Paper>
      ) : (
        <>
          <Keys />
          <Members />
        </>
      )}
      <Environments />
    </Page>
  );
}

function Keys() {
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const queries = useQueryClient();
  const keys = useQuery({ queryKey: ["keys"], queryFn: ({ signal }) => call("get", "/v2/api-key", { query: { per_page: 100 }, everywhere: true, signal }) });
  const revoke = useMutation({
    mutationFn: (key: Key) => call("delete", "/v2/api-key/{key}", { params: { key: key.id }, everywhere: true }),
    onSuccess: () => {
      setRevoking(null);
      void queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <section className="frame" aria-label="API keys">
      <Group justify="space-between" px="md" pt="md" pb={4}>
        <Text component="h2" fw={650} m={0}>API keys</Text>
        <Button size="sm" leftSection={<IconPlus size={16} />} disabled={!keys.data} onClick={() => setMaking(true)}>Make a key</Button>
      </Group>
      {keys.error ? (
        <Failure error={keys.error} again={() => void keys.refetch()} />
      ) : keys.isPending ? (
        <Waiting rows={3} />
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="List of API keys">
          <table className="grid">
            <thead><tr><th style={{ width: "30%" }}>Name</th><th>Reaches</th><th style={{ width: 110 }}>May</th><th style={{ width: 120 }}>Made</th><th style={{ width: 120 }}>Last used</th><th style={{ width: 110 }}>Revoke</th></tr></thead>
            <tbody>
              {keys.data.data.map((k) => (
                <tr key={k.id}>
                  <td><strong><Said>{k.name}</Said></strong></td>
                  <td>{k.env ? <Said>{k.env.name}</Said> : reach[k.object_type]}</td>
                  <td><Access of={k.access_level} /></td>
                  <td><Ago at={k.created_at} /></td>
                  <td><Ago at={k.last_used_at} /></td>
                  <td><Button size="compact-sm" variant="default" onClick={() => setRevoking(k)} aria-label={`Revoke ${(k.name ?? "the key without a name").slice(0, 80)}`}>Revoke</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {making && <Make organization={keys.data?.data[0]?.organization_id ?? ""} close={() => setMaking(false)} />}
      <Modal opened={revoking !== null} onClose={() => setRevoking(null)} withCloseButton={false} attributes={{ content: { "aria-label": "Revoke this key?" } }}>
        <Text component="h2" fw={650} size="lg" mb={4}>Revoke <Said>{revoking?.name}</Said>?</Text>
        <Text size="sm">Whatever uses it is refused from then on. It cannot be undone.</Text>
        {revoke.error && <Text role="alert" size="sm" c="var(--gh-deny)" mt="sm">{revoke.error.message}</Text>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setRevoking(null)}>Keep it</Button>
          <Button loading={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking)}>Revoke</Button>
        </Group>
      </Modal>
    </section>
  );
}

/** Make makes a key, and shows its secret, which nobody can read again. */
function Make({ organization, close }: { organization: string; close(): void }) {
  const { place } = useHere();
  const [name, setName] = useState("");
  const [access, setAccess] = useState<"admin" | "write" | "read">("read");
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => call("post", "/v2/api-key", { body: { organization_id: organization, project_id: place.project_id, environment_id: place.id, object_type: "env", access_level: access, name }, everywhere: true }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  const secret = make.data?.secret;
  function submit(e: FormEvent) {
    e.preventDefault();
    make.mutate();
  }
  return (
    <Modal opened onClose={close} closeOnClickOutside={!secret} closeOnEscape={!secret} withCloseButton={false} attributes={{ content: { "aria-label": "Make a key" } }}>
      {secret ? (
        <Stack>
          <Text component="h2" fw={650} size="lg" m={0}>Keep this secret</Text>
          <Text size="sm">It is shown once, and kept as a digest alone.</Text>
          <Group wrap="nowrap" gap="xs"><Code block data-secret style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{secret}</Code><Copy text={secret} what="the secret" /></Group>
          <Group justify="flex-end"><Button onClick={close}>I have kept it</Button></Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <Text component="h2" fw={650} size="lg" m={0}>Make a key for {place.name || place.key}</Text>
            <TextInput label="Name" placeholder="What uses it" required data-autofocus value={name} onChange={(e) => setName(e.currentTarget.value)} />
            <Select label="It may" allowDeselect={false} value={access} onChange={(v) => setAccess((v ?? "read") as typeof access)} data={[{ value: "read", label: "read, and ask for decisions" }, { value: "write", label: "change everything but keys and members" }, { value: "admin", label: "do everything" }]} />
            {make.error && <Text role="alert" size="sm" c="var(--gh-deny)">{make.error.message}</Text>}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>Cancel</Button>
              <Button type="submit" loading={make.isPending} disabled={!name.trim()}>Make it</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

/** Asked is a member to whom something is about to happen. */
interface Asked {
  member: Member;
  what: "link" | "remove";
}

function Members() {
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const { session } = useHere();
  const members = useQuery<Member[]>({ queryKey: ["members"], queryFn: ({ signal }) => call("get", "/v2/members", { query: { per_page: 100 }, everywhere: true, signal }) });
  return (
    <section className="frame" aria-label="Members">
      <Group justify="space-between" px="md" pt="md" pb={4}>
        <Text component="h2" fw={650} m={0}>Members</Text>
        <Button size="sm" variant="default" leftSection={<IconPlus size={16} />} disabled={!members.data} onClick={() => setAdding(true)}>Add a member</Button>
      </Group>
      {members.error ? (
        <Failure error={members.error} again={() => void members.refetch()} />
      ) : members.isPending ? (
        <Waiting rows={2} />
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="List of members">
          <table className="grid">
            <thead><tr><th style={{ width: "30%" }}>Member</th><th>May</th><th style={{ width: 120 }}>Since</th><th style={{ width: 250 }}>Manage</th></tr></thead>
            <tbody>
              {members.data.map((m) => (
                <tr key={m.id}>
                  <td><strong><Said>{m.email}</Said></strong></td>
                  <td>
                    <Group gap={6}>
                      {m.grants.map((g) => (
                        <Group gap={5} key={`${g.object_type} ${g.project_key} ${g.environment_key}`}><Access of={g.access_level} /><Text size="sm" c="dimmed">of {g.environment_key ?? g.project_key ?? reach[g.object_type]}</Text></Group>
                      ))}
                    </Group>
                  </td>
                  <td><Ago at={m.created_at} /></td>
                  <td>
                    {m.email === session.email ? (
                      <Text size="sm" c="dimmed">this is you</Text>
                    ) : (
                      <Group gap="xs" wrap="nowrap">
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
      {asked?.what === "link" && <MemberLink member={asked.member} close={() => setAsked(null)} />}
      {asked?.what === "remove" && <Remove member={asked.member} close={() => setAsked(null)} />}
    </section>
  );
}

function Add({ close, made }: { close(): void; made(member: Member): void }) {
  const [email, setEmail] = useState("");
  const [access, setAccess] = useState<"admin" | "write" | "read">("read");
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: async () => {
      const keys = await call("get", "/v2/api-key", { query: { per_page: 1 }, everywhere: true });
      const organization = keys.data[0]?.organization_id ?? "";
      return call("post", "/v2/members", { body: { email, permissions: [{ organization_id: organization, object_type: "org", access_level: access }] }, everywhere: true });
    },
    onSuccess: (member) => {
      void queries.invalidateQueries({ queryKey: ["members"] });
      made(member);
    },
  });
  return (
    <Modal opened onClose={close} withCloseButton={false} attributes={{ content: { "aria-label": "Add a member" } }}>
      <form onSubmit={(e) => { e.preventDefault(); add.mutate(); }}>
        <Stack>
          <Text component="h2" fw={650} size="lg" m={0}>Add a member</Text>
          <TextInput label="E-mail address" type="email" required data-autofocus value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
          <Select label="Role" allowDeselect={false} value={access} onChange={(v) => setAccess((v ?? "read") as typeof access)} data={[{ value: "read", label: "Viewer: sees everything" }, { value: "write", label: "Editor: changes everything but keys and members" }, { value: "admin", label: "Owner: does everything" }]} />
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
