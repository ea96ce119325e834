import { Button, Grid, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconCircleX, IconRefresh, IconTool } from "../parts/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { call, type Proof, type Status } from "../api/client";
import { Ago, Card, Empty, Failure, Page, Said, Tag, Waiting } from "../parts";
import { All } from "../parts/links";
import { Rooms } from "../parts/rooms";
import { Whom } from "../parts/whom";
import { useStatus } from "../queries";
import { useHere } from "../session";

const Connect = lazy(() => import("./connect").then((m) => ({ default: m.Connect })));

const causes: Record<string, string> = { missing_here: "missing here", not_in_source: "not in Logto", differs: "differs", unreadable: "cannot be read" };

export function Logto() {
  const { mayWrite } = useHere();
  const status = useStatus();
  const [asked, dialog] = useDisclosure(false);
  const queries = useQueryClient();
  const source = status.data?.sources[0];
  const act = useMutation({
    mutationFn: (what: "sweep" | "repair") => (what === "sweep" ? call("post", "/console/v1/projects/{proj}/envs/{env}/logto/sweep") : call("post", "/console/v1/projects/{proj}/envs/{env}/logto/repair")),
    onSettled: () => {
      dialog.close();
      return queries.invalidateQueries({ queryKey: ["status"] });
    },
  });
  const swept = Boolean(source?.sweep);
  const differ = (source?.proof?.differences_total ?? 0) > 0;
  return (
    <Page
      title="Logto"
      about="How Logto is reached, what it delivers, and whether what is here is what Logto has."
      actions={swept && mayWrite && (
        <>
          <Button variant="default" leftSection={<IconRefresh size={17} />} loading={act.isPending && act.variables === "sweep"} onClick={() => act.mutate("sweep")}>Compare now</Button>
          {differ && <Button leftSection={<IconTool size={17} />} onClick={dialog.open}>Repair</Button>}
        </>
      )}
    >
      <Rooms of="logto" label="Logto" />
      {source?.proof && (
        <Modal opened={asked} onClose={dialog.close} withCloseButton={false} size="lg" attributes={{ content: { "aria-label": "Repair these differences?" } }}>
          <Plan proof={source.proof} />
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={dialog.close}>Cancel</Button>
            <Button loading={act.isPending} onClick={() => act.mutate("repair")}>Repair</Button>
          </Group>
        </Modal>
      )}
      {act.error && <Failure error={act.error} />}
      {status.error ? <Failure error={status.error} again={() => void status.refetch()} /> : status.isPending ? <Waiting /> : !source ? <Card><Empty title="No Logto feeds this environment">The first environment is the one that Logto feeds. Choose it above.</Empty></Card> : (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 7 }}>
            <Stack gap="lg">
              {source.proof && <Comparison proof={source.proof} />}
              <Checkup />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Stack gap="lg">
              <Connection />
              <Deliveries status={status.data} />
              <Sweep sweep={source.sweep} />
            </Stack>
          </Grid.Col>
        </Grid>
      )}
    </Page>
  );
}

