import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Said } from ".";
import { useNames } from "../queries";

/** Whom is a user by name, with the key as a tooltip, or beneath where there is room
 * for two lines. */
export function Whom({ of: key, keyed, plain }: { of: string; keyed?: boolean; plain?: boolean }) {
  const { name, waits } = useNames([key])(key);
  const said = <Said title={name === key ? undefined : `${name}, whose key is ${key}`}>{name}</Said>;
  return (
    <span className={waits ? "person soon" : "person"} aria-busy={waits || undefined}>
      {plain || key === "" ? said : <Link to="/users/$user" params={{ user: key }}>{said}</Link>}
      {keyed && name !== key && <Text span size="xs" c="dimmed" display="block" lh={1.35}><Said mono>{key}</Said></Text>}
    </span>
  );
}
