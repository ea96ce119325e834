package engine_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// strictWorld has one user set with these conditions, whose users may read docs.
// ann views in acme and has attributes; doc:1 lies in acme, doc:2 in other; doc:3 in
// acme says that it is of another type.
func strictWorld(conditions string) *engine.Snapshot {
	instance := func(key string, tenant authz.TenantKey) authz.Change {
		return authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: key}, Tenant: tenant, Attributes: authz.Attributes{"open": true}}}
	}
	return after(new(engine.Snapshot), tenant("acme"), tenant("other"), resource("doc", "read"), role("viewer", ""), role("admin", ""),
		authz.PutUser{User: authz.User{Key: "ann", Email: "ann@acme.org", Attributes: authz.Attributes{
			"n": 5, "t": "50", "none": nil, "l": []any{"a"}, "own": "1", "far": "2", "gone": "9", "first_name": "Bo", "roles": []any{"admin"},
		}}},
		user("bob"), given("ann", "viewer", "acme"), instance("1", "acme"), instance("2", "other"),
		authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: "3"}, Tenant: "acme", Attributes: authz.Attributes{"open": true, "type": "img"}}},
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "set", Kind: authz.UserSet, Conditions: conditions}},
		authz.PutRule{Rule: authz.Rule{UserSet: "set", Resource: "doc", Permission: authz.Permission{Resource: "doc", Action: "read"}}})
}

// TestSettingsInEachOperator: what a condition says as in Permit, and under one
// setting, by itself and under not. What cannot be asked holds neither way.
func TestSettingsInEachOperator(t *testing.T) {
	t.Parallel()
	const yes, no, neither = "yes", "no", "neither"
	for _, c := range []struct {
		setting        authz.Setting
		comparison     string
		permit, strict string
	}{
		{authz.TypedComparisons, `"user.t":{"greater-than":100}`, yes, neither},
		{authz.TypedComparisons, `"user.t":{"greater-than":"100"}`, yes, yes},
		{authz.TypedComparisons, `"user.n":{"greater-than":100}`, no, no},
		{authz.TypedComparisons, `"user.none":{"less-than":1}`, yes, neither},
		{authz.TypedComparisons, `"user.none":{"less-than-equals":null}`, yes, neither},
		{authz.TypedComparisons, `"user.l":{"greater-than-equals":["a"]}`, yes, neither},
		{authz.TypedComparisons, `"user.t":{"between":[1,["z"]]}`, yes, neither},
		{authz.TypedComparisons, `"user.n":{"between":[1,9]}`, yes, yes},
		{authz.TypedComparisons, `"user.n":{"contains":"5"}`, no, neither},
		{authz.TypedComparisons, `"user.t":{"contains":"5"}`, yes, yes},
		{authz.TypedComparisons, `"user.t":{"in":"50"}`, no, neither},
		{authz.TypedComparisons, `"user.t":{"array_contains":"50"}`, no, neither},
		{authz.TypedComparisons, `"user.t":{"array_subset":["a"]}`, yes, neither},
		{authz.TypedComparisons, `"user.l":{"array_subset":["a","b"]}`, yes, yes},
		{authz.TypedComparisons, `"user.l":{"array_superset":"b"}`, yes, neither},
		{authz.TypedComparisons, `"user.l":{"array_intersect":"a"}`, no, neither},
		{authz.TypedComparisons, `"user.n":{"array_length":1}`, no, neither},
		{authz.TypedComparisons, `"user.l":{"array_length":1}`, yes, yes},
		{authz.TypedComparisons, `"user.t":{"any_match":{"match":{"a":1}}}`, no, neither},
		{authz.TypedComparisons, `"user.t":{"equals":50}`, no, no},
		{authz.TypedComparisons, `"user.t":{"not-equals":50}`, yes, yes},
		{authz.TypedComparisons, `"user.missing":{"array_subset":["a"]}`, yes, yes},
		{authz.MissingDenies, `"user.missing":{"array_subset":["a"]}`, yes, neither},
		{authz.MissingDenies, `"user.l":{"array_superset":{"ref":"user.missing"}}`, yes, neither},
		{authz.MissingDenies, `"user.missing":{"equals":1}`, no, neither},
		{authz.MissingDenies, `"user.missing":{"not-equals":1}`, no, neither},
		{authz.MissingDenies, `"user.n":{"less-than":{"ref":"context.missing"}}`, no, neither},
		{authz.MissingDenies, `"user.missing":{"all_match":{"match":{"a":1}}}`, no, neither},
		{authz.MissingDenies, `"user.gone":{"object_match":{"fk_resource_type":"doc","match":{"open":{"equals":true}}}}`, no, neither},
		{authz.MissingDenies, `"user.none":{"equals":null}`, yes, yes},
		{authz.MissingDenies, `"role.level":{"equals":1}`, no, neither},
		{authz.MissingDenies, `"user.t":{"greater-than":100}`, yes, yes},
		{authz.InstancesInTenant, `"user.own":{"object_match":{"fk_resource_type":"doc","match":{"open":{"equals":true}}}}`, yes, yes},
		{authz.InstancesInTenant, `"user.far":{"object_match":{"fk_resource_type":"doc","match":{"open":{"equals":true}}}}`, yes, neither},
		{authz.FixedBuiltIns, `"user.roles":{"array_contains":"admin"}`, yes, no},
		{authz.FixedBuiltIns, `"user.roles":{"array_contains":"viewer"}`, no, yes},
		{authz.FixedBuiltIns, `"user.first_name":{"equals":"Bo"}`, yes, no},
		{authz.FixedBuiltIns, `"user.email":{"equals":"ann@acme.org"}`, no, yes},
		{authz.FixedBuiltIns, `"context.a":{"equals":{"ref":"user.key"}}`, no, yes},
		{authz.FixedBuiltIns, `"resource.type":{"equals":"doc"}`, yes, yes},
		{authz.FixedBuiltIns, `"user.n":{"equals":6}`, yes, yes},
	} {
		q := authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "acme", Context: authz.Attributes{"a": "ann"},
			UserAttributes: authz.Attributes{}}
		if c.setting == authz.FixedBuiltIns {
			q.UserAttributes = authz.Attributes{"email": "eve@acme.org", "key": "eve", "n": 6}
		}
		for _, on := range []bool{false, true} {
			var settings authz.Settings
			want := c.permit
			if on {
				settings, want = settings.With(c.setting), c.strict
			}
			got := neither
			for said, conditions := range map[string]string{yes: "{" + c.comparison + "}", no: `{"not":{` + c.comparison + `}}`} {
				if after(strictWorld(conditions), authz.PutSettings{Settings: settings}).Decide(q).Allow {
					got = said
				}
			}
			if got != want {
				t.Errorf("%s with %s %v: got %s, want %s", c.comparison, c.setting, on, got, want)
			}
		}
	}
}

