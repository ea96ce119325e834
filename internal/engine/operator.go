package engine

import "strings"

// An operator compares an attribute with an operand; either may be missing.
// What missing means is the operator's own, as OPA's comparisons and set
// arithmetic have it; the second engine of the tests says it once more.
type operator func(a any, hasA bool, v any, hasV bool) bool

// both is an operator that is false unless attribute and operand are there.
func both(f func(a, v any) bool) operator {
	return func(a any, hasA bool, v any, hasV bool) bool { return hasA && hasV && f(a, v) }
}

var equals = both(equal)

var operators = map[string]operator{
	"equals":              equals,
	"not-equals":          both(func(a, v any) bool { return !equal(a, v) }),
	"less-than":           both(func(a, v any) bool { return compare(a, v) < 0 }),
	"greater-than":        both(func(a, v any) bool { return compare(a, v) > 0 }),
	"less-than-equals":    both(func(a, v any) bool { return compare(a, v) <= 0 }),
	"greater-than-equals": both(func(a, v any) bool { return compare(a, v) >= 0 }),
	"contains":            both(containsText),
	"in":                  both(func(a, v any) bool { return has(v, a) }),
	"between":             both(between),
	"array_contains":      both(func(a, v any) bool { return has(a, v) }),
	"array_intersect":     both(intersects),
	// A missing side counts as empty here, as set arithmetic has it.
	"array_subset":   func(a any, _ bool, v any, _ bool) bool { return includes(v, a) },
	"array_superset": func(a any, _ bool, v any, _ bool) bool { return includes(a, v) },
	"array_length":   both(lengthIs),
}

func containsText(a, v any) bool {
	text, ok := a.(string)
	part, ok2 := v.(string)
	return ok && ok2 && strings.Contains(text, part)
}

func between(a, v any) bool {
	bounds, ok := v.([]any)
	return ok && len(bounds) == 2 && compare(a, bounds[0]) >= 0 && compare(a, bounds[1]) <= 0
}

func lengthIs(a, v any) bool {
	list, ok := elements(a)
	n := len(list)
	if text, isText := a.(string); isText {
		n, ok = len([]rune(text)), true
	}
	return ok && equal(float64(n), v)
}

// includes reports whether every element of b is one of a. What has no elements
// is empty.
func includes(a, b any) bool {
	list, _ := elements(b)
	for _, e := range list {
		if !has(a, e) {
			return false
		}
	}
	return true
}

func intersects(a, b any) bool {
	list, _ := elements(b)
	for _, e := range list {
		if has(a, e) {
			return true
		}
	}
	return false
}

// A matchKind says which members of an attribute must satisfy a match.
type matchKind int

const (
	itself matchKind = iota
	anyMember
	everyMember
)

var matchKinds = map[string]matchKind{"object_match": itself, "any_match": anyMember, "all_match": everyMember}
