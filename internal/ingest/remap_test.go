package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// gifts are what Logto's facts have given, by user.
func (b *bridge) gifts() map[authz.UserKey]map[authz.Gift]bool {
	b.t.Helper()
	list, err := b.directory.Mirrored(b.t.Context(), storetest.Env, "logto", "", 1000)
	b.ok(err)
	out := map[authz.UserKey]map[authz.Gift]bool{}
	for _, m := range list {
		out[m.User] = map[authz.Gift]bool{}
		for _, g := range m.Gifts {
			out[m.User][g] = true
		}
	}
	return out
}

// TestAPreviewIsWhatHappens: any mapping does to every user what its preview said, no
// more and no less.
func TestAPreviewIsWhatHappens(t *testing.T) {
	t.Parallel()
	for n := range 4 {
		seed := uint64(time.Now().UnixNano()) + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := &mess{newBridge(t), rand.New(rand.NewPCG(seed, 0)), world{}}
			remapper := &ingest.Remapper{Reconciler: m.reconciler, Sweeping: true, Wake: func() {}}
			for range 120 {
				m.sim.RandomOperation(m.rng)
			}
			for range 3 {
				next := authz.Mapping{
					GlobalEverywhere: m.rng.IntN(2) == 0, NoOrganizations: m.rng.IntN(5) == 0, Rules: someRules(m.rng),
					OrganizationRoles: map[string]authz.RoleKey{}, GlobalRoles: map[string]authz.RoleKey{},
					Attributes: []authz.MappedAttribute{{Key: "k", Path: "customData.k1"}},
				}
				roles := []authz.RoleKey{"viewer", "editor", ""}
				for _, r := range m.sim.State().OrganizationRoles {
					next.OrganizationRoles[r.Name] = roles[m.rng.IntN(3)]
				}
				for _, r := range m.sim.State().Roles {
					next.GlobalRoles[r.Name] = roles[m.rng.IntN(3)]
				}
				if next.NoOrganizations { // rules may name no tenant that is gone
					next.Rules = nil
				}
				p, err := remapper.Preview(t.Context(), next)
				m.ok(err)
				want := m.gifts()
				for _, e := range p.List {
					if want[e.User] == nil {
						want[e.User] = map[authz.Gift]bool{}
					}
					for _, g := range e.Taken {
						if !want[e.User][g] {
							t.Errorf("seed %d: %s cannot lose %+v", seed, e.User, g)
						}
						delete(want[e.User], g)
					}
					for _, g := range e.Given {
						want[e.User][g] = true
					}
				}
				if len(m.sim.State().Users) != p.Users || !p.Whole || p.From != ingest.FromSource {
					t.Errorf("seed %d: got %+v", seed, p)
				}
				_, err = m.directory.ReplaceMapping(t.Context(), storetest.Env, "key:test", next)
				m.ok(err)
				m.ok(m.sweep.Once(t.Context()))
				m.work(0)
				for user := range m.gifts() {
					if want[user] == nil { // nothing became of it
						want[user] = map[authz.Gift]bool{}
					}
				}
				if diff := cmp.Diff(want, m.gifts()); diff != "" {
					t.Fatalf("seed %d (-foreseen +here)\n%s", seed, diff)
				}
				if again, err := remapper.Preview(t.Context(), next); err != nil || len(again.List) != again.Failing {
					t.Errorf("seed %d: what is done would be done again: %+v (%v)", seed, again, err)
				}
			}
		})
	}
}

// TestAnOrganizationThatChangesMovesItsMembers whom a rule looks at by it, when its
// webhook arrives and without a sweep.
func TestAnOrganizationThatChangesMovesItsMembers(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	b.sim.Import(logtosim.User{ID: "ann"})
	b.sim.ImportOrganizations(logtosim.Organization{ID: "acme", Name: "Acme"})
	b.sim.ImportMember("acme", "ann")
	_, err := b.directory.ReplaceMapping(t.Context(), storetest.Env, "key:test", authz.Mapping{Rules: []authz.MappingRule{
		{Name: "gold", Condition: "organization.name == 'Gold'", Roles: []authz.RoleKey{"editor"}, EachOrganization: true},
	}})
	b.ok(err)
	b.ok(b.sweep.Once(t.Context()))
	b.work(0)
	const held = "held: ann editor in acme"
	for _, name := range []string{"Gold", "Silver"} {
		_, err := b.sim.PatchOrganization(t.Context(), "acme", logtosim.Fields{"name": name})
		b.ok(err)
		all := b.sim.Deliveries()
		_, err = b.inbox.Accept(t.Context(), all[len(all)-1].Header, all[len(all)-1].Body)
		b.ok(err)
		b.work(0)
		if by := b.state()[held]; (by == "logto:rule:gold") != (name == "Gold") {
			t.Errorf("as %s: given by %q", name, by)
		}
	}
}

