import { ActionIcon, Button } from "@mantine/core";
import type { ReactNode } from "react";
import { IconPlus, IconTrash } from "./icons";

/** Remove takes a row away. */
export function Remove({ what, onClick, disabled }: { what: string; onClick(): void; disabled?: boolean }) {
  return <ActionIcon className="end" variant="default" size={36} aria-label={`Remove ${what.slice(0, 60)}`} disabled={disabled} onClick={onClick}><IconTrash size={16} /></ActionIcon>;
}

/** Add adds a row. */
export function Add({ children, onClick }: { children: ReactNode; onClick(): void }) {
  return <Button mt="sm" size="compact-sm" variant="light" leftSection={<IconPlus size={14} />} onClick={onClick}>{children}</Button>;
}

/** Heads are the names of columns of rows, where they stand beside each other. What is
 * in a row says for itself what it is. */
export function Heads({ of }: { of: string[] }) {
  return <div className={`row heads ${of.length === 3 ? "three" : "two"}`} aria-hidden>{of.map((name) => <span key={name}>{name}</span>)}</div>;
}
