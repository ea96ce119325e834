import { Anchor, Autocomplete, Button, Collapse, Grid, Group, Paper, SegmentedControl, Select, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustments, IconHelpHexagon, IconLink } from "../parts/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, type Answer } from "../api/client";
import { Card, Copy, Empty, Failure, Framed, Page, Said, Tag, Waiting } from "../parts";
import { UserChoice } from "../parts/user-choice";
import { Whom } from "../parts/whom";
import { useNames, useResourceList, useTenants } from "../queries";
import { playground as route, type Question } from "../router";
import { saidBy, TextFacts } from "./facts";
import { Entries } from "./user";
import { Why } from "./why";

type Ask = "may" | "who" | "what";
type Draft = Question;

/** Playground asks the engine. What was asked stands in the address, so that a link
 * shows somebody else the same question. */
export function Playground() {
  const asked = route.useSearch();
  const go = useNavigate({ from: route.fullPath });
  const [draft, setDraft] = useState<Draft>(asked);
  const ask: Ask = draft.ask ?? "may";
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const whole = complete(draft);
  return (
    <Page title="Playground" about="Ask the engine what your application asks, and see why it answers as it does.">
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Paper component="section" aria-label="Question">
            <form
              onSubmit={(e) => {
                e.preventDefault();
                if (whole) void go({ search: draft });
              }}
            >
              <Stack>
                <SegmentedControl aria-label="Kind of question" fullWidth size="xs" value={ask} onChange={(v) => change({ ask: v === "may" ? undefined : (v as "who" | "what") })} data={[{ value: "may", label: "May they?" }, { value: "who", label: "Who may?" }, { value: "what", label: "What may they?" }]} />
                {ask !== "who" && <UserChoice label="User" placeholder="Name, address or key" required value={draft.user} onChange={(user) => change({ user })} />}
                {ask !== "what" && <Thing draft={draft} change={change} />}
                <More draft={draft} change={change} ask={ask} />
                <Group justify="space-between">
                  <Button type="submit" disabled={!whole} leftSection={<IconHelpHexagon size={17} aria-hidden />}>Ask</Button>
                  {complete(asked) && <Group gap={4}><IconLink size={15} aria-hidden /><Text size="sm" c="dimmed">Link to this question</Text><Copy text={location.href} what="the link" /></Group>}
                </Group>
              </Stack>
            </form>
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }} aria-live="polite">
          {!complete(asked) ? (
            <Paper><Empty title="Nothing has been asked yet" icon={<IconHelpHexagon size={36} stroke={1.4} />}>Choose a user, an action and a resource, and ask. The answer comes with the way it was found.</Empty></Paper>
          ) : (
            <Answered key={JSON.stringify(asked)} asked={asked} />
          )}
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function complete(d: Draft): boolean {
  const thing = Boolean(d.resource && d.action);
  if ([d.attributes, d.userAttributes, d.context].some((text) => saidBy(text) === null)) return false;
  if (d.ask === "what") return Boolean(d.user);
  return d.ask === "who" ? thing : thing && Boolean(d.user);
}

function Thing({ draft, change }: { draft: Draft; change(part: Partial<Draft>): void }) {
  const resources = useResourceList();
  const tenants = useTenants();
  const resource = resources.data?.find((r) => r.key === draft.resource);
  if (resources.data?.length === 0) return <Text size="sm" c="dimmed">There is no resource to ask about: make one at <Anchor component={Link} to="/policy" size="sm">Policy</Anchor> first.</Text>;
  return (
    <>
      <Group grow align="flex-start">
        <Select label="Resource" required searchable placeholder="Choose" nothingFoundMessage="No such resource" data={resources.data?.map((r) => ({ value: r.key, label: r.name || r.key })) ?? []} value={draft.resource ?? null} onChange={(v) => change({ resource: v ?? undefined, action: Object.hasOwn(resources.data?.find((r) => r.key === v)?.actions ?? {}, draft.action ?? "") ? draft.action : undefined })} />
        <Select label="Action" required searchable placeholder="view" disabled={!resource} nothingFoundMessage="No such action" data={Object.values(resource?.actions ?? {}).map((a) => ({ value: a.key, label: a.name || a.key }))} value={draft.action ?? null} onChange={(v) => change({ action: v ?? undefined })} />
      </Group>
      <Select label="Tenant" searchable clearable clearButtonProps={{ "aria-label": "The default tenant" }} placeholder="default" data={tenants} value={draft.tenant ?? null} onChange={(v) => change({ tenant: v ?? undefined })} />
    </>
  );
}

