package engine

import (
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Decide answers q: a user may do what one of the roles it holds in the tenant
// of the question permits on the type of resource; a suspended user may nothing.
// It allocates nothing.
func (s *Snapshot) Decide(q authz.Query) authz.Decision {
	no := authz.Decision{Revision: s.rev}
	if s.policy == nil {
		return no
	}
	want, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	if !ok {
		return no
	}
	tenant, ok := s.tenants.get(string(q.Tenant))
	if !ok {
		return no
	}
	u, ok := s.users.get(string(q.User))
	if !ok || u.suspended {
		return no
	}
	// The first by key of the roles that allow it, since numbers differ between a
	// snapshot that was folded and one that was loaded.
	d := no
	for _, g := range u.in(tenant) {
		if key := s.policy.keys[g.role]; s.policy.permits[g.role].has(want) && (!d.Allow || key < d.Role) {
			d.Allow, d.Role = true, key
		}
	}
	return d
}

// in is the grants of the user in a tenant.
func (u subject) in(tenant number) []grant {
	from, _ := slices.BinarySearchFunc(u.grants, grant{tenant: tenant}, compareGrants)
	to := from
	for to < len(u.grants) && u.grants[to].tenant == tenant {
		to++
	}
	return u.grants[from:to]
}
