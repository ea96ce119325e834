package directory

import (
	"context"
	"errors"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// What the Permit API has error codes of its own for. An [authz.Error] wraps them.
var (
	ErrOtherTenant = errors.New("instances of different tenants")
	ErrOtherType   = errors.New("relation between other resources")
	ErrUndeclared  = errors.New("attribute is not declared")
	ErrNoAction    = errors.New("permission on what is not there")
)

// wrapped is e, found by errors.Is as cause too.
func wrapped(cause error, e *authz.Error) error {
	e.Err = cause
	return e
}

// edit plans a change of one resource, of its own parts or of what hangs on it.
// change may replace what r points to and must not write into its slices.
func (d *Directory) edit(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, change func(ctx context.Context, v View, r *authz.Resource) error) (r authz.Resource, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, err := find(ctx, "resource", id, v.Resource)
		if err != nil {
			return nil, err
		}
		r = old
		if err := change(ctx, v, &r); err != nil {
			return nil, err
		}
		r.UpdatedAt = d.now()
		var changes []authz.Change
		r, changes, err = d.replace(ctx, v, old, r)
		return changes, err
	})
	return r, rev, err
}

// replace puts r in the place of old, and takes what r lost from everything that
// named it. It returns r without what named its own lost parts.
func (d *Directory) replace(ctx context.Context, v View, old, r authz.Resource) (authz.Resource, []authz.Change, error) {
	l := lost(old, r)
	r, _ = l.from(r)
	changes := []authz.Change{authz.PutResource{Resource: r}}
	if l.nothing() {
		return r, changes, nil
	}
	withdrawn, err := d.withdraw(ctx, v, l)
	return r, append(changes, withdrawn...), err
}

// A loss is what a resource had and has not any more.
type loss struct {
	resource   authz.ResourceKey
	whole      bool              // the resource itself
	actions    []authz.ActionKey // and action groups, as permissions name them
	attributes []string
	roles      []authz.RoleKey
	relations  []authz.RelationKey
}

func lost(old, r authz.Resource) loss {
	return loss{
		resource:   r.Key,
		actions:    gone(permissible(old), permissible(r), func(k authz.ActionKey) authz.ActionKey { return k }),
		attributes: gone(old.Attributes, r.Attributes, func(a authz.ResourceAttribute) string { return a.Key }),
		roles:      gone(old.Roles, r.Roles, func(x authz.ResourceRole) authz.RoleKey { return x.Key }),
		relations:  gone(old.Relations, r.Relations, func(x authz.Relation) authz.RelationKey { return x.Key }),
	}
}

// gone are the keys of those of old that are not among now.
func gone[T any, K comparable](old, now []T, key func(T) K) []K {
	var out []K
	for _, o := range old {
		if !slices.ContainsFunc(now, func(n T) bool { return key(n) == key(o) }) {
			out = append(out, key(o))
		}
	}
	return out
}

func (l loss) nothing() bool {
	return !l.whole && len(l.actions)+len(l.attributes)+len(l.roles)+len(l.relations) == 0
}

func (l loss) action(p authz.Permission) bool {
	return p.Resource == l.resource && (l.whole || slices.Contains(l.actions, p.Action))
}

// derivation reports whether a derivation of a role of resource names what is lost.
func (l loss) derivation(resource authz.ResourceKey, d authz.Derivation) bool {
	return d.On == l.resource && (l.whole || slices.Contains(l.roles, d.Role)) ||
		resource == l.resource && slices.Contains(l.relations, d.Through)
}

// from is r without what names the lost, and whether there was such a thing.
func (l loss) from(r authz.Resource) (_ authz.Resource, changed bool) {
	if l.whole {
		r.Relations, changed = without(r.Relations, func(x authz.Relation) bool { return x.Subject == l.resource })
	}
	if r.Key == l.resource {
		r.ActionGroups = slices.Clone(r.ActionGroups)
		for i := range r.ActionGroups {
			r.ActionGroups[i].Actions, _ = without(r.ActionGroups[i].Actions, func(k authz.ActionKey) bool { return slices.Contains(l.actions, k) })
		}
	}
	roles := slices.Clone(r.Roles)
	for i := range roles {
		role := &roles[i]
		var a, b, c bool
		role.Derivations, a = without(role.Derivations, func(d authz.Derivation) bool { return l.derivation(r.Key, d) })
		if r.Key == l.resource {
			role.Actions, b = without(role.Actions, func(k authz.ActionKey) bool { return slices.Contains(l.actions, k) })
			role.Extends, c = without(role.Extends, func(k authz.RoleKey) bool { return slices.Contains(l.roles, k) })
		}
		changed = changed || a || b || c
	}
	r.Roles = roles
	return r, changed
}

// without is list without what drop reports, and whether it dropped anything. It
// does not write into list.
func without[T any](list []T, drop func(T) bool) ([]T, bool) {
	if !slices.ContainsFunc(list, drop) {
		return list, false
	}
	return slices.DeleteFunc(slices.Clone(list), drop), true
}

// withdraw takes the lost from other resources, roles, rules and condition sets.
func (d *Directory) withdraw(ctx context.Context, v View, l loss) ([]authz.Change, error) {
	var changes []authz.Change
	resources, err := v.AllResources(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range resources {
		if left, changed := l.from(r); changed && r.Key != l.resource {
			left.UpdatedAt = d.now()
			changes = append(changes, authz.PutResource{Resource: left})
		}
	}
	roles, err := v.Roles(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		if left, changed := without(r.Permissions, l.action); changed {
			r.Permissions, r.UpdatedAt = left, d.now()
			changes = append(changes, authz.PutRole{Role: r})
		}
	}
	if l.whole {
		return changes, nil // its rules and sets go with it
	}
	ruled, err := l.rules(ctx, v)
	return append(changes, ruled...), err
}

// rules deletes the rules of lost actions and the sets that name lost attributes.
func (l loss) rules(ctx context.Context, v View) ([]authz.Change, error) {
	var changes []authz.Change
	rules, err := v.Rules(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		if l.action(r.Permission) {
			changes = append(changes, authz.DeleteRule{Rule: r})
		}
	}
	if len(l.attributes) == 0 {
		return changes, nil
	}
	sets, err := v.ConditionSets(ctx)
	if err != nil {
		return nil, err
	}
	var doomed []authz.SetKey
	for _, s := range sets {
		if slices.ContainsFunc(l.attributes, func(a string) bool { return names(s, l.resource, a) }) {
			doomed = append(doomed, s.Key)
		}
	}
	return append(changes, deleteSets(sets, doomed...)...), nil
}

// partOf finds what a caller names among the parts of a resource: by key, else
// by id.
func partOf[T any](kind string, list []T, id authz.Ident, ids func(T) (key string, id authz.ID)) (int, error) {
	for i, x := range list {
		if key, _ := ids(x); key == string(id) {
			return i, nil
		}
	}
	for i, x := range list {
		if _, is := ids(x); is == id.ID() {
			return i, nil
		}
	}
	return 0, authz.Errorf(authz.NotFound, "%s %q not found", kind, id)
}
