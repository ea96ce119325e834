package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
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
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32:
		return number64(fmt.Sprint(v))
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

// longest bounds the text of a number that is read exactly, and longestExponent
// the digits of its exponent, which can make a short text a number of a million
// digits.
const longest, longestExponent = 64, 3

// number64 reads a JSON number. A float64 stands for the shortest decimal that
// reads as it: 0.1 is a tenth, however many zeros follow. What no float64 stands
// for is a *big.Rat, so that one value is always read as one thing.
func number64(text string) any {
	near, err := strconv.ParseFloat(text, 64)
	if err != nil || len(text) > longest {
		return near // out of range is infinite: larger than every other number
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if len(strings.TrimLeft(text[i+1:], "+-0")) > longestExponent {
			return near
		}
	} else if len(text) <= exactDigits {
		return near
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok || exact.Cmp(rational(near)) == 0 {
		return near
	}
	return exact
}

// rank orders the types as OPA does: null < bool < number < string < array <
// object < set. The one set there is holds generated names (see roleNames).
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
	if ok && math.IsInf(x, 0) || ok2 && math.IsInf(y, 0) {
		return cmp.Compare(x, y) // what is no float64 lies at 0, as does any number beside the infinite
	}
	return rational(a).Cmp(rational(b))
}

// rational is the exact value of a finite number.
func rational(v any) *big.Rat {
	if r, ok := v.(*big.Rat); ok {
		return r
	}
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(v.(float64), 'g', -1, 64))
	if !ok {
		return new(big.Rat) // not a number, which only Go can pass
	}
	return r
}

// compareObjects compares key by sorted key, each with its value.
func compareObjects(a, b map[string]any) int {
	ka, kb := sortedKeys(a), sortedKeys(b)
	for i := range min(len(ka), len(kb)) {
		if c := strings.Compare(ka[i], kb[i]); c != 0 {
			return c
		}
		if c := compare(a[ka[i]], b[kb[i]]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(ka), len(kb))
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
