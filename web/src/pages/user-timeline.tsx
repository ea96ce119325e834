import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { call, type Person } from "../api/client";
import { Ago, Card, Failure, Said, Waiting } from "../parts";

interface Moment {
  at: string;
  id: string;
  tone?: "allow" | "deny" | "info";
  text: ReactNode;
}

const most = 40; // moments

/** Timeline is what became of a user, from the sign-up to the last decision, the latest first. */
export function Timeline({ person: p }: { person: Person }) {
  const told = useQuery({ queryKey: ["deliveries", "of", p.key], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/logto/deliveries", { query: { subject: `user/${p.key}`, limit: 20 }, signal }), enabled: p.source !== "", retry: false });
  const changed = useQuery({ queryKey: ["changes", "of", p.key], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/changes", { query: { kind: "user", key: p.key, limit: 20 }, signal }) });
  const asked = useQuery({ queryKey: ["decisions", "of", p.key], queryFn: ({ signal }) => call("get", "/v2/pdps/{proj}/{env}/audit_logs", { query: { users: p.key, per_page: 8 }, signal }), retry: false });
  const waits = changed.isPending || asked.isPending || told.isLoading;
  const moments: Moment[] = [
    ...(told.data?.deliveries ?? []).map((d): Moment => ({
      at: d.received_at, id: d.id, tone: d.outcome === "failing" ? "deny" : "info",
      text: <>Logto told: <Link to="/logto/deliveries/$delivery" params={{ delivery: d.id }}>{d.event}</Link>{d.outcome === "failing" && <>, which fails: <Said whole>{d.error}</Said></>}</>,
    })),
    ...(changed.data?.changes ?? []).map((c): Moment => ({
      at: c.at, id: c.cursor, tone: c.verb === "put" ? undefined : "deny",
      text: <>{c.verb !== "put" ? "Deleted" : c.before === null && c.before_known ? "Made here" : "Changed"} by <Said>{c.actor.name ?? "a key that is gone"}</Said></>,
    })),
    ...p.assignments.map((a): Moment => ({
      at: a.since, id: `${a.role} ${a.tenant} ${a.instance}`, tone: "allow",
      text: <>Given <strong><Said>{a.role_name || a.role}</Said></strong> in <Said>{a.tenant_name || a.tenant}</Said>{a.instance && <> on <Said mono>{a.instance}</Said></>} by {a.given_by.join(", ")}</>,
    })),
    ...(asked.data?.data ?? []).map((d): Moment => ({
      at: d.timestamp, id: d.id, tone: d.decision === null ? undefined : d.decision ? "allow" : "deny",
      text: <>{d.decision === null ? "Asked for" : d.decision ? "Allowed" : "Denied"} <Said mono>{d.decision === null ? d.query.replaceAll("_", " ") : `${d.resource_type}:${d.action}`}</Said></>,
    })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <Card title="Timeline" about="What Logto told, what was changed and given, and what was asked; the latest first.">
      {changed.error ? <Failure error={changed.error} again={() => void changed.refetch()} /> : waits ? <Waiting rows={4} /> : moments.length === 0 ? <Text size="sm" c="dimmed">Nothing is kept of this user.</Text> : (
        <ol className="line">
          {moments.slice(0, most).map((m) => (
            <li key={m.id} className={m.tone}>
              <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>{m.text}</Text>
              <Text size="xs" c="dimmed" component="div"><Ago at={m.at} /></Text>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
