package server_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestWhatTheDashboardAsksIsAnsweredAsItExpects holds what a session is answered
// against api/permit.yaml, which the dashboard's types are written from.
func TestWhatTheDashboardAsksIsAnsweredAsItExpects(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile("../../api/permit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	h := dashboard(t, func(c *server.Config) { c.DecisionLog = 1e9 * 3600 })
	h.schema()
	h.must("PATCH", "/v2/schema/default/dev/resources/reports", object{"roles": object{"owner": object{"name": "Owner", "permissions": []string{"view"}}}}, nil)
	h.must("POST", "/v2/facts/default/dev/users", object{"key": "ann", "email": "ann@example.com", "role_assignments": []object{{"role": "viewer", "tenant": "default"}}}, nil)
	h.must("POST", "/v2/facts/default/dev/users", object{"key": "bob"}, nil)
	h.must("POST", "/v2/facts/default/dev/resource_instances", object{"key": "q1", "resource": "reports", "tenant": "default"}, nil)
	h.must("POST", "/v2/facts/default/dev/role_assignments", object{"user": "bob", "role": "owner", "resource_instance": "reports:q1"}, nil)
	b := h.browser().signIn(adminEmail, adminPassword)

	const facts, schema = "/v2/facts/default/dev", "/v2/schema/default/dev"
	onInstance := object{"user": object{"key": "bob"}, "action": "view", "resource": object{"type": "reports", "key": "q1", "tenant": "default"}}
	var scope struct {
		Organization string `json:"organization_id"`
		Project      string `json:"project_id"`
	}
	h.must("GET", "/v2/api-key/scope", nil, &scope)
	org, project, made := scope.Organization, scope.Project, ""
	asked := map[string]bool{}
	for _, q := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/v2/projects", nil},
		{"POST", "/v2/projects/" + project + "/envs", object{"key": "staging", "name": "Staging"}},
		{"GET", facts + "/users?search=a&role=viewer&page=1&per_page=25", nil},
		{"GET", facts + "/tenants/default/users", nil},
		{"GET", facts + "/tenants?include_total_count=true&per_page=100", nil},
		{"POST", facts + "/tenants", object{"key": "acme", "name": "Acme", "description": "Bikes"}},
		{"GET", facts + "/resource_instances?include_total_count=true", nil},
		{"PATCH", facts + "/tenants/acme", object{"name": "Acme Ltd", "description": nil, "attributes": object{"tier": "gold"}}},
		{"POST", facts + "/users", object{"key": "eve", "email": "eve@example.com", "first_name": "Eve", "last_name": nil, "attributes": object{"level": 7}, "role_assignments": []object{{"role": "viewer", "tenant": "acme"}}}},
		{"PATCH", facts + "/users/eve", object{"email": nil, "last_name": "E", "attributes": object{}}},
		{"POST", facts + "/resource_instances", object{"key": "q2", "resource": "reports", "tenant": "acme", "attributes": object{"pages": 3}}},
		{"PATCH", facts + "/resource_instances/reports:q2", object{"attributes": object{"pages": 4}}},
		{"GET", facts + "/role_assignments?tenant=acme&include_total_count=true&per_page=1", nil},
		{"DELETE", facts + "/resource_instances/reports:q2", nil},
		{"DELETE", facts + "/users/eve", nil},
		{"DELETE", facts + "/tenants/acme", nil},
		{"POST", facts + "/role_assignments", object{"user": "bob", "role": "viewer", "tenant": "default"}},
		{"DELETE", facts + "/role_assignments", object{"user": "bob", "role": "viewer", "tenant": "default"}},
		{"GET", schema + "/roles?per_page=100", nil},
		{"GET", schema + "/resources", nil},
		{"POST", "/allowed", viewing("ann")},
		{"POST", "/allowed", viewing("nobody")},
		{"POST", "/allowed", onInstance},
		{"POST", "/user-permissions", object{"user": object{"key": "bob"}}},
		{"POST", "/authorized_users", object{"action": "view", "resource": onInstance["resource"]}},
		{"PUT", schema + "/bulk/roles", object{"operations": []object{{"key": "viewer", "name": "Viewer", "permissions": []string{"reports:view", "reports:edit"}, "extends": []string{}}}}},
		{"GET", schema + "/resources?include_built_in=true&per_page=100", nil},
		{"POST", schema + "/resources", object{"key": "folder", "name": "Folders", "actions": object{"open": object{"name": "Open"}}, "attributes": object{"secret": object{"type": "bool"}}, "roles": object{"owner": object{"name": "Owner", "permissions": []string{"open"}}}}},
		{"PATCH", schema + "/resources/reports", object{
			"relations": object{"parent": "folder"},
			"roles": object{"owner": object{"name": "Owner", "permissions": []string{"view"}, "extends": []string{}, "granted_to": object{
				"users_with_role": []object{{"role": "owner", "on_resource": "folder", "linked_by_relation": "parent", "when": object{"no_direct_roles_on_object": true}}},
				"when":            object{"no_direct_roles_on_object": false},
			}}},
		}},
		{"POST", schema + "/roles", object{"key": "chief", "name": "Chief", "permissions": []string{"reports:view"}, "extends": []string{"viewer"}}},
		{"PATCH", schema + "/roles/chief", object{"name": "Head", "description": nil, "extends": []string{}}},
		{"POST", schema + "/condition_sets", object{"key": "all", "name": "All", "type": "userset", "conditions": object{"allOf": []object{{"user.key": object{"equals": "ann"}}}}}},
		{"POST", schema + "/condition_sets", object{"key": "open", "name": "Open", "type": "resourceset", "resource_id": "folder", "conditions": object{"resource.secret": object{"equals": false}}}},
		{"PATCH", schema + "/condition_sets/all", object{"name": "Everybody", "conditions": object{}, "parent_id": nil}},
		{"GET", schema + "/condition_sets?type=resourceset&per_page=100", nil},
		{"POST", facts + "/set_rules", object{"user_set": "all", "permission": "folder:open", "resource_set": "open", "is_role": false, "is_resource": false}},
		{"GET", facts + "/set_rules?per_page=100", nil},
		{"DELETE", facts + "/set_rules", object{"user_set": "all", "permission": "folder:open", "resource_set": "open"}},
		{"DELETE", schema + "/condition_sets/open", nil},
		{"POST", facts + "/proxy_configs", object{"key": "web", "name": "Web", "secret": "s", "auth_mechanism": "Bearer", "mapping_rules": []object{{"url": "https://a.example/x", "http_method": "get", "resource": "reports", "action": "view"}}}},
		{"PATCH", facts + "/proxy_configs/web", object{"name": "W", "mapping_rules": []object{{"url": "^/y", "url_type": "regex", "http_method": "post", "resource": "reports", "priority": 3, "should_delete": false}}}},
		{"GET", facts + "/proxy_configs?per_page=100", nil},
		{"DELETE", facts + "/proxy_configs/web", nil},
		{"POST", facts + "/relationship_tuples", object{"subject": "folder:f", "relation": "parent", "object": "reports:q1", "tenant": "default"}},
		{"GET", facts + "/relationship_tuples?subject=folder:f&include_total_count=true&per_page=50", nil},
		{"GET", facts + "/resource_instances/folder:f", nil},
		{"GET", facts + "/role_assignments?resource_instance=reports:q1&include_total_count=true", nil},
		{"DELETE", facts + "/relationship_tuples", object{"subject": "folder:f", "relation": "parent", "object": "reports:q1"}},
		{"DELETE", schema + "/roles/chief", nil},
		{"DELETE", schema + "/resources/folder", nil},
		{"GET", "/v2/members", nil},
		{"POST", "/v2/members", object{"email": "eve@example.com", "permissions": []object{{"organization_id": org, "object_type": "org", "access_level": "read"}}}},
		{"POST", "/v2/members", object{"email": "eve@example.com", "permissions": []object{{"organization_id": org, "project_id": project, "environment_id": b.env, "object_type": "env", "access_level": "write"}}}},
		{"DELETE", "/v2/members", object{"id": "eve@example.com", "permissions": []object{{"organization_id": org, "object_type": "org", "access_level": "read"}}}},
		{"DELETE", "/v2/members/made", nil},
		{"GET", "/v2/api-key", nil},
		{"POST", "/v2/api-key", object{"organization_id": org, "project_id": project, "environment_id": b.env, "object_type": "env", "access_level": "read", "name": "k"}},
		{"DELETE", "/v2/api-key/made", nil},
		{"GET", "/v2/pdps/default/dev/audit_logs?decision=true&per_page=5", nil},
	} {
		env := b.env
		if above := []string{"/v2/projects", "/v2/members", "/v2/api-key"}; slices.Contains(above, path.Dir(q.path+"/")) || strings.HasSuffix(q.path, "/made") || strings.HasSuffix(q.path, "/envs") {
			env = ""
		}
		q.path = strings.Replace(q.path, "/made", "/"+made, 1)
		res, out := b.ask(q.method, q.path, q.body, "X-Gatehouse-Explain", "1", "X-Gatehouse-Environment", env)
		in, err := json.Marshal(q.body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), q.method, q.path, bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Fatalf("%s %s: %v", q.method, q.path, err)
		}
		asked[q.method+" "+route.Path] = true
		if q.method == "POST" && slices.Contains([]string{"/v2/members", "/v2/api-key"}, q.path) {
			var thing struct{ ID string }
			_ = json.Unmarshal(out, &thing)
			made = thing.ID
		}
		request := &openapi3filter.RequestValidationInput{
			Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
		}
		if err := openapi3filter.ValidateRequest(t.Context(), request); err != nil {
			t.Errorf("%s %s: %v", q.method, q.path, err)
		}
		answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: request, Status: res.StatusCode, Header: res.Header, Options: request.Options}
		answer.SetBodyBytes(out)
		if err := openapi3filter.ValidateResponse(t.Context(), answer); err != nil {
			t.Errorf("%s %s answers %d %.300s: %v", q.method, q.path, res.StatusCode, out, err)
		}
	}
	for at, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !asked[method+" "+at] {
				t.Errorf("%s %s is in the contract and not asked", method, at)
			}
		}
	}
}
