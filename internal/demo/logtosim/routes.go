package logtosim

import (
	"net/http"
	"strings"
)

// A served is one method of one route: a handler, which returns the status and
// the body of a success, or a list.
type served struct {
	method string
	serve  func(*http.Request) (int, any, error)
	list   func(*http.Request) ([]any, error) // instead of serve, for lists that can be paged
	whole  bool                               // the list is paged only if the request names a page or its size
}

func get(serve func(*http.Request) (int, any, error)) served {
	return served{method: http.MethodGet, serve: serve}
}

func post(serve func(*http.Request) (int, any, error)) served {
	return served{method: http.MethodPost, serve: serve}
}

func put(serve func(*http.Request) (int, any, error)) served {
	return served{method: http.MethodPut, serve: serve}
}

func patch(serve func(*http.Request) (int, any, error)) served {
	return served{method: http.MethodPatch, serve: serve}
}

func del(serve func(*http.Request) (int, any, error)) served {
	return served{method: http.MethodDelete, serve: serve}
}

// pages is a list that is always paged.
func pages(list func(*http.Request) ([]any, error)) served {
	return served{method: http.MethodGet, list: list}
}

// wholes is a list that is paged when asked to.
func wholes(list func(*http.Request) ([]any, error)) served {
	return served{method: http.MethodGet, list: list, whole: true}
}

// A route is a path of the Management API, in Logto's notation and without /api,
// and its methods in the order of the Allow header.
type route struct {
	path    string
	methods []served
}

// A Route is one method of one path that the stand-in offers, in Logto's
// notation: /api/users/:userId.
type Route struct{ Method, Path string }

// Routes returns what the Management API of a stand-in offers.
func (s *Sim) Routes() []Route {
	var list []Route
	for _, r := range s.table() {
		for _, m := range r.methods {
			list = append(list, Route{m.method, "/api" + r.path})
		}
	}
	return list
}

// table is the Management API.
func (s *Sim) table() []route {
	var all []route
	for _, part := range [][]route{
		s.userRoutes(), s.credentialRoutes(), s.roleRoutes(), s.resourceRoutes(), s.applicationRoutes(),
		s.organizationRoutes(), s.templateRoutes(), s.hookRoutes(),
	} {
		all = append(all, part...)
	}
	return all
}

func (s *Sim) userRoutes() []route {
	return []route{
		{"/users", []served{pages(s.listUsers), post(s.createUser)}},
		{"/users/:userId", []served{get(s.getUser), patch(s.patchUser), del(s.deleteUser)}},
		{"/users/:userId/custom-data", []served{get(s.getCustomData), patch(s.patchCustomData)}},
		{"/users/:userId/profile", []served{patch(s.patchProfile)}},
		{"/users/:userId/is-suspended", []served{patch(s.suspendUser)}},
		{"/users/:userId/organizations", []served{get(s.acts(s.listUserOrganizations))}},
		{"/users/:userId/roles", []served{
			pages(s.locked(s.listUserRoles)), post(s.acts(s.postUserRoles)), put(s.acts(s.putUserRoles)),
		}},
		{"/users/:userId/roles/:roleId", []served{del(s.acts(s.deleteUserRole))}},
	}
}

func (s *Sim) credentialRoutes() []route {
	return []route{
		{"/users/:userId/password", []served{patch(s.patchPassword)}},
		{"/users/:userId/password/expiration", []served{patch(s.acts(s.patchExpiration))}},
		{"/users/:userId/password/verify", []served{post(s.acts(s.verifyPassword))}},
		{"/users/:userId/has-password", []served{get(s.acts(s.hasPassword))}},
		{"/users/:userId/logto-configs", []served{get(s.acts(s.getConfigs)), patch(s.acts(s.patchConfigs))}},
		{"/users/:userId/identities", []served{post(s.acts(s.postIdentity))}},
		{"/users/:userId/identities/:target", []served{
			put(s.acts(s.putIdentity)), del(s.acts(s.deleteIdentity)), get(s.acts(s.getIdentity)),
		}},
		{"/users/:userId/mfa-verifications", []served{get(s.acts(s.listFactors)), post(s.acts(s.postFactor))}},
		{"/users/:userId/mfa-verifications/:verificationId", []served{del(s.acts(s.deleteFactor))}},
		{"/users/:userId/personal-access-tokens", []served{
			get(s.acts(s.listTokens)), post(s.acts(s.postToken)), patch(s.changeToken("currentName", false)),
		}},
		{"/users/:userId/personal-access-tokens/delete", []served{post(s.changeToken("name", true))}},
		{"/users/:userId/personal-access-tokens/:name", []served{del(s.changeToken("", true)), patch(s.changeToken("", false))}},
		{"/users/:userId/sessions/:sessionId", []served{del(s.acts(s.absent))}},
		{"/users/:userId/grants/:grantId", []served{del(s.acts(s.absent))}},
	}
}

