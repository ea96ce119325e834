package directory

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// births are the instances that a write makes besides what it was asked for.
type births struct {
	d       *Directory
	view    View
	made    []authz.Instance
	changes []authz.Change // that make them
}

// look finds an instance that is there, or that this write has made.
func (b *births) look(ctx context.Context, id authz.Ident) (authz.Instance, bool, error) {
	for _, i := range b.made {
		if i.Node.String() == string(id) {
			return i, true, nil
		}
	}
	return b.view.Instance(ctx, id)
}

// instance finds what id names, or makes it in tenant. An instance that is there
// in another tenant is a Conflict; no tenant at all will do for one that is there.
func (b *births) instance(ctx context.Context, id authz.Ident, tenant authz.TenantKey) (authz.Instance, error) {
	i, ok, err := b.look(ctx, id)
	if err != nil {
		return i, err
	}
	if ok && tenant != "" && i.Tenant != tenant {
		return i, otherTenant(i, tenant)
	}
	if ok {
		return i, nil
	}
	node, named := authz.ParseNode(string(id))
	if !named || tenant == "" {
		return i, authz.Errorf(authz.NotFound, "resource instance %q not found", id)
	}
	if _, err := typeNamed(ctx, b.view, node.Type); err != nil {
		return i, err
	}
	i = authz.Instance{Node: node, ID: NewID(), Tenant: tenant, CreatedAt: b.d.now(), UpdatedAt: b.d.now()}
	b.made = append(b.made, i)
	b.changes = append(b.changes, authz.PutInstance{Instance: i})
	return i, nil
}

// typeNamed finds a resource by its key only: the name of an instance has no id.
func typeNamed(ctx context.Context, v View, key authz.ResourceKey) (authz.Resource, error) {
	r, err := find(ctx, "resource", authz.Ident(key), v.Resource)
	if err == nil && r.Key != key {
		err = authz.Errorf(authz.NotFound, "resource %q not found", key)
	}
	return r, err
}

func otherTenant(i authz.Instance, tenant authz.TenantKey) error {
	return wrapped(ErrOtherTenant, authz.Errorf(authz.Conflict, "resource instance %q is in tenant %q, not in %q", i.Node, i.Tenant, tenant))
}

// pair finds or makes subject and object of a tuple, both in one tenant. Every
// instance of a type is not made: it is where the subject is.
func (b *births) pair(ctx context.Context, in TupleInput) (subject, object authz.Instance, err error) {
	var tenant authz.TenantKey
	if in.Tenant != "" {
		t, err := find(ctx, "tenant", in.Tenant, b.view.Tenant)
		if err != nil {
			return subject, object, err
		}
		tenant = t.Key
	}
	every, toEvery := everyOf(in.Object)
	for _, id := range []authz.Ident{in.Object, in.Subject} {
		if toEvery && id == in.Object {
			continue
		}
		there, ok, err := b.look(ctx, id)
		if err != nil {
			return subject, object, err
		}
		if ok && tenant == "" {
			tenant = there.Tenant
		}
	}
	if toEvery {
		r, err := typeNamed(ctx, b.view, every.Node.Type)
		if err != nil {
			return subject, object, err
		}
		object = everyIn(r, tenant)
	} else if object, err = b.instance(ctx, in.Object, tenant); err != nil {
		return subject, object, err
	}
	subject, err = b.instance(ctx, in.Subject, tenant)
	return subject, object, err
}

// standing is the assignment of r to user as it is, with no giver if there is
// none yet. With an error it says as much as is known.
func (b *births) standing(ctx context.Context, user authz.UserKey, r RoleInTenant) (a authz.Assignment, err error) {
	if r.Instance == "" {
		a, err = b.inTenant(ctx, r)
	} else {
		a, err = b.onInstance(ctx, r)
	}
	a.User = user
	if err != nil {
		return a, err
	}
	held, ok, err := b.view.Assignment(ctx, user, a.Role, a.Tenant, a.Instance)
	if ok {
		a = held
	}
	return a, err
}

func (b *births) inTenant(ctx context.Context, r RoleInTenant) (a authz.Assignment, err error) {
	role, err := find(ctx, "role", r.Role, b.view.Role)
	if err != nil {
		return a, err
	}
	t, err := find(ctx, "tenant", r.Tenant, b.view.Tenant)
	a.Role, a.Tenant = role.Key, t.Key
	return a, err
}

func (b *births) onInstance(ctx context.Context, r RoleInTenant) (a authz.Assignment, err error) {
	if r.Tenant != "" {
		t, err := find(ctx, "tenant", r.Tenant, b.view.Tenant)
		if err != nil {
			return a, err
		}
		a.Tenant = t.Key
	}
	i, err := b.instance(ctx, r.Instance, a.Tenant)
	a.Instance = i.Node
	if err != nil {
		return a, err
	}
	of, err := find(ctx, "resource", authz.Ident(i.Node.Type), b.view.Resource)
	if err != nil {
		return a, err
	}
	role, err := ResourceRoleOf(of, r.Role)
	a.Role, a.Tenant = role.Key, i.Tenant
	return a, err
}

// given is a with by among its givers.
func (d *Directory) given(a authz.Assignment, by authz.Giver) authz.Assignment {
	if len(a.GivenBy) == 0 {
		a.ID, a.CreatedAt = NewID(), d.now()
	}
	a.GivenBy = authz.With(a.GivenBy, by)
	return a
}
