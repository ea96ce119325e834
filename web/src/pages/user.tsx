import { Grid, Group, Stack, Text } from "@mantine/core";
import { IconBan, IconHelpHexagon } from "../parts/icons";
import { useQuery } from "@tanstack/react-query";
import { call, type Person } from "../api/client";
import { Ago, Card, Copy, Failure, fullName, Outcome, Page, Said, Tag, Waiting } from "../parts";
import { AttributeText } from "../parts/attribute-text";
import { All, Back, LinkButton } from "../parts/links";
import { Terms } from "../parts/terms";
import { usePerson } from "../queries";
import { user as route } from "../router";
import { UserActions } from "./user-actions";
import { InLogto } from "./user-logto";
import { Roles } from "./user-roles";
import { Timeline } from "./user-timeline";

export function UserPage() {
  const { user: key } = route.useParams();
  const person = usePerson(key);
  const back = <Back to="/users">Users</Back>;
  if (person.error) return <Page title="User" back={back}><Failure error={person.error} again={() => void person.refetch()} /></Page>;
  if (person.isPending) return <Page title="User" back={back}><Waiting /></Page>;
  const p = person.data;
  return (
    <Page
      title={fullName(p)}
      back={back}
      about={<Group gap={8}><Said mono>{p.key}</Said><Copy text={p.key} what="the key" />{p.suspended && <Tag tone="deny" icon={<IconBan size={13} />}>Suspended: denied everything</Tag>}</Group>}
      actions={
        <>
          <LinkButton to="/playground" search={{ user: p.key }} variant="default" leftSection={<IconHelpHexagon size={17} />}>Ask what {p.first_name.slice(0, 20) || "the user"} may do</LinkButton>
          <UserActions person={p} />
        </>
      }
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            <Roles person={p} />
            <May user={p.key} />
            <Recent user={p.key} />
            <Timeline person={p} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack gap="lg">
            <About person={p} />
            {p.source !== "" && <InLogto user={p.key} />}
            <Card title="Attributes" about="What conditions read.">
              <AttributeText of={p.attributes} />
            </Card>
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function About({ person: p }: { person: Person }) {
  const lines: [string, React.ReactNode][] = [
    ["E-mail address", <Said key="m">{p.email}</Said>],
    ["Kept equal to", p.source ? <div key="s" style={{ paddingTop: 4 }}><Tag tone="info">{p.source}</Tag><Text size="xs" c="dimmed" mt={4}>Change, suspend or delete the user there: it follows here.</Text></div> : <span key="s">nobody: made by API</span>],
    ["Here since", <Ago key="c" at={p.created_at} />],
    ["Last changed", <Ago key="u" at={p.updated_at} />],
  ];
  return (
    <Card title="About">
      <Terms lines={lines} />
    </Card>
  );
}

function May({ user }: { user: string }) {
  const may = useQuery({ queryKey: ["may", user], queryFn: ({ signal }) => call("post", "/user-permissions", { body: { user: { key: user }, context: { enable_abac_user_permissions: true } }, signal }) });
  return (
    <Card title="What the user may do" about="By roles and by conditions, as the engine answers at this moment.">
      {may.error ? <Failure error={may.error} again={() => void may.refetch()} /> : may.isPending ? <Waiting rows={3} /> : <Entries entries={may.data} />}
    </Card>
  );
}

export function Entries({ entries }: { entries: Record<string, { tenant: { key: string }; resource?: { key: string; type: string }; permissions: string[]; roles: string[] }> }) {
  const list = Object.entries(entries).filter(([, e]) => e.permissions.length > 0).slice(0, 50);
  if (list.length === 0) return <Text size="sm" c="dimmed">Nothing.</Text>;
  return (
    <Stack gap="md">
      {list.map(([name, e]) => (
        <div key={name}>
          <Text size="sm" fw={620} mb={6}>{e.resource || !name.startsWith("__tenant:") ? <Said mono>{name}</Said> : <>In tenant <Said>{e.tenant.key}</Said></>}</Text>
          <Group gap={6}>{e.permissions.slice(0, 60).map((p) => <Tag key={p} tone="allow"><Said mono>{p}</Said></Tag>)}{e.permissions.length > 60 && <Tag>+{e.permissions.length - 60}</Tag>}</Group>
        </div>
      ))}
    </Stack>
  );
}

function Recent({ user }: { user: string }) {
  const list = useQuery({ queryKey: ["decisions", "of", user], queryFn: ({ signal }) => call("get", "/v2/pdps/{proj}/{env}/audit_logs", { query: { users: user, per_page: 8 }, signal }) });
  return (
    <Card title="Last decisions" aside={<All to="/decisions" search={{ user }} />}>
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : list.isPending ? (
        <Waiting rows={3} />
      ) : list.data.data.length === 0 ? (
        <Text size="sm" c="dimmed">Nobody has asked about this user yet.</Text>
      ) : (
        <Stack gap={10}>
          {list.data.data.map((d) => (
            <Group key={d.id} gap="sm" wrap="nowrap">
              <Outcome allow={d.decision} />
              <Text size="sm" style={{ minWidth: 0, flex: 1 }} truncate><Said mono>{d.decision === null ? d.query : `${d.resource_type}:${d.action}`}</Said></Text>
              <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}><Ago at={d.timestamp} /></Text>
            </Group>
          ))}
        </Stack>
      )}
    </Card>
  );
}
