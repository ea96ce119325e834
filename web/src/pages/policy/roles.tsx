import { Text } from "@mantine/core";
import { IconPlus, IconUserShield } from "../../parts/icons";
import { Link } from "@tanstack/react-router";
import { Empty, Failure, Said, Tag, Waiting } from "../../parts";
import { Viewing } from "../../parts/editor";
import { LinkButton } from "../../parts/links";
import { useRoleList } from "../../queries";
import { useHere } from "../../session";
import { PolicyPage } from "./frame";
import { inheritance } from "./matrix";

export function Roles() {
  const roles = useRoleList();
  const { mayWrite } = useHere();
  const from = inheritance(roles.data ?? []);
  return (
    <PolicyPage about="Roles that users hold in tenants. A role may also do whatever the roles it extends may." actions={mayWrite && <LinkButton to="/policy/new/role" leftSection={<IconPlus size={16} />}>New role</LinkButton>}>
      <Viewing />
      {roles.error ? (
        <Failure error={roles.error} again={() => void roles.refetch()} />
      ) : (
        <div className="frame">
          {roles.isPending ? (
            <Waiting />
          ) : roles.data.length === 0 ? (
            <Empty title="There is no role yet" icon={<IconUserShield size={34} stroke={1.4} />}>Make one, and say in the matrix what it may do.</Empty>
          ) : (
            <div className="scroll" tabIndex={0} role="region" aria-label="Roles">
              <table className="grid fits">
                <thead><tr><th style={{ width: "26%" }}>Role</th><th className="wide" style={{ width: "18%" }}>Key</th><th className="wide">Extends</th><th style={{ width: 190 }}>May do</th></tr></thead>
                <tbody>
                  {roles.data.map((r) => {
                    const more = [...(from.get(r.key)?.keys() ?? [])].filter((p) => !r.permissions.includes(p)).length;
                    return (
                      <tr key={r.id}>
                        <td><Link to="/policy/roles/$role" params={{ role: r.key }}><strong><Said>{r.name || r.key}</Said></strong></Link>{r.description && <Text size="xs" c="dimmed" truncate><Said>{r.description}</Said></Text>}</td>
                        <td className="wide"><Said mono>{r.key}</Said></td>
                        <td className="wide">{r.extends.length === 0 ? <Said>{""}</Said> : r.extends.slice(0, 4).map((e) => <Tag key={e}><Said>{e}</Said></Tag>)}</td>
                        <td className="num">{r.permissions.length} own{more > 0 && `, ${more} inherited`}</td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          )}
        </div>
      )}
    </PolicyPage>
  );
}
