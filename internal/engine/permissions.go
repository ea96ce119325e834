package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A PermissionsQuery asks for everything a user may. Of Tenants, Resources and
// Types nil does not restrict.
type PermissionsQuery struct {
	User authz.UserKey
	// Tenants are keys, of tenants and of what lies in them.
	Tenants []authz.TenantKey
	// Resources are names ("type:key") or bare keys of instances, and names of
	// tenants ("__tenant:key"). Where only tenants are named, every instance is
	// kept; where Tenants is nil, only tenants that are named are kept.
	Resources []string
	// Types are kept types of instances; TenantType among them keeps tenants.
	// Empty keeps everything.
	Types []authz.ResourceKey

	// Rules adds what rules permit on the stored instances of Types that lie in
	// tenants of the user. It looks at every instance.
	Rules          bool
	UserAttributes authz.Attributes
	Context        authz.Attributes
}

// TenantType is the type by which lists name tenants.
const TenantType authz.ResourceKey = "__tenant"

// An Entry is what a user may in one tenant or on one instance.
type Entry struct {
	Tenant      Tenant           // the tenant itself, or the one the instance lies in
	Node        authz.Node       // the instance; the zero Node for the tenant
	Attributes  authz.Attributes // of the instance
	Roles       []authz.RoleKey  // held or derived there, sorted; empty if only rules permit
	Permissions []authz.Permission
}

// A Tenant is a tenant as lists show it.
type Tenant struct {
	Key        authz.TenantKey
	Attributes authz.Attributes
}

// Permissions is what the user of q may, complete, by its roles and, if q asks
// for it, by rules: first by tenant, then by instance, sorted. The cost without
// rules is that of the tenants and instances the user has a role on. Instances
// that lie in no tenant are left out.
func (s *Snapshot) Permissions(q PermissionsQuery) []Entry {
	u, known := s.users.get(string(q.User))
	if !known || u.suspended || s.policy == nil {
		return nil
	}
	l := lister{s: s, u: &u, q: &q, tenants: map[number]Tenant{}, byName: s.policy.byNumber()}
	var all []Entry
	for where, roles := range s.rolesOf(&u) {
		if e, ok := l.entry(where); ok {
			e.Roles, e.Permissions = l.roles(roles)
			all = append(all, e)
		}
	}
	if q.Rules && len(q.Types) > 0 {
		all = l.addRules(all)
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Node.String(), b.Node.String()), cmp.Compare(a.Tenant.Key, b.Tenant.Key))
	})
	return all
}

// UserTenants are the tenants in which the user holds a role, sorted.
func (s *Snapshot) UserTenants(user authz.UserKey) []Tenant {
	u, _ := s.users.get(string(user))
	if u.suspended {
		return nil
	}
	var all []Tenant
	for _, key := range s.tenantsOf(&u) {
		t, _ := s.tenants.get(string(key))
		all = append(all, Tenant{Key: key, Attributes: shown(t.attributes)})
	}
	return all
}

// rolesOf are the roles that u holds in tenants and holds or derives on instances.
// It walks from what is assigned towards what follows, as walk does the other way.
func (s *Snapshot) rolesOf(u *subject) map[number][]number {
	roles := map[number][]number{}
	seen := map[grant]struct{}{}
	var byEvery map[number][]number // made when it is needed
	for next := slices.Clone(u.held()); len(next) > 0; {
		g := next[len(next)-1]
		next = next[:len(next)-1]
		if _, again := seen[g]; again || !s.live(g) {
			continue
		}
		seen[g] = struct{}{}
		o := s.objects.get(g.where)
		if !s.alive(&o) {
			continue
		}
		roles[g.where] = append(roles[g.where], g.role)
		for _, d := range s.policy.onward[g.role] {
			for _, e := range along(s.out(g.where), d.relation) {
				if !s.isEvery(e.other) {
					next = s.derived(next, u, e.other, d)
					continue
				}
				if byEvery == nil {
					byEvery = s.instancesByEvery()
				}
				for _, n := range byEvery[e.other] {
					next = s.derived(next, u, n, d)
				}
			}
		}
	}
	return roles
}

// derived adds to grants the role that u derives by d on object n, if it does.
func (s *Snapshot) derived(grants []grant, u *subject, n number, d onward) []grant {
	if d.noDirect && s.anyLive(u.in(n)) {
		return grants
	}
	return append(grants, grant{where: n, role: d.to})
}

// byNumber are the permissions by their number.
func (p *policy) byNumber() []authz.Permission {
	names := make([]authz.Permission, len(p.permissions))
	for name, i := range p.permissions {
		names[i] = name
	}
	return names
}

// A lister makes the entries of one answer.
type lister struct {
	s       *Snapshot
	u       *subject
	q       *PermissionsQuery
	tenants map[number]Tenant  // those shown, made once
	byName  []authz.Permission // by number
}

