package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A RoleInput is a role as a caller of the API gives it. Nil fields of an update
// are kept; of a create they are empty.
type RoleInput struct {
	Name        *string
	Description *string
	Permissions *[]authz.Permission // replaces all permissions
	Extends     *[]authz.Ident      // replaces all parents
	Attributes  *authz.Attributes   // replaces all attributes
}

// CreateRole makes a role, and gives the assignments that waited for it. It
// returns Conflict if the key is taken and NotFound if a permission names an
// unknown resource or action.
func (d *Directory) CreateRole(ctx context.Context, env authz.EnvID, actor string, key authz.RoleKey, in RoleInput) (r authz.Role, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		if _, taken, err := v.Role(ctx, authz.Ident(key)); err != nil || taken {
			return nil, orTaken(err, "role", string(key))
		}
		var err error
		if r, err = d.overRole(ctx, v, authz.Role{Key: key, ID: NewID(), CreatedAt: d.now()}, in); err != nil {
			return nil, err
		}
		waiting, err := d.complete(ctx, v, PendingFilter{Role: key})
		return append([]authz.Change{authz.PutRole{Role: r}}, waiting...), err
	})
	return r, rev, err
}

// UpdateRole changes the fields that in gives.
func (d *Directory) UpdateRole(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in RoleInput) (r authz.Role, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, err := find(ctx, "role", id, v.Role)
		if err != nil {
			return nil, err
		}
		r, err = d.overRole(ctx, v, old, in)
		return []authz.Change{authz.PutRole{Role: r}}, err
	})
	return r, rev, err
}

// AddPermissions gives the role permissions; those it has are skipped.
func (d *Directory) AddPermissions(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, add []authz.Permission) (authz.Role, authz.Revision, error) {
	return d.changePermissions(ctx, env, actor, id, add, func(has []authz.Permission) []authz.Permission {
		return uniqueOf(slices.Concat(has, add))
	})
}

// RemovePermissions takes permissions from the role; those it lacks are skipped.
func (d *Directory) RemovePermissions(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, drop []authz.Permission) (authz.Role, authz.Revision, error) {
	return d.changePermissions(ctx, env, actor, id, nil, func(has []authz.Permission) []authz.Permission {
		return slices.DeleteFunc(slices.Clone(has), func(p authz.Permission) bool { return slices.Contains(drop, p) })
	})
}

func (d *Directory) changePermissions(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, must []authz.Permission, change func([]authz.Permission) []authz.Permission) (r authz.Role, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, err := find(ctx, "role", id, v.Role)
		if err != nil {
			return nil, err
		}
		if err := known(ctx, v, must); err != nil {
			return nil, err
		}
		r = old
		if r.Permissions = change(old.Permissions); slices.Equal(r.Permissions, old.Permissions) {
			return nil, nil
		}
		r.UpdatedAt = d.now()
		return []authz.Change{authz.PutRole{Role: r}}, nil
	})
	return r, rev, err
}

// DeleteRole deletes the role and its assignments, and takes it out of the
// roles that extend it.
func (d *Directory) DeleteRole(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		r, err := find(ctx, "role", id, v.Role)
		if err != nil {
			return nil, err
		}
		roles, err := v.Roles(ctx)
		if err != nil {
			return nil, err
		}
		changes := []authz.Change{authz.DeleteRole{Key: r.Key}}
		for _, other := range roles {
			if i := slices.Index(other.Extends, r.Key); i >= 0 {
				other.Extends = slices.Delete(slices.Clone(other.Extends), i, i+1)
				other.UpdatedAt = d.now()
				changes = append(changes, authz.PutRole{Role: other})
			}
		}
		return changes, nil
	})
}

// Role returns a role.
func (d *Directory) Role(ctx context.Context, env authz.EnvID, id authz.Ident) (r authz.Role, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		r, err = find(ctx, "role", id, l.Role)
		return err
	})
	return r, err
}

// Roles lists roles.
func (d *Directory) Roles(ctx context.Context, env authz.EnvID, f TextFilter, p Page) (list []authz.Role, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, total, err = l.RolePage(ctx, f, p)
		return err
	})
	return list, total, err
}

// overRole is r with in laid over it, its permissions and parents checked.
func (d *Directory) overRole(ctx context.Context, v View, r authz.Role, in RoleInput) (authz.Role, error) {
	set(&r.Name, in.Name)
	set(&r.Description, in.Description)
	set(&r.Attributes, in.Attributes)
	r.UpdatedAt = d.now()
	if in.Permissions != nil {
		if err := known(ctx, v, *in.Permissions); err != nil {
			return r, err
		}
		r.Permissions = uniqueOf(*in.Permissions)
	}
	if in.Extends == nil {
		return r, nil
	}
	r.Extends = nil
	for _, id := range *in.Extends {
		parent, err := find(ctx, "role", id, v.Role)
		if err != nil {
			return r, err
		}
		if !slices.Contains(r.Extends, parent.Key) {
			r.Extends = append(r.Extends, parent.Key)
		}
	}
	return r, noCircle(ctx, v, r)
}

// known refuses permissions on resources or actions that are not there. They
// are named by key only: an id would be kept as if it were one and never match.
func known(ctx context.Context, v View, permissions []authz.Permission) error {
	for _, p := range permissions {
		r, ok, err := v.Resource(ctx, authz.Ident(p.Resource))
		if err != nil {
			return err
		}
		if !ok || r.Key != p.Resource {
			return wrapped(ErrNoAction, authz.Errorf(authz.NotFound, "resource %q not found", p.Resource))
		}
		if !permits(r, p.Action) {
			return noAction(p)
		}
	}
	return nil
}

func noAction(p authz.Permission) error {
	return wrapped(ErrNoAction, authz.Errorf(authz.NotFound, "action %q of resource %q not found", p.Action, p.Resource))
}

func uniqueOf[T comparable](list []T) []T {
	var out []T
	seen := map[T]bool{}
	for _, x := range list {
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}
