package permit

import (
	"context"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type groupCreate struct {
	Type   *string `json:"group_resource_type_key" api:"nullable"`
	Key    string  `json:"group_instance_key" api:"required"`
	Tenant string  `json:"group_tenant" api:"required"`
}

type groupUser struct {
	Tenant string `json:"tenant" api:"required"`
}

type groupRole struct {
	Role     string  `json:"role" api:"required"`
	Resource string  `json:"resource" api:"required"`
	Instance string  `json:"resource_instance" api:"required"`
	Tenant   *string `json:"tenant" api:"nullable"`
}

type groupInGroup struct {
	Key string `json:"group_instance_key" api:"required"`
}

// groupNamed are the fields that every reading of a group begins with.
type groupNamed struct {
	Type   authz.ResourceKey `json:"group_resource_type_key"`
	Key    string            `json:"group_instance_key"`
	Tenant authz.TenantKey   `json:"group_tenant"`
}

// groupRead is a group whole.
type groupRead struct {
	groupNamed
	Roles []string   `json:"assigned_roles"` // type:key#role
	Users []authz.ID `json:"users"`
}

// groupRow is a group in a list.
type groupRow struct {
	groupNamed
	ID authz.ID `json:"id"`
}

type groupRoleRead struct {
	Key      authz.RoleKey `json:"key"`
	Instance groupRolePart `json:"resource_instance"`
	Resource groupRolePart `json:"resource"`
}

type groupRolePart struct {
	ID  authz.ID `json:"id"`
	Key string   `json:"key"`
}

type groupUserRead struct {
	Key authz.UserKey `json:"key"`
	ID  authz.ID      `json:"id"`
}

func (a *API) mountGroups(in func(pattern string, h handler)) {
	in("GET"+schema+"/groups", a.listWholeGroups)
	in("POST"+schema+"/groups", a.createGroup)
	in("GET"+schema+"/groups/direct", a.listGroups)
	in("GET"+schema+"/groups/{group}", a.readGroup)
	in("DELETE"+schema+"/groups/{group}", a.deleteGroup)
	in("PUT"+schema+"/groups/{group}/users/{user}", a.addToGroup)
	in("DELETE"+schema+"/groups/{group}/users/{user}", a.removeFromGroup)
	in("POST"+schema+"/groups/{group}/roles", a.giveGroupRole)
	in("DELETE"+schema+"/groups/{group}/roles", a.takeGroupRole)
	in("PUT"+schema+"/groups/{group}/assign_group", a.putGroupInGroup)
	in("DELETE"+schema+"/groups/{group}/assign_group", a.takeGroupFromGroup)
	ofGroups := "GET" + schema + "/groups/{group}/{part}"
	in(ofGroups, a.readOfGroup)
}

// readOfGroup reads groups/direct/{group} and what belongs to a group: ServeMux
// takes neither path for the more specific. The group named users is one of the
// former, as in Permit's order of routes.
func (a *API) readOfGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	part := r.PathValue("part")
	if r.PathValue("group") == "direct" {
		r.SetPathValue("group", part)
		return a.readGroupRow(w, r, c)
	}
	read, ok := map[string]handler{
		"users": a.listGroupUsers, "roles": a.listGroupRoles, "children": a.listGroupChildren, "parents": a.listGroupParents,
	}[part]
	if !ok {
		return notOffered(w, r, c.key)
	}
	return read(w, r, c)
}

func nameGroup(i authz.Instance) groupNamed {
	return groupNamed{Type: i.Node.Type, Key: i.Node.Key, Tenant: i.Tenant}
}

func readGroupRow(i authz.Instance) groupRow { return groupRow{nameGroup(i), i.ID} }

// readWholeGroup shows membership of the group itself among its roles, as Permit does.
func readWholeGroup(g directory.Group) groupRead {
	out := groupRead{groupNamed: nameGroup(g.Instance), Users: each(g.Users, func(id authz.ID) authz.ID { return id })}
	out.Roles = []string{g.Node.String() + "#member"}
	for _, r := range g.Roles {
		out.Roles = append(out.Roles, r.On.String()+"#"+string(r.Role))
	}
	return out
}

func (b groupRole) input() directory.GroupRoleInput {
	return directory.GroupRoleInput{
		Role: authz.Ident(b.Role), Resource: authz.Ident(b.Resource), Instance: authz.Ident(b.Instance), Tenant: authz.Ident(orEmpty(b.Tenant)),
	}
}

func (a *API) createGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[groupCreate](w, r)
	if err != nil {
		return err
	}
	in := directory.GroupInput{Key: body.Key, Type: authz.Ident(orEmpty(body.Type)), Tenant: authz.Ident(body.Tenant)}
	i, rev, err := a.Directory.CreateGroup(r.Context(), c.env.ID, c.key.Actor(), in)
	return a.wroteGroup(w, r, c, authz.Ident(i.Node.String()), rev, err)
}

// wroteGroup answers a write with the group as it stands after it.
func (a *API) wroteGroup(w http.ResponseWriter, r *http.Request, c caller, id authz.Ident, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	g, err := a.Directory.Group(r.Context(), c.env.ID, id)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readWholeGroup(g))
}

