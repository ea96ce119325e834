import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Page } from "../../parts";
import { LinkAnchor } from "../../parts/links";

const parts = [
  { to: "/policy", label: "Matrix" },
  { to: "/policy/roles", label: "Roles" },
  { to: "/policy/resources", label: "Resources" },
  { to: "/policy/user-attributes", label: "User attributes" },
  { to: "/policy/sets", label: "Sets" },
  { to: "/policy/urls", label: "URL mappings" },
] as const;

/** PolicyPage is a part of the policy, with the way to the others. */
export function PolicyPage({ about, actions, children }: { about: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Page title="Policy" about={about} actions={actions}>
      <nav className="subnav" aria-label="Parts of the policy">
        {parts.map((p) => (
          <Link key={p.to} to={p.to} activeOptions={{ exact: true }}>{p.label}</Link>
        ))}
      </nav>
      {children}
    </Page>
  );
}

/** Back leads from a thing to the list that it is in. */
export function Back({ to, children }: { to: "/policy/roles" | "/policy/resources" | "/policy/sets" | "/policy/urls"; children: string }) {
  return <LinkAnchor to={to} size="sm">← {children}</LinkAnchor>;
}
