import { Group, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, faultOf, taken, type Instance } from "../api/client";
import { Card, Failure, Page, Said, Waiting } from "../parts";
import { attributesOf, blurred, draftOf as factsOf, edited, inexactly, linesOf, problemOf, type Draft as Facts } from "../parts/attributes";
import { useDraft } from "../parts/draft";
import { Editor, type Line } from "../parts/editor";
import { Facts as AttributeFields } from "../parts/facts";
import { Back, BackTo, LinkAnchor } from "../parts/links";
import { useDirectoryChanged, useInstance, useResourceList, useTenants } from "../queries";
import { editInstance } from "../router";

/** EditInstance edits the attributes of a thing. */
export function EditInstance() {
  const { type, key } = editInstance.useParams();
  const one = useInstance(`${type}:${key}`);
  return (
    <Page title={`Edit ${key}`} about={<Said mono>{`${type}:${key}`}</Said>} back={<BackTo to="/instances/$type/$key" params={{ type, key }}>{key.slice(0, 80)}</BackTo>}>
      {one.error ? <Failure error={one.error} again={() => void one.refetch()} /> : one.isPending ? <Paper><Waiting /></Paper> : <Form key={`${type}:${key}`} instance={one.data} />}
    </Page>
  );
}

/** useDeclared are the attributes that a resource declares. */
function useDeclared(resource: string | null) {
  return useResourceList().data?.find((r) => r.key === resource)?.attributes;
}

function Form({ instance: i }: { instance: Instance }) {
  const { was, draft, lines, change, discard } = useDraft(
    i,
    (x) => ({ facts: factsOf(x.attributes) as Facts }),
    (x, d): Line[] => {
      const is = attributesOf(d.facts);
      return is ? linesOf(x.attributes ?? {}, is) : [{ verb: "changes", of: "the", name: "attributes" }];
    },
  );
  const known = useDeclared(i.resource);
  const changed = useDirectoryChanged();
  const go = useNavigate();
  const instance = `${i.resource}:${i.key}`;
  const save = useMutation({
    mutationFn: async () => {
      const attributes = await edited(was.attributes ?? {}, draft.facts, () => call("get", "/v2/facts/{proj}/{env}/resource_instances/{instance}", { params: { instance }, exact: true }));
      if (attributes) await call("patch", "/v2/facts/{proj}/{env}/resource_instances/{instance}", { params: { instance }, body: { attributes } });
    },
    onSuccess: async () => {
      await changed();
      void go({ to: "/instances/$type/$key", params: { type: i.resource, key: i.key }, ignoreBlocker: true });
    },
  });
  return (
    <Editor lines={lines} hint="Nothing has changed." about="Conditions look at it from then on." problem={blurred(was.attributes) ? inexactly : problemOf(draft.facts)} save={save} discard={discard}>
      <Card title="Attributes">
        <AttributeFields label="Attributes" about="What conditions read of the resource." example={["classified", "secret"]} draft={draft.facts} change={(facts) => change({ facts })} known={known} fault={(name) => faultOf(save.error, `attributes.${name}`)} />
      </Card>
    </Editor>
  );
}

interface Fresh {
  resource: string | null;
  key: string;
  tenant: string | null;
  facts: Facts;
}

/** NewInstance makes a thing of a resource. */
export function NewInstance() {
  const resources = useResourceList();
  return (
    <Page title="Make an instance" about="One thing, such as a document, so that roles are held on it and conditions look at it." back={<Back to="/instances">Resource instances</Back>}>
      {resources.error ? (
        <Failure error={resources.error} again={() => void resources.refetch()} />
      ) : resources.isPending ? (
        <Paper><Waiting /></Paper>
      ) : resources.data.length === 0 ? (
        <Paper><Text size="sm">There is no resource that it could be of: make one at <LinkAnchor to="/policy/resources" size="sm" underline="always">Policy</LinkAnchor> first.</Text></Paper>
      ) : (
        <Make resources={resources.data.map((r) => ({ value: r.key, label: (r.name || r.key).slice(0, 80) }))} />
      )}
    </Page>
  );
}

const nothing: Fresh = { resource: null, key: "", tenant: "default", facts: [] };

function made(d: Fresh): Line[] {
  const is = attributesOf(d.facts) ?? {};
  if (!d.resource && !d.key && d.facts.length === 0) return [];
  return [{ verb: "adds", of: "resource instance", name: `${d.resource ?? "…"}:${d.key}`, note: d.tenant ? `in ${d.tenant}` : undefined }, ...linesOf({}, is)];
}

function Make({ resources }: { resources: { value: string; label: string }[] }) {
  const [draft, setDraft] = useState<Fresh>(() => ({ ...nothing, resource: resources.length === 1 ? (resources[0]?.value ?? null) : null }));
  const tenants = useTenants();
  const known = useDeclared(draft.resource);
  const changed = useDirectoryChanged();
  const go = useNavigate();
  const save = useMutation({
    mutationFn: () => call("post", "/v2/facts/{proj}/{env}/resource_instances", { body: { resource: draft.resource ?? "", key: draft.key, tenant: draft.tenant ?? "", attributes: attributesOf(draft.facts) ?? {} } }),
    onSuccess: async (i) => {
      await changed();
      void go({ to: "/instances/$type/$key", params: { type: i.resource, key: i.key }, ignoreBlocker: true });
    },
  });
  const change = (part: Partial<Fresh>) => setDraft((d) => ({ ...d, ...part }));
  const fault = (field: string) => faultOf(save.error, field);
  const problem = !draft.resource ? "It needs a resource." : !draft.key ? "It needs a key." : !draft.tenant ? "It needs a tenant." : problemOf(draft.facts);
  return (
    <Editor lines={made(draft)} hint="Nothing has been typed yet." about="It is one commit. Roles are held on it from then on." problem={problem} save={save} discard={() => setDraft(nothing)}>
      <Card title="Instance">
        <Stack>
          <Group grow align="flex-start" preventGrowOverflow={false} className="fields">
            <Select label="Resource" required searchable allowDeselect={false} placeholder="Choose" nothingFoundMessage="There is no such resource" data={resources} value={draft.resource} onChange={(resource) => change({ resource })} error={fault("resource")} />
            <Select label="Tenant" required searchable allowDeselect={false} placeholder="Choose" nothingFoundMessage="There is no such tenant" data={tenants} value={draft.tenant} onChange={(tenant) => change({ tenant })} error={fault("tenant")} />
          </Group>
          <TextInput label="Key" required description="What your application calls it. It cannot be changed." classNames={{ input: "mono" }} value={draft.key} error={fault("key") ?? taken(save.error)} onChange={(e) => { save.reset(); change({ key: e.currentTarget.value }); }} />
        </Stack>
      </Card>
      <Card title="Attributes">
        <AttributeFields label="Attributes" about="What conditions read of the resource." example={["classified", "secret"]} draft={draft.facts} change={(facts) => change({ facts })} known={known} fault={(name) => fault(`attributes.${name}`)} />
      </Card>
    </Editor>
  );
}
