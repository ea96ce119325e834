package permit

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type userCreate struct {
	Key string `json:"key" api:"required"`
	userFields
}

// userReplace is the body of PUT: the key stands in the path already.
type userReplace struct {
	Key *string `json:"key"`
	userFields
}

type userFields struct {
	Email           *string           `json:"email" api:"nullable"`
	FirstName       *string           `json:"first_name" api:"nullable"`
	LastName        *string           `json:"last_name" api:"nullable"`
	Attributes      *authz.Attributes `json:"attributes" api:"nullable"`
	RoleAssignments []userRoleCreate  `json:"role_assignments" api:"nullable"`
}

type userUpdate struct {
	Email      httpapi.Opt[string]           `json:"email" api:"nullable"`
	FirstName  httpapi.Opt[string]           `json:"first_name" api:"nullable"`
	LastName   httpapi.Opt[string]           `json:"last_name" api:"nullable"`
	Attributes httpapi.Opt[authz.Attributes] `json:"attributes" api:"nullable"`
}

type userRead struct {
	Key authz.UserKey `json:"key"`
	ID  authz.ID      `json:"id"`
	belonging
	AssociatedTenants []userInTenant   `json:"associated_tenants"`
	Roles             []userRole       `json:"roles"`
	CreatedAt         timestamp        `json:"created_at"`
	UpdatedAt         timestamp        `json:"updated_at"`
	Email             *string          `json:"email"`
	FirstName         *string          `json:"first_name"`
	LastName          *string          `json:"last_name"`
	Attributes        authz.Attributes `json:"attributes"`
}

type userInTenant struct {
	Tenant                authz.TenantKey  `json:"tenant"`
	Roles                 []authz.RoleKey  `json:"roles"`
	Status                string           `json:"status"`
	ResourceInstanceRoles []userOnInstance `json:"resource_instance_roles"` // empty unless asked for
}

// What a user is in a tenant: it holds something there or belongs to it, or is
// only invited.
const (
	active  = "active"
	pending = "pending"
)

type userOnInstance struct {
	Instance string            `json:"resource_instance"`
	Resource authz.ResourceKey `json:"resource"`
	Role     authz.RoleKey     `json:"role"`
}

type userRole struct {
	Role   authz.RoleKey   `json:"role"`
	Tenant authz.TenantKey `json:"tenant"`
}

// input is what the body says; path is where it stands.
func (b userFields) input(path ...string) (directory.UserInput, error) {
	in := directory.UserInput{Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Attributes: b.Attributes}
	for i, role := range b.RoleAssignments {
		given, err := role.input(append(slices.Clone(path), "role_assignments", strconv.Itoa(i))...)
		if err != nil {
			return in, err
		}
		in.Roles = append(in.Roles, given)
	}
	return in, nil
}

func (a *API) createUser(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[userCreate](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	rev, err := a.Directory.CreateUser(r.Context(), c.env.ID, c.key.Actor(), authz.UserKey(body.Key), in)
	if err != nil {
		return err
	}
	return a.wroteUser(w, r, c, http.StatusOK, rev, authz.Ident(body.Key))
}

func (a *API) syncUser(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[userReplace](w, r)
	if err != nil {
		return err
	}
	id := ident(r, "user")
	if body.Key != nil && *body.Key != string(id) {
		if err := a.sameUser(r.Context(), c, id, authz.UserKey(*body.Key)); err != nil {
			return err
		}
		id = authz.Ident(*body.Key)
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	created, rev, err := a.Directory.SyncUser(r.Context(), c.env.ID, c.key.Actor(), id, in)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return a.wroteUser(w, r, c, status, rev, id)
}

// sameUser refuses a body whose key is not the key of the user in the path.
func (a *API) sameUser(ctx context.Context, c caller, id authz.Ident, key authz.UserKey) error {
	h, err := a.Directory.User(ctx, c.env.ID, id)
	if err != nil && authz.KindOf(err) != authz.NotFound {
		return err
	}
	if err != nil || h.User.Key != key {
		return bodyFault(httpapi.CodeValue, "the key in the body is not the key in the path", "key")
	}
	return nil
}

func (a *API) updateUser(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[userUpdate](w, r)
	if err != nil {
		return err
	}
	id := ident(r, "user")
	rev, err := a.Directory.UpdateUser(r.Context(), c.env.ID, c.key.Actor(), id, directory.UserInput{
		Email:      body.Email.Ptr(),
		FirstName:  body.FirstName.Ptr(),
		LastName:   body.LastName.Ptr(),
		Attributes: body.Attributes.Ptr(),
	})
	if err != nil {
		return err
	}
	return a.wroteUser(w, r, c, http.StatusOK, rev, id)
}

func (a *API) deleteUser(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "user"), a.Directory.DeleteUser)
}

