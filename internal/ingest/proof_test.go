package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestAfterAnythingOneSweepIsProvedEqual: operations at random, silent ones among
// them, while deliveries are lost, repeated and reordered and Logto often refuses;
// then the proof claims equality, and a comparison that shares nothing with it agrees.
func TestAfterAnythingOneSweepIsProvedEqual(t *testing.T) {
	t.Parallel()
	for n := range 24 {
		seed := uint64(time.Now().UnixNano()) + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := &mess{newBridge(t), rand.New(rand.NewPCG(seed, 0)), world{}}
			for range 120 {
				m.sim.RandomOperation(m.rng)
				if m.rng.IntN(8) == 0 {
					m.deliver()
					m.work(m.rng.IntN(6) + 1)
				}
			}
			m.mapRoles()
			if n%2 == 0 {
				m.oneByOne()
			}
			m.sim.SetFaults(logtosim.Faults{Seed: seed, Requests: []logtosim.Fault{
				{Path: "/api/", Chance: 0.02, Status: 429, RetryAfter: "0"}, {Path: "/api/", Chance: 0.02, Status: 503}, {Path: "/api/", Chance: 0.01, Cut: true},
			}})
			m.ok(m.sweep.Once(t.Context()))
			m.workThrough()
			m.sim.SetFaults(logtosim.Faults{})
			p := m.prove()
			diff := cmp.Diff(worldOf(m.sim.State(), m.world.mapping).state(), m.state())
			if p.Verdict != ingest.Equal || p.Total != 0 || p.ChangedSince != 0 || p.There != p.Here || p.There.Hash == "" || p.LastEqualAt.IsZero() || diff != "" {
				t.Fatalf("seed %d: proof %+v (-Logto +here)\n%s", seed, p, diff)
			}
			m.breakByHand(seed)
		})
	}
}

// prove makes a proof, and checks that it is kept.
func (b *bridge) prove() ingest.Proof {
	b.t.Helper()
	p, err := b.sweep.Prove(b.t.Context())
	b.ok(err)
	kept, err := (&ingest.Sweep{Env: storetest.Env, Source: "logto", Proofs: b.store}).Proof(b.t.Context())
	b.ok(err)
	if diff := cmp.Diff(p, kept); diff != "" {
		b.t.Errorf("what is kept is another proof (-made +kept)\n%s", diff)
	}
	return p
}

// workThrough does what is waiting, however often Logto refuses.
func (b *bridge) workThrough() {
	b.t.Helper()
	for {
		items, err := b.store.Take(b.t.Context(), 1, time.Minute)
		b.ok(err)
		if len(items) == 0 {
			return
		}
		for range 50 {
			if err = b.reconciler.Run(b.t.Context(), items[0].Key); err == nil {
				break
			}
		}
		b.ok(err)
		b.ok(b.store.Finish(b.t.Context(), items[0]))
	}
}

// mapRoles makes each role of Logto one that is here, one that waits, or nothing.
func (m *mess) mapRoles() {
	state := m.sim.State()
	to := []authz.RoleKey{"viewer", "editor", "ghost", ""}
	m.world.mapping = authz.Mapping{OrganizationRoles: map[string]authz.RoleKey{}, GlobalRoles: map[string]authz.RoleKey{}}
	m.world.mapping.GlobalEverywhere = m.rng.IntN(2) == 0
	for i, id := range sortedKeys(state.Roles) {
		m.world.mapping.GlobalRoles[state.Roles[id].Name] = to[i%len(to)]
	}
	for i, id := range sortedKeys(state.OrganizationRoles) {
		m.world.mapping.OrganizationRoles[state.OrganizationRoles[id].Name] = to[i%len(to)]
	}
	m.world.mapping.Rules = someRules(m.rng)
	_, err := m.directory.ReplaceMapping(m.t.Context(), storetest.Env, "key:test", m.world.mapping)
	m.ok(err)
}

// breakByHand deletes a user here, whom Logto has: the proof must name it.
func (m *mess) breakByHand(seed uint64) {
	m.t.Helper()
	user := one(m.rng, m.sim.State().Users)
	if user == "" {
		return
	}
	_, err := m.directory.DeleteUser(m.t.Context(), storetest.Env, "key:test", authz.Ident(user))
	m.ok(err)
	if p := m.prove(); p.Verdict != ingest.Different || p.Total != 1 || p.LastEqualAt.IsZero() {
		m.t.Errorf("seed %d: a user was deleted, and the proof is %+v", seed, p)
	}
	m.ok(m.sweep.Once(m.t.Context()))
	want := []ingest.Difference{{Subject: ingest.Subject{Kind: ingest.UserSubject, ID: user}, Cause: ingest.MissingHere}}
	if p := m.prove(); p.Verdict != ingest.Different || !cmp.Equal(p.Differences, want) {
		m.t.Errorf("seed %d: want %s named, got %+v", seed, user, p)
	}
	m.work(0)
	if p := m.prove(); p.Verdict != ingest.Equal {
		m.t.Errorf("seed %d: a repaired user leaves %+v", seed, p)
	}
}

