package permit

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountInvites(in func(pattern string, h handler)) {
	in("POST"+facts+"/tenants/{tenant}/users", a.createTenantUser)
	in("DELETE"+facts+"/tenants/{tenant}/users/{user}", a.removeTenantUser)

	in("GET"+facts+"/user_invites", a.listUserInvites)
	in("POST"+facts+"/user_invites", a.createInvite)
	in("GET"+facts+"/user_invites/{invite}", a.readInvite)
	in("PATCH"+facts+"/user_invites/{invite}", a.updateInvite)
	in("DELETE"+facts+"/user_invites/{invite}", a.deleteInvite)
	in("POST"+facts+"/user_invites/{invite}/approve", a.approveInvite)
}

func (a *API) createTenantUser(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[userCreate](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	rev, err := a.Directory.CreateMember(r.Context(), c.env.ID, c.key.Actor(), ident(r, "tenant"), authz.UserKey(body.Key), in)
	if err != nil {
		return err
	}
	return a.wroteUser(w, r, c, http.StatusOK, rev, authz.Ident(body.Key))
}

func (a *API) removeTenantUser(w http.ResponseWriter, r *http.Request, c caller) error {
	rev, err := a.Directory.RemoveFromTenant(r.Context(), c.env.ID, c.key.Actor(), ident(r, "tenant"), ident(r, "user"))
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

type inviteCreate struct {
	Key      string `json:"key" api:"required"`
	Email    string `json:"email" api:"required"`
	RoleID   string `json:"role_id" api:"required"`
	TenantID string `json:"tenant_id" api:"required"`
	inviteOptions
}

// inviteOptions are what an invite may be without; to Permit they are required.
type inviteOptions struct {
	Status             *string `json:"status"`
	FirstName          *string `json:"first_name" api:"nullable"`
	LastName           *string `json:"last_name" api:"nullable"`
	ResourceInstanceID *string `json:"resource_instance_id" api:"nullable"`
}

type inviteUpdate struct {
	Key      *string `json:"key"`
	Email    *string `json:"email"`
	RoleID   *string `json:"role_id"`
	TenantID *string `json:"tenant_id"`
	inviteOptions
}

type inviteApprove struct {
	Email      string           `json:"email" api:"required"`
	Key        string           `json:"key" api:"required"`
	Attributes authz.Attributes `json:"attributes" api:"required"`
}

type inviteRead struct {
	ID authz.ID `json:"id"`
	belonging
	CreatedAt          timestamp     `json:"created_at"`
	UpdatedAt          timestamp     `json:"updated_at"`
	Key                authz.UserKey `json:"key"`
	Status             string        `json:"status"`
	Email              string        `json:"email"`
	FirstName          string        `json:"first_name"`
	LastName           string        `json:"last_name"`
	RoleID             authz.ID      `json:"role_id"`
	TenantID           authz.ID      `json:"tenant_id"`
	ResourceInstanceID *authz.ID     `json:"resource_instance_id"`
}

func statusOf(i authz.Invite) string {
	if i.Approved {
		return "approved"
	}
	return pending
}

func (a *API) createInvite(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[inviteCreate](w, r)
	if err != nil {
		return err
	}
	if body.Email == "" {
		return bodyFault(httpapi.CodeValue, "value is not a valid email address", "email")
	}
	if err := body.onlyStatus(pending); err != nil {
		return err
	}
	n, rev, err := a.Directory.CreateInvite(r.Context(), c.env.ID, c.key.Actor(), authz.UserKey(body.Key), directory.InviteInput{
		Email: &body.Email, FirstName: body.FirstName, LastName: body.LastName,
		Role: identOf(&body.RoleID), Tenant: identOf(&body.TenantID), Instance: identOf(body.ResourceInstanceID),
	})
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readInvite(c.env, n))
}

func (a *API) updateInvite(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[inviteUpdate](w, r)
	if err != nil {
		return err
	}
	if body.Email != nil && *body.Email == "" {
		return bodyFault(httpapi.CodeValue, "value is not a valid email address", "email")
	}
	was, err := a.Directory.Invite(r.Context(), c.env.ID, ident(r, "invite"))
	if err != nil {
		return err
	}
	if body.Key != nil && authz.UserKey(*body.Key) != was.Key {
		return bodyFault(httpapi.CodeValue, "the key of an invite does not change", "key")
	}
	if err := body.onlyStatus(statusOf(was.Invite)); err != nil {
		return err
	}
	n, rev, err := a.Directory.UpdateInvite(r.Context(), c.env.ID, c.key.Actor(), ident(r, "invite"), directory.InviteInput{
		Email: body.Email, FirstName: body.FirstName, LastName: body.LastName,
		Role: identOf(body.RoleID), Tenant: identOf(body.TenantID), Instance: identOf(body.ResourceInstanceID),
	})
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readInvite(c.env, n))
}

// onlyStatus refuses another status than is: to approve is a call of its own, which
// makes the user.
func (b inviteOptions) onlyStatus(is string) error {
	switch {
	case b.Status == nil || *b.Status == is:
		return nil
	case *b.Status != pending && *b.Status != "approved":
		return bodyFault(httpapi.CodeChoice, "must be one of: pending, approved", "status")
	}
	return bodyFault(httpapi.CodeValue, "the status of an invite changes by its call approve only", "status")
}

func identOf(text *string) *authz.Ident {
	if text == nil {
		return nil
	}
	id := authz.Ident(*text)
	return &id
}

func (a *API) deleteInvite(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "invite"), a.Directory.DeleteInvite)
}

func (a *API) approveInvite(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[inviteApprove](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.ApproveInvite(r.Context(), c.env.ID, c.key.Actor(), ident(r, "invite"), directory.Approval{
		Key: authz.UserKey(body.Key), Email: body.Email, Attributes: body.Attributes,
	})
	if err != nil {
		return err
	}
	return a.wroteUser(w, r, c, http.StatusOK, rev, authz.Ident(body.Key))
}

func (a *API) readInvite(w http.ResponseWriter, r *http.Request, c caller) error {
	n, err := a.Directory.Invite(r.Context(), c.env.ID, ident(r, "invite"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readInvite(c.env, n))
}

func (a *API) listUserInvites(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	query := directory.InviteQuery{Role: authz.Ident(q.Text("role")), Tenant: authz.Ident(q.Text("tenant")), Search: q.Text("search")}
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	if err := unfiltered(q); err != nil {
		return err
	}
	list, total, err := a.Directory.Invites(r.Context(), c.env.ID, query, rowsOf(page))
	if err != nil {
		return err
	}
	rows := each(list, func(n directory.NamedInvite) inviteRead { return readInvite(c.env, n) })
	return httpapi.Write(w, http.StatusOK, paginate(rows, total, page))
}

func readInvite(e authz.Environment, n directory.NamedInvite) inviteRead {
	return inviteRead{
		ID: n.ID, belonging: belongs(e), CreatedAt: timestamp(n.CreatedAt), UpdatedAt: timestamp(n.UpdatedAt),
		Key: n.Key, Status: statusOf(n.Invite), Email: n.Email, FirstName: n.FirstName, LastName: n.LastName,
		RoleID: n.RoleID, TenantID: n.TenantID, ResourceInstanceID: orNull(n.InstanceID),
	}
}
