package directory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A GroupRoleInput names a role on an instance as a caller of the API does.
type GroupRoleInput struct {
	Role     authz.Ident
	Resource authz.Ident
	Instance authz.Ident // "type:key", an id, or a key of an instance of Resource
	Tenant   authz.Ident // of the instance; that of the group if empty
}

// A tie is what gives the members of a group a role on an object: the role is
// derived from member, and the group stands in the relation to the object.
type tie struct {
	group    authz.Instance
	of       authz.Resource // of the group
	on       authz.Resource // of the object
	role     authz.RoleKey
	relation authz.RelationKey
	object   authz.Ident
	tenant   authz.Ident
}

func (t tie) derivation() found {
	return found{authz.Derivation{Role: memberRole, On: t.of.Key, Through: t.relation}}
}

// GiveGroupRole gives the members of a group a role on an instance, which is made in
// the group's tenant if it is not there. It returns Conflict if they have it by the
// group already.
func (d *Directory) GiveGroupRole(ctx context.Context, env authz.EnvID, actor string, group authz.Ident, in GroupRoleInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		t, err := roleTie(ctx, v, group, in)
		if err != nil {
			return nil, err
		}
		return d.bind(ctx, v, t)
	})
}

// TakeGroupRole takes a role on an instance from the members of a group. It returns
// NotFound if they do not have it by the group.
func (d *Directory) TakeGroupRole(ctx context.Context, env authz.EnvID, actor string, group authz.Ident, in GroupRoleInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		t, err := roleTie(ctx, v, group, in)
		if err != nil {
			return nil, err
		}
		return d.loose(ctx, v, t)
	})
}

func roleTie(ctx context.Context, v View, group authz.Ident, in GroupRoleInput) (t tie, err error) {
	if t.group, t.of, err = groupOf(ctx, v, group); err != nil {
		return t, err
	}
	if t.on, err = find(ctx, "resource", in.Resource, v.Resource); err != nil {
		return t, err
	}
	role, err := ResourceRoleOf(t.on, in.Role)
	if err != nil {
		return t, err
	}
	t.role = role.Key
	t.relation = authz.RelationKey(string(t.of.Key) + groupedRole + string(role.Key))
	t.tenant = cmp.Or(in.Tenant, authz.Ident(t.group.Tenant))
	t.object, err = instanceIn(ctx, v, t.on, in.Instance)
	return t, err
}

// instanceIn names an instance of r, whether it is there or not.
func instanceIn(ctx context.Context, v View, r authz.Resource, id authz.Ident) (authz.Ident, error) {
	node, named := authz.ParseNode(string(id))
	if !named {
		node = authz.Node{Type: r.Key, Key: string(id)}
		_, there, err := v.Instance(ctx, authz.Ident(node.String()))
		if err != nil {
			return "", err
		}
		if i, byID, err := v.Instance(ctx, id); err != nil || byID && !there {
			node = i.Node
		}
	}
	if node.Type != r.Key {
		return "", authz.InvalidField("resource_instance", "resource instance %q is not of resource %q", node, r.Key)
	}
	return authz.Ident(node.String()), checkKey("resource_instance", "resource instance", node.Key, anyKey)
}

// PutGroupInGroup makes the members of a group members of another of the same
// resource. It returns Conflict if they are already.
func (d *Directory) PutGroupInGroup(ctx context.Context, env authz.EnvID, actor string, group, other authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		t, outer, err := groupTie(ctx, v, group, other)
		if err != nil {
			return nil, err
		}
		if err := outside(ctx, v, t.group.Node, outer); err != nil {
			return nil, err
		}
		return d.bind(ctx, v, t)
	})
}

// TakeGroupFromGroup ends that a group is in another. It returns NotFound if it is
// not.
func (d *Directory) TakeGroupFromGroup(ctx context.Context, env authz.EnvID, actor string, group, other authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		t, _, err := groupTie(ctx, v, group, other)
		if err != nil {
			return nil, err
		}
		return d.loose(ctx, v, t)
	})
}

// groupTie ties a group to another of its resource, which is named by key or id: a
// name with a type is none, as the Permit API has it.
func groupTie(ctx context.Context, v View, group, other authz.Ident) (t tie, outer authz.Node, err error) {
	if t.group, t.of, err = groupOf(ctx, v, group); err != nil {
		return t, outer, err
	}
	i, there, err := v.Instance(ctx, authz.Ident(t.of.Key)+":"+other)
	if err == nil && !there {
		i, there, err = v.Instance(ctx, other)
	}
	if err != nil || !there || i.Node.Type != t.of.Key || strings.Contains(string(other), ":") {
		return t, outer, orAbsent(err, "group", string(other))
	}
	t.on, t.role, t.relation = t.of, memberRole, inGroup
	t.object, t.tenant = authz.Ident(i.Node.String()), authz.Ident(t.group.Tenant)
	return t, i.Node, nil
}

