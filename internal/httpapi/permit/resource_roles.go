package permit

import (
	"context"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// resourceRoleCreate is the body of a role of a resource; inside a resource the
// key stands outside.
type resourceRoleCreate struct {
	Key string `json:"key" api:"required"`
	roleInResource
}

type roleInResource struct {
	Name         string            `json:"name" api:"required"`
	Description  *string           `json:"description" api:"nullable"`
	Permissions  *[]string         `json:"permissions" api:"nullable"`
	Attributes   *authz.Attributes `json:"attributes" api:"nullable"`
	Extends      *[]string         `json:"extends" api:"nullable"`
	GrantedTo    *grantedToEdit    `json:"granted_to" api:"nullable"`
	V1Settings   any               `json:"v1compat_settings" api:"nullable"`
	V1Attributes any               `json:"v1compat_attributes" api:"nullable"`
}

type resourceRoleUpdate struct {
	Name        httpapi.Opt[string]           `json:"name" api:"nullable"`
	Description httpapi.Opt[string]           `json:"description" api:"nullable"`
	Permissions *[]string                     `json:"permissions" api:"nullable"`
	Attributes  httpapi.Opt[authz.Attributes] `json:"attributes" api:"nullable"`
	Extends     *[]string                     `json:"extends" api:"nullable"`
	GrantedTo   *grantedToEdit                `json:"granted_to" api:"nullable"`
}

type grantedToEdit struct {
	When          *derivationSettings `json:"when" api:"nullable"`
	UsersWithRole *[]derivationEdit   `json:"users_with_role" api:"nullable"`
}

// derivationEdit creates a derivation, and names one to delete.
type derivationEdit struct {
	Role     string              `json:"role" api:"required"`
	On       string              `json:"on_resource" api:"required"`
	Relation string              `json:"linked_by_relation" api:"required"`
	When     *derivationSettings `json:"when" api:"nullable"`
}

type derivationSettings struct {
	NoDirectRoles bool `json:"no_direct_roles_on_object"`
}

type resourceRoleRead struct {
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	Permissions []authz.ActionKey `json:"permissions"`
	Attributes  *authz.Attributes `json:"attributes"`
	Extends     []authz.RoleKey   `json:"extends"`
	GrantedTo   grantedToRead     `json:"granted_to"`
	Key         authz.RoleKey     `json:"key"`
	ID          authz.ID          `json:"id"`
	belonging
	ResourceID authz.ID          `json:"resource_id"`
	Resource   authz.ResourceKey `json:"resource"`
	CreatedAt  timestamp         `json:"created_at"`
	UpdatedAt  timestamp         `json:"updated_at"`
}

type grantedToRead struct {
	ID            authz.ID           `json:"id"` // of the role: it has one such block
	UsersWithRole []derivationRead   `json:"users_with_role"`
	When          derivationSettings `json:"when"`
}

type derivationRead struct {
	RoleID     authz.ID           `json:"role_id"`
	ResourceID authz.ID           `json:"resource_id"`
	RelationID authz.ID           `json:"relation_id"`
	Role       authz.RoleKey      `json:"role"`
	On         authz.ResourceKey  `json:"on_resource"`
	Relation   authz.RelationKey  `json:"linked_by_relation"`
	When       derivationSettings `json:"when"`
}

func (b derivationEdit) input() directory.DerivationInput {
	in := directory.DerivationInput{Role: authz.Ident(b.Role), On: authz.Ident(b.On), Through: authz.Ident(b.Relation)}
	if b.When != nil {
		in.NoDirectRoles = b.When.NoDirectRoles
	}
	return in
}

// over reads granted_to into in; what is absent or null is kept.
func (b *grantedToEdit) over(in *directory.ResourceRoleInput) {
	if b == nil {
		return
	}
	if b.When != nil {
		in.NoDirectRoles = &b.When.NoDirectRoles
	}
	if b.UsersWithRole != nil {
		list := each(*b.UsersWithRole, derivationEdit.input)
		in.Derivations = &list
	}
}

func (b roleInResource) input(key string) (in directory.ResourceRoleInput, err error) {
	if err := offered(field{"v1compat_settings", b.V1Settings}, field{"v1compat_attributes", b.V1Attributes}); err != nil {
		return in, err
	}
	in = directory.ResourceRoleInput{Key: authz.RoleKey(key), Name: &b.Name, Description: b.Description, Attributes: b.Attributes}
	in.Permissions, in.Extends, err = rules(b.Permissions, b.Extends, readResourcePermissions)
	b.GrantedTo.over(&in)
	return in, err
}

func (b resourceRoleUpdate) input() (in directory.ResourceRoleInput, err error) {
	in = directory.ResourceRoleInput{Name: b.Name.Set(), Description: b.Description.Ptr(), Attributes: b.Attributes.Ptr()}
	in.Permissions, in.Extends, err = rules(b.Permissions, b.Extends, readResourcePermissions)
	b.GrantedTo.over(&in)
	return in, err
}

// readResourcePermissions reads texts such as read or document:read: the resource
// of a role of a resource may be left out.
func readResourcePermissions(texts []string) ([]authz.Permission, error) {
	var out []authz.Permission
	for _, text := range texts {
		if text != "" && !strings.Contains(text, ":") {
			out = append(out, authz.Permission{Action: authz.ActionKey(text)})
			continue
		}
		one, err := readPermissions([]string{text})
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

func (a *API) createResourceRole(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[resourceRoleCreate](w, r)
	if err != nil {
		return err
	}
	in, err := body.input(body.Key)
	if err != nil {
		return err
	}
	res, rev, err := a.Directory.CreateResourceRole(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), in)
	return a.wroteResourceRole(w, r, c, res, authz.Ident(body.Key), rev, partFault(err, "roles", body.Key))
}

func (a *API) updateResourceRole(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[resourceRoleUpdate](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	res, rev, err := a.Directory.UpdateResourceRole(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "role"), in)
	return a.wroteResourceRole(w, r, c, res, ident(r, "role"), rev, partFault(err, "roles", r.PathValue("role")))
}

func (a *API) deleteResourceRole(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deletedPart(w, r, c, "role", a.Directory.DeleteResourceRole)
}

func (a *API) addResourcePermissions(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.changeResourcePermissions(w, r, c, a.Directory.AddResourcePermissions)
}

func (a *API) removeResourcePermissions(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.changeResourcePermissions(w, r, c, a.Directory.RemoveResourcePermissions)
}

func (a *API) changeResourcePermissions(w http.ResponseWriter, r *http.Request, c caller, change func(context.Context, authz.EnvID, string, authz.Ident, authz.Ident, []authz.Permission) (authz.Resource, authz.Revision, error)) error {
	body, err := httpapi.Read[rolePermissions](w, r)
	if err != nil {
		return err
	}
	list, err := readResourcePermissions(body.Permissions)
	if err != nil {
		return err
	}
	res, rev, err := change(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "role"), list)
	return a.wroteResourceRole(w, r, c, res, ident(r, "role"), rev, err)
}

func (a *API) addParent(w http.ResponseWriter, r *http.Request, c caller) error {
	res, rev, err := a.Directory.AddParent(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "role"), ident(r, "parent"))
	return a.wroteResourceRole(w, r, c, res, ident(r, "role"), rev, err)
}

