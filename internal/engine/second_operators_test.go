package engine_test

import (
	"math/big"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A truth is yes, no, or neither: what the settings leave open is neither true
// nor false, and not of it is neither too. Only yes lets in.
type truth int

const (
	no      truth = -1
	neither truth = 0
	yes     truth = 1
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// either is neither where a setting is on, else no.
func either(setting bool) truth {
	if setting {
		return neither
	}
	return no
}

// compares is what a line says of an attribute and what it is compared with.
func (s *second) compares(sc scope, l line, a any, there bool, v any, given bool) truth {
	matching := strings.HasSuffix(l.operator, "_match")
	given = given || matching // its operand says how to match
	switch {
	case s.settings.MissingDenies && (!there || !given):
		return neither
	case s.settings.TypedComparisons && there && given && !apt(l.operator, a, v):
		return neither
	case !matching || !there:
		return truthOf(compare(l.operator, a, there, v, given))
	case l.operator == "object_match":
		return s.matches(sc, l, a)
	}
	all := l.operator == "all_match"
	if rank(a) < rank(list{}) {
		return no
	}
	result := truthOf(all)
	for _, e := range elements(a) {
		if m := s.matches(sc, l, e); all {
			result = min(result, m)
		} else {
			result = max(result, m)
		}
	}
	return result
}

// apt holds if an operator is made for values of these types.
func apt(operator string, a, v any) bool {
	number, text, many := rank(new(big.Rat)), rank(""), rank(list{})
	inOrder := func(v any) bool { return rank(a) == rank(v) && (rank(a) == number || rank(a) == text) }
	switch operator {
	case "less-than", "greater-than", "less-than-equals", "greater-than-equals":
		return inOrder(v)
	case "between":
		bounds, _ := v.(list)
		return len(bounds) == 2 && inOrder(bounds[0]) && inOrder(bounds[1])
	case "contains":
		return rank(a) == text && rank(v) == text
	case "in":
		return rank(v) >= many
	case "array_contains", "any_match", "all_match":
		return rank(a) >= many
	case "array_intersect", "array_subset", "array_superset":
		return rank(a) >= many && rank(v) >= many
	case "array_length":
		return (rank(a) >= many || rank(a) == text) && rank(v) == number
	}
	return true
}

// compare is what an operator says of two values.
func compare(operator string, a any, there bool, v any, given bool) bool {
	subset := func(x any, in bool, y any, out bool) bool { // missing is empty
		for _, e := range elements(x) {
			if in && (!out || !among(e, elements(y))) {
				return false
			}
		}
		return true
	}
	switch operator {
	case "array_subset":
		return subset(a, there, v, given)
	case "array_superset":
		return subset(v, given, a, there)
	}
	if !there || !given {
		return false
	}
	switch operator {
	case "equals":
		return order(a, v) == 0
	case "not-equals":
		return order(a, v) != 0
	case "less-than":
		return order(a, v) < 0
	case "greater-than":
		return order(a, v) > 0
	case "less-than-equals":
		return order(a, v) <= 0
	case "greater-than-equals":
		return order(a, v) >= 0
	case "contains":
		text, ok := a.(string)
		part, too := v.(string)
		return ok && too && strings.Contains(text, part)
	case "array_contains":
		return among(v, elements(a))
	case "array_intersect":
		return slices.ContainsFunc(elements(a), func(e any) bool { return among(e, elements(v)) })
	case "array_length":
		text, ok := a.(string)
		n := len(elements(a)) + len([]rune(text))
		return (ok || rank(a) >= rank(list{})) && order(big.NewRat(int64(n), 1), v) == 0
	case "in":
		return among(a, elements(v))
	case "between":
		bounds, ok := v.(list)
		return ok && len(bounds) == 2 && order(a, bounds[0]) >= 0 && order(a, bounds[1]) <= 0
	}
	panic("unknown operator " + operator)
}

// matches holds if all members do, on the object or on the stored attributes of
// the instance that it is the key of.
func (s *second) matches(sc scope, l line, e any) truth {
	if l.fk != "" {
		key, ok := e.(string)
		if !ok {
			return either(s.settings.TypedComparisons)
		}
		n := authz.Node{Type: authz.ResourceKey(l.fk), Key: key}
		i, there := s.instances[n]
		if !there {
			return either(s.settings.MissingDenies)
		}
		if tenant, _ := sc["asked"]["tenant"].(string); s.settings.InstancesInTenant && s.liesElsewhere(authz.TenantKey(tenant), n) {
			return neither
		}
		e = objectOf(i.Attributes)
	}
	if o, ok := e.(object); ok {
		return s.holds(sc, o, l.match)
	}
	return either(s.settings.TypedComparisons)
}
