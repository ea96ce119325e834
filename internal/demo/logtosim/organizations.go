package logtosim

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
)

// An Organization is an organization as Logto shows it, in its order.
// CreatedAt is milliseconds since 1970.
type Organization struct {
	TenantID      string          `json:"tenantId"`
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Description   *string         `json:"description"`
	CustomData    json.RawMessage `json:"customData"`
	IsMfaRequired bool            `json:"isMfaRequired"`
	Color         json.RawMessage `json:"color"`
	Branding      json.RawMessage `json:"branding"`
	CustomCSS     *string         `json:"customCss"`
	CreatedAt     int64           `json:"createdAt"`
}

// An OrganizationRole is a role that a user holds in one organization.
type OrganizationRole struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// An organization is an Organization with what belongs to it.
type organization struct {
	Organization
	members memberships // users
	apps    memberships // applications

	jitDomains    []string // whoever signs up with such an e-mail becomes a member
	jitRoles      []string // which such a member gets
	jitConnectors []string // enterprise connectors that make members
}

// CreateOrganization makes an organization as POST /api/organizations does and
// fires Organization.Created. Keys: name, description, customData. Errors are
// [*Error]: 400.
func (s *Sim) CreateOrganization(ctx context.Context, f Fields) (Organization, error) {
	if _, ok := f["name"]; !ok {
		return Organization{}, invalidType("string", "undefined", "name")
	}
	if err := f.checkOrganization(); err != nil {
		return Organization{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	empty := json.RawMessage("{}")
	o := &organization{Organization: Organization{
		TenantID: tenantID, ID: s.id(12), CustomData: empty, Color: empty, Branding: empty, CreatedAt: s.now(),
	}}
	f.putOrganization(&o.Organization)
	s.organizations = append(s.organizations, o)
	s.tell(ctx, happened{
		event: "Organization.Created", method: http.MethodPost, route: "/organizations", status: http.StatusCreated,
		data: o.Organization,
	})
	return o.Organization, nil
}

// PatchOrganization changes an organization as PATCH /api/organizations/{id}
// does and fires Organization.Data.Updated. Custom data is replaced whole.
// Errors are [*Error]: 400, 404, and 422 for no known key.
func (s *Sim) PatchOrganization(ctx context.Context, id string, f Fields) (Organization, error) {
	if err := f.checkOrganization(); err != nil {
		return Organization{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil {
		return Organization{}, errNotExists("organization")
	}
	if !f.putOrganization(&o.Organization) {
		return Organization{}, errEmptyPatch()
	}
	s.tell(ctx, happened{
		event: "Organization.Data.Updated", method: http.MethodPatch, route: "/organizations/:id", status: http.StatusOK,
		params: object{{"id", id}}, data: o.Organization,
	})
	return o.Organization, nil
}

// DeleteOrganization removes an organization and its memberships and fires
// Organization.Deleted and nothing else. Errors: 404.
func (s *Sim) DeleteOrganization(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil {
		return errNotFound()
	}
	s.forgetOrganization(o)
	s.tell(ctx, happened{
		event: "Organization.Deleted", method: http.MethodDelete, route: "/organizations/:id", status: http.StatusNoContent,
		params: object{{"id", id}},
	})
	return nil
}

// ImportOrganizations puts organizations without a webhook. One whose id is
// known is replaced and keeps its members; an empty id is filled in.
func (s *Sim) ImportOrganizations(organizations ...Organization) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range organizations {
		in.TenantID, in.ID = cmp.Or(in.TenantID, tenantID), cmp.Or(in.ID, s.id(12))
		in.CreatedAt = cmp.Or(in.CreatedAt, s.now())
		in.CustomData, in.Color, in.Branding = mustObject(in.CustomData), mustObject(in.Color), mustObject(in.Branding)
		if o := s.organization(in.ID); o != nil {
			o.Organization = in
			continue
		}
		s.organizations = append(s.organizations, &organization{Organization: in})
	}
}

// forgetOrganization removes an organization with what belongs to it. The caller
// holds mu.
func (s *Sim) forgetOrganization(o *organization) {
	s.organizations = without(s.organizations, o)
	s.invitations = slices.DeleteFunc(s.invitations, func(i *invitation) bool { return i.OrganizationID == o.ID })
}

// organization returns the organization or nil. The caller holds mu.
func (s *Sim) organization(id string) *organization {
	i := slices.IndexFunc(s.organizations, func(o *organization) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return s.organizations[i]
}

func (f Fields) checkOrganization() error {
	if holdsNUL(map[string]any(f)) {
		return wire(nil)
	}
	if name, ok := f["name"]; ok {
		if _, text := name.(string); !text {
			return invalidType("string", kindOf(name), "name")
		}
	}
	if err := f.checkText("description", nil); err != nil {
		return err
	}
	return f.checkObject("customData")
}

// putOrganization is put for an organization.
func (f Fields) putOrganization(o *Organization) bool {
	found := false
	if name, ok := f["name"].(string); ok {
		found, o.Name = true, name
	}
	if mfa, ok := f["isMfaRequired"].(bool); ok {
		found, o.IsMfaRequired = true, mfa
	}
	if v, ok := f["description"]; ok {
		found, o.Description = true, nil
		if text, _ := v.(string); text != "" {
			o.Description = new(text)
		}
	}
	if v, ok := f["customData"]; ok {
		found, o.CustomData = true, mustJSONB(v)
	}
	return found
}
