package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An ActionInput is an action as a caller of the API gives it. Nil fields of an
// update are kept; of a create they are empty.
type ActionInput struct {
	Key         authz.ActionKey // of a create
	Name        *string
	Description *string
	Attributes  *authz.Attributes
}

func (in ActionInput) over(a authz.Action) authz.Action {
	set(&a.Name, in.Name)
	set(&a.Description, in.Description)
	set(&a.Attributes, in.Attributes)
	return a
}

// CreateAction makes an action of the resource. It returns Conflict if the key is
// taken.
func (d *Directory) CreateAction(ctx context.Context, env authz.EnvID, actor string, resource authz.Ident, in ActionInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		if err := taken(*r, in.Key); err != nil {
			return err
		}
		made := in.over(authz.Action{Key: in.Key, ID: NewID()})
		r.Actions = sorted(append(slices.Clone(r.Actions), made), func(a authz.Action) string { return string(a.Key) })
		return nil
	})
}

// UpdateAction changes the fields that in gives.
func (d *Directory) UpdateAction(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident, in ActionInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		i, err := actionAt(*r, id)
		if err == nil {
			r.Actions = slices.Clone(r.Actions)
			r.Actions[i] = in.over(r.Actions[i])
		}
		return err
	})
}

// DeleteAction deletes an action, and takes it from roles and rules.
func (d *Directory) DeleteAction(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident) (authz.Revision, error) {
	_, rev, err := d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		i, err := actionAt(*r, id)
		if err == nil {
			r.Actions = slices.Delete(slices.Clone(r.Actions), i, i+1)
		}
		return err
	})
	return rev, err
}

// ActionOf finds an action of r.
func ActionOf(r authz.Resource, id authz.Ident) (authz.Action, error) {
	i, err := actionAt(r, id)
	if err != nil {
		return authz.Action{}, err
	}
	return r.Actions[i], nil
}

func actionAt(r authz.Resource, id authz.Ident) (int, error) {
	return partOf("action", r.Actions, id, func(a authz.Action) (string, authz.ID) { return string(a.Key), a.ID })
}

// An AttributeInput is an attribute declaration as a caller of the API gives it.
// Nil fields of an update are kept.
type AttributeInput struct {
	Key         string // of a create
	Type        *string
	Description *string
}

func (in AttributeInput) over(a authz.ResourceAttribute) authz.ResourceAttribute {
	set(&a.Type, in.Type)
	set(&a.Description, in.Description)
	return a
}

// CreateAttribute declares an attribute of the resource. It returns Conflict if
// the key is taken.
func (d *Directory) CreateAttribute(ctx context.Context, env authz.EnvID, actor string, resource authz.Ident, in AttributeInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		if declares(*r, in.Key) {
			return orTaken(nil, "attribute", in.Key)
		}
		made := in.over(authz.ResourceAttribute{Key: in.Key, ID: NewID()})
		r.Attributes = sorted(append(slices.Clone(r.Attributes), made), func(a authz.ResourceAttribute) string { return a.Key })
		return nil
	})
}

// UpdateAttribute changes the fields that in gives.
func (d *Directory) UpdateAttribute(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident, in AttributeInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		i, err := attributeAt(*r, id)
		if err == nil {
			r.Attributes = slices.Clone(r.Attributes)
			r.Attributes[i] = in.over(r.Attributes[i])
		}
		return err
	})
}

// DeleteAttribute deletes an attribute, and the condition sets that name it.
func (d *Directory) DeleteAttribute(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident) (authz.Revision, error) {
	_, rev, err := d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		i, err := attributeAt(*r, id)
		if err != nil {
			return err
		}
		if a := r.Attributes[i]; BuiltIn(*r, a) {
			return authz.Errorf(authz.Forbidden, "attribute %q is built in and cannot be deleted", a.Key)
		}
		r.Attributes = slices.Delete(slices.Clone(r.Attributes), i, i+1)
		return nil
	})
	return rev, err
}

// AttributeOf finds an attribute of r.
func AttributeOf(r authz.Resource, id authz.Ident) (authz.ResourceAttribute, error) {
	i, err := attributeAt(r, id)
	if err != nil {
		return authz.ResourceAttribute{}, err
	}
	return r.Attributes[i], nil
}

// BuiltIn reports whether the attribute came with the environment.
func BuiltIn(r authz.Resource, a authz.ResourceAttribute) bool {
	return r.BuiltIn && (a.Key == "key" || r.Key == userType && ofEveryUser[a.Key])
}

func attributeAt(r authz.Resource, id authz.Ident) (int, error) {
	return partOf("attribute", r.Attributes, id, func(a authz.ResourceAttribute) (string, authz.ID) { return a.Key, a.ID })
}

func declares(r authz.Resource, attribute string) bool {
	return slices.ContainsFunc(r.Attributes, func(a authz.ResourceAttribute) bool { return a.Key == attribute })
}
