package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Assign gives a role by API and returns the assignment. Giving what a person
// gave before is a Conflict, as the Permit API has it; giving what only a source
// gave makes it the person's too, so that the source cannot take it away.
func (d *Directory) Assign(ctx context.Context, env authz.EnvID, actor string, user authz.Ident, r RoleInTenant) (a authz.Assignment, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		u, err := find(ctx, "user", user, v.User)
		if err != nil {
			return nil, err
		}
		before, role, tenant, err := standing(ctx, v, u.Key, r)
		if err != nil {
			return nil, err
		}
		if slices.Contains(before.GivenBy, authz.ByAPI) {
			return nil, authz.Errorf(authz.Conflict, "role %q is already assigned to user %q in tenant %q", role, u.Key, tenant)
		}
		a, err = d.give(ctx, v, u.Key, r, authz.ByAPI)
		return []authz.Change{authz.PutAssignment{Assignment: a}}, err
	})
	return a, rev, err
}

// Unassign takes a role away, whoever gave it, and returns what it took. It
// returns NotFound if the user does not hold it.
func (d *Directory) Unassign(ctx context.Context, env authz.EnvID, actor string, user authz.Ident, r RoleInTenant) (a authz.Assignment, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		u, err := find(ctx, "user", user, v.User)
		if err != nil {
			return nil, err
		}
		before, role, tenant, err := standing(ctx, v, u.Key, r)
		if err != nil {
			return nil, err
		}
		if len(before.GivenBy) == 0 {
			return nil, authz.Errorf(authz.NotFound, "role assignment of %q to user %q in tenant %q not found", role, u.Key, tenant)
		}
		a = before
		return []authz.Change{authz.DeleteAssignment{User: u.Key, Role: role, Tenant: tenant}}, nil
	})
	return a, rev, err
}

// An AssignmentQuery selects assignments by key or id. An ident that names
// nothing selects nothing.
type AssignmentQuery struct {
	Users   []authz.Ident
	Roles   []authz.Ident
	Tenants []authz.Ident
}

// A NamedAssignment is an assignment with the ids of its parties.
type NamedAssignment struct {
	authz.Assignment
	UserID   authz.ID
	RoleID   authz.ID
	TenantID authz.ID
}

// Assignments lists assignments, oldest first.
func (d *Directory) Assignments(ctx context.Context, env authz.EnvID, q AssignmentQuery, p Page) (list []NamedAssignment, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		f, none, err := q.filter(ctx, l)
		if err != nil || none {
			return err
		}
		var page []authz.Assignment
		if page, total, err = l.Assignments(ctx, f, p); err != nil {
			return err
		}
		list, err = named(ctx, l, page)
		return err
	})
	return list, total, err
}

// Named adds the ids of the parties to one assignment.
func (d *Directory) Named(ctx context.Context, env authz.EnvID, a authz.Assignment) (n NamedAssignment, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, err := named(ctx, l, []authz.Assignment{a})
		if err == nil {
			n = list[0]
		}
		return err
	})
	return n, err
}

// Pending lists the assignments that wait for their role or tenant.
func (d *Directory) Pending(ctx context.Context, env authz.EnvID) (list []authz.PendingAssignment, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, err = l.Pending(ctx, PendingFilter{})
		return err
	})
	return list, err
}

// filter resolves the idents. none reports that a list named only unknown things.
func (q AssignmentQuery) filter(ctx context.Context, v View) (f AssignmentFilter, none bool, err error) {
	for _, id := range q.Users {
		u, ok, err := v.User(ctx, id)
		if err != nil {
			return f, false, err
		}
		if ok {
			f.Users = append(f.Users, u.Key)
		}
	}
	for _, id := range q.Roles {
		r, ok, err := v.Role(ctx, id)
		if err != nil {
			return f, false, err
		}
		if ok {
			f.Roles = append(f.Roles, r.Key)
		}
	}
	for _, id := range q.Tenants {
		t, ok, err := v.Tenant(ctx, id)
		if err != nil {
			return f, false, err
		}
		if ok {
			f.Tenants = append(f.Tenants, t.Key)
		}
	}
	none = len(q.Users) > 0 && len(f.Users) == 0 || len(q.Roles) > 0 && len(f.Roles) == 0 || len(q.Tenants) > 0 && len(f.Tenants) == 0
	return f, none, nil
}

// named adds ids, reading each party once.
func named(ctx context.Context, v View, list []authz.Assignment) ([]NamedAssignment, error) {
	ids := map[any]authz.ID{}
	look := func(key any, read func() (authz.ID, error)) (authz.ID, error) {
		if id, ok := ids[key]; ok {
			return id, nil
		}
		id, err := read()
		ids[key] = id
		return id, err
	}
	out := make([]NamedAssignment, len(list))
	for i, a := range list {
		n := NamedAssignment{Assignment: a}
		var err1, err2, err3 error
		n.UserID, err1 = look(a.User, func() (authz.ID, error) {
			u, _, err := v.User(ctx, authz.Ident(a.User))
			return u.ID, err
		})
		n.RoleID, err2 = look(a.Role, func() (authz.ID, error) {
			r, _, err := v.Role(ctx, authz.Ident(a.Role))
			return r.ID, err
		})
		n.TenantID, err3 = look(a.Tenant, func() (authz.ID, error) {
			t, _, err := v.Tenant(ctx, authz.Ident(a.Tenant))
			return t.ID, err
		})
		if err := firstOf(err1, err2, err3); err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// standing is the assignment of r to user as it is, with no giver if there is
// none, and the keys of r's parties.
func standing(ctx context.Context, v View, user authz.UserKey, r RoleInTenant) (a authz.Assignment, role authz.RoleKey, tenant authz.TenantKey, err error) {
	ro, err := find(ctx, "role", r.Role, v.Role)
	if err != nil {
		return a, "", "", err
	}
	te, err := find(ctx, "tenant", r.Tenant, v.Tenant)
	if err != nil {
		return a, "", "", err
	}
	a, _, err = v.Assignment(ctx, user, ro.Key, te.Key)
	return a, ro.Key, te.Key, err
}

// give is the assignment of r to user with by among its givers.
func (d *Directory) give(ctx context.Context, v View, user authz.UserKey, r RoleInTenant, by authz.Giver) (authz.Assignment, error) {
	a, role, tenant, err := standing(ctx, v, user, r)
	if err != nil {
		return a, err
	}
	if len(a.GivenBy) == 0 {
		a = authz.Assignment{ID: NewID(), User: user, Role: role, Tenant: tenant, CreatedAt: d.now()}
	}
	a.GivenBy = authz.With(a.GivenBy, by)
	return a, nil
}
