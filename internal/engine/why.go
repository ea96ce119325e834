package engine

import (
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Why is the reason that Explain gives for q, without the explanation: why roles
// in the tenant decided as they did. It allocates nothing for most questions.
func (s *Snapshot) Why(q authz.Query) Reason {
	if s.policy == nil {
		return NoSuchResource
	}
	u, known := s.users.get(string(q.User))
	t, there := s.tenants.get(string(q.Tenant))
	want, defined := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	var held []grant
	if there {
		held = u.in(t.number)
	}
	if known && u.suspended {
		return Suspended
	}
	if defined && slices.ContainsFunc(held, func(g grant) bool {
		r := s.policy.roles[g.role]
		return r != nil && r.permits.has(want)
	}) {
		if s.elsewhere(&q) {
			return ClosedBySetting
		}
		return Allowed
	}
	if reason := s.undefined(&q); reason != "" {
		return reason
	}
	switch {
	case !known:
		return NotSynced
	case !slices.ContainsFunc(u.held(), func(g grant) bool { return s.live(g) && s.objects.get(g.where).kind == tenantKind }):
		return NoRoles
	case there && !s.anyLive(held):
		return NoRoleInTenant
	default:
		return NoPermission
	}
}