// entry is the entry of a tenant or instance without what is permitted there; ok
// is false if it is not asked for or lies in no tenant.
func (l *lister) entry(where number) (e Entry, ok bool) {
	o := l.s.objects.get(where)
	in := where
	if o.kind != tenantKind {
		in = o.tenant
		e.Node, _ = authz.ParseNode(l.s.name(where))
	}
	if in == 0 || !l.keeps(e.Node, l.s.name(in)) {
		return e, false
	}
	e.Attributes = shown(l.s.attributesOf(where))
	if e.Tenant, ok = l.tenants[in]; !ok {
		key := l.s.name(in)
		t, _ := l.s.tenants.get(key)
		e.Tenant = Tenant{Key: authz.TenantKey(key), Attributes: shown(t.attributes)}
		l.tenants[in] = e.Tenant
	}
	return e, true
}

// keeps reports whether an instance, or a tenant if n is none, is asked for.
func (l *lister) keeps(n authz.Node, tenant string) bool {
	kind := n.Type
	if n == (authz.Node{}) {
		kind = TenantType
	}
	switch {
	case l.q.Tenants != nil && !slices.Contains(l.q.Tenants, authz.TenantKey(tenant)):
		return false
	case len(l.q.Types) > 0 && !slices.Contains(l.q.Types, kind):
		return false
	case l.q.Resources == nil:
		return true
	case kind == TenantType:
		return l.q.Tenants != nil || slices.Contains(l.q.Resources, tenantName(tenant))
	}
	name := n.String()
	tenantsOnly := len(l.q.Resources) > 0
	for _, r := range l.q.Resources {
		if r == name || r == n.Key {
			return true
		}
		tenantsOnly = tenantsOnly && strings.HasPrefix(r, tenantName(""))
	}
	return tenantsOnly
}

func tenantName(key string) string { return string(TenantType) + ":" + key }

// roles are the names of roles and of what they permit together, sorted.
func (l *lister) roles(roles []number) ([]authz.RoleKey, []authz.Permission) {
	var keys []authz.RoleKey
	var together bitset
	for _, n := range roles {
		r := l.s.policy.roles[n]
		keys = append(keys, r.key)
		for i, word := range r.permits {
			for len(together) <= i {
				together = append(together, 0)
			}
			together[i] |= word
		}
	}
	slices.Sort(keys)
	var permissions []authz.Permission
	for i, p := range l.byName {
		if together.has(i) {
			permissions = append(permissions, p)
		}
	}
	slices.SortFunc(permissions, comparePermissions)
	return keys, permissions
}

func comparePermissions(a, b authz.Permission) int {
	return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Action, b.Action))
}

// addRules adds what rules permit on stored instances.
func (l *lister) addRules(all []Entry) []Entry {
	place := map[authz.Node]int{}
	for i, e := range all {
		place[e.Node] = i
	}
	l.s.nodes.each(func(name string, n number) {
		node, _ := authz.ParseNode(name)
		o := l.s.objects.get(n)
		if !slices.Contains(l.q.Types, node.Type) || !l.s.alive(&o) || !l.s.anyLive(l.u.in(o.tenant)) {
			return
		}
		tenant := l.s.name(o.tenant)
		if !l.keeps(node, tenant) {
			return
		}
		permitted := l.byRules(node, authz.TenantKey(tenant))
		if len(permitted) == 0 {
			return
		}
		if i, there := place[node]; there {
			permitted = append(permitted, all[i].Permissions...)
			slices.SortFunc(permitted, comparePermissions)
			all[i].Permissions = slices.Compact(permitted)
			return
		}
		if e, ok := l.entry(n); ok {
			e.Permissions = permitted
			all = append(all, e)
		}
	})
	return all
}

// byRules is what rules permit on an instance, sorted.
func (l *lister) byRules(n authz.Node, t authz.TenantKey) (permitted []authz.Permission) {
	for i, p := range l.byName {
		if p.Resource != n.Type || len(l.s.policy.rules[i]) == 0 {
			continue
		}
		q := authz.Query{
			User: l.q.User, Action: p.Action, Resource: n.Type, Instance: n.Key, Tenant: t,
			UserAttributes: l.q.UserAttributes, Context: l.q.Context,
		}
		if l.s.ruleHolds(q, *l.u, true, i) {
			permitted = append(permitted, p)
		}
	}
	slices.SortFunc(permitted, comparePermissions)
	return permitted
}

// TenantRoles are the roles that the user holds in each tenant, sorted; roles on
// instances are not among them. Who is suspended or unknown holds none.
func (s *Snapshot) TenantRoles(user authz.UserKey) map[authz.TenantKey][]authz.RoleKey {
	u, _ := s.users.get(string(user))
	if u.suspended || s.policy == nil {
		return nil
	}
	roles := map[authz.TenantKey][]authz.RoleKey{}
	for _, g := range u.held() {
		if s.objects.get(g.where).kind != tenantKind || !s.live(g) {
			continue
		}
		tenant := authz.TenantKey(s.name(g.where))
		roles[tenant] = append(roles[tenant], s.policy.roles[g.role].key)
	}
	for _, list := range roles {
		slices.Sort(list)
	}
	return roles
}
