package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A TupleInput is a relationship tuple as a caller of the API gives it. Subject
// and object are named "type:key" or by id; the object "type:*" is every instance of
// a type in the tuple's tenant.
type TupleInput struct {
	Subject  authz.Ident
	Relation authz.Ident
	Object   authz.Ident
	Tenant   authz.Ident // empty: the one of the instance that is there
}

// A NamedTuple is a tuple with its parts.
type NamedTuple struct {
	authz.Tuple
	From authz.Instance // the subject
	By   authz.Relation
	To   authz.Instance // the object; every instance of a type has no id but its resource's
	In   authz.Tenant
}

// CreateTuple makes a tuple, and in its tenant those of its instances that are not
// there. It returns Conflict if the tuple is there, or its instances are in
// different tenants.
func (d *Directory) CreateTuple(ctx context.Context, env authz.EnvID, actor string, in TupleInput) (t NamedTuple, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) (changes []authz.Change, err error) {
		t, changes, err = d.newTuple(ctx, v, in)
		if err == nil && len(changes) == 0 {
			err = orTaken(nil, "relationship tuple", tupleText(t.Subject, t.Relation, t.Object))
		}
		return changes, err
	})
	return t, rev, err
}

// newTuple is a tuple and what making it changes: nothing if it is there.
func (d *Directory) newTuple(ctx context.Context, v View, in TupleInput) (t NamedTuple, changes []authz.Change, err error) {
	b := births{d: d, view: v}
	subject, object, err := b.pair(ctx, in)
	if err != nil {
		return t, nil, err
	}
	relation, of, err := related(ctx, v, subject.Node, in.Relation, object.Node)
	if err != nil {
		return t, nil, err
	}
	tenant, err := find(ctx, "tenant", authz.Ident(object.Tenant), v.Tenant)
	if err != nil {
		return t, nil, err
	}
	t = NamedTuple{
		Tuple: authz.Tuple{
			ID: NewID(), Subject: subject.Node, Relation: relation.Key, Object: authz.Node{Type: of.Key, Key: object.Node.Key},
			Tenant: tenant.Key, CreatedAt: d.now(),
		},
		From: subject, By: relation, To: object, In: tenant,
	}
	if _, there, err := v.Tuple(ctx, t.Subject, t.Relation, t.Object); err != nil || there {
		return t, nil, err
	}
	return t, append(b.changes, authz.PutTuple{Tuple: t.Tuple}), nil
}

// DeleteTuple deletes a tuple. It returns NotFound if there is none.
func (d *Directory) DeleteTuple(ctx context.Context, env authz.EnvID, actor string, in TupleInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		return deleteTuple(ctx, v, in)
	})
}

func deleteTuple(ctx context.Context, v View, in TupleInput) ([]authz.Change, error) {
	subject, err := find(ctx, "resource instance", in.Subject, v.Instance)
	if err != nil {
		return nil, err
	}
	object, ok := everyOf(in.Object)
	if !ok {
		object, err = find(ctx, "resource instance", in.Object, v.Instance)
	}
	if err != nil {
		return nil, err
	}
	relation, _, err := related(ctx, v, subject.Node, in.Relation, object.Node)
	if err != nil {
		return nil, err
	}
	if _, ok, err := v.Tuple(ctx, subject.Node, relation.Key, object.Node); err != nil || !ok {
		return nil, orAbsent(err, "relationship tuple", tupleText(subject.Node, relation.Key, object.Node))
	}
	return []authz.Change{authz.DeleteTuple{Subject: subject.Node, Relation: relation.Key, Object: object.Node}}, nil
}

// everyOf is the object of tuples to every instance of a type, without its tenant,
// if id names that.
func everyOf(id authz.Ident) (authz.Instance, bool) {
	n, ok := authz.ParseNode(string(id))
	return authz.Instance{Node: n}, ok && n.IsEvery()
}

func tupleText(subject authz.Node, relation authz.RelationKey, object authz.Node) string {
	return subject.String() + " " + string(relation) + " " + object.String()
}

// A TupleQuery selects tuples by key or id; empty idents select all. An ident that
// names nothing selects nothing.
type TupleQuery struct {
	Tenant, Subject, Relation, Object, SubjectType, ObjectType authz.Ident
}

// Tuples lists tuples, oldest first.
func (d *Directory) Tuples(ctx context.Context, env authz.EnvID, q TupleQuery, p Page) (list []NamedTuple, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		f, none, err := q.filter(ctx, l)
		if err != nil || none {
			return err
		}
		page, n, err := l.Tuples(ctx, f, p)
		if err != nil {
			return err
		}
		total = n
		names := naming{view: l}
		names.ahead(ctx, l, nil, eachOf(page, func(t authz.Tuple) authz.TenantKey { return t.Tenant }),
			slices.Concat(eachOf(page, func(t authz.Tuple) authz.Node { return t.Subject }), eachOf(page, func(t authz.Tuple) authz.Node { return t.Object })))
		list = eachOf(page, func(t authz.Tuple) NamedTuple {
			return NamedTuple{
				Tuple: t, From: names.instance(ctx, t.Subject), By: names.relation(ctx, t.Object.Type, t.Relation),
				To: names.object(ctx, t), In: names.tenant(ctx, t.Tenant),
			}
		})
		return names.err
	})
	return list, total, err
}

// filter resolves the idents. none reports that one named nothing.
func (q TupleQuery) filter(ctx context.Context, v View) (f TupleFilter, none bool, err error) {
	tenant, ok1, err1 := optional(ctx, q.Tenant, v.Tenant)
	subject, ok2, err2 := optional(ctx, q.Subject, v.Instance)
	object, ok3 := everyOf(q.Object)
	var err3 error
	if !ok3 {
		object, ok3, err3 = optional(ctx, q.Object, v.Instance)
	}
	from, ok4, err4 := optional(ctx, q.SubjectType, v.Resource)
	to, ok5, err5 := optional(ctx, q.ObjectType, v.Resource)
	if err := firstOf(err1, err2, err3, err4, err5); err != nil {
		return f, false, err
	}
	if none = !ok1 || !ok2 || !ok3 || !ok4 || !ok5; none {
		return f, true, nil
	}
	f = TupleFilter{
		Tenant: tenant.Key, Subject: subject.Node, Object: object.Node, SubjectType: from.Key, ObjectType: to.Key,
		Relation: authz.RelationKey(q.Relation),
	}
	if q.Relation == "" {
		return f, false, nil
	}
	// An id is of one resource's relation; a key may be of several.
	resources, err := v.AllResources(ctx)
	for _, r := range resources {
		for _, relation := range r.Relations {
			if relation.ID == q.Relation.ID() && (f.ObjectType == "" || f.ObjectType == r.Key) {
				f.Relation, f.ObjectType = relation.Key, r.Key
			}
		}
	}
	return f, false, err
}

// related finds the relation between two instances, and the object's resource.
func related(ctx context.Context, v View, subject authz.Node, relation authz.Ident, object authz.Node) (authz.Relation, authz.Resource, error) {
	r, err := typeNamed(ctx, v, object.Type)
	if err != nil {
		return authz.Relation{}, r, err
	}
	found, err := RelationOf(r, relation)
	if err == nil && found.Subject != subject.Type {
		err = wrapped(ErrOtherType, authz.Errorf(authz.Invalid, "relation %q of resource %q has the subject %q, not %q", found.Key, r.Key, found.Subject, subject.Type))
	}
	return found, r, err
}

func orAbsent(err error, kind, key string) error {
	if err != nil {
		return err
	}
	return authz.Errorf(authz.NotFound, "%s %q not found", kind, key)
}
