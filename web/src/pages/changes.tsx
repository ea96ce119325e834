import { Button, Paper, Select } from "@mantine/core";
import { IconChevronRight, IconFileDiff } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { call, type Change } from "../api/client";
import { Ago, Empty, Failure, Page, Said, Tag, Waiting, type Tone } from "../parts";
import { Whom } from "../parts/whom";
import { changes as route } from "../router";

const kinds: Change["kind"][] = ["user", "tenant", "role", "resource", "assignment", "instance", "tuple", "set", "rule", "membership", "invite", "pending", "settings", "mapping", "source_mapping"];

/** done is what became of the thing, in a word. */
function done(c: Change): [string, Tone] {
  if (c.verb === "delete") return ["deleted", "deny"];
  if (c.verb === "taken") return ["taken along", "deny"];
  return c.before === null && c.before_known ? ["made", "allow"] : ["changed", "info"];
}

export function Changes() {
  const { kind, key, before } = route.useSearch();
  const go = useNavigate({ from: route.fullPath });
  const list = useQuery({
    queryKey: ["changes", { kind, key, before }],
    queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/changes", { query: { kind, key, before, limit: 30 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: before ? false : 5_000,
  });
  return (
    <Page title="Changes" about="Who changed what, the latest first: people, API keys and Logto.">
      <Select aria-label="Kind of thing" placeholder="Anything" clearable clearButtonProps={{ "aria-label": "Anything" }} data={kinds.map((k) => ({ value: k, label: k.replaceAll("_", " ") }))} value={kind ?? null} onChange={(v) => void go({ search: { kind: v ?? undefined }, replace: true })} w={{ base: "100%", xs: 220 }} />
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : list.isPending ? (
        <Paper><Waiting rows={6} /></Paper>
      ) : list.data.changes.length === 0 ? (
        <Paper><Empty title="Nothing was changed" icon={<IconFileDiff size={34} stroke={1.4} />}>Whatever is made, changed or deleted appears here, with what it was before.</Empty></Paper>
      ) : (
        <section className="frame" aria-label="Changes">
          {list.data.changes.map((c) => <One key={c.cursor} change={c} />)}
          {(before || list.data.next) && (
            <div className="foot">
              {before ? <Button size="compact-sm" variant="default" onClick={() => void go({ search: (s) => ({ ...s, before: undefined }) })}>The latest</Button> : <span>The latest {list.data.changes.length}</span>}
              {list.data.next && <Button size="compact-sm" variant="default" onClick={() => void go({ search: (s) => ({ ...s, before: list.data.next ?? undefined }) })}>Older</Button>}
            </div>
          )}
        </section>
      )}
    </Page>
  );
}

function One({ change: c }: { change: Change }) {
  const lines = differences(c.before, c.after);
  const [verb, tone] = done(c);
  const head = (
    <>
      <Tag fixed tone={tone}>{verb}</Tag>
      <span className="what"><span>{c.kind.replaceAll("_", " ")}</span><strong><Thing of={c} /></strong></span>
      <span className="more">
        <span className="dim">{!c.before_known ? "what was before is not kept any more" : c.before && c.after ? lines.map((l) => l.name.replaceAll("_", " ")).join(", ") : lines.length > 0 && (lines.length === 1 ? "1 field" : `${lines.length} fields`)}</span>
        <span className="dim by">by <Said>{c.actor.name ?? "a key that is gone"}</Said></span>
        <span className="dim"><Ago at={c.at} /></span>
      </span>
    </>
  );
  if (lines.length === 0) return <article className="change"><div className="said-of">{head}</div></article>;
  return (
    <details className="change">
      <summary>{head}<IconChevronRight className="turn" size={16} aria-hidden /></summary>
      <div className="fields">
        <table className="grid narrow">
          <thead><tr><th style={{ width: "24%" }}>Field</th><th>Before</th><th>After</th></tr></thead>
          <tbody>
            {lines.map((l) => (
              <tr key={l.name}>
                <td><Said mono>{l.name}</Said></td>
                <td style={{ color: "var(--gh-deny)" }}><Said mono whole>{l.before}</Said></td>
                <td style={{ color: "var(--gh-allow)" }}><Said mono whole>{l.after}</Said></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

const ofUsers: Change["kind"][] = ["user", "assignment", "membership", "pending"]; // whose keys begin with a user's

/** Thing is what was changed, with users by name. */
function Thing({ of: c }: { of: Change }) {
  if (!ofUsers.includes(c.kind)) return <Said mono>{c.key}</Said>;
  const [user = "", ...rest] = c.key.split("/");
  return <span className="thing"><Whom of={user} plain />{rest.length > 0 && <Said mono>{rest.join("/")}</Said>}</span>;
}

/** differences are the fields in which two things differ, in words; of lists only what
 * is gone and what has come. When a thing was changed is said already. */
function differences(before: unknown, after: unknown): { name: string; before: string; after: string }[] {
  const [b, a] = [object(before), object(after)];
  return [...new Set([...Object.keys(b), ...Object.keys(a)])]
    .filter((name) => name !== "updated_at" && JSON.stringify(b[name]) !== JSON.stringify(a[name]))
    .map((name) => {
      const [was, is] = [b[name], a[name]];
      if (Array.isArray(was) && Array.isArray(is)) {
        const without = (list: unknown[], other: unknown[]) => list.map(text).filter((x) => !other.map(text).includes(x));
        return { name, before: without(was, is).join("\n"), after: without(is, was).join("\n") };
      }
      return { name, before: text(was), after: text(is) };
    });
}

const object = (v: unknown): Record<string, unknown> => (typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : v === null || v === undefined ? {} : { value: v });
const text = (v: unknown) => (v === undefined || v === null ? "" : typeof v === "string" ? v.slice(0, 2000) : JSON.stringify(v).slice(0, 2000));
