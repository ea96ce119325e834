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
	Relations      *[]RelationInput
	Roles          *[]ResourceRoleInput
}

// CreateResource makes a resource. It returns Conflict if the key is taken.
func (d *Directory) CreateResource(ctx context.Context, env authz.EnvID, actor string, key authz.ResourceKey, in ResourceInput) (r authz.Resource, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		if _, taken, err := v.Resource(ctx, authz.Ident(key)); err != nil || taken {
			return nil, orTaken(err, "resource", string(key))
		}
		var err error
		r, err = d.overResource(ctx, v, authz.Resource{Key: key, ID: NewID(), CreatedAt: d.now()}, in)
		return []authz.Change{authz.PutResource{Resource: r}}, err
	})
	return r, rev, err
}

// ReplaceResource makes the resource equal to in, creating it if need be. Action
// groups stay, with those of their actions that stay.
func (d *Directory) ReplaceResource(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in ResourceInput) (r authz.Resource, rev authz.Revision, err error) {
	in.Actions = cmp.Or(in.Actions, &[]authz.Action{})
	in.Attributes = cmp.Or(in.Attributes, &[]authz.ResourceAttribute{})
	in.Relations = cmp.Or(in.Relations, &[]RelationInput{})
	in.Roles = cmp.Or(in.Roles, &[]ResourceRoleInput{})
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, found, err := v.Resource(ctx, id)
		if err != nil {
			return nil, err
		}
		if !found {
			old = authz.Resource{Key: authz.ResourceKey(id), ID: NewID(), CreatedAt: d.now()}
		}
		blank := authz.Resource{
			Key: old.Key, ID: old.ID, CreatedAt: old.CreatedAt, BuiltIn: old.BuiltIn,
			Actions: old.Actions, Attributes: old.Attributes, Relations: old.Relations, Roles: old.Roles, ActionGroups: old.ActionGroups,
		}
		if r, err = d.overResource(ctx, v, blank, in); err != nil {
			return nil, err
		}
		var changes []authz.Change
		r, changes, err = d.replace(ctx, v, old, r)
		return changes, err
	})
	return r, rev, err
}

// UpdateResource changes the fields that in gives. Actions, attributes, roles and
// relations that go are taken from whatever named them.
func (d *Directory) UpdateResource(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in ResourceInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, id, func(ctx context.Context, v View, r *authz.Resource) (err error) {
		*r, err = d.overResource(ctx, v, *r, in)
		return err
	})
}

// DeleteResource deletes the resource with its instances, and takes what names it
// from roles, from other resources and from rules.
func (d *Directory) DeleteResource(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		r, err := find(ctx, "resource", id, v.Resource)
		if err != nil {
			return nil, err
		}
		if r.BuiltIn {
			return nil, authz.Errorf(authz.Forbidden, "resource %q is built in and cannot be deleted", r.Key)
		}
		changes, err := d.withdraw(ctx, v, loss{resource: r.Key, whole: true})
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

// Types returns the resources of the keys and those that they name: what it takes
// to say of each of them which ids it names.
func (d *Directory) Types(ctx context.Context, env authz.EnvID, keys ...authz.ResourceKey) (list []authz.Resource, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		if list, err = l.ResourcesByKey(ctx, uniqueOf(keys)); err != nil {
			return err
		}
		var named []authz.ResourceKey
		for _, r := range list {
			for _, x := range r.Relations {
				named = append(named, x.Subject)
			}
			for _, x := range r.Roles {
				for _, from := range x.Derivations {
					named = append(named, from.On)
				}
			}
		}
		named, _ = without(uniqueOf(named), func(k authz.ResourceKey) bool { return slices.Contains(keys, k) })
		others, err := l.ResourcesByKey(ctx, named)
		list = append(list, others...)
		return err
	})
	return list, err
}

// Resources lists resources.
func (d *Directory) Resources(ctx context.Context, env authz.EnvID, f ResourceFilter, p Page) (list []authz.Resource, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, total, err = l.Resources(ctx, f, p)
		return err
	})
	return list, total, err
}

// overResource is r with in laid over it, and what in names checked.
func (d *Directory) overResource(ctx context.Context, v View, r authz.Resource, in ResourceInput) (authz.Resource, error) {
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
		r.Actions = sorted(slices.Clone(*in.Actions), func(a authz.Action) string { return string(a.Key) })
		for i := range r.Actions {
			r.Actions[i].ID = cmp.Or(had[r.Actions[i].Key], NewID())
		}
	}
	if in.Attributes != nil {
		had := map[string]authz.ID{}
		for _, a := range r.Attributes {
			had[a.Key] = a.ID
		}
		r.Attributes = sorted(slices.Clone(*in.Attributes), func(a authz.ResourceAttribute) string { return a.Key })
		for i := range r.Attributes {
			r.Attributes[i].ID = cmp.Or(had[r.Attributes[i].Key], NewID())
		}
	}
	if in.Relations != nil {
		if err := d.layRelations(ctx, v, &r, *in.Relations); err != nil {
			return r, err
		}
	}
	if in.Roles != nil {
		return r, d.layRoles(ctx, v, &r, *in.Roles)
	}
	return r, nil
}

func hasAction(r authz.Resource, key authz.ActionKey) bool {
	return slices.ContainsFunc(r.Actions, func(a authz.Action) bool { return a.Key == key })
}
