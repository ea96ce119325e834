import { useQuery } from "@tanstack/react-query";
import { call } from "./api/client";

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

export function useStatus() {
  return useQuery({ queryKey: ["status"], queryFn: ({ signal }) => call("get", "/console/v1/status", { signal }), refetchInterval: 3_000 });
}
