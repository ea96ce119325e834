import { Button, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { IconBuilding, IconPlus, IconSearch } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { call } from "../api/client";
import { Ago, Empty, Failure, Page, Pager, Said, Waiting } from "../parts";
import { tenants as route } from "../router";
import { useHere } from "../session";
import { MakeTenant } from "./tenants-make";

export function Tenants() {
  const { search, page = 1 } = route.useSearch();
  const go = useNavigate({ from: route.fullPath });
  const { mayWrite } = useHere();
  const [making, dialog] = useDisclosure(false);
  const list = useQuery({
    queryKey: ["tenants", { search, page }],
    queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/tenants", { query: { search, page, per_page: 25, include_total_count: true }, signal }),
    placeholderData: keepPreviousData,
  });
  const type = useDebouncedCallback((text: string) => void go({ search: { search: text || undefined, page: undefined }, replace: true }), 200);
  return (
    <Page title="Tenants" about="Customers or workspaces. A role is held in a tenant, and counts there alone." actions={mayWrite && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>Make a tenant</Button>}>
      {making && <MakeTenant close={dialog.close} />}
      <search><TextInput aria-label="Search tenants" placeholder="Search by name or key" defaultValue={search} leftSection={<IconSearch size={16} aria-hidden />} onChange={(e) => type(e.currentTarget.value)} /></search>
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="frame">
          {list.isPending ? (
            <Waiting />
          ) : list.data.data.length === 0 ? (
            <Empty title={search ? "No tenant matches" : "There is no tenant"} icon={<IconBuilding size={34} stroke={1.4} />}>
              {search ? "Search is by part of the name or the key." : "Organizations of Logto become tenants; others are made here, or with POST /v2/facts/…/tenants."}
            </Empty>
          ) : (
            <>
              <div className="scroll" tabIndex={0} role="region" aria-label="Tenants">
                <table className="grid">
                  <thead><tr><th>Tenant</th><th>Key</th><th>Description</th><th style={{ width: 130 }}>Since</th><th style={{ width: 110 }}>Members</th></tr></thead>
                  <tbody>
                    {list.data.data.map((t) => (
                      <tr key={t.id}>
                        <td><Link to="/tenants/$tenant" params={{ tenant: t.key }}><strong><Said>{t.name}</Said></strong></Link></td>
                        <td><Said mono>{t.key}</Said></td>
                        <td><Said>{t.description}</Said></td>
                        <td><Ago at={t.created_at} /></td>
                        <td><Link to="/users" search={{ tenant: t.key }} aria-label={`Users of ${t.name.slice(0, 80)}`}>Users</Link></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager page={page} pages={list.data.page_count} total={list.data.total_count} noun="tenant" onPage={(p) => void go({ search: (s) => ({ ...s, page: p }), replace: true })} />
            </>
          )}
        </div>
      )}
    </Page>
  );
}
