import { Button, Group, Select } from "@mantine/core";
import { IconPlus, IconSearch, IconUsers, IconX } from "../parts/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { call, type User } from "../api/client";
import { Ago, Empty, Failure, fullName, Page, Pager, Said, Tag, Waiting } from "../parts";
import { LinkButton } from "../parts/links";
import { SearchBox } from "../parts/search-box";
import { useRoles, useTenants } from "../queries";
import { users as route } from "../router";
import { useHere } from "../session";

const perPage = 25;

export function Users() {
  const { search, tenant, role, page = 1 } = route.useSearch();
  const go = useNavigate({ from: route.fullPath });
  const list = useQuery({
    queryKey: ["users", { search, tenant, role, page }],
    queryFn: ({ signal }) => {
      const query = { search, role, page, per_page: perPage };
      return tenant
        ? call("get", "/v2/facts/{proj}/{env}/tenants/{tenant}/users", { params: { tenant }, query, signal })
        : call("get", "/v2/facts/{proj}/{env}/users", { query, signal });
    },
    placeholderData: keepPreviousData,
  });
  const set = (change: Partial<{ search: string; tenant: string; role: string; page: number }>) =>
    void go({ search: (s) => ({ ...s, page: undefined, ...change }), replace: true });
  const { mayWrite } = useHere();
  const roles = useRoles();
  const tenants = useTenants();
  const filtered = Boolean(search || tenant || role);

  return (
    <Page title="Users" about="Everybody who has signed up, with the roles they hold." actions={mayWrite && <LinkButton to="/users/new/user" leftSection={<IconPlus size={16} aria-hidden />}>Add a user</LinkButton>}>
      <Group gap="sm" role="search" align="flex-end">
        <SearchBox aria-label="Search users" placeholder="Search by name, address or key" value={search} onSearch={(text) => set({ search: text })} flex="1 1 240px" />
        <Select aria-label="Tenant" placeholder="Any tenant" clearable searchable clearButtonProps={{ "aria-label": "Any tenant" }} data={tenants} value={tenant ?? null} onChange={(v) => set({ tenant: v ?? undefined })} w={{ base: "100%", xs: 190 }} />
        <Select aria-label="Role" placeholder="Any role" clearable searchable clearButtonProps={{ "aria-label": "Any role" }} data={roles} value={role ?? null} onChange={(v) => set({ role: v ?? undefined })} w={{ base: "100%", xs: 170 }} />
      </Group>
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="frame">
          {list.isPending ? (
            <Waiting rows={8} />
          ) : list.data.data.length === 0 ? (
            <None filtered={filtered} clear={() => void go({ search: {}, replace: true })} />
          ) : (
            <>
              <div className="scroll" tabIndex={0} role="region" aria-label="Users">
                <table className="grid fits most" aria-busy={list.isFetching}>
                  <thead>
                    <tr>
                      <th style={{ width: "40%" }}>User</th>
                      <th className="wide" style={{ width: "22%" }}>Key</th>
                      <th>Roles</th>
                      <th className="wide" style={{ width: 120 }}>Since</th>
                    </tr>
                  </thead>
                  <tbody>{list.data.data.map((u) => <Row key={u.id} user={u} />)}</tbody>
                </table>
              </div>
              <Pager page={page} pages={list.data.page_count} total={list.data.total_count} noun="user" onPage={(p) => set({ page: p })} />
            </>
          )}
        </div>
      )}
    </Page>
  );
}

function Row({ user: u }: { user: User }) {
  const shown = [...new Set(u.roles.map((r) => r.role))];
  return (
    <tr>
      <td>
        <Link to="/users/$user" params={{ user: u.key }} style={{ fontWeight: 600, display: "block" }}>
          <Said>{fullName(u)}</Said>
        </Link>
        {u.email && u.email !== fullName(u) && (
          <span style={{ color: "var(--mantine-color-dimmed)", fontSize: "0.8rem", display: "block" }}>
            <Said>{u.email}</Said>
          </span>
        )}
      </td>
      <td className="wide"><Said mono>{u.key}</Said></td>
      <td>
        <Group gap={6}>
          {shown.slice(0, 3).map((r) => <Tag key={r}><Said>{r}</Said></Tag>)}
          {shown.length > 3 && <Tag>+{shown.length - 3}</Tag>}
          {shown.length === 0 && <Tag tone="warn">No role</Tag>}
        </Group>
      </td>
      <td className="wide"><Ago at={u.created_at} /></td>
    </tr>
  );
}

function None({ filtered, clear }: { filtered: boolean; clear(): void }) {
  if (filtered) {
    return (
      <Empty title="Nobody matches" icon={<IconSearch size={34} stroke={1.4} />}>
        Search is by part of the name, the address or the key. <br />
        <Button mt="md" size="xs" variant="default" leftSection={<IconX size={14} />} onClick={clear}>Clear the filters</Button>
      </Empty>
    );
  }
  return (
    <Empty title="Nobody has signed up yet" icon={<IconUsers size={34} stroke={1.4} />}>
      People appear here as soon as Logto tells of them. See <Link to="/logto">Logto</Link> for whether it is connected, or add a
      user here, or with <code>POST /v2/facts/…/users</code>.
    </Empty>
  );
}
