import { Button, Text } from "@mantine/core";
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { call, type Change, type Decision, type Delivery, type Person } from "../api/client";
import { Ago, Card, Failure, Said, Waiting } from "../parts";
import { useRoles, useTenants } from "../queries";

interface Moment {
  at: string;
  id: string;
  tone?: "allow" | "deny" | "info" | undefined;
  text: ReactNode;
}

const size = 20; // of a page of each source

/** Timeline is what became of a user, from the sign-up to the last decision, the latest
 * first. Its sources are paged each for itself, and shown as far back as all are read. */
export function Timeline({ person: p }: { person: Person }) {
  const told = useTold(p);
  const changed = useChanged(p.key);
  const asked = useAsked(p.key);
  const say = useWords();
  const sources = [
    sourceOf(told, (page) => page.deliveries.map(ofDelivery)),
    sourceOf(changed, (page) => page.changes.map((c) => ({ at: c.at, id: c.cursor, ...say(c) }))),
    sourceOf(asked, (page) => page.data.map(ofDecision)),
  ];
  const until = Math.max(0, ...sources.map((s) => s.until));
  const moments = sources.flatMap((s) => s.moments).filter((m, i, all) => Date.parse(m.at) >= until && all.findIndex((x) => x.id === m.id) === i).sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const whole = until === 0;
  if (whole && !changed.isPending && !(changed.data?.pages.at(-1)?.changes ?? []).some((c) => c.kind === "user" && madeBy(c))) {
    moments.push({ at: p.created_at, id: "made", text: <>Made here. What came of it next is not kept any more</> });
  }
  const waits = changed.isPending || asked.isPending || told.isLoading;
  const more = sources.some((s) => s.reading);
  return (
    <Card title="Timeline" about="What Logto told, what was changed, given and taken, and what was asked; the latest first.">
      {changed.error ? <Failure error={changed.error} again={() => void changed.refetch()} /> : waits ? <Waiting rows={4} /> : (
        <>
          <ol className="line">
            {moments.map((m) => (
              <li key={m.id} className={m.tone}>
                <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>{m.text}</Text>
                <Text size="xs" c="dimmed" component="div"><Ago at={m.at} /></Text>
              </li>
            ))}
          </ol>
          {!whole && <Button mt="md" size="xs" variant="default" loading={more} onClick={() => sources.forEach((s) => s.until === until && s.read())}>Show what was before</Button>}
        </>
      )}
    </Card>
  );
}

/** A Source is what one list says, as far as it is read. */
interface Source {
  moments: Moment[];
  /** of the oldest moment that is read, in milliseconds; 0 once all are */
  until: number;
  reading: boolean;
  read(): void;
}

function sourceOf<P>(list: UseInfiniteQueryResult<InfiniteData<P>>, of: (page: P) => Moment[]): Source {
  const moments = list.data?.pages.flatMap(of) ?? [];
  const last = moments.at(-1);
  return { moments, until: list.hasNextPage && last ? Date.parse(last.at) : 0, reading: list.isFetchingNextPage, read: () => void list.fetchNextPage() };
}

