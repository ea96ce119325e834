import { Checkbox, Paper, Text } from "@mantine/core";
import { IconTable } from "../../parts/icons";
import { useMutation } from "@tanstack/react-query";
import { Fragment, memo, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";
import { call, type ConditionSet, type Resource, type Role, type Rule } from "../../api/client";
import { Empty, Failure, Said, Tag, Waiting } from "../../parts";
import { Foot, Viewing, type Line } from "../../parts/editor";
import { LinkButton } from "../../parts/links";
import { usePolicyChanged, useResourceList, useRoleList, useRuleList, useSetList } from "../../queries";
import { useHere } from "../../session";
import { PolicyPage } from "./frame";

export function Policy() {
  const [roles, resources, sets, rules] = [useRoleList(), useResourceList(), useSetList(), useRuleList()];
  const lists = [roles, resources, sets, rules];
  const error = lists.find((l) => l.error)?.error;
  const { mayWrite } = useHere();
  return (
    <PolicyPage about="Who may do what: roles wherever they are held, and user sets, on everything of a resource or on what a resource set selects.">
      {error ? (
        <Failure error={error} again={() => lists.forEach((l) => void l.refetch())} />
      ) : !roles.data || !resources.data || !sets.data || !rules.data ? (
        <Paper><Waiting rows={8} /></Paper>
      ) : roles.data.length === 0 || resources.data.length === 0 ? (
        <Paper>
          <Empty title={resources.data.length === 0 ? "There is nothing to protect yet" : "There is no role yet"} icon={<IconTable size={34} stroke={1.4} />}>
            {resources.data.length === 0 ? "Make a resource with its actions, which are the rows here." : "Make a role. Roles are the columns here."}
            {mayWrite && <div><LinkButton mt="md" to={resources.data.length === 0 ? "/policy/new/resource" : "/policy/new/role"}>{resources.data.length === 0 ? "Make a resource" : "Make a role"}</LinkButton></div>}
          </Empty>
        </Paper>
      ) : (
        <Matrix roles={roles.data} resources={resources.data} sets={sets.data} rules={rules.data} />
      )}
    </PolicyPage>
  );
}

/** A Column is who: a role, or a user set. */
interface Column {
  key: string;
  name: string;
  role?: Role;
}

/** A Group of rows is what is acted on: a resource, or what a resource set selects of it. */
interface Things {
  key: string;
  name: string;
  resource: Resource;
  set?: ConditionSet;
}

interface Edit {
  column: Column;
  things: Things;
  permission: string;
  gives: boolean;
}

const generated = "__autogen_"; // what a role or a resource is called where a set may stand
const ruleId = (users: string, permission: string, things: string) => JSON.stringify([users, permission, things]);
const idOf = (c: Column, t: Things, permission: string) => ruleId(c.role ? generated + c.key : c.key, permission, t.set ? t.key : generated + t.key);

function Matrix({ roles, resources, sets, rules }: { roles: Role[]; resources: Resource[]; sets: ConditionSet[]; rules: Rule[] }) {
  const { mayWrite } = useHere();
  const [edits, setEdits] = useState<Map<string, Edit>>(new Map());
  const changed = usePolicyChanged();
  const table = useRef<HTMLTableElement>(null);
  const columns = useMemo<Column[]>(() => [...roles.map((r) => ({ key: r.key, name: r.name, role: r })), ...sets.filter((s) => s.type === "userset").map((s) => ({ key: s.key, name: s.name }))], [roles, sets]);
  const groups = useMemo<Things[]>(() => resources.flatMap((r) => [{ key: r.key, name: r.name, resource: r }, ...sets.filter((s) => s.type === "resourceset" && s.resource?.key === r.key).map((s) => ({ key: s.key, name: s.name, resource: r, set: s }))]), [resources, sets]);
  const ruled = useMemo(() => new Set(rules.map((r) => ruleId(r.user_set, r.permission, r.resource_set))), [rules]);
  const inherited = useMemo(() => inheritance(roles), [roles]);

  const save = useMutation({
    mutationFn: async () => {
      const list = [...edits.values()];
      const byRole = list.filter((e) => e.column.role && !e.things.set);
      if (byRole.length > 0) {
        await call("put", "/v2/schema/{proj}/{env}/bulk/roles", { body: { operations: edited(roles, byRole) } });
        forget(byRole);
      }
      for (const e of list.filter((x) => !byRole.includes(x))) {
        const body = { user_set: e.column.key, permission: e.permission, resource_set: e.things.key, is_role: Boolean(e.column.role), is_resource: !e.things.set };
        await call(e.gives ? "post" : "delete", "/v2/facts/{proj}/{env}/set_rules", { body });
        forget([e]);
      }
    },
    onSettled: changed,
  });
  const forget = (done: Edit[]) => setEdits((was) => new Map([...was].filter(([, e]) => !done.includes(e))));

  function toggle(column: Column, things: Things, permission: string, has: boolean) {
    const id = idOf(column, things, permission);
    setEdits((was) => {
      const next = new Map(was);
      if (!next.delete(id)) next.set(id, { column, things, permission, gives: !has });
      return next;
    });
  }

  // Arrow keys go from box to box.
  function move(e: KeyboardEvent) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    const at = (e.target as HTMLElement).dataset.at?.split(" ").map(Number);
    if (!step || !at) return;
    e.preventDefault();
    table.current?.querySelector<HTMLInputElement>(`[data-at="${(at[0] ?? 0) + (step[0] ?? 0)} ${(at[1] ?? 0) + (step[1] ?? 0)}"]`)?.focus();
  }

  const byRule = [...edits.values()].filter((e) => !e.column.role || e.things.set).length;
  const lines: Line[] = [...edits.values()].map((e) => ({ verb: e.gives ? "gives" : "takes", of: e.column.name || e.column.key, name: e.permission, note: e.things.set ? `only where ${e.things.name} selects` : undefined }));
  let row = -1;
  return (
    <>
      <Viewing />
      <div className="frame">
        <div className="scroll" tabIndex={0} role="region" aria-label="Roles and actions">
          <table className="matrix" ref={table} onKeyDown={move} style={{ "--columns": columns.length } as CSSProperties}>
            <colgroup><col className={columns.length > 4 ? "action" : "action wide"} />{columns.map((c) => <col key={c.role ? `role ${c.key}` : `set ${c.key}`} />)}</colgroup>
            <thead>
              <tr>
                <th scope="col" style={{ textAlign: "left" }}>Action</th>
                {columns.map((c) => (
                  <th scope="col" key={c.role ? `role ${c.key}` : `set ${c.key}`}>
                    <Said>{c.name || c.key}</Said>
                    <Text size="xs" c="dimmed" fw={400}>{c.role ? c.role.extends.length > 0 && <>extends <Said>{c.role.extends.join(", ")}</Said></> : "user set"}</Text>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {groups.map((t) => (
                <Fragment key={t.set ? `set ${t.key}` : t.key}>
                  <tr className={t.set ? "group set" : "group"}>
                    <th colSpan={columns.length + 1} scope="rowgroup">{t.set && <Tag tone="info">set</Tag>} <Said>{t.name}</Said> <Text span size="xs" c="dimmed" fw={400}>{t.set ? <>of <Said>{t.resource.name}</Said></> : <Said mono>{t.key}</Said>}</Text></th>
                  </tr>
                  {Object.values(t.resource.actions).map((a) => {
                    row++;
                    const permission = `${t.resource.key}:${a.key}`;
                    return (
                      <tr key={permission}>
                        <th scope="row"><Said>{a.name || a.key}</Said></th>
                        {columns.map((c, column) => {
                          const id = idOf(c, t, permission);
                          const edit = edits.get(id);
                          const before = c.role && !t.set ? c.role.permissions.includes(permission) : ruled.has(id);
                          const from = t.set ? undefined : c.role ? (inherited.get(c.key)?.get(permission) ?? (ruled.has(id) ? "a rule" : undefined)) : undefined;
                          const who = c.role ? c.name : `the set ${c.name}`;
                          return (
                            <td key={c.role ? `role ${c.key}` : `set ${c.key}`} className={edit ? "changed" : undefined}>
                              <Box has={edit ? edit.gives : before} before={before} from={from} disabled={!mayWrite} at={`${row} ${column}`} label={`${who.slice(0, 60)} may ${permission.slice(0, 80)}${t.set ? ` in ${t.name.slice(0, 60)}` : ""}`} toggle={() => toggle(c, t, permission, before)} />
                            </td>
                          );
                        })}
                      </tr>
                    );
                  })}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
        <Foot
          lines={lines} save={save} discard={() => setEdits(new Map())} hint="Arrow keys move, space ticks. A bar instead of a tick is inherited."
          about={byRule === 0 ? "They hold in every tenant from the moment they are saved, all at once." : `What roles may do everywhere is saved at once; of rules with sets, each is a commit of its own: ${byRule} here.`}
        />
      </div>
    </>
  );
}

interface BoxProps {
  has: boolean;
  /** whether it had it when all was saved last */
  before: boolean;
  from: string | undefined;
  disabled: boolean;
  at: string;
  label: string;
  toggle(): void;
}

/** A Box says whether a column may do a row. A matrix has thousands, so that one that
 * is as it was is not drawn again. */
const Box = memo(
  function Box({ has, from, disabled, at, label, toggle }: BoxProps) {
    return <Checkbox checked={has || Boolean(from)} indeterminate={!has && Boolean(from)} disabled={disabled} data-at={at} onChange={toggle} aria-label={`${label}${from && !has ? `, inherited from ${from}` : ""}`} style={{ display: "inline-block", verticalAlign: "middle" }} />;
  },
  (a, b) => a.has === b.has && a.before === b.before && a.from === b.from && a.disabled === b.disabled && a.at === b.at && a.label === b.label,
);

/** edited are the roles as they are to be, those alone that change. */
function edited(roles: Role[], edits: Edit[]) {
  return roles
    .filter((r) => edits.some((e) => e.column.key === r.key))
    .map((r) => {
      const permissions = new Set(r.permissions);
      for (const e of edits) {
        if (e.column.key !== r.key) continue;
        if (e.gives) permissions.add(e.permission);
        else permissions.delete(e.permission);
      }
      return { key: r.key, name: r.name, ...(r.description ? { description: r.description } : {}), permissions: [...permissions], extends: r.extends };
    });
}

/** inheritance says which permissions a role has from those it extends, and from which. */
export function inheritance(roles: Role[]): Map<string, Map<string, string>> {
  const by = new Map(roles.map((r) => [r.key, r]));
  const all = new Map<string, Map<string, string>>();
  for (const r of roles) {
    const from = new Map<string, string>();
    const seen = new Set([r.key]);
    const queue = [...r.extends];
    for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
      const parent = by.get(key);
      if (!parent || seen.has(key)) continue;
      seen.add(key);
      for (const p of parent.permissions) if (!from.has(p)) from.set(p, parent.name);
      queue.push(...parent.extends);
    }
    all.set(r.key, from);
  }
  return all;
}
