import type { Attribute, ConditionSet, Derivation, Resource, ResourceUpdate, Role } from "../../api/client";
import { named, type Line } from "../../parts/editor";

/** Rows of a form know what they were, and have a number of their own while keys change. */
interface Row {
  row: number;
  key: string;
}
export interface ActionRow extends Row {
  name: string;
  was?: Resource["actions"][string];
}
export interface AttributeRow extends Row {
  type: Attribute["type"];
  description: string;
  was?: Attribute;
}
export interface RelationRow extends Row {
  resource: string;
  made: boolean;
}
export interface RoleRow extends Row {
  name: string;
  permissions: string[];
  extends: string[];
  derivations: Derivation[];
  /** who holds a role on the thing itself gets none by derivation */
  unlessDirect: boolean;
  was?: Resource["roles"][string];
}

/** A Draft is a resource as it is being edited. */
export interface Draft {
  key: string;
  name: string;
  description: string;
  actions: ActionRow[];
  attributes: AttributeRow[];
  relations: RelationRow[];
  roles: RoleRow[];
}

let rows = 0;
export const newRow = () => ++rows;

export function draftOf(r?: Resource): Draft {
  if (!r) return { key: "", name: "", description: "", actions: [{ row: newRow(), key: "read", name: "Read" }], attributes: [], relations: [], roles: [] };
  return {
    key: r.key,
    name: r.name,
    description: r.description ?? "",
    actions: Object.values(r.actions).map((a) => ({ row: newRow(), key: a.key, name: a.name, was: a })),
    attributes: Object.values(r.attributes).map((a) => ({ row: newRow(), key: a.key, type: a.type, description: a.description, was: a })),
    relations: Object.entries(r.relations).map(([key, x]) => ({ row: newRow(), key, resource: x.resource, made: true })),
    roles: Object.values(r.roles).map((x) => ({ row: newRow(), key: x.key, name: x.name, permissions: x.permissions, extends: x.extends, derivations: x.granted_to.users_with_role, unlessDirect: x.granted_to.when.no_direct_roles_on_object, was: x })),
  };
}

/** problemOf is why a draft cannot be saved. */
export function problemOf(d: Draft, attributesOnly?: boolean): string | undefined {
  if (!attributesOnly && (!d.key || !d.name.trim())) return "It needs a name and a key.";
  for (const [kind, list] of [["action", d.actions], ["attribute", d.attributes], ["relation", d.relations], ["role", d.roles]] as const) {
    if (list.some((x) => !x.key)) return `Each ${kind} needs a key.`;
    const twice = list.find((x, i) => list.findIndex((y) => y.key === x.key) !== i);
    if (twice) return `There are two ${kind}s of the key ${twice.key.slice(0, 40)}.`;
  }
  if (d.relations.some((x) => !x.resource)) return "Each relation needs a resource.";
  if (d.roles.some((r) => r.derivations.some((x) => !x.role || !x.linked_by_relation))) return "Each derivation needs a relation and a role.";
  return undefined;
}

const bodies = {
  actions: (d: Draft) => Object.fromEntries(d.actions.map((a) => [a.key, { name: a.name || a.key, ...(a.was?.description ? { description: a.was.description } : {}), ...(a.was?.attributes ? { attributes: a.was.attributes } : {}) }])),
  attributes: (d: Draft) => Object.fromEntries(d.attributes.map((a) => [a.key, { type: a.type, description: a.description }])),
  relations: (d: Draft) => Object.fromEntries(d.relations.map((x) => [x.key, x.resource])),
  roles: (d: Draft) =>
    Object.fromEntries(
      d.roles.map((r) => [
        r.key,
        {
          name: r.name || r.key,
          ...(r.was?.description ? { description: r.was.description } : {}),
          ...(r.was?.attributes ? { attributes: r.was.attributes } : {}),
          permissions: [...r.permissions].sort(),
          extends: [...r.extends].sort(),
          granted_to: { users_with_role: r.derivations.map(derivation), when: { no_direct_roles_on_object: r.unlessDirect } },
        },
      ]),
    ),
};

