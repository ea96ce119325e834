import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

/** Leave asks before a page is left whose edits are not saved. A page that goes on by
 * itself once it has saved says ignoreBlocker. */
export function Leave({ unsaved }: { unsaved: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => unsaved && current.pathname !== next.pathname,
    enableBeforeUnload: () => unsaved,
    withResolver: true,
  });
  return (
    <Modal opened={status === "blocked"} onClose={() => reset?.()} withCloseButton={false} attributes={{ content: { "aria-label": "Leave without saving?" } }}>
      <Text component="h2" fw={650} size="lg" mb={4}>Leave without saving?</Text>
      <Text size="sm">What was edited here is not saved, and is lost when you leave.</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => proceed?.()}>Leave</Button>
        <Button data-autofocus onClick={() => reset?.()}>Keep editing</Button>
      </Group>
    </Modal>
  );
}
