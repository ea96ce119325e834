package permitpdp

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// mostLocal is how many rows a page of what the PDP itself holds has at most.
const mostLocal = 100

type localAssignment struct {
	User     authz.UserKey   `json:"user"`
	Role     authz.RoleKey   `json:"role"`
	Tenant   authz.TenantKey `json:"tenant"`
	Instance string          `json:"resource_instance,omitempty"`
}

// localAssignments answers GET /local/role_assignments: what decisions are made
// from, at this moment.
func (a *API) localAssignments(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	q := httpapi.QueryOf(r)
	f := engine.AssignmentFilter{
		User: authz.UserKey(q.Text("user")), Role: authz.RoleKey(q.Text("role")), Tenant: authz.TenantKey(q.Text("tenant")), Type: authz.ResourceKey(q.Text("resource")),
	}
	instance, named := q.Text("resource_instance"), true
	if instance != "" {
		f.Node, named = authz.ParseNode(instance)
	}
	page := q.Page(mostLocal)
	if err := q.Err(); err != nil {
		return err
	}
	if !named {
		return &httpapi.QueryError{Fields: []httpapi.FieldError{{Path: []string{"resource_instance"}, Message: "must be type:key", Code: httpapi.CodeValue}}}
	}
	now, err := a.Decisions.AtFor(by, authz.Query{User: f.User})
	if err != nil {
		return err
	}
	list := now.Assignments(f, page.Offset(), page.Size)
	out := make([]localAssignment, len(list))
	for i, x := range list {
		out[i] = localAssignment{User: x.User, Role: x.Role, Tenant: x.Tenant, Instance: x.Node.String()}
	}
	return httpapi.Write(w, http.StatusOK, out)
}
