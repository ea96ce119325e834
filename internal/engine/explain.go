package engine

import (
	"cmp"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Reason says in one stable code why a model decided as it did. The codes are
// those of the Permit PDP's debug blocks, and user_suspended and closed_by_setting,
// which are ours.
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

	NoUserSet     Reason = "no_matching_usersets"
	NoResourceSet Reason = "no_matching_resourcesets"
	NoRule        Reason = "no_matching_rules"

	// ClosedBySetting: the model would allow, were it not for the settings that the
	// explanation names.
	ClosedBySetting Reason = "closed_by_setting"
)

// An Explanation is a decision with what led to it, model by model.
type Explanation struct {
	Decision authz.Decision

	Reason  Reason            // why tenant roles decided as they did
	Roles   []authz.RoleKey   // when they allow: every role that does; otherwise those held in the tenant
	Tenants []authz.TenantKey // for NoRoleInTenant: where the user does hold roles
	// Settings must be off for tenant roles to decide as Permit would; none if
	// they do.
	Settings []authz.Setting

	Instance *InstanceReason // nil if the question names no instance
	Rules    *RuleReason     // nil if the environment has no rules
}

// An InstanceReason says why roles on instances decided as they did.
type InstanceReason struct {
	Reason   Reason
	Paths    []Path          // one for each role on the instance that allows
	Settings []authz.Setting // as in [Explanation]
}

// A Path is how a user comes to a role on an instance: the first step is the role
// that was assigned, each next one is derived from the one before it.
type Path []Step

// A Step is a role on an instance, and the relation by which the instance before
// it stands to it; the first step has none.
type Step struct {
	Node     authz.Node
	Role     authz.RoleKey
	Relation authz.RelationKey
}

// A RuleReason says why condition sets decided as they did.
type RuleReason struct {
	Reason       Reason
	Allowing     []SetPair      // rules that allow
	UserSets     []authz.SetKey // those of the rules' user sets that hold
	ResourceSets []authz.SetKey
	Settings     []authz.Setting // as in [Explanation]; of rules they may also open what is closed
}

// A SetPair is the two sets of a rule. What stands for a role or a type is named
// as Permit names it: __autogen_ and its key.
type SetPair struct{ Users, Resources authz.SetKey }

// Explain answers q as Decide does and says why. It is slower than Decide.
func (s *Snapshot) Explain(q authz.Query) Explanation {
	e := Explanation{Decision: s.Decide(q)}
	if s.policy == nil {
		e.Reason = NoSuchResource
		return e
	}
	u, known := s.users.get(string(q.User))
	s.explainTenant(&e, &q, &u, known)
	if known && u.suspended {
		return e
	}
	if q.Instance != "" {
		e.Instance = s.explainInstance(&q, &u, known)
	}
	if len(s.policy.sets) > 0 {
		e.Rules = s.explainRules(&q, &u, known)
	}
	// Of several roles that allow, the first by key, so that the answer is the same
	// for every history that led to this environment.
	switch e.Decision.By {
	case authz.RBAC:
		e.Decision.Role = e.Roles[0]
	case authz.ReBAC:
		e.Decision.Role = e.Instance.Paths[0][len(e.Instance.Paths[0])-1].Role
	case authz.ABAC:
	}
	return e
}

// undefined is why no model can allow what q asks; empty if it can.
func (s *Snapshot) undefined(q *authz.Query) Reason {
	t, defined := s.schema.types.get(string(q.Resource))
	if !defined {
		return NoSuchResource
	}
	if !slices.ContainsFunc(t.Actions, func(a authz.Action) bool { return a.Key == q.Action }) {
		return NoSuchAction
	}
	if _, there := s.tenants.get(string(q.Tenant)); !there && q.Tenant != "" {
		return NoSuchTenant
	}
	return ""
}

func (s *Snapshot) explainTenant(e *Explanation, q *authz.Query, u *subject, known bool) {
	t, there := s.tenants.get(string(q.Tenant))
	var held []grant
	if there {
		held = u.in(t.number)
	}
	allowing := s.rolesThat(held, q)
	undefined := s.undefined(q)
	switch {
	case known && u.suspended:
		e.Reason = Suspended
	case len(allowing) > 0 && s.elsewhere(q):
		e.Reason, e.Roles = ClosedBySetting, s.rolesThat(held, nil)
		e.Settings = []authz.Setting{authz.InstancesInTenant}
	case len(allowing) > 0:
		e.Reason, e.Roles = Allowed, allowing
	case undefined != "":
		e.Reason = undefined
	case !known:
		e.Reason = NotSynced
	case len(s.tenantsOf(u)) == 0:
		e.Reason = NoRoles
	case there && !s.anyLive(held):
		e.Reason, e.Tenants = NoRoleInTenant, s.tenantsOf(u)
	default:
		e.Reason, e.Roles = NoPermission, s.rolesThat(held, nil)
	}
}

// rolesThat are the live roles among grants that permit what q asks, sorted; all
// of them if q is nil.
func (s *Snapshot) rolesThat(grants []grant, q *authz.Query) []authz.RoleKey {
	want := -1
	if q != nil {
		n, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
		if !ok {
			return nil
		}
		want = n
	}
	var roles []authz.RoleKey
	for _, g := range grants {
		if r := s.policy.roles[g.role]; r != nil && (want < 0 || r.permits.has(want)) {
			roles = append(roles, r.key)
		}
	}
	slices.Sort(roles)
	return roles
}

