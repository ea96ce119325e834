import { ActionIcon, Button, Group, List, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCheck, IconTrash } from "./icons";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { useHere } from "../session";
import { Said, Tag, type Tone } from ".";
import { Leave } from "./leave";

/** A Line is one thing that a save does. */
export interface Line {
  verb: "adds" | "removes" | "changes" | "gives" | "takes";
  /** of what kind it is, or who it is about */
  of: string;
  name: string;
  /** what else comes of it */
  note?: string | undefined;
}

const tones: Record<Line["verb"], Tone> = { adds: "allow", gives: "allow", removes: "deny", takes: "deny", changes: "info" };

export function Lines({ lines }: { lines: Line[] }) {
  return (
    <ul className="lines" tabIndex={0} aria-label="What changes">
      {lines.map((l, i) => (
        <li key={i}>
          <Tag tone={tones[l.verb]}>{l.verb}</Tag>
          <div><Said>{l.of}</Said> <strong><Said>{l.name}</Said></strong>{l.note && <Text size="xs" c="dimmed" mt={2} style={{ overflowWrap: "anywhere" }}>{l.note}</Text>}</div>
        </li>
      ))}
    </ul>
  );
}

/** Viewing says to viewers why they cannot edit. */
export function Viewing() {
  const { mayWrite } = useHere();
  if (mayWrite) return null;
  return <Text size="sm"><Tag tone="info">Viewer</Tag> You may look. An owner can make you an editor.</Text>;
}

interface Saving {
  isPending: boolean;
  error: Error | null;
  mutate(): void;
  reset(): void;
}

/** Foot ends what can be edited: how much is not saved, and what saving does. */
export function Foot({ lines, hint, about, problem, save, discard }: { lines: Line[]; hint: string; about: string; problem?: string | undefined; save: Saving; discard(): void }) {
  const [open, dialog] = useDisclosure(false);
  const { mayWrite } = useHere();
  const { close } = dialog;
  useEffect(() => {
    if (lines.length === 0) close(); // all is saved
  }, [lines.length, close]);
  return (
    <>
      <Leave unsaved={mayWrite && lines.length > 0} />
      <div className="foot">
        <span>{lines.length === 0 ? hint : <Tag tone="warn">{lines.length === 1 ? "1 change is" : `${lines.length} changes are`} not saved</Tag>} {problem && lines.length > 0 && <span role="status">{problem}</span>}</span>
        {mayWrite && (
          <Group gap="sm">
            <Button variant="default" size="sm" disabled={lines.length === 0} onClick={() => { save.reset(); discard(); }}>Discard</Button>
            <Button size="sm" disabled={lines.length === 0 || Boolean(problem)} leftSection={<IconCheck size={16} />} onClick={() => { save.reset(); dialog.open(); }}>Review and save</Button>
          </Group>
        )}
      </div>
      <Modal opened={open && lines.length > 0} onClose={dialog.close} withCloseButton={false} attributes={{ content: { "aria-label": "Save these changes?" } }}>
        <Text component="h2" fw={650} size="lg" mb={4}>Save these changes?</Text>
        <Text size="sm" mb="sm">{about}</Text>
        <Lines lines={lines} />
        {save.error && <Text c="var(--gh-deny)" size="sm" mt="sm" role="alert" style={{ overflowWrap: "anywhere" }}>{save.error.message}</Text>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={dialog.close}>Keep editing</Button>
          <Button loading={save.isPending} onClick={() => save.mutate()}>Save</Button>
        </Group>
      </Modal>
    </>
  );
}

/** Editor is a form, read-only for viewers, with its foot. */
export function Editor({ children, ...foot }: Parameters<typeof Foot>[0] & { children: ReactNode }) {
  const { mayWrite } = useHere();
  return (
    <>
      <Viewing />
      <fieldset className="plain" disabled={!mayWrite}>
        <Stack gap="lg">{children}</Stack>
      </fieldset>
      <div className={foot.lines.length > 0 ? "frame sticky" : "frame sticky still"}><Foot {...foot} /></div>
    </>
  );
}

/** Delete asks before something goes, and says what goes with it. */
export function Delete({ kind, name, goes, stays, remove, small }: { kind: string; name: string; goes: ReactNode[]; stays?: string; remove(): Promise<unknown>; small?: boolean }) {
  const [open, dialog] = useDisclosure(false);
  const { mayWrite } = useHere();
  const gone = useMutation({ mutationFn: remove });
  if (!mayWrite) return null;
  const ask = () => {
    gone.reset();
    dialog.open();
  };
  return (
    <>
      {small ? (
        <ActionIcon variant="default" size={32} aria-label={`Delete the ${kind} ${name.slice(0, 60)}`} onClick={ask}><IconTrash size={16} aria-hidden /></ActionIcon>
      ) : (
        <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={ask}>Delete</Button>
      )}
      <Modal opened={open} onClose={dialog.close} withCloseButton={false} attributes={{ content: { "aria-label": `Delete this ${kind}?` } }}>
        <Text component="h2" fw={650} size="lg" mb={4}>Delete {kind} <Said>{name}</Said>?</Text>
        <Text size="sm" mb="xs">{goes.length > 0 ? "It cannot be undone. With it goes:" : "It cannot be undone. Nothing else goes with it."}</Text>
        {goes.length > 0 && <List size="sm" spacing={4} mb="sm">{goes.map((g, i) => <List.Item key={i} style={{ overflowWrap: "anywhere" }}>{g}</List.Item>)}</List>}
        {stays && <Text size="sm">{stays}</Text>}
        {gone.error && <Text role="alert" size="sm" c="var(--gh-deny)" style={{ overflowWrap: "anywhere" }}>{gone.error.message}</Text>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={dialog.close}>Keep it</Button>
          <Button color="red.8" loading={gone.isPending} onClick={() => gone.mutate()}>Delete</Button>
        </Group>
      </Modal>
    </>
  );
}

/** keyOf is a key that a name suggests. */
export const keyOf = (name: string) => name.normalize("NFD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);

/** Naming is the name and the key of a thing. The key follows the name until it is
 * typed, and what is there keeps its key. */
export function Naming({ made, name, id, change, nameError, keyError }: { made: boolean; name: string; id: string; change(part: { name?: string; key?: string }): void; nameError?: string | undefined; keyError?: string | undefined }) {
  const [own, setOwn] = useState(false);
  return (
    <Group grow align="flex-start" preventGrowOverflow={false} className="fields">
      <TextInput label="Name" required value={name} error={nameError} onChange={(e) => change(made || own ? { name: e.currentTarget.value } : { name: e.currentTarget.value, key: keyOf(e.currentTarget.value) })} />
      <TextInput label="Key" required={!made} readOnly={made} value={id} error={keyError} classNames={{ input: "mono" }} onChange={(e) => { setOwn(true); change({ key: e.currentTarget.value }); }} />
    </Group>
  );
}

/** named are the first few names of a list, in words. */
export function named(names: string[], most = 3): string {
  const cut = names.slice(0, most).map((n) => n.slice(0, 60));
  return names.length > most ? `${cut.join(", ")} and ${names.length - most} more` : cut.join(", ");
}
