package directory

import (
	"cmp"
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A SyncedRole is a role to be made or replaced: of a resource if On is not empty,
// else of tenants. The key is here only.
type SyncedRole struct {
	Key    authz.RoleKey
	On     authz.Ident
	Tenant RoleInput
	Part   ResourceRoleInput
}

// SyncRoles makes or replaces all the roles or none; a field that is not given is
// empty then. The roles may name one another in any order. It returns the keys of
// those it made and of those that were there, each once, and an [ElementError].
func (d *Directory) SyncRoles(ctx context.Context, env authz.EnvID, actor string, list []SyncedRole) (made, replaced []authz.RoleKey, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		s := roleSync{d: d, so: draftOf(v), seen: map[InstanceRole]bool{}}
		for i, role := range list {
			if err := s.begin(ctx, role); err != nil {
				return nil, &ElementError{Index: i, Err: err}
			}
		}
		for i, role := range list {
			if err := s.lay(ctx, role); err != nil {
				return nil, &ElementError{Index: i, Err: err}
			}
		}
		made, replaced = s.made, s.replaced
		return s.changes(ctx)
	})
	return made, replaced, rev, err
}

// A roleSync is a sync of roles: first each is there, then each is as it shall be,
// and at the end each thing that has changed is put once.
type roleSync struct {
	d              *Directory
	so             *draft
	seen           map[InstanceRole]bool
	made, replaced []authz.RoleKey
	roles          []authz.RoleKey     // of tenants, each once
	resources      []authz.ResourceKey // each once
	waiting        []authz.Change
}

// begin makes a role that is not there, with nothing but its key.
func (s *roleSync) begin(ctx context.Context, in SyncedRole) error {
	if err := checkKey("key", "role", string(in.Key), anyKey); err != nil {
		return err
	}
	var of authz.Resource
	var there bool
	var err error
	if in.On == "" {
		_, there, err = s.roleByKey(ctx, in.Key)
	} else if of, err = find(ctx, "resource", in.On, s.so.Resource); err == nil {
		there = slices.ContainsFunc(of.Roles, func(x authz.ResourceRole) bool { return x.Key == in.Key })
	}
	name := InstanceRole{of.Key, in.Key}
	if err != nil || s.seen[name] {
		return err
	}
	s.seen[name] = true
	if of.Key == "" {
		s.roles = append(s.roles, in.Key)
	} else if !slices.Contains(s.resources, of.Key) {
		s.resources = append(s.resources, of.Key)
	}
	if there {
		s.replaced = append(s.replaced, in.Key)
		return nil
	}
	s.made = append(s.made, in.Key)
	if of.Key != "" {
		of.Roles = append(slices.Clone(of.Roles), authz.ResourceRole{Key: in.Key, ID: NewID(), CreatedAt: s.d.now()})
		sortRoles(of.Roles)
		s.so.add(authz.PutResource{Resource: of})
		return nil
	}
	s.so.add(authz.PutRole{Role: authz.Role{Key: in.Key, ID: NewID(), CreatedAt: s.d.now()}})
	waiting, err := s.d.complete(ctx, s.so, PendingFilter{Role: in.Key})
	s.waiting = append(s.waiting, waiting...)
	return err
}

// roleByKey is not misled by a key that is the id of another role.
func (s *roleSync) roleByKey(ctx context.Context, key authz.RoleKey) (authz.Role, bool, error) {
	r, ok, err := s.so.Role(ctx, authz.Ident(key))
	return r, ok && r.Key == key, err
}

// lay makes a role that is there what in says.
func (s *roleSync) lay(ctx context.Context, in SyncedRole) error {
	if in.On != "" {
		return s.layPart(ctx, in)
	}
	r, _, err := s.roleByKey(ctx, in.Key)
	if err != nil {
		return err
	}
	in.Tenant.Permissions = cmp.Or(in.Tenant.Permissions, &[]authz.Permission{})
	in.Tenant.Extends = cmp.Or(in.Tenant.Extends, &[]authz.Ident{})
	r, err = s.d.overRole(ctx, s.so, authz.Role{Key: r.Key, ID: r.ID, Source: r.Source, Granted: r.Granted, CreatedAt: r.CreatedAt}, in.Tenant)
	if err != nil {
		return err
	}
	s.so.add(authz.PutRole{Role: r})
	return check(authz.PutRole{Role: r})
}

func (s *roleSync) layPart(ctx context.Context, in SyncedRole) error {
	r, err := find(ctx, "resource", in.On, s.so.Resource)
	if err != nil {
		return err
	}
	i, err := roleAt(r, authz.Ident(in.Key))
	if err != nil {
		return err
	}
	in.Part.Permissions = cmp.Or(in.Part.Permissions, &[]authz.Permission{})
	in.Part.Extends = cmp.Or(in.Part.Extends, &[]authz.Ident{})
	in.Part.Derivations = cmp.Or(in.Part.Derivations, &[]DerivationInput{})
	r.Roles = slices.Clone(r.Roles)
	had := r.Roles[i]
	r.Roles[i] = authz.ResourceRole{Key: had.Key, ID: had.ID, CreatedAt: had.CreatedAt}
	if err := s.d.layRole(ctx, s.so, &r, i, in.Part); err != nil {
		return err
	}
	r.UpdatedAt = s.d.now()
	s.so.add(authz.PutResource{Resource: r})
	laid := r.Roles[i]
	return firstOf(checkText("name", laid.Name), checkText("description", laid.Description))
}

// changes put what has changed.
func (s *roleSync) changes(ctx context.Context) ([]authz.Change, error) {
	var all []authz.Change
	for _, key := range s.resources {
		r, err := find(ctx, "resource", authz.Ident(key), s.so.Resource)
		if err != nil {
			return nil, err
		}
		all = append(all, authz.PutResource{Resource: r})
	}
	for _, key := range s.roles {
		r, _, err := s.roleByKey(ctx, key)
		if err != nil {
			return nil, err
		}
		all = append(all, authz.PutRole{Role: r})
	}
	return append(all, s.waiting...), nil
}
