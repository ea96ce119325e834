package mapping

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

const (
	maxRules      = 200
	maxAttributes = 100
	maxPlaces     = 100 // tenants that one evaluation of a rule gives roles in
	maxKey        = 512 // bytes, of keys of things
	maxName       = 64  // bytes, of a rule's name
)

var key = regexp.MustCompile(`^[A-Za-z0-9\-_]+$`)

func validKey(s string) bool { return len(s) <= maxKey && key.MatchString(s) }

// checkRules holds what is true of rules but for their expressions.
func checkRules(rules []authz.MappingRule) error {
	if len(rules) > maxRules {
		return authz.InvalidField("rules", "rules has more than %d entries", maxRules)
	}
	taken := map[string]bool{}
	for i, r := range rules {
		at := func(field string) string { return fmt.Sprintf("rules[%d].%s", i, field) }
		switch {
		case len(r.Name) > maxName || !key.MatchString(r.Name):
			return authz.InvalidField(at("name"), "%s: %q must match %s and have no more than %d characters", at("name"), r.Name, key, maxName)
		case taken[r.Name]:
			return authz.InvalidField(at("name"), "%s: there is another rule %q; names say who gave a role", at("name"), r.Name)
		case len(r.Roles) == 0:
			return authz.InvalidField(at("roles"), "%s: the rule gives no role; name one", at("roles"))
		case len(r.Tenants) > 0 && r.TenantsFrom != "":
			return authz.InvalidField(at("tenants_from"), "%s: the rule has tenants too; leave one of the two out", at("tenants_from"))
		case len(r.Tenants) == 0 && r.TenantsFrom == "" && !r.EachOrganization:
			return authz.InvalidField(at("tenants"), "%s: the rule does not say where; name tenants, or an expression in tenants_from, or set each_organization", at("tenants"))
		case len(r.Tenants) > maxPlaces || len(r.Roles) > maxPlaces:
			return authz.InvalidField(at("tenants"), "%s: the rule has more than %d tenants or roles", at("tenants"), maxPlaces)
		}
		taken[r.Name] = true
		for _, role := range r.Roles {
			if !validKey(string(role)) {
				return authz.InvalidField(at("roles"), "%s: %q is not a key of a role", at("roles"), role)
			}
		}
		for _, tenant := range r.Tenants {
			if !validKey(string(tenant)) {
				return authz.InvalidField(at("tenants"), "%s: %q is not a key of a tenant", at("tenants"), tenant)
			}
		}
	}
	return nil
}

// builtIn are attributes that decisions take from elsewhere, and suspended is what
// the source says by itself: what a user can write must never stand in their place.
var builtIn = map[string][]string{
	"attributes":        {"key", "email", "first_name", "last_name", "roles", "tenants", "suspended"},
	"tenant_attributes": {"key"},
}

// checkAttributes holds what is true of mapped attributes but for their expressions.
func checkAttributes(field string, mapped []authz.MappedAttribute) error {
	if len(mapped) > maxAttributes {
		return authz.InvalidField(field, "%s has more than %d entries", field, maxAttributes)
	}
	taken := map[string]bool{}
	for i, m := range mapped {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !validKey(m.Key):
			return authz.InvalidField(at+".key", "%s.key: %q is not a key of an attribute", at, m.Key)
		case slices.Contains(builtIn[field], m.Key):
			return authz.InvalidField(at+".key", "%s.key: %q is what Gatehouse says itself and cannot be mapped; choose another key", at, m.Key)
		case taken[m.Key]:
			return authz.InvalidField(at+".key", "%s.key: %q is mapped twice; map it once", at, m.Key)
		case (m.Path == "") == (m.Expression == ""):
			return authz.InvalidField(at+".path", "%s.path: give either a path or an expression", at)
		}
		taken[m.Key] = true
	}
	return nil
}
