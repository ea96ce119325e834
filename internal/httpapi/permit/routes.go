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
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// API is the door. All fields but Decisions must be set; it is safe for concurrent
// use.
type API struct {
	Directory *directory.Directory
	Workspace *workspace.Workspace
	Decisions *decision.Log // nil if decisions are not recorded
	Keys      *access.Keys
	Requests  *access.Requests
	Log       *slog.Logger
}

const (
	facts  = " /v2/facts/{proj}/{env}"
	schema = " /v2/schema/{proj}/{env}"
)

// A Mux is what the door is mounted on: a [http.ServeMux].
type Mux interface {
	Handle(pattern string, h http.Handler)
	Handler(r *http.Request) (h http.Handler, pattern string)
}

// everything is where Permit has calls; what no route answers is answered with 501.
var everything = []string{"/v2/", "/scim/", "/opal/"}

// Mount puts the door on mux, as everything under /v2/, /scim/ and /opal/.
func (a *API) Mount(mux Mux) {
	mux = keeping{Mux: mux, requests: a.Requests}
	in := func(pattern string, h handler) { mux.Handle(pattern, httpapi.Handle(a.inEnvironment(h), a.render)) }
	a.mountFacts(in)
	a.mountDetailed(in)
	a.mountInvites(in)
	a.mountBulk(in)
	a.mountSchema(in)
	a.mountResourceParts(in)
	a.mountProxyConfigs(in)
	a.mountActionGroups(in)
	a.mountInheritance(in)
	a.mountGroups(in)
	a.mountWorkspace(mux)
	a.mountAuditLogs(mux, in)
	a.mountActivity(mux)
	a.mountHistory(mux)

	for _, path := range everything {
		mux.Handle(path, httpapi.Handle(a.withKey(a.otherwise(mux)), a.render))
	}
}

func (a *API) mountFacts(in func(pattern string, h handler)) {
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

	in("GET"+facts+"/resource_instances", a.listInstances)
	in("POST"+facts+"/resource_instances", a.createInstance)
	in("GET"+facts+"/resource_instances/{instance}", a.readInstance)
	in("PATCH"+facts+"/resource_instances/{instance}", a.updateInstance)
	in("DELETE"+facts+"/resource_instances/{instance}", a.deleteInstance)

	in("GET"+facts+"/relationship_tuples", a.listTuples)
	in("POST"+facts+"/relationship_tuples", a.createTuple)
	in("DELETE"+facts+"/relationship_tuples", a.deleteTuple)

	in("GET"+facts+"/set_rules", a.listRules)
	in("POST"+facts+"/set_rules", a.createRule)
	in("DELETE"+facts+"/set_rules", a.deleteRule)
}

func (a *API) mountBulk(in func(pattern string, h handler)) {
	in("POST"+facts+"/bulk/tenants", a.createTenants)
	in("DELETE"+facts+"/bulk/tenants", a.deleteTenants)
	in("POST"+facts+"/bulk/users", a.createUsers)
	in("PUT"+facts+"/bulk/users", a.syncUsers)
	in("DELETE"+facts+"/bulk/users", a.deleteUsers)
	in("POST"+facts+"/role_assignments/bulk", a.assignMany)
	in("DELETE"+facts+"/role_assignments/bulk", a.unassignMany)
	in("PUT"+facts+"/bulk/resource_instances", a.syncInstances)
	in("DELETE"+facts+"/bulk/resource_instances", a.deleteInstances)
	in("POST"+facts+"/relationship_tuples/bulk", a.createTuples)
	in("DELETE"+facts+"/relationship_tuples/bulk", a.deleteTuples)
}

func (a *API) mountSchema(in func(pattern string, h handler)) {
	in("GET"+schema+"/roles", a.listRoles)
	in("POST"+schema+"/roles", a.createRole)
	in("GET"+schema+"/roles/{role}", a.readRole)
	in("PATCH"+schema+"/roles/{role}", a.updateRole)
	in("DELETE"+schema+"/roles/{role}", a.deleteRole)
	in("POST"+schema+"/roles/{role}/permissions", a.addPermissions)
	in("DELETE"+schema+"/roles/{role}/permissions", a.removePermissions)

	in("PUT"+schema+"/bulk/roles", a.syncRoles)

	in("GET"+schema+"/resources", a.listResources)
	in("POST"+schema+"/resources", a.createResource)
	in("GET"+schema+"/resources/{resource}", a.readResource)
	in("PUT"+schema+"/resources/{resource}", a.replaceResource)
	in("PATCH"+schema+"/resources/{resource}", a.updateResource)
	in("DELETE"+schema+"/resources/{resource}", a.deleteResource)

	in("GET"+schema+"/condition_sets", a.listSets)
	in("POST"+schema+"/condition_sets", a.createSet)
	in("GET"+schema+"/condition_sets/{set}", a.readSet)
	in("PATCH"+schema+"/condition_sets/{set}", a.updateSet)
	in("DELETE"+schema+"/condition_sets/{set}", a.deleteSet)

	in("GET"+schema+"/users/attributes", a.listAttributes)
	in("POST"+schema+"/users/attributes", a.createAttribute)
	in("GET"+schema+"/users/attributes/{attribute}", a.readAttribute)
	in("PATCH"+schema+"/users/attributes/{attribute}", a.updateAttribute)
	in("DELETE"+schema+"/users/attributes/{attribute}", a.deleteAttribute)
}

