import { inexact, isWritten, parseExact } from "../api/exact";
import type { Attribute } from "../api/client";
import type { Line } from "./editor";

export type Attributes = Record<string, unknown>;

/** A Kind is how a value is typed; any is for a value that says itself what it is. */
export type Kind = "text" | "number" | "bool" | "list" | "json" | "any";

export interface Fact {
  row: number;
  name: string;
  kind: Kind;
  text: string;
}

/** A Draft is attributes that are being typed: as fields, or as the text of an object. */
export type Draft = Fact[] | string;

let rows = 0;
export const newFact = (kind: Kind = "text"): Fact => ({ row: ++rows, name: "", kind, text: "" });

/** draftOf are attributes as fields. Without kinds each value says itself what it is. */
export function draftOf(attributes: Attributes | null | undefined, kinds = true): Fact[] {
  return Object.entries(attributes ?? {}).map(([name, v]) => ({ row: ++rows, name, ...(kinds ? typed(v) : { kind: "any" as const, text: quoted(v) }) }));
}

function typed(v: unknown): Pick<Fact, "kind" | "text"> {
  if (typeof v === "string") return { kind: "text", text: v };
  if (typeof v === "boolean") return { kind: "bool", text: String(v) };
  if (typeof v === "number" || isWritten(v)) return { kind: "number", text: JSON.stringify(v) };
  if (Array.isArray(v) && v.every((x) => typeof x === "string")) return { kind: "list", text: JSON.stringify(v) };
  return { kind: "json", text: JSON.stringify(v, null, 2) };
}

/** quoted is a value such that unquoted gives it again. */
function quoted(v: unknown): string {
  return typeof v === "string" && unquoted(v) === v ? v : JSON.stringify(v);
}

function unquoted(text: string): unknown {
  try {
    return text.trim() === "" ? "" : parseExact(text);
  } catch {
    return text;
  }
}

/** listOf are the texts of a list. */
export const listOf = (f: Fact): string[] => (f.text ? (JSON.parse(f.text) as string[]) : []);

/** as is a fact as another kind, with as much of its value as that can hold. */
export function as(f: Fact, kind: Kind): Fact {
  const v = valueOf(f);
  if (kind === "text") return { ...f, kind, text: f.kind === "list" ? listOf(f).join(", ") : typeof v === "string" ? v : f.text };
  if (kind === "number") return { ...f, kind, text: number.test(f.text.trim()) ? f.text.trim() : "" };
  if (kind === "bool") return { ...f, kind, text: f.text === "true" ? "true" : "false" };
  if (kind === "list") return { ...f, kind, text: JSON.stringify(Array.isArray(v) ? v.map((x) => (typeof x === "string" ? x : JSON.stringify(x))) : f.text ? [f.text] : []) };
  return { ...f, kind, text: JSON.stringify(v === undefined ? f.text : v, null, 2) };
}

const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** valueOf is what was typed; undefined if it is none of its kind. */
export function valueOf(f: Fact): unknown {
  if (f.kind === "text") return f.text;
  if (f.kind === "any") return unquoted(f.text);
  if (f.kind === "number" && !number.test(f.text.trim())) return undefined;
  try {
    return parseExact(f.kind === "bool" ? f.text || "false" : f.kind === "list" ? f.text || "[]" : f.text);
  } catch {
    return undefined;
  }
}

/** attributesOf are the attributes that a draft says; null for what is no object, or has a value that is none. */
export function attributesOf(draft: Draft): Attributes | null {
  if (typeof draft === "string") return objectOf(draft);
  const said = draft.filter((f) => f.name !== "" || (f.text !== "" && f.kind !== "any"));
  if (said.some((f) => valueOf(f) === undefined)) return null;
  return Object.fromEntries(said.map((f) => [f.name, valueOf(f)]));
}

/** objectOf is the object that a text says, empty for an empty text. */
export function objectOf(text: string): Attributes | null {
  if (text.trim() === "") return {};
  try {
    const v = parseExact(text);
    return typeof v === "object" && v !== null && !Array.isArray(v) && !isWritten(v) ? (v as Attributes) : null;
  } catch {
    return null;
  }
}

const kinds: Partial<Record<Kind, string>> = { number: "This is no number, such as 12 or 0.5", json: 'This is not JSON, such as {"a": 1}' };

