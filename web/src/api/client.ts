import type { components as ConsoleParts, paths as ConsolePaths } from "./console.gen";
import type { components as PermitParts, paths as PermitPaths } from "./permit.gen";

export type Session = ConsoleParts["schemas"]["Session"];
export type Person = ConsoleParts["schemas"]["User"];
export type Status = ConsoleParts["schemas"]["Status"];
export type Proof = ConsoleParts["schemas"]["Proof"];
export type Change = ConsoleParts["schemas"]["Changes"]["changes"][number];
export type Delivery = ConsoleParts["schemas"]["Delivery"];
export type DeliveryWithPayload = ConsoleParts["schemas"]["DeliveryWithPayload"];
export type Connection = NonNullable<Answered<ConsolePaths["/console/v1/projects/{proj}/envs/{env}/logto/connection"]["get"]>>;
export type Mapping = ConsoleParts["schemas"]["Mapping"];
export type MappingPreview = ConsoleParts["schemas"]["MappingPreview"];
export type User = PermitParts["schemas"]["User"];
export type Role = PermitParts["schemas"]["Role"];
export type Resource = PermitParts["schemas"]["Resource"];
export type Answer = PermitParts["schemas"]["Answer"];
export type Decision = PermitParts["schemas"]["Decision"];
export type Permissions = PermitParts["schemas"]["Permissions"];

export type Key = PermitParts["schemas"]["Key"];
export type Member = PermitParts["schemas"]["Member"];

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
  ) {
    super(message);
  }
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
  signal?: AbortSignal;
}

/** call asks one of the documented APIs. It throws an ApiError. */
export async function call<P extends keyof Paths, M extends Method & keyof Paths[P]>(
  method: M,
  path: P,
  { params, query, body, header, everywhere, signal }: Options<Paths[P][M]> = {},
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
  if (!answer.ok) throw new ApiError(answer.status, await said(answer));
  if (answer.status === 204) return undefined as Answered<Paths[P][M]>;
  return (await answer.json()) as Answered<Paths[P][M]>;
}

/** said is the message of an error, whichever API answers. */
async function said(answer: Response): Promise<string> {
  const fallback = `The server answered ${answer.status}.`;
  try {
    const body: unknown = await answer.json();
    if (typeof body !== "object" || body === null) return fallback;
    const { error, message, detail } = body as { error?: unknown; message?: unknown; detail?: unknown };
    for (const text of [error, message, detail]) if (typeof text === "string" && text) return text;
    if (Array.isArray(detail)) return detail.map((d: { loc?: string[]; msg?: string }) => `${d.loc?.slice(1).join(".") ?? ""} ${d.msg ?? ""}`.trim()).join("; ");
  } catch {
    // not JSON
  }
  return fallback;
}
