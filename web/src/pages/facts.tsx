import { useState, type ReactNode } from "react";
import { attributesOf, draftOf, objectOf, type Draft } from "../parts/attributes";
import { Facts } from "../parts/facts";

/** saidBy are the attributes that a text says; undefined for none, null for what is no object. */
export const saidBy = (text: string | undefined) => (text?.trim() ? objectOf(text) : undefined);

/** TextFacts are attributes that are kept as the text of an object, as an address has them. */
export function TextFacts({ label, about, example, text, change }: { label: string; about: ReactNode; example: [string, string]; text: string | undefined; change(text: string | undefined): void }) {
  const [draft, setDraft] = useState<Draft>(() => {
    const said = saidBy(text);
    return said === null ? (text ?? "") : draftOf(said, false);
  });
  function put(is: Draft) {
    setDraft(is);
    const said = attributesOf(is) ?? {};
    change((typeof is === "string" ? is : Object.keys(said).length > 0 && JSON.stringify(said)) || undefined);
  }
  return <Facts untyped label={label} about={about} example={example} draft={draft} change={put} />;
}
