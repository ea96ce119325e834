package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A naive is a second engine, written to be read and not to be fast: what the
// changes say, folded into plain maps, and every answer looked up from scratch.
type naive struct {
	suspended map[authz.UserKey]bool // of every user
	tenants   map[authz.TenantKey]bool
	roles     map[authz.RoleKey]authz.Role
	resources map[authz.ResourceKey]authz.Resource
	held      map[holding]bool
	revision  authz.Revision
}

type holding struct {
	user   authz.UserKey
	role   authz.RoleKey
	tenant authz.TenantKey
}

func newNaive() *naive {
	return &naive{
		suspended: map[authz.UserKey]bool{}, tenants: map[authz.TenantKey]bool{}, roles: map[authz.RoleKey]authz.Role{},
		resources: map[authz.ResourceKey]authz.Resource{}, held: map[holding]bool{},
	}
}

func (n *naive) fold(c authz.Commit) {
	n.revision = c.Revision
	for _, change := range c.Changes {
		switch c := change.(type) {
		case authz.PutUser:
			n.suspended[c.User.Key] = c.User.Suspended
		case authz.DeleteUser:
			delete(n.suspended, c.Key)
			n.forget(func(h holding) bool { return h.user == c.Key })
		case authz.PutTenant:
			n.tenants[c.Tenant.Key] = true
		case authz.DeleteTenant:
			delete(n.tenants, c.Key)
			n.forget(func(h holding) bool { return h.tenant == c.Key })
		case authz.PutRole:
			n.roles[c.Role.Key] = c.Role
		case authz.DeleteRole:
			delete(n.roles, c.Key)
			n.forget(func(h holding) bool { return h.role == c.Key })
		case authz.PutResource:
			n.resources[c.Resource.Key] = c.Resource
		case authz.DeleteResource:
			delete(n.resources, c.Key)
		case authz.PutAssignment:
			_, user := n.suspended[c.Assignment.User]
			_, role := n.roles[c.Assignment.Role]
			if user && role && n.tenants[c.Assignment.Tenant] {
				n.held[holding{c.Assignment.User, c.Assignment.Role, c.Assignment.Tenant}] = true
			}
		case authz.DeleteAssignment:
			delete(n.held, holding{c.User, c.Role, c.Tenant})
		case authz.PutPending, authz.DeletePending:
		default: // rules on attributes and relations have a naive engine of their own
		}
	}
}

func (n *naive) forget(gone func(holding) bool) {
	for h := range n.held {
		if gone(h) {
			delete(n.held, h)
		}
	}
}

// permits asks role and everything it can reach upwards.
func (n *naive) permits(role authz.RoleKey, p authz.Permission) bool {
	reached := map[authz.RoleKey]bool{role: true}
	for grown := true; grown; {
		grown = false
		for key := range reached {
			for _, parent := range n.roles[key].Extends {
				if !reached[parent] {
					reached[parent], grown = true, true
				}
			}
		}
	}
	for key := range reached {
		if slices.Contains(n.roles[key].Permissions, p) {
			return true
		}
	}
	return false
}

