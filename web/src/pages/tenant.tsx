import { Grid, Group, Paper, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, faultOf, type TenantThere } from "../api/client";
import { Ago, Card, Copy, Failure, Page, Said, Tag, Waiting } from "../parts";
import { attributesOf, blurred, draftOf as factsOf, edited, inexactly, linesOf, problemOf, split, type Draft as Facts } from "../parts/attributes";
import { Theirs } from "../parts/attribute-text";
import { useDraft } from "../parts/draft";
import { Delete, Editor, type Line } from "../parts/editor";
import { Facts as AttributeFields } from "../parts/facts";
import { Back } from "../parts/links";
import { Terms } from "../parts/terms";
import { useDirectoryChanged, useTenant } from "../queries";
import { tenant as route } from "../router";

/** TenantPage is a tenant, where it comes from, and who and what is in it. */
export function TenantPage() {
  const { tenant: key } = route.useParams();
  const tenant = useTenant(key);
  const [saves, setSaves] = useState(0);
  const t = tenant.data;
  return (
    <Page title={t?.name || key} about={<Group gap={8}><Said mono>{key}</Said><Copy text={key} what="the key" /></Group>} back={<Back to="/tenants">Tenants</Back>} actions={t && t.source === "" && <Gone tenant={t} />}>
      {tenant.error ? (
        <Failure error={tenant.error} again={() => void tenant.refetch()} />
      ) : !t ? (
        <Paper><Waiting /></Paper>
      ) : (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 8 }}><Stack gap="lg"><Form key={`${key} ${saves}`} tenant={t} saved={() => setSaves(saves + 1)} /></Stack></Grid.Col>
          <Grid.Col span={{ base: 12, md: 4 }}><About tenant={t} /></Grid.Col>
        </Grid>
      )}
    </Page>
  );
}

interface Draft {
  name: string;
  description: string;
  facts: Facts;
}

const draftOf = (t: TenantThere): Draft => ({ name: t.name, description: t.description, facts: factsOf(split(t.attributes, t.kept_attributes).own) });

function differences(was: TenantThere, d: Draft): Line[] {
  const is = attributesOf(d.facts);
  return [
    ...(d.name !== was.name ? [{ verb: "changes", of: "the name to", name: d.name || "nothing" } as const] : []),
    ...(d.description !== was.description ? [{ verb: "changes", of: "the description to", name: d.description || "nothing" } as const] : []),
    ...(is ? linesOf(split(was.attributes, was.kept_attributes).own, is) : [{ verb: "changes", of: "the", name: "attributes" } as const]),
  ];
}

function Form({ tenant: t, saved }: { tenant: TenantThere; saved(): void }) {
  const { was, draft, lines, change, discard } = useDraft(t, draftOf, differences);
  const changed = useDirectoryChanged();
  const save = useMutation({
    mutationFn: async () => {
      const body: { name?: string; description?: string | null; attributes?: Record<string, unknown> } = {};
      if (draft.name !== was.name) body.name = draft.name.trim();
      if (draft.description !== was.description) body.description = draft.description || null;
      const attributes = await edited(split(was.attributes, was.kept_attributes).own, draft.facts, () => call("get", "/console/v1/projects/{proj}/envs/{env}/tenants/{tenant}", { params: { tenant: t.key }, exact: true }));
      if (attributes) body.attributes = attributes;
      await call("patch", "/v2/facts/{proj}/{env}/tenants/{tenant}", { params: { tenant: t.key }, body });
    },
    onSuccess: async () => {
      await changed();
      saved();
    },
  });
  const fault = (field: string) => faultOf(save.error, field);
  const problem = !draft.name.trim() ? "The tenant needs a name." : blurred(was.attributes) ? inexactly : problemOf(draft.facts, t.kept_attributes);
  return (
    <Editor lines={lines} hint="Nothing has changed." about="It is one commit." problem={problem} save={save} discard={discard}>
      <Card title="Tenant">
        {t.source === "" ? (
          <Stack>
            <TextInput label="Name" required value={draft.name} onChange={(e) => change({ name: e.currentTarget.value })} error={fault("name")} />
            <Textarea label="Description" autosize minRows={1} value={draft.description} onChange={(e) => change({ description: e.currentTarget.value })} error={fault("description")} />
          </Stack>
        ) : (
          <Stack gap="md">
            <Text size="sm">Logto keeps the name and the description: change the organization there, and they change here.</Text>
            <Terms lines={[["Name", <Said key="n">{t.name}</Said>], ["Description", <Said key="d" whole>{t.description}</Said>]]} />
          </Stack>
        )}
      </Card>
      <Card title="Attributes">
        <Theirs of={split(t.attributes, t.kept_attributes).theirs} />
        <AttributeFields label="Attributes" about={t.source === "" ? "What conditions read of the tenant." : "These are Gatehouse's own: Logto does not touch them."} example={["plan", "gold"]} draft={draft.facts} change={(facts) => change({ facts })} kept={t.kept_attributes} fault={(name) => fault(`attributes.${name}`)} />
      </Card>
    </Editor>
  );
}

