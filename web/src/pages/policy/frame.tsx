import type { ReactNode } from "react";
import { Page } from "../../parts";
import { Rooms } from "../../parts/rooms";

/** PolicyPage is a part of the policy, with the way to the others. */
export function PolicyPage({ about, actions, children }: { about: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Page title="Policy" about={about} actions={actions}>
      <Rooms of="policy" label="Parts of the policy" />
      {children}
    </Page>
  );
}
