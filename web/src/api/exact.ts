// JSON whose numbers stay as they are written, also those that a number of JavaScript
// cannot hold: identifiers of 19 digits, amounts of many places.

/** A Written is a number that JavaScript would write otherwise. JSON.stringify writes it as it was. */
interface Written {
  readonly rawJSON: string;
}

const json = JSON as unknown as { rawJSON?: (text: string) => Written; isRawJSON?: (v: unknown) => v is Written };

type Reviver = (this: unknown, name: string, v: unknown) => unknown;

/** parseExact reads JSON. What it read is not for structural sharing, which copies. */
export function parseExact(text: string): unknown {
  const keep = (_: string, v: unknown, at?: { source?: string }) => (typeof v === "number" && at?.source !== undefined && at.source !== String(v) && json.rawJSON ? json.rawJSON(at.source) : v);
  return JSON.parse(text, keep as Reviver);
}

export const isWritten = (v: unknown): boolean => json.isRawJSON?.(v) ?? false;

/** inexact is that a number may not be what was written, in a browser that cannot tell. */
export const inexact = (v: unknown): boolean => !json.rawJSON && typeof v === "number" && String(v).replace(/\D/g, "").length > 15;
