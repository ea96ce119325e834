package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"

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

// A MissingUser says what becomes of an assignment to a user that is not there.
type MissingUser int

// The ways.
const (
	MissingFails   MissingUser = iota // nothing is written
	MissingIgnored                    // the assignment is skipped
	MissingCreated                    // the user is made
)

// A Grant is a role for a user.
type Grant struct {
	User authz.Ident
	RoleInTenant
}

// AssignMany gives all the roles or none, as [Directory.Assign] gives each, except
// that what a person gave before is skipped. It returns how many it gave, and an
// [ElementError].
func (d *Directory) AssignMany(ctx context.Context, env authz.EnvID, actor string, list []Grant, missing MissingUser) (given int, rev authz.Revision, err error) {
	plan := eachKnown(list, (*draft).know, func(ctx context.Context, v View, g Grant) ([]authz.Change, error) {
		u, ok, err := v.User(ctx, g.User)
		if err != nil {
			return nil, err
		}
		b := births{d: d, view: v}
		switch {
		case ok:
		case missing == MissingIgnored:
			return nil, nil
		case missing == MissingCreated:
			if err := checkKey("user", "user", string(g.User), userKey); err != nil {
				return nil, err
			}
			u = authz.User{Key: authz.UserKey(g.User), ID: NewID(), CreatedAt: d.now(), UpdatedAt: d.now()}
			b.changes = append(b.changes, authz.PutUser{User: u})
		default:
			return nil, orAbsent(nil, "user", string(g.User))
		}
		a, err := b.standing(ctx, u.Key, g.RoleInTenant)
		if err != nil || slices.Contains(a.GivenBy, authz.ByAPI) {
			return nil, err
		}
		return append(b.changes, authz.PutAssignment{Assignment: d.given(a, authz.ByAPI)}), nil
	})
	rev, err = d.write(ctx, env, actor, counted[authz.PutAssignment](plan, &given))
	return given, rev, err
}

// UnassignMany takes all the roles away or none, whoever gave them. What a user
// does not hold is skipped. It returns how many it took, and an [ElementError].
func (d *Directory) UnassignMany(ctx context.Context, env authz.EnvID, actor string, list []Grant) (taken int, rev authz.Revision, err error) {
	plan := eachKnown(list, (*draft).know, func(ctx context.Context, v View, g Grant) ([]authz.Change, error) {
		u, err := find(ctx, "user", g.User, v.User)
		if err != nil {
			return nil, err
		}
		b := births{d: d, view: v}
		a, err := b.standing(ctx, u.Key, g.RoleInTenant)
		if errors.Is(err, ErrOtherTenant) || err == nil && len(a.GivenBy) == 0 {
			return nil, nil
		}
		return []authz.Change{authz.DeleteAssignment{User: u.Key, Role: a.Role, Tenant: a.Tenant, Instance: a.Instance}}, err
	})
	rev, err = d.write(ctx, env, actor, counted[authz.DeleteAssignment](plan, &taken))
	return taken, rev, err
}

// CreateTuples makes all the tuples or none, as [Directory.CreateTuple] makes each,
// except that a tuple that is there is skipped. It returns an [ElementError].
func (d *Directory) CreateTuples(ctx context.Context, env authz.EnvID, actor string, list []TupleInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(list, func(ctx context.Context, v View, in TupleInput) ([]authz.Change, error) {
		_, changes, err := d.newTuple(ctx, v, in)
		return changes, err
	}))
}

// DeleteTuples deletes all the tuples or none, as [Directory.DeleteTuple] deletes
// each. It returns an [ElementError].
func (d *Directory) DeleteTuples(ctx context.Context, env authz.EnvID, actor string, list []TupleInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(list, deleteTuple))
}

// SyncInstances makes all the instances or none, or replaces the attributes of
// those that are there. One that is there in another tenant is a Conflict. It
// returns an [ElementError].
func (d *Directory) SyncInstances(ctx context.Context, env authz.EnvID, actor string, list []InstanceInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(list, d.replaceInstance))
}

// DeleteInstances deletes all the instances or none, as [Directory.DeleteInstance]
// deletes each. It returns an [ElementError].
func (d *Directory) DeleteInstances(ctx context.Context, env authz.EnvID, actor string, ids []authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, each(ids, func(ctx context.Context, v View, id authz.Ident) ([]authz.Change, error) {
		i, err := find(ctx, "resource instance", id, v.Instance)
		return []authz.Change{authz.DeleteInstance{Node: i.Node}}, err
	}))
}

// each is the plan of doing one for every element in turn. Each sees what those
// before it have changed.
func each[T any](list []T, one func(ctx context.Context, v View, element T) ([]authz.Change, error)) Plan {
	return eachKnown(list, func(*draft, context.Context, []T) error { return nil }, one)
}

// eachKnown is each, of a draft that knows first what the elements need.
func eachKnown[T any](list []T, know func(*draft, context.Context, []T) error,
	one func(ctx context.Context, v View, element T) ([]authz.Change, error)) Plan {
	return func(ctx context.Context, v View) (all []authz.Change, err error) {
		so := draftOf(v)
		if err := know(so, ctx, list); err != nil {
			return nil, err
		}
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

// counted is plan, and counts in n the changes of one type.
func counted[C authz.Change](plan Plan, n *int) Plan {
	return func(ctx context.Context, v View) ([]authz.Change, error) {
		changes, err := plan(ctx, v)
		*n = 0
		for _, c := range changes {
			if _, is := c.(C); is {
				*n++
			}
		}
		return changes, err
	}
}
