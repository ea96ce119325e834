import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import type { Delivery } from "./api/client";
import { Failure, Waiting } from "./parts";
import { NotFound } from "./pages/not-found";
import { Shell } from "./shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });
export const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: (s: Record<string, unknown>): { refused?: string } => ({ refused: typeof s.refused === "string" ? s.refused : undefined }), component: lazyRouteComponent(() => import("./pages/sign-in"), "SignIn") });
const inside = createRoute({ getParentRoute: () => root, id: "inside", component: Shell });

const text = (v: unknown) => (typeof v === "string" && v !== "" ? v : typeof v === "number" || typeof v === "boolean" ? String(v) : undefined);
const number = (v: unknown) => (Number.isInteger(Number(v)) && Number(v) > 1 ? Number(v) : undefined);

const outcomes: Delivery["outcome"][] = ["settled", "waiting", "failing", "set_aside"];

/** A Question of the playground, as the address has it. */
export interface Question {
  ask?: "who" | "what";
  user?: string;
  action?: string;
  resource?: string;
  instance?: string;
  tenant?: string;
  userAttributes?: string;
  attributes?: string;
  context?: string;
}

export const overview = createRoute({ getParentRoute: () => inside, path: "/", component: lazyRouteComponent(() => import("./pages/overview"), "Overview") });

