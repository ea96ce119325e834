import { Button, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBuilding, IconPlus } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { call } from "../api/client";
import { Ago, Empty, Failure, Page, Pager, Said, Waiting } from "../parts";
import { SearchBox } from "../parts/search-box";
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
  return (
    <Page title="Tenants" about="Customers or workspaces. A role is held in a tenant, and counts there alone." actions={mayWrite && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>Make a tenant</Button>}>
      {making && <MakeTenant close={dialog.close} />}
      <search><SearchBox aria-label="Search tenants" placeholder="Search by name or key" value={search} onSearch={(text) => void go({ search: { search: text, page: undefined }, replace: true })} /></search>
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
                <table className="grid fits most">
                  <thead><tr><th>Tenant</th><th className="wide">Key</th><th className="wide">Description</th><th className="wide" style={{ width: 130 }}>Since</th><th style={{ width: 90 }}><VisuallyHidden>Members</VisuallyHidden></th></tr></thead>
                  <tbody>
                    {list.data.data.map((t) => (
                      <tr key={t.id}>
                        <td><Link to="/tenants/$tenant" params={{ tenant: t.key }}><strong><Said>{t.name}</Said></strong></Link><div className="tight"><Said mono>{t.key}</Said></div></td>
                        <td className="wide"><Said mono>{t.key}</Said></td>
                        <td className="wide"><Said>{t.description}</Said></td>
                        <td className="wide"><Ago at={t.created_at} /></td>
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
