package logtosim_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// subjects are the paths whose changes are changes of users, roles, organizations
// or of what they refer to.
var subjects = regexp.MustCompile(`^/api/(users|roles|resources|applications|organizations|organization-roles|organization-scopes|organization-invitations|hooks)(/|$)`)

// notOffered are mutating routes under these paths that the stand-in leaves out:
// they change how an application is shown or protected, and nobody's rights.
var notOffered = regexp.MustCompile(`/(access-control|sign-in-experience|user-consent-scopes|legacy-secret|protected-app-metadata|secrets|consent-organizations)(/|$)`)

// mutatingRoutes are the measured routes under the subjects, in net/http's
// notation, with the events each can fire.
func mutatingRoutes(t *testing.T) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "mutating-routes.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	event := regexp.MustCompile(`[A-Z]\w+(\.[A-Z]\w+)+`)
	routes := map[string][]string{}
	for line := range strings.Lines(string(raw)) {
		columns := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(columns) < 4 || !subjects.MatchString(columns[1]) || notOffered.MatchString(columns[1]) {
			continue
		}
		routes[columns[0]+" "+columns[1]] = nil
		if columns[2] == "registered" || columns[2] == "explicit" {
			routes[columns[0]+" "+columns[1]] = event.FindAllString(columns[3], -1)
		}
	}
	return routes
}

