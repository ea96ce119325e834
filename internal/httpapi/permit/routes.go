package permit

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// API is the door. All fields must be set; it is safe for concurrent use.
type API struct {
	Directory *directory.Directory
	Keys      *access.Keys
	Log       *slog.Logger
}

// Mount puts the door on mux, as everything under /v2/.
func (a *API) Mount(mux *http.ServeMux) {
	const (
		facts  = " /v2/facts/{proj}/{env}"
		schema = " /v2/schema/{proj}/{env}"
	)
	in := func(pattern string, h handler) { mux.Handle(pattern, httpapi.Handle(a.inEnvironment(h), a.render)) }

	mux.Handle("GET /v2/api-key/scope", httpapi.Handle(a.withKey(a.scope), a.render))

	in("GET"+facts+"/users", a.listUsers)
	in("POST"+facts+"/users", a.createUser)
	in("GET"+facts+"/users/{user}", a.readUser)
	in("PUT"+facts+"/users/{user}", a.syncUser)
	in("PATCH"+facts+"/users/{user}", a.updateUser)
	in("DELETE"+facts+"/users/{user}", a.deleteUser)
	in("POST"+facts+"/users/{user}/roles", a.assignToUser)
	in("DELETE"+facts+"/users/{user}/roles", a.unassignFromUser)

	in("GET"+facts+"/role_assignments", a.listAssignments)
	in("POST"+facts+"/role_assignments", a.assign)
	in("DELETE"+facts+"/role_assignments", a.unassign)

	in("GET"+facts+"/tenants", a.listTenants)
	in("POST"+facts+"/tenants", a.createTenant)
	in("GET"+facts+"/tenants/{tenant}", a.readTenant)
	in("PATCH"+facts+"/tenants/{tenant}", a.updateTenant)
	in("DELETE"+facts+"/tenants/{tenant}", a.deleteTenant)
	in("GET"+facts+"/tenants/{tenant}/users", a.listTenantUsers)

	in("GET"+schema+"/roles", a.listRoles)
	in("POST"+schema+"/roles", a.createRole)
	in("GET"+schema+"/roles/{role}", a.readRole)
	in("PATCH"+schema+"/roles/{role}", a.updateRole)
	in("DELETE"+schema+"/roles/{role}", a.deleteRole)
	in("POST"+schema+"/roles/{role}/permissions", a.addPermissions)
	in("DELETE"+schema+"/roles/{role}/permissions", a.removePermissions)

	in("GET"+schema+"/resources", a.listResources)
	in("POST"+schema+"/resources", a.createResource)
	in("GET"+schema+"/resources/{resource}", a.readResource)
	in("PUT"+schema+"/resources/{resource}", a.replaceResource)
	in("PATCH"+schema+"/resources/{resource}", a.updateResource)
	in("DELETE"+schema+"/resources/{resource}", a.deleteResource)

	// Known to Permit under a path whose other methods we offer: 501, not 405.
	mux.Handle("POST"+facts+"/tenants/{tenant}/users", httpapi.Handle(a.withKey(notOffered), a.render))
	mux.Handle("/v2/", httpapi.Handle(a.withKey(a.otherwise(mux)), a.render))
}

// A caller is who asks, and the environment it asks about.
type caller struct {
	key access.Key
	env authz.Environment
}

type (
	handler    func(w http.ResponseWriter, r *http.Request, c caller) error
	keyHandler func(w http.ResponseWriter, r *http.Request, k access.Key) error
)

// withKey lets h answer callers with a valid API key.
func (a *API) withKey(h keyHandler) httpapi.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		secret, ok := httpapi.Bearer(r)
		if !ok {
			return authz.Errorf(authz.Unauthorized, "an API key is required, as Authorization: Bearer")
		}
		k, err := a.Keys.Authenticate(r.Context(), secret)
		if err != nil {
			return err
		}
		return h(w, r, k)
	}
}

// inEnvironment lets h answer callers whose API key reaches the environment in
// the path. Who asks comes before what is asked, so that nobody learns from a
// 404 or a 422 what exists.
func (a *API) inEnvironment(h handler) httpapi.HandlerFunc {
	return a.withKey(func(w http.ResponseWriter, r *http.Request, k access.Key) error {
		// No key has these bytes, and PostgreSQL refuses them in a query.
		if !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
			return authz.Errorf(authz.NotFound, "nothing has a key that is not text")
		}
		env, err := a.Keys.Environment(r.Context(), k, ident(r, "proj"), ident(r, "env"))
		if err != nil {
			return err
		}
		return h(w, r, caller{key: k, env: env})
	})
}

// scope tells an SDK which environment its key is for.
func (a *API) scope(w http.ResponseWriter, _ *http.Request, k access.Key) error {
	return httpapi.Write(w, http.StatusOK, scopeRead{
		OrganizationID: k.Organization,
		ProjectID:      orNull(k.Project),
		EnvironmentID:  orNull(k.Environment),
	})
}

// otherwise answers what no route does.
func (a *API) otherwise(mux *http.ServeMux) keyHandler {
	return func(w http.ResponseWriter, r *http.Request, k access.Key) error {
		if allowed := httpapi.Allowed(mux, r); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			return &httpapi.StatusError{Status: http.StatusMethodNotAllowed, Message: "Method Not Allowed"}
		}
		return notOffered(w, r, k)
	}
}

func notOffered(_ http.ResponseWriter, r *http.Request, _ access.Key) error {
	return authz.Errorf(authz.Unsupported, "Gatehouse does not offer %s %s yet", r.Method, r.URL.EscapedPath())
}

// ident is how the path names a thing.
func ident(r *http.Request, name string) authz.Ident { return authz.Ident(r.PathValue(name)) }

// wrote answers a write with v, or with nothing if v is nil. The header says
// which revision holds the write, for clients that want to read it elsewhere.
func wrote(w http.ResponseWriter, status int, rev authz.Revision, v any) error {
	w.Header().Set("X-Gatehouse-Revision", strconv.FormatInt(int64(rev), 10))
	if v == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return httpapi.Write(w, status, v)
}

// deleted answers what the deletion of a thing came to.
func (a *API) deleted(w http.ResponseWriter, r *http.Request, c caller, id authz.Ident, remove func(context.Context, authz.EnvID, string, authz.Ident) (authz.Revision, error)) error {
	rev, err := remove(r.Context(), c.env.ID, c.key.Actor(), id)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}