// TestARuleLooksAtTheApplicationThatAUserCameBy, also where there is none and where it
// is gone; the reconciler, the sweep and the proof agree.
func TestARuleLooksAtTheApplicationThatAUserCameBy(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	b.sim.Import(logtosim.User{ID: "ann", ApplicationID: new("app")}, logtosim.User{ID: "bob"}, logtosim.User{ID: "cid", ApplicationID: new("gone")})
	_, err := b.directory.ReplaceMapping(t.Context(), storetest.Env, "key:test", authz.Mapping{Rules: []authz.MappingRule{
		{Name: "machine", Condition: "application.type == 'MachineToMachine'", Roles: []authz.RoleKey{"editor"}, Tenants: []authz.TenantKey{"default"}},
		{Name: "gone", Condition: "application.id != '' && application.name == ''", Roles: []authz.RoleKey{"viewer"}, Tenants: []authz.TenantKey{"default"}},
	}})
	b.ok(err)
	b.ok(b.sweep.Once(t.Context()))
	b.work(0)
	want := map[authz.UserKey]map[authz.Gift]bool{
		"ann": {{Role: "editor", Tenant: "default", By: "logto:rule:machine"}: true}, "bob": {},
		"cid": {{Role: "viewer", Tenant: "default", By: "logto:rule:gone"}: true},
	}
	p := b.prove()
	if diff := cmp.Diff(want, b.gifts()); diff != "" || p.Verdict != ingest.Equal || p.Failing != 0 || p.ChangedSince != 0 {
		t.Errorf("%+v (-want +got)\n%s", p, diff)
	}
}

// TestWhatFailsForSomebodyIsToldAndStopsNobody: the others get what is theirs, the
// proof names the rule, and an attribute that fails is null.
func TestWhatFailsForSomebodyIsToldAndStopsNobody(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	b.sim.Import(logtosim.User{ID: "ann", CustomData: []byte(`{"level":7,"suspended":true,"plan":{"x":1}}`)}, logtosim.User{ID: "bob"})
	_, err := b.directory.ReplaceMapping(t.Context(), storetest.Env, "key:test", authz.Mapping{
		Rules: []authz.MappingRule{
			{Name: "level", Condition: "user.customData.level > 5", Roles: []authz.RoleKey{"editor"}, Tenants: []authz.TenantKey{"default"}},
			{Name: "all", Condition: "true", Roles: []authz.RoleKey{"viewer"}, Tenants: []authz.TenantKey{"default"}},
		},
		Attributes: []authz.MappedAttribute{{Key: "level", Expression: "user.customData.level + 1"}, {Key: "plan", Path: "customData.plan.x"}},
	})
	b.ok(err)
	b.ok(b.sweep.Once(t.Context()))
	b.work(0)
	p := b.prove()
	var names []string
	for _, f := range p.Failures {
		names = append(names, string(f.User)+" "+f.Expression+": "+f.Why)
	}
	if diff := cmp.Diff([]string{"bob attribute level: no such key: level", "bob rule level: no such key: level"}, names); diff != "" || p.Failing != 2 || p.Verdict != ingest.Equal {
		t.Errorf("%+v (-want +got)\n%s", p, diff)
	}
	state := b.state()
	if state["held: ann editor in default"] != "logto:rule:level" || state["held: bob viewer in default"] != "logto:rule:all" || state["held: bob editor in default"] != "" {
		t.Errorf("got %v", state)
	}
	ann, err := b.directory.User(t.Context(), storetest.Env, "ann")
	b.ok(err)
	bob, err := b.directory.User(t.Context(), storetest.Env, "bob")
	b.ok(err)
	if a := ann.User.Attributes; fmt.Sprintf("%v %v %v", a["level"], a["plan"], a["suspended"]) != "8 1 false" || bob.User.Attributes["level"] != nil {
		t.Errorf("got %v and %v", ann.User.Attributes, bob.User.Attributes)
	}
	if failed := b.directory.FailedExpressions(); failed["rule level"] == 0 || failed["attribute level"] == 0 || len(failed) != 2 {
		t.Errorf("counted %v", failed)
	}
	// Without the rules nobody keeps what they gave, but for what people gave too.
	_, _, err = b.directory.Assign(t.Context(), storetest.Env, "key:test", "bob", directory.RoleInTenant{Role: "viewer", Tenant: "default"})
	b.ok(err)
	_, err = b.directory.ReplaceMapping(t.Context(), storetest.Env, "key:test", authz.Mapping{})
	b.ok(err)
	b.ok(b.sweep.Once(t.Context()))
	b.work(0)
	state = b.state()
	if state["held: ann editor in default"] != "" || state["held: ann viewer in default"] != "" || state["held: bob viewer in default"] != "api" {
		t.Errorf("after the rules: %v", state)
	}
}
