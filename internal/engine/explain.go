package engine

import (
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Reason says in one stable code why a decision came out as it did. The codes
// are those of the Permit PDP's rbac debug block, and user_suspended, which is
// ours.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	Allowed        Reason = "allow"
	Suspended      Reason = "user_suspended"
	NoSuchResource Reason = "no_such_resource"
	NoSuchAction   Reason = "no_such_action"
	NoSuchTenant   Reason = "no_such_tenant"
	NotSynced      Reason = "user_not_synced"
	NoRoles        Reason = "no_user_roles"
	NoRoleInTenant Reason = "no_role_in_tenant"
	NoPermission   Reason = "no_permission"
)

// An Explanation is a decision with what led to it.
type Explanation struct {
	Decision authz.Decision
	Reason   Reason
	Roles    []authz.RoleKey   // when allowed: every role that allows it; otherwise the roles held in the tenant
	Tenants  []authz.TenantKey // for NoRoleInTenant: where the user does hold roles
}

// Explain answers q as Decide does and says why. It is slower than Decide.
func (s *Snapshot) Explain(q authz.Query) Explanation {
	e := Explanation{Decision: s.Decide(q)}
	u, known := s.users.get(string(q.User))
	tenant, there := s.tenants.get(string(q.Tenant))
	resource, defined := s.resources.get(string(q.Resource))
	switch {
	case known && u.suspended:
		e.Reason = Suspended
	case e.Decision.Allow:
		e.Reason, e.Roles = Allowed, s.rolesThat(u.in(tenant), q)
	case !defined:
		e.Reason = NoSuchResource
	case !slices.ContainsFunc(resource.Actions, func(a authz.Action) bool { return a.Key == q.Action }):
		e.Reason = NoSuchAction
	case !there && q.Tenant != "":
		e.Reason = NoSuchTenant
	case !known:
		e.Reason = NotSynced
	case !s.holdsAny(u):
		e.Reason = NoRoles
	case there && !s.anyLive(u.in(tenant)):
		e.Reason, e.Tenants = NoRoleInTenant, s.tenantsOf(u)
	default:
		e.Reason, e.Roles = NoPermission, s.rolesThat(u.in(tenant), authz.Query{})
	}
	return e
}

// rolesThat are the live roles among grants that permit what q asks, sorted; the
// zero query is permitted by all.
func (s *Snapshot) rolesThat(grants []grant, q authz.Query) []authz.RoleKey {
	want, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	var roles []authz.RoleKey
	for _, g := range grants {
		if s.live(g) && (q == (authz.Query{}) || ok && s.policy.permits[g.role].has(want)) {
			roles = append(roles, s.policy.keys[g.role])
		}
	}
	slices.Sort(roles)
	return roles
}

// live reports whether the role of g still exists.
func (s *Snapshot) live(g grant) bool { return s.policy.keys[g.role] != "" }

func (s *Snapshot) anyLive(grants []grant) bool { return slices.ContainsFunc(grants, s.live) }

func (s *Snapshot) holdsAny(u subject) bool { return s.anyLive(u.grants) && len(s.tenantsOf(u)) > 0 }

// tenantsOf are the live tenants in which the user holds a live role, sorted.
func (s *Snapshot) tenantsOf(u subject) []authz.TenantKey {
	var tenants []authz.TenantKey
	if len(u.grants) == 0 {
		return nil
	}
	s.tenants.each(func(key string, n number) {
		if s.anyLive(u.in(n)) {
			tenants = append(tenants, authz.TenantKey(key))
		}
	})
	slices.Sort(tenants)
	return tenants
}
