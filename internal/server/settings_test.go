package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// set turns on the settings named, and every other off.
func (h *house) set(on ...authz.Setting) {
	h.t.Helper()
	body := object{}
	for _, name := range authz.EverySetting() {
		body[string(name)] = slices.Contains(on, name)
	}
	h.must("PUT", "/console/v1/projects/default/envs/dev/settings", body, nil)
}

// A told decision is one with its reason.
type told struct {
	Allow bool
	Debug map[string]struct {
		Code     string
		Reason   string
		Settings []authz.Setting
	}
}

// tell asks for a decision and why.
func (h *house) tell(question object) (out told) {
	h.t.Helper()
	status, b := h.send("POST", "/allowed", question, http.Header{"X-Gatehouse-Explain": {"1"}})
	if err := json.Unmarshal(b, &out); err != nil || status != http.StatusOK {
		h.t.Fatalf("got %d %s (%v)", status, b, err)
	}
	return out
}

// strictHouse has what the settings are about: each action but read is what one
// rule of condition sets permits.
func strictHouse(t *testing.T) *house {
	t.Helper()
	h := start(t, t.TempDir(), nil)
	h.must("POST", schemaAt+"/resources", object{"key": "doc", "name": "Doc",
		"actions": object{"read": object{}, "print": object{}, "write": object{}, "sign": object{}, "share": object{}, "burn": object{}},
		"roles":   object{"reader": object{"name": "Reader", "permissions": []string{"read"}}},
	}, nil)
	for _, a := range []string{"staff", "clubs"} {
		h.must("POST", schemaAt+"/users/attributes", object{"key": a, "type": "json"}, nil)
	}
	h.must("POST", schemaAt+"/users/attributes", object{"key": "age", "type": "json"}, nil)
	h.must("POST", schemaAt+"/roles", object{"key": "viewer", "name": "Viewer", "permissions": []string{"doc:read"}}, nil)
	h.must("POST", schemaAt+"/roles", object{"key": "admin", "name": "Admin"}, nil)
	h.must("POST", factsAt+"/tenants", object{"key": "other", "name": "Other"}, nil)
	for key, conditions := range map[string]object{
		"staff": {"user.staff": object{"equals": true}},
		"old":   {"user.age": object{"greater-than": 60}},
		"quiet": {"user.clubs": object{"array_subset": []string{"chess"}}},
		"adult": {"not": []object{{"user.age": object{"less-than": 18}}}},
	} {
		h.must("POST", schemaAt+"/condition_sets", object{"key": key, "name": key, "conditions": object{"allOf": []object{conditions}}}, nil)
	}
	for set, action := range map[string]string{"staff": "print", "old": "sign", "quiet": "share", "adult": "burn"} {
		h.must("POST", factsAt+"/set_rules", object{"user_set": set, "permission": "doc:" + action, "resource_set": "doc", "is_resource": true}, nil)
	}
	h.must("POST", factsAt+"/set_rules", object{"user_set": "admin", "is_role": true, "permission": "doc:write", "resource_set": "doc", "is_resource": true}, nil)
	for key, attributes := range map[string]object{"ann": {}, "bob": {"staff": true}, "kim": {"age": "9"}, "eve": {}} {
		h.must("POST", factsAt+"/users", object{"key": key, "attributes": attributes}, nil)
	}
	h.must("POST", factsAt+"/resource_instances", object{"key": "plan", "resource": "doc", "tenant": "other"}, nil)
	h.must("POST", factsAt+"/role_assignments", object{"user": "ann", "role": "viewer", "tenant": "default"}, nil)
	h.must("POST", factsAt+"/role_assignments", object{"user": "kim", "role": "reader", "resource_instance": "doc:plan", "tenant": "other"}, nil)
	return h
}

// TestEachSettingClosesWhatPermitLeavesOpen sets each by itself, and asks before
// and after; the explanation names it.
func TestEachSettingClosesWhatPermitLeavesOpen(t *testing.T) {
	t.Parallel()
	h := strictHouse(t)
	question := func(user, action string, resource object) object {
		resource["type"] = "doc"
		return object{"user": object{"key": user}, "action": action, "resource": resource}
	}
	here := func() object { return object{"tenant": "default"} }
	claiming := question("eve", "write", here())
	claiming["user"] = object{"key": "eve", "attributes": object{"roles": []string{"admin"}}}
	for name, c := range map[string]struct {
		setting  authz.Setting
		model    string
		question object
	}{
		"a tenant role opens another tenant's instance":    {authz.InstancesInTenant, "rbac", question("ann", "read", object{"tenant": "default", "key": "plan"})},
		"a role on an instance opens it in another tenant": {authz.InstancesInTenant, "rebac", question("kim", "read", object{"tenant": "default", "key": "plan"})},
		"a rule opens another tenant's instance":           {authz.InstancesInTenant, "abac", question("bob", "print", object{"tenant": "default", "key": "plan"})},
		"a rule permits where the user has no role":        {authz.RulesForMembers, "abac", question("bob", "print", here())},
		"the caller passes roles":                          {authz.FixedBuiltIns, "abac", claiming},
		"a text is larger than a number":                   {authz.TypedComparisons, "abac", question("kim", "sign", here())},
		"a text is not less than a number":                 {authz.TypedComparisons, "abac", question("kim", "burn", here())},
		"nothing is a subset of everything":                {authz.MissingDenies, "abac", question("eve", "share", here())},
		"not what is missing":                              {authz.MissingDenies, "abac", question("eve", "burn", here())},
	} {
		h.set()
		if got := h.tell(c.question); !got.Allow || got.Debug[c.model].Code != "allow" || got.Debug[c.model].Settings != nil {
			t.Errorf("%s: without the setting: %+v", name, got)
		}
		h.set(c.setting)
		got := h.tell(c.question)
		block := got.Debug[c.model]
		if got.Allow || block.Code != "closed_by_setting" || !slices.Equal(block.Settings, []authz.Setting{c.setting}) || !strings.Contains(block.Reason, string(c.setting)) {
			t.Errorf("%s: with %s: %+v", name, c.setting, got)
		}
		var others []authz.Setting
		for _, other := range authz.EverySetting() {
			if other != c.setting && other != authz.RulesForMembers {
				others = append(others, other)
			}
		}
		// What has nothing to do with it stays as it is, but for kim and eve, who
		// hold no role in the tenant, and for ages, which may be missing and texts.
		if h.set(others...); !h.tell(c.question).Allow {
			t.Errorf("%s: %v deny too", name, others)
		}
	}
}

