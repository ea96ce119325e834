package decision

import (
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// Lists are complete. They are not counted as decisions, and return Unavailable
// if the environment is not loaded.

// Permissions lists what a user may.
func (s *Service) Permissions(by Asker, q engine.PermissionsQuery) ([]engine.Entry, error) {
	m, err := s.AtFor(by, authz.Query{User: q.User})
	if err != nil {
		return nil, err
	}
	found := m.snapshot.Permissions(q)
	m.listed(Permissions, &authz.Query{User: q.User, UserAttributes: q.UserAttributes, Context: q.Context},
		&List{Found: len(found), Tenants: q.Tenants, Resources: q.Resources, Types: q.Types, Rules: q.Rules})
	return found, nil
}

// UserTenants lists the tenants in which a user holds a role.
func (s *Service) UserTenants(by Asker, user authz.UserKey) ([]engine.Tenant, error) {
	m, err := s.AtFor(by, authz.Query{User: user})
	if err != nil {
		return nil, err
	}
	found := m.snapshot.UserTenants(user)
	m.listed(UserTenants, &authz.Query{User: user}, &List{Found: len(found)})
	return found, nil
}

// AllowedTenants lists the tenants in which q is allowed, whatever tenant it
// names; with tenantRoles only by roles in tenants.
func (s *Service) AllowedTenants(by Asker, q authz.Query, tenantRoles bool) ([]engine.Tenant, error) {
	m, err := s.AtFor(by, authz.Query{User: q.User})
	if err != nil {
		return nil, err
	}
	found := m.snapshot.AllowedTenants(q, tenantRoles)
	m.listed(AllowedTenants, &q, &List{Found: len(found), Rules: !tenantRoles})
	return found, nil
}

// AuthorizedUsers lists who may do what q asks, whatever user it names, and why;
// with rules also by rules.
func (s *Service) AuthorizedUsers(by Asker, q authz.Query, rules bool) (map[authz.UserKey][]engine.Source, error) {
	m, err := s.At(by)
	if err != nil {
		return nil, err
	}
	found := m.snapshot.AuthorizedUsers(q, rules)
	m.listed(AuthorizedUsers, &q, &List{Found: len(found), Rules: rules})
	return found, nil
}

// TenantRoles lists the roles that a user holds in each tenant.
func (s *Service) TenantRoles(by Asker, user authz.UserKey) (map[authz.TenantKey][]authz.RoleKey, error) {
	m, err := s.AtFor(by, authz.Query{User: user})
	if err != nil {
		return nil, err
	}
	found := m.snapshot.TenantRoles(user)
	m.listed(UserTenants, &authz.Query{User: user}, &List{Found: len(found)})
	return found, nil
}
