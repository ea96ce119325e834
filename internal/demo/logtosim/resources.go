package logtosim

import "slices"

// managementResource and managementScope are the ids that Logto gives to its own
// API and the one scope of it.
const (
	managementResource = "management-api"
	managementScope    = "management-api-all"
)

// A resource is an API resource as Logto shows it.
type resource struct {
	TenantID       string `json:"tenantId"`
	ID             string `json:"id"`
	Name           string `json:"name"`
	Indicator      string `json:"indicator"`
	IsDefault      bool   `json:"isDefault"`
	AccessTokenTTL int64  `json:"accessTokenTtl"` // seconds
}

// A scope is a permission of a resource as Logto shows it.
type scope struct {
	TenantID    string  `json:"tenantId"`
	ID          string  `json:"id"`
	ResourceID  string  `json:"resourceId"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
	CreatedAt   int64   `json:"createdAt"` // milliseconds since 1970
}

// builtIn puts the resource that every Logto has.
func (s *Sim) builtIn() {
	s.resources = []*resource{{
		TenantID: tenantID, ID: managementResource, Name: "Logto Management API", Indicator: s.config.Resource,
		AccessTokenTTL: int64(s.config.TokenTTL.Seconds()),
	}}
	s.scopes = []*scope{{
		TenantID: tenantID, ID: managementScope, ResourceID: managementResource, Name: scopeAll,
		Description: new("Default scope for Management API, allows all permissions."), CreatedAt: s.now(),
	}}
}

// resource returns the resource or nil. The caller holds mu.
func (s *Sim) resource(id string) *resource {
	return byID(s.resources, id, func(r *resource) string { return r.ID })
}

// scope returns the scope or nil. The caller holds mu.
func (s *Sim) scope(id string) *scope {
	return byID(s.scopes, id, func(c *scope) string { return c.ID })
}

// scopesOf returns the scopes of a resource, oldest first. The caller holds mu.
func (s *Sim) scopesOf(resourceID string) []*scope {
	list := []*scope{}
	for _, c := range s.scopes {
		if c.ResourceID == resourceID {
			list = append(list, c)
		}
	}
	return list
}

// allScopes reports whether all the scopes exist. The caller holds mu.
func (s *Sim) allScopes(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return s.scope(id) == nil })
}

// forgetScope removes a scope and takes it from the roles. The caller holds mu.
func (s *Sim) forgetScope(c *scope) {
	s.scopes = without(s.scopes, c)
	for _, r := range s.roles {
		r.scopes = without(r.scopes, c.ID)
	}
	for _, r := range s.organizationRoles {
		r.resourceScopes = without(r.resourceScopes, c.ID)
	}
}

// ImportResource puts an API resource with scopes, without a webhook. Errors are
// [*Error]: 422 for an indicator that is there already.
func (s *Sim) ImportResource(indicator string, scopes ...string) error {
	if s.knownResource(indicator) {
		return errTaken()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &resource{
		TenantID: tenantID, ID: s.id(21), Name: indicator, Indicator: indicator, AccessTokenTTL: int64(s.config.TokenTTL.Seconds()),
	}
	s.resources = append(s.resources, r)
	for _, name := range scopes {
		s.scopes = append(s.scopes, &scope{TenantID: tenantID, ID: s.id(21), ResourceID: r.ID, Name: name, CreatedAt: s.now()})
	}
	return nil
}
