package engine

import "github.com/gatehouse-authz/gatehouse/internal/authz"

// Decide answers q: a user may what a role that it holds in the tenant permits
// (RBAC), what a role permits that it holds or derives on the instance (ReBAC),
// or what a rule permits whose two sets hold (ABAC). A suspended user may nothing.
// Roles need a tenant to be named; rules do not. The settings of the environment
// may take from this.
func (s *Snapshot) Decide(q authz.Query) authz.Decision {
	no := authz.Decision{Revision: s.rev}
	if s.policy == nil {
		return no
	}
	want, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	if !ok {
		return no
	}
	u, known := s.subject(q.User)
	if u.suspended || q.Instance != "" && s.policy.settings.InstancesInTenant && s.elsewhere(&q) {
		return no
	}
	if known && q.Tenant != "" {
		if role := s.roleInTenant(u, q.Tenant, want); role != 0 {
			return authz.Decision{Allow: true, Revision: s.rev, By: authz.RBAC, Role: s.policy.roles[role].key}
		}
		if q.Instance != "" && len(s.policy.granting[want]) > 0 {
			if role := s.roleOnInstance(u, &q, want); role != 0 {
				return authz.Decision{Allow: true, Revision: s.rev, By: authz.ReBAC, Role: s.policy.roles[role].key}
			}
		}
	}
	if len(s.policy.rules[want]) > 0 && !q.NoAttributes && s.ruleHolds(q, *u, known, want) {
		return authz.Decision{Allow: true, Revision: s.rev, By: authz.ABAC}
	}
	return no
}

// nobody is a user of whom nothing is known.
var nobody subject

// subject is the user in place; nobody, and false, if there is none.
func (s *Snapshot) subject(key authz.UserKey) (*subject, bool) {
	if e := s.users.find(string(key)); e != nil {
		return &e.value, true
	}
	return &nobody, false
}

// Knows reports whether there is such a user.
func (s *Snapshot) Knows(user authz.UserKey) bool { return s.users.find(string(user)) != nil }

// roleInTenant is a role that u holds in the tenant and that permits want; 0 if
// there is none.
func (s *Snapshot) roleInTenant(u *subject, key authz.TenantKey, want int) number {
	t := s.tenants.find(string(key))
	if t == nil {
		return 0
	}
	for _, g := range u.in(t.value.number) {
		if r := s.policy.roles[g.role]; r != nil && r.permits.has(want) {
			return g.role
		}
	}
	return 0
}

// roleOnInstance is a role that u has on the instance of q and that permits want; 0
// if there is none.
func (s *Snapshot) roleOnInstance(u *subject, q *authz.Query, want int) number {
	if len(u.held()) == 0 {
		return 0
	}
	n, ok := s.asked(q)
	if !ok {
		return 0
	}
	w := walk{s: s, u: u}
	for _, role := range s.policy.granting[want] {
		if w.has(n, role) {
			return role
		}
	}
	return 0
}

// ruleHolds reports whether a rule for want has two sets that hold. It has its
// own copies of q and u, since the conditions keep pointers to them.
func (s *Snapshot) ruleHolds(q authz.Query, u subject, known bool, want int) bool {
	x := s.scopeOf(&q, &u, known)
	if s.policy.settings.RulesForMembers && !x.isMember() {
		return false
	}
	var tried, held memo
	for _, r := range s.policy.rules[want] {
		if x.setHolds(r.users, &tried, &held) && x.setHolds(r.resources, &tried, &held) {
			return true
		}
	}
	return false
}

func (s *Snapshot) scopeOf(q *authz.Query, u *subject, known bool) *scope {
	x := &scope{s: s, q: q}
	if known {
		x.user = u
	}
	if t, ok := s.tenants.get(string(q.Tenant)); ok {
		x.tenant = t.number
	}
	return x
}

// A memo has a bit for each of the first sets of a policy; sets beyond it are
// evaluated each time.
type memo [4]uint64

func (x *scope) setHolds(place int, tried, held *memo) bool {
	word, bit := place>>6, uint64(1)<<(place&63)
	if word < len(tried) && tried[word]&bit != 0 {
		return held[word]&bit != 0
	}
	holds := x.s.policy.sets[place].condition.holds(x)
	if word < len(tried) {
		tried[word] |= bit
		if holds {
			held[word] |= bit
		}
	}
	return holds
}