// outside refuses to put a group in one that is in it.
func outside(ctx context.Context, v View, group, outer authz.Node) error {
	seen := map[authz.Node]bool{}
	for next := []authz.Node{outer}; len(next) > 0; next = next[1:] {
		if next[0] == group {
			return authz.InvalidField("group_instance_key", "group %q would be in itself", group)
		}
		if seen[next[0]] {
			continue
		}
		seen[next[0]] = true
		above, _, err := v.Tuples(ctx, TupleFilter{Subject: next[0], Relation: inGroup, ObjectType: group.Type}, everything)
		if err != nil {
			return err
		}
		for _, t := range above {
			next = append(next, t.Object)
		}
	}
	return nil
}

// everything is a page that no list fills.
var everything = Page{Limit: 1 << 31}

// bind is what tying t changes.
func (d *Directory) bind(ctx context.Context, v View, t tie) ([]authz.Change, error) {
	so := draftOf(v)
	changes, err := d.bindable(t)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		so.add(c)
	}
	_, made, err := d.newTuple(ctx, so, t.tuple())
	if err == nil && len(made) == 0 {
		err = authz.Errorf(authz.Conflict, "group %q has the role %q on %q already", t.group.Node, t.role, t.object)
	}
	return append(changes, made...), err
}

func (t tie) tuple() TupleInput {
	return TupleInput{Subject: authz.Ident(t.group.Node.String()), Relation: authz.Ident(t.relation), Object: t.object, Tenant: t.tenant}
}

// bindable gives the object's resource the relation of t and derives the role
// through it, where that is not so.
func (d *Directory) bindable(t tie) ([]authz.Change, error) {
	r, changed := t.on, false
	relation, err := RelationOf(r, authz.Ident(t.relation))
	switch {
	case err == nil && relation.Subject != t.of.Key:
		return nil, wrapped(ErrOtherType, authz.Errorf(authz.Invalid, "relation %q of resource %q has the subject %q, not %q", t.relation, r.Key, relation.Subject, t.of.Key))
	case err != nil:
		made := authz.Relation{Key: t.relation, ID: NewID(), Name: string(t.relation), Subject: t.of.Key, CreatedAt: d.now(), UpdatedAt: d.now()}
		r.Relations = sorted(append(slices.Clone(r.Relations), made), func(x authz.Relation) string { return string(x.Key) })
		changed = true
	}
	r.Roles = slices.Clone(r.Roles)
	i, err := roleAt(r, authz.Ident(t.role))
	if err != nil {
		return nil, err
	}
	if role := &r.Roles[i]; !slices.ContainsFunc(role.Derivations, t.derivation().same) {
		role.Derivations = append(slices.Clone(role.Derivations), t.derivation().Derivation)
		role.UpdatedAt = d.now()
		changed = true
	}
	if !changed {
		return nil, nil
	}
	r.UpdatedAt = d.now()
	return []authz.Change{authz.PutResource{Resource: r}}, nil
}

// loose is what untying t changes. The derivation goes with the last tuple, as
// other groups may live by it, and the relation where nothing else is derived
// through it.
func (d *Directory) loose(ctx context.Context, v View, t tie) ([]authz.Change, error) {
	changes, err := deleteTuple(ctx, v, t.tuple())
	if err != nil && authz.KindOf(err) == authz.NotFound {
		err = authz.Errorf(authz.NotFound, "role %q of group %q on %q not found", t.role, t.group.Node, t.object)
	}
	if err != nil {
		return nil, err
	}
	_, n, err := v.Tuples(ctx, TupleFilter{Relation: t.relation, ObjectType: t.on.Key}, Page{Limit: 1})
	if err != nil || n > 1 {
		return changes, err
	}
	r, needed := t.on, false
	r.UpdatedAt = d.now()
	r.Roles = slices.Clone(r.Roles)
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Key == t.role {
			role.Derivations, _ = without(role.Derivations, t.derivation().same)
		}
		needed = needed || slices.ContainsFunc(role.Derivations, func(x authz.Derivation) bool { return x.Through == t.relation })
	}
	if !needed {
		r.Relations, _ = without(r.Relations, func(x authz.Relation) bool { return x.Key == t.relation })
	}
	_, more, err := d.replace(ctx, v, t.on, r)
	return append(changes, more...), err
}
