package directory

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An InstanceInput is an instance of a resource as a caller of the API gives it.
type InstanceInput struct {
	Key        string
	Resource   authz.Ident
	Tenant     authz.Ident
	Attributes authz.Attributes
}

// A NamedInstance is an instance with the ids of what it belongs to.
type NamedInstance struct {
	authz.Instance
	ResourceID authz.ID
	TenantID   authz.ID
	Tuples     []authz.Tuple // in which it stands, if they were asked for: oldest first, at most [MostRelated]
}

// MostRelated is how many tuples of one instance are read with it: a folder may
// have millions. All of them are in the list of tuples.
const MostRelated = 1000

// CreateInstance makes an instance. It returns Conflict if the resource has one of
// that key in any tenant.
func (d *Directory) CreateInstance(ctx context.Context, env authz.EnvID, actor string, in InstanceInput) (i NamedInstance, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		var err error
		if i, err = d.newInstance(ctx, v, in); err != nil {
			return nil, err
		}
		if _, taken, err := v.Instance(ctx, authz.Ident(i.Node.String())); err != nil || taken {
			return nil, orTaken(err, "resource instance", i.Node.String())
		}
		return []authz.Change{authz.PutInstance{Instance: i.Instance}}, nil
	})
	return i, rev, err
}

// newInstance is the instance that in names, whether one of that name is there or
// not.
func (d *Directory) newInstance(ctx context.Context, v View, in InstanceInput) (i NamedInstance, err error) {
	if err := checkKey("key", "resource instance", in.Key, anyKey); err != nil {
		return i, err
	}
	r, err := find(ctx, "resource", in.Resource, v.Resource)
	if err != nil {
		return i, err
	}
	t, err := find(ctx, "tenant", in.Tenant, v.Tenant)
	return NamedInstance{ResourceID: r.ID, TenantID: t.ID, Instance: authz.Instance{
		Node: authz.Node{Type: r.Key, Key: in.Key}, ID: NewID(), Tenant: t.Key, Attributes: in.Attributes, CreatedAt: d.now(), UpdatedAt: d.now(),
	}}, err
}

// replaceInstance puts the instance that in names in the place of one that is
// there. That must be in the same tenant.
func (d *Directory) replaceInstance(ctx context.Context, v View, in InstanceInput) ([]authz.Change, error) {
	i, err := d.newInstance(ctx, v, in)
	if err != nil {
		return nil, err
	}
	old, there, err := v.Instance(ctx, authz.Ident(i.Node.String()))
	if err != nil {
		return nil, err
	}
	if there && old.Tenant != i.Tenant {
		return nil, otherTenant(old, i.Tenant)
	}
	if there {
		i.ID, i.CreatedAt = old.ID, old.CreatedAt
	}
	return []authz.Change{authz.PutInstance{Instance: i.Instance}}, nil
}

// UpdateInstance replaces the attributes of an instance unless they are nil.
func (d *Directory) UpdateInstance(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, attributes *authz.Attributes) (i NamedInstance, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, err := find(ctx, "resource instance", id, v.Instance)
		if err != nil {
			return nil, err
		}
		if attributes != nil {
			old.Attributes, old.UpdatedAt = *attributes, d.now()
		}
		list, err := namedInstances(ctx, v, []authz.Instance{old})
		if err != nil {
			return nil, err
		}
		i = list[0]
		return []authz.Change{authz.PutInstance{Instance: old}}, nil
	})
	return i, rev, err
}

// DeleteInstance deletes an instance, its tuples and what is held on it.
func (d *Directory) DeleteInstance(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		i, err := find(ctx, "resource instance", id, v.Instance)
		return []authz.Change{authz.DeleteInstance{Node: i.Node}}, err
	})
}

// Instance returns an instance, with its tuples if related.
func (d *Directory) Instance(ctx context.Context, env authz.EnvID, id authz.Ident, related bool) (i NamedInstance, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		found, err := find(ctx, "resource instance", id, l.Instance)
		if err != nil {
			return err
		}
		list, err := namedInstances(ctx, l, []authz.Instance{found})
		if err != nil {
			return err
		}
		if related {
			err = withTuples(ctx, l, list)
		}
		i = list[0]
		return err
	})
	return i, err
}

// An InstanceQuery selects instances by key or id; empty idents select all. An
// ident that names nothing selects nothing.
type InstanceQuery struct {
	Tenant   authz.Ident
	Resource authz.Ident
	Search   []string // any of them: a part of the key, ignoring case
	Exactly  []string // any of them: the key, "type:key" or the id
	Related  bool     // with their tuples
}

// Instances lists instances, oldest first.
func (d *Directory) Instances(ctx context.Context, env authz.EnvID, q InstanceQuery, p Page) (list []NamedInstance, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		f := InstanceFilter{Search: q.Search, Exactly: q.Exactly}
		t, known, err := optional(ctx, q.Tenant, l.Tenant)
		if err != nil || !known {
			return err
		}
		r, known, err := optional(ctx, q.Resource, l.Resource)
		if err != nil || !known {
			return err
		}
		f.Tenant, f.Resource = t.Key, r.Key
		page, n, err := l.Instances(ctx, f, p)
		if err != nil {
			return err
		}
		total = n
		list, err = namedInstances(ctx, l, page)
		if err == nil && q.Related {
			err = withTuples(ctx, l, list)
		}
		return err
	})
	return list, total, err
}

// withTuples adds to each instance the tuples in which it stands.
func withTuples(ctx context.Context, l Listing, list []NamedInstance) (err error) {
	for i := range list {
		if list[i].Tuples, err = l.Related(ctx, list[i].Node, MostRelated); err != nil {
			return err
		}
	}
	return nil
}

// optional looks up what a query names; what it does not name is known.
func optional[T any](ctx context.Context, id authz.Ident, look func(context.Context, authz.Ident) (T, bool, error)) (thing T, known bool, err error) {
	if id == "" {
		return thing, true, nil
	}
	return look(ctx, id)
}

func namedInstances(ctx context.Context, v View, list []authz.Instance) ([]NamedInstance, error) {
	names := naming{view: v}
	out := make([]NamedInstance, len(list))
	for i, x := range list {
		out[i] = NamedInstance{Instance: x, ResourceID: names.resource(ctx, x.Node.Type).ID, TenantID: names.tenant(ctx, x.Tenant).ID}
	}
	return out, names.err
}