func (s *Sim) roleRoutes() []route {
	return []route{
		{"/roles", []served{pages(s.locked(s.listRoles)), post(s.acts(s.postRole))}},
		{"/roles/:id", []served{get(s.acts(s.getRole)), patch(s.acts(s.patchRole)), del(s.acts(s.deleteRole))}},
		{"/roles/:id/scopes", []served{wholes(s.locked(s.listRoleScopes)), post(s.acts(s.postRoleScopes))}},
		{"/roles/:id/scopes/:scopeId", []served{del(s.acts(s.deleteRoleScope))}},
		{"/roles/:id/users", []served{pages(s.locked(s.listRoleUsers)), post(s.acts(s.postRoleUsers))}},
		{"/roles/:id/users/:userId", []served{del(s.acts(s.deleteRoleUser))}},
		{"/roles/:id/applications", []served{pages(s.locked(s.listRoleApplications)), post(s.acts(s.postRoleApplications))}},
		{"/roles/:id/applications/:applicationId", []served{del(s.acts(s.deleteRoleApplication))}},
	}
}

func (s *Sim) resourceRoutes() []route {
	return []route{
		{"/resources", []served{wholes(s.locked(s.listResources)), post(s.acts(s.postResource))}},
		{"/resources/:id", []served{get(s.acts(s.getResource)), patch(s.acts(s.patchResource)), del(s.acts(s.deleteResource))}},
		{"/resources/:id/is-default", []served{patch(s.acts(s.patchDefaultResource))}},
		{"/resources/:resourceId/scopes", []served{pages(s.locked(s.listScopes)), post(s.acts(s.postScope))}},
		{"/resources/:resourceId/scopes/:scopeId", []served{patch(s.acts(s.patchScope)), del(s.acts(s.deleteScope))}},
	}
}

func (s *Sim) applicationRoutes() []route {
	return []route{
		{"/applications", []served{wholes(s.locked(s.listApplications)), post(s.acts(s.postApplication))}},
		{"/applications/:id", []served{
			get(s.acts(s.getApplication)), patch(s.acts(s.patchApplication)), del(s.acts(s.deleteApplication)),
		}},
		{"/applications/:applicationId/custom-data", []served{patch(s.acts(s.patchApplicationData))}},
		{"/applications/:applicationId/roles", []served{
			pages(s.locked(s.listApplicationRoles)), post(s.acts(s.postApplicationRoles)), put(s.acts(s.putApplicationRoles)),
		}},
		{"/applications/:applicationId/roles/:roleId", []served{del(s.acts(s.deleteApplicationRole))}},
	}
}