export const users = createRoute({
  getParentRoute: () => inside,
  path: "/users",
  validateSearch: (s: Record<string, unknown>): { search?: string; tenant?: string; role?: string; page?: number } => ({ search: text(s.search), tenant: text(s.tenant), role: text(s.role), page: number(s.page) }),
  component: lazyRouteComponent(() => import("./pages/users"), "Users"),
});
export const user = createRoute({ getParentRoute: () => inside, path: "/users/$user", component: lazyRouteComponent(() => import("./pages/user"), "UserPage") });
export const newUser = createRoute({ getParentRoute: () => inside, path: "/users/new/user", component: lazyRouteComponent(() => import("./pages/user-edit"), "NewUser") });
export const editUser = createRoute({ getParentRoute: () => inside, path: "/users/$user/edit", component: lazyRouteComponent(() => import("./pages/user-edit"), "EditUser") });
export const tenants = createRoute({
  getParentRoute: () => inside,
  path: "/tenants",
  validateSearch: (s: Record<string, unknown>): { search?: string; page?: number } => ({ search: text(s.search), page: number(s.page) }),
  component: lazyRouteComponent(() => import("./pages/tenants"), "Tenants"),
});
export const tenant = createRoute({ getParentRoute: () => inside, path: "/tenants/$tenant", component: lazyRouteComponent(() => import("./pages/tenant"), "TenantPage") });
export const instances = createRoute({
  getParentRoute: () => inside,
  path: "/instances",
  validateSearch: (s: Record<string, unknown>): { search?: string; tenant?: string; resource?: string; page?: number } => ({ search: text(s.search), tenant: text(s.tenant), resource: text(s.resource), page: number(s.page) }),
  component: lazyRouteComponent(() => import("./pages/instances"), "Instances"),
});
export const instance = createRoute({ getParentRoute: () => inside, path: "/instances/$type/$key", component: lazyRouteComponent(() => import("./pages/instance"), "InstancePage") });
export const newInstance = createRoute({ getParentRoute: () => inside, path: "/instances/new", component: lazyRouteComponent(() => import("./pages/instance-edit"), "NewInstance") });
export const editInstance = createRoute({ getParentRoute: () => inside, path: "/instances/$type/$key/edit", component: lazyRouteComponent(() => import("./pages/instance-edit"), "EditInstance") });
export const playground = createRoute({
  getParentRoute: () => inside,
  path: "/playground",
  validateSearch: (s: Record<string, unknown>): Question => ({
    ask: s.ask === "who" || s.ask === "what" ? (s.ask as "who" | "what") : undefined,
    user: text(s.user),
    action: text(s.action),
    resource: text(s.resource),
    instance: text(s.instance),
    tenant: text(s.tenant),
    userAttributes: text(s.userAttributes),
    attributes: text(s.attributes),
    context: text(s.context),
  }),
  component: lazyRouteComponent(() => import("./pages/playground"), "Playground"),
});
export const policy = createRoute({ getParentRoute: () => inside, path: "/policy", component: lazyRouteComponent(() => import("./pages/policy/matrix"), "Policy") });
export const policyRoles = createRoute({ getParentRoute: () => inside, path: "/policy/roles", component: lazyRouteComponent(() => import("./pages/policy/roles"), "Roles") });
export const policyRole = createRoute({ getParentRoute: () => inside, path: "/policy/roles/$role", component: lazyRouteComponent(() => import("./pages/policy/role"), "EditRole") });
export const newRole = createRoute({ getParentRoute: () => inside, path: "/policy/new/role", component: lazyRouteComponent(() => import("./pages/policy/role"), "NewRole") });
export const policyResources = createRoute({ getParentRoute: () => inside, path: "/policy/resources", component: lazyRouteComponent(() => import("./pages/policy/resources"), "Resources") });
export const policyResource = createRoute({ getParentRoute: () => inside, path: "/policy/resources/$resource", component: lazyRouteComponent(() => import("./pages/policy/resource"), "EditResource") });
export const newResource = createRoute({ getParentRoute: () => inside, path: "/policy/new/resource", component: lazyRouteComponent(() => import("./pages/policy/resource"), "NewResource") });
export const userAttributes = createRoute({ getParentRoute: () => inside, path: "/policy/user-attributes", component: lazyRouteComponent(() => import("./pages/policy/resource"), "UserAttributes") });
export const policySets = createRoute({ getParentRoute: () => inside, path: "/policy/sets", component: lazyRouteComponent(() => import("./pages/policy/sets"), "Sets") });
export const policySet = createRoute({ getParentRoute: () => inside, path: "/policy/sets/$set", component: lazyRouteComponent(() => import("./pages/policy/set"), "EditSet") });
export const newSet = createRoute({
  getParentRoute: () => inside,
  path: "/policy/new/set",
  validateSearch: (s: Record<string, unknown>): { of?: "resources" } => ({ of: s.of === "resources" ? "resources" : undefined }),
  component: lazyRouteComponent(() => import("./pages/policy/set"), "NewSet"),
});
export const urlMappings = createRoute({ getParentRoute: () => inside, path: "/policy/urls", component: lazyRouteComponent(() => import("./pages/policy/urls"), "UrlMappings") });
export const urlMapping = createRoute({ getParentRoute: () => inside, path: "/policy/urls/$mapping", component: lazyRouteComponent(() => import("./pages/policy/url"), "EditUrls") });
export const newUrlMapping = createRoute({ getParentRoute: () => inside, path: "/policy/new/urls", component: lazyRouteComponent(() => import("./pages/policy/url"), "NewUrls") });
const policyPages = [policyRoles, policyRole, newRole, policyResources, policyResource, newResource, userAttributes, policySets, policySet, newSet, urlMappings, urlMapping, newUrlMapping];
export const logto = createRoute({ getParentRoute: () => inside, path: "/logto", component: lazyRouteComponent(() => import("./pages/logto"), "Logto") });
export const deliveries = createRoute({
  getParentRoute: () => inside,
  path: "/logto/deliveries",
  validateSearch: (s: Record<string, unknown>): { event?: string; outcome?: Delivery["outcome"]; subject?: string; before?: string } => ({
    event: text(s.event),
    outcome: outcomes.find((o) => o === s.outcome),
    subject: text(s.subject),
    before: text(s.before),
  }),
  component: lazyRouteComponent(() => import("./pages/deliveries"), "Deliveries"),
});
export const delivery = createRoute({ getParentRoute: () => inside, path: "/logto/deliveries/$delivery", component: lazyRouteComponent(() => import("./pages/delivery"), "DeliveryPage") });
export const mapping = createRoute({ getParentRoute: () => inside, path: "/logto/mapping", component: lazyRouteComponent(() => import("./pages/mapping"), "MappingPage") });
export const decisions = createRoute({
  getParentRoute: () => inside,
  path: "/decisions",
  validateSearch: (s: Record<string, unknown>): { user?: string; action?: string; outcome?: string; page?: number } => ({ user: text(s.user), action: text(s.action), outcome: text(s.outcome), page: number(s.page) }),
  component: lazyRouteComponent(() => import("./pages/decisions"), "Decisions"),
});
export const changes = createRoute({
  getParentRoute: () => inside,
  path: "/changes",
  validateSearch: (s: Record<string, unknown>): { kind?: string; key?: string; before?: string } => ({ kind: text(s.kind), key: text(s.key), before: text(s.before) }),
  component: lazyRouteComponent(() => import("./pages/changes"), "Changes"),
});

export const settings = createRoute({ getParentRoute: () => inside, path: "/settings", component: lazyRouteComponent(() => import("./pages/settings"), "Settings") });

export const router = createRouter({
  routeTree: root.addChildren([signIn, inside.addChildren([overview, users, user, newUser, editUser, tenants, tenant, instances, instance, newInstance, editInstance, playground, policy, ...policyPages, logto, deliveries, delivery, mapping, decisions, changes, settings])]),
  basepath: "/dashboard",
  defaultPreload: "intent",
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} again={reset} />,
  defaultPendingComponent: () => <Waiting />,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
