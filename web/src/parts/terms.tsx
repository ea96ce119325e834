import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Terms are what is known of a thing, by name. */
export function Terms({ lines }: { lines: [name: string, value: ReactNode][] }) {
  return (
    <Stack gap="sm" component="dl" m={0}>
      {lines.map(([name, value]) => (
        <div key={name}>
          <Text size="xs" c="dimmed" component="dt">{name}</Text>
          <Text size="sm" component="dd" m={0}>{value}</Text>
        </div>
      ))}
    </Stack>
  );
}