function More({ draft, change, ask }: { draft: Draft; change(part: Partial<Draft>): void; ask: Ask }) {
  const [open, { toggle }] = useDisclosure(Boolean(draft.instance || draft.attributes || draft.userAttributes || draft.context));
  return (
    <div>
      <Button variant="subtle" size="compact-sm" ml={-9} onClick={toggle} aria-expanded={open} leftSection={<IconAdjustments size={16} aria-hidden />}>Instance, attributes and context</Button>
      <Collapse expanded={open}>
        <Stack mt="sm">
          {ask !== "what" && <Autocomplete label="Instance" description="Key of one thing; all of the resource if empty" value={draft.instance ?? ""} onChange={(v) => change({ instance: v || undefined })} />}
          {ask !== "who" && <TextFacts label="Attributes of the user" about="Laid over those that are stored" example={["department", "sales"]} text={draft.userAttributes} change={(v) => change({ userAttributes: v })} />}
          {ask !== "what" && <TextFacts label="Attributes of the resource" about="Laid over those of the instance" example={["classified", "false"]} text={draft.attributes} change={(v) => change({ attributes: v })} />}
          <TextFacts label="Context" about={<>What conditions read as <code>context.</code>, such as where a request comes from</>} example={["country", "PT"]} text={draft.context} change={(v) => change({ context: v })} />
        </Stack>
      </Collapse>
    </div>
  );
}

function Answered({ asked }: { asked: Draft }) {
  if (asked.ask === "who") return <Who asked={asked} />;
  if (asked.ask === "what") return <What asked={asked} />;
  return <May asked={asked} />;
}

function thing(d: Draft) {
  return { type: d.resource ?? "", tenant: d.tenant ?? "default", ...(d.instance ? { key: d.instance } : {}), ...(d.attributes ? { attributes: saidBy(d.attributes) ?? {} } : {}) };
}

const named = (d: Draft) => ({ key: d.user ?? "", ...(d.userAttributes ? { attributes: saidBy(d.userAttributes) ?? {} } : {}) });

function May({ asked }: { asked: Draft }) {
  const answer = useQuery<Answer>({
    queryKey: ["ask", asked],
    queryFn: ({ signal }) => call("post", "/allowed", { body: { user: named(asked), action: asked.action ?? "", resource: thing(asked), context: saidBy(asked.context) ?? {} }, header: { "X-Gatehouse-Explain": "1" }, signal }),
    staleTime: 0,
  });
  if (answer.error) return <Failure error={answer.error} again={() => void answer.refetch()} />;
  if (answer.isPending) return <Paper><Waiting /></Paper>;
  return <Why answer={answer.data} question={{ user: asked.user ?? "", action: asked.action ?? "", resource: asked.resource ?? "", instance: asked.instance, tenant: asked.tenant ?? "default" }} />;
}

function Who({ asked }: { asked: Draft }) {
  const answer = useQuery({
    queryKey: ["who", asked],
    queryFn: ({ signal }) => call("post", "/authorized_users", { body: { action: asked.action ?? "", resource: thing(asked), context: { ...saidBy(asked.context), enable_abac_authorized_users: true } }, signal }),
    staleTime: 0,
  });
  const list = Object.entries(answer.data?.users ?? {});
  const called = useNames(list.slice(0, 100).map(([user]) => user));
  if (answer.error) return <Failure error={answer.error} again={() => void answer.refetch()} />;
  if (answer.isPending) return <Paper><Waiting /></Paper>;
  return (
    <Framed title={`${list.length.toLocaleString("en")} may ${asked.action ?? ""} ${asked.instance ? `${asked.resource}:${asked.instance}` : (asked.resource ?? "")}`}>
      {list.length === 0 ? (
        <Empty title="Nobody may">No role in this tenant and no condition allows it.</Empty>
      ) : (
        <table className="grid narrow">
          <thead><tr><th>User</th><th>Because of</th><th style={{ width: 76 }}><VisuallyHidden>Why</VisuallyHidden></th></tr></thead>
          <tbody>
            {list.slice(0, 100).map(([user, sources]) => (
              <tr key={user}>
                <td><Whom of={user} keyed /></td>
                <td><Group gap={6}>{[...new Set(sources.map((s) => s.role))].slice(0, 4).map((r) => <Tag key={r}><Said>{r}</Said></Tag>)}</Group></td>
                <td><Link to="/playground" search={{ ...asked, ask: undefined, user }} aria-label={`Why ${called(user).name.slice(0, 80)} may`}>Why?</Link></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {list.length > 100 && <div className="foot">The first hundred of {list.length.toLocaleString("en")}.</div>}
    </Framed>
  );
}

function What({ asked }: { asked: Draft }) {
  const answer = useQuery({
    queryKey: ["what", asked],
    queryFn: ({ signal }) => call("post", "/user-permissions", { body: { user: named(asked), context: { ...saidBy(asked.context), enable_abac_user_permissions: true } }, signal }),
    staleTime: 0,
  });
  if (answer.error) return <Failure error={answer.error} again={() => void answer.refetch()} />;
  if (answer.isPending) return <Paper><Waiting /></Paper>;
  return <Card title="What they may do"><Entries entries={answer.data} /></Card>;
}
