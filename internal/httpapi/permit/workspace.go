package permit

import (
	"context"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
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
	at := func(level access.Level, need func(*http.Request) access.Access) func(pattern string, h keyHandler) {
		return func(pattern string, h keyHandler) {
			mux.Handle(pattern, httpapi.Handle(a.working(level, need, h), a.render))
		}
	}
	on := at(access.EnvironmentLevel, needed)
	project := at(access.ProjectLevel, needed)
	whole := at(access.OrganizationLevel, needed)
	keys := at(access.ProjectLevel, adminNeeded)
	people := at(access.OrganizationLevel, adminNeeded)

	on("GET"+orgs, a.listOrganizations)
	on("GET"+orgs+"/active/org", a.activeOrganization)
	on("GET"+orgs+"/{org}", a.readOrganization)
	whole("PATCH"+orgs+"/{org}", a.updateOrganization)
	whole("GET"+orgs+"/{org}/stats", a.organizationStats)
	people("GET"+orgs+"/{org}/invites", a.listInvites)

	on("GET"+projects, a.listProjects)
	whole("POST"+projects, a.createProject)
	on("GET"+projects+"/{proj}", a.readProject)
	project("PATCH"+projects+"/{proj}", a.updateProject)
	project("DELETE"+projects+"/{proj}", a.deleteProject)

	on("GET"+envs, a.listEnvironments)
	project("POST"+envs, a.createEnvironment)
	on("GET"+envs+"/{env}", a.readEnvironment)
	project("PATCH"+envs+"/{env}", a.updateEnvironment)
	project("DELETE"+envs+"/{env}", a.deleteEnvironment)
	on("GET"+envs+"/{env}/stats", a.environmentStats)
	project("POST"+envs+"/{env}/copy", a.copyEnvironment)
	project("POST"+envs+"/{env}/copy/async", a.copyEnvironmentAsync)
	project("GET"+envs+"/{env}/copy/async/{task}/result", a.copyResult)

	people("GET"+members, a.listMembers)
	people("POST"+members, a.createMember)
	people("DELETE"+members, a.withdrawFromMember)
	people("GET"+members+"/me", noMember)
	people("GET"+members+"/{member}", a.readMember)
	people("PATCH"+members+"/{member}", a.updateMember)
	people("DELETE"+members+"/{member}", a.deleteMember)

	on("GET"+apiKeys+"/scope", a.scope)
	keys("GET"+apiKeys, a.listKeys)
	keys("POST"+apiKeys, a.createKey)
	keys("GET"+apiKeys+"/{key}", a.readKey)
	keys("DELETE"+apiKeys+"/{key}", a.deleteKey)
	keys("POST"+apiKeys+"/{key}/rotate-secret", a.rotateKey)
	keys("GET"+apiKeys+"/{proj}/{env}", a.ownKey)

	// There is one organization, and nobody is invited by mail: 501, not 405.
	for _, pattern := range []string{
		"POST" + orgs, "DELETE" + orgs + "/{org}", "POST" + orgs + "/{org}/restore",
		"POST" + orgs + "/{org}/invites", "DELETE" + orgs + "/{org}/invites/{invite}",
	} {
		whole(pattern, notOffered)
	}
}

func adminNeeded(*http.Request) access.Access { return access.Admin }

// working lets h answer keys of a level or above that have the access needed and
// reach what the path names. Who asks comes before what is asked.
func (a *API) working(level access.Level, need func(*http.Request) access.Access, h keyHandler) httpapi.HandlerFunc {
	return a.withKey(func(w http.ResponseWriter, r *http.Request, k access.Key) error {
		note(r, func(n *noted) { n.needs = need(r) })
		if err := k.Needs(need(r)); err != nil {
			return err
		}
		if err := k.AtLeast(level); err != nil {
			return err
		}
		if err := textual(r); err != nil {
			return err
		}
		if err := a.reached(r, k); err != nil {
			return err
		}
		return h(w, r, k)
	})
}

// reached refuses what the path names and the key does not reach.
func (a *API) reached(r *http.Request, k access.Key) (err error) {
	org, proj, env := ident(r, "org"), ident(r, "proj"), ident(r, "env")
	switch {
	case org != "":
		_, err = a.Workspace.OrganizationNamed(r.Context(), k, org)
	case env != "":
		var e workspace.Environment
		if e, err = a.Workspace.Environment(r.Context(), k, proj, env); err == nil {
			note(r, func(n *noted) { n.reach = reachOf(e.Environment) })
		}
	case proj != "":
		var p workspace.Project
		if p, err = a.Workspace.Project(r.Context(), k, proj); err == nil {
			note(r, func(n *noted) { n.reach.Project = p.ID })
		}
	}
	return err
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
