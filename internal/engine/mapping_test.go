package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// TestRulesOfURLMappingsStandInOneOrder: priority, then age, then place, whatever
// the order in which the mappings were put.
func TestRulesOfURLMappingsStandInOneOrder(t *testing.T) {
	t.Parallel()
	rule := func(url string, priority int) authz.URLRule {
		return authz.URLRule{URL: url, Method: "get", Resource: "doc", Priority: &priority}
	}
	older := authz.PutURLMapping{Mapping: authz.URLMapping{Key: "z", CreatedAt: time.UnixMicro(1), Rules: []authz.URLRule{rule("1", 0), rule("2", 5), {URL: "3", Method: "get"}}}}
	younger := authz.PutURLMapping{Mapping: authz.URLMapping{Key: "a", CreatedAt: time.UnixMicro(2), Rules: []authz.URLRule{rule("4", 5), rule("5", -1), {URL: "(", Regex: true}}}}
	for _, changes := range [][]authz.Change{{older, younger}, {younger, older}, {younger, older, younger}} {
		s := new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: changes})
		got := ""
		for _, r := range s.URLs().Rules() {
			got += r.URL
		}
		if got != "24135" {
			t.Errorf("got %s, want 24135", got)
		}
		gone := s.With(authz.Commit{Revision: 2, Changes: []authz.Change{authz.DeleteURLMapping{Key: "z"}}})
		if len(gone.URLs()) != 2 || len(s.URLs()) != 5 {
			t.Errorf("got %d after a deletion and %d before, want 2 and 5", len(gone.URLs()), len(s.URLs()))
		}
	}
}

// TestARuleWithoutActionNeedsTheMethod: as Kong's questions do.
func TestARuleWithoutActionNeedsTheMethod(t *testing.T) {
	t.Parallel()
	m := authz.URLMapping{Key: "a", Rules: []authz.URLRule{{URL: "u", Method: "delete", Resource: "doc"}}}
	s := new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: []authz.Change{authz.PutURLMapping{Mapping: m}}})
	if rule, _, ok := s.URLs().Match("DELETE", "u"); !ok || rule.Permission != (authz.Permission{Resource: "doc", Action: "delete"}) {
		t.Errorf("got %+v", rule)
	}
}

// TestManySlowExpressionsEndTogether: each by itself is within its time.
func TestManySlowExpressionsEndTogether(t *testing.T) {
	t.Parallel()
	var rules []engine.URLRule
	for range authz.MaxURLRules {
		rules = append(rules, engine.URLRule{URL: `(a+)+$`, Regex: true, Method: "GET"})
	}
	rules = append(rules, engine.URLRule{URL: `a`, Regex: true, Method: "GET"})
	m := engine.CompileURLs(rules)
	began := time.Now()
	if _, _, ok := m.Match("GET", strings.Repeat("a", 13)+"!"); ok {
		t.Error("got the last rule, want none: the time is over")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}
