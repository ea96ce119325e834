package permit

import (
	"context"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

const (
	orgs     = " /v2/orgs"
	members  = " /v2/members"
	projects = " /v2/projects"
	envs     = projects + "/{proj}/envs"
	apiKeys  = " /v2/api-key"
)

// mountWorkspace registers what is about organizations, projects, environments,
// members and API keys. Keys and members need admin access, be it to read: whoever
// reads a secret may do what it may.
func (a *API) mountWorkspace(mux Mux) {
	on := func(pattern string, h keyHandler) {
		mux.Handle(pattern, httpapi.Handle(a.withKey(func(w http.ResponseWriter, r *http.Request, k access.Key) error {
			return a.working(w, r, k, needed(r), h)
		}), a.render))
	}
	admin := func(pattern string, h keyHandler) {
		mux.Handle(pattern, httpapi.Handle(a.withKey(func(w http.ResponseWriter, r *http.Request, k access.Key) error {
			return a.working(w, r, k, access.Admin, h)
		}), a.render))
	}
	on("GET"+orgs, a.listOrganizations)
	on("GET"+orgs+"/active/org", a.activeOrganization)
	on("GET"+orgs+"/{org}", a.readOrganization)
	on("PATCH"+orgs+"/{org}", a.updateOrganization)
	on("GET"+orgs+"/{org}/stats", a.organizationStats)
	admin("GET"+orgs+"/{org}/invites", a.listInvites)

	on("GET"+projects, a.listProjects)
	on("POST"+projects, a.createProject)
	on("GET"+projects+"/{proj}", a.readProject)
	on("PATCH"+projects+"/{proj}", a.updateProject)
	on("DELETE"+projects+"/{proj}", a.deleteProject)

	on("GET"+envs, a.listEnvironments)
	on("POST"+envs, a.createEnvironment)
	on("GET"+envs+"/{env}", a.readEnvironment)
	on("PATCH"+envs+"/{env}", a.updateEnvironment)
	on("DELETE"+envs+"/{env}", a.deleteEnvironment)
	on("GET"+envs+"/{env}/stats", a.environmentStats)
	on("POST"+envs+"/{env}/copy", a.copyEnvironment)
	on("POST"+envs+"/{env}/copy/async", a.copyEnvironmentAsync)
	on("GET"+envs+"/{env}/copy/async/{task}/result", a.copyResult)

	admin("GET"+members, a.listMembers)
	admin("POST"+members, a.createMember)
	admin("DELETE"+members, a.withdrawFromMember)
	admin("GET"+members+"/me", noMember)
	admin("GET"+members+"/{member}", a.readMember)
	admin("PATCH"+members+"/{member}", a.updateMember)
	admin("DELETE"+members+"/{member}", a.deleteMember)

	on("GET"+apiKeys+"/scope", a.scope)
	admin("GET"+apiKeys, a.listKeys)
	admin("POST"+apiKeys, a.createKey)
	admin("GET"+apiKeys+"/{key}", a.readKey)
	admin("DELETE"+apiKeys+"/{key}", a.deleteKey)
	admin("POST"+apiKeys+"/{key}/rotate-secret", a.rotateKey)
	admin("GET"+apiKeys+"/{proj}/{env}", a.ownKey)

	// There is one organization, and nobody is invited by mail: 501, not 405.
	for _, pattern := range []string{
		"POST" + orgs, "DELETE" + orgs + "/{org}", "POST" + orgs + "/{org}/restore",
		"POST" + orgs + "/{org}/invites", "DELETE" + orgs + "/{org}/invites/{invite}",
	} {
		on(pattern, notOffered)
	}
}

// working lets h answer a key with that access.
func (a *API) working(w http.ResponseWriter, r *http.Request, k access.Key, need access.Access, h keyHandler) error {
	if err := k.Needs(need); err != nil {
		return err
	}
	if err := textual(r); err != nil {
		return err
	}
	return h(w, r, k)
}

// pageOf is the page of a whole list.
func pageOf[T any](list []T, p httpapi.Page) []T {
	from := min(p.Offset(), len(list))
	return list[from:min(from+p.Size, len(list))]
}

// listAll answers the page of a whole list that was asked for.
func listAll[T, R any](w http.ResponseWriter, r *http.Request, list func(context.Context) ([]T, error), read func(T) R) error {
	q := httpapi.QueryOf(r)
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	found, err := list(r.Context())
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, each(pageOf(found, page), read))
}

// settingsOf are free-form settings of a PATCH: null clears them.
func settingsOf(o httpapi.Opt[authz.Attributes]) *authz.Attributes { return o.Ptr() }

// gone answers a deletion that is no commit of an environment.
func gone(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// pickOf reads a filter of what is copied.
func pickOf(f *copyFilters) directory.Pick {
	if f == nil {
		return directory.Pick{}
	}
	return directory.Pick{Include: f.Include, Exclude: f.Exclude}
}
