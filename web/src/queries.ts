import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, type Named } from "./api/client";
import { fullName } from "./parts";

/** every reads a list page by page. */
async function every<T>(page: (query: { page: number; per_page: number }) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let n = 1; n <= 50; n++) {
    const rows = await page({ page: n, per_page: 100 });
    all.push(...rows);
    if (rows.length < 100) break;
  }
  return all;
}

/** Lists that several pages offer for choosing. They are long-lived and short. */
export function useRoleList() {
  return useQuery({ queryKey: ["roles"], queryFn: ({ signal }) => every((query) => call("get", "/v2/schema/{proj}/{env}/roles", { query, signal })), staleTime: 30_000 });
}

export function useResourceList() {
  return useQuery({ queryKey: ["resources"], queryFn: ({ signal }) => every((query) => call("get", "/v2/schema/{proj}/{env}/resources", { query, signal })), staleTime: 30_000 });
}

/** useUserType is what is known of every user: the resource __user with its attributes. */
export function useUserType() {
  return useQuery({
    queryKey: ["resources", "built in"],
    queryFn: ({ signal }) => call("get", "/v2/schema/{proj}/{env}/resources", { query: { include_built_in: true, per_page: 100 }, signal }),
    select: (list) => list.find((r) => r.key === "__user"),
    staleTime: 30_000,
  });
}

export function useSetList() {
  return useQuery({ queryKey: ["sets"], queryFn: ({ signal }) => every((query) => call("get", "/v2/schema/{proj}/{env}/condition_sets", { query, signal })), staleTime: 30_000 });
}

export function useRuleList() {
  return useQuery({ queryKey: ["rules"], queryFn: ({ signal }) => every((query) => call("get", "/v2/facts/{proj}/{env}/set_rules", { query, signal })), staleTime: 30_000 });
}

export function useUrlMappings() {
  return useQuery({ queryKey: ["url mappings"], queryFn: ({ signal }) => every((query) => call("get", "/v2/facts/{proj}/{env}/proxy_configs", { query, signal })) });
}

/** policyKeys are the lists that an edit of the policy may change. */
const policyKeys = ["roles", "resources", "sets", "rules", "url mappings"];

/** usePolicyChanged has the policy read again. */
export function usePolicyChanged() {
  const queries = useQueryClient();
  return () => Promise.all(policyKeys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
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

const mayBeAsked = /^[A-Za-z0-9|@+\-._]+$/; // what keys of users are made of
const together = 100; // as many as the server answers at once

/** Somebody waits to be told how a user is called. */
interface Somebody {
  key: string;
  told(user: Named | null): void;
  failed(error: unknown): void;
}

let waiting: Somebody[] = [];

/** nameOf asks for one user, in one request with all that are asked for in the same moment. */
function nameOf(key: string): Promise<Named | null> {
  return new Promise((told, failed) => {
    if (waiting.push({ key, told, failed }) === 1) setTimeout(askForNames);
  });
}

function askForNames() {
  const all = waiting;
  waiting = [];
  for (let i = 0; i < all.length; i += together) {
    const some = all.slice(i, i + together);
    void call("post", "/console/v1/projects/{proj}/envs/{env}/names", { body: { users: some.map((s) => s.key) } }).then(
      ({ users }) => {
        const by = new Map(users.map((u) => [u.key, u]));
        for (const s of some) s.told(by.get(s.key) ?? null);
      },
      (error: unknown) => some.forEach((s) => s.failed(error)),
    );
  }
}

/** Called is how a user is called: by name, else address; by key who is not known. */
export interface Called {
  name: string;
  /** whether it is still being asked for, and the key stands in its place */
  waits: boolean;
}

/** useNames says how users are called, and keeps it for a minute. */
export function useNames(keys: string[]): (key: string) => Called {
  const list = [...new Set(keys)].filter((key) => mayBeAsked.test(key));
  const found = useQueries({ queries: list.map((key) => ({ queryKey: ["name", key], queryFn: () => nameOf(key), staleTime: 60_000, retry: false })) });
  return (key) => {
    const one = found[list.indexOf(key)];
    return { name: one?.data ? fullName(one.data) : key, waits: one?.isPending ?? false };
  };
}

export function useStatus() {
  return useQuery({ queryKey: ["status"], queryFn: ({ signal }) => call("get", "/console/v1/status", { signal }), refetchInterval: 3_000 });
}

/** What is edited is read with its numbers as they are written, and so not shared; see parseExact. */
const asWritten = { structuralSharing: false } as const;

export function usePerson(user: string) {
  return useQuery({ ...asWritten, queryKey: ["person", user], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/users/{user}", { params: { user }, exact: true, signal }) });
}

export function useTenant(tenant: string) {
  return useQuery({ ...asWritten, queryKey: ["tenant", tenant], queryFn: ({ signal }) => call("get", "/console/v1/projects/{proj}/envs/{env}/tenants/{tenant}", { params: { tenant }, exact: true, signal }) });
}

/** useInstance is one thing, by type:key. */
export function useInstance(instance: string) {
  return useQuery({ ...asWritten, queryKey: ["instance", instance], queryFn: ({ signal }) => call("get", "/v2/facts/{proj}/{env}/resource_instances/{instance}", { params: { instance }, exact: true, signal }) });
}

/** directoryKeys are the lists and things that an edit of the directory may change. */
const directoryKeys = ["users", "person", "name", "may", "tenants", "tenant", "instances", "instance", "tuples", "assignments", "changes"];

/** useDirectoryChanged has the directory read again: what is shown at once, unless it is
 * gone and another page follows, which reads what it shows. */
export function useDirectoryChanged() {
  const queries = useQueryClient();
  return ({ gone = false } = {}) => Promise.all(directoryKeys.map((key) => queries.invalidateQueries({ queryKey: [key], refetchType: gone ? "none" : "active" })));
}
