package engine_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A scope is what conditions read: user, resource, tenant, context and roles.
type scope map[string]object

func (s *second) scope(q authz.Query) scope {
	held := s.heldIn(q.User, q.Tenant)
	var where []authz.TenantKey
	for _, a := range s.assignments {
		if a.User == q.User && (a.Instance == authz.Node{}) {
			where = append(where, a.Tenant)
		}
	}
	stored := object{}
	if u, synced := s.users[q.User]; synced {
		stored["key"] = string(u.Key)
		for name, v := range map[string]string{"email": u.Email, "first_name": u.FirstName, "last_name": u.LastName} {
			if v != "" {
				stored[name] = v
			}
		}
		stored = union(stored, objectOf(u.Attributes))
	}
	tenant, roles := object{}, object{}
	if slices.Contains(where, q.Tenant) {
		tenant = objectOf(s.tenants[q.Tenant].Attributes)
	}
	for _, r := range held {
		roles[string(r)] = objectOf(s.roles[r].Attributes)
	}
	instance := s.instances[authz.Node{Type: q.Resource, Key: q.Instance}]
	user := union(union(object{"roles": setOf(held), "tenants": setOf(where)}, stored), objectOf(q.UserAttributes))
	resource := union(union(object{"type": string(q.Resource)}, objectOf(instance.Attributes)), objectOf(q.ResourceAttributes))
	if s.settings.FixedBuiltIns {
		fix(user, s.builtIns(q.User, object{"roles": setOf(held), "tenants": setOf(where)}))
		resource["type"] = string(q.Resource)
	}
	return scope{
		"user":     user,
		"resource": resource,
		"tenant":   union(tenant, objectOf(q.TenantAttributes)),
		"context":  objectOf(q.Context),
		"roles":    roles,
		"asked":    object{"tenant": string(q.Tenant), "member": slices.Contains(where, q.Tenant)},
	}
}

// builtIns are the built-in attributes of a user beside those generated.
func (s *second) builtIns(key authz.UserKey, generated object) object {
	if u, synced := s.users[key]; synced {
		for name, v := range map[string]string{"key": string(key), "email": u.Email, "first_name": u.FirstName, "last_name": u.LastName} {
			if v != "" {
				generated[name] = v
			}
		}
	}
	return generated
}

// fix makes built-in attributes what they are, or missing.
func fix(user, are object) {
	for _, name := range []string{"roles", "tenants", "key", "email", "first_name", "last_name"} {
		delete(user, name)
		if v, there := are[name]; there {
			user[name] = v
		}
	}
}

func (s *second) byRule(q authz.Query) bool {
	if q.NoAttributes {
		return false
	}
	var sc scope
	for _, r := range s.rules {
		if r.Permission != (authz.Permission{Resource: q.Resource, Action: q.Action}) {
			continue
		}
		if sc == nil {
			sc = s.scope(q)
		}
		if s.settings.RulesForMembers && sc["asked"]["member"] == false {
			return false
		}
		users, resources := among(string(r.Role), elements(sc["user"]["roles"])), order(sc["resource"]["type"], string(r.Resource)) == 0
		if r.UserSet != "" {
			users = s.selects(sc, r.UserSet, authz.UserSet, nil)
		}
		if r.ResourceSet != "" {
			resources = s.selects(sc, r.ResourceSet, authz.ResourceSet, nil)
		}
		if users && resources {
			return true
		}
	}
	return false
}

// selects holds if the set and every parent of it do; children are those it was
// come from, since parents in a circle select nothing.
func (s *second) selects(sc scope, key authz.SetKey, kind authz.SetKind, children []authz.SetKey) bool {
	set, there := s.sets[key]
	if !there || set.Kind != kind || slices.Contains(children, key) {
		return false
	}
	if set.Parent != "" && !s.selects(sc, set.Parent, kind, append(children, key)) {
		return false
	}
	if kind == authz.ResourceSet && order(sc["resource"]["type"], string(set.Resource)) != 0 {
		return false
	}
	conditions, ok := decoded(set.Conditions)
	if !ok {
		return false
	}
	if len(conditions) == 0 {
		return true
	}
	b, ok := body(conditions)
	return ok && s.holds(sc, nil, b) == yes
}