// tenantsOf are the live tenants in which the user holds a live role, sorted.
func (s *Snapshot) tenantsOf(u *subject) []authz.TenantKey {
	if u == nil || len(u.held()) == 0 {
		return nil
	}
	var tenants []authz.TenantKey
	for _, g := range u.held() {
		o := s.objects.get(g.where)
		if key := authz.TenantKey(s.name(g.where)); o.kind == tenantKind && s.live(g) && (len(tenants) == 0 || tenants[len(tenants)-1] != key) {
			tenants = append(tenants, key)
		}
	}
	slices.Sort(tenants)
	return tenants
}

func (s *Snapshot) explainInstance(q *authz.Query, u *subject, known bool) *InstanceReason {
	why := &InstanceReason{}
	want, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	if n, there := s.asked(q); ok && there && known && q.Tenant != "" {
		for _, role := range s.policy.granting[want] {
			if p := s.path(u, grant{where: n, role: role}); p != nil {
				p[len(p)-1].Node = authz.Node{Type: q.Resource, Key: q.Instance} // which may not be stored
				why.Paths = append(why.Paths, p)
			}
		}
	}
	slices.SortFunc(why.Paths, func(a, b Path) int { return cmp.Compare(a[len(a)-1].Role, b[len(b)-1].Role) })
	switch undefined := s.undefined(q); {
	case len(why.Paths) > 0 && s.elsewhere(q):
		why.Reason, why.Paths, why.Settings = ClosedBySetting, nil, []authz.Setting{authz.InstancesInTenant}
	case len(why.Paths) > 0:
		why.Reason = Allowed
	case undefined != "":
		why.Reason = undefined
	case !known:
		why.Reason = NotSynced
	default:
		why.Reason = NoPermission
	}
	return why
}

// path is a shortest way by which u comes to the role on the instance, or nil; of
// several the same one whatever history led to this environment.
func (s *Snapshot) path(u *subject, goal grant) Path {
	type from struct {
		next     grant
		relation number
	}
	towards := map[grant]from{goal: {}}
	for queue := []grant{goal}; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		o := s.objects.get(g.where)
		if !s.alive(&o) {
			continue
		}
		direct := u.in(g.where)
		if slices.Contains(direct, g) {
			var p Path
			relation := number(0)
			for {
				p = append(p, Step{Node: s.nameOf(g.where), Role: s.policy.roles[g.role].key, Relation: s.relationName(relation)})
				if g == goal {
					return p
				}
				relation, g = towards[g].relation, towards[g].next
			}
		}
		for _, d := range s.policy.roles[g.role].derive {
			if d.noDirect && s.anyLive(direct) {
				continue
			}
			for _, e := range s.byName(along(s.in(g.where, &o), d.relation), along(s.toEvery(&o), d.relation)) {
				before := grant{where: e.other, role: d.from}
				if _, seen := towards[before]; !seen {
					towards[before] = from{next: g, relation: e.relation}
					queue = append(queue, before)
				}
			}
		}
	}
	return nil
}

// byName are edges sorted by what stands at their other end: numbers are given in
// the order of history.
func (s *Snapshot) byName(edges ...[]edge) []edge {
	return slices.SortedFunc(slices.Values(slices.Concat(edges...)), func(a, b edge) int {
		return cmp.Compare(s.name(a.other), s.name(b.other))
	})
}

// nameOf is the name of an instance that was alive when its number was met.
func (s *Snapshot) nameOf(n number) authz.Node {
	name, _ := authz.ParseNode(s.name(n))
	return name
}

func (s *Snapshot) relationName(n number) (name authz.RelationKey) {
	s.schema.types.each(func(key string, t kind) {
		for _, r := range t.Relations {
			if is, ok := s.schema.relations.get(relationKey(authz.ResourceKey(key), r.Key)); ok && is == n {
				name = r.Key
			}
		}
	})
	return name
}

func (s *Snapshot) explainRules(q *authz.Query, u *subject, known bool) *RuleReason {
	why := &RuleReason{}
	x := s.scopeOf(q, u, known)
	holds := make([]bool, len(s.policy.sets))
	for i, set := range s.policy.sets {
		holds[i] = !q.NoAttributes && set.condition.holds(x)
	}
	want, ok := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	open := !s.elsewhere(q) && (!s.policy.settings.RulesForMembers || x.isMember())
	users, resources := map[authz.SetKey]bool{}, map[authz.SetKey]bool{}
	for p, rules := range s.policy.rules {
		for _, r := range rules {
			pair := SetPair{Users: s.policy.sets[r.users].name, Resources: s.policy.sets[r.resources].name}
			users[pair.Users] = users[pair.Users] || holds[r.users]
			resources[pair.Resources] = resources[pair.Resources] || holds[r.resources]
			if ok && p == want && open && holds[r.users] && holds[r.resources] {
				why.Allowing = append(why.Allowing, pair)
			}
		}
	}
	why.UserSets, why.ResourceSets = holding(users), holding(resources)
	if ok {
		why.Settings = deciding(s.policy.settings, func(on authz.Settings) bool { return s.ruleHoldsUnder(on, q, u, known, want) })
	}
	switch {
	case len(why.Allowing) > 0:
		why.Reason = Allowed
	case len(why.Settings) > 0:
		why.Reason = ClosedBySetting
	case len(why.UserSets) == 0:
		why.Reason = NoUserSet
	case len(why.ResourceSets) == 0:
		why.Reason = NoResourceSet
	default:
		why.Reason = NoRule
	}
	return why
}

func holding(sets map[authz.SetKey]bool) []authz.SetKey {
	var names []authz.SetKey
	for name, holds := range sets {
		if holds {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
