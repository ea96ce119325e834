package directory_test

import (
	"fmt"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

func urlRules(n int, host string) (rules []directory.URLRuleInput) {
	for i := range n {
		rules = append(rules, directory.URLRuleInput{URLRule: authz.URLRule{URL: fmt.Sprintf("http://%s/%d", host, i), Method: "get", Resource: "doc"}})
	}
	return rules
}

// TestRulesOfAllURLMappingsAreCounted: a request is held against all of them.
func TestRulesOfAllURLMappingsAreCounted(t *testing.T) {
	t.Parallel()
	h := open(t)
	secret := ptr(authz.Secret("s"))
	_, _, err := h.CreateURLMapping(t.Context(), env, actor, "a", directory.URLMappingInput{Secret: secret, Rules: urlRules(authz.MaxURLRules-1, "a")})
	ok(t, err)
	_, _, err = h.CreateURLMapping(t.Context(), env, actor, "b", directory.URLMappingInput{Secret: secret, Rules: urlRules(2, "b")})
	refused(t, err, authz.Invalid, "mapping_rules")
	_, _, err = h.CreateURLMapping(t.Context(), env, actor, "b", directory.URLMappingInput{Secret: secret, Rules: urlRules(1, "b")})
	ok(t, err)
	_, _, err = h.UpdateURLMapping(t.Context(), env, actor, "b", directory.URLMappingInput{Rules: urlRules(2, "b")})
	refused(t, err, authz.Invalid, "mapping_rules")
	if got := len(h.snapshot().URLs()); got != authz.MaxURLRules {
		t.Errorf("the engine has %d rules, want %d", got, authz.MaxURLRules)
	}
	_, err = h.DeleteURLMapping(t.Context(), env, actor, "a")
	ok(t, err)
	if got := len(h.snapshot().URLs()); got != 1 {
		t.Errorf("the engine has %d rules, want 1", got)
	}
}

// TestARuleOfAURLMappingIsItsMethodAndURL: laying it again replaces it in its place.
func TestARuleOfAURLMappingIsItsMethodAndURL(t *testing.T) {
	t.Parallel()
	h := open(t)
	m, _, err := h.CreateURLMapping(t.Context(), env, actor, "a", directory.URLMappingInput{Secret: ptr(authz.Secret("s")), Rules: urlRules(3, "a")})
	ok(t, err)
	first, second := urlRules(3, "a")[0], urlRules(3, "a")[1]
	first.Action, second.Delete = "read", true
	m, _, err = h.UpdateURLMapping(t.Context(), env, actor, authz.Ident(m.ID), directory.URLMappingInput{Rules: []directory.URLRuleInput{first, second}})
	ok(t, err)
	if len(m.Rules) != 2 || m.Rules[0].Action != "read" || m.Rules[1].URL != "http://a/2" || m.Secret != "s" {
		t.Errorf("got %+v", m)
	}
}
