package engine_test

import (
	"slices"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A second is a second engine, written from the description of Permit's
// decisions and not from this package: it is meant to be read, not to be fast.
// What the changes say is kept in maps and lists as it was said, and every
// answer is worked out from there.
type second struct {
	users       map[authz.UserKey]authz.User
	tenants     map[authz.TenantKey]authz.Tenant
	roles       map[authz.RoleKey]authz.Role
	resources   map[authz.ResourceKey]authz.Resource
	instances   map[authz.Node]authz.Instance
	sets        map[authz.SetKey]authz.ConditionSet
	assignments []authz.Assignment
	tuples      []authz.Tuple
	rules       []authz.Rule
	settings    authz.Settings

	// For those who want to know what was reached.
	count   map[string]*outcomes  // of operators
	decided map[authz.Setting]int // how often one was named
}

// outcomes are how often an operator held and did not.
type outcomes struct{ held, not int }

func newSecond() *second {
	return &second{
		users: map[authz.UserKey]authz.User{}, tenants: map[authz.TenantKey]authz.Tenant{}, roles: map[authz.RoleKey]authz.Role{},
		resources: map[authz.ResourceKey]authz.Resource{}, instances: map[authz.Node]authz.Instance{}, sets: map[authz.SetKey]authz.ConditionSet{},
		count: map[string]*outcomes{}, decided: map[authz.Setting]int{},
	}
}

func (s *second) fold(changes ...authz.Change) {
	for _, change := range changes {
		s.foldOne(change)
	}
}

func (s *second) foldOne(change authz.Change) {
	switch c := change.(type) {
	case authz.PutUser:
		s.users[c.User.Key] = c.User
	case authz.DeleteUser:
		delete(s.users, c.Key)
		s.unassign(func(a authz.Assignment) bool { return a.User == c.Key })
	case authz.PutTenant:
		s.tenants[c.Tenant.Key] = c.Tenant
	case authz.DeleteTenant:
		delete(s.tenants, c.Key)
		s.unassign(func(a authz.Assignment) bool { return a.Tenant == c.Key })
		for n, i := range s.instances {
			if i.Tenant == c.Key {
				s.deleteInstance(n)
			}
		}
	case authz.PutRole:
		s.roles[c.Role.Key] = c.Role
	case authz.DeleteRole:
		delete(s.roles, c.Key)
		s.unassign(func(a authz.Assignment) bool { return a.Instance == authz.Node{} && a.Role == c.Key })
		s.unrule(func(r authz.Rule) bool { return r.Role == c.Key })
	case authz.PutResource:
		s.putResource(c.Resource)
	case authz.DeleteResource:
		s.putResource(authz.Resource{Key: c.Key}) // it loses its roles and relations
		delete(s.resources, c.Key)
		for n := range s.instances {
			if n.Type == c.Key {
				s.deleteInstance(n)
			}
		}
		s.untie(func(t authz.Tuple) bool { return t.Subject.Type == c.Key || t.Object.Type == c.Key })
		s.unassign(func(a authz.Assignment) bool { return a.Instance.Type == c.Key })
		s.unrule(func(r authz.Rule) bool { return r.Resource == c.Key || r.Permission.Resource == c.Key })
		for key, set := range s.sets {
			if set.Kind == authz.ResourceSet && set.Resource == c.Key {
				s.foldOne(authz.DeleteConditionSet{Key: key})
			}
		}
	case authz.PutAssignment:
		s.unassign(same(c.Assignment.User, c.Assignment.Role, c.Assignment.Tenant, c.Assignment.Instance))
		s.assignments = append(s.assignments, c.Assignment)
	case authz.DeleteAssignment:
		s.unassign(same(c.User, c.Role, c.Tenant, c.Instance))
	case authz.PutInstance:
		s.instances[c.Instance.Node] = c.Instance
	case authz.DeleteInstance:
		s.deleteInstance(c.Node)
	case authz.PutTuple:
		s.foldOne(authz.DeleteTuple{Subject: c.Tuple.Subject, Relation: c.Tuple.Relation, Object: c.Tuple.Object})
		s.tuples = append(s.tuples, c.Tuple)
	case authz.DeleteTuple:
		s.untie(func(t authz.Tuple) bool {
			return t.Subject == c.Subject && t.Relation == c.Relation && t.Object == c.Object
		})
	case authz.PutConditionSet:
		s.sets[c.Set.Key] = c.Set
	case authz.DeleteConditionSet:
		delete(s.sets, c.Key)
		s.unrule(func(r authz.Rule) bool { return r.UserSet == c.Key || r.ResourceSet == c.Key })
	case authz.PutRule:
		s.foldOne(authz.DeleteRule(c))
		s.rules = append(s.rules, c.Rule)
	case authz.DeleteRule:
		s.unrule(func(r authz.Rule) bool {
			return r.UserSet == c.Rule.UserSet && r.Role == c.Rule.Role && r.ResourceSet == c.Rule.ResourceSet &&
				r.Resource == c.Rule.Resource && r.Permission == c.Rule.Permission
		})
	case authz.PutSettings:
		s.settings = c.Settings
	case authz.PutPending, authz.DeletePending, authz.PutMembership, authz.DeleteMembership, authz.PutInvite, authz.DeleteInvite, authz.PutSourceMapping: // nobody holds anything by them
	case authz.PutURLMapping, authz.DeleteURLMapping: // what a question is about is known here
	}
}

func same(u authz.UserKey, r authz.RoleKey, t authz.TenantKey, n authz.Node) func(authz.Assignment) bool {
	return func(a authz.Assignment) bool {
		return a.User == u && a.Role == r && a.Tenant == t && a.Instance == n
	}
}

// putResource replaces a resource: a role or relation that it has no more is
// deleted, and with it what names it.
func (s *second) putResource(r authz.Resource) {
	for _, gone := range s.resources[r.Key].Roles {
		if !slices.ContainsFunc(r.Roles, func(rr authz.ResourceRole) bool { return rr.Key == gone.Key }) {
			s.unassign(func(a authz.Assignment) bool { return a.Instance.Type == r.Key && a.Role == gone.Key })
		}
	}
	for _, gone := range s.resources[r.Key].Relations {
		if !slices.ContainsFunc(r.Relations, func(rr authz.Relation) bool { return rr.Key == gone.Key }) {
			s.untie(func(t authz.Tuple) bool { return t.Object.Type == r.Key && t.Relation == gone.Key })
		}
	}
	s.resources[r.Key] = r
}

func (s *second) deleteInstance(n authz.Node) {
	delete(s.instances, n)
	s.untie(func(t authz.Tuple) bool { return t.Subject == n || t.Object == n })
	s.unassign(func(a authz.Assignment) bool { return a.Instance == n })
}

func (s *second) unassign(gone func(authz.Assignment) bool) {
	s.assignments = slices.DeleteFunc(s.assignments, gone)
}

func (s *second) untie(gone func(authz.Tuple) bool) { s.tuples = slices.DeleteFunc(s.tuples, gone) }

func (s *second) unrule(gone func(authz.Rule) bool) { s.rules = slices.DeleteFunc(s.rules, gone) }

// decide answers by every model for itself: one that allows is enough.
func (s *second) decide(q authz.Query) (bool, map[authz.Model]bool) {
	by := map[authz.Model]bool{}
	if s.users[q.User].Suspended {
		return false, by
	}
	closed := s.settings.InstancesInTenant && s.liesElsewhere(q.Tenant, authz.Node{Type: q.Resource, Key: q.Instance})
	by[authz.RBAC] = !closed && s.byTenantRole(q)
	by[authz.ReBAC] = !closed && s.byInstanceRole(q)
	by[authz.ABAC] = !closed && s.byRule(q)
	return by[authz.RBAC] || by[authz.ReBAC] || by[authz.ABAC], by
}

// liesElsewhere holds if an instance is stored in another tenant than t.
func (s *second) liesElsewhere(t authz.TenantKey, n authz.Node) bool {
	i, stored := s.instances[n]
	return stored && i.Tenant != t
}

// heldIn are the tenant roles of a user in a tenant, as they were given.
func (s *second) heldIn(u authz.UserKey, t authz.TenantKey) []authz.RoleKey {
	var held []authz.RoleKey
	for _, a := range s.assignments {
		if a.User == u && a.Tenant == t && (a.Instance == authz.Node{}) {
			held = append(held, a.Role)
		}
	}
	return held
}

// upwards are roles and everything they extend.
func upwards(roles []authz.RoleKey, extends func(authz.RoleKey) []authz.RoleKey) []authz.RoleKey {
	reached := slices.Clone(roles)
	for i := 0; i < len(reached); i++ {
		for _, parent := range extends(reached[i]) {
			if !slices.Contains(reached, parent) {
				reached = append(reached, parent)
			}
		}
	}
	return reached
}

func (s *second) byTenantRole(q authz.Query) bool {
	if q.Tenant == "" {
		return false
	}
	held := upwards(s.heldIn(q.User, q.Tenant), func(r authz.RoleKey) []authz.RoleKey { return s.roles[r].Extends })
	return slices.ContainsFunc(held, func(r authz.RoleKey) bool {
		return slices.ContainsFunc(s.roles[r].Permissions, func(p authz.Permission) bool {
			return p.Resource == q.Resource && s.covers(q, p.Action)
		})
	})
}

// covers reports whether what is granted on the resource of q is the action of q,
// or a group that holds it.
func (s *second) covers(q authz.Query, granted authz.ActionKey) bool {
	for _, g := range s.resources[q.Resource].ActionGroups {
		if g.Key == granted {
			return slices.Contains(g.Actions, q.Action)
		}
	}
	return granted == q.Action
}

func (s *second) resourceRole(t authz.ResourceKey, r authz.RoleKey) authz.ResourceRole {
	for _, role := range s.resources[t].Roles {
		if role.Key == r {
			return role
		}
	}
	return authz.ResourceRole{}
}

func (s *second) byInstanceRole(q authz.Query) bool {
	if q.Tenant == "" || q.Instance == "" {
		return false
	}
	asked := authz.Node{Type: q.Resource, Key: q.Instance}
	held := s.everywhere(q.User, asked, q.Tenant)[asked]
	held = upwards(held, func(r authz.RoleKey) []authz.RoleKey { return s.resourceRole(q.Resource, r).Extends })
	return slices.ContainsFunc(held, func(r authz.RoleKey) bool {
		return slices.ContainsFunc(s.resourceRole(q.Resource, r).Actions, func(a authz.ActionKey) bool { return s.covers(q, a) })
	})
}

// ends are the objects of a tuple: one, or every instance of a type that lies in its
// tenant. The instance asked about lies in the tenant of the question if it is not
// stored.
func (s *second) ends(t authz.Tuple, asked authz.Node, tenant authz.TenantKey) []authz.Node {
	if !t.Object.IsEvery() {
		return []authz.Node{t.Object}
	}
	var all []authz.Node
	for n, i := range s.instances {
		if n.Type == t.Object.Type && i.Tenant == t.Tenant {
			all = append(all, n)
		}
	}
	if _, stored := s.instances[asked]; !stored && asked.Type == t.Object.Type && tenant == t.Tenant {
		all = append(all, asked)
	}
	return all
}

// everywhere is which roles a user holds on which instances: those given, and
// then as often as anything is added those derived.
func (s *second) everywhere(u authz.UserKey, asked authz.Node, tenant authz.TenantKey) map[authz.Node][]authz.RoleKey {
	direct, held := map[authz.Node]bool{}, map[authz.Node][]authz.RoleKey{}
	for _, a := range s.assignments {
		if a.User == u && (a.Instance != authz.Node{}) {
			direct[a.Instance] = true
			held[a.Instance] = append(held[a.Instance], a.Role)
		}
	}
	for grown := true; grown; {
		grown = false
		for _, t := range s.tuples {
			for _, object := range s.ends(t, asked, tenant) {
				for _, role := range s.derivable(t, held[t.Subject], direct[object]) {
					if !slices.Contains(held[object], role) {
						held[object] = append(held[object], role)
						grown = true
					}
				}
			}
		}
	}
	return held
}

// derivable are the roles on an object of a tuple that who holds roles on its subject
// derives, if he holds one directly on the object or not.
func (s *second) derivable(t authz.Tuple, held []authz.RoleKey, direct bool) (roles []authz.RoleKey) {
	for _, role := range s.resources[t.Object.Type].Roles {
		for _, d := range role.Derivations {
			if d.On == t.Subject.Type && d.Through == t.Relation && slices.Contains(held, d.Role) && (!direct || !role.NoDirectRoles && !d.NoDirectRoles) {
				roles = append(roles, role.Key)
			}
		}
	}
	return roles
}

// TestTheCasesComeOutTheSameInTheSecondEngine, so that what it says against the
// engine has weight.
func TestTheCasesComeOutTheSameInTheSecondEngine(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, c := range cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			if c.NotRunnable != nil || c.Schema.CustomRego != "" {
				return
			}
			s, commit := newSecond(), authz.Commit{Revision: 1, Changes: c.changes(t)}
			s.fold(commit.Changes...)
			snapshot := new(engine.Snapshot).With(commit)
			for i, check := range c.Checks {
				q := query(t, check.User, check.Action, check.Resource, check.Context)
				got, by := s.decide(q)
				if got != check.Expect && different[c.Name] == "" {
					t.Errorf("check %d: got %v, want %v: %s %s %v (%s)", i, got, check.Expect, check.User, check.Action, check.Resource, check.Why)
				}
				if d := snapshot.Decide(q); d.Allow != got || d.Allow && !by[d.By] {
					t.Errorf("check %d: the engine says %v by %q, the second engine %v by %v", i, d.Allow, d.By, got, by)
				}
				if different[c.Name] == "" && got {
					for _, m := range []authz.Model{authz.RBAC, authz.ABAC, authz.ReBAC} {
						if by[m] != slices.Contains(check.Observed.Sources, string(m)) {
							t.Errorf("check %d: %s allows: %v, Permit says by %v", i, m, by[m], check.Observed.Sources)
						}
					}
				}
				checked++
			}
		})
	}
	t.Logf("%d checks", checked)
}
