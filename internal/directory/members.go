package directory

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// CreateMember makes a user that belongs to the tenant, with or without a role
// there. It returns Conflict if the key is taken, and NotFound without the tenant.
func (d *Directory) CreateMember(ctx context.Context, env authz.EnvID, actor string, tenant authz.Ident, key authz.UserKey, in UserInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		t, err := find(ctx, "tenant", tenant, v.Tenant)
		if err != nil {
			return nil, err
		}
		changes, err := d.newUser(ctx, v, key, in)
		return append(changes, authz.PutMembership{Membership: authz.Membership{User: key, Tenant: t.Key, GivenBy: []authz.Giver{authz.ByAPI}, CreatedAt: d.now()}}), err
	})
}

// RemoveFromTenant takes from a user everything it holds in the tenant and on its
// instances, and its membership. A user who holds nothing elsewhere is deleted,
// unless an identity source keeps it: deleted, it would be given its first role
// again when it next signs in. It returns NotFound if the user holds nothing in the
// tenant, be it a member.
func (d *Directory) RemoveFromTenant(ctx context.Context, env authz.EnvID, actor string, tenant, user authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		t, err := find(ctx, "tenant", tenant, v.Tenant)
		if err != nil {
			return nil, err
		}
		u, err := find(ctx, "user", user, v.User)
		if err != nil {
			return nil, err
		}
		list, err := v.Held(ctx, []authz.UserKey{u.Key})
		if err != nil {
			return nil, err
		}
		var changes []authz.Change
		for _, a := range list {
			if a.Tenant == t.Key {
				changes = append(changes, authz.DeleteAssignment{User: u.Key, Role: a.Role, Tenant: a.Tenant, Instance: a.Instance})
			}
		}
		switch {
		case len(changes) == 0:
			return nil, authz.Errorf(authz.NotFound, "role of user %q in tenant %q not found", u.Key, t.Key)
		case len(changes) == len(list) && u.Source == "":
			return []authz.Change{authz.DeleteUser{Key: u.Key}}, nil
		}
		return append(changes, authz.DeleteMembership{User: u.Key, Tenant: t.Key}), nil
	})
}
