package engine_test

import (
	"encoding/json"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// holds asks about a condition on context.a, which the caller passes.
func holds(condition string, a any) bool {
	s := after(new(engine.Snapshot), resource("doc"),
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "some", Kind: authz.UserSet, Conditions: `{"context.a": ` + condition + `}`}},
		authz.PutRule{Rule: authz.Rule{UserSet: "some", Resource: "doc", Permission: authz.Permission{Resource: "doc", Action: "read"}}})
	return s.Decide(authz.Query{User: "ann", Action: "read", Resource: "doc", Context: authz.Attributes{"a": a}}).Allow
}

// A tenth was one value as 0.1 and another with more digits than a float64
// keeps, an exponent lost digits, and what is out of range lay at zero beside
// an exact number.
func TestANumberIsOneValueHoweverWritten(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]json.Number{
		{"0.1", "0.10000000000000000000"}, {"1e-1", "0.100000000000000000"}, {"9007199254740993", "9007199254740993e0"},
		{"1152921504606846976", "1152921504606846976.0"}, {"-0", "0"}, {"100", "1e2"},
	} {
		if !holds(`{"equals": `+string(same[0])+`}`, same[1]) || !holds(`{"equals": `+string(same[1])+`}`, same[0]) {
			t.Errorf("%s and %s differ", same[0], same[1])
		}
	}
	for _, less := range [][2]json.Number{
		{"9007199254740992", "9007199254740993"}, {"1152921504606846976", "1152921504606847000"}, {"9007199254740993", "1e400"},
		{"-1e400", "9007199254740993"}, {"0", "1e-300"}, {"0.1", "0.1000000000000000055511151231257827"},
	} {
		if !holds(`{"greater-than": `+string(less[0])+`}`, less[1]) || !holds(`{"less-than": `+string(less[1])+`}`, less[0]) {
			t.Errorf("%s is not less than %s", less[0], less[1])
		}
	}
}

// Numbers of Go other than int and float64 were kept as they came: they equalled
// nothing, and to order them against a role set ended the process.
func TestCallersPassEveryNumberOfGo(t *testing.T) {
	t.Parallel()
	for _, n := range []any{1, int8(1), int16(1), int32(1), int64(1), uint(1), uint8(1), uint16(1), uint32(1), uint64(1), float32(1), 1.0} {
		if !holds(`{"equals": 1, "less-than": {"ref": "user.roles"}}`, n) {
			t.Errorf("%T is not 1", n)
		}
	}
	if !holds(`{"equals": 9007199254740993}`, int64(9007199254740993)) {
		t.Error("an int64 lost its last digit")
	}
}

// OPA orders objects by the first key or value that differs; here all keys were
// looked at before any value.
func TestObjectsAreOrderedAsInOPA(t *testing.T) {
	t.Parallel()
	for _, less := range [][2]map[string]any{
		{{"a": "1", "c": "1"}, {"a": "2", "b": "1"}}, {{"a": "1"}, {"a": "1", "b": "1"}}, {{"a": "2"}, {"b": "1"}}, {{}, {"a": nil}},
	} {
		text, err := json.Marshal(less[1])
		if err != nil {
			t.Fatal(err)
		}
		if !holds(`{"less-than": `+string(text)+`}`, less[0]) {
			t.Errorf("%v is not less than %v", less[0], less[1])
		}
	}
}

// A match went over arrays only. It goes over what OPA iterates, as the array
// operators do: user.roles and user.tenants are sets, an object has values.
func TestMatchesGoOverSetsAndObjects(t *testing.T) {
	t.Parallel()
	one, other := map[string]any{"n": 1}, map[string]any{"n": 2}
	for condition, a := range map[string]any{
		`{"any_match": {"match": {"n": {"equals": 1}}}}`:          map[string]any{"x": one, "y": other},
		`{"all_match": {"match": {"n": {"less-than": 3}}}}`:       map[string]any{"x": one, "y": other},
		`{"all_match": {"match": {"n": {"equals": 1}}}}`:          map[string]any{},
		`{"not": {"all_match": {"match": {"n": {"equals": 1}}}}}`: "text",
	} {
		if !holds(condition, a) {
			t.Errorf("%v does not satisfy %s", a, condition)
		}
	}
	if !holds(`{"equals": 1}, "user.roles": {"all_match": {"match": {"n": {"equals": 1}}}}`, 1) {
		t.Error("nobody's roles do not all match")
	}
}
