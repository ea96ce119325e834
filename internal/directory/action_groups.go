package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An ActionGroupInput is an action group as a caller of the API gives it. Nil
// fields of an update are kept; of a create they are empty.
type ActionGroupInput struct {
	Key         authz.ActionKey // of a create
	Name        *string
	Description *string
	Attributes  *authz.Attributes
	Actions     *[]authz.Ident // replaces all: actions of the resource
}

// CreateActionGroup makes an action group of the resource. It returns Conflict if
// the key is that of another group or of an action: a permission names either.
func (d *Directory) CreateActionGroup(ctx context.Context, env authz.EnvID, actor string, resource authz.Ident, in ActionGroupInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		if err := taken(*r, in.Key); err != nil {
			return err
		}
		made := authz.ActionGroup{Key: in.Key, ID: NewID(), CreatedAt: d.now()}
		if err := d.layGroup(*r, &made, in); err != nil {
			return err
		}
		r.ActionGroups = sorted(append(slices.Clone(r.ActionGroups), made), func(g authz.ActionGroup) string { return string(g.Key) })
		return nil
	})
}

// UpdateActionGroup changes the fields that in gives. What the group holds is from
// then on what the roles that have it may do.
func (d *Directory) UpdateActionGroup(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident, in ActionGroupInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		i, err := groupAt(*r, id)
		if err != nil {
			return err
		}
		r.ActionGroups = slices.Clone(r.ActionGroups)
		return d.layGroup(*r, &r.ActionGroups[i], in)
	})
}

// DeleteActionGroup deletes an action group, and takes it from roles.
func (d *Directory) DeleteActionGroup(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident) (authz.Revision, error) {
	_, rev, err := d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		i, err := groupAt(*r, id)
		if err == nil {
			r.ActionGroups = slices.Delete(slices.Clone(r.ActionGroups), i, i+1)
		}
		return err
	})
	return rev, err
}

// ActionGroupOf finds an action group of r.
func ActionGroupOf(r authz.Resource, id authz.Ident) (authz.ActionGroup, error) {
	i, err := groupAt(r, id)
	if err != nil {
		return authz.ActionGroup{}, err
	}
	return r.ActionGroups[i], nil
}

func groupAt(r authz.Resource, id authz.Ident) (int, error) {
	return partOf("action group", r.ActionGroups, id, func(g authz.ActionGroup) (string, authz.ID) { return string(g.Key), g.ID })
}

func hasGroup(r authz.Resource, key authz.ActionKey) bool {
	return slices.ContainsFunc(r.ActionGroups, func(g authz.ActionGroup) bool { return g.Key == key })
}

// layGroup lays in over g, whose actions must be there.
func (d *Directory) layGroup(r authz.Resource, g *authz.ActionGroup, in ActionGroupInput) error {
	set(&g.Name, in.Name)
	set(&g.Description, in.Description)
	set(&g.Attributes, in.Attributes)
	g.UpdatedAt = d.now()
	if in.Actions == nil {
		return nil
	}
	g.Actions = nil
	for _, id := range *in.Actions {
		a, err := ActionOf(r, id)
		if err != nil {
			return err
		}
		g.Actions = append(g.Actions, a.Key)
	}
	g.Actions = uniqueOf(g.Actions)
	return nil
}

// permits reports whether a permission on r may name key: an action or a group.
func permits(r authz.Resource, key authz.ActionKey) bool {
	return hasAction(r, key) || hasGroup(r, key)
}

// permissible are the keys that permissions on r may name.
func permissible(r authz.Resource) []authz.ActionKey {
	var keys []authz.ActionKey
	for _, a := range r.Actions {
		keys = append(keys, a.Key)
	}
	for _, g := range r.ActionGroups {
		keys = append(keys, g.Key)
	}
	return keys
}

// taken refuses the key of an action or a group of r for another one.
func taken(r authz.Resource, key authz.ActionKey) error {
	if hasGroup(r, key) {
		return orTaken(nil, "action group", string(key))
	}
	if hasAction(r, key) {
		return orTaken(nil, "action", string(key))
	}
	return nil
}

// ambiguous refuses a resource of which an action has the key of a group: nobody
// could say which of them a role has.
func ambiguous(r authz.Resource) error {
	for _, g := range r.ActionGroups {
		if hasAction(r, g.Key) {
			return authz.InvalidField("actions", "resource %q has an action group %q; give the action another key", r.Key, g.Key)
		}
	}
	return nil
}
