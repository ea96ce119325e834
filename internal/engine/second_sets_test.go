package engine_test

import (
	"encoding/json"
	"slices"

	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// operand is what an operator is given.
func (w *worlds) operand(t *rapid.T, operator string) any {
	if operator == "between" {
		return []any{w.scalar(t), w.scalar(t)}
	}
	if chance(t, 25) {
		return map[string]any{"ref": one(t, wPaths[:len(wPaths)-3])}
	}
	switch operator {
	case "array_length":
		return one(t, []any{json.Number("0"), json.Number("1"), json.Number("2"), json.Number("2.0"), "2"})
	case "contains":
		return one(t, []any{"", "a", "b", "ab"})
	case "in", "array_subset", "array_superset", "array_intersect":
		return w.list(t, w.scalar)
	}
	return w.attribute(t, one(t, []string{"s", "s", "s", "l", "o"}))
}

var wOperators = append(slices.Clone(plainOperators), "object_match", "any_match", "all_match")

// comparison draws what is said of one attribute.
func (w *worlds) comparison(t *rapid.T, depth int, operators ...string) map[string]any {
	if depth > 0 && chance(t, 20) {
		logic := one(t, []string{"and", "or", "allOf", "anyOf", "not"})
		if logic == "not" && chance(t, 50) {
			return map[string]any{logic: w.comparison(t, depth-1, operators...)}
		}
		return map[string]any{logic: w.list(t, func(t *rapid.T) any {
			if logic == "not" && chance(t, 20) {
				return w.scalar(t)
			}
			return w.comparison(t, depth-1, operators...)
		})}
	}
	c := map[string]any{}
	for range 1 + below(t, 8)/7 {
		operator := one(t, operators)
		c[operator] = w.operand(t, operator)
		if operator == "object_match" || operator == "any_match" || operator == "all_match" {
			match := map[string]any{}
			for range 1 + below(t, 5)/4 {
				name := one(t, []string{"a", "b", "p.a", "s", "l"})
				match[name] = w.comparison(t, max(0, depth-1), plainOperators...)
			}
			m := map[string]any{"match": match}
			c[operator] = m
		}
	}
	return c
}

// conditions draws a condition, or logic over some.
func (w *worlds) conditions(t *rapid.T, depth int) map[string]any {
	if depth > 0 && chance(t, 45) {
		logic := one(t, []string{"allOf", "anyOf", "and", "or", "not"})
		if logic == "not" && chance(t, 50) {
			return map[string]any{logic: w.conditions(t, depth-1)}
		}
		return map[string]any{logic: w.list(t, func(t *rapid.T) any { return w.conditions(t, depth-1) })}
	}
	path := one(t, wPaths)
	if chance(t, 1) {
		path = one(t, []string{"subject.s", "environment.s", "roles.x.s", "s"})
	}
	operators := wOperators
	switch {
	case chance(t, 25):
	case slices.Contains([]string{"user.l", "resource.l", "user.roles", "user.tenants", "role.l", "tenant.l"}, path):
		operators = []string{"array_contains", "array_subset", "array_superset", "array_intersect", "array_length", "equals", "greater-than"}
	case slices.Contains([]string{"user.k", "resource.k", "user.f", "resource.f", "context.k"}, path):
		operators = []string{"any_match", "all_match"}
	case slices.Contains([]string{"user.o", "resource.o", "resource.e", "user.e"}, path):
		operators = []string{"object_match"}
	}
	c := w.comparison(t, depth, operators...)
	if m, ok := c[one(t, []string{"any_match", "all_match", "object_match"})].(map[string]any); ok && (path[len(path)-1] == 'f' || path[len(path)-1] == 'e') {
		m["fk_resource_type"] = string(one(t, wTypes))
	}
	if chance(t, 1) {
		c[one(t, []string{"like", "regex", "Equals"})] = w.scalar(t)
	}
	return map[string]any{path: c}
}

func (w *worlds) set(t *rapid.T) authz.ConditionSet {
	s := authz.ConditionSet{Key: one(t, wUserSets), Kind: authz.UserSet}
	kin := wUserSets // parents
	if chance(t, 50) {
		n := below(t, len(wSets))
		s = authz.ConditionSet{Key: wSets[n], Kind: authz.ResourceSet, Resource: wTypes[n%len(wTypes)]}
		if chance(t, 20) {
			s.Resource = one(t, wTypes)
		}
		kin = wSets
	}
	if chance(t, 3) {
		kin = append(slices.Clone(wSets), wUserSets...)
	}
	if chance(t, 15) {
		s.Parent = one(t, kin)
	}
	switch below(t, 20) {
	case 0:
		s.Conditions = one(t, []string{"", "{}", `{"allOf":[]}`, `{"allOf":[{"allOf":[]}]}`})
		return s
	case 1:
		s.Conditions = one(t, []string{"{", "[]", "1", `{"user.s":1}`, `{"allOf":{"user.s":{"equals":1}}}`, `{"user.s":{"contains":1}}`, `{"user.s":{"equals":{"ref":"role.s"}}}`})
		return s
	}
	text, err := json.Marshal(map[string]any{"allOf": w.list(t, func(t *rapid.T) any { return w.conditions(t, 3) })})
	if err != nil {
		t.Fatal(err)
	}
	s.Conditions = string(text)
	return s
}
