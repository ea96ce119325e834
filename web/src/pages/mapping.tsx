import { Button, Group, Select, Stack, Switch, TagsInput, Text } from "@mantine/core";
import { IconPlus, IconTestPipe } from "../parts/icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Mapping } from "../api/client";
import { Card, Failure, Page, Tag, Waiting } from "../parts";
import { Leave } from "../parts/leave";
import { Rooms } from "../parts/rooms";
import { useRoles, useTenants } from "../queries";
import { useHere } from "../session";
import { DryRun } from "./mapping-dry-run";
import { Attributes, Names, Rules, Tenants } from "./mapping-lists";

export function MappingPage() {
  const mapping = useQuery({ queryKey: ["mapping"], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/mapping", { signal }), staleTime: Infinity });
  return (
    <Page title="Logto" about="What Logto's organizations, roles and users amount to here. Nothing is saved before you have seen what it does.">
      <Rooms of="logto" label="Logto" />
      {mapping.error ? <Failure error={mapping.error} again={() => void mapping.refetch()} /> : mapping.isPending ? <Card><Waiting rows={8} /></Card> : <Editor key={mapping.dataUpdatedAt} is={mapping.data} />}
    </Page>
  );
}

/** sorted is the text of a value, the same whatever the order of its fields and whether empty ones are there. */
const sorted = (v: unknown) => JSON.stringify(v, (_, x: unknown) => (typeof x === "object" && x !== null && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).filter(([, y]) => y !== "" && y !== false && !(Array.isArray(y) && y.length === 0)).sort(([a], [b]) => a.localeCompare(b))) : x));

function Editor({ is }: { is: Mapping }) {
  const { mayWrite } = useHere();
  const [draft, setDraft] = useState(is);
  const [trying, setTrying] = useState(false);
  const roles = useRoles();
  const tenants = useTenants();
  const set = (change: Partial<Mapping>) => setDraft((was) => ({ ...was, ...change }));
  const changed = sorted(draft) !== sorted(is);
  return (
    <>
      {!mayWrite && <Text size="sm"><Tag tone="info">Viewer</Tag> You may look. An owner can make you an editor.</Text>}
      <fieldset className="plain" disabled={!mayWrite} aria-label="Mapping">
        <Stack gap="lg">
          <Card title="Organizations" about="An organization of Logto becomes a tenant, and its members become members of it.">
            <Stack>
              <Switch label="Organizations become tenants" checked={draft.organizations} onChange={(e) => set({ organizations: e.currentTarget.checked })} />
              {draft.organizations && (
                <>
                  <TagsInput label="Only these organizations" description="Ids in Logto; with none, all of them." placeholder={draft.only_organizations.length === 0 ? "All" : undefined} value={draft.only_organizations} onChange={(v) => set({ only_organizations: v })} maw={640} />
                  <Tenants list={draft.tenants} set={(v) => set({ tenants: v })} />
                </>
              )}
            </Stack>
          </Card>
          <Card title="Roles" about="A role of Logto is the role of the same key here, unless it is named below. One that gives nothing is left out.">
            <Stack gap="lg">
              <Names title="Held in an organization" list={draft.organization_roles} roles={roles} set={(v) => set({ organization_roles: v })} />
              <Names title="Held everywhere" list={draft.global_roles} roles={roles} set={(v) => set({ global_roles: v })} />
              <Group align="flex-end" gap="lg">
                <Select label="Roles held everywhere are given in" allowDeselect={false} searchable w={{ base: "100%", xs: 280 }} disabled={draft.global_everywhere} data={tenants.some((t) => t.value === draft.global_tenant) ? tenants : [...tenants, { value: draft.global_tenant, label: draft.global_tenant }]} value={draft.global_tenant} onChange={(v) => v && set({ global_tenant: v })} />
                <Switch label="In every tenant of the user's organizations instead" checked={draft.global_everywhere} onChange={(e) => set({ global_everywhere: e.currentTarget.checked })} mb={8} />
              </Group>
            </Stack>
          </Card>
          <Card
            title="Rules"
            about={<>Roles by what is true of a user, for as long as it is. Conditions are CEL, such as <code>user.primaryEmail.endsWith('@acme.com')</code> or <code>'staff' in user.roles</code>; a default role for everybody is a rule whose condition is <code>true</code>.</>}
            aside={<Button size="compact-sm" variant="default" leftSection={<IconPlus size={15} />} onClick={() => set({ rules: [...draft.rules, { name: fresh(draft.rules.map((r) => r.name)), condition: "true", roles: [], tenants: ["default"] }] })}>Add a rule</Button>}
          >
            <Rules list={draft.rules} roles={roles} tenants={tenants} set={(v) => set({ rules: v })} />
          </Card>
          <Card title="Attributes" about={<>Beside those that are always there: <code>username</code>, <code>phone</code>, <code>custom_data</code> and <code>suspended</code>. Users can write their custom data and profile, so nothing in them becomes an attribute that is not named here.</>}>
            <Stack gap="lg">
              <Attributes title="Of users" list={draft.attributes} hint="customData.plan" set={(v) => set({ attributes: v })} />
              <Attributes title="Of tenants" list={draft.tenant_attributes} hint="customData.tier" set={(v) => set({ tenant_attributes: v })} />
            </Stack>
          </Card>
        </Stack>
      </fieldset>
      <Leave unsaved={mayWrite && changed} />
      {mayWrite && changed && (
        <div className="frame sticky">
          <div className="foot">
            <Tag tone="warn">Not saved</Tag>
            <Group gap="sm">
              <Button variant="default" size="sm" onClick={() => setDraft(is)}>Discard</Button>
              <Button size="sm" leftSection={<IconTestPipe size={16} />} onClick={() => setTrying(true)}>Dry run</Button>
            </Group>
          </div>
        </div>
      )}
      {trying && <DryRun mapping={draft} close={() => setTrying(false)} />}
    </>
  );
}

/** fresh is a name that no rule has. */
function fresh(names: string[]): string {
  for (let n = 1; ; n++) if (!names.includes(`rule-${n}`)) return `rule-${n}`;
}
