package engine

import (
	"cmp"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An Assignment is a role that a user holds in a tenant, or on an instance that
// lies in it. The tenant is empty for an instance that lies nowhere.
type Assignment struct {
	User   authz.UserKey
	Role   authz.RoleKey
	Tenant authz.TenantKey
	Node   authz.Node // the zero Node for the whole tenant
}

// An AssignmentFilter selects assignments: those whose non-empty fields match.
type AssignmentFilter struct {
	User   authz.UserKey
	Role   authz.RoleKey
	Tenant authz.TenantKey
	Type   authz.ResourceKey // held on instances of it; [TenantType] for whole tenants
	Node   authz.Node        // held on it
}

// Assignments lists n assignments after offset others, sorted by user, tenant,
// instance and role. Unless f names a user it looks at every user, and sorts the
// keys of those it selects.
func (s *Snapshot) Assignments(f AssignmentFilter, offset, n int) []Assignment {
	if s.policy == nil {
		return nil
	}
	var users []string
	if f.User != "" {
		users = []string{string(f.User)}
	} else {
		s.users.each(func(key string, u subject) {
			if slices.ContainsFunc(u.held(), func(g grant) bool { _, ok := s.assignment(f, authz.UserKey(key), g); return ok }) {
				users = append(users, key)
			}
		})
		slices.Sort(users)
	}
	var list []Assignment
	for _, key := range users {
		all := s.assignmentsOf(f, authz.UserKey(key))
		skipped := min(offset, len(all))
		offset -= skipped
		list = append(list, all[skipped:min(len(all), skipped+n-len(list))]...)
		if len(list) == n {
			break
		}
	}
	return list
}

// assignmentsOf are the assignments of a user that f selects, sorted.
func (s *Snapshot) assignmentsOf(f AssignmentFilter, user authz.UserKey) (list []Assignment) {
	u, _ := s.users.get(string(user))
	for _, g := range u.held() {
		if a, ok := s.assignment(f, user, g); ok {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Assignment) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Node.String(), b.Node.String()), cmp.Compare(a.Role, b.Role))
	})
	return list
}

// assignment is a grant by its names; ok is false if it is dead or f does not
// select it.
func (s *Snapshot) assignment(f AssignmentFilter, user authz.UserKey, g grant) (a Assignment, ok bool) {
	o := s.objects.get(g.where)
	if !s.live(g) || !s.alive(&o) {
		return a, false
	}
	a = Assignment{User: user, Role: s.policy.roles[g.role].key}
	kind := TenantType
	if o.kind == tenantKind {
		a.Tenant = authz.TenantKey(s.name(g.where))
	} else {
		a.Node, _ = authz.ParseNode(s.name(g.where))
		kind = a.Node.Type
		if o.tenant != 0 {
			a.Tenant = authz.TenantKey(s.name(o.tenant))
		}
	}
	return a, (f.Role == "" || f.Role == a.Role) && (f.Tenant == "" || f.Tenant == a.Tenant) &&
		(f.Type == "" || f.Type == kind) && (f.Node == authz.Node{} || f.Node == a.Node)
}
