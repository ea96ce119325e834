package engine_test

import (
	"encoding/json"
	"slices"

	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// What the worlds of the second engine are made of. Few names, so that they
// meet; some hold what ends a key or a path elsewhere.
var (
	wUsers     = []authz.UserKey{"ann", "bob", "c/d~e"}
	wTenants   = []authz.TenantKey{"t", "u/v"}
	wTypes     = []authz.ResourceKey{"doc", "folder", "org"}
	wRoles     = []authz.RoleKey{"x", "y", "doc"}
	wRelations = []authz.RelationKey{"parent", "owner"}
	wActions   = []authz.ActionKey{"read", "write"}
	wGrants    = []authz.ActionKey{"read", "write", "both"} // both may be an action group
	wKeys      = []string{"1", "2", "a:b", "c/d~e"}
	wUserSets  = []authz.SetKey{"u1", "u2", "__autogen_doc"}
	wSets      = []authz.SetKey{"r1", "r2", "r3"}
	wPaths     = []string{
		"user.s", "user.l", "user.o", "user.o.a", "user.o.p.a", "user.k", "user.f", "user.e", "user.key", "user.email", "user.roles", "user.tenants",
		"resource.s", "resource.l", "resource.o", "resource.o.a", "resource.k", "resource.f", "resource.e", "resource.type",
		"tenant.s", "tenant.l", "context.s", "context.o.a", "context.k", "role.s", "role.l", "role.o.a",
	}
)

// worlds draws worlds and questions about them; values that a caller passes may
// hold numbers of Go.
type worlds struct{ goNumbers bool }

// one draws one of all, evenly; rapid's own choice prefers the first.
func one[E any](t *rapid.T, all []E) E { return all[below(t, len(all))] }

func below(t *rapid.T, n int) int {
	return int(rapid.Uint64().Draw(t, "") % uint64(n))
}

// chance is true n times of a hundred.
func chance(t *rapid.T, n int) bool { return below(t, 100) >= 100-n }

// some draws most of all.
func some[E any](t *rapid.T, all []E) []E {
	return slices.DeleteFunc(slices.Clone(all), func(E) bool { return chance(t, 40) })
}

func (w *worlds) scalar(t *rapid.T) any {
	if chance(t, 60) {
		return one(t, []any{nil, true, json.Number("1"), "a", "x"})
	}
	all := []any{nil, true, false, json.Number("0"), json.Number("1"), json.Number("1.0"), json.Number("10e-1"), json.Number("0.1"), json.Number("2"), json.Number("-3"), json.Number("9007199254740993"), json.Number("9007199254740992"), "", "a", "ab", "b", "1", "x", "t", "doc"}
	if w.goNumbers && chance(t, 10) {
		return one(t, []any{1, 2.0, int64(9007199254740993), uint8(0), float32(0.5), json.Number("0.10000000000000000000"), json.Number("0.5")})
	}
	return one(t, all)
}

func (w *worlds) list(t *rapid.T, of func(*rapid.T) any) []any {
	l := []any{}
	for range below(t, 6) {
		l = append(l, of(t))
	}
	return l
}

func (w *worlds) object(t *rapid.T) any {
	o := map[string]any{}
	for _, name := range some(t, []string{"a", "b"}) {
		o[name] = w.scalar(t)
	}
	if chance(t, 25) {
		o["p"] = map[string]any{"a": w.scalar(t)}
	}
	if chance(t, 15) {
		o["l"] = w.list(t, w.scalar)
	}
	return o
}

func (w *worlds) key(t *rapid.T) any { return one(t, wKeys) }

// attribute draws what usually stands under a name: a scalar in s, a list in l,
// an object in o, a list of objects in k, of keys of instances in f.
func (w *worlds) attribute(t *rapid.T, name string) any {
	if chance(t, 12) {
		name = one(t, []string{"s", "l", "o", "k", "f"})
	}
	switch name {
	case "l":
		return w.list(t, w.scalar)
	case "o":
		return w.object(t)
	case "k":
		return w.list(t, w.object)
	case "f":
		return w.list(t, w.key)
	case "e":
		return w.key(t)
	}
	return w.scalar(t)
}

func (w *worlds) attributes(t *rapid.T, names ...string) authz.Attributes {
	a := authz.Attributes{}
	for _, name := range some(t, names) {
		a[name] = w.attribute(t, name)
	}
	return a
}

func (w *worlds) resource(t *rapid.T, key authz.ResourceKey) authz.Resource {
	r := authz.Resource{Key: key}
	for _, a := range wActions {
		r.Actions = append(r.Actions, authz.Action{Key: a})
	}
	if chance(t, 70) {
		r.ActionGroups = []authz.ActionGroup{{Key: "both", Actions: some(t, wActions)}}
	}
	for _, rel := range wRelations {
		if chance(t, 90) {
			r.Relations = append(r.Relations, authz.Relation{Key: rel, Subject: one(t, wTypes)})
		}
	}
	for _, role := range wRoles {
		if chance(t, 10) {
			continue
		}
		rr := authz.ResourceRole{Key: role, NoDirectRoles: chance(t, 15)}
		for _, a := range wGrants {
			if chance(t, 30) {
				rr.Actions = append(rr.Actions, a)
			}
		}
		for _, e := range wRoles {
			if e != role && chance(t, 10) {
				rr.Extends = append(rr.Extends, e)
			}
		}
		for range below(t, 3) {
			rr.Derivations = append(rr.Derivations, authz.Derivation{Role: one(t, wRoles), On: one(t, wTypes), Through: one(t, wRelations), NoDirectRoles: chance(t, 20)})
		}
		r.Roles = append(r.Roles, rr)
	}
	return r
}

func (w *worlds) user(t *rapid.T, key authz.UserKey) authz.Change {
	u := authz.User{Key: key, Suspended: chance(t, 5), Attributes: w.attributes(t, "s", "l", "o", "k", "f", "e")}
	if chance(t, 50) {
		u.Email, u.FirstName = "a", "ab"
	}
	if chance(t, 10) {
		w.override(t, u.Attributes, "roles", "tenants", "key", "email")
	}
	return authz.PutUser{User: u}
}

func (w *worlds) role(t *rapid.T, key authz.RoleKey) authz.Change {
	r := authz.Role{Key: key, Attributes: w.attributes(t, "s", "l", "o")}
	for range below(t, 3) {
		r.Permissions = append(r.Permissions, authz.Permission{Resource: one(t, wTypes), Action: one(t, wGrants)})
	}
	if chance(t, 30) {
		r.Extends = []authz.RoleKey{one(t, wRoles)}
	}
	return authz.PutRole{Role: r}
}

func (w *worlds) node(t *rapid.T, of authz.ResourceKey) authz.Node {
	return authz.Node{Type: of, Key: one(t, wKeys)}
}

func (w *worlds) instance(t *rapid.T) authz.Change {
	i := authz.Instance{Node: w.node(t, one(t, wTypes)), Tenant: one(t, wTenants), Attributes: w.attributes(t, "s", "l", "o", "k", "f", "e", "a", "b")}
	if chance(t, 5) {
		w.override(t, i.Attributes, "type")
	}
	return authz.PutInstance{Instance: i}
}

// override says something of what is otherwise built in.
func (w *worlds) override(t *rapid.T, a authz.Attributes, names ...string) {
	a[one(t, names)] = one(t, []any{nil, "x", "doc", "org", []any{"x"}, []any{"x", "y", "x"}, map[string]any{"x": "y"}})
}

// fact draws one assignment, tuple or rule of what is there in s.
func (w *worlds) fact(t *rapid.T, s *second) authz.Change {
	switch below(t, 6) {
	case 0:
		return authz.PutAssignment{Assignment: authz.Assignment{User: one(t, wUsers), Role: one(t, wRoles), Tenant: one(t, wTenants)}}
	case 1, 2:
		a := authz.Assignment{User: one(t, wUsers), Role: one(t, wRoles), Instance: w.node(t, one(t, wTypes))}
		a.Tenant = s.instances[a.Instance].Tenant
		return authz.PutAssignment{Assignment: a}
	case 3, 4:
		object := w.node(t, one(t, wTypes))
		tuple := authz.Tuple{Object: object, Relation: one(t, wRelations), Tenant: one(t, wTenants), Subject: w.node(t, one(t, wTypes))}
		for _, r := range s.resources[object.Type].Relations {
			if r.Key == tuple.Relation {
				tuple.Subject.Type = r.Subject
			}
		}
		if chance(t, 30) {
			for range wKeys { // the subject says in which tenant, so one that is there
				if _, there := s.instances[tuple.Subject]; !there {
					tuple.Subject.Key = one(t, wKeys)
				}
			}
			tuple.Object.Key, tuple.Tenant = authz.EveryKey, s.instances[tuple.Subject].Tenant
		}
		return authz.PutTuple{Tuple: tuple}
	}
	kinds := [][]authz.SetKey{wUserSets, wSets}
	if chance(t, 3) {
		slices.Reverse(kinds) // selects nothing
	}
	rule := authz.Rule{Permission: authz.Permission{Resource: one(t, wTypes), Action: one(t, wActions)}}
	if chance(t, 25) {
		rule.Role = one(t, wRoles)
	} else {
		rule.UserSet = one(t, kinds[0])
	}
	if chance(t, 25) {
		rule.Resource = rule.Permission.Resource
	} else {
		rule.ResourceSet = one(t, kinds[1])
		if set, ok := s.sets[rule.ResourceSet]; ok && chance(t, 80) {
			rule.Permission.Resource = set.Resource
		}
	}
	return authz.PutRule{Rule: rule}
}

// undo draws a deletion, mostly of something that is there.
func (w *worlds) undo(t *rapid.T, s *second) authz.Change {
	switch below(t, 13) {
	case 0:
		return authz.DeleteUser{Key: one(t, wUsers)}
	case 1:
		return authz.DeleteTenant{Key: one(t, wTenants)}
	case 2:
		return authz.DeleteRole{Key: one(t, wRoles)}
	case 3:
		return authz.DeleteResource{Key: one(t, wTypes)}
	case 4, 5:
		return authz.DeleteInstance{Node: w.node(t, one(t, wTypes))}
	case 6:
		return authz.DeleteConditionSet{Key: one(t, append(slices.Clone(wSets), wUserSets...))}
	case 7, 8:
		if len(s.rules) > 0 {
			return authz.DeleteRule{Rule: one(t, s.rules)}
		}
	case 9, 10:
		if len(s.tuples) > 0 {
			x := one(t, s.tuples)
			return authz.DeleteTuple{Subject: x.Subject, Relation: x.Relation, Object: x.Object}
		}
	default:
		if len(s.assignments) > 0 {
			a := one(t, s.assignments)
			return authz.DeleteAssignment{User: a.User, Role: a.Role, Tenant: a.Tenant, Instance: a.Instance}
		}
	}
	return authz.DeleteUser{Key: "nobody"}
}

// change draws what may happen next.
func (w *worlds) change(t *rapid.T, s *second) authz.Change {
	switch below(t, 17) {
	case 16:
		return w.settings(t)
	case 0:
		return w.user(t, one(t, wUsers))
	case 1:
		return w.tenant(t, one(t, wTenants))
	case 2:
		return w.role(t, one(t, wRoles))
	case 3:
		return authz.PutResource{Resource: w.resource(t, one(t, wTypes))}
	case 4:
		return authz.PutConditionSet{Set: w.set(t)}
	case 5:
		return w.instance(t)
	case 6, 7, 8:
		return w.undo(t, s)
	}
	return w.fact(t, s)
}

func (w *worlds) tenant(t *rapid.T, key authz.TenantKey) authz.Change {
	return authz.PutTenant{Tenant: authz.Tenant{Key: key, Attributes: w.attributes(t, "s", "l")}}
}

// settings draws which are on: none, one or several.
func (w *worlds) settings(t *rapid.T) authz.Change {
	var s authz.Settings
	switch below(t, 4) {
	case 0:
	case 1, 2:
		s = s.With(one(t, authz.EverySetting()))
	default:
		for _, name := range some(t, authz.EverySetting()) {
			s = s.With(name)
		}
	}
	return authz.PutSettings{Settings: s}
}

// beginning draws a world with something of everything in it.
func (w *worlds) beginning(t *rapid.T, do func(authz.Change)) {
	for _, key := range wTypes {
		do(authz.PutResource{Resource: w.resource(t, key)})
	}
	for _, key := range wRoles {
		do(w.role(t, key))
	}
	for _, key := range wTenants {
		do(w.tenant(t, key))
	}
	for _, key := range wUsers {
		do(w.user(t, key))
	}
	for range 12 {
		do(w.instance(t))
	}
	do(w.settings(t))
	for range 18 {
		do(authz.PutConditionSet{Set: w.set(t)})
	}
}

// query draws a question, about what is there most of the time.
func (w *worlds) query(t *rapid.T) authz.Query {
	w = &worlds{goNumbers: true}
	q := authz.Query{User: one(t, wUsers), Action: one(t, wActions), Resource: one(t, wTypes)}
	if chance(t, 5) {
		q.User = "nobody"
	}
	if chance(t, 75) {
		q.Instance = one(t, wKeys)
	} else if chance(t, 15) {
		q.Instance = authz.EveryKey // as any other that is not stored
	}
	if chance(t, 85) {
		q.Tenant = one(t, wTenants)
	} else if chance(t, 30) {
		q.Tenant = "nowhere"
	}
	if chance(t, 50) {
		q.UserAttributes = w.attributes(t, "s", "l", "o", "k", "f", "e")
		if chance(t, 30) {
			w.override(t, q.UserAttributes, "roles", "tenants", "key", "email")
		}
	}
	if chance(t, 50) {
		q.ResourceAttributes = w.attributes(t, "s", "l", "o", "k", "f", "e")
		if chance(t, 5) {
			w.override(t, q.ResourceAttributes, "type")
		}
	}
	if chance(t, 20) {
		q.TenantAttributes = w.attributes(t, "s", "l")
	}
	if chance(t, 50) {
		q.Context = w.attributes(t, "s", "o", "k")
	}
	q.NoAttributes = chance(t, 3)
	return q
}
