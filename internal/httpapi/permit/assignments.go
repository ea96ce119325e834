package permit

import (
	"net/http"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type userRoleCreate struct {
	Role             string  `json:"role" api:"required"`
	Tenant           *string `json:"tenant" api:"nullable"`
	ResourceInstance *string `json:"resource_instance" api:"nullable"`
}

type userRoleRemove struct {
	Role             string  `json:"role" api:"required"`
	Tenant           string  `json:"tenant" api:"required"`
	ResourceInstance *string `json:"resource_instance" api:"nullable"`
}

type assignmentCreate struct {
	userRoleCreate
	User string `json:"user" api:"required"`
}

type assignmentRemove struct {
	userRoleRemove
	User string `json:"user" api:"required"`
}

type assignmentRead struct {
	ID                 authz.ID        `json:"id"`
	User               authz.UserKey   `json:"user"`
	Role               authz.RoleKey   `json:"role"`
	Tenant             authz.TenantKey `json:"tenant"`
	ResourceInstance   *string         `json:"resource_instance"`
	ResourceInstanceID *authz.ID       `json:"resource_instance_id"`
	UserID             authz.ID        `json:"user_id"`
	RoleID             authz.ID        `json:"role_id"`
	TenantID           authz.ID        `json:"tenant_id"`
	belonging
	CreatedAt timestamp `json:"created_at"`
}

// input is the role to give; path is where the body holds it. The tenant may be
// left out because a resource instance has one; without, it must be there.
func (b userRoleCreate) input(path ...string) (directory.RoleInTenant, error) {
	in := directory.RoleInTenant{Role: authz.Ident(b.Role), Tenant: authz.Ident(orEmpty(b.Tenant)), Instance: authz.Ident(orEmpty(b.ResourceInstance))}
	if b.Tenant == nil && in.Instance == "" {
		return in, bodyFault(httpapi.CodeMissing, "a tenant is required", append(slices.Clone(path), "tenant")...)
	}
	return in, nil
}

func (b userRoleRemove) input() directory.RoleInTenant {
	return directory.RoleInTenant{Role: authz.Ident(b.Role), Tenant: authz.Ident(b.Tenant), Instance: authz.Ident(orEmpty(b.ResourceInstance))}
}

func (a *API) assign(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[assignmentCreate](w, r)
	if err != nil {
		return err
	}
	return a.give(w, r, c, authz.Ident(body.User), body.userRoleCreate)
}

func (a *API) assignToUser(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[userRoleCreate](w, r)
	if err != nil {
		return err
	}
	return a.give(w, r, c, ident(r, "user"), body)
}

func (a *API) give(w http.ResponseWriter, r *http.Request, c caller, user authz.Ident, body userRoleCreate) error {
	in, err := body.input()
	if err != nil {
		return err
	}
	given, rev, err := a.Directory.Assign(r.Context(), c.env.ID, c.key.Actor(), user, in)
	if err != nil {
		return err
	}
	return a.wroteAssignment(w, r, c, rev, given)
}

func (a *API) unassign(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[assignmentRemove](w, r)
	if err != nil {
		return err
	}
	return a.take(w, r, c, authz.Ident(body.User), body.userRoleRemove)
}

func (a *API) unassignFromUser(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[userRoleRemove](w, r)
	if err != nil {
		return err
	}
	return a.take(w, r, c, ident(r, "user"), body)
}

func (a *API) take(w http.ResponseWriter, r *http.Request, c caller, user authz.Ident, body userRoleRemove) error {
	q := httpapi.QueryOf(r)
	show := q.Bool("return_deleted")
	if err := q.Err(); err != nil {
		return err
	}
	taken, rev, err := a.Directory.Unassign(r.Context(), c.env.ID, c.key.Actor(), user, body.input())
	if err != nil {
		return err
	}
	if !show {
		return wrote(w, http.StatusNoContent, rev, nil)
	}
	return a.wroteAssignment(w, r, c, rev, taken)
}

// wroteAssignment answers a write with the assignment it gave or took.
func (a *API) wroteAssignment(w http.ResponseWriter, r *http.Request, c caller, rev authz.Revision, x authz.Assignment) error {
	n, err := a.Directory.Named(r.Context(), c.env.ID, x)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readAssignment(c.env, n))
}

func (a *API) listAssignments(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	return a.writeAssignments(w, r, c, q, q.Bool("detailed"), q.Bool("include_total_count"))
}

func (a *API) listDetailedAssignments(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.writeAssignments(w, r, c, httpapi.QueryOf(r), true, true)
}

func (a *API) writeAssignments(w http.ResponseWriter, r *http.Request, c caller, q *httpapi.Query, detailed, counted bool) error {
	const values, rows = 100, 1000 // what Permit allows of each filter, and on a page
	query := directory.AssignmentQuery{
		Users:    idents(q.Texts("user", values)),
		Roles:    idents(q.Texts("role", values)),
		Tenants:  idents(q.Texts("tenant", values)),
		Resource: authz.Ident(q.Text("resource")),
		Instance: authz.Ident(q.Text("resource_instance")),
	}
	page := q.Page(rows)
	if err := q.Err(); err != nil {
		return err
	}
	if err := unfiltered(q); err != nil {
		return err
	}
	list, total, err := a.Directory.Assignments(r.Context(), c.env.ID, query, rowsOf(page))
	if err != nil {
		return err
	}
	if detailed {
		return writeList(w, each(list, func(n directory.NamedAssignment) assignmentDetailed { return readAssignmentDetailed(c.env, n) }), total, page, counted)
	}
	return writeList(w, each(list, func(n directory.NamedAssignment) assignmentRead { return readAssignment(c.env, n) }), total, page, counted)
}

func idents(texts []string) []authz.Ident {
	return each(texts, func(s string) authz.Ident { return authz.Ident(s) })
}

func readAssignment(e authz.Environment, n directory.NamedAssignment) assignmentRead {
	return assignmentRead{
		ID: n.ID, User: n.User, Role: n.Role, Tenant: n.Tenant,
		ResourceInstance: orNull(n.Instance.String()), ResourceInstanceID: orNull(n.On.ID),
		UserID: n.Holder.ID, RoleID: n.Of.ID, TenantID: n.In.ID,
		belonging: belongs(e), CreatedAt: timestamp(n.CreatedAt),
	}
}