// worldOf is what Logto is, for [world.state].
func worldOf(s logtosim.State, m authz.Mapping) world {
	w := world{map[string]bool{}, map[string]string{}, map[[2]string]map[string]bool{}, map[string]map[string]bool{}, nil, m, ruledOf(s, m)}
	for id, u := range s.Users {
		w.suspended[id], w.global[id] = u.IsSuspended, map[string]bool{}
		for _, r := range u.Roles {
			if s.Roles[r].Type == "User" { // Logto shows no other among a user's
				w.global[id][s.Roles[r].Name] = true
			}
		}
	}
	for id, o := range s.Organizations {
		w.names[id] = o.Name
		for user, roles := range o.Members {
			names := map[string]bool{}
			for _, r := range roles {
				names[s.OrganizationRoles[r].Name] = true
			}
			w.places[[2]string{id, user}] = names
		}
	}
	return w
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TestAProofNamesWhatDiffersAndWhy, and claims nothing that it cannot know.
func TestAProofNamesWhatDiffersAndWhy(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	if p, err := b.sweep.Prove(t.Context()); err != nil || p.Verdict != ingest.Unsure || p.Why == "" {
		t.Errorf("without a sweep: got %+v (%v)", p, err)
	}
	b.sim.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob"}, logtosim.User{ID: "cid"}, logtosim.User{ID: "dan"})
	b.sim.ImportOrganizations(logtosim.Organization{ID: "acme", Name: "Acme"})
	b.sim.ImportMember("acme", "ann", logtosim.OrganizationRole{ID: "r1", Name: "editor"})
	b.sim.ImportMember("acme", "bob", logtosim.OrganizationRole{ID: "r2", Name: "ghost"})
	b.ok(b.sweep.Once(t.Context()))
	all := b.prove()
	if all.Verdict != ingest.Different || all.Total != 5 || all.There.Users != 4 || all.Here.Users != 0 {
		t.Errorf("before anything was looked at: got %+v", all)
	}
	b.work(0)
	p := b.prove()
	wait := []ingest.Wait{{User: "bob", Role: "ghost", Tenant: "acme"}}
	if p.Verdict != ingest.Equal || p.Waiting != 1 || !cmp.Equal(p.Waits, wait) || p.Here.Memberships != 2 || p.Here.Roles != 2 {
		t.Errorf("got %+v, want equal, and who waits", p)
	}

	b.sim.ImportMember("acme", "ann")                 // silently
	_, err := b.sim.Suspend(t.Context(), "cid", true) // and the delivery is lost
	b.ok(err)
	b.ok(b.sim.Delete(t.Context(), "dan"))
	b.ok(b.sweep.Once(t.Context()))
	p = b.prove()
	want := []ingest.Difference{
		{Subject: ingest.Subject{Kind: "user", ID: "ann"}, Cause: ingest.Differs, Fields: []string{"role editor in acme, which it has not there"}},
		{Subject: ingest.Subject{Kind: "user", ID: "cid"}, Cause: ingest.Differs, Fields: []string{"suspended", "attribute suspended"}},
		{Subject: ingest.Subject{Kind: "user", ID: "dan"}, Cause: ingest.NotThere},
	}
	if diff := cmp.Diff(want, p.Differences); diff != "" || p.Verdict != ingest.Different {
		t.Errorf("%s (-want +got)\n%s", p.Verdict, diff)
	}
	b.work(0)
	b.sim.Import(logtosim.User{ID: "eve"})
	b.ok(b.sim.Delete(t.Context(), "cid"))
	b.work(0)
	b.ok(b.reconciler.Run(t.Context(), ingest.WorkKey(storetest.Env, "logto", ingest.Subject{Kind: "user", ID: "eve"})))
	b.ok(b.reconciler.Run(t.Context(), ingest.WorkKey(storetest.Env, "logto", ingest.Subject{Kind: "user", ID: "cid"})))
	if p = b.prove(); p.Verdict != ingest.Equal || p.ChangedSince != 2 {
		t.Errorf("what has changed since the sweep is taken for a difference: %+v", p)
	}
	if _, err := b.directory.ReplaceMapping(t.Context(), storetest.Env, "key:test", authz.Mapping{GlobalTenant: "acme"}); err != nil {
		t.Fatal(err)
	}
	if p = b.prove(); p.Verdict != ingest.Unsure {
		t.Errorf("with a mapping that the sweep did not know: got %s", p.Verdict)
	}
}

// TestACountKeepsOnlyWhatProofsLookAt: it is kept until the next sweep's end, so what it
// has of each user is what a server needs beside the users.
func TestACountKeepsOnlyWhatProofsLookAt(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	b.ok(b.sweep.Once(t.Context()))
	if got, want := b.sweep.Kept(), []string{"users", "names", "wanted"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
