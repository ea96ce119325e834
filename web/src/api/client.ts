import type { components as ConsoleParts, paths as ConsolePaths } from "./console.gen";
import { parseExact } from "./exact";
import type { components as PermitParts, paths as PermitPaths } from "./permit.gen";

export type Session = ConsoleParts["schemas"]["Session"];
export type Person = ConsoleParts["schemas"]["User"];
export type TenantThere = ConsoleParts["schemas"]["Tenant"];
export type Status = ConsoleParts["schemas"]["Status"];
export type Proof = ConsoleParts["schemas"]["Proof"];
export type Named = NonNullable<Answered<ConsolePaths["/console/v1/projects/{proj}/envs/{env}/names"]["post"]>>["users"][number];
export type Change = ConsoleParts["schemas"]["Changes"]["changes"][number];
export type Delivery = ConsoleParts["schemas"]["Delivery"];
export type DeliveryWithPayload = ConsoleParts["schemas"]["DeliveryWithPayload"];
export type Connection = NonNullable<Answered<ConsolePaths["/console/v1/projects/{proj}/envs/{env}/logto/connection"]["get"]>>;
export type Mapping = ConsoleParts["schemas"]["Mapping"];
export type MappingPreview = ConsoleParts["schemas"]["MappingPreview"];
export type User = PermitParts["schemas"]["User"];
export type Instance = PermitParts["schemas"]["Instance"];
export type Role = PermitParts["schemas"]["Role"];
export type Resource = PermitParts["schemas"]["Resource"];
export type Answer = PermitParts["schemas"]["Answer"];
export type ResourceRole = PermitParts["schemas"]["ResourceRole"];
export type ResourceUpdate = PermitParts["schemas"]["ResourceUpdate"];
export type Attribute = PermitParts["schemas"]["Attribute"];
export type Derivation = PermitParts["schemas"]["Derivation"];
export type ConditionSet = PermitParts["schemas"]["ConditionSet"];
export type Rule = PermitParts["schemas"]["Rule"];
export type UrlMapping = PermitParts["schemas"]["UrlMapping"];
export type UrlRule = PermitParts["schemas"]["UrlRule"];
export type Tuple = PermitParts["schemas"]["Tuple"];
export type Assignment = PermitParts["schemas"]["Assignment"];
export type Decision = PermitParts["schemas"]["Decision"];
export type Permissions = PermitParts["schemas"]["Permissions"];

export type Key = PermitParts["schemas"]["Key"];
export type Member = PermitParts["schemas"]["Member"];
export type Grant = PermitParts["schemas"]["Grants"][number];

type Paths = ConsolePaths & PermitPaths;
type Json<T> = T extends { content: { "application/json": infer B } } ? B : undefined;
type Answered<Op> = Op extends { responses: infer R }
  ? R extends { 200: infer A }
    ? Json<A>
    : R extends { 202: infer B }
      ? Json<B>
      : undefined
  : never;
type Sent<Op> = Op extends { requestBody: infer B } ? Json<B> : undefined;
type Method = "get" | "post" | "put" | "patch" | "delete";
type Query = Record<string, string | number | boolean | undefined>;

/** What went wrong, in the server's words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** what is wrong with fields of the body, by their dotted paths */
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
  }
}

/** faultOf is what an error says of a field of the body or of what is in it. */
export function faultOf(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return Object.entries(error.fields).find(([path]) => path === field || path.startsWith(`${field}.`))?.[1];
}

/** taken is what an error says of a key that another thing has. */
export function taken(error: unknown): string | undefined {
  return error instanceof ApiError && error.status === 409 ? error.message : undefined;
}

/** The environment that requests act in, by id; see inEnvironment. */
let environment = "";
let project = "";

/** inEnvironment lets the requests that follow act in an environment. */
export function inEnvironment(proj: string, env: string) {
  project = proj;
  environment = env;
}

interface Options<Op> {
  params?: Record<string, string>;
  query?: Query;
  body?: Sent<Op>;
  header?: Record<string, string>;
  /** as the person alone, in no environment: for what is above environments */
  everywhere?: boolean;
  /** numbers as they are written; see parseExact */
  exact?: boolean;
  signal?: AbortSignal;
}

/** call asks one of the documented APIs. It throws an ApiError. */
export async function call<P extends keyof Paths, M extends Method & keyof Paths[P]>(
  method: M,
  path: P,
  { params, query, body, header, everywhere, exact, signal }: Options<Paths[P][M]> = {},
): Promise<Answered<Paths[P][M]>> {
  const named: Record<string, string> = { proj: project, env: environment, ...params };
  let url = (path as string).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(named[name] ?? ""));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") asked.set(name, String(value));
  }
  if (asked.size > 0) url += `?${asked}`;
  const headers: Record<string, string> = { "X-Gatehouse-Dashboard": "1", ...header };
  if (environment && !everywhere) headers["X-Gatehouse-Environment"] = environment;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(url, { method: (method as string).toUpperCase(), headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new ApiError(0, "Gatehouse does not answer. Is it running, and can this browser reach it?");
  }
  if (!answer.ok) throw await refusal(answer);
  if (answer.status === 204) return undefined as Answered<Paths[P][M]>;
  return (exact ? parseExact(await answer.text()) : await answer.json()) as Answered<Paths[P][M]>;
}

/** refusal is an answer that is an error, whichever API answers. */
async function refusal(answer: Response): Promise<ApiError> {
  const fallback = `The server answered ${answer.status}.`;
  const fields: Record<string, string> = {};
  let text = fallback;
  try {
    const body: unknown = await answer.json();
    if (typeof body !== "object" || body === null) return new ApiError(answer.status, fallback);
    const { error, message, detail } = body as { error?: unknown; message?: unknown; detail?: unknown };
    if (Array.isArray(detail)) {
      for (const d of detail as { loc?: unknown[]; msg?: string }[]) fields[d.loc?.slice(1).join(".") ?? ""] ??= d.msg ?? "";
      text = Object.entries(fields).map(([path, msg]) => `${path} ${msg}`.trim()).join("; ") || fallback;
    }
    text = [error, message, detail].find((t): t is string => typeof t === "string" && t !== "") ?? text;
  } catch {
    // not JSON
  }
  return new ApiError(answer.status, text, fields);
}
