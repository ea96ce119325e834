package directory

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// ReflectRoles makes the roles that a source made equal to list, which is all that it
// knows, where the mapping says that they become roles; else it removes them. A nil list
// was read for a mapping that makes none, and says nothing for one that does. Roles that
// people made, and permissions that people added, stay as they are.
func (d *Directory) ReflectRoles(ctx context.Context, env authz.EnvID, source string, list []authz.SourceRole) (authz.Revision, error) {
	return d.write(ctx, env, source, func(ctx context.Context, v View) ([]authz.Change, error) {
		m, err := d.compiled(ctx, v, env)
		if err != nil || list == nil && m.Roles.Create {
			return nil, err
		}
		r := reflecting{d: d, view: v, source: source}
		err = r.all(ctx, m, list)
		return r.changes, err
	})
}

// ForeseeRoles says what [Directory.ReflectRoles] would do if m were the mapping.
func (d *Directory) ForeseeRoles(ctx context.Context, env authz.EnvID, m *mapping.Compiled, source string, list []authz.SourceRole) (e mapping.RolesEffect, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		r := reflecting{d: d, view: l, source: source}
		err := r.all(ctx, m, list)
		e = r.effect
		return err
	})
	return e, err
}

// A reflecting makes roles equal to those of a source.
type reflecting struct {
	d       *Directory
	view    View
	source  string
	is      map[authz.RoleKey]authz.Role
	changes []authz.Change
	effect  mapping.RolesEffect
}

func (r *reflecting) all(ctx context.Context, m *mapping.Compiled, list []authz.SourceRole) error {
	roles, err := r.view.Roles(ctx)
	if err != nil {
		return err
	}
	r.is = map[authz.RoleKey]authz.Role{}
	for _, role := range roles {
		r.is[role.Key] = role
	}
	wanted, notes := m.SourceRoles(list)
	r.effect.Notes = notes
	for _, old := range roles {
		if old.Source == r.source && !slices.ContainsFunc(wanted, func(w authz.Role) bool { return w.Key == old.Key }) {
			r.remove(roles, old.Key)
		}
	}
	for _, w := range wanted {
		if err := r.one(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a role, and takes it out of those that extend it.
func (r *reflecting) remove(roles []authz.Role, key authz.RoleKey) {
	r.effect.Removed = append(r.effect.Removed, key)
	r.changes = append(r.changes, authz.DeleteRole{Key: key})
	delete(r.is, key)
	for _, other := range roles {
		other, still := r.is[other.Key]
		if i := slices.Index(other.Extends, key); still && i >= 0 {
			other.Extends = slices.Delete(slices.Clone(other.Extends), i, i+1)
			r.put(other)
		}
	}
}

func (r *reflecting) put(role authz.Role) {
	role.UpdatedAt = r.d.now()
	r.is[role.Key] = role
	r.changes = append(r.changes, authz.PutRole{Role: role})
}

// one makes one role equal to what is wanted, or makes it.
func (r *reflecting) one(ctx context.Context, wanted authz.Role) error {
	granted, err := r.grantable(ctx, wanted)
	if err != nil {
		return err
	}
	old, here := r.is[wanted.Key]
	switch {
	case here && old.Source != r.source:
		r.effect.Notes = append(r.effect.Notes, fmt.Sprintf("role %q was made here: it gets no permissions by its scopes", wanted.Key))
		return nil
	case here:
		peoples := slices.DeleteFunc(slices.Clone(old.Permissions), func(p authz.Permission) bool { return slices.Contains(old.Granted, p) })
		role := old
		role.Name, role.Description = wanted.Name, wanted.Description
		role.Permissions = uniqueOf(slices.Concat(peoples, granted))
		// What a person added first stays the person's when the source names it too.
		role.Granted = slices.DeleteFunc(granted, func(p authz.Permission) bool { return slices.Contains(peoples, p) })
		if !sameRole(role, old) {
			r.put(role)
			r.effect.Changed = append(r.effect.Changed, role.Key)
		}
		return nil
	}
	if other, taken, err := r.view.Role(ctx, authz.Ident(wanted.Key)); err != nil || taken && other.Key != wanted.Key {
		r.effect.Notes = append(r.effect.Notes, fmt.Sprintf("role %q cannot be made: that is the id of role %q", wanted.Key, other.Key))
		return err
	}
	r.effect.Made = append(r.effect.Made, wanted.Key)
	r.put(authz.Role{
		Key: wanted.Key, ID: NewID(), Name: wanted.Name, Description: wanted.Description,
		Permissions: granted, Source: r.source, Granted: granted, CreatedAt: r.d.now(),
	})
	waiting, err := r.d.complete(ctx, r.view, PendingFilter{Role: wanted.Key})
	r.changes = append(r.changes, waiting...)
	return err
}

// sameRole reports whether two states of a role say the same.
func sameRole(a, b authz.Role) bool {
	return a.Name == b.Name && a.Description == b.Description && slices.Equal(a.Permissions, b.Permissions) &&
		slices.Equal(a.Granted, b.Granted) && reflect.DeepEqual(a.Extends, b.Extends)
}

// grantable are the permissions of a role that name what is here.
func (r *reflecting) grantable(ctx context.Context, role authz.Role) (list []authz.Permission, err error) {
	for _, p := range role.Permissions {
		switch err := known(ctx, r.view, []authz.Permission{p}); {
		case err == nil:
			list = append(list, p)
		case authz.KindOf(err) == authz.NotFound:
			r.effect.Notes = append(r.effect.Notes, fmt.Sprintf("role %q does not get %s:%s: %v", role.Key, p.Resource, p.Action, err))
		default:
			return nil, err
		}
	}
	return list, nil
}
