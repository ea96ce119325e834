import { Button, JsonInput, Paper, Select, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { call, faultOf, type ConditionSet, type Resource } from "../../api/client";
import { Card, Empty, Failure, Page, Said, Waiting } from "../../parts";
import { Delete, Editor, named, Naming, type Line } from "../../parts/editor";
import { Back } from "../../parts/links";
import { usePolicyChanged, useResourceList, useRuleList, useSetList, useUserType } from "../../queries";
import { newSet, policySet } from "../../router";
import { useHere } from "../../session";
import { Builder, objectOf, type Known } from "./builder";
import { problemOf, read, say, sayGroup, write, type Group } from "./conditions";

const back = <Back to="/policy/sets">Sets</Back>;

export function EditSet() {
  const { set: key } = policySet.useParams();
  const [sets, resources, users] = [useSetList(), useResourceList(), useUserType()];
  const set = sets.data?.find((s) => s.key === key);
  const error = sets.error ?? resources.error ?? users.error;
  return (
    <Page title={set?.name || key} about={set && (set.type === "userset" ? "A user set: users, by what is known of them." : <>A resource set: things of <Said>{set.resource?.key}</Said>, by what is known of them.</>)} back={back} actions={set && <Gone set={set} sets={sets.data ?? []} />}>
      {error ? (
        <Failure error={error} again={() => { void sets.refetch(); void resources.refetch(); void users.refetch(); }} />
      ) : !sets.data || !resources.data || !users.data ? (
        <Paper><Waiting /></Paper>
      ) : !set ? (
        <Paper><Empty title="There is no such set">It may have been deleted. See the list of sets.</Empty></Paper>
      ) : (
        <Form key={JSON.stringify(set)} set={set} sets={sets.data} resources={resources.data} user={users.data} type={set.type} />
      )}
    </Page>
  );
}

export function NewSet() {
  const { of } = newSet.useSearch();
  const [sets, resources, users] = [useSetList(), useResourceList(), useUserType()];
  const error = sets.error ?? resources.error ?? users.error;
  return (
    <Page title={of ? "New resource set" : "New user set"} about={of ? "Things of a resource, by what is known of them." : "Users, by what is known of them."} back={back}>
      {error ? <Failure error={error} /> : !sets.data || !resources.data || !users.data ? <Paper><Waiting /></Paper> : <Form sets={sets.data} resources={resources.data} user={users.data} type={of ? "resourceset" : "userset"} />}
    </Page>
  );
}

interface Draft {
  key: string;
  name: string;
  description: string;
  resource: string;
  parent: string;
  group: Group;
}

const draftOf = (s?: ConditionSet): Draft => ({ key: s?.key ?? "", name: s?.name ?? "", description: s?.description ?? "", resource: s?.resource?.key ?? "", parent: s?.parent_id ?? "", group: read(s?.conditions ?? {}) });

interface About {
  set?: ConditionSet;
  sets: ConditionSet[];
  resources: Resource[];
  user: Resource;
  type: ConditionSet["type"];
}

function Form({ set, sets, resources, user, type }: About) {
  const [draft, setDraft] = useState(() => draftOf(set));
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const changed = usePolicyChanged();
  const go = useNavigate();
  const was = useMemo(() => draftOf(set), [set]);
  const conditions = write(draft.group);
  const asked = JSON.stringify(conditions) !== JSON.stringify(write(was.group)); // what was not edited stays as it was written
  const save = useMutation({
    mutationFn: async () => {
      const parts = { name: draft.name, ...(draft.description !== was.description ? { description: draft.description || null } : {}), ...(draft.parent !== was.parent ? { parent_id: draft.parent || null } : {}) };
      if (set) return call("patch", "/v2/schema/{proj}/{env}/condition_sets/{set}", { params: { set: set.key }, body: { ...parts, ...(asked ? { conditions } : {}) } });
      return call("post", "/v2/schema/{proj}/{env}/condition_sets", { body: { ...parts, key: draft.key, type, conditions, ...(type === "resourceset" ? { resource_id: draft.resource } : {}) } });
    },
    onSuccess: async (saved) => {
      await changed();
      if (!set) void go({ to: "/policy/sets/$set", params: { set: saved.key }, ignoreBlocker: true });
    },
  });
  const known = useMemo(() => attributesOf(user, resources.find((r) => r.key === draft.resource)), [user, resources, draft.resource]);
  const parents = sets.filter((s) => s.key !== set?.key && s.type === type && (type === "userset" || s.resource?.key === draft.resource));
  const problem = !draft.key || !draft.name.trim() ? "It needs a name and a key." : type === "resourceset" && !draft.resource ? "It needs a resource." : problemOf(draft.group);
  const fault = (field: string) => faultOf(save.error, field);
  return (
    <Editor lines={differences(set, was, draft, type)} hint="Nothing has changed." about="It is one commit. Rules that name this set follow it from then on." problem={problem} save={save} discard={() => setDraft(draftOf(set))}>
      <Card title="Set">
        <Stack>
          <Naming made={Boolean(set)} name={draft.name} id={draft.key} change={change} nameError={fault("name")} keyError={fault("key")} />
          {type === "resourceset" && <Select label="Resource" required searchable allowDeselect={false} disabled={Boolean(set)} placeholder="Things of which resource" data={resources.map((r) => ({ value: r.key, label: (r.name || r.key).slice(0, 80) }))} value={draft.resource || null} onChange={(v) => change({ resource: v ?? "", parent: "" })} error={fault("resource_id")} />}
          <Textarea label="Description" autosize minRows={1} value={draft.description} onChange={(e) => change({ description: e.currentTarget.value })} error={fault("description")} />
          {parents.length > 0 && <Select label="Within" description="It selects only what this set selects, too" clearable clearButtonProps={{ "aria-label": "Within no other set" }} placeholder="no other set" data={parents.map((s) => ({ value: s.key, label: (s.name || s.key).slice(0, 80) }))} value={draft.parent || null} onChange={(v) => change({ parent: v ?? "" })} error={fault("parent_id")} />}
        </Stack>
      </Card>
      <Conditions group={draft.group} known={known} change={(group) => change({ group })} error={fault("conditions")} />
    </Editor>
  );
}

/** attributesOf are what conditions may look at. */
function attributesOf(user: Resource, resource: Resource | undefined): Known {
  const known: Known = new Map([["user.key", "string"], ["user.email", "string"], ["user.roles", "array"], ["user.tenants", "array"]]);
  for (const a of Object.values(user.attributes)) known.set(`user.${a.key}`, a.type);
  if (resource) for (const a of Object.values(resource.attributes)) known.set(`resource.${a.key}`, a.type);
  else known.set("resource.type", "string");
  return known;
}

/** Conditions are built by form, or written as JSON. */
function Conditions({ group, known, change, error }: { group: Group; known: Known; change(group: Group): void; error: string | undefined }) {
  const [text, setText] = useState<string | null>(null);
  const { mayWrite } = useHere();
  const json = JSON.stringify(write(group), null, 2);
  const wrong = text !== null && !objectOf(text);
  return (
    <Card title="Conditions" about={`It selects where ${sayGroup(group).slice(0, 400)}.`} aside={mayWrite && <Button size="compact-sm" variant="default" disabled={wrong} onClick={() => setText(text === null ? json : null)}>{text === null ? "Edit as JSON" : "Edit by form"}</Button>}>
      {text === null ? (
        <>
          <Builder group={group} known={known} change={change} />
          <details style={{ marginTop: 14 }}>
            <summary style={{ cursor: "pointer", fontSize: "0.82rem", color: "var(--mantine-color-dimmed)" }}>As JSON</summary>
            <pre className="json" tabIndex={0}>{json}</pre>
          </details>
        </>
      ) : (
        <JsonInput aria-label="Conditions as JSON" autosize minRows={8} classNames={{ input: "mono" }} value={text} error={wrong ? 'This is not an object such as {"user.department": {"equals": "sales"}}' : undefined} onChange={(v) => { setText(v); const block = objectOf(v); if (block) change(read(block)); }} />
      )}
      {error && <Text size="sm" mt="sm" c="var(--gh-deny)" role="alert" style={{ overflowWrap: "anywhere" }}>{error}</Text>}
    </Card>
  );
}

function differences(set: ConditionSet | undefined, was: Draft, d: Draft, type: ConditionSet["type"]): Line[] {
  if (!set) return d.name || d.key ? [{ verb: "adds", of: type === "userset" ? "user set" : "resource set", name: d.name || d.key, note: `It selects where ${say(write(d.group))}.` }] : [];
  const lines: Line[] = [];
  if (d.name !== was.name) lines.push({ verb: "changes", of: "the name to", name: d.name });
  if (d.description !== was.description) lines.push({ verb: "changes", of: "the description to", name: d.description || "nothing" });
  if (d.parent !== was.parent) lines.push({ verb: "changes", of: "what it is within to", name: d.parent || "no other set" });
  const [before, after] = [write(was.group), write(d.group)];
  if (JSON.stringify(before) !== JSON.stringify(after)) lines.push({ verb: "changes", of: "the", name: "conditions", note: `It selected where ${say(before)}. It is to select where ${say(after)}.` });
  return lines;
}

function Gone({ set, sets }: { set: ConditionSet; sets: ConditionSet[] }) {
  const rules = useRuleList();
  const changed = usePolicyChanged();
  const go = useNavigate();
  const below = sets.filter((s) => s.parent_id === set.key || s.parent_id === set.id);
  const ruled = rules.data?.filter((r) => (set.type === "userset" ? r.user_set : r.resource_set) === set.key) ?? [];
  const goes = [
    ruled.length > 0 && `${ruled.length} rules: ${named(ruled.map((r) => r.permission))}`,
    below.length > 0 && `the sets within it, with their rules: ${named(below.map((s) => s.name))}`,
  ].filter((x): x is string => Boolean(x));
  async function remove() {
    await call("delete", "/v2/schema/{proj}/{env}/condition_sets/{set}", { params: { set: set.key } });
    await go({ to: "/policy/sets", ignoreBlocker: true });
    await changed();
  }
  return <Delete kind={set.type === "userset" ? "user set" : "resource set"} name={set.name || set.key} goes={goes} remove={remove} />;
}
