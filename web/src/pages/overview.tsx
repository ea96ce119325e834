import { Anchor, Grid, Group, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleCheckFilled, IconCircleDashed, IconScale } from "../parts/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { call, type Status } from "../api/client";
import { Ago, Card, Failure, Outcome, Page, Said, Waiting } from "../parts";
import { All } from "../parts/links";
import { Whom } from "../parts/whom";
import { useResourceList, useRoleList, useStatus } from "../queries";

export function Overview() {
  const status = useStatus();
  return (
    <Page title="Overview" about="Whether everything is well, at a glance.">
      {status.error ? <Failure error={status.error} again={() => void status.refetch()} /> : status.isPending ? <Paper><Waiting rows={3} /></Paper> : <Equal status={status.data} />}
      {status.data && <Numbers status={status.data} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="lg">
            <Decisions />
            {status.data && <Errors status={status.data} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="lg">
            {status.data && <Start status={status.data} />}
            <Latest />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** Equal says whether Logto and Gatehouse agree: the one line that people come for. */
function Equal({ status }: { status: Status }) {
  const source = status.sources[0];
  const proof = source?.proof;
  let tone = "warn";
  let icon: ReactNode = <IconScale size={30} stroke={1.6} color="var(--gh-warn)" aria-hidden />;
  let title = "Nothing is compared with Logto yet";
  let text: ReactNode = "The first comparison comes with the first sweep.";
  if (!source) {
    title = "No Logto feeds this environment";
    text = "Users come by API alone. The first environment is the one that Logto feeds.";
  } else if (!proof && source.sweep === null) {
    text = <>Webhooks are taken, and nobody goes through Logto to prove that none was missed. <Anchor component={Link} to="/logto">See how Logto is reached</Anchor></>;
  } else if (proof?.verdict === "equal") {
    tone = "allow";
    icon = <IconCircleCheckFilled size={32} color="var(--gh-allow)" aria-hidden />;
    title = "Logto and Gatehouse are equal";
    text = <span className="num">{count(proof.here.users, "user")}, {count(proof.here.organizations, "organization")} and {count(proof.here.roles, "role given", "roles given")} compared <Ago at={proof.at} />, without a difference.</span>;
  } else if (proof?.verdict === "different") {
    tone = "deny";
    icon = <IconAlertTriangle size={30} color="var(--gh-deny)" aria-hidden />;
    title = `${count(proof.differences_total, "difference")} between Logto and Gatehouse`;
    text = <>Found <Ago at={proof.at} />{proof.last_equal_at ? <>; last equal <Ago at={proof.last_equal_at} /></> : null}. <Anchor component={Link} to="/logto">See and repair</Anchor></>;
  } else if (proof && source.sweep) {
    title = source.sweep.phase ? "Logto is being gone through" : "Not known yet whether Logto and Gatehouse are equal";
    text = proof.why ? capital(proof.why) : "The first comparison comes with the first sweep.";
  }
  return (
    <Paper className={`verdict ${tone}`} component="section" aria-label="Logto and Gatehouse">
      <Group wrap="nowrap" gap="md">
        {icon}
        <div style={{ minWidth: 0 }}>
          <Text component="h2" fw={680} size="lg" m={0}>{title}</Text>
          <Text size="sm" component="div">{text}</Text>
        </div>
      </Group>
    </Paper>
  );
}

const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1) + (s.endsWith(".") ? "" : ".");

function Stat({ name, value, hint, tone }: { name: string; value: number; hint: string; tone?: "bad" | undefined }) {
  return (
    <Paper p="md">
      <Text size="sm" c="dimmed" fw={550}>{name}</Text>
      <div className="stat-value" style={tone === "bad" ? { color: "var(--gh-deny)" } : undefined}>{value.toLocaleString("en")}</div>
      <Text size="xs" c="dimmed" mt={2}>{hint}</Text>
    </Paper>
  );
}

function Numbers({ status }: { status: Status }) {
  const d = status.sources[0]?.deliveries_since_start;
  const { work } = status;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      <Stat name="Received" value={(d?.accepted ?? 0) + (d?.duplicate ?? 0)} hint={d?.duplicate ? `webhooks since the start, ${d.duplicate} of them twice` : "webhooks since the start"} />
      <Stat name="Refused" value={d?.refused ?? 0} hint="wrong signature or form" tone={d?.refused ? "bad" : undefined} />
      <Stat name="Pending" value={work.waiting} hint="to be looked at in Logto" />
      <Stat name="Failing" value={work.failing} hint="tried again by themselves" tone={work.failing ? "bad" : undefined} />
    </SimpleGrid>
  );
}

function Decisions() {
  const activity = useQuery({ queryKey: ["activity"], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/activity", { signal }), refetchInterval: 5_000 });
  return (
    <Card title="Decisions" about="In the last quarter of an hour." aside={<All to="/decisions" />}>
      {activity.error ? <Failure error={activity.error} again={() => void activity.refetch()} /> : activity.isPending ? <Waiting rows={3} /> : !activity.data.recorded ? <Text size="sm" c="dimmed">Decisions are not recorded: GATEHOUSE_DECISION_LOG_RETENTION is 0.</Text> : <Bars {...activity.data} />}
    </Card>
  );
}

const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);

function Bars({ allowed, denied, step_seconds }: { allowed: number[]; denied: number[]; step_seconds: number }) {
  const highest = Math.max(1, ...allowed.map((a, i) => a + (denied[i] ?? 0)));
  const most = highest > 1 ? highest + (highest % 2) : 1; // half of it is whole
  const [at, setAt] = useState<number | null>(null);
  const [w, h] = [600, 120];
  const each = w / allowed.length;
  const [a, d] = [sum(allowed), sum(denied)];
  const lately = 4; // whole steps
  const last = (sum(allowed.slice(-1 - lately, -1)) + sum(denied.slice(-1 - lately, -1))) / (lately * step_seconds);
  return (
    <>
      <Group className="figures" mb="md">
        <Figure value={last < 10 ? last.toFixed(1) : Math.round(last).toLocaleString("en")} name="a second, last minute" />
        <Figure value={a.toLocaleString("en")} name="allowed" colour="var(--gh-allow)" />
        <Figure value={d.toLocaleString("en")} name="denied" colour="var(--gh-deny)" />
      </Group>
      <div className="chart">
      <span className="scale num">{most.toLocaleString("en")}</span>
      <span className="scale half num">{most > 1 ? (most / 2).toLocaleString("en") : ""}</span>
      <svg className="bars" viewBox={`0 0 ${w} ${h}`} width="100%" height={h} preserveAspectRatio="none" role="img" aria-label={`${a} decisions allowed and ${d} denied in the last quarter of an hour`}>
        {at !== null && <rect className="here" x={at * each} width={each} y={0} height={h} />}
        {[h - 0.5, h / 2 + 3, 6].map((y) => <line key={y} x1="0" x2={w} y1={y} y2={y} />)}
        {allowed.map((n, i) => {
          const ya = (n / most) * (h - 6);
          const yd = ((denied[i] ?? 0) / most) * (h - 6);
          return (
            <g key={i}>
              <rect className="allowed" x={i * each + 1} width={each - 2} y={h - ya} height={ya} rx="1" />
              <rect className="denied" x={i * each + 1} width={each - 2} y={h - ya - yd} height={yd} rx="1" />
            </g>
          );
        })}
      </svg>
      <Moments count={allowed.length} at={at} setAt={setAt} say={(i) => momentOf(i, allowed, denied, step_seconds)} />
      </div>
      <Group justify="space-between" mt={4} pl={36} wrap="nowrap">
        <Text size="xs" c="dimmed">15 minutes ago</Text>
        {at !== null && <Text size="xs" fw={600} className="num" truncate aria-hidden>{momentOf(at, allowed, denied, step_seconds)}</Text>}
        <Text size="xs" c="dimmed">now</Text>
      </Group>
    </>
  );
}

/** momentOf is a bar in words. */
function momentOf(i: number, allowed: number[], denied: number[], step: number): string {
  const ago = (allowed.length - 1 - i) * step;
  const when = ago === 0 ? "just now" : ago < 60 ? `${ago} s ago` : `${Math.floor(ago / 60)} min${ago % 60 > 0 ? ` ${ago % 60} s` : ""} ago`;
  return `${when}: ${(allowed[i] ?? 0).toLocaleString("en")} allowed, ${(denied[i] ?? 0).toLocaleString("en")} denied`;
}

/** Moments lies over the chart and says the figures of the bar under the pointer, or of
 * that which arrow keys lead to. */
function Moments({ count, at, setAt, say }: { count: number; at: number | null; setAt(at: number | null): void; say(i: number): string }) {
  const here = at ?? count - 1;
  return (
    <input
      type="range" className="moments" aria-label="Moment of the chart" min={0} max={count - 1} value={here} aria-valuetext={say(here)}
      onChange={(e) => setAt(e.currentTarget.valueAsNumber)} onFocus={() => setAt(here)} onBlur={() => setAt(null)} onPointerLeave={(e) => e.currentTarget !== document.activeElement && setAt(null)}
      onPointerMove={(e) => { const box = e.currentTarget.getBoundingClientRect(); setAt(Math.max(0, Math.min(count - 1, Math.floor(((e.clientX - box.left) / box.width) * count)))); }}
    />
  );
}

function Figure({ value, name, colour }: { value: string; name: string; colour?: string }) {
  return (
    <div>
      <Text fw={680} size="xl" lh={1.1} className="num">{value}</Text>
      <Group gap={6}>{colour && <svg width="9" height="9" aria-hidden><circle cx="4.5" cy="4.5" r="4.5" fill={colour} /></svg>}<Text size="sm" c="dimmed">{name}</Text></Group>
    </div>
  );
}

function Errors({ status }: { status: Status }) {
  const { worst } = status.work;
  const sweep = status.sources[0]?.sweep?.error;
  if (worst.length === 0 && !sweep) {
    return (
      <Card title="Last errors">
        <Group gap="xs"><IconCircleCheck size={18} color="var(--gh-allow)" aria-hidden /><Text size="sm">Nothing fails.</Text></Group>
      </Card>
    );
  }
  return (
    <Card title="Last errors" about="What fails is tried again by itself, less and less often.">
      <Stack gap="sm">
        {sweep && <Text size="sm" style={{ overflowWrap: "anywhere" }}>The sweep of Logto stopped: {sweep}</Text>}
        {worst.map((f) => (
          <div key={f.key}>
            <Text size="sm" fw={600} component="div"><Failing of={f.key} /></Text>
            <Text size="sm" style={{ overflowWrap: "anywhere" }} lineClamp={3}>{f.error}</Text>
            <Text size="xs" c="dimmed">{count(f.attempts, "try", "tries")}; again <Ago at={f.due_at} /></Text>
          </div>
        ))}
      </Stack>
    </Card>
  );
}

/** Failing is what fails, by the key of its work: environment, source, kind and id. */
function Failing({ of }: { of: string }) {
  const [kind = "", ...id] = of.split("/").slice(2);
  if (kind === "user") return <>user <Whom of={id.join("/")} /></>;
  return <Said mono>{[kind, id.join("/")].join(" ")}</Said>;
}

/** Start are the first steps, which tick themselves off. */
function Start({ status }: { status: Status }) {
  const resources = useResourceList();
  const roles = useRoleList();
  const users = useQuery({ queryKey: ["users", "any"], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/users", { query: { per_page: 1 }, signal }), refetchInterval: 5_000 });
  const asked = useQuery({ queryKey: ["decisions", "any"], queryFn: ({ signal }) => call("get", "/v2/pdps/{proj}/{env}/audit_logs", { query: { per_page: 1 }, signal }), retry: false, refetchInterval: 10_000 });
  const d = status.sources[0]?.deliveries_since_start;
  const steps: [boolean, string, ReactNode][] = [
    [(resources.data?.length ?? 0) > 0, "Say what there is to protect", <>A resource with its actions, at <Anchor key="p" component={Link} to="/policy" size="sm">Policy</Anchor>.</>],
    [(roles.data?.length ?? 0) > 0, "Make a role", "That may do some of it. Who signs up gets the role viewer."],
    [Boolean(status.sources[0]?.proof?.swept_at) || (d?.accepted ?? 0) > 0, "Connect Logto", <>gatehouse logto connect does it in one command; <Anchor key="l" component={Link} to="/logto" size="sm">Logto</Anchor> shows how it stands.</>],
    [(users.data?.total_count ?? 0) > 0, "See the first user arrive", "Sign up in your application."],
    [(asked.data?.total_count ?? 0) > 0, "Ask for a decision", <>From an SDK, or in the <Anchor key="g" component={Link} to="/playground" size="sm">playground</Anchor>.</>],
  ];
  const done = steps.filter(([is]) => is).length;
  if (resources.isPending || roles.isPending || users.isPending || asked.isPending) return <Card title="Getting started"><Waiting /></Card>;
  if (done === steps.length) {
    return (
      <Card title="Getting started">
        <Group gap="xs" wrap="nowrap"><IconCircleCheckFilled size={20} color="var(--gh-allow)" aria-hidden /><Text size="sm">All {steps.length} steps are done: people arrive, and decisions are made.</Text></Group>
      </Card>
    );
  }
  return (
    <Card title="Getting started" aside={<Text size="sm" c="dimmed" className="num">{done} of {steps.length}</Text>}>
      <ol className="steps">
        {steps.map(([is, title, text]) => (
          <li key={title}>
            {is ? <IconCircleCheckFilled size={20} color="var(--gh-allow)" aria-label="Done" role="img" /> : <IconCircleDashed size={20} color="var(--mantine-color-dimmed)" aria-label="To do" role="img" />}
            <div>
              <Text size="sm" fw={600} c={is ? "dimmed" : undefined} td={is ? "line-through" : undefined}>{title}</Text>
              {!is && <Text size="sm" c="dimmed" component="div">{text}</Text>}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Latest() {
  const list = useQuery({ queryKey: ["decisions", "latest"], queryFn: ({ signal }) => call("get", "/v2/pdps/{proj}/{env}/audit_logs", { query: { per_page: 5 }, signal }), retry: false, refetchInterval: 5_000 });
  if (!list.data || list.data.data.length === 0) return null;
  return (
    <Card title="Latest decisions" aside={<All to="/decisions" />}>
      <Stack gap={10}>
        {list.data.data.map((d) => (
          <Group key={d.id} gap="sm" wrap="nowrap">
            <Outcome allow={d.decision} />
            <Text size="sm" style={{ minWidth: 0, flex: 1 }} truncate component="div"><Whom of={d.user_key ?? ""} /></Text>
            <Text size="sm" c="dimmed" style={{ minWidth: 0, maxWidth: "45%" }} truncate><Said mono>{d.decision === null ? d.query : `${d.resource_type}:${d.action}`}</Said></Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