func (a *API) removeParent(w http.ResponseWriter, r *http.Request, c caller) error {
	res, rev, err := a.Directory.RemoveParent(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "role"), ident(r, "parent"))
	return a.wroteResourceRole(w, r, c, res, ident(r, "role"), rev, err)
}

// derive answers with the derivation, by the names and ids it has now.
func (a *API) derive(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[derivationEdit](w, r)
	if err != nil {
		return err
	}
	res, made, rev, err := a.Directory.Derive(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "role"), body.input())
	if err != nil {
		return err
	}
	types, err := a.types(r, c, res.Key)
	if err != nil {
		return err
	}
	rows := types.derivations(res, []authz.Derivation{made})
	if len(rows) == 0 {
		return authz.Errorf(authz.Conflict, "the derivation was deleted at the same time")
	}
	return wrote(w, http.StatusOK, rev, rows[0])
}

func (a *API) underive(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[derivationEdit](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.Underive(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "role"), body.input())
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

// settleDerivations answers PUT, and POST, which Permit's Java client sends.
func (a *API) settleDerivations(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[derivationSettings](w, r)
	if err != nil {
		return err
	}
	in := directory.ResourceRoleInput{NoDirectRoles: &body.NoDirectRoles}
	_, rev, err := a.Directory.UpdateResourceRole(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "role"), in)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, body)
}

