package console

import (
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountUser(mux *http.ServeMux) {
	mux.Handle("GET /console/v1/projects/{proj}/envs/{env}/users/{user}", httpapi.Handle(a.inEnvironment(access.Read, a.readUser), a.render))
	mux.Handle("GET /console/v1/projects/{proj}/envs/{env}/logto/users/{user}", httpapi.Handle(a.inEnvironment(access.Read, a.rawUser), a.render))
}

// A RawUser is what Logto says of a user, as JSON.
type RawUser struct {
	User          string `json:"user"`
	Organizations string `json:"organizations"`
	Roles         string `json:"roles"`
}

// rawUser answers what Logto says of a user at this moment, without secrets.
func (a *API) rawUser(w http.ResponseWriter, r *http.Request, c caller) error {
	u, err := a.Connections.RawUser(r.Context(), c.env.ID, authz.UserKey(r.PathValue("user")))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpapi.Write(w, http.StatusOK, RawUser{User: access.Kept(u.User), Organizations: access.Kept(u.Organizations), Roles: access.Kept(u.Roles)})
}

// A userRead is what Permit's API does not say of a user.
type userRead struct {
	Key         authz.UserKey    `json:"key"`
	Email       string           `json:"email"`
	FirstName   string           `json:"first_name"`
	LastName    string           `json:"last_name"`
	Attributes  authz.Attributes `json:"attributes"`
	Suspended   bool             `json:"suspended"`
	Source      string           `json:"source"` // empty for users made by API
	Kept        []string         `json:"kept_attributes"`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	Total       int              `json:"assignments_total"`
	Assignments []heldRead       `json:"assignments"`
}

// A heldRead is a role that a user holds, and who gave it.
type heldRead struct {
	Role       authz.RoleKey   `json:"role"`
	RoleName   string          `json:"role_name"`
	Tenant     authz.TenantKey `json:"tenant"`
	TenantName string          `json:"tenant_name"`
	Instance   string          `json:"instance"` // empty for the whole tenant
	GivenBy    []authz.Giver   `json:"given_by"`
	Since      time.Time       `json:"since"`
}

// mostHeld is how many assignments of a user are told.
const mostHeld = 200

// readUser answers a user with who gave what it holds.
func (a *API) readUser(w http.ResponseWriter, r *http.Request, c caller) error {
	held, err := a.Directory.User(r.Context(), c.env.ID, authz.Ident(r.PathValue("user")))
	if err != nil {
		return err
	}
	u := held.User
	list, total, err := a.Directory.Assignments(r.Context(), c.env.ID,
		directory.AssignmentQuery{Users: []authz.Ident{authz.Ident(u.Key)}}, directory.Page{Limit: mostHeld})
	if err != nil {
		return err
	}
	kept, err := a.keptAttributes(r.Context(), c.env.ID, u.Source)
	if err != nil {
		return err
	}
	out := userRead{
		Key: u.Key, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Attributes: u.Attributes, Suspended: u.Suspended,
		Source: u.Source, Kept: kept.Users, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, Total: total, Assignments: make([]heldRead, len(list)),
	}
	if out.Attributes == nil {
		out.Attributes = authz.Attributes{}
	}
	for i, h := range list {
		out.Assignments[i] = heldRead{
			Role: h.Role, RoleName: h.Of.Name, Tenant: h.Tenant, TenantName: h.In.Name, GivenBy: h.GivenBy, Since: h.CreatedAt,
		}
		if h.Instance != (authz.Node{}) {
			out.Assignments[i].Instance = h.Instance.String()
		}
	}
	return httpapi.Write(w, http.StatusOK, out)
}
