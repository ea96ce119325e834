package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// AddRoleParent lets a role extend another. It returns Conflict if it does already.
func (d *Directory) AddRoleParent(ctx context.Context, env authz.EnvID, actor string, id, parent authz.Ident) (authz.Role, authz.Revision, error) {
	return d.editParents(ctx, env, actor, id, parent, func(r *authz.Role, p authz.RoleKey) error {
		if slices.Contains(r.Extends, p) {
			return extendsAlready(r.Key, p)
		}
		r.Extends = append(slices.Clone(r.Extends), p)
		return nil
	})
}

// RemoveRoleParent ends that a role extends another. It returns NotFound if it does
// not.
func (d *Directory) RemoveRoleParent(ctx context.Context, env authz.EnvID, actor string, id, parent authz.Ident) (authz.Role, authz.Revision, error) {
	return d.editParents(ctx, env, actor, id, parent, func(r *authz.Role, p authz.RoleKey) (err error) {
		had := false
		if r.Extends, had = without(r.Extends, func(k authz.RoleKey) bool { return k == p }); !had {
			err = noParent(r.Key, p)
		}
		return err
	})
}

func (d *Directory) editParents(ctx context.Context, env authz.EnvID, actor string, id, parent authz.Ident, change func(r *authz.Role, parent authz.RoleKey) error) (r authz.Role, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		var err error
		if r, err = find(ctx, "role", id, v.Role); err != nil {
			return nil, err
		}
		p, err := find(ctx, "role", parent, v.Role)
		if err != nil {
			return nil, err
		}
		if err := change(&r, p.Key); err != nil {
			return nil, err
		}
		r.UpdatedAt = d.now()
		return []authz.Change{authz.PutRole{Role: r}}, noCircle(ctx, v, r)
	})
	return r, rev, err
}

func extendsAlready(role, parent authz.RoleKey) error {
	return authz.Errorf(authz.Conflict, "role %q extends %q already", role, parent)
}

func noParent(role, parent authz.RoleKey) error {
	return authz.Errorf(authz.NotFound, "parent %q of role %q not found", parent, role)
}

// RoleAncestors returns the roles that a role extends, the nearest first.
func (d *Directory) RoleAncestors(ctx context.Context, env authz.EnvID, id authz.Ident) ([]authz.Role, error) {
	return d.kin(ctx, env, id, func(_ []authz.Role, r authz.Role) []authz.RoleKey { return r.Extends })
}

// RoleDescendants returns the roles that extend a role, the nearest first.
func (d *Directory) RoleDescendants(ctx context.Context, env authz.EnvID, id authz.Ident) ([]authz.Role, error) {
	return d.kin(ctx, env, id, func(all []authz.Role, r authz.Role) (heirs []authz.RoleKey) {
		for _, other := range all {
			if slices.Contains(other.Extends, r.Key) {
				heirs = append(heirs, other.Key)
			}
		}
		return heirs
	})
}

// kin are the roles that are reached from a role by next.
func (d *Directory) kin(ctx context.Context, env authz.EnvID, id authz.Ident, next func(all []authz.Role, r authz.Role) []authz.RoleKey) (list []authz.Role, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		r, err := find(ctx, "role", id, l.Role)
		if err != nil {
			return err
		}
		all, err := l.Roles(ctx)
		list = reached(all, r.Key, func(r authz.Role) authz.RoleKey { return r.Key },
			func(r authz.Role) []authz.RoleKey { return next(all, r) })
		return err
	})
	return list, err
}

// ResourceRoleAncestors returns the roles of r that a role of r extends, the
// nearest first.
func ResourceRoleAncestors(r authz.Resource, role authz.RoleKey) []authz.ResourceRole {
	return reached(r.Roles, role, resourceRoleKey, func(x authz.ResourceRole) []authz.RoleKey { return x.Extends })
}

// ResourceRoleDescendants returns the roles of r that extend a role of r, the
// nearest first.
func ResourceRoleDescendants(r authz.Resource, role authz.RoleKey) []authz.ResourceRole {
	return reached(r.Roles, role, resourceRoleKey, func(x authz.ResourceRole) (heirs []authz.RoleKey) {
		for _, other := range r.Roles {
			if slices.Contains(other.Extends, x.Key) {
				heirs = append(heirs, other.Key)
			}
		}
		return heirs
	})
}