/** A Fault is what is wrong with the name of a fact, or with its value. */
export interface Fault {
  name?: string | undefined;
  value?: string | undefined;
}

/** faultOf is what is wrong with a fact among others; kept are the names that a source overwrites. */
export function faultOf(f: Fact, all: Fact[], kept: string[]): Fault {
  if (f.name === "" && f.text === "") return {};
  const name = f.name === "" ? "It needs a key" : all.some((x) => x.row !== f.row && x.name === f.name) ? "There are two of this key" : kept.includes(f.name) ? "Logto says this one, and would overwrite it" : undefined;
  return { name, value: valueOf(f) === undefined ? kinds[f.kind] : undefined };
}

/** problemOf is why a draft cannot be saved. */
export function problemOf(draft: Draft, kept: string[] = []): string | undefined {
  if (typeof draft === "string") {
    const said = objectOf(draft);
    if (!said) return "The attributes are not an object.";
    const taken = Object.keys(said).find((name) => kept.includes(name));
    return taken === undefined ? undefined : `Logto says the attribute ${taken.slice(0, 60)}, and would overwrite it.`;
  }
  for (const f of draft) {
    const { name, value } = faultOf(f, draft, kept);
    if (name ?? value) return `Attribute ${f.name.slice(0, 60) || "without a key"}: ${name ?? value}.`;
  }
  return undefined;
}

/** kindOf is how a value of a declared attribute is typed. */
export function kindOf(type: Attribute["type"] | undefined): Kind | undefined {
  if (type === undefined) return undefined;
  return ({ string: "text", time: "text", number: "number", bool: "bool", array: "list" } as const)[type as "string"] ?? "json";
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** linesOf is what a save does to attributes. */
export function linesOf(was: Attributes, is: Attributes): Line[] {
  const short = (v: unknown) => (JSON.stringify(v) ?? "").slice(0, 120);
  return [
    ...Object.keys(was).filter((k) => !Object.hasOwn(is, k)).map((k): Line => ({ verb: "removes", of: "attribute", name: k })),
    ...Object.keys(is).filter((k) => !Object.hasOwn(was, k)).map((k): Line => ({ verb: "adds", of: "attribute", name: k, note: short(is[k]) })),
    ...Object.keys(is).filter((k) => Object.hasOwn(was, k) && !same(is[k], was[k])).map((k): Line => ({ verb: "changes", of: "attribute", name: k, note: `${short(was[k])} becomes ${short(is[k])}` })),
  ];
}

/** laidOver is fresh with what was edited laid over it, so that what others have
 * changed meanwhile stays. */
function laidOver(fresh: Attributes, was: Attributes, is: Attributes): Attributes {
  const kept = Object.entries(fresh).filter(([k]) => !Object.hasOwn(was, k) || Object.hasOwn(is, k));
  const edited = Object.entries(is).filter(([k, v]) => !Object.hasOwn(was, k) || !same(v, was[k]));
  return Object.fromEntries([...kept, ...edited]);
}

/** edited are attributes for a save: what was edited laid over what is there when it is
 * saved; undefined if nothing was edited. */
export async function edited(was: Attributes, draft: Draft, read: () => Promise<{ attributes: Attributes | null }>): Promise<Attributes | undefined> {
  const is = attributesOf(draft) ?? was;
  return linesOf(was, is).length > 0 ? laidOver((await read()).attributes ?? {}, was, is) : undefined;
}

/** split are the attributes that are edited here, and those that a source keeps. */
export function split(attributes: Attributes | null | undefined, kept: string[]): { own: Attributes; theirs: Attributes } {
  const all = Object.entries(attributes ?? {});
  return { own: Object.fromEntries(all.filter(([k]) => !kept.includes(k))), theirs: Object.fromEntries(all.filter(([k]) => kept.includes(k))) };
}

/** blurred is that attributes hold a number that this browser may not have read as it was written. */
export const blurred = (v: unknown): boolean => (typeof v === "object" && v !== null && !isWritten(v) ? Object.values(v).some(blurred) : inexact(v));

/** inexactly is why attributes are not edited in a browser that would change them. */
export const inexactly = "This browser cannot keep long numbers of the attributes as they are: use a newer one.";
