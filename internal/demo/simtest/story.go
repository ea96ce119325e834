package simtest

import "regexp"

// A Step is one request of a story; the names of ids in braces stand for what
// earlier steps made.
type Step struct {
	Method, Path, Body string // the path without /api
	Status             int
	As                 string // name of the id that the answer has
}

// EveryRoute is a story that takes every mutating route with success. A path in the
// story is in the notation of the measurements, but for the ids in it. What can
// change what somebody is or holds does, once at least.
var EveryRoute = []Step{
	{"POST", "/users", `{"username":"ann","primaryEmail":"ann@jit.example"}`, 200, "userId"},
	{"POST", "/users", `{"username":"bob"}`, 200, "bob"},
	{"PATCH", "/users/{userId}", `{"name":"Ann"}`, 200, ""},
	{"PATCH", "/users/{userId}/custom-data", `{"customData":{"a":1}}`, 200, ""},
	{"PATCH", "/users/{userId}/profile", `{"profile":{"givenName":"Anne"}}`, 200, ""},
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
	{"POST", "/users/{userId}/roles", `{"roleIds":["{roleId}"]}`, 201, ""},
	{"POST", "/roles", `{"name":"robot","description":"r","type":"MachineToMachine"}`, 200, "robot"},
	{"PATCH", "/roles/{id=roleId}", `{"name":"editor"}`, 200, ""},
	{"POST", "/roles/{id=roleId}/scopes", `{"scopeIds":["{scopeId}"]}`, 201, ""},
	{"DELETE", "/roles/{id=roleId}/scopes/{scopeId}", ``, 204, ""},
	{"PUT", "/users/{userId}/roles", `{"roleIds":[]}`, 200, ""},
	{"POST", "/users/{userId}/roles", `{"roleIds":["{roleId}"]}`, 201, ""},
	{"DELETE", "/users/{userId}/roles/{roleId}", ``, 204, ""},
	{"POST", "/roles/{id=roleId}/users", `{"userIds":["{userId}"]}`, 201, ""},
	{"DELETE", "/roles/{id=roleId}/users/{userId}", ``, 204, ""},
	{"POST", "/roles/{id=roleId}/users", `{"userIds":["{userId}"]}`, 201, ""},
	{"POST", "/roles", `{"name":"viewer","description":"v","isDefault":true}`, 200, "default"},
	{"POST", "/users", `{"username":"carol"}`, 200, "carol"},

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
	{"POST", "/organization-roles", `{"name":"editor","organizationScopeIds":["{organizationScopeId}"]}`, 201, "organizationRoleId"},
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
	{"PATCH", "/organization-roles/{id=organizationRoleId}", `{"name":"viewer"}`, 200, ""},
	{"PUT", "/organizations/{id=organization}/users/{userId}/roles", `{"organizationRoleIds":[]}`, 204, ""},
	{"POST", "/organizations/{id=organization}/users/{userId}/roles", `{"organizationRoleNames":["viewer"]}`, 201, ""},
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
	{"POST", "/organization-invitations", `{"invitee":"ann@jit.example","organizationId":"{organization}","organizationRoleIds":["{organizationRoleId}"],"expiresAt":9999999999999}`, 201, "invitation"},
	{"POST", "/organization-invitations/{id=invitation}/message", `{}`, 204, ""},
	{"PUT", "/organization-invitations/{id=invitation}/status", `{"status":"Accepted","acceptedUserId":"{userId}"}`, 200, ""},
	{"DELETE", "/organization-invitations/{id=invitation}", ``, 204, ""},

	{"POST", "/hooks", `{"name":"h","events":["Grant.LimitExceeded"],"config":{"url":"not a url"}}`, 201, "hook"},
	{"PATCH", "/hooks/{id=hook}", `{"enabled":false}`, 200, ""},
	{"PATCH", "/hooks/{id=hook}/signing-key", ``, 200, ""},
	{"POST", "/hooks/{id=hook}/test", `{"events":["User.Created"],"config":{"url":"not a url"}}`, 422, ""},
	{"DELETE", "/hooks/{id=hook}", ``, 204, ""},

	{"DELETE", "/organization-roles/{id=organizationRoleId}", ``, 204, ""},
	{"DELETE", "/organizations/{id=organization}", ``, 204, ""},
	{"DELETE", "/organization-scopes/{id=organizationScopeId}", ``, 204, ""},
	{"DELETE", "/roles/{id=roleId}", ``, 204, ""},
	{"DELETE", "/resources/{resourceId}/scopes/{scopeId}", ``, 204, ""},
	{"DELETE", "/resources/{id=resourceId}", ``, 204, ""},
	{"DELETE", "/applications/{id=applicationId}", ``, 204, ""},
	{"DELETE", "/users/{userId}", ``, 204, ""},
}

var placeholder = regexp.MustCompile(`\{(\w+)(?:=([\w.]+))?\}`)

// Fill puts ids for the names in braces: {name} or {parameter=name}; what is no
// name stands for itself.
func Fill(text string, ids map[string]string) string {
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

// Route is the step's method and path as they were measured.
func (s Step) Route() string {
	return s.Method + " /api" + placeholder.ReplaceAllString(s.Path, "{$1}")
}
