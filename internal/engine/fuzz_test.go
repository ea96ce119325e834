package engine_test

import (
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// FuzzCompileConditions: no conditions end the process, neither when they are
// read nor when they are asked, and what is refused selects nobody. Settings that
// leave attributes as they are only ever take away.
func FuzzCompileConditions(f *testing.F) {
	for _, c := range cases(f) {
		for _, set := range c.Schema.ConditionSets {
			f.Add(string(set.Conditions))
		}
	}
	for _, text := range []string{
		"", "{}", "[", "null", `{"user.": {"equals": 1}}`, `{"not": {"user.a": {"array_length": 1}}}`, `{"role.a": {"not": ["x"]}}`,
		`{"user.a": {"all_match": {"fk_resource_type": "doc", "match": {"a.b": {"any_match": {"match": {}}}}}}}`, `{"user.n": {"less-than": 1e999999999}}`,
	} {
		f.Add(text)
	}
	object := map[string]any{"a": "x", "n": 1, "l": []any{"1", nil, 2.5}, "o": map[string]any{"a": true}}
	attributes := authz.Attributes{"a": "x", "n": 1, "l": []any{"1", nil, 2.5}, "o": object, "k": []any{object, map[string]any{}}}
	environment := []authz.Change{
		resource("doc", "read"), role("admin", ""), tenant("acme"), given("ann", "admin", "acme"),
		authz.PutUser{User: authz.User{Key: "ann", Attributes: attributes}}, given("ann", "admin", "acme"),
		authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: "1"}, Tenant: "acme", Attributes: attributes}},
		authz.PutRule{Rule: authz.Rule{UserSet: "some", Resource: "doc", Permission: authz.Permission{Resource: "doc", Action: "read"}}},
	}
	before := after(new(engine.Snapshot), environment...)
	f.Fuzz(func(t *testing.T, text string) {
		err := engine.CompileConditions(text)
		s := after(before, authz.PutConditionSet{Set: authz.ConditionSet{Key: "some", Kind: authz.UserSet, Conditions: text}})
		for _, q := range []authz.Query{
			{User: "ann", Action: "read", Resource: "doc", Instance: "1", Tenant: "acme", Context: attributes, UserAttributes: authz.Attributes{"o": object}},
			{User: "nobody", Action: "read", Resource: "doc"},
		} {
			d := s.Decide(q)
			if d.Allow && err != nil {
				t.Errorf("refused conditions select: %v", err)
			}
			if e := s.Explain(q); e.Decision.Allow != d.Allow {
				t.Errorf("Decide says %v, Explain %v", d.Allow, e.Decision.Allow)
			}
			for _, name := range authz.EverySetting() {
				strict := after(s, authz.PutSettings{Settings: authz.Settings{}.With(name)})
				if strict.Decide(q).Allow && !d.Allow && name != authz.FixedBuiltIns {
					t.Errorf("%s permits", name)
				}
			}
		}
	})
}
