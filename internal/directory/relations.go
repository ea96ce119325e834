package directory

import (
	"cmp"
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A RelationInput is a relation as a caller of the API gives it.
type RelationInput struct {
	Key         authz.RelationKey
	Name        string // the key if empty
	Description string
	Subject     authz.Ident // the resource of its subjects
}

// CreateRelation makes a relation of which instances of the resource are the
// object. It returns Conflict if the key is taken.
func (d *Directory) CreateRelation(ctx context.Context, env authz.EnvID, actor string, resource authz.Ident, in RelationInput) (authz.Resource, authz.Revision, error) {
	return d.edit(ctx, env, actor, resource, func(ctx context.Context, v View, r *authz.Resource) error {
		if slices.ContainsFunc(r.Relations, func(x authz.Relation) bool { return x.Key == in.Key }) {
			return orTaken(nil, "relation", string(in.Key))
		}
		made, err := d.relation(ctx, v, *r, in)
		r.Relations = sorted(append(slices.Clone(r.Relations), made), func(x authz.Relation) string { return string(x.Key) })
		return err
	})
}

// DeleteRelation deletes a relation, with the derivations through it and its
// tuples.
func (d *Directory) DeleteRelation(ctx context.Context, env authz.EnvID, actor string, resource, id authz.Ident) (authz.Revision, error) {
	_, rev, err := d.edit(ctx, env, actor, resource, func(_ context.Context, _ View, r *authz.Resource) error {
		i, err := relationAt(*r, id)
		if err == nil {
			r.Relations = slices.Delete(slices.Clone(r.Relations), i, i+1)
		}
		return err
	})
	return rev, err
}

// RelationOf finds a relation of which instances of r are the object.
func RelationOf(r authz.Resource, id authz.Ident) (authz.Relation, error) {
	i, err := relationAt(r, id)
	if err != nil {
		return authz.Relation{}, err
	}
	return r.Relations[i], nil
}

func relationAt(r authz.Resource, id authz.Ident) (int, error) {
	return partOf("relation", r.Relations, id, func(x authz.Relation) (string, authz.ID) { return string(x.Key), x.ID })
}

// relation is a relation to r that in describes. r itself may be the subject.
func (d *Directory) relation(ctx context.Context, v View, r authz.Resource, in RelationInput) (authz.Relation, error) {
	subject, err := typeOf(ctx, v, r, in.Subject)
	return authz.Relation{
		Key: in.Key, ID: NewID(), Name: cmp.Or(in.Name, string(in.Key)), Description: in.Description,
		Subject: subject.Key, CreatedAt: d.now(), UpdatedAt: d.now(),
	}, err
}

// layRelations makes the relations to r those that in describes. Those it has
// already stay as they are.
func (d *Directory) layRelations(ctx context.Context, v View, r *authz.Resource, in []RelationInput) error {
	var all []authz.Relation
	for _, each := range in {
		made, err := d.relation(ctx, v, *r, each)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(r.Relations, func(x authz.Relation) bool { return x.Key == each.Key }); i >= 0 {
			if had := r.Relations[i]; had.Subject != made.Subject {
				return authz.InvalidField("relations", "relation %q has the subject %q; delete it before giving it another", had.Key, had.Subject)
			}
			made = r.Relations[i]
		}
		all = append(all, made)
	}
	r.Relations = sorted(all, func(x authz.Relation) string { return string(x.Key) })
	return nil
}

// typeOf finds a resource; r is as it is about to be.
func typeOf(ctx context.Context, v View, r authz.Resource, id authz.Ident) (authz.Resource, error) {
	if id == authz.Ident(r.Key) {
		return r, nil
	}
	found, err := find(ctx, "resource", id, v.Resource)
	if found.ID == r.ID && err == nil {
		return r, nil
	}
	return found, err
}

// sorted sorts list by key, in place.
func sorted[T any](list []T, key func(T) string) []T {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return list
}
