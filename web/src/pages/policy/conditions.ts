import type { Attribute } from "../../api/client";

/** A Part is one thing that is asked; a Group joins several. What the builder does not
 * know stays as it was written. */
export type Part = Group | Test | Raw;
export interface Group {
  row: number;
  join: "all" | "any" | "none";
  parts: Part[];
}
export interface Test {
  row: number;
  path: string;
  op: string;
  /** the attribute to compare with, instead of the value */
  ref?: string;
  value?: unknown;
}
export interface Raw {
  row: number;
  raw: Record<string, unknown>;
}

export const isGroup = (p: Part): p is Group => "join" in p;
export const isRaw = (p: Part): p is Raw => "raw" in p;

type Type = Attribute["type"];

/** What an operator compares with. */
type Right = "one" | "many" | "two" | "count" | "text" | "element";

interface Operator {
  label: string;
  right: Right;
  /** of attributes of which types; of all if there are none */
  of?: Type[];
}

const ordered: Type[] = ["number", "string", "time"];
const listed: Type[] = ["array", "json", "object_array"];

export const operators: Record<string, Operator> = {
  equals: { label: "is", right: "one" },
  "not-equals": { label: "is not", right: "one" },
  in: { label: "is one of", right: "many", of: ["string", "number", "time", "json"] },
  contains: { label: "has the text", right: "text", of: ["string", "json"] },
  "greater-than": { label: "is more than", right: "one", of: ordered },
  "greater-than-equals": { label: "is at least", right: "one", of: ordered },
  "less-than": { label: "is less than", right: "one", of: ordered },
  "less-than-equals": { label: "is at most", right: "one", of: ordered },
  between: { label: "is between", right: "two", of: ordered },
  array_contains: { label: "includes", right: "element", of: listed },
  array_intersect: { label: "includes any of", right: "many", of: listed },
  array_superset: { label: "includes all of", right: "many", of: listed },
  array_subset: { label: "has only what is in", right: "many", of: listed },
  array_length: { label: "has the length", right: "count", of: listed },
};

/** operatorsOf are the operators for an attribute; all of them where its type is not known. */
export const operatorsOf = (type: Type | undefined) => Object.entries(operators).filter(([, o]) => !type || !o.of || o.of.includes(type)).map(([value, o]) => ({ value, label: o.label }));

let rows = 0;
export const newTest = (path = ""): Test => ({ row: ++rows, path, op: "equals", value: undefined });
export const newGroup = (join: Group["join"] = "all", parts: Part[] = []): Group => ({ row: ++rows, join, parts });

const joins: Record<string, Group["join"]> = { allOf: "all", and: "all", anyOf: "any", or: "any", not: "none" };
const words = { all: "allOf", any: "anyOf", none: "not" } as const;
const path = /^(user|resource|tenant|context|role)(\.[^.]+)+$/;

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);

/** read is what a block of conditions asks, as a group. */
export function read(block: Record<string, unknown>): Group {
  const parts = Object.entries(block).map(([key, v]) => readEntry(key, v));
  const [only] = parts;
  return parts.length === 1 && only && isGroup(only) ? only : newGroup("all", parts);
}

function readEntry(key: string, v: unknown): Part {
  const join = joins[key];
  if (join) {
    const list = Array.isArray(v) ? v : [v];
    if (!list.every(isObject)) return { row: ++rows, raw: { [key]: v } };
    return newGroup(join, list.map(readPart));
  }
  if (!path.test(key)) return { row: ++rows, raw: { [key]: v } };
  if (!isObject(v)) return { row: ++rows, path: key, op: "equals", value: v };
  const tests = Object.entries(v).map(([op, right]): Part => {
    if (!Object.hasOwn(operators, op)) return { row: ++rows, raw: { [key]: { [op]: right } } };
    if (isObject(right) && typeof right.ref === "string" && Object.keys(right).length === 1) return { row: ++rows, path: key, op, ref: right.ref };
    return { row: ++rows, path: key, op, value: right };
  });
  const [only] = tests;
  if (!only) return { row: ++rows, raw: { [key]: v } };
  return tests.length === 1 ? only : newGroup("all", tests);
}

function readPart(block: Record<string, unknown>): Part {
  const entries = Object.entries(block);
  const [only] = entries;
  return entries.length === 1 && only ? readEntry(only[0], only[1]) : newGroup("all", entries.map(([key, v]) => readEntry(key, v)));
}

/** write is a group as the API keeps it. */
export function write(g: Group): Record<string, unknown> {
  if (g.join === "all" && g.parts.length === 0) return {};
  return writePart(g);
}

function writePart(p: Part): Record<string, unknown> {
  if (isRaw(p)) return p.raw;
  if (isGroup(p)) return { [words[p.join]]: p.parts.map(writePart) };
  return { [p.path]: { [p.op]: p.ref === undefined ? p.value : { ref: p.ref } } };
}

/** problemOf is what a group lacks. */
export function problemOf(g: Group): string | undefined {
  for (const p of g.parts) {
    if (isRaw(p)) continue;
    if (isGroup(p)) {
      const problem = p.parts.length === 0 ? "A group of conditions is empty." : problemOf(p);
      if (problem) return problem;
      continue;
    }
    if (!path.test(p.path)) return p.path ? `${p.path.slice(0, 60)} is not an attribute: it begins with user., resource., tenant. or context.` : "A condition needs an attribute.";
    if (p.ref !== undefined ? !path.test(p.ref) : missing(p)) return `The condition on ${p.path.slice(0, 60)} has nothing to compare with.`;
  }
  return undefined;
}

function missing(t: Test): boolean {
  if (t.value === undefined) return true;
  const right = operators[t.op]?.right;
  if (right === "two") return !Array.isArray(t.value) || t.value.length !== 2 || t.value.some((v) => v === undefined || v === null || v === "");
  return false;
}

/** say is a block of conditions in a sentence. */
export const say = (block: Record<string, unknown>) => sayGroup(read(block));

export const sayGroup = (g: Group) => (g.parts.length === 0 ? "anything holds" : sayPart(g, true));

function sayPart(p: Part, outer = false): string {
  if (isRaw(p)) return JSON.stringify(p.raw).slice(0, 80);
  if (!isGroup(p)) return `${p.path || "…"} ${operators[p.op]?.label ?? p.op} ${(p.ref ?? shown(p.value)) || "…"}`;
  const inner = p.parts.map((x) => sayPart(x));
  if (p.join === "none") return `not (${inner.join(" or ")})`;
  const text = inner.join(p.join === "all" ? " and " : " or ");
  return outer || inner.length < 2 ? text : `(${text})`;
}

const shown = (v: unknown) => (typeof v === "string" ? v || '""' : Array.isArray(v) ? v.map((x) => (typeof x === "string" ? x : JSON.stringify(x))).join(", ") : (JSON.stringify(v) ?? ""));

/** valueOf is a value that was typed, of an attribute's type. Where the type is not
 * known, numbers, true, false and null mean themselves, and text in quotes is text. */
export function valueOf(text: string, type: Type | undefined): unknown {
  if (type === "string" || type === "time") return text;
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** textOf is how a value is typed; see valueOf. */
export function textOf(v: unknown, type: Type | undefined): string {
  if (v === undefined) return "";
  if (typeof v !== "string") return JSON.stringify(v);
  if (type === "string" || type === "time") return v;
  try {
    JSON.parse(v);
    return JSON.stringify(v);
  } catch {
    return v;
  }
}
