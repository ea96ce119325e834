package engine_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Values of the second engine: nil, bool, *big.Rat, string, list, object, set.
type (
	list   []any
	object map[string]any
	set    []any // sorted, without duplicates
)

// value reads a decoded JSON value, or one with numbers of Go.
func value(v any) any {
	switch v := v.(type) {
	case nil, bool, string:
		return v
	case []any:
		l := list{}
		for _, e := range v {
			l = append(l, value(e))
		}
		return l
	case map[string]any:
		return objectOf(v)
	}
	r, ok := new(big.Rat).SetString(fmt.Sprint(v))
	if !ok {
		panic(fmt.Sprintf("%v is no number", v))
	}
	return r
}

func objectOf(m map[string]any) object {
	o := object{}
	for k, v := range m {
		o[k] = value(v)
	}
	return o
}

// union lays b over a: objects are merged all the way down, the rest replaced.
func union(a, b object) object {
	u := maps.Clone(a)
	for k, v := range b {
		inner, ok := u[k].(object)
		if over, too := v.(object); ok && too {
			v = union(inner, over)
		}
		u[k] = v
	}
	return u
}

func rank(v any) int {
	switch v.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case *big.Rat:
		return 2
	case string:
		return 3
	case list:
		return 4
	case object:
		return 5
	}
	return 6
}

// order is OPA's: by type, then by value.
func order(a, b any) int {
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	switch a := a.(type) {
	case bool:
		if a == b.(bool) {
			return 0
		} else if b.(bool) {
			return -1
		}
		return 1
	case *big.Rat:
		return a.Cmp(b.(*big.Rat))
	case string:
		return strings.Compare(a, b.(string))
	case list:
		return slices.CompareFunc(a, b.(list), order)
	case set:
		return slices.CompareFunc(a, b.(set), order)
	case object:
		return slices.CompareFunc(pairs(a), pairs(b.(object)), func(p, q [2]any) int {
			if d := order(p[0], q[0]); d != 0 {
				return d
			}
			return order(p[1], q[1])
		})
	}
	return 0
}

func pairs(o object) [][2]any {
	var all [][2]any
	for _, k := range slices.Sorted(maps.Keys(o)) {
		all = append(all, [2]any{k, o[k]})
	}
	return all
}

// setOf makes a set of keys.
func setOf[K ~string](keys []K) set {
	s := set{}
	for _, k := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		s = append(s, string(k))
	}
	return s
}

// elements are what OPA iterates in v: nothing in a scalar, values in an object.
func elements(v any) []any {
	switch v := v.(type) {
	case list:
		return v
	case set:
		return v
	case object:
		var all []any
		for _, p := range pairs(v) {
			all = append(all, p[1])
		}
		return all
	}
	return nil
}

func among(v any, all []any) bool {
	return slices.ContainsFunc(all, func(e any) bool { return order(e, v) == 0 })
}
