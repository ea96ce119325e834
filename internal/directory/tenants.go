package directory

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A TenantInput is a tenant as a caller of the API gives it. Nil fields of an
// update are kept; of a create they are empty.
type TenantInput struct {
	Name        *string
	Description *string
	Attributes  *authz.Attributes // replaces all attributes
}

func (in TenantInput) over(t authz.Tenant) authz.Tenant {
	set(&t.Name, in.Name)
	set(&t.Description, in.Description)
	set(&t.Attributes, in.Attributes)
	return t
}

// CreateTenant makes a tenant, and gives the assignments that waited for it. It
// returns Conflict if the key is taken.
func (d *Directory) CreateTenant(ctx context.Context, env authz.EnvID, actor string, key authz.TenantKey, in TenantInput) (t authz.Tenant, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) (changes []authz.Change, err error) {
		t, changes, err = d.newTenant(ctx, v, key, in)
		return changes, err
	})
	return t, rev, err
}

// newTenant is a tenant of a key that is free, and what making it changes.
func (d *Directory) newTenant(ctx context.Context, v View, key authz.TenantKey, in TenantInput) (t authz.Tenant, changes []authz.Change, err error) {
	if _, taken, err := v.Tenant(ctx, authz.Ident(key)); err != nil || taken {
		return t, nil, orTaken(err, "tenant", string(key))
	}
	t = in.over(authz.Tenant{Key: key, ID: NewID(), CreatedAt: d.now(), UpdatedAt: d.now()})
	waiting, err := d.complete(ctx, v, PendingFilter{Tenant: key})
	return t, append([]authz.Change{authz.PutTenant{Tenant: t}}, waiting...), err
}

// UpdateTenant changes the fields that in gives.
func (d *Directory) UpdateTenant(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in TenantInput) (t authz.Tenant, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, err := find(ctx, "tenant", id, v.Tenant)
		if err != nil {
			return nil, err
		}
		t = in.over(old)
		t.UpdatedAt = d.now()
		return []authz.Change{authz.PutTenant{Tenant: t}}, nil
	})
	return t, rev, err
}

// DeleteTenant deletes the tenant and the assignments in it.
func (d *Directory) DeleteTenant(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		t, err := find(ctx, "tenant", id, v.Tenant)
		return []authz.Change{authz.DeleteTenant{Key: t.Key}}, err
	})
}

// Tenant returns a tenant.
func (d *Directory) Tenant(ctx context.Context, env authz.EnvID, id authz.Ident) (t authz.Tenant, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		t, err = find(ctx, "tenant", id, l.Tenant)
		return err
	})
	return t, err
}

// Tenants lists tenants.
func (d *Directory) Tenants(ctx context.Context, env authz.EnvID, f TextFilter, p Page) (list []authz.Tenant, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, total, err = l.Tenants(ctx, f, p)
		return err
	})
	return list, total, err
}
