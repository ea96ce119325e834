import { Group, Select, VisuallyHidden } from "@mantine/core";
import { IconPlus, IconPuzzle } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { call } from "../api/client";
import { Ago, Empty, Failure, Page, Pager, Said, Tag, Waiting } from "../parts";
import { LinkButton } from "../parts/links";
import { SearchBox } from "../parts/search-box";
import { useResources, useTenants } from "../queries";
import { instances as route } from "../router";
import { useHere } from "../session";

export function Instances() {
  const { search, tenant, resource, page = 1 } = route.useSearch();
  const go = useNavigate({ from: route.fullPath });
  const set = (change: Partial<{ search: string; tenant: string; resource: string; page: number }>) => void go({ search: (s) => ({ ...s, page: undefined, ...change }), replace: true });
  const { mayWrite } = useHere();
  const tenants = useTenants();
  const resources = useResources();
  const list = useQuery({
    queryKey: ["instances", { search, tenant, resource, page }],
    queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/resource_instances", { query: { search, tenant, resource, page, per_page: 25, include_total_count: true }, signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title="Resource instances" about="Single things that roles are held on and conditions look at, such as one document." actions={mayWrite && <LinkButton to="/instances/new" leftSection={<IconPlus size={16} aria-hidden />}>Make an instance</LinkButton>}>
      <Group gap="sm" role="search">
        <SearchBox aria-label="Search instances" placeholder="Search by key" value={search} onSearch={(text) => set({ search: text })} flex="1 1 240px" />
        <Select aria-label="Resource" placeholder="Any resource" clearable searchable clearButtonProps={{ "aria-label": "Any resource" }} data={resources} value={resource ?? null} onChange={(v) => set({ resource: v ?? undefined })} w={{ base: "100%", xs: 180 }} />
        <Select aria-label="Tenant" placeholder="Any tenant" clearable searchable clearButtonProps={{ "aria-label": "Any tenant" }} data={tenants} value={tenant ?? null} onChange={(v) => set({ tenant: v ?? undefined })} w={{ base: "100%", xs: 180 }} />
      </Group>
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="frame">
          {list.isPending ? (
            <Waiting />
          ) : list.data.data.length === 0 ? (
            <Empty title={search || tenant || resource ? "No instance matches" : "There is no instance yet"} icon={<IconPuzzle size={34} stroke={1.4} />}>
              {search || tenant || resource ? "Try fewer filters." : <>They are made here, or with <code>POST /v2/facts/…/resource_instances</code>. Policies by role in a tenant need none.</>}
            </Empty>
          ) : (
            <>
              <div className="scroll" tabIndex={0} role="region" aria-label="Resource instances">
                <table className="grid broad fits most">
                  <thead><tr><th>Instance</th><th className="wide">Resource</th><th className="wide">Tenant</th><th className="wide">Attributes</th><th className="wide" style={{ width: 130 }}>Since</th><th style={{ width: 120 }}><VisuallyHidden>Access</VisuallyHidden></th></tr></thead>
                  <tbody>
                    {list.data.data.map((i) => (
                      <tr key={i.id}>
                        <td><Link to="/instances/$type/$key" params={{ type: i.resource, key: i.key }}><strong><Said>{i.key}</Said></strong></Link><div className="tight"><Said>{i.resource}</Said> in <Said>{i.tenant}</Said></div></td>
                        <td className="wide"><Tag><Said>{i.resource}</Said></Tag></td>
                        <td className="wide"><Said>{i.tenant}</Said></td>
                        <td className="wide"><Said>{Object.entries(i.attributes ?? {}).map(([name, v]) => `${name}: ${typeof v === "string" ? v : JSON.stringify(v)}`).join(", ")}</Said></td>
                        <td className="wide"><Ago at={i.created_at} /></td>
                        <td><Link to="/playground" search={{ ask: "who", resource: i.resource, instance: i.key, tenant: i.tenant }} aria-label={`Who may act on ${i.key.slice(0, 80)}`}>Who may?</Link></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager page={page} pages={list.data.page_count} total={list.data.total_count} noun="instance" onPage={(p) => set({ page: p })} />
            </>
          )}
        </div>
      )}
    </Page>
  );
}
