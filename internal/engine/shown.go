package engine

import (
	"encoding/json"
	"math"
	"math/big"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// shown are normalized attributes as callers know them: every value can be
// written as JSON, and numbers keep their exact value.
func shown(m map[string]any) authz.Attributes {
	out := make(authz.Attributes, len(m))
	for k, v := range m {
		out[k] = shownValue(v)
	}
	return out
}

func shownValue(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsInf(v, 0) { // it was larger than a float64, and JSON has no infinity
			return json.Number(map[bool]string{true: "-1e999", false: "1e999"}[v < 0])
		}
	case *big.Rat:
		digits, _ := v.FloatPrec() // it was read from decimal text, so this many say it all
		return json.Number(v.FloatString(digits))
	case set:
		return elementsShown(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = shownValue(e)
		}
		return out
	case map[string]any:
		return map[string]any(shown(v))
	}
	return v
}

func elementsShown(s set) []any {
	out := make([]any, len(s))
	for i, e := range s {
		out[i] = e
	}
	return out
}