// explain answers as the reasons are listed. Of several roles that allow it the
// decision names the first by key, which the test looks at by itself.
func (n *naive) explain(q authz.Query) engine.Explanation {
	allowing, here := map[authz.RoleKey]bool{}, map[authz.RoleKey]bool{}
	where := map[authz.TenantKey]bool{}
	for h := range n.held {
		if h.user != q.User {
			continue
		}
		where[h.tenant] = true
		if h.tenant == q.Tenant {
			here[h.role] = true
			if n.permits(h.role, authz.Permission{Resource: q.Resource, Action: q.Action}) {
				allowing[h.role] = true
			}
		}
	}
	e := engine.Explanation{Decision: authz.Decision{Revision: n.revision}}
	suspended, known := n.suspended[q.User]
	resource, defined := n.resources[q.Resource]
	switch {
	case suspended:
		e.Reason = engine.Suspended
	case len(allowing) > 0:
		e.Reason, e.Roles = engine.Allowed, sorted(allowing)
		e.Decision = authz.Decision{Allow: true, Revision: n.revision, By: authz.RBAC, Role: e.Roles[0]}
	case !defined:
		e.Reason = engine.NoSuchResource
	case !slices.ContainsFunc(resource.Actions, func(a authz.Action) bool { return a.Key == q.Action }):
		e.Reason = engine.NoSuchAction
	case q.Tenant != "" && !n.tenants[q.Tenant]:
		e.Reason = engine.NoSuchTenant
	case !known:
		e.Reason = engine.NotSynced
	case len(where) == 0:
		e.Reason = engine.NoRoles
	case q.Tenant != "" && len(here) == 0:
		e.Reason, e.Tenants = engine.NoRoleInTenant, sorted(where)
	default:
		e.Reason, e.Roles = engine.NoPermission, sorted(here)
	}
	return e
}

var (
	users     = rapid.SampledFrom([]authz.UserKey{"ann", "bob", "cat"})
	tenants   = rapid.SampledFrom([]authz.TenantKey{"t", "u"})
	roles     = rapid.SampledFrom([]authz.RoleKey{"x", "y", "z"})
	resources = rapid.SampledFrom([]authz.ResourceKey{"doc", "img"})
	actions   = rapid.SampledFrom([]authz.ActionKey{"read", "write"})
)

// changes are weighted: what is put most often is what most questions need.
var changes = rapid.Custom(func(t *rapid.T) authz.Change {
	switch rapid.IntRange(0, 19).Draw(t, "change") {
	case 0, 1:
		return authz.PutUser{User: authz.User{Key: users.Draw(t, "user"), Suspended: rapid.IntRange(0, 4).Draw(t, "suspended") == 4}}
	case 2:
		return authz.DeleteUser{Key: users.Draw(t, "user")}
	case 3, 4:
		return tenant(tenants.Draw(t, "tenant"))
	case 5:
		return authz.DeleteTenant{Key: tenants.Draw(t, "tenant")}
	case 6, 7, 8:
		r := authz.Role{Key: roles.Draw(t, "role"), Extends: rapid.SliceOfN(roles, 0, 2).Draw(t, "extends")}
		for range rapid.IntRange(0, 2).Draw(t, "permissions") {
			r.Permissions = append(r.Permissions, authz.Permission{Resource: resources.Draw(t, "resource"), Action: actions.Draw(t, "action")})
		}
		return authz.PutRole{Role: r}
	case 9:
		return authz.DeleteRole{Key: roles.Draw(t, "role")}
	case 10, 11:
		return resource(resources.Draw(t, "resource"), rapid.SliceOfNDistinct(actions, 0, 2, rapid.ID).Draw(t, "actions")...)
	case 12:
		return authz.DeleteResource{Key: resources.Draw(t, "resource")}
	case 13:
		return taken(users.Draw(t, "user"), roles.Draw(t, "role"), tenants.Draw(t, "tenant"))
	case 14:
		return authz.PutPending{Pending: authz.PendingAssignment{User: users.Draw(t, "user"), Role: roles.Draw(t, "role"), Tenant: tenants.Draw(t, "tenant")}}
	default:
		return given(users.Draw(t, "user"), roles.Draw(t, "role"), tenants.Draw(t, "tenant"))
	}
})

// everyQuestion is every question of the small world, with one thing that is
// never there of each kind.
func everyQuestion() (all []authz.Query) {
	for _, u := range []authz.UserKey{"ann", "bob", "cat", "nobody"} {
		for _, t := range []authz.TenantKey{"t", "u", "nowhere", ""} {
			for _, r := range []authz.ResourceKey{"doc", "img", "nothing"} {
				for _, a := range []authz.ActionKey{"read", "write", "fly"} {
					all = append(all, authz.Query{User: u, Tenant: t, Resource: r, Action: a})
				}
			}
		}
	}
	return all
}

