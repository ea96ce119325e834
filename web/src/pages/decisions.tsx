import { Button, Group, SegmentedControl, Switch, VisuallyHidden } from "@mantine/core";
import { IconHistory, IconSearch } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, type Decision } from "../api/client";
import { Ago, Empty, Failure, Outcome, Page, Pager, Said, Waiting } from "../parts";
import { SearchBox } from "../parts/search-box";
import { UserChoice } from "../parts/user-choice";
import { Whom } from "../parts/whom";
import { useNames } from "../queries";
import { decisions as route } from "../router";

export function Decisions() {
  const { user, action, outcome, page = 1 } = route.useSearch();
  const [live, setLive] = useState(true);
  const go = useNavigate({ from: route.fullPath });
  const set = (change: Partial<{ user: string; action: string; outcome: string; page: number }>) => void go({ search: (s) => ({ ...s, page: undefined, ...change }), replace: true });
  const following = live && page === 1;
  const list = useQuery({
    queryKey: ["decisions", { user, action, outcome, page }],
    queryFn: ({ signal }) => call("get", "/v2/pdps/{proj}/{env}/audit_logs", { query: { users: user, action, decision: outcome === "allowed" ? true : outcome === "denied" ? false : undefined, page, per_page: 30 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: following ? 2_000 : false,
  });
  const filtered = Boolean(user || action || outcome);
  return (
    <Page title="Decisions" about="Every answer that was given, the latest first." actions={<Switch label="Follow live" checked={live} onChange={(e) => setLive(e.currentTarget.checked)} disabled={page > 1} />}>
      <Group gap="sm" role="search">
        <UserChoice aria-label="User" placeholder="Anybody: name, address or key" clearable clearButtonProps={{ "aria-label": "Anybody" }} leftSection={<IconSearch size={16} aria-hidden />} value={user} onChange={(key) => set({ user: key })} flex="1 1 220px" />
        <SearchBox plain aria-label="Action" placeholder="Action" value={action} onSearch={(text) => set({ action: text })} w={{ base: "100%", xs: 170 }} />
        <SegmentedControl aria-label="Outcome" value={outcome ?? "all"} onChange={(v) => set({ outcome: v === "all" ? undefined : v })} data={[{ value: "all", label: "All" }, { value: "allowed", label: "Allowed" }, { value: "denied", label: "Denied" }]} />
      </Group>
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="frame">
          {list.isPending ? (
            <Waiting rows={8} />
          ) : list.data.data.length === 0 ? (
            <Empty title={filtered ? "No decision matches" : "Nobody has asked yet"} icon={<IconHistory size={34} stroke={1.4} />}>
              {filtered ? (
                <>Actions are found by their whole key.<br /><Button mt="md" size="xs" variant="default" onClick={() => void go({ search: {}, replace: true })}>Clear the filters</Button></>
              ) : (
                <>Ask from an SDK, or in the <Link to="/playground">playground</Link>.</>
              )}
            </Empty>
          ) : (
            <>
              <div className="scroll" tabIndex={0} role="region" aria-label="Decisions">
                <table className="grid broad log">
                  <thead><tr><th style={{ width: 124 }}>Outcome</th><th>User</th><th className="wide">Action</th><th className="wide">Tenant</th><th className="wide">Reason</th><th className="wide" style={{ width: 124 }}>When</th><th style={{ width: 76 }}><VisuallyHidden>Why</VisuallyHidden></th></tr></thead>
                  <tbody>{list.data.data.map((d) => <Row key={d.id} d={d} />)}</tbody>
                </table>
              </div>
              <Pager page={page} pages={list.data.page_count} total={list.data.total_count} noun="decision" onPage={(p) => set({ page: p })} />
            </>
          )}
        </div>
      )}
    </Page>
  );
}

function Row({ d }: { d: Decision }) {
  const called = useNames(d.user_key ? [d.user_key] : []);
  const instance = d.input.resource?.key;
  const what = d.decision === null ? d.query.replaceAll("_", " ") : `${d.resource_type}${instance ? `:${instance}` : ""} · ${d.action}`;
  return (
    <tr>
      <td><Outcome allow={d.decision} /></td>
      <td><Whom of={d.user_key ?? ""} keyed /><div className="tight"><Said mono>{what}</Said></div><div className="tight"><Ago at={d.timestamp} />{d.tenant && <> in <Said>{d.tenant}</Said></>}</div></td>
      <td className="wide"><Said mono>{what}</Said></td>
      <td className="wide"><Said>{d.tenant}</Said></td>
      <td className="wide"><Said>{d.reason?.replaceAll("_", " ")}</Said></td>
      <td className="wide"><Ago at={d.timestamp} /></td>
      <td>
        {d.decision !== null && d.user_key && d.action && (
          <Link to="/playground" search={{ user: d.user_key, action: d.action, resource: d.resource_type ?? undefined, instance: instance || undefined, tenant: d.tenant ?? undefined }} aria-label={`Why: ask again for ${called(d.user_key).name.slice(0, 60)}`}>
            Why?
          </Link>
        )}
      </td>
    </tr>
  );
}
