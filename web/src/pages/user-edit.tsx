import { Grid, Group, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, faultOf, taken, type Person } from "../api/client";
import { Card, Failure, fullName, Page, Said, Waiting } from "../parts";
import { attributesOf, blurred, edited, inexactly, linesOf, problemOf, draftOf as factsOf, split, type Draft as Facts } from "../parts/attributes";
import { Theirs } from "../parts/attribute-text";
import { useDraft } from "../parts/draft";
import { Editor, type Line } from "../parts/editor";
import { Facts as AttributeFields } from "../parts/facts";
import { Back, BackTo } from "../parts/links";
import { Terms } from "../parts/terms";
import { useDirectoryChanged, usePerson, useRoles, useTenants, useUserType } from "../queries";
import { editUser } from "../router";

const fields = [
  { field: "email", label: "E-mail address", of: "the e-mail address to" },
  { field: "first_name", label: "First name", of: "the first name to" },
  { field: "last_name", label: "Last name", of: "the last name to" },
] as const;

type Names = Record<(typeof fields)[number]["field"], string>;

interface Draft extends Names {
  facts: Facts;
}

/** EditUser edits what Gatehouse alone says of a user. */
export function EditUser() {
  const { user: key } = editUser.useParams();
  const person = usePerson(key);
  return (
    <Page title={person.data ? `Edit ${fullName(person.data)}` : "Edit a user"} about={<Said mono>{key}</Said>} back={<BackTo to="/users/$user" params={{ user: key }}>{person.data ? fullName(person.data).slice(0, 80) : "User"}</BackTo>}>
      {person.error ? <Failure error={person.error} again={() => void person.refetch()} /> : person.isPending ? <Paper><Waiting /></Paper> : <Form person={person.data} />}
    </Page>
  );
}

const draftOf = (p: Person): Draft => ({ email: p.email, first_name: p.first_name, last_name: p.last_name, facts: factsOf(split(p.attributes, p.kept_attributes).own) });

function differences(was: Person, d: Draft): Line[] {
  const is = attributesOf(d.facts);
  return [
    ...fields.filter((f) => d[f.field] !== was[f.field]).map((f): Line => ({ verb: "changes", of: f.of, name: d[f.field] || "nothing" })),
    ...(is ? linesOf(split(was.attributes, was.kept_attributes).own, is) : [{ verb: "changes", of: "the", name: "attributes" } as const]),
  ];
}

function Form({ person: p }: { person: Person }) {
  const { was, draft, lines, change, discard } = useDraft(p, draftOf, differences);
  const type = useUserType();
  const changed = useDirectoryChanged();
  const go = useNavigate();
  const save = useMutation({
    mutationFn: async () => {
      const body: Partial<Record<keyof Names, string | null>> & { attributes?: Record<string, unknown> } = {};
      for (const { field } of fields) if (draft[field] !== was[field]) body[field] = draft[field].trim() || null;
      const attributes = await edited(split(was.attributes, was.kept_attributes).own, draft.facts, () => call("get", "/console/v1/projects/{proj}/envs/{env}/users/{user}", { params: { user: p.key }, exact: true }));
      if (attributes) body.attributes = attributes;
      await call("patch", "/v2/facts/{proj}/{env}/users/{user}", { params: { user: p.key }, body });
    },
    onSuccess: async () => {
      await changed();
      void go({ to: "/users/$user", params: { user: p.key }, ignoreBlocker: true });
    },
  });
  const fault = (field: string) => faultOf(save.error, field);
  return (
    <Editor lines={lines} hint="Nothing has changed." about="Conditions look at it from then on." problem={blurred(was.attributes) ? inexactly : problemOf(draft.facts, p.kept_attributes)} save={save} discard={discard}>
      <Card title="User">{p.source === "" ? <NameFields names={draft} change={change} fault={fault} /> : <ByLogto person={p} />}</Card>
      <Card title="Attributes">
        <Theirs of={split(p.attributes, p.kept_attributes).theirs} />
        <AttributeFields label="Attributes" about={p.source === "" ? "What conditions read." : "These are Gatehouse's own: Logto does not touch them."} example={["department", "sales"]} draft={draft.facts} change={(facts) => change({ facts })} known={type.data?.attributes} kept={p.kept_attributes} fault={(name) => fault(`attributes.${name}`)} />
      </Card>
    </Editor>
  );
}

function ByLogto({ person: p }: { person: Person }) {
  return (
    <Stack gap="md">
      <Text size="sm">Logto keeps the name and the address of this user: change them there, and they change here.</Text>
      <Terms across lines={[["First name", <Said key="f">{p.first_name}</Said>], ["Last name", <Said key="l">{p.last_name}</Said>], ["E-mail address", <Said key="m">{p.email}</Said>]]} />
    </Stack>
  );
}

