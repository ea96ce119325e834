import { useNavigate } from "@tanstack/react-router";
import { call, type Person } from "../api/client";
import { fullName } from "../parts";
import { Delete } from "../parts/editor";
import { IconPencil } from "../parts/icons";
import { LinkButton } from "../parts/links";
import { useDirectoryChanged } from "../queries";
import { useHere } from "../session";

/** UserActions are what editors do with a user. Whom Logto keeps is deleted there: here
 * they would come back with the next look at them, without what they were given here. */
export function UserActions({ person: p }: { person: Person }) {
  const { mayWrite } = useHere();
  const changed = useDirectoryChanged();
  const go = useNavigate();
  if (!mayWrite) return null;
  async function remove() {
    await call("delete", "/v2/facts/{proj}/{env}/users/{user}", { params: { user: p.key } });
    await changed({ gone: true });
    await go({ to: "/users", ignoreBlocker: true });
  }
  const roles = p.assignments_total;
  return (
    <>
      <LinkButton to="/users/$user/edit" params={{ user: p.key }} variant="default" leftSection={<IconPencil size={16} aria-hidden />}>Edit</LinkButton>
      {p.source === "" && (
        <Delete
          kind="user" name={fullName(p)} goes={[...(roles > 0 ? [roles === 1 ? "the role the user holds" : `the ${roles.toLocaleString("en")} roles the user holds`] : []), "memberships in tenants, and attributes"]}
          stays="What was decided about the user, and what was changed, stays at Decisions and Changes." remove={remove}
        />
      )}
    </>
  );
}
