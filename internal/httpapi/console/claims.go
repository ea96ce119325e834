package console

import (
	"net/http"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// claimsDoor is how the decision log names the route.
const claimsDoor = "/console/v1/projects/{proj}/envs/{env}/logto/claims"

func (a *API) mountClaims(mux *http.ServeMux) {
	mux.Handle("POST "+claimsDoor, httpapi.Handle(a.inEnvironment(access.Read, a.claims), a.render))
}

type claimsQuestion struct {
	User authz.UserKey `json:"user" api:"required"`
}

// claimsRead is what a token is to say of a user.
type claimsRead struct {
	Roles   []authz.RoleKey                     `json:"roles"` // in any tenant, each once
	Tenants map[authz.TenantKey][]authz.RoleKey `json:"tenants"`
}

// claims answers the script that Logto runs when it issues a token: the roles of
// its user. Nobody's are an answer too, so that the script can tell them from a
// failure.
func (a *API) claims(w http.ResponseWriter, r *http.Request, c caller) error {
	in, err := httpapi.Read[claimsQuestion](w, r)
	if err != nil {
		return err
	}
	if in.User == "" {
		return authz.InvalidField("user", "user is empty: it is the id of a user of logto, context.user.id in its script")
	}
	tenants, err := a.Roles(c.env.ID, c.key.ID, claimsDoor, in.User)
	if err != nil {
		return err
	}
	out := claimsRead{Roles: []authz.RoleKey{}, Tenants: tenants}
	if tenants == nil {
		out.Tenants = map[authz.TenantKey][]authz.RoleKey{}
	}
	for _, roles := range tenants {
		out.Roles = append(out.Roles, roles...)
	}
	slices.Sort(out.Roles)
	out.Roles = slices.Compact(out.Roles)
	return httpapi.Write(w, http.StatusOK, out)
}