/** useIn counts who and what is in a tenant. */
function useIn(tenant: string) {
  const one = { per_page: 1 } as const;
  const users = useQuery({ queryKey: ["users", "in", tenant], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/tenants/{tenant}/users", { params: { tenant }, query: one, signal }) });
  const instances = useQuery({ queryKey: ["instances", "in", tenant], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/resource_instances", { query: { ...one, tenant, include_total_count: true }, signal }) });
  const roles = useQuery({ queryKey: ["assignments", "in", tenant], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/role_assignments", { query: { ...one, tenant, include_total_count: true }, signal }) });
  return { users: users.data?.total_count, instances: instances.data?.total_count, roles: roles.data?.total_count };
}

const count = (n: number | undefined, one: string, many: string) => (n === undefined ? "…" : n === 1 ? `1 ${one}` : `${n.toLocaleString("en")} ${many}`);

function About({ tenant: t }: { tenant: TenantThere }) {
  const there = useIn(t.key);
  return (
    <Card title="About">
      <Terms
        lines={[
          ["Members", <Link key="u" to="/users" search={{ tenant: t.key }}>{count(there.users, "user", "users")}</Link>],
          ["Things in it", <Link key="i" to="/instances" search={{ tenant: t.key }}>{count(there.instances, "resource instance", "resource instances")}</Link>],
          ["Kept equal to", t.source ? <Kept key="s" tenant={t} /> : <span key="s">nobody: made here or by API</span>],
          ["Here since", <Ago key="c" at={t.created_at} />],
          ["Last changed", <Ago key="l" at={t.updated_at} />],
        ]}
      />
    </Card>
  );
}

function Kept({ tenant: t }: { tenant: TenantThere }) {
  return (
    <>
      <div style={{ paddingTop: 4 }}><Tag tone="info">{t.source}</Tag></div>
      <Text size="sm" mt={6}>Organization <Said mono>{t.organization}</Said></Text>
      <Text size="xs" c="dimmed" mt={4}>{t.adopted ? "It was here before its organization: when that is deleted in Logto, the tenant stays, without what the organization gave." : "It is deleted with its organization, in Logto. Deleted here, it would come back, empty."}</Text>
    </>
  );
}

function Gone({ tenant: t }: { tenant: TenantThere }) {
  const there = useIn(t.key);
  const changed = useDirectoryChanged();
  const go = useNavigate();
  const goes = [
    there.roles && `${count(there.roles, "role that is", "roles that are")} held in it`,
    there.instances && `${count(there.instances, "resource instance", "resource instances")}, with the roles held on them and their relationships`,
    there.users && `the membership of ${count(there.users, "user", "users")}, who stay without it`,
    t.key === "default" && "where questions go that name no tenant: they are denied until a tenant of this key is made again, and roles that Logto's users get in it wait",
  ].filter((x): x is string => Boolean(x));
  async function remove() {
    await call("delete", "/v2/facts/{proj}/{env}/tenants/{tenant}", { params: { tenant: t.key } });
    await changed({ gone: true });
    await go({ to: "/tenants", ignoreBlocker: true });
  }
  return <Delete kind="tenant" name={t.name || t.key} goes={goes} stays="What was decided and changed in it stays at Decisions and Changes." remove={remove} />;
}
