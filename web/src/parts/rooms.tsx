import { Link, useLocation } from "@tanstack/react-router";

const rooms = [
  { to: "/logto", label: "State" },
  { to: "/logto/deliveries", label: "Deliveries" },
  { to: "/logto/mapping", label: "Mapping" },
] as const;

/** LogtoRooms are the pages about Logto. */
export function LogtoRooms() {
  const path = useLocation({ select: (l) => l.pathname });
  return (
    <nav className="rooms" aria-label="Logto">
      {rooms.map((r) => {
        const here = r.to === "/logto" ? path === r.to : path.startsWith(r.to);
        return <Link key={r.to} to={r.to} aria-current={here ? "page" : undefined}>{r.label}</Link>;
      })}
    </nav>
  );
}
