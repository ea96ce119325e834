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
}

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

// Instance returns an instance.
func (d *Directory) Instance(ctx context.Context, env authz.EnvID, id authz.Ident) (i NamedInstance, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		found, err := find(ctx, "resource instance", id, l.Instance)
		if err != nil {
			return err
		}
		list, err := namedInstances(ctx, l, []authz.Instance{found})
		if err == nil {
			i = list[0]
		}
		return err
	})
	return i, err
}

// An InstanceQuery selects instances by key or id; empty idents select all. An
// ident that names nothing selects nothing.
type InstanceQuery struct {
	Tenant   authz.Ident
	Resource authz.Ident
	Search   []string
}

// Instances lists instances, oldest first.
func (d *Directory) Instances(ctx context.Context, env authz.EnvID, q InstanceQuery, p Page) (list []NamedInstance, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		f := InstanceFilter{Search: q.Search}
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
		return err
	})
	return list, total, err
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
		out[i] = NamedInstance{Instance: x, ResourceID: names.resource(ctx, x.Node.Type), TenantID: names.tenant(ctx, x.Tenant)}
	}
	return out, names.err
}

// A naming finds ids by keys, reading each thing once. The first failure stays.
type naming struct {
	view View
	ids  map[any]authz.ID
	err  error
}

func (n *naming) look(key any, read func() (authz.ID, error)) authz.ID {
	id, known := n.ids[key]
	if known || n.err != nil {
		return id
	}
	if n.ids == nil {
		n.ids = map[any]authz.ID{}
	}
	id, n.err = read()
	n.ids[key] = id
	return id
}

func (n *naming) user(ctx context.Context, key authz.UserKey) authz.ID {
	return n.look(key, func() (authz.ID, error) {
		u, _, err := n.view.User(ctx, authz.Ident(key))
		return u.ID, err
	})
}

func (n *naming) tenant(ctx context.Context, key authz.TenantKey) authz.ID {
	return n.look(key, func() (authz.ID, error) {
		t, _, err := n.view.Tenant(ctx, authz.Ident(key))
		return t.ID, err
	})
}

func (n *naming) resource(ctx context.Context, key authz.ResourceKey) authz.ID {
	return n.look(key, func() (authz.ID, error) {
		r, _, err := n.view.Resource(ctx, authz.Ident(key))
		return r.ID, err
	})
}

func (n *naming) instance(ctx context.Context, node authz.Node) authz.ID {
	return n.look(node, func() (authz.ID, error) {
		if node == (authz.Node{}) {
			return "", nil
		}
		i, _, err := n.view.Instance(ctx, authz.Ident(node.String()))
		return i.ID, err
	})
}

// role is the id of a tenant role, or of a role of resource.
func (n *naming) role(ctx context.Context, resource authz.ResourceKey, key authz.RoleKey) authz.ID {
	return n.look(InstanceRole{resource, key}, func() (authz.ID, error) {
		if resource == "" {
			r, _, err := n.view.Role(ctx, authz.Ident(key))
			return r.ID, err
		}
		r, _, err := n.view.Resource(ctx, authz.Ident(resource))
		role, _ := ResourceRoleOf(r, authz.Ident(key))
		return role.ID, err
	})
}

func (n *naming) relation(ctx context.Context, object authz.ResourceKey, key authz.RelationKey) authz.ID {
	return n.look([2]string{string(object), string(key)}, func() (authz.ID, error) {
		r, _, err := n.view.Resource(ctx, authz.Ident(object))
		relation, _ := RelationOf(r, authz.Ident(key))
		return relation.ID, err
	})
}
