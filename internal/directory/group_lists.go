package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A GroupQuery selects groups by key or id; empty idents select all. An ident that
// names nothing selects nothing.
type GroupQuery struct {
	Tenant   authz.Ident
	Resource authz.Ident
	Search   string // part of the key, ignoring case
}

// Groups lists groups, oldest first.
func (d *Directory) Groups(ctx context.Context, env authz.EnvID, q GroupQuery, p Page) (list []authz.Instance, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		f, none, err := q.filter(ctx, l)
		if err != nil || none {
			return err
		}
		list, total, err = l.Instances(ctx, f, p)
		return err
	})
	return list, total, err
}

func (q GroupQuery) filter(ctx context.Context, v View) (f InstanceFilter, none bool, err error) {
	t, known, err := optional(ctx, q.Tenant, v.Tenant)
	if err != nil || !known {
		return f, true, err
	}
	r, known, err := optional(ctx, q.Resource, v.Resource)
	if err != nil || !known {
		return f, true, err
	}
	resources, err := v.AllResources(ctx)
	for _, x := range resources {
		if hasMembers(x) && (q.Resource == "" || x.Key == r.Key) {
			f.Types = append(f.Types, x.Key)
		}
	}
	f.Tenant = t.Key
	if q.Search != "" {
		f.Search = []string{q.Search}
	}
	return f, len(f.Types) == 0, err
}

// GroupInstance returns the instance that a group is.
func (d *Directory) GroupInstance(ctx context.Context, env authz.EnvID, id authz.Ident) (i authz.Instance, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		i, _, err = groupOf(ctx, l, id)
		return err
	})
	return i, err
}

// Group returns a group with its users and roles.
func (d *Directory) Group(ctx context.Context, env authz.EnvID, id authz.Ident) (g Group, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		i, t, err := groupOf(ctx, l, id)
		if err != nil {
			return err
		}
		g.Instance = i
		if g.Roles, err = groupRoles(ctx, l, i, t); err != nil {
			return err
		}
		users, _, err := l.Users(ctx, UserFilter{On: i.Node, OnRole: memberRole}, everything)
		for _, u := range users {
			g.Users = append(g.Users, u.ID)
		}
		return err
	})
	return g, err
}

// GroupUsers lists the users who are members of a group themselves.
func (d *Directory) GroupUsers(ctx context.Context, env authz.EnvID, id authz.Ident, p Page) (list []authz.User, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		i, _, err := groupOf(ctx, l, id)
		if err != nil {
			return err
		}
		list, total, err = l.Users(ctx, UserFilter{On: i.Node, OnRole: memberRole}, p)
		return err
	})
	return list, total, err
}

// GroupRoles lists the roles that the members of a group have by it, oldest first.
func (d *Directory) GroupRoles(ctx context.Context, env authz.EnvID, id authz.Ident, p Page) (list []GroupRole, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		i, t, err := groupOf(ctx, l, id)
		if err != nil {
			return err
		}
		all, err := groupRoles(ctx, l, i, t)
		list, total = pageOf(all, p), len(all)
		return err
	})
	return list, total, err
}

// groupRoles are the roles that are derived from member through the tuples of a
// group, however they came to be. To be in another group is not among them.
func groupRoles(ctx context.Context, l Listing, g authz.Instance, t authz.Resource) ([]GroupRole, error) {
	tuples, _, err := l.Tuples(ctx, TupleFilter{Subject: g.Node}, everything)
	if err != nil {
		return nil, err
	}
	var types []authz.ResourceKey
	for _, x := range tuples {
		types = append(types, x.Object.Type)
	}
	found, err := l.ResourcesByKey(ctx, uniqueOf(types))
	if err != nil {
		return nil, err
	}
	resources := map[authz.ResourceKey]authz.Resource{}
	for _, r := range found {
		resources[r.Key] = r
	}
	names := naming{view: l}
	var roles []GroupRole
	for _, x := range tuples {
		on := resources[x.Object.Type]
		for _, role := range derivedFrom(on, t.Key, x.Relation) {
			if x.Relation == inGroup && on.Key == t.Key && role == memberRole {
				continue
			}
			roles = append(roles, GroupRole{Role: role, On: x.Object, ResourceID: on.ID, InstanceID: names.object(ctx, x).ID})
		}
	}
	return uniqueOf(roles), names.err
}

// derivedFrom are the roles of a resource that are derived from the members of
// groups of a type through a relation.
func derivedFrom(r authz.Resource, groups authz.ResourceKey, through authz.RelationKey) (roles []authz.RoleKey) {
	tied := tie{of: authz.Resource{Key: groups}, relation: through}.derivation()
	for _, role := range r.Roles {
		if slices.ContainsFunc(role.Derivations, tied.same) {
			roles = append(roles, role.Key)
		}
	}
	return roles
}

// GroupChildren lists the groups that are in a group themselves, oldest tie first.
func (d *Directory) GroupChildren(ctx context.Context, env authz.EnvID, id authz.Ident, p Page) ([]authz.Instance, int, error) {
	return d.groupsTied(ctx, env, id, p, func(t authz.ResourceKey, n authz.Node) TupleFilter {
		return TupleFilter{Object: n, Relation: inGroup, SubjectType: t}
	}, func(ctx context.Context, n *naming, t authz.Tuple) authz.Instance { return n.instance(ctx, t.Subject) })
}

// GroupParents lists the groups that a group is in itself, oldest tie first. Every
// group of its tenant is one of them, if it was put there by a tuple.
func (d *Directory) GroupParents(ctx context.Context, env authz.EnvID, id authz.Ident, p Page) ([]authz.Instance, int, error) {
	return d.groupsTied(ctx, env, id, p, func(t authz.ResourceKey, n authz.Node) TupleFilter {
		return TupleFilter{Subject: n, Relation: inGroup, ObjectType: t}
	}, func(ctx context.Context, n *naming, t authz.Tuple) authz.Instance { return n.object(ctx, t) })
}

func (d *Directory) groupsTied(ctx context.Context, env authz.EnvID, id authz.Ident, p Page, filter func(authz.ResourceKey, authz.Node) TupleFilter, end func(context.Context, *naming, authz.Tuple) authz.Instance) (list []authz.Instance, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		g, t, err := groupOf(ctx, l, id)
		if err != nil {
			return err
		}
		tuples, n, err := l.Tuples(ctx, filter(t.Key, g.Node), p)
		if err != nil {
			return err
		}
		total = n
		names := naming{view: l}
		list = eachOf(tuples, func(x authz.Tuple) authz.Instance { return end(ctx, &names, x) })
		return names.err
	})
	return list, total, err
}