// TestTheEngineAgreesWithTheNaiveOne on whole histories, folded commit by commit
// and several at a time; every snapshot on the way is asked at the end.
func TestTheEngineAgreesWithTheNaiveOne(t *testing.T) {
	t.Parallel()
	questions := everyQuestion()
	seen := map[engine.Reason]int{}
	rapid.Check(t, func(rt *rapid.T) {
		type moment struct {
			snapshot *engine.Snapshot
			want     []engine.Explanation
		}
		var moments []moment
		s, n := new(engine.Snapshot), newNaive()
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			var commits []authz.Commit
			for range rapid.IntRange(1, 3).Draw(rt, "commits") {
				c := authz.Commit{Revision: n.revision + 1, Changes: rapid.SliceOfN(changes, 1, 6).Draw(rt, "changes")}
				n.fold(c)
				commits = append(commits, c)
			}
			s = s.With(commits...)
			m := moment{snapshot: s}
			for _, q := range questions {
				m.want = append(m.want, n.explain(q))
			}
			moments = append(moments, m)
		}
		for i, m := range moments {
			for j, q := range questions {
				got, want := m.snapshot.Explain(q), m.want[j]
				d := m.snapshot.Decide(q)
				if d.Allow != got.Decision.Allow || d.By != got.Decision.By {
					rt.Fatalf("after step %d, %+v: Explain and Decide disagree", i, q)
				}
				if d.Allow && !slices.Contains(want.Roles, d.Role) {
					rt.Fatalf("after step %d, %+v: %q is said to allow it, want one of %q", i, q, d.Role, want.Roles)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					rt.Fatalf("after step %d, %+v (-naive +engine)\n%s", i, q, diff)
				}
				seen[got.Reason]++
			}
		}
	})
	for _, r := range []engine.Reason{engine.Allowed, engine.Suspended, engine.NoSuchResource, engine.NoSuchAction, engine.NoSuchTenant, engine.NotSynced, engine.NoRoles, engine.NoRoleInTenant, engine.NoPermission} {
		if seen[r] == 0 && !t.Failed() {
			t.Errorf("no history led to %s; the test proves little", r)
		}
	}
}

// many is an environment of n users, each with three assignments.
func many(n int) story {
	const tenantCount, roleCount = 100, 20
	return func(put func(authz.Change)) {
		put(resource("doc", "a0"))
		for i := range tenantCount {
			put(tenant(authz.TenantKey(fmt.Sprint("tenant-", i))))
		}
		for i := range roleCount {
			put(role(authz.RoleKey(fmt.Sprint("role-", i)), fmt.Sprintf("doc:a%d doc:b%d img:a%d", i, i, i)))
		}
		for i := range n {
			u := authz.UserKey(fmt.Sprint("user-", i))
			put(user(u))
			for j := range 3 {
				put(given(u, authz.RoleKey(fmt.Sprint("role-", (i+j)%roleCount)), authz.TenantKey(fmt.Sprint("tenant-", i%tenantCount))))
			}
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	const n = 100_000
	s := loaded(many(n))
	questions := make([]authz.Query, 1<<12)
	for i := range questions {
		k := i * 7919 % n
		questions[i] = authz.Query{
			User: authz.UserKey(fmt.Sprint("user-", k)), Tenant: authz.TenantKey(fmt.Sprint("tenant-", k%100)),
			Resource: "doc", Action: authz.ActionKey(fmt.Sprint("a", (k+i%5)%20)),
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Decide(questions[i&(1<<12-1)])
		i++
	}
}

func BenchmarkWith(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := loaded(many(n))
			c := authz.Commit{Revision: 2, Changes: []authz.Change{given("user-7", "role-19", "tenant-3")}}
			b.ReportAllocs()
			for b.Loop() {
				s.With(c)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	c := authz.Commit{Revision: 1, Changes: collected(many(100_000))}
	b.ReportAllocs()
	for b.Loop() {
		new(engine.Snapshot).With(c)
	}
}
