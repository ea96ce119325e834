import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/client";

/** Password lets who is signed in choose another password. */
export function Password({ close }: { close(): void }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({ mutationFn: () => call("put", "/console/v1/session/password", { body: { ...(current ? { current } : {}), password: next }, everywhere: true }), onSuccess: close });
  return (
    <Modal opened onClose={close} withCloseButton={false} attributes={{ content: { "aria-label": "Change the password" } }}>
      <form onSubmit={(e) => { e.preventDefault(); change.mutate(); }}>
        <Stack>
          <Text component="h2" fw={650} size="lg" m={0}>Change the password</Text>
          <PasswordInput label="Password that holds now" description="Empty if you came by a link and have none" autoComplete="current-password" data-autofocus value={current} onChange={(e) => setCurrent(e.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": "Show it" }} />
          <PasswordInput label="Password from then on" description="At least 12 characters" autoComplete="new-password" required minLength={12} value={next} onChange={(e) => setNext(e.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": "Show it" }} />
          {change.error && <Text role="alert" size="sm" c="var(--gh-deny)">{change.error.message}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={change.isPending}>Change</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
