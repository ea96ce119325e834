import { Text } from "@mantine/core";
import { IconFilter, IconPlus } from "../../parts/icons";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ConditionSet } from "../../api/client";
import { Empty, Failure, Framed, Said, Tag, Waiting } from "../../parts";
import { Viewing } from "../../parts/editor";
import { LinkButton } from "../../parts/links";
import { useRuleList, useSetList } from "../../queries";
import { useHere } from "../../session";
import { say } from "./conditions";
import { PolicyPage } from "./frame";

export function Sets() {
  const sets = useSetList();
  return (
    <PolicyPage about="Users, and things, by what is known of them. What a user set may do with what a resource set selects is ticked in the matrix.">
      <Viewing />
      {sets.error ? (
        <Failure error={sets.error} again={() => void sets.refetch()} />
      ) : (
        <>
          <List title="User sets" of="userset" sets={sets.data} none="None yet. A user set selects users by their attributes, such as everybody in sales." />
          <List title="Resource sets" of="resourceset" sets={sets.data} none="None yet. A resource set selects things by their attributes, such as documents that are not classified." />
        </>
      )}
    </PolicyPage>
  );
}

function List({ title, of, sets, none }: { title: string; of: ConditionSet["type"]; sets: ConditionSet[] | undefined; none: ReactNode }) {
  const { mayWrite } = useHere();
  const rules = useRuleList();
  const list = sets?.filter((s) => s.type === of);
  const used = (s: ConditionSet) => rules.data?.filter((r) => (of === "userset" ? r.user_set : r.resource_set) === s.key).length ?? 0;
  return (
    <Framed title={title} aside={mayWrite && <LinkButton size="sm" variant="default" to="/policy/new/set" search={of === "userset" ? {} : { of: "resources" }} leftSection={<IconPlus size={16} />}>{of === "userset" ? "New user set" : "New resource set"}</LinkButton>}>
      {!list ? (
        <Waiting rows={3} />
      ) : list.length === 0 ? (
        <Empty title={`There is no ${of === "userset" ? "user" : "resource"} set`} icon={<IconFilter size={30} stroke={1.4} />}>{none}</Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={`List of ${title.toLowerCase()}`}>
          <table className="grid fits less">
            <thead><tr><th style={{ width: "24%" }}>Set</th>{of === "resourceset" && <th className="wide" style={{ width: "16%" }}>Of</th>}<th>Selects where</th><th className="wide" style={{ width: 90 }}>Rules</th></tr></thead>
            <tbody>
              {list.map((s) => (
                <tr key={s.id}>
                  <td><Link to="/policy/sets/$set" params={{ set: s.key }}><strong><Said>{s.name || s.key}</Said></strong></Link>{s.parent_id && <Text size="xs" c="dimmed">within <Said>{s.parent_id}</Said></Text>}</td>
                  {of === "resourceset" && <td className="wide"><Tag><Said>{s.resource?.key}</Said></Tag></td>}
                  <td><Said flows>{say(s.conditions)}</Said></td>
                  <td className="num wide">{used(s)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Framed>
  );
}
