package console

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountSettings(mux *http.ServeMux) {
	const path = " /console/v1/projects/{proj}/envs/{env}/settings"
	mux.Handle("GET"+path, httpapi.Handle(a.inEnvironment(access.Read, a.readSettings), a.render))
	mux.Handle("PUT"+path, httpapi.Handle(a.inEnvironment(access.Write, a.replaceSettings), a.render))
}

// settingsWire are the settings of an environment. A caller that replaces them
// must name every one: what is left out would be turned off.
type settingsWire struct {
	InstancesInTenant bool `json:"instances_in_tenant" api:"required"`
	RulesForMembers   bool `json:"rules_for_members" api:"required"`
	FixedBuiltIns     bool `json:"fixed_built_ins" api:"required"`
	TypedComparisons  bool `json:"typed_comparisons" api:"required"`
	MissingDenies     bool `json:"missing_denies" api:"required"`
}

// A caller is who asks, and the environment in the path.
type caller struct {
	key access.Key
	env authz.Environment
}

// inEnvironment lets h answer callers whose API key reaches the environment in
// the path and may do there what it needs. Who asks comes before what is asked.
func (a *API) inEnvironment(need access.Access, h func(http.ResponseWriter, *http.Request, caller) error) httpapi.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		key, err := a.key(r)
		if err != nil {
			return err
		}
		if err := key.Needs(need); err != nil {
			return err
		}
		// No key has these bytes, and PostgreSQL refuses them in a query.
		if !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
			return authz.Errorf(authz.NotFound, "nothing has a key that is not text")
		}
		env, err := a.Keys.Environment(r.Context(), key, authz.Ident(r.PathValue("proj")), authz.Ident(r.PathValue("env")))
		if err != nil {
			return err
		}
		return h(w, r, caller{key: key, env: env})
	}
}

// readSettings answers where the environment decides more strictly than Permit.
func (a *API) readSettings(w http.ResponseWriter, r *http.Request, c caller) error {
	s, err := a.Directory.Settings(r.Context(), c.env.ID)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, settingsWire(s))
}

// replaceSettings replaces all settings at once. The header says which revision
// holds them.
func (a *API) replaceSettings(w http.ResponseWriter, r *http.Request, c caller) error {
	in, err := httpapi.Read[settingsWire](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.ReplaceSettings(r.Context(), c.env.ID, c.key.Actor(), authz.Settings(in))
	if err != nil {
		return err
	}
	w.Header().Set("X-Gatehouse-Revision", strconv.FormatInt(int64(rev), 10))
	return httpapi.Write(w, http.StatusOK, in)
}
