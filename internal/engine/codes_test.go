package engine_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// otherwise are cases whose codes cannot come out the same.
var otherwise = map[string]bool{
	"rbac/tenant-association-grants-nothing":  true, // a tie without a role is not kept
	"rebac/unsynced-user":                     true, // an assignment needs its user, so the test makes one
	"request/user-attributes-null-kills-abac": true, // Permit's own sets do not hold here: the one case with another code
}

// TestReasonsAreThoseOfPermit compares the codes with those that Permit's policy
// gave, wherever it gave one. Where rules deny, its code is no_matching_rules
// throughout: it counts sets of either kind, and sets of its own making, as sets
// that hold. Ours say which kind does not.
func TestReasonsAreThoseOfPermit(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	type codedCase struct {
		decisionCase
		Checks []struct {
			User     json.RawMessage
			Action   string
			Resource map[string]any
			Context  any
			Observed struct{ Codes map[string]engine.Reason }
		}
	}
	var file struct{ Cases []codedCase }
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	compared := map[string]int{}
	for _, c := range file.Cases {
		if c.NotRunnable != nil || c.Schema.CustomRego != "" || different[c.Name] != "" || otherwise[c.Name] {
			continue
		}
		s := new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: c.changes(t)})
		for i, check := range c.Checks {
			e := s.Explain(query(t, check.User, check.Action, check.Resource, check.Context))
			got := map[string]engine.Reason{"rbac": e.Reason}
			if e.Instance != nil {
				got["rebac"] = e.Instance.Reason
			}
			if e.Rules != nil {
				got["abac"] = e.Rules.Reason
				if e.Rules.Reason != engine.Allowed {
					got["abac"] = engine.NoRule
				}
			}
			for model, want := range check.Observed.Codes {
				if is, ok := got[model]; ok {
					compared[model]++
					if is != want {
						t.Errorf("%s, check %d, %s: got %s, want %s (%s %s %v)", c.Name, i, model, is, want, check.User, check.Action, check.Resource)
					}
				}
			}
		}
	}
	for _, model := range []string{"rbac", "abac", "rebac"} {
		if compared[model] < 20 {
			t.Errorf("%d codes of %s were compared; the test proves little", compared[model], model)
		}
	}
	t.Log(compared)
}
