package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Assign gives a role by API and returns the assignment. Giving what a person
// gave before is a Conflict, as the Permit API has it; giving what only a source
// gave makes it the person's too, so that the source cannot take it away. An
// instance that is not there is made in the tenant.
func (d *Directory) Assign(ctx context.Context, env authz.EnvID, actor string, user authz.Ident, r RoleInTenant) (a authz.Assignment, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		u, err := find(ctx, "user", user, v.User)
		if err != nil {
			return nil, err
		}
		b := births{d: d, view: v}
		if a, err = b.standing(ctx, u.Key, r); err != nil {
			return nil, err
		}
		if slices.Contains(a.GivenBy, authz.ByAPI) {
			return nil, authz.Errorf(authz.Conflict, "role %q is already assigned to user %q %s", a.Role, u.Key, where(a))
		}
		a = d.given(a, authz.ByAPI)
		return append(b.changes, authz.PutAssignment{Assignment: a}), nil
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
		b := births{d: d, view: v}
		if a, err = b.standing(ctx, u.Key, r); err != nil && !errors.Is(err, ErrOtherTenant) {
			return nil, err
		}
		if err != nil || len(a.GivenBy) == 0 {
			return nil, authz.Errorf(authz.NotFound, "role assignment of %q to user %q %s not found", r.Role, u.Key, where(a))
		}
		return []authz.Change{authz.DeleteAssignment{User: u.Key, Role: a.Role, Tenant: a.Tenant, Instance: a.Instance}}, nil
	})
	return a, rev, err
}

// where says in words where an assignment is held.
func where(a authz.Assignment) string {
	if a.Instance == (authz.Node{}) {
		return fmt.Sprintf("in tenant %q", a.Tenant)
	}
	return fmt.Sprintf("on resource instance %q", a.Instance)
}

// An AssignmentQuery selects assignments by key or id. An ident that names
// nothing selects nothing.
type AssignmentQuery struct {
	Users    []authz.Ident
	Roles    []authz.Ident // of tenants and of resources
	Tenants  []authz.Ident
	Resource authz.Ident // held on its instances
	Instance authz.Ident // held on it; NotFound if it is not in the last of Tenants
}

// A NamedRole is a role of tenants or of a resource.
type NamedRole struct {
	ID          authz.ID
	Key         authz.RoleKey
	Name        string
	Permissions []authz.Permission
}

// A NamedAssignment is an assignment with its parties.
type NamedAssignment struct {
	authz.Assignment
	Holder authz.User
	Of     NamedRole
	In     authz.Tenant
	On     authz.Instance // zero if it is held in the whole tenant
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

// Named adds the parties to one assignment.
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

// shownPending is how many assignments that wait are listed at most.
const shownPending = 500

// Pending lists assignments that wait for their role or tenant, the oldest.
func (d *Directory) Pending(ctx context.Context, env authz.EnvID) (list []authz.PendingAssignment, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, err = l.Pending(ctx, PendingFilter{Limit: shownPending})
		return err
	})
	return list, err
}

// filter resolves the idents. none reports that a list named only unknown things.
func (q AssignmentQuery) filter(ctx context.Context, v View) (f AssignmentFilter, none bool, err error) {
	users, err := those(ctx, q.Users, v.User)
	if err != nil {
		return f, false, err
	}
	for _, u := range users {
		f.Users = append(f.Users, u.Key)
	}
	tenants, err := those(ctx, q.Tenants, v.Tenant)
	if err != nil {
		return f, false, err
	}
	for _, t := range tenants {
		f.Tenants = append(f.Tenants, t.Key)
	}
	if err := q.roles(ctx, v, &f); err != nil {
		return f, false, err
	}
	r, known, err := optional(ctx, q.Resource, v.Resource)
	if err != nil {
		return f, false, err
	}
	i, there, err := optional(ctx, q.Instance, v.Instance)
	if err != nil {
		return f, false, err
	}
	if n := len(q.Tenants); q.Instance != "" && n > 0 {
		t, _, err := v.Tenant(ctx, q.Tenants[n-1])
		if err != nil || !there || i.Tenant != t.Key {
			return f, false, orAbsent(err, "resource instance", string(q.Instance))
		}
	}
	f.Resource, f.Instance = r.Key, i.Node
	none = !known || !there || len(q.Users) > 0 && len(f.Users) == 0 || len(q.Tenants) > 0 && len(f.Tenants) == 0 ||
		len(q.Roles) > 0 && len(f.Roles)+len(f.InstanceRoles) == 0
	return f, none, nil
}

// roles resolves the roles. A key may be of a tenant role and of roles of several
// resources: all of them are meant.
func (q AssignmentQuery) roles(ctx context.Context, v View, f *AssignmentFilter) error {
	if len(q.Roles) == 0 {
		return nil
	}
	roles, err := those(ctx, q.Roles, v.Role)
	if err != nil {
		return err
	}
	for _, r := range roles {
		f.Roles = append(f.Roles, r.Key)
	}
	resources, err := v.AllResources(ctx)
	for _, r := range resources {
		for _, role := range r.Roles {
			if slices.ContainsFunc(q.Roles, func(id authz.Ident) bool { return id == authz.Ident(role.Key) || id.ID() == role.ID }) {
				f.InstanceRoles = append(f.InstanceRoles, InstanceRole{r.Key, role.Key})
			}
		}
	}
	return err
}

// those are the things that are there of those that ids name.
func those[T any](ctx context.Context, ids []authz.Ident, look func(context.Context, authz.Ident) (T, bool, error)) ([]T, error) {
	var out []T
	for _, id := range ids {
		v, ok, err := look(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// named adds the parties, reading each once.
func named(ctx context.Context, l Listing, list []authz.Assignment) ([]NamedAssignment, error) {
	names := naming{view: l}
	names.ahead(ctx, l, eachOf(list, func(a authz.Assignment) authz.UserKey { return a.User }),
		eachOf(list, func(a authz.Assignment) authz.TenantKey { return a.Tenant }), eachOf(list, func(a authz.Assignment) authz.Node { return a.Instance }))
	return eachOf(list, func(a authz.Assignment) NamedAssignment {
		return NamedAssignment{
			Assignment: a, Holder: names.user(ctx, a.User), Of: names.role(ctx, a.Instance.Type, a.Role),
			In: names.tenant(ctx, a.Tenant), On: names.instance(ctx, a.Instance),
		}
	}), names.err
}

func eachOf[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = f(a)
	}
	return out
}
