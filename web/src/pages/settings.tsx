import { Button, Code, Group, Modal, Paper, Select, Stack, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { IconKey, IconPlus } from "../parts/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, type Key } from "../api/client";
import { Ago, Copy, Empty, Failure, Framed, Page, Said, Waiting } from "../parts";
import { useHere } from "../session";
import { Access, Environments } from "./settings-environments";
import { Members } from "./settings-members";

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
    <Framed title="API keys" aside={<Button size="sm" leftSection={<IconPlus size={16} />} disabled={!keys.data} onClick={() => setMaking(true)}>Make a key</Button>}>
      {keys.error ? (
        <Failure error={keys.error} again={() => void keys.refetch()} />
      ) : keys.isPending ? (
        <Waiting rows={3} />
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="List of API keys">
          <table className="grid broad stacks">
            <thead><tr><th style={{ width: "30%" }}>Name</th><th>Reaches</th><th style={{ width: 110 }}>May</th><th style={{ width: 120 }}>Made</th><th style={{ width: 120 }}>Last used</th><th style={{ width: 110 }}><VisuallyHidden>Revoke</VisuallyHidden></th></tr></thead>
            <tbody>
              {keys.data.data.map((k) => (
                <tr key={k.id}>
                  <td><strong><Said>{k.name}</Said></strong></td>
                  <td data-of="Reaches">{k.env ? <Said>{k.env.name}</Said> : reach[k.object_type]}</td>
                  <td data-of="May"><Access of={k.access_level} /></td>
                  <td data-of="Made"><Ago at={k.created_at} /></td>
                  <td data-of="Last used"><Ago at={k.last_used_at} /></td>
                  <td><Button size="compact-sm" variant="default" onClick={() => setRevoking(k)} aria-label={`Revoke ${(k.name ?? "the key without a name").slice(0, 80)}`}>Revoke</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {making && <Make close={() => setMaking(false)} />}
      <Modal opened={revoking !== null} onClose={() => setRevoking(null)} withCloseButton={false} attributes={{ content: { "aria-label": "Revoke this key?" } }}>
        <Text component="h2" fw={650} size="lg" mb={4}>Revoke <Said>{revoking?.name}</Said>?</Text>
        <Text size="sm">Whatever uses it is refused from then on. It cannot be undone.</Text>
        {revoke.error && <Text role="alert" size="sm" c="var(--gh-deny)" mt="sm">{revoke.error.message}</Text>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setRevoking(null)}>Keep it</Button>
          <Button loading={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking)}>Revoke</Button>
        </Group>
      </Modal>
    </Framed>
  );
}

/** Make makes a key, and shows its secret, which nobody can read again. */
function Make({ close }: { close(): void }) {
  const { place, session } = useHere();
  const [name, setName] = useState("");
  const [access, setAccess] = useState<"admin" | "write" | "read">("read");
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => call("post", "/v2/api-key", { body: { organization_id: session.organization_id, project_id: place.project_id, environment_id: place.id, object_type: "env", access_level: access, name }, everywhere: true }),
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
