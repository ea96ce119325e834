import { useQuery } from "@tanstack/react-query";
import { call } from "./api/client";
import { fullName } from "./parts";

/** Lists that several pages offer for choosing. They are long-lived and short. */
export function useRoleList() {
  return useQuery({ queryKey: ["roles"], queryFn: ({ signal }) => call("get", "/v2/schema/{proj}/{env}/roles", { query: { per_page: 100 }, signal }), staleTime: 30_000 });
}

export function useResourceList() {
  return useQuery({ queryKey: ["resources"], queryFn: ({ signal }) => call("get", "/v2/schema/{proj}/{env}/resources", { query: { per_page: 100 }, signal }), staleTime: 30_000 });
}

export interface Choice {
  value: string;
  label: string;
}

const choice = (x: { key: string; name: string }): Choice => ({ value: x.key, label: (x.name || x.key).slice(0, 80) });

export function useRoles(): Choice[] {
  return useRoleList().data?.map(choice) ?? [];
}

export function useResources(): Choice[] {
  return useResourceList().data?.map(choice) ?? [];
}

export function useTenants(): Choice[] {
  const list = useQuery({
    queryKey: ["tenants", "choices"],
    queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/tenants", { query: { include_total_count: true, per_page: 100 }, signal }),
    staleTime: 30_000,
  });
  return list.data?.data.map(choice) ?? [];
}

/** useName is how a user is called; the key for who is not known. */
export function useName(key: string): string {
  const found = useQuery({
    queryKey: ["users", "name", key],
    queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/users", { query: { search: key, per_page: 10 }, signal }),
    staleTime: 60_000,
    enabled: key !== "",
  });
  const user = found.data?.data.find((u) => u.key === key);
  return user ? fullName(user) : key;
}

export function useStatus() {
  return useQuery({ queryKey: ["status"], queryFn: ({ signal }) => call("get", "/console/v1/status", { signal }), refetchInterval: 3_000 });
}