// TestSettingsReachListsAndAuthZEN: an instance is everywhere, or where it lies.
func TestSettingsReachListsAndAuthZEN(t *testing.T) {
	t.Parallel()
	h := strictHouse(t)
	tenants := func() (keys []string) {
		var answer struct {
			Tenants []struct{ Tenant struct{ Key string } } `json:"allowed_tenants"`
		}
		h.must("POST", "/allowed/all-tenants", object{"user": object{"key": "kim"}, "action": "read", "resource": object{"type": "doc", "key": "plan"}}, &answer)
		for _, a := range answer.Tenants {
			keys = append(keys, a.Tenant.Key)
		}
		return keys
	}
	readers := func(tenant string) int {
		var answer struct{ Users map[string]any }
		h.must("POST", "/authorized_users", object{"action": "read", "resource": object{"type": "doc", "key": "plan", "tenant": tenant}}, &answer)
		return len(answer.Users)
	}
	if got := tenants(); !slices.Equal(got, []string{"default", "other"}) || readers("default") != 2 || readers("other") != 1 {
		t.Errorf("as in Permit: got %v, %d and %d", got, readers("default"), readers("other"))
	}
	h.set(authz.InstancesInTenant)
	if got := tenants(); !slices.Equal(got, []string{"other"}) || readers("default") != 0 || readers("other") != 1 {
		t.Errorf("in their tenant: got %v, %d and %d", got, readers("default"), readers("other"))
	}
	var answer struct {
		Decision bool
		Context  struct {
			RBAC, ReBAC string
			Settings    []authz.Setting
		}
	}
	_, b := h.send("POST", "/access/v1/evaluation", object{
		"subject": object{"type": "user", "id": "kim"}, "action": object{"name": "read"},
		"resource": object{"type": "doc", "id": "plan", "properties": object{"tenant": "default"}},
	}, http.Header{"X-Gatehouse-Explain": {"1"}})
	if err := json.Unmarshal(b, &answer); err != nil {
		t.Fatal(err)
	}
	if c := answer.Context; answer.Decision || c.ReBAC != "closed_by_setting" || !slices.Equal(c.Settings, []authz.Setting{authz.InstancesInTenant}) {
		t.Errorf("got %s", b)
	}
}

// TestSettingsOutliveTheProcess: a house that starts again decides as before.
func TestSettingsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, nil)
	h.set(authz.TypedComparisons, authz.MissingDenies)
	h.stop()
	h = start(t, dir, nil)
	var got map[authz.Setting]bool
	h.must("GET", "/console/v1/projects/default/envs/dev/settings", nil, &got)
	for _, name := range authz.EverySetting() {
		if want := name == authz.TypedComparisons || name == authz.MissingDenies; got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
}

// TestAReadingKeyChangesNothingOfTheHouse: whatever the console's door changes needs
// more than a key that reads.
func TestAReadingKeyChangesNothingOfTheHouse(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	var scope, made map[string]any
	h.must("GET", "/v2/api-key/scope", nil, &scope)
	h.mustAs(orgAPIKey, "POST", "/v2/api-key", object{
		"organization_id": scope["organization_id"], "project_id": scope["project_id"], "environment_id": scope["environment_id"],
		"object_type": "env", "access_level": "read", "name": "reader",
	}, &made)
	reader := made["secret"].(string)
	const env = "/console/v1/projects/default/envs/dev/"
	for _, path := range []string{"settings", "logto/mapping"} {
		var is map[string]any
		h.mustAs(reader, "GET", env+path, nil, &is)
		if status, body := h.as(reader, "PUT", env+path, is); status != http.StatusForbidden {
			t.Errorf("PUT %s: got %d %s, want 403", path, status, body)
		}
	}
	for _, path := range []string{"logto/sweep", "logto/repair"} {
		if status, body := h.as(reader, "POST", env+path, object{}); status != http.StatusForbidden {
			t.Errorf("POST %s: got %d %s, want 403", path, status, body)
		}
	}
	if status, body := h.as(reader, "PUT", env+"logto/connection", object{}); status != http.StatusForbidden {
		t.Errorf("PUT logto/connection: got %d %s, want 403", status, body)
	}
}
