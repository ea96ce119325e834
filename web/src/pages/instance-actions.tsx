import { useNavigate } from "@tanstack/react-router";
import { call } from "../api/client";
import { Delete } from "../parts/editor";
import { IconPencil } from "../parts/icons";
import { LinkButton } from "../parts/links";
import { useDirectoryChanged } from "../queries";
import { useHere } from "../session";

/** InstanceActions are what editors do with a thing, on which so many roles are held and which stands in so many relationships. */
export function InstanceActions({ type, id, held, related }: { type: string; id: string; held: number; related: number }) {
  const { mayWrite } = useHere();
  const changed = useDirectoryChanged();
  const go = useNavigate();
  if (!mayWrite) return null;
  const goes = [
    held > 0 && (held === 1 ? "the role that is held on it" : `the ${held.toLocaleString("en")} roles that are held on it`),
    related > 0 && `${related === 1 ? "its relationship" : `its ${related.toLocaleString("en")} relationships`}, and roles that are derived through ${related === 1 ? "it" : "them"}`,
    "its attributes",
  ].filter((x): x is string => Boolean(x));
  async function remove() {
    await call("delete", "/v2/facts/{proj}/{env}/resource_instances/{instance}", { params: { instance: `${type}:${id}` } });
    await changed({ gone: true });
    await go({ to: "/instances", ignoreBlocker: true });
  }
  return (
    <>
      <LinkButton to="/instances/$type/$key/edit" params={{ type, key: id }} variant="default" leftSection={<IconPencil size={16} aria-hidden />}>Edit</LinkButton>
      <Delete kind="resource instance" name={id} goes={goes} remove={remove} />
    </>
  );
}