// TestTheExplanationNamesWhatDecides: the settings that would have to be off, and
// no other that is on.
func TestTheExplanationNamesWhatDecides(t *testing.T) {
	t.Parallel()
	every := authz.Settings{}
	for _, name := range authz.EverySetting() {
		every = every.With(name)
	}
	ask := func(user authz.UserKey, instance string, tenant authz.TenantKey) authz.Query {
		return authz.Query{User: user, Action: "read", Resource: "doc", Instance: instance, Tenant: tenant}
	}
	for name, c := range map[string]struct {
		conditions string
		on         authz.Settings
		query      authz.Query
		reason     engine.Reason
		settings   []authz.Setting
	}{
		"none is on":                      {`{"user.t":{"greater-than":1}}`, authz.Settings{}, ask("ann", "", "acme"), engine.Allowed, nil},
		"none decides":                    {`{"user.n":{"greater-than":1}}`, every, ask("ann", "1", "acme"), engine.Allowed, nil},
		"closed in Permit too":            {`{"user.n":{"greater-than":9}}`, every, ask("bob", "2", "acme"), engine.NoUserSet, nil},
		"one of all":                      {`{"user.t":{"greater-than":1}}`, every, ask("ann", "1", "acme"), engine.ClosedBySetting, []authz.Setting{authz.TypedComparisons}},
		"two, each for itself":            {`{}`, every, ask("bob", "2", "acme"), engine.ClosedBySetting, []authz.Setting{authz.InstancesInTenant, authz.RulesForMembers}},
		"no tenant is not the instance's": {`{}`, authz.Settings{InstancesInTenant: true}, ask("ann", "1", ""), engine.ClosedBySetting, []authz.Setting{authz.InstancesInTenant}},
		"one branch each":                 {`{"anyOf":[{"user.t":{"greater-than":1}},{"user.x":{"array_subset":[]}}]}`, every, ask("ann", "1", "acme"), engine.ClosedBySetting, []authz.Setting{authz.MissingDenies}},
		"a setting opens what is closed":  {`{}`, every, ask("ann", "3", "acme"), engine.Allowed, []authz.Setting{authz.FixedBuiltIns}},
		"a setting opens":                 {`{"user.roles":{"array_contains":"viewer"}}`, every, ask("ann", "1", "acme"), engine.Allowed, []authz.Setting{authz.FixedBuiltIns}},
	} {
		e := after(strictWorld(c.conditions), authz.PutSettings{Settings: c.on}).Explain(c.query)
		if e.Rules.Reason != c.reason || !slices.Equal(e.Rules.Settings, c.settings) || e.Settings != nil {
			t.Errorf("%s: got %s by %v, want %s by %v", name, e.Rules.Reason, e.Rules.Settings, c.reason, c.settings)
		}
	}
}

// TestTheBackgroundShowsWhatConditionsRead: what is passed over a built-in
// attribute is not there when it is fixed.
func TestTheBackgroundShowsWhatConditionsRead(t *testing.T) {
	t.Parallel()
	q := authz.Query{User: "ann", Action: "read", Resource: "doc", Instance: "3", Tenant: "acme", UserAttributes: authz.Attributes{"key": "eve", "tenants": "all", "x": "y"}}
	b := after(strictWorld("{}"), authz.PutSettings{Settings: authz.Settings{FixedBuiltIns: true}}).Background(q)
	want := authz.Attributes{
		"n": 5.0, "t": "50", "none": nil, "l": []any{"a"}, "own": "1", "far": "2", "gone": "9", "x": "y",
		"key": "ann", "email": "ann@acme.org", "roles": []any{"viewer"}, "tenants": []any{"acme"},
	}
	if diff := cmp.Diff(want, b.UserAttributes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(authz.Attributes{"open": true, "type": "doc"}, b.ResourceAttributes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestAStrictDecisionAllocatesNothingMore: roles are decided without an allocation
// whatever is on.
func TestAStrictDecisionAllocatesNothingMore(t *testing.T) {
	s := after(strictWorld("{}"), role("viewer", "doc:read"), authz.PutSettings{Settings: authz.Settings{InstancesInTenant: true, RulesForMembers: true}})
	for instance, want := range map[string]bool{"1": true, "2": false} {
		q := authz.Query{User: "ann", Action: "read", Resource: "doc", Instance: instance, Tenant: "acme"}
		if got := s.Decide(q).Allow; got != want {
			t.Errorf("%s: got %v, want %v", instance, got, want)
		}
		if got := testing.AllocsPerRun(100, func() { s.Decide(q) }); got > 0 {
			t.Errorf("%s: %v allocations", instance, got)
		}
	}
}
