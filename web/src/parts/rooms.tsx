import { Link } from "@tanstack/react-router";

const rooms = [
  { to: "/logto", label: "State" },
  { to: "/logto/deliveries", label: "Deliveries" },
  { to: "/logto/mapping", label: "Mapping" },
] as const;

/** LogtoRooms are the pages about Logto. */
export function LogtoRooms() {
  return (
    <nav className="rooms" aria-label="Logto">
      {rooms.map((r) => <Link key={r.to} to={r.to} activeOptions={{ exact: r.to === "/logto", includeSearch: false }}>{r.label}</Link>)}
    </nav>
  );
}
