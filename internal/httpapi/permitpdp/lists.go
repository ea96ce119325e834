package permitpdp

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// Flags in the context of a question, which Permit's policy reads there.
const (
	optimized        = "optimized" // all tenants by tenant roles only
	permissionsRules = "enable_abac_user_permissions"
	authorizedRules  = "enable_abac_authorized_users"
)

func flagged(context authz.Attributes, name string) bool {
	on, _ := context[name].(bool)
	return on
}

// tenantName begins the name of a tenant where instances are named too.
const tenantName = string(engine.TenantType) + ":"

type tenantWire struct {
	Key        authz.TenantKey  `json:"key"`
	Attributes authz.Attributes `json:"attributes"`
}

type instanceWire struct {
	Key        string            `json:"key"`
	Type       authz.ResourceKey `json:"type"`
	Attributes authz.Attributes  `json:"attributes"`
}

// allTenants answers POST /allowed/all-tenants.
func (a *API) allTenants(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	q, err := receive(w, r, maxQuery, (*reader).question)
	if err != nil {
		return err
	}
	answer, err := a.tenantsOf(r, by, q)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, answer)
}

type allTenantsResult struct {
	AllowedTenants []tenantResult `json:"allowed_tenants"`
}

type tenantResult struct {
	result
	Tenant tenantWire `json:"tenant"`
}

func (a *API) tenantsOf(r *http.Request, by decision.Asker, q question) (out allTenantsResult, err error) {
	tenants, err := a.Decisions.AllowedTenants(by, q.Query, flagged(q.Context, optimized))
	if err != nil {
		return out, err
	}
	out.AllowedTenants = make([]tenantResult, len(tenants))
	for i, t := range tenants {
		answer := result{Allow: true, Result: true}
		if i < maxExplained && (q.explain || r.Header.Get(explainHeader) != "") {
			q.Tenant = t.Key
			if answer.Debug, err = a.illustrated(by, q.Query); err != nil {
				return out, err
			}
		}
		out.AllowedTenants[i] = tenantResult{result: answer, Tenant: tenantWire(t)}
	}
	return out, nil
}

// userPermissions answers POST /user-permissions.
func (a *API) userPermissions(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	q, err := receive(w, r, maxQuery, (*reader).permissions)
	if err != nil {
		return err
	}
	answer, err := a.permissions(by, q)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, answer)
}

// entryWire is what a user may in a tenant or on an instance. An instance on
// which it holds no role, and only rules permit, is not shown by itself.
type entryWire struct {
	Tenant      tenantWire      `json:"tenant"`
	Resource    *instanceWire   `json:"resource,omitempty"`
	Permissions []string        `json:"permissions"`
	Roles       []authz.RoleKey `json:"roles"`
}

func (a *API) permissions(by decision.Asker, q engine.PermissionsQuery) (map[string]entryWire, error) {
	entries, err := a.Decisions.Permissions(by, q)
	if err != nil {
		return nil, err
	}
	out := make(map[string]entryWire, len(entries))
	for _, e := range entries {
		shown := entryWire{Tenant: tenantWire(e.Tenant), Permissions: make([]string, len(e.Permissions)), Roles: append([]authz.RoleKey{}, e.Roles...)}
		for i, p := range e.Permissions {
			shown.Permissions[i] = string(p.Resource) + ":" + string(p.Action)
		}
		name := tenantName + string(e.Tenant.Key)
		if e.Node != (authz.Node{}) {
			name = e.Node.String()
			if len(e.Roles) > 0 {
				shown.Resource = &instanceWire{Key: e.Node.Key, Type: e.Node.Type, Attributes: e.Attributes}
			}
		}
		out[name] = shown
	}
	return out, nil
}

// permissions reads what to list of a user's permissions.
func (r *reader) permissions(v json.RawMessage) (q engine.PermissionsQuery) {
	in := r.root(v)
	if in == nil {
		return q
	}
	q.User, q.UserAttributes = r.user(in)
	if tenants := r.texts(in, "tenants"); tenants != nil {
		q.Tenants = make([]authz.TenantKey, len(tenants))
		for i, t := range tenants {
			q.Tenants[i] = authz.TenantKey(strings.TrimPrefix(t, tenantName))
		}
	}
	q.Resources = r.texts(in, "resources")
	for _, t := range r.texts(in, "resource_types") {
		q.Types = append(q.Types, authz.ResourceKey(t))
	}
	q.Context = r.values(in, "context")
	q.Rules = flagged(q.Context, permissionsRules)
	return q
}

// userTenants answers POST /user-tenants.
func (a *API) userTenants(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	user, err := receive(w, r, maxQuery, (*reader).onlyUser)
	if err != nil {
		return err
	}
	tenants, err := a.Decisions.UserTenants(by, user)
	if err != nil {
		return err
	}
	out := make([]tenantWire, len(tenants))
	for i, t := range tenants {
		out[i] = tenantWire(t)
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// onlyUser reads a question about a user alone.
func (r *reader) onlyUser(v json.RawMessage) authz.UserKey {
	in := r.root(v)
	if in == nil {
		return ""
	}
	key, _ := r.user(in)
	r.values(in, "context")
	return key
}

// authorizedUsers answers POST /authorized_users.
func (a *API) authorizedUsers(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	q, err := receive(w, r, maxQuery, (*reader).onlyThing)
	if err != nil {
		return err
	}
	users, err := a.Decisions.AuthorizedUsers(by, q, flagged(q.Context, authorizedRules))
	if err != nil {
		return err
	}
	out := authorizedResult{Resource: string(q.Resource) + ":*", Tenant: q.Tenant, Users: make(map[authz.UserKey][]authorizedWire, len(users))}
	if q.Instance != "" {
		out.Resource = string(q.Resource) + ":" + q.Instance
	}
	if q.Tenant == "" {
		out.Tenant = "default" // what the PDP says where it cannot say
	}
	for user, sources := range users {
		for _, s := range sources {
			out.Users[user] = append(out.Users[user], authorizedBy(user, out.Tenant, s))
		}
	}
	return httpapi.Write(w, http.StatusOK, out)
}

type authorizedResult struct {
	Resource string                             `json:"resource"`
	Tenant   authz.TenantKey                    `json:"tenant"`
	Users    map[authz.UserKey][]authorizedWire `json:"users"`
}

type authorizedWire struct {
	User     authz.UserKey   `json:"user"`
	Tenant   authz.TenantKey `json:"tenant"`
	Resource string          `json:"resource"`
	Role     string          `json:"role"`
}

func authorizedBy(user authz.UserKey, tenant authz.TenantKey, s engine.Source) authorizedWire {
	out := authorizedWire{User: user, Tenant: tenant, Resource: tenantName + string(tenant), Role: string(s.Role)}
	switch {
	case s.Rule != (engine.SetPair{}):
		out.Resource, out.Role = string(s.Rule.Resources), string(s.Rule.Users)
	case s.Node != (authz.Node{}):
		out.Resource, out.Role = s.Node.String(), string(s.Node.Type)+"#"+string(s.Role)
	}
	return out
}

// onlyThing reads a question that names no user.
func (r *reader) onlyThing(v json.RawMessage) (q authz.Query) {
	if in := r.root(v); in != nil {
		r.thing(in, &q)
	}
	return q
}