func (a *API) mountResourceParts(in func(pattern string, h handler)) {
	in("GET"+schema+"/resources/{resource}/roles", a.listResourceRoles)
	in("POST"+schema+"/resources/{resource}/roles", a.createResourceRole)
	in("GET"+schema+"/resources/{resource}/roles/{role}", a.readResourceRole)
	in("PATCH"+schema+"/resources/{resource}/roles/{role}", a.updateResourceRole)
	in("DELETE"+schema+"/resources/{resource}/roles/{role}", a.deleteResourceRole)
	in("POST"+schema+"/resources/{resource}/roles/{role}/permissions", a.addResourcePermissions)
	in("DELETE"+schema+"/resources/{resource}/roles/{role}/permissions", a.removeResourcePermissions)
	in("PUT"+schema+"/resources/{resource}/roles/{role}/parents/{parent}", a.addParent)
	in("DELETE"+schema+"/resources/{resource}/roles/{role}/parents/{parent}", a.removeParent)
	in("POST"+schema+"/resources/{resource}/roles/{role}/implicit_grants", a.derive)
	in("DELETE"+schema+"/resources/{resource}/roles/{role}/implicit_grants", a.underive)
	in("PUT"+schema+"/resources/{resource}/roles/{role}/implicit_grants/conditions", a.settleDerivations)
	in("POST"+schema+"/resources/{resource}/roles/{role}/implicit_grants/conditions", a.settleDerivations)

	in("GET"+schema+"/resources/{resource}/relations", a.listRelations)
	in("POST"+schema+"/resources/{resource}/relations", a.createRelation)
	in("GET"+schema+"/resources/{resource}/relations/{relation}", a.readRelation)
	in("DELETE"+schema+"/resources/{resource}/relations/{relation}", a.deleteRelation)

	in("GET"+schema+"/resources/{resource}/actions", a.listActions)
	in("POST"+schema+"/resources/{resource}/actions", a.createAction)
	in("GET"+schema+"/resources/{resource}/actions/{action}", a.readAction)
	in("PATCH"+schema+"/resources/{resource}/actions/{action}", a.updateAction)
	in("DELETE"+schema+"/resources/{resource}/actions/{action}", a.deleteAction)

	in("GET"+schema+"/resources/{resource}/attributes", a.listAttributes)
	in("POST"+schema+"/resources/{resource}/attributes", a.createAttribute)
	in("GET"+schema+"/resources/{resource}/attributes/{attribute}", a.readAttribute)
	in("PATCH"+schema+"/resources/{resource}/attributes/{attribute}", a.updateAttribute)
	in("DELETE"+schema+"/resources/{resource}/attributes/{attribute}", a.deleteAttribute)
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
		note(r, func(n *noted) { n.key, n.reach = k, k.Reach() })
		return h(w, r, k)
	}
}

// inEnvironment lets h answer callers whose API key reaches the environment in
// the path. Who asks comes before what is asked, so that nobody learns from a
// 404 or a 422 what exists.
func (a *API) inEnvironment(h handler) httpapi.HandlerFunc {
	return a.withKey(func(w http.ResponseWriter, r *http.Request, k access.Key) error {
		if err := k.Needs(needed(r)); err != nil {
			return err
		}
		if err := textual(r); err != nil {
			return err
		}
		env, err := a.Keys.Environment(r.Context(), k, ident(r, "proj"), ident(r, "env"))
		if err != nil {
			return err
		}
		note(r, func(n *noted) { n.reach = reachOf(env) })
		return h(w, r, caller{key: k, env: env})
	})
}

// needed is the access that a request needs: reading is reading, and all else is
// writing.
func needed(r *http.Request) access.Access {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return access.Read
	}
	return access.Write
}

// textual refuses what nothing is named: no key has these bytes, and PostgreSQL
// refuses them in a query.
func textual(r *http.Request) error {
	if !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
		return authz.Errorf(authz.NotFound, "nothing has a key that is not text")
	}
	return nil
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
func (a *API) otherwise(mux Mux) keyHandler {
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

// attributeFilters reads the parameters attr_<name>=<value>.
func attributeFilters(q *httpapi.Query) []directory.AttributeText {
	var out []directory.AttributeText
	for _, parameter := range q.Names() {
		name, is := strings.CutPrefix(parameter, "attr_")
		if !is {
			continue
		}
		for _, text := range q.Texts(parameter, 1) {
			out = append(out, directory.AttributeText{Name: name, Text: text})
		}
	}
	return out
}

// listByText answers a list that can be searched, and counted if asked.
func listByText[T, R any](w http.ResponseWriter, r *http.Request, c caller,
	list func(context.Context, authz.EnvID, directory.TextFilter, directory.Page) ([]T, int, error), read func(authz.Environment, T) R,
) error {
	q := httpapi.QueryOf(r)
	f := directory.TextFilter{Search: q.Text("search"), Attributes: attributeFilters(q)}
	page, counted := q.Page(most), q.Bool("include_total_count")
	if err := q.Err(); err != nil {
		return err
	}
	found, total, err := list(r.Context(), c.env.ID, f, rowsOf(page))
	if err != nil {
		return err
	}
	return writeList(w, each(found, func(v T) R { return read(c.env, v) }), total, page, counted)
}
