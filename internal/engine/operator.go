package engine

import "strings"

// An operator compares an attribute with an operand.
type operator struct {
	// Either side may be missing. What that means is the operator's own, as OPA's
	// comparisons and set arithmetic have it; the second engine of the tests says
	// it once more.
	holds func(a any, hasA bool, v any, hasV bool) bool
	fits  func(a, v any) bool // whether it is made for these types; nil: for all
}

// both is an operator that is false unless attribute and operand are there.
func both(f, fits func(a, v any) bool) operator {
	return operator{func(a any, hasA bool, v any, hasV bool) bool { return hasA && hasV && f(a, v) }, fits}
}

var operators = map[string]operator{
	"equals":              both(equal, nil),
	"not-equals":          both(func(a, v any) bool { return !equal(a, v) }, nil),
	"less-than":           both(func(a, v any) bool { return compare(a, v) < 0 }, ordered),
	"greater-than":        both(func(a, v any) bool { return compare(a, v) > 0 }, ordered),
	"less-than-equals":    both(func(a, v any) bool { return compare(a, v) <= 0 }, ordered),
	"greater-than-equals": both(func(a, v any) bool { return compare(a, v) >= 0 }, ordered),
	"contains":            both(containsText, texts),
	"in":                  both(func(a, v any) bool { return has(v, a) }, func(_, v any) bool { return iterable(v) }),
	"between":             both(between, orderedWithin),
	"array_contains":      both(func(a, v any) bool { return has(a, v) }, func(a, _ any) bool { return iterable(a) }),
	"array_intersect":     both(intersects, iterables),
	// A missing side counts as empty here, as set arithmetic has it.
	"array_subset":   {func(a any, _ bool, v any, _ bool) bool { return includes(v, a) }, iterables},
	"array_superset": {func(a any, _ bool, v any, _ bool) bool { return includes(a, v) }, iterables},
	"array_length":   both(lengthIs, measured),
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
