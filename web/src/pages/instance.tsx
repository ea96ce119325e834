import { Button, Grid, Group, Paper, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconHelpHexagon } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call, type Assignment, type Tuple } from "../api/client";
import { Ago, Card, Empty, Failure, Framed, Page, Said, Tag, Waiting } from "../parts";
import { AttributeText } from "../parts/attribute-text";
import { Delete, Viewing } from "../parts/editor";
import { Back, LinkButton } from "../parts/links";
import { Whom } from "../parts/whom";
import { useInstance, useNames } from "../queries";
import { instance as route } from "../router";
import { useHere } from "../session";
import { Graph, nodeOf, type Neighbour } from "./graph";
import { InstanceActions } from "./instance-actions";
import { Relate, useRelated } from "./relate";

const few = 16; // of each kind, so that a drawing has at most three times as many
const most = 100;

/** InstancePage is one thing: what it is related to, and who holds roles on it. */
export function InstancePage() {
  const { type, key } = route.useParams();
  return <Instance key={`${type}:${key}`} type={type} id={key} />;
}

function Instance({ type, id }: { type: string; id: string }) {
  const node = `${type}:${id}`;
  const [many, setMany] = useState(few);
  const query = { include_total_count: true, per_page: many } as const;
  const one = useInstance(node);
  const subjects = useQuery({ queryKey: ["tuples", "to", node, many], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/relationship_tuples", { query: { ...query, object: node }, signal }), placeholderData: keepPreviousData });
  const objects = useQuery({ queryKey: ["tuples", "from", node, many], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/relationship_tuples", { query: { ...query, subject: node }, signal }), placeholderData: keepPreviousData });
  const held = useQuery({ queryKey: ["assignments", "on", node, many], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/role_assignments", { query: { ...query, resource_instance: node }, signal }), placeholderData: keepPreviousData });
  const lists = [subjects, objects, held];
  const error = one.error ?? lists.find((l) => l.error)?.error;
  return (
    <Page
      title={id} back={<Back to="/instances">Resource instances</Back>}
      about={one.data && <><Tag><Said>{one.data.resource}</Said></Tag> in tenant <Said>{one.data.tenant}</Said>, since <Ago at={one.data.created_at} /></>}
      actions={one.data && (
        <>
          <LinkButton variant="default" leftSection={<IconHelpHexagon size={17} aria-hidden />} to="/playground" search={{ ask: "who", resource: type, instance: id, tenant: one.data.tenant }}>Who may?</LinkButton>
          <InstanceActions type={type} id={id} held={held.data?.total_count ?? 0} related={(subjects.data?.total_count ?? 0) + (objects.data?.total_count ?? 0)} />
        </>
      )}
    >
      {error ? (
        <Failure error={error} again={() => { void one.refetch(); lists.forEach((l) => void l.refetch()); }} />
      ) : !one.data || !subjects.data || !objects.data || !held.data ? (
        <Paper><Waiting rows={8} /></Paper>
      ) : (
        <>
          <Viewing />
          <Drawn node={node} subjects={subjects.data.data} objects={objects.data.data} held={held.data.data} totals={[subjects, objects, held].map((l) => l.data?.total_count ?? 0)} many={many} more={() => setMany(most)} />
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 7 }}><Tuples list={[...subjects.data.data, ...objects.data.data]} node={node} tenant={one.data.tenant} type={type} /></Grid.Col>
            <Grid.Col span={{ base: 12, md: 5 }}>
              <Stack gap="lg">
                <Held list={held.data.data} total={held.data.total_count} />
                <Card title="Attributes"><AttributeText of={one.data.attributes} /></Card>
              </Stack>
            </Grid.Col>
          </Grid>
        </>
      )}
    </Page>
  );
}

interface Drawing {
  node: string;
  subjects: Tuple[];
  objects: Tuple[];
  held: Assignment[];
  totals: number[];
  many: number;
  more(): void;
}

function Drawn({ node, subjects, objects, held, totals, many, more }: Drawing) {
  const called = useNames(held.map((a) => a.user));
  const neighbours: Neighbour[] = [
    ...held.map((a): Neighbour => ({ side: "before", kind: "user", name: called(a.user).name, user: a.user, by: a.role, said: `user ${named(called(a.user).name, a.user)}, holds ${a.role} on it` })),
    ...subjects.map((t): Neighbour => ({ side: "before", kind: nodeOf(t.subject).type, name: nodeOf(t.subject).key, by: t.relation, said: `${t.subject}, is its ${t.relation}` })),
    ...objects.map((t): Neighbour => ({ side: "after", kind: nodeOf(t.object).type, name: nodeOf(t.object).key, by: t.relation, said: `${t.object}, of which it is the ${t.relation}` })),
  ];
  const all = totals.reduce((a, b) => a + b, 0);
  return (
    <Framed title="Relationships" aside={neighbours.length > 0 && <Text size="sm" c="dimmed" visibleFrom="sm">Arrow keys move, Enter opens</Text>}>
      {neighbours.length === 0 ? (
        <Empty title="It is related to nothing">Nobody holds a role on it, and no relationship names it. Add one below, if its resource has relations.</Empty>
      ) : (
        <Graph center={nodeOf(node)} neighbours={neighbours} />
      )}
      {neighbours.length < all && (
        <div className="foot">
          <span className="num">{neighbours.length.toLocaleString("en")} of {all.toLocaleString("en")} are drawn</span>
          {many < most ? <Button size="compact-sm" variant="default" onClick={more}>Show more</Button> : <span>The first hundred of each kind.</span>}
        </div>
      )}
    </Framed>
  );
}

/** named is a user in words, with the key where there is more than it. */
const named = (name: string, key: string) => (name === key ? key : `${name.slice(0, 80)} (${key})`);

function Tuples({ list, node, tenant, type }: { list: Tuple[]; node: string; tenant: string; type: string }) {
  const { mayWrite } = useHere();
  return (
    <Framed title="As a list">
      {list.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label="Relationships as a list">
          <table className="grid tuples">
            <thead><tr><th>Subject</th><th style={{ width: "18%" }}>is the</th><th>of</th>{mayWrite && <th style={{ width: 72 }}><VisuallyHidden>Delete</VisuallyHidden></th>}</tr></thead>
            <tbody>
              {list.map((t) => (
                <tr key={t.id}>
                  <td><End name={t.subject} here={node} /></td>
                  <td><Tag tone="info"><Said>{t.relation}</Said></Tag></td>
                  <td><End name={t.object} here={node} /></td>
                  {mayWrite && <td><Gone tuple={t} /></td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {mayWrite ? <Relate node={node} type={type} tenant={tenant} /> : list.length === 0 && <Text size="sm" c="dimmed" px="lg" pb="md">None.</Text>}
    </Framed>
  );
}

function End({ name, here }: { name: string; here: string }) {
  const { type, key } = nodeOf(name);
  if (name === here) return <Text span size="sm" c="dimmed">this</Text>;
  return <Link to="/instances/$type/$key" params={{ type, key }}><Said mono>{name}</Said></Link>;
}

function Gone({ tuple: { subject, relation, object } }: { tuple: Tuple }) {
  const changed = useRelated();
  return (
    <Delete
      small kind="relationship" name={relation} goes={[<><Said mono>{subject}</Said> is no longer the {relation.slice(0, 60)} of <Said mono>{object}</Said></>, "roles that are derived through it"]}
      remove={async () => { await call("delete", "/v2/facts/{proj}/{env}/relationship_tuples", { body: { subject, relation, object } }); await changed(); }}
    />
  );
}

function Held({ list, total }: { list: Assignment[]; total: number }) {
  return (
    <Card title="Who holds a role on it" aside={<Text size="sm" c="dimmed">{total.toLocaleString("en")}</Text>}>
      {list.length === 0 ? (
        <Text size="sm" c="dimmed">Nobody directly. Roles may still be derived through relationships: ask who may.</Text>
      ) : (
        <Stack gap={8}>
          {list.map((a) => (
            <Group key={a.id} gap="sm" wrap="nowrap" justify="space-between">
              <Text size="sm" style={{ minWidth: 0 }} component="div"><Whom of={a.user} keyed /></Text>
              <Tag><Said>{a.role}</Said></Tag>
            </Group>
          ))}
        </Stack>
      )}
    </Card>
  );
}
