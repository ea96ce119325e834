package directory

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A naming finds things by the keys that name them, reading each once. The first
// failure stays.
type naming struct {
	view View
	err  error

	users     map[authz.UserKey]authz.User
	tenants   map[authz.TenantKey]authz.Tenant
	roles     map[authz.RoleKey]authz.Role
	resources map[authz.ResourceKey]authz.Resource
	instances map[authz.Node]authz.Instance
}

// learned is the thing of key, read if it has not been.
func learned[K ~string, T any](ctx context.Context, n *naming, things *map[K]T, key K, look func(context.Context, authz.Ident) (T, bool, error)) T {
	thing, there := (*things)[key]
	if there || n.err != nil || key == "" {
		return thing
	}
	if *things == nil {
		*things = map[K]T{}
	}
	thing, _, n.err = look(ctx, authz.Ident(key))
	(*things)[key] = thing
	return thing
}

func (n *naming) user(ctx context.Context, key authz.UserKey) authz.User {
	return learned(ctx, n, &n.users, key, n.view.User)
}

func (n *naming) tenant(ctx context.Context, key authz.TenantKey) authz.Tenant {
	return learned(ctx, n, &n.tenants, key, n.view.Tenant)
}

func (n *naming) resource(ctx context.Context, key authz.ResourceKey) authz.Resource {
	return learned(ctx, n, &n.resources, key, n.view.Resource)
}

func (n *naming) instance(ctx context.Context, node authz.Node) authz.Instance {
	i, there := n.instances[node]
	if there || n.err != nil || node == (authz.Node{}) {
		return i
	}
	if n.instances == nil {
		n.instances = map[authz.Node]authz.Instance{}
	}
	i, _, n.err = n.view.Instance(ctx, authz.Ident(node.String()))
	n.instances[node] = i
	return i
}

// object is the object of a tuple.
func (n *naming) object(ctx context.Context, t authz.Tuple) authz.Instance {
	if t.Object.IsEvery() {
		return everyIn(n.resource(ctx, t.Object.Type), t.Tenant)
	}
	return n.instance(ctx, t.Object)
}

// everyIn is every instance of a resource in a tenant, as the object of a tuple.
func everyIn(r authz.Resource, tenant authz.TenantKey) authz.Instance {
	return authz.Instance{Node: authz.Node{Type: r.Key, Key: authz.EveryKey}, ID: r.ID, Tenant: tenant}
}

// role is a role of tenants, or of a resource.
func (n *naming) role(ctx context.Context, of authz.ResourceKey, key authz.RoleKey) NamedRole {
	if of != "" {
		role, _ := ResourceRoleOf(n.resource(ctx, of), authz.Ident(key))
		return NamedRole{ID: role.ID, Key: key, Name: role.Name, Permissions: on(of, role.Actions)}
	}
	role := learned(ctx, n, &n.roles, key, n.view.Role)
	return NamedRole{ID: role.ID, Key: key, Name: role.Name, Permissions: role.Permissions}
}

func on(r authz.ResourceKey, actions []authz.ActionKey) []authz.Permission {
	out := make([]authz.Permission, len(actions))
	for i, a := range actions {
		out[i] = authz.Permission{Resource: r, Action: a}
	}
	return out
}

func (n *naming) relation(ctx context.Context, object authz.ResourceKey, key authz.RelationKey) authz.Relation {
	relation, _ := RelationOf(n.resource(ctx, object), authz.Ident(key))
	return relation
}

// ahead reads the parties of a page at once, so that a page costs a few questions
// and not some for each row.
func (n *naming) ahead(ctx context.Context, l Listing, users []authz.UserKey, tenants []authz.TenantKey, nodes []authz.Node) {
	n.users = gathered(ctx, n, users, l.AllUsers, func(u authz.User) authz.UserKey { return u.Key })
	n.tenants = gathered(ctx, n, tenants, l.AllTenants, func(t authz.Tenant) authz.TenantKey { return t.Key })
	n.instances = gathered(ctx, n, nodes, l.AllInstances, func(i authz.Instance) authz.Node { return i.Node })
}

// gathered are the things of keys, which may come twice or be zero.
func gathered[K comparable, T any](ctx context.Context, n *naming, keys []K, all func(context.Context, []K) ([]T, error), key func(T) K) map[K]T {
	things := make(map[K]T, len(keys))
	var zero K
	var once []K
	for _, k := range keys {
		if _, twice := things[k]; !twice && k != zero {
			things[k] = *new(T)
			once = append(once, k)
		}
	}
	if len(once) == 0 || n.err != nil {
		return things
	}
	var list []T
	list, n.err = all(ctx, once)
	for _, t := range list {
		things[key(t)] = t
	}
	return things
}