function useTold(p: Person) {
  return useInfiniteQuery({
    queryKey: ["deliveries", "of", p.key],
    queryFn: ({ pageParam, signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/deliveries", { query: { subject: `user/${p.key}`, limit: size, before: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: p.source !== "", retry: false,
  });
}

function useChanged(user: string) {
  return useInfiniteQuery({
    queryKey: ["changes", "of", user],
    queryFn: ({ pageParam, signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/changes", { query: { user, limit: size, before: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

function useAsked(user: string) {
  return useInfiniteQuery({
    queryKey: ["decisions", "about", user],
    queryFn: ({ pageParam, signal }) => call("get", "/v2/pdps/{proj}/{env}/audit_logs", { query: { users: user, page: pageParam, per_page: size }, signal }),
    initialPageParam: 1,
    getNextPageParam: (last, all) => (all.length < last.page_count ? all.length + 1 : undefined),
    retry: false,
  });
}

const ofDelivery = (d: Delivery): Moment => ({
  at: d.received_at, id: d.id, tone: d.outcome === "failing" ? "deny" : "info",
  text: <>{d.event === "PostRegister" ? "Signed up: Logto told" : "Logto told"} <Link to="/logto/deliveries/$delivery" params={{ delivery: d.id }}><Said>{d.event}</Said></Link>{d.outcome === "failing" && <>, which fails: <Said whole>{d.error}</Said></>}</>,
});

const ofDecision = (d: Decision): Moment => ({
  at: d.timestamp, id: d.id, tone: d.decision === null ? undefined : d.decision ? "allow" : "deny",
  text: <>{d.decision === null ? "Asked for" : d.decision ? "Allowed" : "Denied"} <Said mono>{d.decision === null ? d.query.replaceAll("_", " ") : `${d.resource_type}:${d.action}`}</Said>{d.tenant && <> in <Said>{d.tenant}</Said></>}</>,
});

const madeBy = (c: Change) => c.verb === "put" && c.before === null && c.before_known;

type Words = Pick<Moment, "tone" | "text">;
type Thing = Partial<Record<string, unknown>>;

const texts = (v: unknown) => (Array.isArray(v) ? v.filter((x): x is string => typeof x === "string") : []);

/** useWords says a change in words, with the names of roles and tenants where they are known. */
function useWords(): (c: Change) => Words {
  const [roles, tenants] = [useRoles(), useTenants()];
  const name = (list: { value: string; label: string }[], key: string) => list.find((x) => x.value === key)?.label ?? key;
  return (c) => {
    const who = <Said>{c.actor.name ?? "a key that is gone"}</Said>;
    const parts = c.key.split("/").slice(1); // of the name of what a user holds
    const at = (c.after ?? c.before ?? {}) as Thing;
    const on = typeof at.resource_instance === "string" && at.resource_instance !== ":" ? at.resource_instance : "";
    const tenant = typeof at.tenant === "string" ? at.tenant : on ? "" : (parts.at(-1) ?? "");
    const place = <>{tenant && <> in <Said>{name(tenants, tenant)}</Said></>}{on && <> on <Said mono>{on}</Said></>}</>;
    const role = <strong><Said>{name(roles, parts[0] ?? "")}</Said></strong>;
    switch (c.kind) {
      case "assignment":
        return ofRole(c, role, place, who);
      case "membership":
        return c.verb === "put" ? { text: <>{c.before === null ? "Became a member" : "Is still a member"}{place}, by {who}</> } : { tone: "deny", text: <>Is no longer a member{place}{c.verb === "delete" && <>, by {who}</>}</> };
      case "pending":
        return c.verb === "put" ? { text: <>{role}{place} waits for the role or the tenant to be made here, by {who}</> } : { text: <>{role}{place} waits no longer</> };
      default:
        return ofUser(c, who);
    }
  };
}

/** ofRole is a role given, taken, or given by others than before. */
function ofRole(c: Change, role: ReactNode, place: ReactNode, who: ReactNode): Words {
  if (c.verb === "delete") return { tone: "deny", text: <>Taken {role}{place} by {who}</> };
  if (c.verb === "taken") return { tone: "deny", text: <>Lost {role}{place}, with what was deleted by {who}</> };
  const [was, is] = [texts((c.before as Thing | null)?.given_by), texts((c.after as Thing | null)?.given_by)];
  if (c.before === null) return { tone: "allow", text: <>Given {role}{place} by {who}<Because of={is} /></> };
  const [added, gone] = [is.filter((g) => !was.includes(g)), was.filter((g) => !is.includes(g))];
  return { text: <>{role}{place}{added.length > 0 && <> is given by <Said>{added.join(", ")}</Said>, too</>}{gone.length > 0 && <> is no longer given by <Said>{gone.join(", ")}</Said>, and still by <Said>{is.join(", ")}</Said></>}{added.length + gone.length === 0 && <> is given as before</>}, by {who}</> };
}

/** Because is on what ground a role is given, where that says more than who did it. */
function Because({ of }: { of: string[] }) {
  const grounds = of.filter((g) => g.includes(":"));
  return grounds.length > 0 && <>, because of <Said mono>{grounds.join(", ")}</Said></>;
}

function ofUser(c: Change, who: ReactNode): Words {
  if (c.verb !== "put") return { tone: "deny", text: <>Deleted by {who}</> };
  if (madeBy(c)) return { tone: "info", text: <>Made here by {who}</> };
  const [was, is] = [(c.before ?? {}) as Thing, (c.after ?? {}) as Thing];
  if (c.before && was.suspended !== is.suspended) return is.suspended ? { tone: "deny", text: <>Suspended by {who}</> } : { tone: "allow", text: <>The suspension was lifted by {who}</> };
  const fields = c.before ? Object.keys(is).filter((f) => f !== "updated_at" && JSON.stringify(is[f]) !== JSON.stringify(was[f])) : [];
  return { text: <>Changed by {who}{fields.length > 0 && <>: {fields.map((f) => f.replaceAll("_", " ")).join(", ")}</>}</> };
}
