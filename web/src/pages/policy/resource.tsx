import { Group, Paper, Stack, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, faultOf, type Resource } from "../../api/client";
import { Card, Empty, Failure, Page, Said, Waiting } from "../../parts";
import { Delete, Editor, named, Naming } from "../../parts/editor";
import { Back } from "../../parts/links";
import { usePolicyChanged, useResourceList, useRoleList, useRuleList, useSetList, useUserType } from "../../queries";
import { policyResource } from "../../router";
import { PolicyPage } from "./frame";
import { differences, draftOf, problemOf, updateOf, type Draft } from "./resource-draft";
import { Actions, Attributes, Relations } from "./resource-parts";
import { ResourceRoles } from "./resource-roles";

export function EditResource() {
  const { resource: key } = policyResource.useParams();
  const list = useResourceList();
  const resource = list.data?.find((r) => r.key === key);
  return (
    <Page title={resource?.name || key} about={resource && <Said mono>{resource.key}</Said>} back={<Back to="/policy/resources">Resources</Back>} actions={resource && <Gone resource={resource} all={list.data ?? []} />}>
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : list.isPending ? (
        <Paper><Waiting /></Paper>
      ) : !resource ? (
        <Paper><Empty title="There is no such resource">It may have been deleted. See the list of resources.</Empty></Paper>
      ) : (
        <Form key={JSON.stringify(resource)} resource={resource} all={list.data} />
      )}
    </Page>
  );
}

export function NewResource() {
  const list = useResourceList();
  return (
    <Page title="New resource" about="A type of thing, such as a document, with what can be done with it." back={<Back to="/policy/resources">Resources</Back>}>
      {list.error ? <Failure error={list.error} again={() => void list.refetch()} /> : list.isPending ? <Paper><Waiting /></Paper> : <Form all={list.data} />}
    </Page>
  );
}

/** UserAttributes are what is known of every user: conditions may look at no others. */
export function UserAttributes() {
  const type = useUserType();
  return (
    <PolicyPage about="What conditions may ask of users. The values are given with each user, by your application or from Logto.">
      {type.error ? <Failure error={type.error} again={() => void type.refetch()} /> : type.data ? <Form key={JSON.stringify(type.data)} resource={type.data} all={[]} attributesOnly /> : <Paper><Waiting /></Paper>}
    </PolicyPage>
  );
}

const ofEveryUser = ["key", "email", "first_name", "last_name"];

function Form({ resource, all, attributesOnly }: { resource?: Resource; all: Resource[]; attributesOnly?: boolean }) {
  const [draft, setDraft] = useState(() => draftOf(resource));
  const [roles, sets] = [useRoleList(), useSetList()];
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const changed = usePolicyChanged();
  const go = useNavigate();
  const save = useMutation({
    mutationFn: async () => {
      const body = updateOf(resource, draft);
      if (resource) return call("patch", "/v2/schema/{proj}/{env}/resources/{resource}", { params: { resource: resource.key }, body });
      return call("post", "/v2/schema/{proj}/{env}/resources", { body: { ...body, key: draft.key, name: draft.name, actions: body.actions ?? {} } });
    },
    onSuccess: async (saved) => {
      await changed();
      if (!resource) void go({ to: "/policy/resources/$resource", params: { resource: saved.key }, ignoreBlocker: true });
    },
  });
  const fault = (field: string) => faultOf(save.error, field);
  const parts = { draft, change, fault };
  return (
    <Editor lines={differences(resource, draft, roles.data ?? [], sets.data ?? [])} hint="Nothing has changed." about="It is one commit: all of it holds from the same moment, or none of it does." problem={problemOf(draft, attributesOnly)} save={save} discard={() => setDraft(draftOf(resource))}>
      {!attributesOnly && (
        <>
          <Card title="Resource">
            <Stack>
              <Naming made={Boolean(resource)} name={draft.name} id={draft.key} change={change} nameError={fault("name")} keyError={fault("key")} />
              <Textarea label="Description" autosize minRows={1} value={draft.description} onChange={(e) => change({ description: e.currentTarget.value })} error={fault("description")} />
            </Stack>
          </Card>
          <Actions {...parts} />
        </>
      )}
      <Attributes {...parts} of={attributesOnly ? "users" : "a thing"} builtIn={attributesOnly ? ofEveryUser : []} />
      {!attributesOnly && (
        <>
          <Relations {...parts} all={all} />
          <ResourceRoles {...parts} all={all} />
        </>
      )}
    </Editor>
  );
}

function Gone({ resource: r, all }: { resource: Resource; all: Resource[] }) {
  const [roles, sets, rules] = [useRoleList(), useSetList(), useRuleList()];
  const things = useQuery({ queryKey: ["instances", "of", r.key], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/resource_instances", { query: { resource: r.key, include_total_count: true, per_page: 1 }, signal }) });
  const changed = usePolicyChanged();
  const go = useNavigate();
  const losing = roles.data?.filter((x) => x.permissions.some((p) => p.startsWith(`${r.key}:`))) ?? [];
  const on = sets.data?.filter((s) => s.resource?.key === r.key) ?? [];
  const related = all.filter((x) => x.key !== r.key && Object.values(x.relations).some((rel) => rel.resource === r.key));
  const ruled = rules.data?.filter((x) => x.permission.startsWith(`${r.key}:`)).length ?? 0;
  const goes = [
    things.data && things.data.total_count > 0 && `${things.data.total_count.toLocaleString("en")} instances, with the roles held on them and their relationships`,
    losing.length > 0 && `what ${named(losing.map((x) => x.name || x.key))} may do with it`,
    on.length > 0 && `the resource sets ${named(on.map((s) => s.name))}`,
    ruled > 0 && `${ruled} rules with sets`,
    related.length > 0 && `relations of ${named(related.map((x) => x.name || x.key))} from it, and roles derived through them`,
  ].filter((x): x is string => Boolean(x));
  async function remove() {
    await call("delete", "/v2/schema/{proj}/{env}/resources/{resource}", { params: { resource: r.key } });
    await go({ to: "/policy/resources", ignoreBlocker: true });
    await changed();
  }
  return <Group><Delete kind="resource" name={r.name || r.key} goes={goes} remove={remove} /></Group>;
}
