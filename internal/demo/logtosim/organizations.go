package logtosim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
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

// A Role is a role that a user holds everywhere, as Logto shows it.
type Role struct {
	TenantID    string `json:"tenantId"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
	IsDefault   bool   `json:"isDefault"`
}

// An OrganizationRole is a role that a user holds in one organization.
type OrganizationRole struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// An organization is an Organization and its members with their roles.
type organization struct {
	Organization
	members []membership // by user id
}

type membership struct {
	userID string
	roles  []OrganizationRole
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
		TenantID: "default", ID: randomID(12), CustomData: empty, Color: empty, Branding: empty, CreatedAt: s.now(),
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
		return Organization{}, errNotFound()
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
	s.organizations = slices.DeleteFunc(s.organizations, func(other *organization) bool { return other == o })
	s.tell(ctx, happened{
		event: "Organization.Deleted", method: http.MethodDelete, route: "/organizations/:id", status: http.StatusNoContent,
		params: object{{"id", id}},
	})
	return nil
}

// AddMembers makes users members and fires Organization.Membership.Updated with
// those who were not, also when that is nobody. Errors: 422 if the organization
// or a user does not exist; nobody is added then.
func (s *Sim) AddMembers(ctx context.Context, id string, userIDs ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil {
		return errForeignKey()
	}
	for _, u := range userIDs {
		if s.person(u) == nil {
			return errForeignKey()
		}
	}
	var added []string
	for _, u := range userIDs {
		if i, found := o.find(u); !found {
			o.members = slices.Insert(o.members, i, membership{userID: u})
			added = append(added, u)
		}
	}
	more := object{{"organizationId", id}}
	if len(added) > 0 {
		more = append(more, member{"addedUserIds", added})
	}
	s.tell(ctx, happened{
		event: "Organization.Membership.Updated", method: http.MethodPost, route: "/organizations/:id/users",
		status: http.StatusCreated, params: object{{"id", id}}, more: more,
	})
	return nil
}

// RemoveMember ends a membership and fires Organization.Membership.Updated.
// Errors: 404 if there was none.
func (s *Sim) RemoveMember(ctx context.Context, id, userID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil || !o.remove(userID) {
		return errNotFound()
	}
	s.tell(ctx, happened{
		event: "Organization.Membership.Updated", method: http.MethodDelete, route: "/organizations/:id/users/:userId",
		status: http.StatusNoContent, params: object{{"id", id}, {"userId", userID}},
		more: object{{"organizationId", id}, {"removedUserIds", []string{userID}}},
	})
	return nil
}

// ImportOrganizations puts organizations without a webhook. One whose id is
// known is replaced and keeps its members; an empty id is filled in.
func (s *Sim) ImportOrganizations(organizations ...Organization) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range organizations {
		in.TenantID, in.ID = cmp.Or(in.TenantID, "default"), cmp.Or(in.ID, randomID(12))
		in.CreatedAt = cmp.Or(in.CreatedAt, s.now())
		in.CustomData, in.Color, in.Branding = mustObject(in.CustomData), mustObject(in.Color), mustObject(in.Branding)
		if o := s.organization(in.ID); o != nil {
			o.Organization = in
			continue
		}
		s.organizations = append(s.organizations, &organization{Organization: in})
	}
}

// ImportMember makes a user a member with exactly these roles. It fires nothing,
// as role changes do in Logto. The user and the organization must exist, or
// nothing happens.
func (s *Sim) ImportMember(id, userID string, roles ...OrganizationRole) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil || s.person(userID) == nil {
		return
	}
	i, found := o.find(userID)
	if !found {
		o.members = slices.Insert(o.members, i, membership{userID: userID})
	}
	o.members[i].roles = slices.Clone(roles)
}

// organization returns the organization or nil. The caller holds mu.
func (s *Sim) organization(id string) *organization {
	i := slices.IndexFunc(s.organizations, func(o *organization) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return s.organizations[i]
}

// find returns where the membership of the user is or belongs.
func (o *organization) find(userID string) (int, bool) {
	return slices.BinarySearchFunc(o.members, userID, func(m membership, id string) int { return cmp.Compare(m.userID, id) })
}

// remove ends a membership and reports whether there was one.
func (o *organization) remove(userID string) bool {
	i, found := o.find(userID)
	if found {
		o.members = slices.Delete(o.members, i, i+1)
	}
	return found
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
	if v, ok := f["description"]; ok {
		found, o.Description = true, nil
		if v != nil {
			o.Description = new(fmt.Sprint(v))
		}
	}
	if v, ok := f["customData"]; ok {
		found, o.CustomData = true, mustJSONB(v)
	}
	return found
}
