package directory

import (
	"context"
	"fmt"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An ElementError is what is wrong with one element of a write of many things,
// none of which is written then.
type ElementError struct {
	Index int // from 0
	Err   error
}

// Error returns the index and what is wrong.
func (e *ElementError) Error() string { return fmt.Sprintf("element %d: %v", e.Index, e.Err) }

// Unwrap returns what is wrong.
func (e *ElementError) Unwrap() error { return e.Err }

// A NewTenant is a tenant to be made.
type NewTenant struct {
	Key authz.TenantKey
	TenantInput
}

// A NewUser is a user to be made or replaced.
type NewUser struct {
	Key authz.UserKey
	UserInput
}

// CreateTenants makes all the tenants or none, as [Directory.CreateTenant] makes
// each. It returns an [ElementError].
func (d *Directory) CreateTenants(ctx context.Context, env authz.EnvID, actor string, list []NewTenant) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(list, func(ctx context.Context, v View, t NewTenant) ([]authz.Change, error) {
		_, changes, err := d.newTenant(ctx, v, t.Key, t.TenantInput)
		return changes, err
	}))
}

// DeleteTenants deletes all the tenants or none, as [Directory.DeleteTenant]
// deletes each. It returns an [ElementError].
func (d *Directory) DeleteTenants(ctx context.Context, env authz.EnvID, actor string, ids []authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(ids, func(ctx context.Context, v View, id authz.Ident) ([]authz.Change, error) {
		t, err := find(ctx, "tenant", id, v.Tenant)
		return []authz.Change{authz.DeleteTenant{Key: t.Key}}, err
	}))
}

// CreateUsers makes all the users or none, as [Directory.CreateUser] makes each.
// It returns an [ElementError].
func (d *Directory) CreateUsers(ctx context.Context, env authz.EnvID, actor string, list []NewUser) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(list, func(ctx context.Context, v View, u NewUser) ([]authz.Change, error) {
		return d.newUser(ctx, v, u.Key, u.UserInput)
	}))
}

// SyncUsers makes or replaces all the users or none, as [Directory.SyncUser] does
// each. It returns an [ElementError].
func (d *Directory) SyncUsers(ctx context.Context, env authz.EnvID, actor string, list []NewUser) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(list, func(ctx context.Context, v View, u NewUser) ([]authz.Change, error) {
		_, changes, err := d.replaceUser(ctx, v, authz.Ident(u.Key), u.UserInput)
		return changes, err
	}))
}

// DeleteUsers deletes all the users or none, as [Directory.DeleteUser] deletes
// each. It returns an [ElementError].
func (d *Directory) DeleteUsers(ctx context.Context, env authz.EnvID, actor string, ids []authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(ids, func(ctx context.Context, v View, id authz.Ident) ([]authz.Change, error) {
		u, err := find(ctx, "user", id, v.User)
		return []authz.Change{authz.DeleteUser{Key: u.Key}}, err
	}))
}

// each is the plan of doing one for every element in turn. Each sees what those
// before it have changed.
func each[T any](list []T, one func(ctx context.Context, v View, element T) ([]authz.Change, error)) Plan {
	return func(ctx context.Context, v View) (all []authz.Change, err error) {
		so := draftOf(v)
		for i, element := range list {
			changes, err := one(ctx, so, element)
			if err == nil {
				err = checkAll(changes)
			}
			if err != nil {
				return nil, &ElementError{Index: i, Err: err}
			}
			for _, c := range changes {
				so.add(c)
			}
			all = append(all, changes...)
		}
		return all, nil
	}
}
