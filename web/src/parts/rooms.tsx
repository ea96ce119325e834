import { Link } from "@tanstack/react-router";

const rooms = {
  logto: [
    { to: "/logto", label: "State" },
    { to: "/logto/deliveries", label: "Deliveries" },
    { to: "/logto/mapping", label: "Mapping" },
  ],
  policy: [
    { to: "/policy", label: "Matrix" },
    { to: "/policy/roles", label: "Roles" },
    { to: "/policy/resources", label: "Resources" },
    { to: "/policy/user-attributes", label: "User attributes" },
    { to: "/policy/sets", label: "Sets" },
    { to: "/policy/urls", label: "URL mappings" },
  ],
} as const;

/** Rooms are the pages that belong together. */
export function Rooms({ of, label }: { of: keyof typeof rooms; label: string }) {
  return (
    <nav className="rooms" aria-label={label}>
      {rooms[of].map((r) => <Link key={r.to} to={r.to} activeOptions={{ exact: true, includeSearch: false }}>{r.label}</Link>)}
    </nav>
  );
}
