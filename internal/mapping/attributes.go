package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Account is a with the attributes that are mapped. An explicit mapping wins over
// what the source states by itself, and nothing that the source's users can write
// becomes an attribute but by a mapping that names it. Where an expression fails the
// attribute is null.
func (c *Compiled) Account(a authz.Account) (authz.Account, []Failure) {
	var failed []Failure
	a.Attributes, failed = mapped(c.attributes, a.Attributes, "user", a.Facts)
	a.Mapped = nil
	for _, m := range c.attributes {
		a.Mapped = append(a.Mapped, m.Key)
	}
	slices.Sort(a.Mapped)
	return a, failed
}

// Organization is o with the attributes that are mapped, as Account of a user.
func (c *Compiled) Organization(o authz.SourceOrganization) (authz.SourceOrganization, []Failure) {
	var failed []Failure
	o.Attributes, failed = mapped(c.tenantAttributes, o.Attributes, "organization", o.Facts)
	return o, failed
}

func mapped(list []attribute, stated authz.Attributes, variable string, facts authz.Facts) (authz.Attributes, []Failure) {
	if len(list) == 0 || facts == nil {
		return stated, nil
	}
	var failed []Failure
	out := maps.Clone(stated)
	if out == nil {
		out = authz.Attributes{}
	}
	vars := map[string]any{variable: facts}
	for _, a := range list {
		v, err := a.value(facts, vars)
		if err != nil {
			failed = append(failed, Failure{Name: "attribute " + a.Key, Why: err.Error()})
		}
		out[a.Key] = v
	}
	return out, failed
}

// value is the attribute's value, nil with an error.
func (a attribute) value(facts authz.Facts, vars map[string]any) (any, error) {
	if a.expression != nil {
		v, err := a.expression.evaluate(vars)
		if err != nil {
			return nil, err
		}
		return plain(v, maxDepth)
	}
	var v any = map[string]any(facts)
	for _, name := range a.path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, nil
		}
		v = m[name]
	}
	return v, nil
}

const (
	maxDepth = 16     // of what an expression makes
	maxItems = 10_000 // of one list or map of it
)

var errTooMuch = errors.New("the value is nested too deep or has too many elements")

// plain is the JSON value of v, with numbers as they are kept.
func plain(v ref.Val, depth int) (any, error) {
	if depth == 0 {
		return nil, errTooMuch
	}
	switch v := v.(type) {
	case types.Null:
		return nil, nil
	case types.Bool:
		return bool(v), nil
	case types.String:
		return strings.ReplaceAll(string(v), "\x00", ""), nil
	case types.Int:
		return json.Number(strconv.FormatInt(int64(v), 10)), nil
	case types.Uint:
		return json.Number(strconv.FormatUint(uint64(v), 10)), nil
	case types.Double:
		if f := float64(v); math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, errors.New("the value is not a number that can be kept")
		}
		return json.Number(strconv.FormatFloat(float64(v), 'g', -1, 64)), nil
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), nil
	case *types.Optional:
		if !v.HasValue() {
			return nil, nil
		}
		return plain(v.GetValue(), depth)
	}
	switch v.Type() {
	case types.ListType:
		return plainItems(v, maxItems, depth-1)
	case types.MapType:
		return plainMap(v, depth-1)
	}
	return nil, fmt.Errorf("a value of type %s cannot be kept", v.Type())
}

// plainList is a list of at most so many elements.
func plainList(v ref.Val, most int) ([]any, error) { return plainItems(v, most, maxDepth) }

func plainItems(v ref.Val, most, depth int) ([]any, error) {
	list, ok := v.(traits.Lister)
	if !ok {
		return nil, errTooMuch
	}
	n, _ := list.Size().(types.Int)
	if int(n) > most {
		return nil, errTooMuch
	}
	out := make([]any, 0, n)
	for i := range n {
		item, err := plain(list.Get(i), depth)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

func plainMap(v ref.Val, depth int) (any, error) {
	m, ok := v.(traits.Mapper)
	if !ok {
		return nil, errTooMuch
	}
	if n, _ := m.Size().(types.Int); n > maxItems {
		return nil, errTooMuch
	}
	out := map[string]any{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		k := it.Next()
		name, ok := k.(types.String)
		if !ok {
			return nil, errors.New("a map with names that are not text cannot be kept")
		}
		item, err := plain(m.Get(k), depth)
		if err != nil {
			return nil, err
		}
		out[strings.ReplaceAll(string(name), "\x00", "")] = item
	}
	return out, nil
}
