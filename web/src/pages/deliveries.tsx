import { Autocomplete, Button, Group, Select } from "@mantine/core";
import { IconSearch, IconWebhook, IconX } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { call, type Delivery } from "../api/client";
import { Ago, Empty, Failure, Page, Said, Tag, Waiting, type Tone } from "../parts";
import { Rooms } from "../parts/rooms";
import { Whom } from "../parts/whom";
import { useNames } from "../queries";
import { deliveries as route } from "../router";

const events = [
  "PostRegister", "PostSignIn", "User.Created", "User.Data.Updated", "User.Deleted", "User.SuspensionStatus.Updated",
  "Organization.Created", "Organization.Data.Updated", "Organization.Deleted", "Organization.Membership.Updated",
  "OrganizationRole.Created", "OrganizationRole.Data.Updated", "OrganizationRole.Deleted", "Role.Created", "Role.Data.Updated", "Role.Deleted",
];

/** became is what has become of a delivery, in a word. */
export const became: Record<Delivery["outcome"], [string, Tone]> = {
  settled: ["Looked at", "allow"], waiting: ["Waiting", "info"], failing: ["Failing", "deny"], set_aside: ["Set aside", "quiet"],
};

export function Deliveries() {
  const { event, outcome, subject, before } = route.useSearch();
  const go = useNavigate({ from: route.fullPath });
  const list = useQuery({
    queryKey: ["deliveries", { event, outcome, subject, before }],
    queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/deliveries", { query: { event, outcome, subject, before, limit: 25 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: before ? false : 3_000,
  });
  const set = (change: Partial<{ event: string; outcome: Delivery["outcome"]; subject: string }>) => void go({ search: (s) => ({ ...s, before: undefined, ...change }), replace: true });
  const about = useAbout(subject);
  const clear = () => void go({ search: {}, replace: true });
  const filtered = Boolean(event || outcome || subject);
  return (
    <Page title="Logto" about="What Logto's webhooks told, the latest first, and whether it has been acted on.">
      <Rooms of="logto" label="Logto" />
      <Group gap="sm" role="search">
        <Autocomplete key={filtered ? "set" : "clear"} aria-label="Event" placeholder="Any event" data={events} defaultValue={event ?? ""} leftSection={<IconSearch size={16} aria-hidden />} onOptionSubmit={(v) => set({ event: v })} onKeyDown={(e) => e.key === "Enter" && set({ event: e.currentTarget.value.trim() || undefined })} onBlur={(e) => e.currentTarget.value.trim() !== (event ?? "") && set({ event: e.currentTarget.value.trim() || undefined })} flex="1 1 220px" />
        <Select aria-label="Outcome" placeholder="Any outcome" clearable clearButtonProps={{ "aria-label": "Any outcome" }} data={Object.entries(became).map(([value, [label]]) => ({ value, label }))} value={outcome ?? null} onChange={(v) => set({ outcome: (v ?? undefined) as Delivery["outcome"] | undefined })} w={{ base: "100%", xs: 180 }} />
        {subject && <Button variant="default" maw="100%" rightSection={<IconX size={14} aria-hidden />} onClick={() => set({ subject: undefined })} aria-label={`Show deliveries about anything, not only ${about.slice(0, 80)}`}><span>About <Said>{about}</Said></span></Button>}
      </Group>
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="frame">
          {list.isPending ? (
            <Waiting rows={8} />
          ) : list.data.deliveries.length === 0 ? (
            filtered ? (
              <Empty title="No delivery matches" icon={<IconSearch size={34} stroke={1.4} />}>
                Events are found by their whole name.<br />
                <Button mt="md" size="xs" variant="default" onClick={clear}>Clear the filters</Button>
              </Empty>
            ) : (
              <Empty title="Nothing has been delivered yet" icon={<IconWebhook size={34} stroke={1.4} />}>
                Logto tells of sign-ups and changes as they happen. If somebody has signed up and nothing is here, <Link to="/logto">check the connection</Link>.
              </Empty>
            )
          ) : (
            <>
              <div className="scroll" tabIndex={0} role="region" aria-label="Deliveries">
                <table className="grid fits" aria-busy={list.isFetching && list.isPlaceholderData}>
                  <thead><tr><th style={{ width: "30%" }}>Event</th><th className="wide">About</th><th style={{ width: "34%" }}>Outcome</th><th className="wide" style={{ width: 130 }}>Received</th></tr></thead>
                  <tbody>{list.data.deliveries.map((d) => <Row key={d.id} d={d} />)}</tbody>
                </table>
              </div>
              {(before || list.data.next) && (
                <div className="foot">
                  {before ? <Button size="compact-sm" variant="default" onClick={() => void go({ search: (s) => ({ ...s, before: undefined }) })}>The latest</Button> : <span>The latest {list.data.deliveries.length}</span>}
                  {list.data.next && <Button size="compact-sm" variant="default" onClick={() => void go({ search: (s) => ({ ...s, before: list.data.next ?? undefined }) })}>Older</Button>}
                </div>
              )}
            </>
          )}
        </div>
      )}
    </Page>
  );
}

/** useAbout is what a filter is about, in words. */
function useAbout(subject = ""): string {
  const at = subject.indexOf("/");
  const [kind, id] = [subject.slice(0, at), subject.slice(at + 1)];
  const { name } = useNames(kind === "user" ? [id] : [])(id);
  return kind === "user" ? name : `${kind.replaceAll("-", " ")} ${id}`;
}

/** About is the thing of Logto that a delivery is about, with its page where it has one. */
export function About({ of }: { of: Delivery["subject"] }) {
  if (!of) return <Said>{""}</Said>;
  if (of.kind === "user") return <Whom of={of.id} />;
  return <>{of.kind.replaceAll("-", " ")} <Said mono>{of.id}</Said></>;
}

export function Became({ of: d }: { of: Delivery }) {
  const [word, tone] = became[d.outcome];
  return <Tag tone={tone}>{d.standing === "test" ? "A test" : d.standing === "unknown" ? "Not known" : word}</Tag>;
}

function Row({ d }: { d: Delivery }) {
  return (
    <tr>
      <td><Link to="/logto/deliveries/$delivery" params={{ delivery: d.id }} style={{ fontWeight: 600 }}><Said>{d.event}</Said></Link><div className="tight"><About of={d.subject} /> · <Ago at={d.received_at} /></div></td>
      <td className="wide"><About of={d.subject} /></td>
      <td><Group gap={8} wrap="nowrap"><Became of={d} />{d.error && <span style={{ color: "var(--gh-deny)", minWidth: 0, fontSize: "0.82rem" }}><Said>{d.error}</Said></span>}</Group></td>
      <td className="wide"><Ago at={d.received_at} />{d.copies > 1 && <> ×{d.copies}</>}</td>
    </tr>
  );
}
