import { SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Terms are what is known of a thing, by name; across, where there is room. */
export function Terms({ lines, across }: { lines: [name: string, value: ReactNode][]; across?: boolean }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: across ? lines.length : 1 }} spacing="md" verticalSpacing="sm" component="dl" m={0}>
      {lines.map(([name, value]) => (
        <div key={name} style={{ minWidth: 0 }}>
          <Text size="xs" c="dimmed" component="dt">{name}</Text>
          <Text size="sm" component="dd" m={0}>{value}</Text>
        </div>
      ))}
    </SimpleGrid>
  );
}