func decoded(text string) (map[string]any, bool) {
	if text == "" {
		return nil, true
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var m map[string]any
	return m, d.Decode(&m) == nil
}

// A line of a rule body: a comparison of an attribute, or a helper rule of
// bodies of which one (or, negated, none) must hold.
type line struct {
	path     []string
	operator string
	operand  any // a JSON value
	match    []line
	fk       string

	helper  [][]line
	negated bool
}

// prefixes are what attributes and references begin with; an attribute may also
// be one of a role.
var prefixes = []string{"user", "resource", "tenant", "context"}

// body is what conditions compile to; false if they cannot be read.
func body(c map[string]any) ([]line, bool) {
	return lines(c, func(key string, v any) ([]line, bool) {
		path := strings.Split(key, ".")
		if len(path) < 2 || !slices.Contains(prefixes, path[0]) && path[0] != "role" {
			return nil, false
		}
		return said(path, v)
	}, func(v any) ([]line, bool) {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		return body(m)
	})
}

// lines reads the logic of c; what is under another key is leaf's, what stands
// in a list of conditions is item's.
func lines(c map[string]any, leaf func(string, any) ([]line, bool), item func(any) ([]line, bool)) ([]line, bool) {
	var all []line
	for key, v := range c {
		negated := key == "not"
		switch key {
		case "allOf", "and", "anyOf", "or", "not":
			items, isList := v.([]any)
			if !isList {
				items = []any{v}
			}
			helper := line{helper: [][]line{}, negated: negated}
			for _, i := range items {
				b, ok := item(i)
				if !ok {
					return nil, false
				}
				if key == "allOf" || key == "and" {
					all = append(all, b...)
				}
				helper.helper = append(helper.helper, b)
			}
			if key != "allOf" && key != "and" {
				all = append(all, helper)
			}
		default:
			b, ok := leaf(key, v)
			if !ok {
				return nil, false
			}
			all = append(all, b...)
		}
	}
	return all, true
}

var plainOperators = []string{
	"equals", "not-equals", "less-than", "greater-than", "less-than-equals", "greater-than-equals", "contains",
	"array_contains", "array_subset", "array_superset", "array_intersect", "array_length", "in", "between",
}

// comparison reads what is said of one attribute.
func comparison(path []string, c map[string]any) ([]line, bool) {
	if len(c) == 0 {
		return []line{{helper: [][]line{}}}, true // false
	}
	return lines(c, func(key string, v any) ([]line, bool) {
		l := line{path: path, operator: key, operand: v}
		switch {
		case key == "any_match" || key == "all_match" || key == "object_match":
			m, _ := v.(map[string]any)
			members, ok := m["match"].(map[string]any)
			l.fk, _ = m["fk_resource_type"].(string)
			for name, member := range members {
				inner, readable := said(strings.Split(name, "."), member)
				ok = ok && readable
				l.match = append(l.match, inner...)
			}
			return []line{l}, ok
		case !slices.Contains(plainOperators, key):
			return nil, false
		}
		if ref, is := refOf(v); is {
			return []line{l}, len(ref) > 1 && slices.Contains(prefixes, ref[0])
		}
		_, text := v.(string)
		bounds, _ := v.([]any)
		return []line{l}, (key != "contains" || text) && (key != "between" || len(bounds) == 2)
	}, func(v any) ([]line, bool) { return said(path, v) })
}

// said reads a comparison, or a value in its place, which is to be equal.
func said(path []string, v any) ([]line, bool) {
	if m, ok := v.(map[string]any); ok {
		return comparison(path, m)
	}
	return []line{{path: path, operator: "equals", operand: v}}, true
}

func refOf(v any) ([]string, bool) {
	m, _ := v.(map[string]any)
	ref, ok := m["ref"].(string)
	return strings.Split(ref, "."), ok && len(m) == 1
}

// holds: every line of a body does. Lines on role.* are all about one role.
// Inside a match, paths start at the element.
func (s *second) holds(sc scope, element any, b []line) truth {
	bindings := []object{{}}
	if element == nil && slices.ContainsFunc(b, func(l line) bool { return l.helper == nil && l.path[0] == "role" }) {
		bindings = nil
		for _, attributes := range sc["roles"] {
			bindings = append(bindings, attributes.(object))
		}
	}
	if len(bindings) == 0 {
		return either(s.settings.MissingDenies)
	}
	best := no
	for _, role := range bindings {
		worst := yes
		for _, l := range b {
			worst = min(worst, s.lineHolds(sc, element, role, l))
		}
		best = max(best, worst)
	}
	return best
}

func (s *second) lineHolds(sc scope, element any, role object, l line) truth {
	if l.helper != nil {
		best := no
		for _, b := range l.helper {
			best = max(best, s.holds(sc, element, b))
		}
		if l.negated {
			return -best
		}
		return best
	}
	from := any(object{"role": role, "user": sc["user"], "resource": sc["resource"], "tenant": sc["tenant"], "context": sc["context"]})
	if element != nil {
		from = element
	}
	a, there := follow(from, l.path)
	v, given := value(l.operand), true
	if ref, is := refOf(l.operand); is {
		v, given = object(nil), false
		if prefix, ok := sc[ref[0]]; ok {
			v, given = follow(prefix, ref[1:])
		}
	}
	held := s.compares(sc, l, a, there, v, given)
	s.reach(l.operator, held == yes)
	if l.fk != "" {
		s.reach("a match by key", held == yes)
	}
	return held
}

// reach counts that an operator was asked.
func (s *second) reach(operator string, held bool) {
	if s.count[operator] == nil {
		s.count[operator] = &outcomes{}
	}
	if held {
		s.count[operator].held++
	} else {
		s.count[operator].not++
	}
}

func follow(v any, path []string) (any, bool) {
	for _, name := range path {
		o, _ := v.(object)
		next, there := o[name]
		if !there {
			return nil, false
		}
		v = next
	}
	return v, true
}
