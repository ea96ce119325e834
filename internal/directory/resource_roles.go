package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A ResourceRoleInput is a role of a resource as a caller of the API gives it.
// Nil fields of an update are kept; of a create they are empty.
type ResourceRoleInput struct {
	Key           authz.RoleKey // of a create
	Name          *string
	Description   *string
	Permissions   *[]authz.Permission // replaces all; no resource means the role's own
	Extends       *[]authz.Ident      // replaces all parents: other roles of the resource
	Attributes    *authz.Attributes   // replaces all attributes
	Derivations   *[]DerivationInput  // replaces all derivations
	NoDirectRoles *bool
}

// A DerivationInput is a derivation as a caller of the API gives it.
type DerivationInput struct {
	Role          authz.Ident // on the subject
	On            authz.Ident // the subject's resource
	Through       authz.Ident // a relation of the resource whose role is derived
	NoDirectRoles bool
}

// CreateResourceRole makes a role of the resource. It returns Conflict if the key
// is taken.
func (d *Directory) CreateResourceRole(ctx context.Context, env authz.EnvID, actor string, resource authz.Ident, in ResourceRoleInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(ctx context.Context, v View, r *authz.Resource) error {
		if slices.ContainsFunc(r.Roles, func(x authz.ResourceRole) bool { return x.Key == in.Key }) {
			return orTaken(nil, "role", string(in.Key))
		}
		role := authz.ResourceRole{Key: in.Key, ID: NewID(), CreatedAt: d.now()}
		r.Roles = append(slices.Clone(r.Roles), role)
		err := d.layRole(ctx, v, r, len(r.Roles)-1, in)
		sortRoles(r.Roles)
		return err
	})
}

// UpdateResourceRole changes the fields that in gives.
func (d *Directory) UpdateResourceRole(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident, in ResourceRoleInput) (authz.Resource, authz.Revision, error) {
	return d.editRole(ctx, env, actor, resource, id, func(ctx context.Context, v View, r *authz.Resource, i int) error {
		return d.layRole(ctx, v, r, i, in)
	})
}

// DeleteResourceRole deletes a role of the resource, with its assignments and
// what is derived from it.
func (d *Directory) DeleteResourceRole(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident) (authz.Revision, error) {
	_, rev, err := d.editRole(ctx, env, actor, resource, id, func(_ context.Context, _ View, r *authz.Resource, i int) error {
		r.Roles = slices.Delete(r.Roles, i, i+1)
		return nil
	})
	return rev, err
}

// AddResourcePermissions gives the role permissions; those it has are skipped.
func (d *Directory) AddResourcePermissions(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident, add []authz.Permission) (authz.Resource, authz.Revision, error) {
	return d.editRole(ctx, env, actor, resource, id, func(_ context.Context, _ View, r *authz.Resource, i int) error {
		actions, err := actionsOf(*r, add)
		r.Roles[i].Actions = uniqueOf(slices.Concat(r.Roles[i].Actions, actions))
		r.Roles[i].UpdatedAt = d.now()
		return err
	})
}

// RemoveResourcePermissions takes permissions from the role; those it lacks are
// skipped.
func (d *Directory) RemoveResourcePermissions(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident, drop []authz.Permission) (authz.Resource, authz.Revision, error) {
	return d.editRole(ctx, env, actor, resource, id, func(_ context.Context, _ View, r *authz.Resource, i int) error {
		r.Roles[i].Actions, _ = without(r.Roles[i].Actions, func(a authz.ActionKey) bool {
			return slices.Contains(drop, authz.Permission{Action: a}) || slices.Contains(drop, authz.Permission{Resource: r.Key, Action: a})
		})
		r.Roles[i].UpdatedAt = d.now()
		return nil
	})
}

// AddParent lets a role extend another of the same resource.
func (d *Directory) AddParent(ctx context.Context, env authz.EnvID, actor string, resource, id, parent authz.Ident) (authz.Resource, authz.Revision, error) {
	return d.editRole(ctx, env, actor, resource, id, func(_ context.Context, _ View, r *authz.Resource, i int) error {
		p, err := roleAt(*r, parent)
		if err != nil {
			return err
		}
		if slices.Contains(r.Roles[i].Extends, r.Roles[p].Key) {
			return extendsAlready(r.Roles[i].Key, r.Roles[p].Key)
		}
		r.Roles[i].Extends = append(slices.Clone(r.Roles[i].Extends), r.Roles[p].Key)
		r.Roles[i].UpdatedAt = d.now()
		return noRoleCircle(*r, r.Roles[i].Key)
	})
}

