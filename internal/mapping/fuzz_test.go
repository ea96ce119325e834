package mapping_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// FuzzCompile: whatever stands in a mapping, it is refused as Invalid, with its field,
// or can be applied to anybody, the same way each time; and what is refused gives
// nothing.
func FuzzCompile(f *testing.F) {
	f.Add("user.primaryEmail.endsWith('@acme.com')", "user.customData.tenants", "customData.plan", "user.name", true)
	f.Add("organizations.exists(o, o.name == 'Acme')", "'a'", "id", "user.createdAt", false)
	f.Add("[1,2,3].all(x, x > 0) && organization.roles.size() > 0", "[organization.id]", "profile.a.b", "{'a': [1u, 2.5, b'x']}", true)
	f.Add("user.customData.?a.?b.hasValue()", "dyn(user).x", ".", "user", false)
	f.Add("((((", "1/0", "", "timestamp('x')", true)
	a, tenants := ann(f)
	f.Fuzz(func(t *testing.T, condition, from, path, expression string, each bool) {
		m := authz.Mapping{
			Rules:      []authz.MappingRule{{Name: "r", Condition: condition, Roles: []authz.RoleKey{"x"}, TenantsFrom: from, EachOrganization: each}},
			Attributes: []authz.MappedAttribute{{Key: "p", Path: path}, {Key: "e", Expression: expression}},
		}
		c, err := mapping.Compile(m)
		if e, is := err.(*authz.Error); err != nil && (!is || e.Kind != authz.Invalid || e.Field == "") { //nolint:errorlint // made there
			t.Fatalf("got %v, want it Invalid and with a field", err)
		}
		gifts, failed := c.Ruled(a, tenants)
		again, failedAgain := c.Ruled(a, tenants)
		if len(gifts) != len(again) || len(failed) != len(failedAgain) {
			t.Fatalf("got %v and then %v", gifts, again)
		}
		for i, g := range gifts {
			if g != again[i] || g.Tenant == "" || g.Role != "x" || g.By != "logto:rule:r" {
				t.Fatalf("got %+v and then %+v", g, again[i])
			}
		}
		if got, _ := c.Account(a); got.Attributes["custom_data"] != nil {
			t.Fatal("there is an attribute that nobody mapped")
		}
	})
}

// FuzzPermission: a scope names at most one permission, of keys that can be, and only
// the one that is written as it is.
func FuzzPermission(f *testing.F) {
	for _, scope := range []string{"read:docs", "docs:read", "read:docs:all", ":", "", "re ad:docs", "a.b", "a/b"} {
		f.Add(scope, "action:resource")
		f.Add(scope, "resource/action")
	}
	f.Fuzz(func(t *testing.T, scope, pattern string) {
		c, err := mapping.Compile(authz.Mapping{Roles: authz.SourceRoles{Create: true, Scopes: pattern}})
		if err != nil {
			return
		}
		p, ok := c.Permission(scope)
		if !ok {
			return
		}
		written := strings.NewReplacer("action", string(p.Action), "resource", string(p.Resource)).Replace(pattern)
		if pattern == "" || p.Action == "" || p.Resource == "" || written != scope {
			t.Fatalf("%q by %q is %+v", scope, pattern, p)
		}
	})
}
