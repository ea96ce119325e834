import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "../parts/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Connection } from "../api/client";

/** Connect asks for a machine-to-machine application, and tells what was done with it. */
export function Connect({ connection: c, close }: { connection: Connection; close(): void }) {
  const queries = useQueryClient();
  const [wish, setWish] = useState({ endpoint: c.by_settings ? "" : c.endpoint, app_id: c.by_settings ? "" : c.app_id, app_secret: "", resource: "", public_url: "" });
  const set = (change: Partial<typeof wish>) => setWish((was) => ({ ...was, ...change }));
  const connect = useMutation({
    mutationFn: () => call("put", "/console/v1/projects/{proj}/envs/{env}/logto/connection", { body: Object.fromEntries(Object.entries(wish).filter(([, v]) => v.trim() !== "")) }),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ["connection"] }), queries.invalidateQueries({ queryKey: ["status"] })]),
  });
  const done = connect.data?.steps;
  return (
    <Modal opened onClose={close} withCloseButton={false} size="md" attributes={{ content: { "aria-label": "Connect Logto" } }}>
      <Text component="h2" fw={650} size="lg" mb={4}>Connect Logto</Text>
      {done ? (
        <>
          <ul className="steps">
            {done.map((s) => (
              <li key={s.step}>
                {s.done ? <IconCircleCheck size={19} color="var(--gh-allow)" role="img" aria-label="Done" /> : <IconCircleX size={19} color="var(--gh-deny)" role="img" aria-label="Not done" />}
                <div style={{ minWidth: 0 }}><Text size="sm" fw={600} className="begins">{s.step}</Text><Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{s.detail}</Text></div>
              </li>
            ))}
          </ul>
          <Group justify="flex-end" mt="lg"><Button onClick={close}>Done</Button></Group>
        </>
      ) : (
        <form onSubmit={(e) => { e.preventDefault(); connect.mutate(); }}>
          <Stack>
            {c.by_settings ? (
              <Text size="sm">The server's settings name {c.endpoint} and the application {c.app_id}. That application is checked, and the webhook is made or repaired.</Text>
            ) : (
              <>
                <Text size="sm">In Logto, make a machine-to-machine application with access to the Management API, and put it here. It is checked, the webhook is made or repaired, and the connection is kept encrypted.</Text>
                <TextInput label="Address of Logto" placeholder="https://auth.example.com" required data-autofocus value={wish.endpoint} onChange={(e) => set({ endpoint: e.currentTarget.value })} />
                <TextInput label="App ID" required value={wish.app_id} onChange={(e) => set({ app_id: e.currentTarget.value })} />
                <PasswordInput label="App secret" required autoComplete="off" value={wish.app_secret} onChange={(e) => set({ app_secret: e.currentTarget.value })} visibilityToggleButtonProps={{ "aria-label": "Show the secret" }} />
                <TextInput label="Management API" description="Its indicator; left empty, that of a self-hosted Logto." placeholder="https://default.logto.app/api" value={wish.resource} onChange={(e) => set({ resource: e.currentTarget.value })} />
              </>
            )}
            <TextInput label="Address of Gatehouse, as Logto sees it" description="Left empty, what the server knows." placeholder={location.origin} value={wish.public_url} onChange={(e) => set({ public_url: e.currentTarget.value })} />
            {connect.error && <Text role="alert" size="sm" c="var(--gh-deny)" style={{ overflowWrap: "anywhere" }}>{connect.error.message}</Text>}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>Cancel</Button>
              <Button type="submit" loading={connect.isPending}>Connect</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
