import { IconBox, IconPlus } from "../../parts/icons";
import { Link } from "@tanstack/react-router";
import { Empty, Failure, Said, Waiting } from "../../parts";
import { named, Viewing } from "../../parts/editor";
import { LinkButton } from "../../parts/links";
import { useResourceList } from "../../queries";
import { useHere } from "../../session";
import { PolicyPage } from "./frame";

export function Resources() {
  const list = useResourceList();
  const { mayWrite } = useHere();
  return (
    <PolicyPage about="Types of things that are protected: what can be done with them, what is known of them, and how they relate." actions={mayWrite && <LinkButton to="/policy/new/resource" leftSection={<IconPlus size={16} />}>New resource</LinkButton>}>
      <Viewing />
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="frame">
          {list.isPending ? (
            <Waiting />
          ) : list.data.length === 0 ? (
            <Empty title="There is nothing to protect yet" icon={<IconBox size={34} stroke={1.4} />}>Make a resource for each type of thing that your application has, such as a document, and say what can be done with it.</Empty>
          ) : (
            <div className="scroll" tabIndex={0} role="region" aria-label="Resources">
              <table className="grid fits less">
                <thead><tr><th style={{ width: "20%" }}>Resource</th><th className="wide" style={{ width: "14%" }}>Key</th><th style={{ width: "24%" }}>Actions</th><th className="wide">Attributes</th><th className="wide">Relations</th><th className="wide">Roles</th></tr></thead>
                <tbody>
                  {list.data.map((r) => (
                    <tr key={r.id}>
                      <td><Link to="/policy/resources/$resource" params={{ resource: r.key }}><strong><Said>{r.name || r.key}</Said></strong></Link><div className="tight"><Said mono>{r.key}</Said></div></td>
                      <td className="wide"><Said mono>{r.key}</Said></td>
                      <td><Said flows>{named(Object.values(r.actions).map((a) => a.name || a.key))}</Said></td>
                      <td className="wide"><Said>{named(Object.keys(r.attributes))}</Said></td>
                      <td className="wide"><Said>{named(Object.entries(r.relations).map(([k, x]) => `${k} ← ${x.resource}`))}</Said></td>
                      <td className="wide"><Said>{named(Object.values(r.roles).map((x) => x.name || x.key))}</Said></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </div>
      )}
    </PolicyPage>
  );
}
