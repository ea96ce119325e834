package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// facts reads JSON as a source does.
func facts(t testing.TB, text string) authz.Facts {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var f authz.Facts
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func organization(t testing.TB, id, rest string) authz.SourceOrganization {
	t.Helper()
	return authz.SourceOrganization{
		Origin: authz.Origin{Source: "logto", ID: id}, Exists: true,
		Facts: facts(t, `{"id":"`+id+`","description":"","createdAt":1700000000000,`+rest+`}`),
	}
}

// ann is in two organizations, of which the second is no tenant.
func ann(t testing.TB) (authz.Account, map[string]authz.TenantKey) {
	t.Helper()
	return authz.Account{
		Source: "logto", Key: "ann", Exists: true, Placed: true, Roles: []string{"staff"},
		Facts: facts(t, `{"id":"ann","username":"","primaryEmail":"Ann@acme.com","primaryPhone":"","name":"Ann","avatar":"","applicationId":"app1",
			"customData":{"plan":"gold","level":7,"ratio":0.5,"tenants":["t1","t2"],"big":12345678901234567890,"a.b":{"c":null}},
			"profile":{"locale":"de"},"identities":{},"isSuspended":false,"createdAt":1700000000000,"lastSignInAt":0}`),
		Application: facts(t, `{"id":"app1","name":"Portal","type":"SPA","description":"","customData":{}}`),
		Places: []authz.Place{
			{Organization: organization(t, "o1", `"name":"Acme","customData":{"tier":2}`), Roles: []string{"admin"}},
			{Organization: organization(t, "o2", `"name":"Other","customData":{}`)},
		},
	}, map[string]authz.TenantKey{"o1": "acme"}
}

// TestARuleGivesWhatItSays: each condition, and the tenants in which ann is given
// the role.
func TestARuleGivesWhatItSays(t *testing.T) {
	t.Parallel()
	a, tenants := ann(t)
	literal := func(condition string) authz.MappingRule {
		return authz.MappingRule{Condition: condition, Tenants: []authz.TenantKey{"t"}}
	}
	each := func(condition string) authz.MappingRule {
		return authz.MappingRule{Condition: condition, EachOrganization: true}
	}
	literalEach := func(condition string) authz.MappingRule {
		return authz.MappingRule{Condition: condition, EachOrganization: true, Tenants: []authz.TenantKey{"t"}}
	}
	from := func(expression string) authz.MappingRule {
		return authz.MappingRule{Condition: "true", TenantsFrom: expression}
	}
	for name, c := range map[string]struct {
		rule   authz.MappingRule
		want   string
		failed bool
	}{
		"everybody":                   {literal("true"), "t", false},
		"nobody":                      {literal("false"), "", false},
		"mail":                        {literal("user.primaryEmail.endsWith('@acme.com')"), "t", false},
		"letters of another case":     {literal("user.primaryEmail.startsWith('ann@')"), "", false},
		"small letters":               {literal("user.primaryEmail.lowerAscii().startsWith('ann@')"), "t", false},
		"custom data":                 {literal("user.customData.plan == 'gold' && user.customData.level > 3"), "t", false},
		"a fraction":                  {literal("user.customData.ratio < 1"), "t", false},
		"a large number":              {literal("user.customData.big > 3"), "t", false},
		"what is not there":           {literal("user.customData.nothing == 'x'"), "", true},
		"what may be there":           {literal("user.customData.?nothing.orValue('x') == 'x'"), "t", false},
		"whether it is there":         {literal("has(user.customData.nothing)"), "", false},
		"a name with dots":            {literal("user.customData['a.b'].c == null"), "t", false},
		"the day":                     {literal("user.createdAt < timestamp('2024-01-01T00:00:00Z')"), "t", false},
		"a role held everywhere":      {literal("'staff' in user.roles"), "t", false},
		"an organization":             {literal("organizations.exists(o, o.name == 'Acme' && 'admin' in o.roles)"), "t", false},
		"another organization":        {literal("organizations.exists(o, o.customData.?tier.orValue(0) > 2)"), "", false},
		"the application":             {literal("application.type == 'SPA'"), "t", false},
		"a type that is wrong":        {literal("user.customData.plan > 3"), "", true},
		"what is no condition":        {literal("user.customData.plan"), "", true},
		"all organizations":           {each("true"), "acme", false},
		"organizations of a role":     {each("'admin' in organization.roles"), "acme", false},
		"organizations without":       {each("!('admin' in organization.roles)"), "", false},
		"an organization that fails":  {literalEach("organization.customData.tier == 2"), "t", true},
		"a place of custom data":      {from("user.customData.tenants"), "t1 t2", false},
		"a place by name":             {from("'x-' + user.id"), "x-ann", false},
		"a place that is no key":      {from("'x y'"), "", true},
		"a place that is not text":    {from("user.customData.level"), "", true},
		"places of organizations":     {from("organizations.map(o, o.id)"), "o1 o2", false},
		"too much work":               {literal("[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, a+b+c+d+e > 0)))))"), "", true},
		"a place of the organization": {authz.MappingRule{Condition: "true", EachOrganization: true, TenantsFrom: "organization.name"}, "Acme Other", false},
	} {
		c.rule.Name, c.rule.Roles = "r", []authz.RoleKey{"member"}
		m, err := mapping.Compile(authz.Mapping{Rules: []authz.MappingRule{c.rule}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		gifts, failed := m.Ruled(a, tenants)
		var got []string
		for _, g := range gifts {
			got = append(got, string(g.Tenant))
			if g.Role != "member" || g.By != "logto:rule:r" {
				t.Errorf("%s: got %+v, want member by the rule", name, g)
			}
		}
		if strings.Join(got, " ") != c.want || len(failed) > 0 != c.failed || c.failed && failed[0].Name != "rule r" {
			t.Errorf("%s: gave in %q with failures %v, want in %q, failing %v", name, got, failed, c.want, c.failed)
		}
	}
}

// TestAMappingThatCannotBeMeantNamesTheField, the place in it, and what to do.
func TestAMappingThatCannotBeMeantNamesTheField(t *testing.T) {
	t.Parallel()
	good := authz.MappingRule{Name: "a", Condition: "true", Roles: []authz.RoleKey{"r"}, Tenants: []authz.TenantKey{"t"}}
	with := func(change func(*authz.MappingRule)) authz.Mapping {
		r := good
		r.Name = "b"
		change(&r)
		return authz.Mapping{Rules: []authz.MappingRule{good, r}}
	}
	attribute := func(key, path, expression string) authz.Mapping {
		return authz.Mapping{Attributes: []authz.MappedAttribute{{Key: key, Path: path, Expression: expression}}}
	}
	for _, c := range []struct {
		m           authz.Mapping
		field, says string
	}{
		{with(func(r *authz.MappingRule) { r.Condition = "user.primaryEmial == ''" }), "rules[1].condition", "line 1, column 5: undefined field 'primaryEmial'; fields of user are applicationId, avatar"},
		{with(func(r *authz.MappingRule) { r.Condition = "user." }), "rules[1].condition", "column"},
		{with(func(r *authz.MappingRule) { r.Condition = "" }), "rules[1].condition", "write true for everybody"},
		{with(func(r *authz.MappingRule) { r.Condition = "user.name" }), "rules[1].condition", "of type string and must be bool"},
		{with(func(r *authz.MappingRule) { r.Condition = "organization.name == ''" }), "rules[1].condition", "each_organization"},
		{with(func(r *authz.MappingRule) { r.Condition = strings.Repeat("!", 5000) }), "rules[1].condition", "longer than"},
		{with(func(r *authz.MappingRule) {
			r.Condition = strings.Repeat("!(", 200) + "true" + strings.Repeat(")", 200)
		}), "rules[1].condition", "recursion"},
		{with(func(r *authz.MappingRule) { r.Condition = "now() > 3" }), "rules[1].condition", "now"},
		{with(func(r *authz.MappingRule) { r.Tenants, r.TenantsFrom = nil, "3" }), "rules[1].tenants_from", "must be string or list(string)"},
		{with(func(r *authz.MappingRule) { r.TenantsFrom = "''" }), "rules[1].tenants_from", "leave one"},
		{with(func(r *authz.MappingRule) { r.Tenants = nil }), "rules[1].tenants", "does not say where"},
		{with(func(r *authz.MappingRule) { r.Tenants = []authz.TenantKey{"a b"} }), "rules[1].tenants", "not a key"},
		{with(func(r *authz.MappingRule) { r.Roles = nil }), "rules[1].roles", "gives no role"},
		{with(func(r *authz.MappingRule) { r.Roles = []authz.RoleKey{"a,b"} }), "rules[1].roles", "not a key"},
		{with(func(r *authz.MappingRule) { r.Name = "a" }), "rules[1].name", "another rule"},
		{with(func(r *authz.MappingRule) { r.Name = "a,api" }), "rules[1].name", "must match"},
		{attribute("plan", "custom.plan", ""), "attributes[0].path", "its fields are applicationId"},
		{attribute("plan", "name.x", ""), "attributes[0].path", "holds no fields"},
		{attribute("plan", "customData..x", ""), "attributes[0].path", "empty name"},
		{attribute("plan", "", ""), "attributes[0].path", "either"},
		{attribute("plan", "name", "user.name"), "attributes[0].path", "either"},
		{attribute("plan", "", "user.roles"), "attributes[0].expression", "undefined field"},
		{attribute("roles", "customData.roles", ""), "attributes[0].key", "choose another"},
		{attribute("suspended", "customData.suspended", ""), "attributes[0].key", "choose another"},
		{attribute("a b", "name", ""), "attributes[0].key", "not a key"},
		{authz.Mapping{TenantAttributes: []authz.MappedAttribute{{Key: "x", Expression: "user.name"}}}, "tenant_attributes[0].expression", "user"},
	} {
		_, err := mapping.Compile(c.m)
		e, is := err.(*authz.Error) //nolint:errorlint // made there
		if !is || e.Kind != authz.Invalid || e.Field != c.field || !strings.Contains(e.Message, c.says) || !strings.HasPrefix(e.Message, c.field) {
			t.Errorf("got %v, want %s at fault for %q", err, c.field, c.says)
		}
	}
}

// TestAttributesFollowTheMapping: paths and expressions, over what the source states,
// in the numbers and texts that are kept.
func TestAttributesFollowTheMapping(t *testing.T) {
	t.Parallel()
	a, _ := ann(t)
	a.Attributes = authz.Attributes{"phone": nil, "suspended": false, "custom_data": map[string]any{"suspended": true}}
	var list []authz.MappedAttribute
	for key, text := range map[string]string{"plan": "customData.plan", "none": "customData.x.y", "deep": "customData.plan.x", "phone": "profile.locale", "all": "customData"} {
		list = append(list, authz.MappedAttribute{Key: key, Path: text})
	}
	for key, text := range map[string]string{
		"level": "user.customData.level + 1", "half": "user.customData.ratio / 2.0", "since": "user.createdAt", "domain": "user.primaryEmail.lowerAscii()",
		"list": "user.customData.tenants.filter(t, t != 't1')", "map": "{'x': [1, 2u], 'y': null}", "fails": "user.customData.nothing.more",
		"optional": "user.customData.?nothing", "type": "type(1)", "infinite": "1.0 / 0.0", "bytes": "b'x'", "names": "{1: 2}",
	} {
		list = append(list, authz.MappedAttribute{Key: key, Expression: text})
	}
	m, err := mapping.Compile(authz.Mapping{Attributes: list})
	if err != nil {
		t.Fatal(err)
	}
	got, failed := m.Account(a)
	want := authz.Attributes{
		"suspended": false, "custom_data": map[string]any{"suspended": true},
		"plan": "gold", "none": nil, "deep": nil, "phone": "de", "all": a.Facts["customData"],
		"level": json.Number("8"), "half": json.Number("0.25"), "since": "2023-11-14T22:13:20Z", "domain": "ann@acme.com",
		"list": []any{"t2"}, "map": map[string]any{"x": []any{json.Number("1"), json.Number("2")}, "y": nil},
		"fails": nil, "optional": nil, "type": nil, "infinite": nil, "bytes": nil, "names": nil,
	}
	if diff := cmp.Diff(want, got.Attributes); diff != "" || len(failed) != 5 {
		t.Errorf("%d failed: %v (-want +got)\n%s", len(failed), failed, diff)
	}
	if _, changed := a.Attributes["plan"]; changed {
		t.Error("the attributes that were given have changed")
	}
}

// TestPayloadsDecideOnlyWhatTheyTell: of an account that is not placed, rules count
// that look at no more than the user's own fields.
func TestPayloadsDecideOnlyWhatTheyTell(t *testing.T) {
	t.Parallel()
	a, _ := ann(t)
	a.Placed, a.Places, a.Roles = false, nil, nil
	m, err := mapping.Compile(authz.Mapping{Rules: []authz.MappingRule{
		{Name: "own", Condition: "user.id == 'ann'", Roles: []authz.RoleKey{"r"}, Tenants: []authz.TenantKey{"t"}},
		{Name: "roles", Condition: "size(user.roles) == 0", Roles: []authz.RoleKey{"r"}, Tenants: []authz.TenantKey{"t"}},
		{Name: "organizations", Condition: "size(organizations) == 0", Roles: []authz.RoleKey{"r"}, Tenants: []authz.TenantKey{"t"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	gifts, failed := m.Gifts(a, nil)
	if want := []authz.Gift{{Role: "r", Tenant: "t", By: "logto:rule:own"}}; !cmp.Equal(gifts, want) || len(failed) > 0 {
		t.Errorf("got %v and failures %v, want %v", gifts, failed, want)
	}
	for by, owns := range map[authz.Giver]bool{
		"logto:rule:own": true, "logto:rule:gone": true, "logto:rule:roles": false, "logto:rule:organizations": false,
		"logto:organization": false, "logto:role": false, "api": false, "logto": false, "other:rule:own": false,
	} {
		if m.Owns(a, by) != owns {
			t.Errorf("whether it owns what %s gave: got %v", by, !owns)
		}
	}
}
