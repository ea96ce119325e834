package decision

import (
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// Lists are complete. They are not counted as decisions, and return Unavailable
// if the environment is not loaded.

// Permissions lists what a user may.
func (s *Service) Permissions(env authz.EnvID, q engine.PermissionsQuery) ([]engine.Entry, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return nil, err
	}
	return snapshot.Permissions(q), nil
}

// UserTenants lists the tenants in which a user holds a role.
func (s *Service) UserTenants(env authz.EnvID, user authz.UserKey) ([]engine.Tenant, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return nil, err
	}
	return snapshot.UserTenants(user), nil
}

// AllowedTenants lists the tenants in which q is allowed, whatever tenant it
// names; with tenantRoles only by roles in tenants.
func (s *Service) AllowedTenants(env authz.EnvID, q authz.Query, tenantRoles bool) ([]engine.Tenant, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return nil, err
	}
	return snapshot.AllowedTenants(q, tenantRoles), nil
}

// AuthorizedUsers lists who may do what q asks, whatever user it names, and why;
// with rules also by rules.
func (s *Service) AuthorizedUsers(env authz.EnvID, q authz.Query, rules bool) (map[authz.UserKey][]engine.Source, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return nil, err
	}
	return snapshot.AuthorizedUsers(q, rules), nil
}