func resourceRoleKey(r authz.ResourceRole) authz.RoleKey { return r.Key }

// reached are those of all that next leads to from the one of a key, the nearest
// first, without that one.
func reached[T any, K comparable](all []T, from K, key func(T) K, next func(T) []K) []T {
	by := map[K]T{}
	for _, x := range all {
		by[key(x)] = x
	}
	var list []T
	seen := map[K]bool{from: true}
	for todo := []K{from}; len(todo) > 0; todo = todo[1:] {
		for _, k := range next(by[todo[0]]) {
			if x, there := by[k]; there && !seen[k] {
				seen[k] = true
				list, todo = append(list, x), append(todo, k)
			}
		}
	}
	return list
}

// noCircle refuses a role that would extend itself through its parents.
func noCircle(ctx context.Context, v View, r authz.Role) error {
	seen := map[authz.RoleKey]bool{}
	for next := slices.Clone(r.Extends); len(next) > 0; next = next[1:] {
		if next[0] == r.Key {
			return extendsItself(r.Key)
		}
		if seen[next[0]] {
			continue
		}
		seen[next[0]] = true
		parent, _, err := v.Role(ctx, authz.Ident(next[0]))
		if err != nil {
			return err
		}
		next = append(next, parent.Extends...)
	}
	return nil
}

// noRoleCircle is noCircle for a role of r.
func noRoleCircle(r authz.Resource, key authz.RoleKey) error {
	i := slices.IndexFunc(r.Roles, func(x authz.ResourceRole) bool { return x.Key == key })
	if len(r.Roles[i].Extends) == 0 {
		return nil // as most are: the others need not be looked at
	}
	circle := slices.ContainsFunc(ResourceRoleAncestors(r, key), func(x authz.ResourceRole) bool { return slices.Contains(x.Extends, key) })
	if circle || slices.Contains(r.Roles[i].Extends, key) {
		return extendsItself(key)
	}
	return nil
}

func extendsItself(role authz.RoleKey) error {
	return authz.InvalidField("extends", "role %q would extend itself", role)
}

// SetAncestors lists the condition sets above a set, the nearest first.
func (d *Directory) SetAncestors(ctx context.Context, env authz.EnvID, id authz.Ident) ([]authz.ConditionSet, error) {
	return d.setsAround(ctx, env, id, func(all []authz.ConditionSet, s authz.ConditionSet) []authz.ConditionSet {
		return reached(all, s.Key, setKey, func(s authz.ConditionSet) []authz.SetKey { return []authz.SetKey{s.Parent} })
	})
}

// SetDescendants lists the condition sets below a set, the nearest first.
func (d *Directory) SetDescendants(ctx context.Context, env authz.EnvID, id authz.Ident) ([]authz.ConditionSet, error) {
	return d.setsAround(ctx, env, id, func(all []authz.ConditionSet, s authz.ConditionSet) []authz.ConditionSet {
		return reached(all, s.Key, setKey, func(s authz.ConditionSet) []authz.SetKey { return below(all, s.Key) })
	})
}

// PossibleParents lists the condition sets that a set may stand below, oldest
// first.
func (d *Directory) PossibleParents(ctx context.Context, env authz.EnvID, id authz.Ident) ([]authz.ConditionSet, error) {
	return d.setsAround(ctx, env, id, func(all []authz.ConditionSet, s authz.ConditionSet) []authz.ConditionSet {
		under := below(all, s.Key)
		all, _ = without(all, func(x authz.ConditionSet) bool {
			return x.Kind != s.Kind || x.Resource != s.Resource || slices.Contains(under, x.Key)
		})
		return all
	})
}

func setKey(s authz.ConditionSet) authz.SetKey { return s.Key }

func (d *Directory) setsAround(ctx context.Context, env authz.EnvID, id authz.Ident, choose func(all []authz.ConditionSet, s authz.ConditionSet) []authz.ConditionSet) (list []authz.ConditionSet, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		s, err := find(ctx, "condition set", id, l.ConditionSet)
		if err != nil {
			return err
		}
		all, err := l.ConditionSets(ctx)
		list = choose(all, s)
		return err
	})
	return list, err
}