function Comparison({ proof: p }: { proof: Proof }) {
  const rows = [["Users", "users"], ["Suspended users", "suspended"], ["Organizations", "organizations"], ["Memberships", "memberships"], ["Roles given", "roles"]] as const;
  const tone = p.verdict === "equal" ? "allow" : p.verdict === "different" ? "deny" : "warn";
  return (
    <Card title="Logto and Gatehouse" aside={<Tag tone={tone}>{p.verdict === "unknown" ? "not known" : p.verdict}</Tag>} about={p.verdict === "unknown" ? <Said whole>{p.why}</Said> : <>Compared <Ago at={p.at} />; last equal <Ago at={p.last_equal_at} />.</>}>
      <table className="grid narrow">
        <thead><tr><th>What</th><th style={{ textAlign: "right", width: "24%" }}>Logto</th><th style={{ textAlign: "right", width: "32%" }}>Gatehouse</th></tr></thead>
        <tbody>
          {rows.map(([name, key]) => (
            <tr key={key}>
              <td>{name}</td>
              <td className="num" style={{ textAlign: "right" }}>{p.logto[key].toLocaleString("en")}</td>
              <td className="num" style={{ textAlign: "right", fontWeight: p.logto[key] === p.here[key] ? 400 : 700, color: p.logto[key] === p.here[key] ? undefined : "var(--gh-deny)" }}>{p.here[key].toLocaleString("en")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {p.differences_total > 0 && (
        <Stack gap="xs" mt="md">
          <Text size="sm" fw={620}>{p.differences_total === 1 ? "1 difference" : `${p.differences_total} differences`}</Text>
          {p.differences.slice(0, 20).map((d) => (
            <Group key={`${d.kind} ${d.id}`} gap="xs" wrap="nowrap">
              <Tag tone="deny">{causes[d.cause]}</Tag>
              <Text size="sm" truncate>{d.kind} {d.kind === "user" ? <Whom of={d.id} /> : <Said mono>{d.id}</Said>}</Text>
              <Text size="sm" c="dimmed" truncate>{d.fields.join(", ")}</Text>
            </Group>
          ))}
        </Stack>
      )}
      {p.waiting_total > 0 && <Text size="sm" mt="md" c="dimmed">{p.waiting_total} roles wait for a role or tenant of that key to be made here, such as <Said mono>{p.waiting[0]?.role}</Said>.</Text>}
    </Card>
  );
}

const remedies: Record<string, string> = {
  missing_here: "is made as Logto has it", not_in_source: "is deleted here, since Logto has it no more", differs: "is made equal to Logto", unreadable: "is asked for again; what Logto says of it cannot be read",
};

/** Plan is what a repair does with what differs. */
function Plan({ proof: p }: { proof: Proof }) {
  return (
    <>
      <Text component="h2" fw={650} size="lg" mb={4}>Repair {p.differences_total === 1 ? "this difference" : `these ${p.differences_total.toLocaleString("en")} differences`}?</Text>
      <Text size="sm" mb="sm">Logto is asked about each again. Logto wins; what was given by API stays. Then everything is compared anew.</Text>
      <ul className="steps plan" tabIndex={0} aria-label="What the repair does">
        {p.differences.map((d) => (
          <li key={`${d.kind} ${d.id}`}>
            <div style={{ minWidth: 0 }}>
              <Text size="sm">{d.kind} {d.kind === "user" ? <Whom of={d.id} plain /> : <Said mono>{d.id}</Said>} {d.kind === "organization" && d.cause === "not_in_source" ? "goes, since Logto has it no more; a tenant that was here before it stays" : remedies[d.cause]}.</Text>
              {d.fields.length > 0 && <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{d.fields.join(", ")}</Text>}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function Connection() {
  const { mayOwn } = useHere();
  const [connecting, dialog] = useDisclosure(false);
  const connection = useQuery({ queryKey: ["connection"], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/connection", { signal }) });
  if (connection.error) return <Failure error={connection.error} again={() => void connection.refetch()} />;
  if (connection.isPending) return <Card title="Connection"><Waiting rows={3} /></Card>;
  const c = connection.data;
  const lines: [string, string][] = [["Address of Logto", c.endpoint], ["Application", c.app_id], ["Webhook", c.webhook], ["Signing keys accepted", String(c.signing_keys)]];
  return (
    <Card title="Connection" aside={<Tag tone={c.connected ? "allow" : "warn"}>{c.connected ? "connected" : "payloads alone"}</Tag>}>
      {!c.connected && <Text size="sm" mb="md">Webhooks are all there is. Connect a machine-to-machine application, and nothing is missed.</Text>}
      <Stack gap="xs" component="dl" m={0}>
        {lines.map(([name, value]) => value && <div key={name}><Text size="xs" c="dimmed" component="dt">{name}</Text><Text size="sm" component="dd" m={0}><Said mono whole>{value}</Said></Text></div>)}
      </Stack>
      {mayOwn ? <Button mt="md" size="xs" variant={c.connected ? "default" : "filled"} onClick={dialog.open}>{c.connected ? "Connect again" : "Connect Logto"}</Button> : !c.connected && <Text size="sm" mt="md" c="dimmed">An owner can connect it.</Text>}
      {connecting && <Suspense><Connect connection={c} close={dialog.close} /></Suspense>}
    </Card>
  );
}

function Checkup() {
  const checkup = useQuery({ queryKey: ["checkup"], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/checkup", { signal }), enabled: false, retry: false });
  if (checkup.error) return <Failure error={checkup.error} again={() => void checkup.refetch()} />;
  return (
    <Card title="Checkup" about="Asks Logto, and knocks at the webhook's address without a signature, which counts as refused." aside={<Button size="compact-sm" variant="default" loading={checkup.isFetching} onClick={() => void checkup.refetch()}>{checkup.data ? "Check again" : "Check"}</Button>}>
      {!checkup.data ? checkup.isFetching && <Waiting rows={4} /> : (
        <ul className="steps">
          {checkup.data.findings.map((f) => (
            <li key={f.check}>
              {f.ok ? <IconCircleCheck size={19} color="var(--gh-allow)" role="img" aria-label="Well" /> : <IconCircleX size={19} color="var(--gh-deny)" role="img" aria-label="Wrong" />}
              <div style={{ minWidth: 0 }}><Text size="sm" fw={600} className="begins">{f.check}</Text><Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{f.detail}</Text></div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Deliveries({ status }: { status: Status }) {
  const d = status.sources[0]?.deliveries_since_start;
  const log = status.sources[0]?.proof?.delivery_log;
  if (!d) return null;
  const lines: [string, number][] = [["Received", d.accepted], ["Received twice", d.duplicate], ["Refused", d.refused], ["Waiting to be looked at", status.work.waiting], ["Failing, and tried again", status.work.failing]];
  return (
    <Card title="Deliveries" about="Webhooks since the start." aside={<All to="/logto/deliveries" />}>
      <Stack gap={6}>{lines.map(([name, n]) => <Group key={name} justify="space-between"><Text size="sm">{name}</Text><Text size="sm" fw={620} className="num">{n.toLocaleString("en")}</Text></Group>)}</Stack>
      {log && <Text size="sm" c="dimmed" mt="md">Logto's own log: {log.tried.toLocaleString("en")} tried, {log.received.toLocaleString("en")} received, {log.repaired.toLocaleString("en")} taken from the log. {log.error && <Said whole>{log.error}</Said>}</Text>}
    </Card>
  );
}

function Sweep({ sweep: s }: { sweep: Status["sources"][number]["sweep"] }) {
  if (!s) return <Card title="Sweep"><Text size="sm" c="dimmed">Nobody goes through Logto: the Management API is not connected, or GATEHOUSE_LOGTO_SWEEP_EVERY is 0.</Text></Card>;
  return (
    <Card title="Sweep" aside={<Tag tone={s.phase ? "info" : "quiet"}>{s.phase || "at rest"}</Tag>} about="Everything in Logto is gone through for what no webhook told.">
      {s.phase && (
        <div>
          <Progress value={s.percent} aria-label="How much is done" size="lg" mb={6} />
          <Text size="sm" className="num">{s.percent} %; {s.remaining.toLocaleString("en")} of {(s.users_total + s.organizations_total).toLocaleString("en")} users and organizations remain.</Text>
        </div>
      )}
      <Text size="sm" className="num">{s.users.toLocaleString("en")} users and {s.organizations.toLocaleString("en")} organizations looked at; {s.found.toLocaleString("en")} differed.</Text>
      <Text size="sm" c="dimmed" mt={4}>Completed <Ago at={s.completed_at} />{s.completed_at ? ` in ${s.completed_seconds.toFixed(1)} s` : ""}.</Text>
      {s.error && <Text size="sm" mt="xs" c="var(--gh-deny)" style={{ overflowWrap: "anywhere" }} lineClamp={6}>{s.error}</Text>}
    </Card>
  );
}
