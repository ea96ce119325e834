package permit

import (
	"context"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// roleList is how ancestors and descendants of a role are answered.
type roleList[T any] struct {
	Roles []T `json:"roles"`
}

func (a *API) mountInheritance(in func(pattern string, h handler)) {
	in("PUT"+schema+"/roles/{role}/parents/{parent}", a.addRoleParent)
	in("DELETE"+schema+"/roles/{role}/parents/{parent}", a.removeRoleParent)
	in("GET"+schema+"/roles/{role}/ancestors", a.listRoleAncestors)
	in("GET"+schema+"/roles/{role}/descendants", a.listRoleDescendants)
	in("GET"+schema+"/resources/{resource}/roles/{role}/ancestors", a.listResourceRoleAncestors)
	in("GET"+schema+"/resources/{resource}/roles/{role}/descendants", a.listResourceRoleDescendants)
	in("GET"+schema+"/condition_sets/{set}/ancestors", a.listSetAncestors)
	in("GET"+schema+"/condition_sets/{set}/descendants", a.listSetDescendants)
	in("GET"+schema+"/condition_sets/{set}/possible_parents", a.listPossibleParents)
}

func (a *API) addRoleParent(w http.ResponseWriter, r *http.Request, c caller) error {
	role, rev, err := a.Directory.AddRoleParent(r.Context(), c.env.ID, c.key.Actor(), ident(r, "role"), ident(r, "parent"))
	return wroteRole(w, c, role, rev, err)
}

func (a *API) removeRoleParent(w http.ResponseWriter, r *http.Request, c caller) error {
	role, rev, err := a.Directory.RemoveRoleParent(r.Context(), c.env.ID, c.key.Actor(), ident(r, "role"), ident(r, "parent"))
	return wroteRole(w, c, role, rev, err)
}

func wroteRole(w http.ResponseWriter, c caller, role authz.Role, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readRole(c.env, role))
}

func (a *API) listRoleAncestors(w http.ResponseWriter, r *http.Request, c caller) error {
	return listKin(w, r, c, a.Directory.RoleAncestors)
}

func (a *API) listRoleDescendants(w http.ResponseWriter, r *http.Request, c caller) error {
	return listKin(w, r, c, a.Directory.RoleDescendants)
}

func listKin(w http.ResponseWriter, r *http.Request, c caller, kin func(context.Context, authz.EnvID, authz.Ident) ([]authz.Role, error)) error {
	list, err := kin(r.Context(), c.env.ID, ident(r, "role"))
	if err != nil {
		return err
	}
	rows := each(list, func(role authz.Role) roleRead { return readRole(c.env, role) })
	return httpapi.Write(w, http.StatusOK, roleList[roleRead]{rows})
}

func (a *API) listResourceRoleAncestors(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.listResourceRoleKin(w, r, c, directory.ResourceRoleAncestors)
}

func (a *API) listResourceRoleDescendants(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.listResourceRoleKin(w, r, c, directory.ResourceRoleDescendants)
}

func (a *API) listResourceRoleKin(w http.ResponseWriter, r *http.Request, c caller, kin func(authz.Resource, authz.RoleKey) []authz.ResourceRole) error {
	res, types, err := a.resourceOf(r, c)
	if err != nil {
		return err
	}
	role, err := directory.ResourceRoleOf(res, ident(r, "role"))
	if err != nil {
		return err
	}
	rows := each(kin(res, role.Key), func(x authz.ResourceRole) resourceRoleRead { return types.role(c.env, res, x) })
	return httpapi.Write(w, http.StatusOK, roleList[resourceRoleRead]{rows})
}

func (a *API) listSetAncestors(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.listSetKin(w, r, c, a.Directory.SetAncestors)
}

func (a *API) listSetDescendants(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.listSetKin(w, r, c, a.Directory.SetDescendants)
}

func (a *API) listSetKin(w http.ResponseWriter, r *http.Request, c caller, kin func(context.Context, authz.EnvID, authz.Ident) ([]authz.ConditionSet, error)) error {
	page, err := onlyPage(r)
	if err != nil {
		return err
	}
	list, err := kin(r.Context(), c.env.ID, ident(r, "set"))
	if err != nil {
		return err
	}
	return a.writeSets(w, r, c, each(page.of(len(list)), func(i int) authz.ConditionSet { return list[i] }))
}

// listPossibleParents is not paged, as Permit's is not.
func (a *API) listPossibleParents(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := a.Directory.PossibleParents(r.Context(), c.env.ID, ident(r, "set"))
	if err != nil {
		return err
	}
	return a.writeSets(w, r, c, list)
}

func (a *API) writeSets(w http.ResponseWriter, r *http.Request, c caller, list []authz.ConditionSet) error {
	types, err := a.types(r, c, each(list, func(s authz.ConditionSet) authz.ResourceKey { return s.Resource })...)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, each(list, func(s authz.ConditionSet) setRead { return types.set(c.env, s) }))
}
