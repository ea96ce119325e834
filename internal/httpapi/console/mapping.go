package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountMapping(mux *http.ServeMux) {
	const path = " /console/v1/projects/{proj}/envs/{env}/logto/mapping"
	mux.Handle("GET"+path, httpapi.Handle(a.inEnvironment(access.Read, a.readMapping), a.render))
	mux.Handle("PUT"+path, httpapi.Handle(a.inEnvironment(access.Write, a.replaceMapping), a.render))
	mux.Handle("POST"+path+"/preview", httpapi.Handle(a.inEnvironment(access.Write, a.previewMapping), a.render))
}

// mappingWire is a mapping. A caller that replaces it must name everything.
type mappingWire struct {
	Organizations     bool         `json:"organizations" api:"required"`
	OnlyOrganizations []string     `json:"only_organizations" api:"required"`
	Tenants           []tenantWire `json:"tenants" api:"required"`
	OrganizationRoles []namedWire  `json:"organization_roles" api:"required"`
	GlobalRoles       []namedWire  `json:"global_roles" api:"required"`
	GlobalTenant      string       `json:"global_tenant" api:"required"`
	GlobalEverywhere  bool         `json:"global_everywhere" api:"required"`

	Roles            sourceRolesWire       `json:"roles"` // what it leaves out is off
	Rules            []mappingRuleWire     `json:"rules" api:"required"`
	Attributes       []mappedAttributeWire `json:"attributes" api:"required"`
	TenantAttributes []mappedAttributeWire `json:"tenant_attributes" api:"required"`
}

type sourceRolesWire struct {
	Create bool   `json:"create"`
	Scopes string `json:"scopes"`
}

type tenantWire struct {
	Organization string          `json:"organization" api:"required"`
	Key          authz.TenantKey `json:"key" api:"required"`
}

type namedWire struct {
	Name string        `json:"name" api:"required"`
	Role authz.RoleKey `json:"role" api:"required"`
}

func mappingOf(m authz.Mapping) mappingWire {
	out := mappingWire{
		Organizations: !m.NoOrganizations, OnlyOrganizations: append([]string{}, m.OnlyOrganizations...), Tenants: []tenantWire{},
		OrganizationRoles: namedOf(m.OrganizationRoles), GlobalRoles: namedOf(m.GlobalRoles),
		GlobalTenant: string(m.EverywhereTenant()), GlobalEverywhere: m.GlobalEverywhere,
		Roles: sourceRolesWire(m.Roles),
		Rules: mappingRulesOf(m.Rules), Attributes: attributesOf(m.Attributes), TenantAttributes: attributesOf(m.TenantAttributes),
	}
	for _, id := range slices.Sorted(maps.Keys(m.TenantKeys)) {
		out.Tenants = append(out.Tenants, tenantWire{id, m.TenantKeys[id]})
	}
	return out
}

func namedOf(roles map[string]authz.RoleKey) []namedWire {
	out := []namedWire{}
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		out = append(out, namedWire{name, roles[name]})
	}
	return out
}

// mapping reads w; it returns Invalid if a name stands in it twice.
func (w mappingWire) mapping() (m authz.Mapping, err error) {
	m = authz.Mapping{NoOrganizations: !w.Organizations, GlobalTenant: authz.TenantKey(w.GlobalTenant), GlobalEverywhere: w.GlobalEverywhere, Roles: authz.SourceRoles(w.Roles)}
	m.Rules, m.Attributes, m.TenantAttributes = rulesIn(w.Rules), attributesIn(w.Attributes), attributesIn(w.TenantAttributes)
	m.OnlyOrganizations = slices.Compact(slices.Sorted(slices.Values(w.OnlyOrganizations)))
	for i, t := range w.Tenants {
		if m.TenantKeys == nil {
			m.TenantKeys = map[string]authz.TenantKey{}
		}
		if _, twice := m.TenantKeys[t.Organization]; twice {
			return m, twiceThere("tenants", i, t.Organization)
		}
		m.TenantKeys[t.Organization] = t.Key
	}
	if m.OrganizationRoles, err = rolesOf("organization_roles", w.OrganizationRoles); err != nil {
		return m, err
	}
	m.GlobalRoles, err = rolesOf("global_roles", w.GlobalRoles)
	return m, err
}

func rolesOf(field string, list []namedWire) (map[string]authz.RoleKey, error) {
	var roles map[string]authz.RoleKey
	for i, r := range list {
		if roles == nil {
			roles = map[string]authz.RoleKey{}
		}
		if _, twice := roles[r.Name]; twice {
			return nil, twiceThere(field, i, r.Name)
		}
		roles[r.Name] = r.Role
	}
	return roles, nil
}

func twiceThere(field string, i int, name string) error {
	return authz.InvalidField(fmt.Sprintf("%s.%d", field, i), "%s names %q twice; name it once", field, name)
}

// readMapping answers what Logto's organizations and roles are in the environment.
func (a *API) readMapping(w http.ResponseWriter, r *http.Request, c caller) error {
	m, err := a.Directory.Mapping(r.Context(), c.env.ID)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, mappingOf(m))
}

// replaceMapping replaces the mapping at once, and has what follows from it looked
// for. The header says which revision holds it.
func (a *API) replaceMapping(w http.ResponseWriter, r *http.Request, c caller) error {
	in, err := httpapi.Read[mappingWire](w, r)
	if err != nil {
		return err
	}
	m, err := in.mapping()
	if err != nil {
		return err
	}
	rev, err := a.Directory.ReplaceMapping(r.Context(), c.env.ID, c.key.Actor(), m)
	if err != nil {
		return err
	}
	// It is the mapping whether or not the caller still waits.
	if a.Remapper != nil && a.Remapper.Reconciler.Env == c.env.ID {
		if err := a.Remapper.Remap(context.WithoutCancel(r.Context())); err != nil {
			return err
		}
	}
	w.Header().Set("X-Gatehouse-Revision", strconv.FormatInt(int64(rev), 10))
	return httpapi.Write(w, http.StatusOK, mappingOf(m))
}
