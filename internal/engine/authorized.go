package engine

import (
	"cmp"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Source is why a user is authorized: a role as it was assigned, in a tenant or
// on an instance, or a rule.
type Source struct {
	Role authz.RoleKey // as assigned; empty for a rule
	Node authz.Node    // what the role is held on; the zero Node for the tenant
	Rule SetPair       // of a rule
}

// AuthorizedUsers are the users that may do what q asks, each with every source
// of it, sorted; q.User and q.UserAttributes are not looked at. Rules count only
// if rules is true.
//
// It looks at every user once: an index of users by grant would have to be kept
// by every write and held in memory for a question that is asked rarely. A
// million users with three grants each take about a third of a second. The
// instances from which the permission derives are walked once, and again for
// each candidate only where a derivation depends on his direct roles.
func (s *Snapshot) AuthorizedUsers(q authz.Query, rules bool) map[authz.UserKey][]Source {
	all := map[authz.UserKey][]Source{}
	if s.policy == nil {
		return all
	}
	want, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	if !ok || s.elsewhere(&q) {
		return all
	}
	f := finder{s: s, q: &q, want: want}
	if q.Tenant != "" {
		f.prepare()
	}
	rules = rules && len(s.policy.rules[want]) > 0 && !q.NoAttributes
	q.UserAttributes = nil
	s.users.each(func(key string, u subject) {
		if u.suspended {
			return
		}
		sources := f.roles(&u)
		if rules {
			sources = append(sources, f.rules(authz.UserKey(key), u)...)
		}
		if len(sources) > 0 {
			slices.SortFunc(sources, compareSources)
			all[authz.UserKey(key)] = sources
		}
	})
	return all
}

func compareSources(a, b Source) int {
	return cmp.Or(cmp.Compare(a.Node.String(), b.Node.String()), cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.Rule.Users, b.Rule.Users), cmp.Compare(a.Rule.Resources, b.Rule.Resources))
}

// A finder looks for the users that may do one thing.
type finder struct {
	s           *Snapshot
	q           *authz.Query
	want        int
	tenant      number
	node        number
	from        map[grant]struct{} // what leads to the permission on the instance
	conditional bool               // for some it may not
}

// prepare finds the tenant, the instance and what leads to it.
func (f *finder) prepare() {
	t, _ := f.s.tenants.get(string(f.q.Tenant))
	f.tenant = t.number
	if f.q.Instance == "" || len(f.s.policy.granting[f.want]) == 0 {
		return
	}
	if n, ok := f.s.asked(f.q); ok {
		f.node = n
		f.from, f.conditional = f.s.leading(n, f.s.policy.granting[f.want], nil)
	}
}

// leading are the roles on instances from which one of roles on n derives, these
// themselves among them: for the user u, or for one with no direct role on the
// way. conditional says that a direct role may stop a derivation.
func (s *Snapshot) leading(n number, roles []number, u *subject) (from map[grant]struct{}, conditional bool) {
	from = map[grant]struct{}{}
	var next []grant
	for _, r := range roles {
		next = append(next, grant{where: n, role: r})
	}
	for len(next) > 0 {
		g := next[len(next)-1]
		next = next[:len(next)-1]
		if _, again := from[g]; again {
			continue
		}
		o := s.objects.get(g.where)
		if !s.alive(&o) {
			continue
		}
		from[g] = struct{}{}
		for _, d := range s.policy.roles[g.role].derive {
			conditional = conditional || d.noDirect
			if d.noDirect && u != nil && s.anyLive(u.in(g.where)) {
				continue
			}
			for _, e := range slices.Concat(along(s.in(g.where, &o), d.relation), along(s.toEvery(&o), d.relation)) {
				next = append(next, grant{where: e.other, role: d.from})
			}
		}
	}
	return from, conditional
}

// roles are the assignments by which u may.
func (f *finder) roles(u *subject) (sources []Source) {
	if f.tenant != 0 {
		for _, g := range u.in(f.tenant) {
			if r := f.s.policy.roles[g.role]; r != nil && r.permits.has(f.want) {
				sources = append(sources, Source{Role: r.key})
			}
		}
	}
	from := f.from
	if from == nil || !slices.ContainsFunc(u.held(), func(g grant) bool { return leads(from, g) }) {
		return sources
	}
	if f.conditional {
		from, _ = f.s.leading(f.node, f.s.policy.granting[f.want], u)
	}
	for _, g := range u.held() {
		if leads(from, g) {
			sources = append(sources, Source{Role: f.s.policy.roles[g.role].key, Node: f.s.nameOf(g.where)})
		}
	}
	return sources
}

func leads(from map[grant]struct{}, g grant) bool {
	_, ok := from[g]
	return ok
}

// rules are the rules by which u may. It has its own copy of u, as ruleHolds has.
func (f *finder) rules(key authz.UserKey, u subject) (sources []Source) {
	q := *f.q
	q.User, q.UserAttributes = key, nil
	x := f.s.scopeOf(&q, &u, true)
	if f.s.policy.settings.RulesForMembers && !x.isMember() {
		return nil
	}
	var tried, held memo
	for _, r := range f.s.policy.rules[f.want] {
		if x.setHolds(r.users, &tried, &held) && x.setHolds(r.resources, &tried, &held) {
			pair := SetPair{Users: f.s.policy.sets[r.users].name, Resources: f.s.policy.sets[r.resources].name}
			sources = append(sources, Source{Rule: pair})
		}
	}
	return sources
}

// AllowedTenants are the tenants in which q is allowed, sorted; q.Tenant is not
// looked at. With tenantRoles, only roles in tenants count. What a role on an
// instance permits is allowed in every tenant, as Decide says, unless the
// settings keep instances in theirs. Every tenant is
// looked at only where a rule may permit or a role on the instance does.
func (s *Snapshot) AllowedTenants(q authz.Query, tenantRoles bool) []Tenant {
	if s.policy == nil {
		return nil
	}
	want, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	u, known := s.users.get(string(q.User))
	if !ok || u.suspended {
		return nil
	}
	byInstance := !tenantRoles && q.Instance != ""
	_, stored := s.nodeOf(q.Resource, q.Instance)
	everywhere := byInstance && stored && s.roleOnInstance(&u, &q, want) != 0
	byEvery := byInstance && !stored && s.every.len > 0 // it lies in the tenant that is asked about
	byRule := !tenantRoles && len(s.policy.rules[want]) > 0 && !q.NoAttributes
	var all []Tenant
	add := func(key string, t tenant) {
		q.Tenant = authz.TenantKey(key)
		if s.elsewhere(&q) {
			return
		}
		if everywhere || s.roleInTenant(&u, q.Tenant, want) != 0 || byEvery && s.roleOnInstance(&u, &q, want) != 0 || byRule && s.ruleHolds(q, u, known, want) {
			all = append(all, Tenant{Key: q.Tenant, Attributes: shown(t.attributes)})
		}
	}
	if everywhere || byEvery || byRule {
		s.tenants.each(add)
	} else {
		for _, key := range s.tenantsOf(&u) {
			t, _ := s.tenants.get(string(key))
			add(string(key), t)
		}
	}
	slices.SortFunc(all, func(a, b Tenant) int { return cmp.Compare(a.Key, b.Key) })
	return all
}