const derivation = (x: Derivation): Derivation => ({ role: x.role, on_resource: x.on_resource, linked_by_relation: x.linked_by_relation, when: { no_direct_roles_on_object: x.when?.no_direct_roles_on_object ?? false } });

/** updateOf is what a save asks for: the parts alone that change. */
export function updateOf(r: Resource | undefined, d: Draft): ResourceUpdate {
  const was = r && draftOf(r);
  const changed = (part: keyof typeof bodies) => (was ? text(bodies[part](was)) !== text(bodies[part](d)) : d[part].length > 0);
  return {
    ...(d.name !== was?.name ? { name: d.name } : {}),
    ...(d.description !== (was?.description ?? "") ? { description: d.description || null } : {}),
    ...(changed("actions") ? { actions: bodies.actions(d) } : {}),
    ...(changed("attributes") ? { attributes: bodies.attributes(d) } : {}),
    ...(changed("relations") ? { relations: bodies.relations(d) } : {}),
    ...(changed("roles") ? { roles: bodies.roles(d) } : {}),
  };
}

/** text is a value as text, in which objects of the same parts are the same. */
const text = (v: unknown) => JSON.stringify(v, (_, x: unknown) => (typeof x === "object" && x !== null && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))) : x));

/** differences are what a save changes, and what comes of it. */
export function differences(r: Resource | undefined, d: Draft, roles: Role[], sets: ConditionSet[]): Line[] {
  const was = r && draftOf(r);
  const lines: Line[] = [];
  if (!was) {
    if (!d.name && !d.key) return [];
    lines.push({ verb: "adds", of: "resource", name: d.name || d.key });
  } else {
    if (d.name !== was.name) lines.push({ verb: "changes", of: "the name to", name: d.name });
    if (d.description !== was.description) lines.push({ verb: "changes", of: "the description to", name: d.description || "nothing" });
  }
  const compare = (kind: string, part: keyof typeof bodies, note: (key: string) => string | undefined) => {
    const before: Record<string, unknown> = was ? bodies[part](was) : {};
    const after: Record<string, unknown> = bodies[part](d);
    for (const key of Object.keys(after)) {
      const isNew = !Object.hasOwn(before, key);
      if (isNew || text(before[key]) !== text(after[key])) lines.push({ verb: isNew ? "adds" : "changes", of: kind, name: key, note: part === "roles" ? said(d.roles.find((x) => x.key === key)) : undefined });
    }
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) lines.push({ verb: "removes", of: kind, name: key, note: note(key) });
  };
  compare("action", "actions", (key) => {
    const losing = roles.filter((x) => x.permissions.includes(`${r?.key}:${key}`)).map((x) => x.name || x.key);
    return `Nobody may do it any longer${losing.length > 0 ? `: ${named(losing)} could` : ""}. Rules with sets about it go, too.`;
  });
  compare("attribute", "attributes", (key) => {
    const root = r?.key === "__user" ? "user" : "resource";
    const naming = sets.filter((s) => (root === "user" || s.resource?.key === r?.key) && JSON.stringify(s.conditions).includes(`"${root}.${key}`)).map((s) => s.name);
    return naming.length > 0 ? `Sets that look at it are deleted with their rules: ${named(naming)}.` : undefined;
  });
  compare("relation", "relations", () => "With it go its relationships, and roles that are derived through it.");
  compare("role", "roles", () => "Whoever holds it on a thing holds it no longer, and what is derived from it goes.");
  return lines;
}

function said(r: RoleRow | undefined): string | undefined {
  if (!r) return undefined;
  const derived = r.derivations.map((x) => `${x.role} of the ${x.on_resource} that is its ${x.linked_by_relation}`);
  return [`may ${r.permissions.length > 0 ? named(r.permissions, 6) : "nothing"}`, r.extends.length > 0 && `extends ${named(r.extends)}`, derived.length > 0 && `also held by each ${named(derived)}`].filter(Boolean).join("; ");
}