func (a *API) readUser(w http.ResponseWriter, r *http.Request, c caller) error {
	h, err := a.Directory.User(r.Context(), c.env.ID, ident(r, "user"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readUser(c.env, h, false))
}

func (a *API) listUsers(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.writeUsers(w, r, c, "")
}

func (a *API) listTenantUsers(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := a.Directory.Tenant(r.Context(), c.env.ID, ident(r, "tenant"))
	if err != nil {
		return err
	}
	return a.writeUsers(w, r, c, t.Key)
}

// writeUsers answers with the users the query selects: of all, or of those who
// belong to tenant or hold a role there, and then with what they hold there only.
func (a *API) writeUsers(w http.ResponseWriter, r *http.Request, c caller, tenant authz.TenantKey) error {
	q := httpapi.QueryOf(r)
	f := directory.UserFilter{
		Search: q.Text("search"),
		Match:  matches[q.Choice("search_operator", "contains", "startswith", "endswith")],
		Tenant: tenant,
	}
	role, page := q.Text("role"), q.Page(most)
	onInstances := q.Bool("include_resource_instance_roles")
	if err := q.Err(); err != nil {
		return err
	}
	none := false
	switch {
	case role != "":
		known, err := a.Directory.Role(r.Context(), c.env.ID, authz.Ident(role))
		if none = authz.KindOf(err) == authz.NotFound && err != nil; err != nil && !none {
			return err
		}
		f.Role = known.Key
	case q.Has("role"):
		f.Roleless = true
	}
	if none {
		return httpapi.Write(w, http.StatusOK, paginate([]userRead{}, 0, page))
	}
	users, total, err := a.Directory.Users(r.Context(), c.env.ID, f, rowsOf(page))
	if err != nil {
		return err
	}
	rows := each(users, func(h directory.Held) userRead {
		if tenant != "" {
			h.Assignments = slices.DeleteFunc(h.Assignments, func(a authz.Assignment) bool { return a.Tenant != tenant })
			h.Memberships = slices.DeleteFunc(h.Memberships, func(m authz.Membership) bool { return m.Tenant != tenant })
			h.Invited = slices.DeleteFunc(h.Invited, func(t authz.TenantKey) bool { return t != tenant })
		}
		return readUser(c.env, h, onInstances)
	})
	return httpapi.Write(w, http.StatusOK, paginate(rows, total, page))
}

var matches = map[string]directory.Match{
	"contains": directory.Contains, "startswith": directory.StartsWith, "endswith": directory.EndsWith,
}

// wroteUser answers a write with the user as it is now.
func (a *API) wroteUser(w http.ResponseWriter, r *http.Request, c caller, status int, rev authz.Revision, id authz.Ident) error {
	h, err := a.Directory.User(r.Context(), c.env.ID, id)
	if err != nil {
		return err
	}
	return wrote(w, status, rev, readUser(c.env, h, false))
}

// readUser shows what the user holds on instances if onInstances.
func readUser(e authz.Environment, h directory.Held, onInstances bool) userRead {
	u := userRead{
		Key: h.User.Key, ID: h.User.ID, belonging: belongs(e),
		AssociatedTenants: []userInTenant{}, Roles: []userRole{},
		CreatedAt: timestamp(h.User.CreatedAt), UpdatedAt: timestamp(h.User.UpdatedAt),
		Email: orNull(h.User.Email), FirstName: orNull(h.User.FirstName), LastName: orNull(h.User.LastName),
		Attributes: h.User.Attributes,
	}
	if u.Attributes == nil {
		u.Attributes = authz.Attributes{}
	}
	at := map[authz.TenantKey]int{}
	in := func(t authz.TenantKey, status string) int {
		i, there := at[t]
		if !there {
			i = len(u.AssociatedTenants)
			at[t] = i
			u.AssociatedTenants = append(u.AssociatedTenants, userInTenant{Tenant: t, Status: status, Roles: []authz.RoleKey{}, ResourceInstanceRoles: []userOnInstance{}})
		}
		return i
	}
	for _, a := range h.Assignments {
		i := in(a.Tenant, active)
		if a.Instance != (authz.Node{}) {
			if onInstances {
				u.AssociatedTenants[i].ResourceInstanceRoles = append(u.AssociatedTenants[i].ResourceInstanceRoles,
					userOnInstance{Instance: a.Instance.String(), Resource: a.Instance.Type, Role: a.Role})
			}
			continue
		}
		u.AssociatedTenants[i].Roles = append(u.AssociatedTenants[i].Roles, a.Role)
		u.Roles = append(u.Roles, userRole{Role: a.Role, Tenant: a.Tenant})
	}
	for _, m := range h.Memberships {
		in(m.Tenant, active)
	}
	for _, t := range h.Invited {
		in(t, pending)
	}
	return u
}