func (s *Sim) organizationRoutes() []route {
	return []route{
		{"/organizations", []served{pages(s.listOrganizations), post(s.createOrganization)}},
		{"/organizations/:id", []served{get(s.getOrganization), patch(s.patchOrganization), del(s.deleteOrganization)}},
		{"/organizations/:id/users", []served{pages(s.locked(s.listMembers)), post(s.addMembers), put(s.acts(s.putMembers))}},
		{"/organizations/:id/users/:userId", []served{del(s.removeMember)}},
		{"/organizations/:id/users/roles", []served{post(s.rolesOfMany("userIds"))}},
		{"/organizations/:id/users/:userId/roles", []served{
			wholes(s.memberRoles("userId")), post(s.acts(s.postMemberRoles)), put(s.acts(s.putMemberRoles)),
		}},
		{"/organizations/:id/users/:userId/roles/:organizationRoleId", []served{del(s.acts(s.deleteMemberRole))}},
		{"/organizations/:id/users/:userId/scopes", []served{get(s.acts(s.listMemberScopes))}},
		{"/organizations/:id/applications", []served{
			pages(s.locked(s.listMemberApplications)), post(s.acts(s.addMemberApplications)), put(s.acts(s.putMemberApplications)),
		}},
		{"/organizations/:id/applications/:applicationId", []served{del(s.acts(s.removeMemberApplication))}},
		{"/organizations/:id/applications/roles", []served{post(s.rolesOfMany("applicationIds"))}},
		{"/organizations/:id/applications/:applicationId/roles", []served{
			wholes(s.memberRoles("applicationId")), post(s.changeApplicationRoles(http.MethodPost)), put(s.changeApplicationRoles(http.MethodPut)),
		}},
		{"/organizations/:id/applications/:applicationId/roles/:organizationRoleId", []served{
			del(s.changeApplicationRoles(http.MethodDelete)),
		}},
		{"/organizations/:id/jit/email-domains", []served{
			wholes(s.locked(s.listJITDomains)), post(s.acts(s.postJITDomain)), put(s.acts(s.putJITDomains)),
		}},
		{"/organizations/:id/jit/email-domains/:emailDomain", []served{del(s.acts(s.deleteJITDomain))}},
		{"/organizations/:id/jit/roles", []served{
			wholes(s.locked(s.listJITRoles)),
			post(s.changeJIT(http.MethodPost, "organizationRoleId")), put(s.changeJIT(http.MethodPut, "organizationRoleId")),
		}},
		{"/organizations/:id/jit/roles/:organizationRoleId", []served{del(s.changeJIT(http.MethodDelete, "organizationRoleId"))}},
		{"/organizations/:id/jit/sso-connectors", []served{
			post(s.changeJIT(http.MethodPost, "ssoConnectorId")), put(s.changeJIT(http.MethodPut, "ssoConnectorId")),
		}},
		{"/organizations/:id/jit/sso-connectors/:ssoConnectorId", []served{del(s.changeJIT(http.MethodDelete, "ssoConnectorId"))}},
		{"/organization-invitations", []served{get(s.acts(s.listInvitations)), post(s.acts(s.postInvitation))}},
		{"/organization-invitations/:id", []served{get(s.acts(s.getInvitation)), del(s.acts(s.deleteInvitation))}},
		{"/organization-invitations/:id/message", []served{post(s.acts(s.postInvitationMessage))}},
		{"/organization-invitations/:id/status", []served{put(s.acts(s.putInvitationStatus))}},
	}
}

func (s *Sim) templateRoutes() []route {
	return []route{
		{"/organization-roles", []served{pages(s.locked(s.listOrganizationRoles)), post(s.acts(s.postOrganizationRole))}},
		{"/organization-roles/:id", []served{
			get(s.acts(s.getOrganizationRole)), patch(s.acts(s.patchOrganizationRole)), del(s.acts(s.deleteOrganizationRole)),
		}},
		{"/organization-roles/:id/scopes", []served{
			wholes(s.locked(s.listGranted)),
			post(s.grants(http.MethodPost, "organizationScopeId")), put(s.grants(http.MethodPut, "organizationScopeId")),
		}},
		{"/organization-roles/:id/scopes/:organizationScopeId", []served{del(s.grants(http.MethodDelete, "organizationScopeId"))}},
		{"/organization-roles/:id/resource-scopes", []served{
			wholes(s.locked(s.listGrantedOfResources)), post(s.grants(http.MethodPost, "scopeId")), put(s.grants(http.MethodPut, "scopeId")),
		}},
		{"/organization-roles/:id/resource-scopes/:scopeId", []served{del(s.grants(http.MethodDelete, "scopeId"))}},
		{"/organization-scopes", []served{wholes(s.locked(s.listOrganizationScopes)), post(s.acts(s.postOrganizationScope))}},
		{"/organization-scopes/:id", []served{
			get(s.acts(s.getOrganizationScope)), patch(s.acts(s.patchOrganizationScope)), del(s.acts(s.deleteOrganizationScope)),
		}},
	}
}

func (s *Sim) routes() http.Handler {
	mux := http.NewServeMux()
	s.mountOIDC(mux)
	for _, r := range s.table() {
		mux.Handle("/api"+pattern(r.path), s.api(r))
	}
	mux.HandleFunc("/api/", notFound)
	mux.HandleFunc("/oidc/", notFound)
	s.mountPages(mux)
	return mux
}

// pattern writes a path of Logto as one of net/http: :userId is {userId}.
func pattern(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}