// RemoveParent ends that a role extends another.
func (d *Directory) RemoveParent(ctx context.Context, env authz.EnvID, actor string, resource, id, parent authz.Ident) (authz.Resource, authz.Revision, error) {
	return d.editRole(ctx, env, actor, resource, id, func(_ context.Context, _ View, r *authz.Resource, i int) error {
		p, err := roleAt(*r, parent)
		if err != nil {
			return err
		}
		key, had := r.Roles[p].Key, false
		if r.Roles[i].Extends, had = without(r.Roles[i].Extends, func(k authz.RoleKey) bool { return k == key }); !had {
			return noParent(r.Roles[i].Key, key)
		}
		r.Roles[i].UpdatedAt = d.now()
		return nil
	})
}

// ResourceRoleOf finds a role of r.
func ResourceRoleOf(r authz.Resource, id authz.Ident) (authz.ResourceRole, error) {
	i, err := roleAt(r, id)
	if err != nil {
		return authz.ResourceRole{}, err
	}
	return r.Roles[i], nil
}

func roleAt(r authz.Resource, id authz.Ident) (int, error) {
	return partOf("role", r.Roles, id, func(x authz.ResourceRole) (string, authz.ID) { return string(x.Key), x.ID })
}

func sortRoles(roles []authz.ResourceRole) {
	sorted(roles, func(x authz.ResourceRole) string { return string(x.Key) })
}

// editRole is edit for the role at i in r.Roles, which may be written to.
func (d *Directory) editRole(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident, change func(ctx context.Context, v View, r *authz.Resource, i int) error) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(ctx context.Context, v View, r *authz.Resource) error {
		i, err := roleAt(*r, id)
		if err != nil {
			return err
		}
		r.Roles = slices.Clone(r.Roles)
		return change(ctx, v, r, i)
	})
}

// layRoles makes the roles of r those that in describes; ids of kept keys stay.
func (d *Directory) layRoles(ctx context.Context, v View, r *authz.Resource, in []ResourceRoleInput) error {
	roles := make([]authz.ResourceRole, len(in))
	for i, each := range in {
		roles[i] = authz.ResourceRole{Key: each.Key, ID: NewID(), CreatedAt: d.now()}
		if at := slices.IndexFunc(r.Roles, func(x authz.ResourceRole) bool { return x.Key == each.Key }); at >= 0 {
			roles[i].ID, roles[i].CreatedAt = r.Roles[at].ID, r.Roles[at].CreatedAt
		}
	}
	r.Roles = roles // all of them first, since they may name one another
	for i, each := range in {
		if err := d.layRole(ctx, v, r, i, each); err != nil {
			return err
		}
	}
	sortRoles(r.Roles)
	return nil
}

// layRole lays in over the role at i of r, and checks what it names.
func (d *Directory) layRole(ctx context.Context, v View, r *authz.Resource, i int, in ResourceRoleInput) error {
	role := &r.Roles[i]
	set(&role.Name, in.Name)
	set(&role.Description, in.Description)
	set(&role.Attributes, in.Attributes)
	set(&role.NoDirectRoles, in.NoDirectRoles)
	role.UpdatedAt = d.now()
	if in.Permissions != nil {
		actions, err := actionsOf(*r, *in.Permissions)
		if err != nil {
			return err
		}
		role.Actions = uniqueOf(actions)
	}
	if in.Derivations != nil {
		role.Derivations = nil
		for _, each := range *in.Derivations {
			made, err := derivation(ctx, v, *r, each)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(role.Derivations, made.same) {
				role.Derivations = append(role.Derivations, made.Derivation)
			}
		}
	}
	if in.Extends == nil {
		return nil
	}
	role.Extends = nil
	for _, id := range *in.Extends {
		p, err := roleAt(*r, id)
		if err != nil {
			return err
		}
		role.Extends = append(role.Extends, r.Roles[p].Key)
	}
	role.Extends = uniqueOf(role.Extends)
	return noRoleCircle(*r, role.Key)
}

// actionsOf are the actions and groups of permissions on r, which must be there.
func actionsOf(r authz.Resource, permissions []authz.Permission) ([]authz.ActionKey, error) {
	var out []authz.ActionKey
	for _, p := range permissions {
		if p.Resource != "" && p.Resource != r.Key {
			return nil, authz.Errorf(authz.Invalid, "a role of resource %q cannot have the permission %s:%s", r.Key, p.Resource, p.Action)
		}
		if !permits(r, p.Action) {
			return nil, noAction(authz.Permission{Resource: r.Key, Action: p.Action})
		}
		out = append(out, p.Action)
	}
	return out, nil
}
