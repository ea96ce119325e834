package directory

import (
	"cmp"
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A ResourceInput is a resource as a caller of the API gives it. Nil fields of
// an update are kept; of a create or a replacement they are empty. Ids inside
// Actions and Attributes are ignored: those of kept keys stay, others are new.
type ResourceInput struct {
	Name           *string
	URN            *string
	Description    *string
	Actions        *[]authz.Action
	Attributes     *[]authz.ResourceAttribute
	TypeAttributes *authz.Attributes
}

// CreateResource makes a resource. It returns Conflict if the key is taken.
func (d *Directory) CreateResource(ctx context.Context, env authz.EnvID, actor string, key authz.ResourceKey, in ResourceInput) (r authz.Resource, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		if _, taken, err := v.Resource(ctx, authz.Ident(key)); err != nil || taken {
			return nil, orTaken(err, "resource", string(key))
		}
		r = d.overResource(authz.Resource{Key: key, ID: NewID(), CreatedAt: d.now()}, in)
		return []authz.Change{authz.PutResource{Resource: r}}, nil
	})
	return r, rev, err
}

// ReplaceResource makes the resource equal to in, creating it if need be.
func (d *Directory) ReplaceResource(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in ResourceInput) (r authz.Resource, rev authz.Revision, err error) {
	in.Actions = cmp.Or(in.Actions, &[]authz.Action{})
	in.Attributes = cmp.Or(in.Attributes, &[]authz.ResourceAttribute{})
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, found, err := v.Resource(ctx, id)
		if err != nil {
			return nil, err
		}
		if !found {
			old = authz.Resource{Key: authz.ResourceKey(id), ID: NewID(), CreatedAt: d.now()}
		}
		blank := authz.Resource{Key: old.Key, ID: old.ID, CreatedAt: old.CreatedAt, BuiltIn: old.BuiltIn, Actions: old.Actions, Attributes: old.Attributes}
		r = d.overResource(blank, in)
		return d.replaceResource(ctx, v, old, r)
	})
	return r, rev, err
}

// UpdateResource changes the fields that in gives. Actions that go are taken
// from the roles that had them.
func (d *Directory) UpdateResource(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in ResourceInput) (r authz.Resource, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, err := find(ctx, "resource", id, v.Resource)
		if err != nil {
			return nil, err
		}
		r = d.overResource(old, in)
		return d.replaceResource(ctx, v, old, r)
	})
	return r, rev, err
}

// DeleteResource deletes the resource and takes its permissions from all roles.
func (d *Directory) DeleteResource(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		r, err := find(ctx, "resource", id, v.Resource)
		if err != nil {
			return nil, err
		}
		if r.BuiltIn {
			return nil, authz.Errorf(authz.Forbidden, "resource %q is built in and cannot be deleted", r.Key)
		}
		changes, err := d.withdraw(ctx, v, r.Key, func(authz.ActionKey) bool { return false })
		return append(changes, authz.DeleteResource{Key: r.Key}), err
	})
}

// Resource returns a resource.
func (d *Directory) Resource(ctx context.Context, env authz.EnvID, id authz.Ident) (r authz.Resource, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		r, err = find(ctx, "resource", id, l.Resource)
		return err
	})
	return r, err
}

// Resources lists resources.
func (d *Directory) Resources(ctx context.Context, env authz.EnvID, f ResourceFilter, p Page) (list []authz.Resource, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, total, err = l.Resources(ctx, f, p)
		return err
	})
	return list, total, err
}

// overResource is r with in laid over it.
func (d *Directory) overResource(r authz.Resource, in ResourceInput) authz.Resource {
	set(&r.Name, in.Name)
	set(&r.URN, in.URN)
	set(&r.Description, in.Description)
	set(&r.TypeAttributes, in.TypeAttributes)
	r.UpdatedAt = d.now()
	if in.Actions != nil {
		had := map[authz.ActionKey]authz.ID{}
		for _, a := range r.Actions {
			had[a.Key] = a.ID
		}
		r.Actions = slices.Clone(*in.Actions)
		for i := range r.Actions {
			r.Actions[i].ID = cmp.Or(had[r.Actions[i].Key], NewID())
		}
		slices.SortFunc(r.Actions, func(a, b authz.Action) int { return cmp.Compare(a.Key, b.Key) })
	}
	if in.Attributes != nil {
		had := map[string]authz.ID{}
		for _, a := range r.Attributes {
			had[a.Key] = a.ID
		}
		r.Attributes = slices.Clone(*in.Attributes)
		for i := range r.Attributes {
			r.Attributes[i].ID = cmp.Or(had[r.Attributes[i].Key], NewID())
		}
		slices.SortFunc(r.Attributes, func(a, b authz.ResourceAttribute) int { return cmp.Compare(a.Key, b.Key) })
	}
	return r
}

// replaceResource puts r in the place of old and takes the actions that went
// from the roles that had them.
func (d *Directory) replaceResource(ctx context.Context, v View, old, r authz.Resource) ([]authz.Change, error) {
	changes := []authz.Change{authz.PutResource{Resource: r}}
	if !slices.ContainsFunc(old.Actions, func(a authz.Action) bool { return !hasAction(r, a.Key) }) {
		return changes, nil
	}
	withdrawn, err := d.withdraw(ctx, v, r.Key, func(a authz.ActionKey) bool { return hasAction(r, a) })
	return append(changes, withdrawn...), err
}

// withdraw takes the permissions on a resource from all roles, but those whose
// action keep says to keep.
func (d *Directory) withdraw(ctx context.Context, v View, resource authz.ResourceKey, keep func(authz.ActionKey) bool) ([]authz.Change, error) {
	roles, err := v.Roles(ctx)
	if err != nil {
		return nil, err
	}
	var changes []authz.Change
	for _, r := range roles {
		left := slices.DeleteFunc(slices.Clone(r.Permissions), func(p authz.Permission) bool {
			return p.Resource == resource && !keep(p.Action)
		})
		if len(left) < len(r.Permissions) {
			r.Permissions, r.UpdatedAt = left, d.now()
			changes = append(changes, authz.PutRole{Role: r})
		}
	}
	return changes, nil
}

func hasAction(r authz.Resource, key authz.ActionKey) bool {
	return slices.ContainsFunc(r.Actions, func(a authz.Action) bool { return a.Key == key })
}
