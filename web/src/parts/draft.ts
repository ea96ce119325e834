import { useState } from "react";
import type { Line } from "./editor";

/** useDraft is what is typed of a thing. As long as nothing is edited it follows the
 * thing, whoever changes it; what others change while something is edited is looked at
 * when it is saved. */
export function useDraft<T, D>(thing: T, draftOf: (thing: T) => D, linesOf: (was: T, draft: D) => Line[]) {
  const [{ was, draft }, set] = useState(() => ({ was: thing, draft: draftOf(thing) }));
  const lines = linesOf(was, draft);
  if (lines.length === 0 && JSON.stringify(thing) !== JSON.stringify(was)) set({ was: thing, draft: draftOf(thing) });
  return {
    was,
    draft,
    lines,
    change: (part: Partial<D>) => set((s) => ({ ...s, draft: { ...s.draft, ...part } })),
    discard: () => set({ was: thing, draft: draftOf(thing) }),
  };
}