func ungrouped(w http.ResponseWriter, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

func (a *API) deleteGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "group"), a.Directory.DeleteGroup)
}

func (a *API) addToGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[groupUser](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.AddToGroup(r.Context(), c.env.ID, c.key.Actor(), ident(r, "group"), ident(r, "user"), authz.Ident(body.Tenant))
	return a.wroteGroup(w, r, c, ident(r, "group"), rev, err)
}

func (a *API) removeFromGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[groupUser](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.RemoveFromGroup(r.Context(), c.env.ID, c.key.Actor(), ident(r, "group"), ident(r, "user"), authz.Ident(body.Tenant))
	return ungrouped(w, rev, err)
}

func (a *API) giveGroupRole(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[groupRole](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.GiveGroupRole(r.Context(), c.env.ID, c.key.Actor(), ident(r, "group"), body.input())
	return a.wroteGroup(w, r, c, ident(r, "group"), rev, err)
}

func (a *API) takeGroupRole(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[groupRole](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.TakeGroupRole(r.Context(), c.env.ID, c.key.Actor(), ident(r, "group"), body.input())
	return ungrouped(w, rev, err)
}

func (a *API) putGroupInGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[groupInGroup](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.PutGroupInGroup(r.Context(), c.env.ID, c.key.Actor(), ident(r, "group"), authz.Ident(body.Key))
	return a.wroteGroup(w, r, c, ident(r, "group"), rev, err)
}

func (a *API) takeGroupFromGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[groupInGroup](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.TakeGroupFromGroup(r.Context(), c.env.ID, c.key.Actor(), ident(r, "group"), authz.Ident(body.Key))
	return ungrouped(w, rev, err)
}

func (a *API) readGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	g, err := a.Directory.Group(r.Context(), c.env.ID, ident(r, "group"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readWholeGroup(g))
}

func (a *API) readGroupRow(w http.ResponseWriter, r *http.Request, c caller) error {
	i, err := a.Directory.GroupInstance(r.Context(), c.env.ID, ident(r, "group"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readGroupRow(i))
}

// groupsOf lists the groups that the query selects.
func (a *API) groupsOf(r *http.Request, c caller) (list []authz.Instance, total int, page httpapi.Page, err error) {
	q := httpapi.QueryOf(r)
	f := directory.GroupQuery{Tenant: authz.Ident(q.Text("tenant")), Resource: authz.Ident(q.Text("resource")), Search: q.Text("search")}
	page = q.Page(most)
	q.Bool("include_total_count") // the list that has it does not change its shape
	if err := q.Err(); err != nil {
		return nil, 0, page, err
	}
	if err := unfiltered(q); err != nil {
		return nil, 0, page, err
	}
	list, total, err = a.Directory.Groups(r.Context(), c.env.ID, f, rowsOf(page))
	return list, total, page, err
}

func (a *API) listGroups(w http.ResponseWriter, r *http.Request, c caller) error {
	list, total, page, err := a.groupsOf(r, c)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, paginate(each(list, readGroupRow), total, page))
}

// listWholeGroups is the list that Permit advises against. A group that goes
// meanwhile is left out.
func (a *API) listWholeGroups(w http.ResponseWriter, r *http.Request, c caller) error {
	list, _, _, err := a.groupsOf(r, c)
	if err != nil {
		return err
	}
	rows := []groupRead{}
	for _, i := range list {
		g, err := a.Directory.Group(r.Context(), c.env.ID, authz.Ident(i.Node.String()))
		if err != nil && authz.KindOf(err) != authz.NotFound {
			return err
		}
		if err == nil {
			rows = append(rows, readWholeGroup(g))
		}
	}
	return httpapi.Write(w, http.StatusOK, rows)
}

func (a *API) listGroupUsers(w http.ResponseWriter, r *http.Request, c caller) error {
	return listOfGroup(w, r, c, a.Directory.GroupUsers, func(u authz.User) groupUserRead { return groupUserRead{u.Key, u.ID} })
}

func (a *API) listGroupRoles(w http.ResponseWriter, r *http.Request, c caller) error {
	return listOfGroup(w, r, c, a.Directory.GroupRoles, func(x directory.GroupRole) groupRoleRead {
		return groupRoleRead{Key: x.Role, Instance: groupRolePart{x.InstanceID, x.On.Key}, Resource: groupRolePart{x.ResourceID, string(x.On.Type)}}
	})
}

func (a *API) listGroupChildren(w http.ResponseWriter, r *http.Request, c caller) error {
	return listOfGroup(w, r, c, a.Directory.GroupChildren, readGroupRow)
}

func (a *API) listGroupParents(w http.ResponseWriter, r *http.Request, c caller) error {
	return listOfGroup(w, r, c, a.Directory.GroupParents, readGroupRow)
}

// listOfGroup answers a page of what belongs to a group.
func listOfGroup[T, R any](w http.ResponseWriter, r *http.Request, c caller,
	list func(context.Context, authz.EnvID, authz.Ident, directory.Page) ([]T, int, error), read func(T) R,
) error {
	page, err := onlyPage(r)
	if err != nil {
		return err
	}
	rows, total, err := list(r.Context(), c.env.ID, ident(r, "group"), rowsOf(page.Page))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, paginate(each(rows, read), total, page.Page))
}
