package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Derive lets a role of the resource be derived. It returns the resource and the
// derivation, and Conflict if it is there already.
func (d *Directory) Derive(ctx context.Context, env authz.EnvID, actor string, resource, role authz.Ident, in DerivationInput) (r authz.Resource, made authz.Derivation, rev authz.Revision, err error) {
	r, rev, err = d.editRole(ctx, env, actor, resource, role, func(ctx context.Context, v View, r *authz.Resource, i int) error {
		new, err := derivation(ctx, v, *r, in)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(r.Roles[i].Derivations, new.same) {
			return authz.Errorf(authz.Conflict, "role %q is derived from role %q on %q through %q already", r.Roles[i].Key, new.Role, new.On, new.Through)
		}
		made = new.Derivation
		r.Roles[i].Derivations = append(slices.Clone(r.Roles[i].Derivations), made)
		r.Roles[i].UpdatedAt = d.now()
		return nil
	})
	return r, made, rev, err
}

// Underive ends a derivation. It returns NotFound if there is none.
func (d *Directory) Underive(ctx context.Context, env authz.EnvID, actor string, resource, role authz.Ident, in DerivationInput) (authz.Revision, error) {
	_, rev, err := d.editRole(ctx, env, actor, resource, role, func(ctx context.Context, v View, r *authz.Resource, i int) error {
		old, err := derivation(ctx, v, *r, in)
		if err != nil {
			return err
		}
		had := false
		if r.Roles[i].Derivations, had = without(r.Roles[i].Derivations, old.same); !had {
			return authz.Errorf(authz.NotFound, "derivation of role %q from role %q on %q through %q not found", r.Roles[i].Key, old.Role, old.On, old.Through)
		}
		r.Roles[i].UpdatedAt = d.now()
		return nil
	})
	return rev, err
}

// A found derivation names things that are there.
type found struct{ authz.Derivation }

// same reports whether x derives from the same, whatever its conditions.
func (f found) same(x authz.Derivation) bool {
	return x.Role == f.Role && x.On == f.On && x.Through == f.Through
}

// derivation is what in describes, of a role of r as it is about to be.
func derivation(ctx context.Context, v View, r authz.Resource, in DerivationInput) (found, error) {
	var none found
	relation, err := RelationOf(r, in.Through)
	if err != nil {
		return none, err
	}
	on, err := typeOf(ctx, v, r, in.On)
	if err != nil {
		return none, err
	}
	if relation.Subject != on.Key {
		return none, wrapped(ErrOtherType, authz.Errorf(authz.Invalid, "relation %q of resource %q has the subject %q, not %q", relation.Key, r.Key, relation.Subject, on.Key))
	}
	role, err := ResourceRoleOf(on, in.Role)
	return found{authz.Derivation{Role: role.Key, On: on.Key, Through: relation.Key, NoDirectRoles: in.NoDirectRoles}}, err
}
