import { Button, Grid, Group, Paper, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "../parts/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call, type DeliveryWithPayload } from "../api/client";
import { Ago, Card, Copy, Failure, Page, Said, Waiting } from "../parts";
import { Back, LinkAnchor } from "../parts/links";
import { delivery as route } from "../router";
import { useHere } from "../session";
import { About, Became } from "./deliveries";
import { pretty } from "./pretty";

export function DeliveryPage() {
  const { delivery: id } = route.useParams();
  const { mayWrite } = useHere();
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: ["delivery", id],
    queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/deliveries/{delivery}", { params: { delivery: id }, signal }),
    refetchInterval: (q) => (q.state.data?.outcome === "waiting" ? 1_000 : q.state.data?.outcome === "failing" ? 5_000 : false),
  });
  const replay = useMutation({
    mutationFn: () => call("post", "/console/v1/projects/{proj}/envs/{env}/logto/deliveries/{delivery}/replay", { params: { delivery: id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["delivery", id] }),
  });
  const back = <Back to="/logto/deliveries">Deliveries</Back>;
  if (found.error) return <Page title="Delivery" back={back}><Failure error={found.error} again={() => void found.refetch()} /></Page>;
  if (found.isPending) return <Page title="Delivery" back={back}><Waiting /></Page>;
  const d = found.data;
  return (
    <Page
      title={d.event}
      back={back}
      about={<Group gap={8} component="span"><Became of={d} /><span>received <Ago at={d.received_at} /></span></Group>}
      actions={mayWrite && d.standing === "live" && <Button leftSection={<IconPlayerPlay size={17} />} loading={replay.isPending} onClick={() => replay.mutate()}>Replay</Button>}
    >
      <div role="status" className="told">
        {replay.data && <Paper className="verdict allow" p="md"><Text size="sm">{replay.data.subjects === 1 ? "Its subject is" : `${replay.data.subjects} subjects are`} looked at again, by what Logto says at this moment.</Text></Paper>}
      </div>
      {replay.error && <Failure error={replay.error} />}
      {d.error && <Paper className="verdict deny" p="md"><Text size="sm" fw={620}>The last look at its subject failed</Text><Text size="sm" style={{ overflowWrap: "anywhere" }}>{d.error}</Text><Text size="xs" c="dimmed" mt={4}>{d.attempts === 1 ? "1 try" : `${d.attempts} tries`}; again <Ago at={d.due_at} />. It goes on by itself until it succeeds.</Text></Paper>}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Card title="Payload" about="As Logto sent it, but for values of fields whose names speak of secrets." aside={<Copy text={d.payload} what="the payload" />}>
            <pre className="json tall" dir="ltr" tabIndex={0} aria-label="Payload">{pretty(d.payload)}</pre>
          </Card>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}><Facts d={d} /></Grid.Col>
      </Grid>
    </Page>
  );
}

function Facts({ d }: { d: DeliveryWithPayload }) {
  const lines: [string, ReactNode][] = [
    ["Subject", <About key="a" of={d.subject} />],
    ["Sent, by Logto's clock", <Ago key="s" at={d.sent_at} />],
    ["Came", d.copies === 1 ? "once" : `${d.copies} times, and counted once`],
    ["Digest", <Said key="d" mono whole>{d.id}</Said>],
  ];
  return (
    <Card title="Delivery">
      <Stack gap="sm" component="dl" m={0}>
        {lines.map(([name, value]) => <div key={name}><Text size="xs" c="dimmed" component="dt">{name}</Text><Text size="sm" component="dd" m={0}>{value}</Text></div>)}
      </Stack>
      {d.subject && <LinkAnchor to="/logto/deliveries" search={{ subject: `${d.subject.kind}/${d.subject.id}` }} size="sm" mt="md" display="block">Everything that was told of it</LinkAnchor>}
    </Card>
  );
}