func (a *API) readResourceRole(w http.ResponseWriter, r *http.Request, c caller) error {
	res, types, err := a.resourceOf(r, c)
	if err != nil {
		return err
	}
	role, err := directory.ResourceRoleOf(res, ident(r, "role"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, types.role(c.env, res, role))
}

func (a *API) listResourceRoles(w http.ResponseWriter, r *http.Request, c caller) error {
	page, err := onlyPage(r)
	if err != nil {
		return err
	}
	res, types, err := a.resourceOf(r, c)
	if err != nil {
		return err
	}
	rows := each(page.of(len(res.Roles)), func(i int) resourceRoleRead { return types.role(c.env, res, res.Roles[i]) })
	return httpapi.Write(w, http.StatusOK, rows)
}

// wroteResourceRole answers a write with a role of res.
func (a *API) wroteResourceRole(w http.ResponseWriter, r *http.Request, c caller, res authz.Resource, id authz.Ident, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	role, err := directory.ResourceRoleOf(res, id)
	if err != nil {
		return err
	}
	types, err := a.types(r, c, res.Key)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, types.role(c.env, res, role))
}

// types are resources by key, for the ids of what a resource names.
type types map[authz.ResourceKey]authz.Resource

// types are the resources of the keys and those that they name.
func (a *API) types(r *http.Request, c caller, keys ...authz.ResourceKey) (types, error) {
	list, err := a.Directory.Types(r.Context(), c.env.ID, keys...)
	t := types{}
	for _, res := range list {
		t[res.Key] = res
	}
	return t, err
}

// resourceOf is the resource in the path, and those that it names.
func (a *API) resourceOf(r *http.Request, c caller) (authz.Resource, types, error) {
	res, err := a.Directory.Resource(r.Context(), c.env.ID, ident(r, "resource"))
	if err != nil {
		return res, nil, err
	}
	t, err := a.types(r, c, res.Key)
	return res, t, err
}

func (t types) role(e authz.Environment, res authz.Resource, r authz.ResourceRole) resourceRoleRead {
	return resourceRoleRead{
		Name: r.Name, Description: orNull(r.Description), Attributes: attributesOrNull(r.Attributes),
		Permissions: each(r.Actions, func(k authz.ActionKey) authz.ActionKey { return k }), Extends: each(r.Extends, func(k authz.RoleKey) authz.RoleKey { return k }),
		GrantedTo: grantedToRead{ID: r.ID, UsersWithRole: t.derivations(res, r.Derivations), When: derivationSettings{r.NoDirectRoles}},
		Key:       r.Key, ID: r.ID, belonging: belongs(e), ResourceID: res.ID, Resource: res.Key,
		CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.UpdatedAt),
	}
}

// derivations shows the derivations of a role of res. What they name may have
// gone since; then they have gone too.
func (t types) derivations(res authz.Resource, list []authz.Derivation) []derivationRead {
	out := []derivationRead{}
	for _, d := range list {
		on := t[d.On]
		role, err1 := directory.ResourceRoleOf(on, authz.Ident(d.Role))
		relation, err2 := directory.RelationOf(res, authz.Ident(d.Through))
		if err1 != nil || err2 != nil {
			continue
		}
		out = append(out, derivationRead{
			RoleID: role.ID, ResourceID: on.ID, RelationID: relation.ID,
			Role: d.Role, On: d.On, Relation: d.Through, When: derivationSettings{d.NoDirectRoles},
		})
	}
	return out
}
