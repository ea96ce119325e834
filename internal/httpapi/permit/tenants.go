package permit

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type tenantCreate struct {
	Key         string            `json:"key" api:"required"`
	Name        string            `json:"name" api:"required"`
	Description *string           `json:"description" api:"nullable"`
	Attributes  *authz.Attributes `json:"attributes" api:"nullable"`
}

type tenantUpdate struct {
	Name        httpapi.Opt[string]           `json:"name" api:"nullable"`
	Description httpapi.Opt[string]           `json:"description" api:"nullable"`
	Attributes  httpapi.Opt[authz.Attributes] `json:"attributes" api:"nullable"`
}

type tenantRead struct {
	Key authz.TenantKey `json:"key"`
	ID  authz.ID        `json:"id"`
	belonging
	CreatedAt    timestamp         `json:"created_at"`
	UpdatedAt    timestamp         `json:"updated_at"`
	LastActionAt timestamp         `json:"last_action_at"`
	Name         string            `json:"name"`
	Description  *string           `json:"description"`
	Attributes   *authz.Attributes `json:"attributes"`
}

func (b tenantCreate) input() directory.TenantInput {
	return directory.TenantInput{Name: &b.Name, Description: b.Description, Attributes: b.Attributes}
}

func (a *API) createTenant(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[tenantCreate](w, r)
	if err != nil {
		return err
	}
	t, rev, err := a.Directory.CreateTenant(r.Context(), c.env.ID, c.key.Actor(), authz.TenantKey(body.Key), body.input())
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readTenant(c.env, t))
}

func (a *API) updateTenant(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[tenantUpdate](w, r)
	if err != nil {
		return err
	}
	// A tenant always has a name, so null can only mean to keep it.
	in := directory.TenantInput{Name: body.Name.Set(), Description: body.Description.Ptr(), Attributes: body.Attributes.Ptr()}
	t, rev, err := a.Directory.UpdateTenant(r.Context(), c.env.ID, c.key.Actor(), ident(r, "tenant"), in)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readTenant(c.env, t))
}

func (a *API) deleteTenant(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "tenant"), a.Directory.DeleteTenant)
}

func (a *API) readTenant(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := a.Directory.Tenant(r.Context(), c.env.ID, ident(r, "tenant"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readTenant(c.env, t))
}

func (a *API) listTenants(w http.ResponseWriter, r *http.Request, c caller) error {
	return listByText(w, r, c, a.Directory.Tenants, readTenant)
}

func readTenant(e authz.Environment, t authz.Tenant) tenantRead {
	return tenantRead{
		Key: t.Key, ID: t.ID, belonging: belongs(e),
		CreatedAt: timestamp(t.CreatedAt), UpdatedAt: timestamp(t.UpdatedAt), LastActionAt: timestamp(t.UpdatedAt),
		Name: t.Name, Description: orNull(t.Description), Attributes: attributesOrNull(t.Attributes),
	}
}
