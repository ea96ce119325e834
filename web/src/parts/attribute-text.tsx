import { Stack, Text } from "@mantine/core";
import type { Attributes } from "./attributes";

const most = 20_000; // letters of an object that are shown

/** AttributeText shows attributes as they are written. */
export function AttributeText({ of, label = "Attributes" }: { of: Attributes | null | undefined; label?: string }) {
  if (Object.keys(of ?? {}).length === 0) return <Text size="sm" c="dimmed">None.</Text>;
  return <pre className="json" dir="ltr" tabIndex={0} aria-label={label}>{JSON.stringify(of, null, 2).slice(0, most)}</pre>;
}

/** Theirs shows the attributes that a source says, and where to change them. */
export function Theirs({ of }: { of: Attributes }) {
  if (Object.keys(of).length === 0) return null;
  return (
    <Stack gap="xs" mb="lg">
      <Text size="sm">These come from Logto: change them there.</Text>
      <AttributeText of={of} label="Attributes that Logto says" />
    </Stack>
  );
}
