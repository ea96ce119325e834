import { Button, Group, Modal, Stack, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { IconPlus } from "../parts/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call } from "../api/client";
import { Framed, Said, Tag, type Tone } from "../parts";
import { keyOf } from "../parts/editor";
import { useEnter, useHere } from "../session";

const roles: Record<string, [string, Tone]> = { admin: ["Owner", "warn"], write: ["Editor", "info"], read: ["Viewer", "quiet"], no_access: ["Nothing", "quiet"] };

/** Access is how much somebody may, in a word. */
export function Access({ of }: { of: string }) {
  const [name, tone] = roles[of] ?? [of, "quiet"];
  return <Tag tone={tone}>{name}</Tag>;
}

/** Environments are those that the person reaches, and where owners make another. */
export function Environments() {
  const { mayOwn, session, place } = useHere();
  const [making, setMaking] = useState(false);
  const enter = useEnter();
  return (
    <Framed title="Environments" aside={mayOwn && <Button size="sm" variant="default" leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>Make an environment</Button>}>
      <div className="scroll" tabIndex={0} role="region" aria-label="Environments that you reach">
        <table className="grid broad stacks">
          <thead><tr><th>Environment</th><th>Key</th><th>Id</th><th style={{ width: 130 }}>You are</th><th style={{ width: 110 }}><VisuallyHidden>Go there</VisuallyHidden></th></tr></thead>
          <tbody>
            {session.environments.map((e) => (
              <tr key={e.id}>
                <td><strong><Said>{e.name}</Said></strong></td>
                <td data-of="Key"><Said mono>{e.key}</Said></td>
                <td data-of="Id"><Said mono>{e.id}</Said></td>
                <td data-of="You are"><Access of={e.access} /></td>
                <td>{e.id === place.id ? <Tag tone="allow">here</Tag> : <Button size="compact-sm" variant="default" onClick={() => enter(e.id)} aria-label={`Enter ${e.name.slice(0, 80)}`}>Enter</Button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {making && <Make project={place.project_id} close={() => setMaking(false)} />}
    </Framed>
  );
}

function Make({ project, close }: { project: string; close(): void }) {
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const key = typed ?? keyOf(name);
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => call("post", "/v2/projects/{proj}/envs", { params: { proj: project }, body: { key, name: name.trim() }, everywhere: true }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["session"] });
      close();
    },
  });
  function submit(e: FormEvent) {
    e.preventDefault();
    make.mutate();
  }
  return (
    <Modal opened onClose={close} withCloseButton={false} attributes={{ content: { "aria-label": "Make an environment" } }}>
      <form onSubmit={submit}>
        <Stack>
          <Text component="h2" fw={650} size="lg" m={0}>Make an environment</Text>
          <Text size="sm">It begins empty, with users, a policy and keys of its own.</Text>
          <TextInput label="Name" placeholder="Staging" required data-autofocus value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <TextInput label="Key" required value={key} onChange={(e) => setTyped(e.currentTarget.value)} />
          {make.error && <Text role="alert" size="sm" c="var(--gh-deny)">{make.error.message}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={make.isPending} disabled={!name.trim() || !key}>Make it</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