function NameFields({ names, change, fault }: { names: Names; change(part: Partial<Names>): void; fault(field: string): string | undefined }) {
  const input = (at: number) => {
    const { field, label } = fields[at] ?? fields[0];
    return <TextInput key={field} label={label} value={names[field]} error={fault(field)} onChange={(e) => change({ [field]: e.currentTarget.value })} />;
  };
  return (
    <Stack>
      <Group grow align="flex-start" preventGrowOverflow={false} className="fields">{input(1)}{input(2)}</Group>
      {input(0)}
    </Stack>
  );
}

interface Fresh extends Draft {
  key: string;
  role: string | null;
  tenant: string | null;
}

const nobody: Fresh = { key: "", email: "", first_name: "", last_name: "", facts: [], role: null, tenant: "default" };

/** NewUser adds a user whom Logto does not know. */
export function NewUser() {
  return (
    <Page title="Add a user" about="Somebody whom Logto does not know, such as a service or a person for a trial. Who signs up at Logto comes by themselves." back={<Back to="/users">Users</Back>}>
      <Add />
    </Page>
  );
}

function added(d: Fresh): Line[] {
  const is = attributesOf(d.facts);
  if (!d.key && !fields.some((f) => d[f.field]) && !d.role && is && Object.keys(is).length === 0) return [];
  return [
    { verb: "adds", of: "user", name: fullName(d) || "without a key" },
    ...linesOf({}, is ?? {}),
    ...(d.role && d.tenant ? [{ verb: "gives", of: "the role", name: d.role, note: `in ${d.tenant}` } as const] : []),
  ];
}

function Add() {
  const [draft, setDraft] = useState(nobody);
  const type = useUserType();
  const [roles, tenants] = [useRoles(), useTenants()];
  const changed = useDirectoryChanged();
  const go = useNavigate();
  const save = useMutation({
    mutationFn: () => {
      const { key, role, tenant } = draft;
      const names = Object.fromEntries(fields.filter((f) => draft[f.field].trim() !== "").map((f) => [f.field, draft[f.field].trim()]));
      return call("post", "/v2/facts/{proj}/{env}/users", { body: { key, ...names, attributes: attributesOf(draft.facts) ?? {}, ...(role && tenant ? { role_assignments: [{ role, tenant }] } : {}) } });
    },
    onSuccess: async (made) => {
      await changed();
      void go({ to: "/users/$user", params: { user: made.key }, ignoreBlocker: true });
    },
  });
  const change = (part: Partial<Fresh>) => setDraft((d) => ({ ...d, ...part }));
  const fault = (field: string) => faultOf(save.error, field);
  const problem = !draft.key ? "The user needs a key." : draft.role && !draft.tenant ? "The role needs a tenant." : problemOf(draft.facts);
  return (
    <Editor lines={added(draft)} hint="Nothing has been typed yet." about="It is one commit." problem={problem} save={save} discard={() => setDraft(nobody)}>
      <Card title="User">
        <Stack>
          <TextInput label="Key" required description="What your application calls the user when it asks, such as the subject of a token. It cannot be changed." classNames={{ input: "mono" }} value={draft.key} error={faultOf(save.error, "key") ?? taken(save.error)} onChange={(e) => { save.reset(); change({ key: e.currentTarget.value }); }} />
          <NameFields names={draft} change={change} fault={fault} />
        </Stack>
      </Card>
      <Card title="First role" about="More roles are given on the user's page. Without one, roles allow the user nothing.">
        <Grid>
          <Grid.Col span={{ base: 12, sm: 6 }}><Select label="Role" placeholder="None yet" searchable clearable clearButtonProps={{ "aria-label": "No role yet" }} nothingFoundMessage="There is no such role" data={roles} value={draft.role} onChange={(role) => change({ role })} error={fault("role_assignments")} /></Grid.Col>
          <Grid.Col span={{ base: 12, sm: 6 }}><Select label="Tenant" searchable allowDeselect={false} nothingFoundMessage="There is no such tenant" data={tenants} value={draft.tenant} onChange={(tenant) => change({ tenant })} /></Grid.Col>
        </Grid>
      </Card>
      <Card title="Attributes">
        <AttributeFields label="Attributes" about="What conditions read." example={["department", "sales"]} draft={draft.facts} change={(facts) => change({ facts })} known={type.data?.attributes} fault={(name) => fault(`attributes.${name}`)} />
      </Card>
    </Editor>
  );
}
