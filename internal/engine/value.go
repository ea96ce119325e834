package engine

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Values of attributes and literals, once normalized: nil, bool, float64,
// *big.Rat (a number that float64 cannot hold exactly), string, []any and
// map[string]any, the last two of normalized values.

// normalize is v in these types. Numbers keep their exact value: 9007199254740993
// is not 9007199254740992.
func normalize(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number64(string(v))
	case int:
		return float64(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = normalize(e)
		}
		return out
	case map[string]any:
		return normalizeAll(v)
	}
	return v
}

func normalizeAll(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = normalize(v)
	}
	return out
}

// exactDigits is how many significant decimal digits every float64 keeps apart.
const exactDigits = 15

// longest bounds the text of a number that is read exactly: an exponent can make
// a short text a number of a million digits.
const longest = 64

// number64 reads a JSON number: as float64 where that says the same.
func number64(text string) any {
	near, err := strconv.ParseFloat(text, 64)
	if err != nil || len(text) <= exactDigits || len(text) > longest || strings.ContainsAny(text, "eE") {
		return near // out of range is infinite: larger than every other number
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return near
	}
	if r := new(big.Rat).SetFloat64(near); r != nil && r.Cmp(exact) == 0 {
		return near
	}
	return exact
}

// rank orders the types as OPA does: null < bool < number < string < array <
// object. A role set (see roleNames) is an array to everybody but equality.
func rank(v any) int {
	switch v.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case float64, *big.Rat:
		return 2
	case string:
		return 3
	case []any:
		return 4
	case map[string]any:
		return 5
	}
	return 6
}

// compare orders any two values, of different types too, as OPA does. It returns
// -1, 0 or +1.
func compare(a, b any) int {
	if ra, rb := rank(a), rank(b); ra != rb {
		return cmp.Compare(ra, rb)
	}
	switch a := a.(type) {
	case bool:
		return compareBools(a, b.(bool))
	case float64, *big.Rat:
		return compareNumbers(a, b)
	case string:
		return strings.Compare(a, b.(string))
	case []any:
		return slices.CompareFunc(a, b.([]any), compare)
	case map[string]any:
		return compareObjects(a, b.(map[string]any))
	case set:
		return slices.CompareFunc(a, b.(set), func(x, y string) int { return strings.Compare(x, y) })
	}
	return 0
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareNumbers(a, b any) int {
	x, ok := a.(float64)
	y, ok2 := b.(float64)
	if ok && ok2 {
		return cmp.Compare(x, y)
	}
	return rational(a).Cmp(rational(b))
}

func rational(v any) *big.Rat {
	if r, ok := v.(*big.Rat); ok {
		return r
	}
	if r := new(big.Rat).SetFloat64(v.(float64)); r != nil {
		return r
	}
	return new(big.Rat) // not finite: no JSON number is
}

// compareObjects compares by sorted keys, then by the values in that order.
func compareObjects(a, b map[string]any) int {
	ka, kb := sortedKeys(a), sortedKeys(b)
	if c := slices.Compare(ka, kb); c != 0 {
		return c
	}
	for _, k := range ka {
		if c := compare(a[k], b[k]); c != 0 {
			return c
		}
	}
	return 0
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func equal(a, b any) bool { return rank(a) == rank(b) && compare(a, b) == 0 }

// A set is a generated set of names (roles, tenants): unlike an array it equals
// no array, but its elements can be looked for. It is sorted.
type set []string

// elements are the members of an array or set and the values of an object;
// ok is false for everything else.
func elements(v any) (list []any, ok bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case set:
		list = make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list, true
	case map[string]any:
		for _, k := range sortedKeys(v) {
			list = append(list, v[k])
		}
		return list, true
	}
	return nil, false
}

// has reports whether v, an array, set or object, has the element e.
func has(v, e any) bool {
	if s, ok := v.(set); ok {
		name, isText := e.(string)
		_, found := slices.BinarySearch(s, name)
		return isText && found
	}
	list, ok := elements(v)
	return ok && slices.ContainsFunc(list, func(x any) bool { return equal(x, e) })
}
