package permit

import (
	"context"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type roleCreate struct {
	Key         string            `json:"key" api:"required"`
	Name        string            `json:"name" api:"required"`
	Description *string           `json:"description" api:"nullable"`
	Permissions *[]string         `json:"permissions" api:"nullable"`
	Attributes  *authz.Attributes `json:"attributes" api:"nullable"`
	Extends     *[]string         `json:"extends" api:"nullable"`
	roleNotOffered
	BuiltIn any `json:"v1compat_is_built_in" api:"nullable"`
}

type roleUpdate struct {
	Name        httpapi.Opt[string]           `json:"name" api:"nullable"`
	Description httpapi.Opt[string]           `json:"description" api:"nullable"`
	Permissions *[]string                     `json:"permissions" api:"nullable"`
	Attributes  httpapi.Opt[authz.Attributes] `json:"attributes" api:"nullable"`
	Extends     *[]string                     `json:"extends" api:"nullable"`
	roleNotOffered
}

// roleNotOffered are the fields of a role that Gatehouse does not offer yet.
type roleNotOffered struct {
	GrantedTo    any `json:"granted_to" api:"nullable"`
	V1Settings   any `json:"v1compat_settings" api:"nullable"`
	V1Attributes any `json:"v1compat_attributes" api:"nullable"`
}

func (b roleNotOffered) fields() []field {
	return []field{{"granted_to", b.GrantedTo}, {"v1compat_settings", b.V1Settings}, {"v1compat_attributes", b.V1Attributes}}
}

type rolePermissions struct {
	Permissions []string `json:"permissions" api:"required"`
}

type roleRead struct {
	Name         string            `json:"name"`
	Description  *string           `json:"description"`
	Permissions  []string          `json:"permissions"`
	Attributes   *authz.Attributes `json:"attributes"`
	Extends      []authz.RoleKey   `json:"extends"`
	GrantedTo    *struct{}         `json:"granted_to"` // null: a role held in tenants
	V1Settings   *struct{}         `json:"v1compat_settings"`
	V1Attributes *struct{}         `json:"v1compat_attributes"`
	Key          authz.RoleKey     `json:"key"`
	ID           authz.ID          `json:"id"`
	belonging
	CreatedAt timestamp `json:"created_at"`
	UpdatedAt timestamp `json:"updated_at"`
}

// rules reads what a role may, by read, and what it extends; nil stays nil.
func rules(permissions, extends *[]string, read func([]string) ([]authz.Permission, error)) (may *[]authz.Permission, parents *[]authz.Ident, err error) {
	if permissions != nil {
		list, err := read(*permissions)
		if err != nil {
			return nil, nil, err
		}
		may = &list
	}
	if extends != nil {
		list := idents(*extends)
		parents = &list
	}
	return may, parents, nil
}

// readPermissions reads texts such as document:read.
func readPermissions(texts []string) ([]authz.Permission, error) {
	out := make([]authz.Permission, len(texts))
	for i, text := range texts {
		resource, action, ok := strings.Cut(text, ":")
		if !ok || resource == "" || action == "" || strings.Contains(action, ":") {
			e := authz.Errorf(authz.Invalid, "the permission %q is not of the form resource:action", text)
			return nil, &codedError{err: e, code: "INVALID_PERMISSION_FORMAT"}
		}
		out[i] = authz.Permission{Resource: authz.ResourceKey(resource), Action: authz.ActionKey(action)}
	}
	return out, nil
}

func (a *API) createRole(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[roleCreate](w, r)
	if err != nil {
		return err
	}
	if err := offered(append(body.fields(), field{"v1compat_is_built_in", body.BuiltIn})...); err != nil {
		return err
	}
	in := directory.RoleInput{Name: &body.Name, Description: body.Description, Attributes: body.Attributes}
	if in.Permissions, in.Extends, err = rules(body.Permissions, body.Extends, readPermissions); err != nil {
		return err
	}
	role, rev, err := a.Directory.CreateRole(r.Context(), c.env.ID, c.key.Actor(), authz.RoleKey(body.Key), in)
	return wroteRole(w, c, role, rev, err)
}

func (a *API) updateRole(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[roleUpdate](w, r)
	if err != nil {
		return err
	}
	if err := offered(body.fields()...); err != nil {
		return err
	}
	// A role always has a name, permissions and parents, so null keeps them.
	in := directory.RoleInput{Name: body.Name.Set(), Description: body.Description.Ptr(), Attributes: body.Attributes.Ptr()}
	if in.Permissions, in.Extends, err = rules(body.Permissions, body.Extends, readPermissions); err != nil {
		return err
	}
	role, rev, err := a.Directory.UpdateRole(r.Context(), c.env.ID, c.key.Actor(), ident(r, "role"), in)
	return wroteRole(w, c, role, rev, err)
}

func (a *API) deleteRole(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "role"), a.Directory.DeleteRole)
}

func (a *API) addPermissions(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.changePermissions(w, r, c, a.Directory.AddPermissions)
}

func (a *API) removePermissions(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.changePermissions(w, r, c, a.Directory.RemovePermissions)
}

func (a *API) changePermissions(w http.ResponseWriter, r *http.Request, c caller, change func(context.Context, authz.EnvID, string, authz.Ident, []authz.Permission) (authz.Role, authz.Revision, error)) error {
	body, err := httpapi.Read[rolePermissions](w, r)
	if err != nil {
		return err
	}
	list, err := readPermissions(body.Permissions)
	if err != nil {
		return err
	}
	role, rev, err := change(r.Context(), c.env.ID, c.key.Actor(), ident(r, "role"), list)
	return wroteRole(w, c, role, rev, err)
}

func (a *API) readRole(w http.ResponseWriter, r *http.Request, c caller) error {
	role, err := a.Directory.Role(r.Context(), c.env.ID, ident(r, "role"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readRole(c.env, role))
}

func (a *API) listRoles(w http.ResponseWriter, r *http.Request, c caller) error {
	return listByText(w, r, c, a.Directory.Roles, readRole)
}

func readRole(e authz.Environment, r authz.Role) roleRead {
	return roleRead{
		Name: r.Name, Description: orNull(r.Description), Attributes: attributesOrNull(r.Attributes),
		Permissions: permissionTexts(r.Permissions),
		Extends:     each(r.Extends, func(k authz.RoleKey) authz.RoleKey { return k }),
		Key:         r.Key, ID: r.ID, belonging: belongs(e),
		CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.UpdatedAt),
	}
}
