package logtosim

import (
	"cmp"
	"slices"
)

// A templateRole is an organization role as Logto shows it by itself.
type templateRole struct {
	TenantID    string  `json:"tenantId"`
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Type        string  `json:"type"`
}

// A templateScope is an organization scope as Logto shows it.
type templateScope struct {
	TenantID    string  `json:"tenantId"`
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
}

// An organizationRole is a role of the organization template, with what it grants.
type organizationRole struct {
	templateRole
	scopes         []string // ids of organization scopes
	resourceScopes []string // ids of scopes of resources
}

// ImportOrganizationRoles puts organization roles without a webhook. One whose id
// is known is renamed.
func (s *Sim) ImportOrganizationRoles(roles ...OrganizationRole) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range roles {
		s.importOrganizationRole(r)
	}
}

// importOrganizationRole puts one role and returns it. The caller holds mu.
func (s *Sim) importOrganizationRole(in OrganizationRole) *organizationRole {
	in.ID = cmp.Or(in.ID, s.id(21))
	if r := s.organizationRole(in.ID); r != nil {
		r.Name = in.Name
		return r
	}
	r := &organizationRole{templateRole: templateRole{TenantID: tenantID, ID: in.ID, Name: in.Name, Type: typeUser}}
	s.organizationRoles = append(s.organizationRoles, r)
	return r
}

// organizationRole returns the role or nil. The caller holds mu.
func (s *Sim) organizationRole(id string) *organizationRole {
	return byID(s.organizationRoles, id, func(r *organizationRole) string { return r.ID })
}

// organizationScope returns the scope or nil. The caller holds mu.
func (s *Sim) organizationScope(id string) *templateScope {
	return byID(s.organizationScopes, id, func(c *templateScope) string { return c.ID })
}

// short returns the roles as they appear beside a membership, by name. The caller
// holds mu.
func (s *Sim) short(ids []string) []OrganizationRole {
	list := []OrganizationRole{}
	for _, id := range ids {
		if r := s.organizationRole(id); r != nil {
			list = append(list, OrganizationRole{ID: r.ID, Name: r.Name})
		}
	}
	slices.SortFunc(list, func(a, b OrganizationRole) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// allOrganizationRoles reports whether all the roles exist. The caller holds mu.
func (s *Sim) allOrganizationRoles(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return s.organizationRole(id) == nil })
}

// forgetOrganizationRole removes a role and takes it from everybody. The caller
// holds mu.
func (s *Sim) forgetOrganizationRole(r *organizationRole) {
	s.organizationRoles = without(s.organizationRoles, r)
	for _, o := range s.organizations {
		for _, members := range []memberships{o.members, o.apps} {
			for i := range members {
				members[i].roles = without(members[i].roles, r.ID)
			}
		}
		o.jitRoles = without(o.jitRoles, r.ID)
	}
	for _, i := range s.invitations {
		i.roles = without(i.roles, r.ID)
	}
}

// forgetOrganizationScope removes a scope and takes it from the roles. The caller
// holds mu.
func (s *Sim) forgetOrganizationScope(c *templateScope) {
	s.organizationScopes = without(s.organizationScopes, c)
	for _, r := range s.organizationRoles {
		r.scopes = without(r.scopes, c.ID)
	}
}