// TestEveryMutatingRouteIsOffered: what was measured to change users, roles or
// organizations is there, and nothing else changes anything.
func TestEveryMutatingRouteIsOffered(t *testing.T) {
	t.Parallel()
	var offered []string
	colon := regexp.MustCompile(`:(\w+)`)
	for _, r := range newSim(logtosim.Config{}).Routes() {
		if r.Method != http.MethodGet {
			offered = append(offered, r.Method+" "+colon.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	measured := mutatingRoutes(t)
	for route := range measured {
		if !slices.Contains(offered, route) {
			t.Errorf("%s is not offered", route)
		}
	}
	for _, route := range offered {
		if _, ok := measured[route]; !ok {
			t.Errorf("%s was never measured", route)
		}
	}
}

// A step is one request of a story; the names of ids in braces stand for what
// earlier steps made.
type step struct {
	method, path, body string
	status             int
	as                 string // name of the id that the answer has
}

// everyRoute is a story that takes every mutating route once with success. A path
// in the story is in the notation of the measurements, but for the ids in it.
var everyRoute = []step{
	{"POST", "/users", `{"username":"ann","primaryEmail":"ann@jit.example"}`, 200, "userId"},
	{"POST", "/users", `{"username":"bob"}`, 200, "bob"},
	{"PATCH", "/users/{userId}", `{"name":"Ann"}`, 200, ""},
	{"PATCH", "/users/{userId}/custom-data", `{"customData":{"a":1}}`, 200, ""},
	{"PATCH", "/users/{userId}/profile", `{"profile":{"nickname":"A"}}`, 200, ""},
	{"PATCH", "/users/{userId}/password", `{"password":"secret"}`, 200, ""},
	{"PATCH", "/users/{userId}/password/expiration", `{"isExpired":false}`, 200, ""},
	{"PATCH", "/users/{userId}/logto-configs", `{"mfa":{"skipped":true}}`, 200, ""},
	{"PATCH", "/users/{userId}/is-suspended", `{"isSuspended":true}`, 200, ""},
	{"POST", "/users/{userId}/identities", `{"connectorId":"c","connectorData":{"userId":"soc-1"}}`, 200, ""},
	{"PUT", "/users/{userId}/identities/{target=github}", `{"userId":"gh-1"}`, 201, ""},
	{"DELETE", "/users/{userId}/identities/{target=github}", ``, 200, ""},
	{"POST", "/users/{userId}/mfa-verifications", `{"type":"Totp"}`, 200, ""},
	{"DELETE", "/users/{userId}/mfa-verifications/{verificationId=x}", ``, 204, ""},
	{"POST", "/users/{userId}/personal-access-tokens", `{"name":"one"}`, 201, ""},
	{"PATCH", "/users/{userId}/personal-access-tokens", `{"currentName":"one","name":"two"}`, 200, ""},
	{"PATCH", "/users/{userId}/personal-access-tokens/{name=two}", `{"name":"three"}`, 200, ""},
	{"DELETE", "/users/{userId}/personal-access-tokens/{name=three}", ``, 204, ""},
	{"POST", "/users/{userId}/personal-access-tokens", `{"name":"four"}`, 201, ""},
	{"POST", "/users/{userId}/personal-access-tokens/delete", `{"name":"four"}`, 204, ""},
	{"POST", "/users/{userId}/password/verify", `{"password":"x"}`, 422, ""},
	{"DELETE", "/users/{userId}/sessions/{sessionId=x}", ``, 404, ""},
	{"DELETE", "/users/{userId}/grants/{grantId=x}", ``, 404, ""},

	{"POST", "/resources", `{"name":"Orders","indicator":"https://orders.example"}`, 201, "resourceId"},
	{"PATCH", "/resources/{id=resourceId}", `{"name":"Orders 2"}`, 200, ""},
	{"PATCH", "/resources/{id=resourceId}/is-default", `{"isDefault":true}`, 200, ""},
	{"POST", "/resources/{resourceId}/scopes", `{"name":"read:orders"}`, 201, "scopeId"},
	{"POST", "/resources/{resourceId}/scopes", `{"name":"write:orders"}`, 201, "write"},
	{"PATCH", "/resources/{resourceId}/scopes/{scopeId}", `{"description":"x"}`, 200, ""},

	{"POST", "/roles", `{"name":"viewer","description":"v","scopeIds":["{write}"]}`, 200, "roleId"},
	{"POST", "/roles", `{"name":"robot","description":"r","type":"MachineToMachine"}`, 200, "robot"},
	{"PATCH", "/roles/{id=roleId}", `{"name":"viewer 2"}`, 200, ""},
	{"POST", "/roles/{id=roleId}/scopes", `{"scopeIds":["{scopeId}"]}`, 201, ""},
	{"DELETE", "/roles/{id=roleId}/scopes/{scopeId}", ``, 204, ""},
	{"POST", "/users/{userId}/roles", `{"roleIds":["{roleId}"]}`, 201, ""},
	{"PUT", "/users/{userId}/roles", `{"roleIds":["{roleId}"]}`, 200, ""},
	{"DELETE", "/users/{userId}/roles/{roleId}", ``, 204, ""},
	{"POST", "/roles/{id=roleId}/users", `{"userIds":["{userId}"]}`, 201, ""},
	{"DELETE", "/roles/{id=roleId}/users/{userId}", ``, 204, ""},

	{"POST", "/applications", `{"name":"app","type":"MachineToMachine"}`, 200, "applicationId"},
	{"PATCH", "/applications/{id=applicationId}", `{"name":"app 2"}`, 200, ""},
	{"PATCH", "/applications/{applicationId}/custom-data", `{"a":1}`, 200, ""},
	{"POST", "/applications/{applicationId}/roles", `{"roleIds":["{robot}"]}`, 201, ""},
	{"PUT", "/applications/{applicationId}/roles", `{"roleIds":["{robot}"]}`, 200, ""},
	{"DELETE", "/applications/{applicationId}/roles/{roleId=robot}", ``, 204, ""},
	{"POST", "/roles/{id=robot}/applications", `{"applicationIds":["{applicationId}"]}`, 201, ""},
	{"DELETE", "/roles/{id=robot}/applications/{applicationId}", ``, 204, ""},

	{"POST", "/organization-scopes", `{"name":"read:doc"}`, 201, "organizationScopeId"},
	{"PATCH", "/organization-scopes/{id=organizationScopeId}", `{"description":"x"}`, 200, ""},
	{"POST", "/organization-roles", `{"name":"admin","organizationScopeIds":["{organizationScopeId}"]}`, 201, "organizationRoleId"},
	{"PATCH", "/organization-roles/{id=organizationRoleId}", `{"description":"x"}`, 200, ""},
	{"PUT", "/organization-roles/{id=organizationRoleId}/scopes", `{"organizationScopeIds":[]}`, 204, ""},
	{"POST", "/organization-roles/{id=organizationRoleId}/scopes", `{"organizationScopeIds":["{organizationScopeId}"]}`, 201, ""},
	{"DELETE", "/organization-roles/{id=organizationRoleId}/scopes/{organizationScopeId}", ``, 204, ""},
	{"POST", "/organization-roles/{id=organizationRoleId}/resource-scopes", `{"scopeIds":["{scopeId}"]}`, 201, ""},
	{"PUT", "/organization-roles/{id=organizationRoleId}/resource-scopes", `{"scopeIds":["{scopeId}"]}`, 204, ""},
	{"DELETE", "/organization-roles/{id=organizationRoleId}/resource-scopes/{scopeId}", ``, 204, ""},

	{"POST", "/organizations", `{"name":"Acme"}`, 201, "organization"},
	{"PATCH", "/organizations/{id=organization}", `{"name":"Acme 2"}`, 200, ""},
	{"POST", "/organizations/{id=organization}/users", `{"userIds":["{userId}"]}`, 201, ""},
	{"PUT", "/organizations/{id=organization}/users", `{"userIds":["{userId}","{bob}"]}`, 204, ""},
	{"POST", "/organizations/{id=organization}/users/roles", `{"userIds":["{userId}"],"organizationRoleIds":["{organizationRoleId}"]}`, 201, ""},
	{"POST", "/organizations/{id=organization}/users/{userId}/roles", `{"organizationRoleNames":["admin"]}`, 201, ""},
	{"PUT", "/organizations/{id=organization}/users/{userId}/roles", `{"organizationRoleIds":["{organizationRoleId}"]}`, 204, ""},
	{"DELETE", "/organizations/{id=organization}/users/{userId}/roles/{organizationRoleId}", ``, 204, ""},
	{"DELETE", "/organizations/{id=organization}/users/{userId}", ``, 204, ""},
	{"POST", "/organizations/{id=organization}/applications", `{"applicationIds":["{applicationId}"]}`, 201, ""},
	{"PUT", "/organizations/{id=organization}/applications", `{"applicationIds":["{applicationId}"]}`, 204, ""},
	{"POST", "/organizations/{id=organization}/applications/roles", `{"applicationIds":["{applicationId}"],"organizationRoleIds":["{organizationRoleId}"]}`, 201, ""},
	{"POST", "/organizations/{id=organization}/applications/{applicationId}/roles", `{"organizationRoleIds":["{organizationRoleId}"]}`, 201, ""},
	{"PUT", "/organizations/{id=organization}/applications/{applicationId}/roles", `{"organizationRoleIds":["{organizationRoleId}"]}`, 204, ""},
	{"DELETE", "/organizations/{id=organization}/applications/{applicationId}/roles/{organizationRoleId}", ``, 204, ""},
	{"DELETE", "/organizations/{id=organization}/applications/{applicationId}", ``, 204, ""},
	{"POST", "/organizations/{id=organization}/jit/email-domains", `{"emailDomain":"jit.example"}`, 201, ""},
	{"PUT", "/organizations/{id=organization}/jit/email-domains", `{"emailDomains":["jit.example"]}`, 204, ""},
	{"DELETE", "/organizations/{id=organization}/jit/email-domains/{emailDomain=jit.example}", ``, 204, ""},
	{"POST", "/organizations/{id=organization}/jit/roles", `{"organizationRoleIds":["{organizationRoleId}"]}`, 201, ""},
	{"PUT", "/organizations/{id=organization}/jit/roles", `{"organizationRoleIds":["{organizationRoleId}"]}`, 204, ""},
	{"DELETE", "/organizations/{id=organization}/jit/roles/{organizationRoleId}", ``, 204, ""},
	{"POST", "/organizations/{id=organization}/jit/sso-connectors", `{"ssoConnectorIds":["c"]}`, 201, ""},
	{"PUT", "/organizations/{id=organization}/jit/sso-connectors", `{"ssoConnectorIds":["c"]}`, 204, ""},
	{"DELETE", "/organizations/{id=organization}/jit/sso-connectors/{ssoConnectorId=c}", ``, 204, ""},
	{"POST", "/organization-invitations", `{"invitee":"ann@jit.example","organizationId":"{organization}","expiresAt":9999999999999}`, 201, "invitation"},
	{"POST", "/organization-invitations/{id=invitation}/message", `{}`, 204, ""},
	{"PUT", "/organization-invitations/{id=invitation}/status", `{"status":"Accepted","acceptedUserId":"{userId}"}`, 200, ""},
	{"DELETE", "/organization-invitations/{id=invitation}", ``, 204, ""},

	{"POST", "/hooks", `{"name":"h","events":["Grant.LimitExceeded"],"config":{"url":"not a url"}}`, 201, "hook"},
	{"PATCH", "/hooks/{id=hook}", `{"enabled":false}`, 200, ""},
	{"PATCH", "/hooks/{id=hook}/signing-key", ``, 200, ""},
	{"POST", "/hooks/{id=hook}/test", `{"events":["User.Created"],"config":{"url":"not a url"}}`, 422, ""},
	{"DELETE", "/hooks/{id=hook}", ``, 204, ""},

	{"DELETE", "/organizations/{id=organization}", ``, 204, ""},
	{"DELETE", "/organization-roles/{id=organizationRoleId}", ``, 204, ""},
	{"DELETE", "/organization-scopes/{id=organizationScopeId}", ``, 204, ""},
	{"DELETE", "/roles/{id=roleId}", ``, 204, ""},
	{"DELETE", "/resources/{resourceId}/scopes/{scopeId}", ``, 204, ""},
	{"DELETE", "/resources/{id=resourceId}", ``, 204, ""},
	{"DELETE", "/applications/{id=applicationId}", ``, 204, ""},
	{"DELETE", "/users/{userId}", ``, 204, ""},
}

var placeholder = regexp.MustCompile(`\{(\w+)(?:=([\w.]+))?\}`)

// fill puts ids for the names in braces: {name} or {parameter=name}; what is no
// name stands for itself.
func fill(text string, ids map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(m string) string {
		parts := placeholder.FindStringSubmatch(m)
		name := parts[1]
		if parts[2] != "" {
			name = parts[2]
		}
		if id, ok := ids[name]; ok {
			return id
		}
		return name
	})
}

// send makes one request and returns the answer's status and body.
func send(s http.Handler, auth, method, path, body string) (int, []byte) {
	r := recording{}
	r.Request.Method, r.Request.Path, r.Request.Body = method, "/api"+path, &body
	r.Request.Headers = map[string]string{"user-agent": "node"}
	w := r.call(s, auth)
	return w.Code, w.Body.Bytes()
}

// TestEveryMutatingRouteFiresWhatItDid takes the story, and after each step
// compares the events with those that Logto was measured to fire on that route.
func TestEveryMutatingRouteFiresWhatItDid(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	auth, ids, left := token(t, s, "all"), map[string]string{}, mutatingRoutes(t)
	measured := mutatingRoutes(t)
	for _, c := range everyRoute {
		status, answer := send(s, auth, c.method, fill(c.path, ids), fill(c.body, ids))
		if status != c.status {
			t.Fatalf("%s %s: got %d %s, want %d", c.method, c.path, status, answer, c.status)
		}
		if c.as != "" {
			ids[c.as] = decode[struct{ ID string }](t, answer).ID
		}
		route := c.method + " /api" + placeholder.ReplaceAllString(c.path, "{$1}")
		want, ok := measured[route]
		if !ok {
			t.Errorf("%s was never measured", route)
		}
		delete(left, route)
		var got []string
		for _, w := range rc.all(t, s) {
			got = append(got, decode[struct{ Event string }](t, w.Body).Event)
		}
		for _, event := range got {
			if !slices.Contains(want, event) {
				t.Errorf("%s fired %s, want only %q", route, event, want)
			}
		}
		if len(want) > 0 && !slices.Contains(got, want[0]) {
			t.Errorf("%s fired %q, want %s", route, got, want[0])
		}
	}
	for route := range left {
		t.Errorf("the story does not take %s", route)
	}
}
