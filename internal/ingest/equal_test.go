package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// A bridge is everything from a stand-in Logto to a directory, moved by hand.
type bridge struct {
	t          *testing.T
	sim        *logtosim.Sim
	store      *store.Store
	directory  *directory.Directory
	inbox      *ingest.Inbox
	sweep      *ingest.Sweep
	reconciler *ingest.Reconciler
	taken      int // deliveries of the stand-in that were looked at
}

func newBridge(t *testing.T) *bridge {
	t.Helper()
	nobody := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(nobody.Close)
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret", SigningKey: signingKey, WebhookURL: nobody.URL})
	door := httptest.NewServer(sim)
	t.Cleanup(door.Close)
	return bridgeFrom(t, sim, door.URL)
}

// bridgeFrom is a bridge from a stand-in that is served at url.
func bridgeFrom(t *testing.T, sim *logtosim.Sim, url string) *bridge {
	t.Helper()
	b := &bridge{t: t, sim: sim}
	b.store = storetest.Founded(t)
	f := &feed.Follower{Source: b.store, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.directory = &directory.Directory{Store: b.store, Follower: f}
	source := &logto.Source{SigningKeys: []string{signingKey}, Client: &logto.Client{Endpoint: url, AppID: "app", AppSecret: "secret"}}
	b.sweep = &ingest.Sweep{
		Env: storetest.Env, Source: "logto", Census: source.Client, Store: b.store, Directory: b.directory,
		Truth: source, Proofs: b.store, Wake: func() {}, Every: time.Hour, Log: slog.New(slog.DiscardHandler),
	}
	b.inbox = &ingest.Inbox{Env: storetest.Env, Source: source, Store: b.store, Wake: func() {}}
	b.reconciler = &ingest.Reconciler{Env: storetest.Env, Source: source, Store: b.store, Directory: b.directory, Sweep: b.sweep}
	for _, role := range []authz.RoleKey{"viewer", "editor"} {
		_, _, err := b.directory.CreateRole(t.Context(), storetest.Env, "key:test", role, directory.RoleInput{})
		b.ok(err)
	}
	return b
}

func (b *bridge) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// work does what is waiting, at most n items; 0 is all.
func (b *bridge) work(n int) {
	b.t.Helper()
	for done := 0; n == 0 || done < n; done++ {
		items, err := b.store.Take(b.t.Context(), 1, time.Minute)
		b.ok(err)
		if len(items) == 0 {
			return
		}
		b.ok(b.reconciler.Run(b.t.Context(), items[0].Key))
		b.ok(b.store.Finish(b.t.Context(), items[0]))
	}
}

// A world is what the test has done to Logto, told by the test.
type world struct {
	suspended map[string]bool               // by user
	names     map[string]string             // of organizations
	places    map[[2]string]map[string]bool // roles, by organization and user
	global    map[string]map[string]bool    // roles, by user
	byAPI     map[[3]string]bool            // user, role, tenant
	mapping   authz.Mapping
	ruled     map[[3]string][]string // names of rules, sorted, by user, role and tenant
}

// state is what should be in the directory, or what is, as lines.
func (w world) state() map[string]string {
	out := map[string]string{}
	give := func(user, role, tenant, by string) {
		line := "held"
		if role == "ghost" {
			line = "waits"
		}
		key := fmt.Sprintf("%s: %s %s in %s", line, user, role, tenant)
		if out[key] != "" {
			by = out[key] + " " + by
		}
		out[key] = by
	}
	for u, suspended := range w.suspended {
		out["user "+u] = fmt.Sprint(suspended)
	}
	for o, name := range w.names {
		out["tenant "+o] = name
	}
	out["tenant default"] = "Default"
	for _, k := range slices.SortedFunc(maps.Keys(w.byAPI), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
		_, isUser := w.suspended[k[0]]
		if _, isTenant := w.names[k[2]]; isUser && (isTenant || k[2] == "default") {
			give(k[0], k[1], k[2], "api")
		}
	}
	for k, roles := range w.places {
		out[fmt.Sprintf("member: %s in %s", k[1], k[0])] = "logto:organization"
		for _, r := range w.renamed(roles, w.mapping.OrganizationRoles) {
			give(k[1], r, k[0], "logto:organization")
		}
	}
	for u, roles := range w.global {
		in := []string{"default"}
		if w.mapping.GlobalEverywhere {
			in = nil
			for k := range w.places {
				if k[1] == u {
					in = append(in, k[0])
				}
			}
		}
		for _, r := range w.renamed(roles, w.mapping.GlobalRoles) {
			for _, t := range in {
				give(u, r, t, "logto:role")
			}
		}
	}
	for k, rules := range w.ruled {
		for _, rule := range rules {
			give(k[0], k[1], k[2], "logto:rule:"+rule)
		}
	}
	return out
}

// renamed are the roles that names become, each once.
func (w world) renamed(names map[string]bool, to map[string]authz.RoleKey) []string {
	var roles []string
	for name := range names {
		if key, ok := to[name]; ok {
			name = string(key)
		}
		if name != "" && !slices.Contains(roles, name) {
			roles = append(roles, name)
		}
	}
	return roles
}

// state is read with other queries than those that sweeps compare with.
func (b *bridge) state() map[string]string {
	b.t.Helper()
	out := map[string]string{}
	for _, c := range storetest.Tables(b.t, b.store) {
		switch c := c.(type) { //nolint:gochecksumtype // what a source brings in
		case authz.PutUser:
			out["user "+string(c.User.Key)] = fmt.Sprint(c.User.Suspended)
		case authz.PutTenant:
			out["tenant "+string(c.Tenant.Key)] = c.Tenant.Name
		case authz.PutMembership:
			out[fmt.Sprintf("member: %s in %s", c.Membership.User, c.Membership.Tenant)] = givers(c.Membership.GivenBy)
		case authz.PutAssignment:
			a := c.Assignment
			out[fmt.Sprintf("held: %s %s in %s", a.User, a.Role, a.Tenant)] = givers(a.GivenBy)
		case authz.PutPending:
			p := c.Pending
			out[fmt.Sprintf("waits: %s %s in %s", p.User, p.Role, p.Tenant)] = givers(p.GivenBy)
		}
	}
	return out
}

func givers(list []authz.Giver) (text string) {
	for i, g := range list {
		if i > 0 {
			text += " "
		}
		text += string(g)
	}
	return text
}

// TestOneSweepMakesEverythingEqual: whatever happened in Logto, and whatever came
// of the deliveries about it, one sweep later the directory is what Logto is.
func TestOneSweepMakesEverythingEqual(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		seed := uint64(time.Now().UnixNano()) + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := &mess{newBridge(t), rand.New(rand.NewPCG(seed, 0)), world{
				map[string]bool{}, map[string]string{}, map[[2]string]map[string]bool{}, map[string]map[string]bool{}, map[[3]string]bool{}, authz.Mapping{}, nil,
			}}
			for range 150 {
				m.step()
			}
			m.ok(m.sweep.Once(t.Context()))
			m.work(0)
			if diff := cmp.Diff(m.world.state(), m.state()); diff != "" {
				t.Fatalf("seed %d (-Logto +here)\n%s", seed, diff)
			}
			m.ok(m.sweep.Once(t.Context()))
			if p := m.sweep.Progress(); p.Found != 0 || !p.Whole || p.Completed != 2 {
				t.Errorf("what is equal is swept as %+v, want nothing found", p)
			}
		})
	}
}

// A mess is a bridge to which things happen at random.
type mess struct {
	*bridge
	rng   *rand.Rand
	world world
}

// one is any key of m, the same for the same seed; empty if there is none.
func one[V any](rng *rand.Rand, m map[string]V) string {
	if len(m) == 0 {
		return ""
	}
	return slices.Sorted(maps.Keys(m))[rng.IntN(len(m))]
}

// step is one thing that happens, to Logto, to the deliveries or by API.
func (m *mess) step() {
	ctx := m.t.Context()
	user, org := one(m.rng, m.world.suspended), one(m.rng, m.world.names)
	switch n := m.rng.IntN(20); {
	case user == "" || n < 3 && len(m.world.suspended) < 12:
		u, err := m.sim.Create(ctx, logtosim.Fields{"username": fmt.Sprintf("u%d", m.rng.Uint64())})
		m.ok(err)
		m.world.suspended[u.ID] = false
	case org == "" || n < 5 && len(m.world.names) < 5:
		o, err := m.sim.CreateOrganization(ctx, logtosim.Fields{"name": fmt.Sprint(m.rng.Uint64())})
		m.ok(err)
		m.world.names[o.ID] = o.Name
	case n == 5:
		m.remove(ctx, user, org)
	case n == 6:
		m.world.suspended[user] = m.rng.IntN(2) == 0
		_, err := m.sim.Suspend(ctx, user, m.world.suspended[user])
		m.ok(err)
	case n == 7:
		m.world.names[org] = fmt.Sprint(m.rng.Uint64())
		_, err := m.sim.PatchOrganization(ctx, org, logtosim.Fields{"name": m.world.names[org]})
		m.ok(err)
	case n < 10:
		m.ok(m.sim.AddMembers(ctx, org, user))
		if k := [2]string{org, user}; m.world.places[k] == nil {
			m.world.places[k] = map[string]bool{}
		}
	case n == 10:
		in := map[string]bool{}
		for k := range m.world.places {
			in[k[1]] = in[k[1]] || k[0] == org
		}
		maps.DeleteFunc(in, func(_ string, is bool) bool { return !is })
		if member := one(m.rng, in); member != "" {
			m.ok(m.sim.RemoveMember(ctx, org, member))
			delete(m.world.places, [2]string{org, member})
		}
	case n < 14:
		roles := m.roles()
		m.sim.ImportMember(org, user, organizationRoles(roles)...)
		m.world.places[[2]string{org, user}] = roles
	case n == 14:
		roles := m.roles()
		m.sim.GiveRoles(user, everywhere(roles)...)
		m.world.global[user] = roles
	case n < 17:
		m.deliver()
	case n == 17 && m.rng.IntN(3) == 0:
		m.world.mapping = authz.Mapping{GlobalEverywhere: m.rng.IntN(2) == 0, OrganizationRoles: m.names(), GlobalRoles: m.names()}
		_, err := m.directory.ReplaceMapping(ctx, storetest.Env, "key:test", m.world.mapping)
		m.ok(err)
	case n == 17:
		m.byAPI(ctx, user, org)
	default:
		m.work(m.rng.IntN(6) + 1)
	}
}

// remove deletes a user or an organization.
func (m *mess) remove(ctx context.Context, user, org string) {
	at, gone := 1, user
	if m.rng.IntN(2) == 0 {
		at, gone = 0, org
		m.ok(m.sim.DeleteOrganization(ctx, org))
		delete(m.world.names, org)
	} else {
		m.ok(m.sim.Delete(ctx, user))
		delete(m.world.suspended, user)
		delete(m.world.global, user)
	}
	maps.DeleteFunc(m.world.places, func(k [2]string, _ map[string]bool) bool { return k[at] == gone })
}

func (m *mess) roles() map[string]bool {
	roles := map[string]bool{}
	for _, r := range []string{"viewer", "editor", "ghost"} {
		if m.rng.IntN(2) == 0 {
			roles[r] = true
		}
	}
	return roles
}

// names are other keys for some roles; ghosts stay what they are.
func (m *mess) names() map[string]authz.RoleKey {
	all := []map[string]authz.RoleKey{nil, {"viewer": "editor"}, {"viewer": "editor", "editor": "viewer"}, {"editor": "", "ghost": "viewer"}}
	return all[m.rng.IntN(len(all))]
}

func organizationRoles(names map[string]bool) (roles []logtosim.OrganizationRole) {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		roles = append(roles, logtosim.OrganizationRole{ID: "o" + name, Name: name})
	}
	return roles
}

func everywhere(names map[string]bool) (roles []logtosim.Role) {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		roles = append(roles, logtosim.Role{ID: "g" + name, Name: name, Type: "User"})
	}
	return roles
}

// deliver has some of the deliveries arrive that nobody has looked at: in any
// order, some twice and some never.
func (m *mess) deliver() {
	all := m.sim.Deliveries()
	late := all[min(m.taken, len(all)):]
	m.taken = len(all)
	m.rng.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
	for _, d := range late {
		for range max(0, m.rng.IntN(4)-1) {
			_, err := m.inbox.Accept(m.t.Context(), d.Header, d.Body)
			m.ok(err)
		}
	}
}

// byAPI gives a role as a person does, or takes one, whoever gave it: what Logto
// says comes back.
func (m *mess) byAPI(ctx context.Context, user, org string) {
	tenant := "default"
	if m.rng.IntN(2) == 0 {
		tenant = org
	}
	r := directory.RoleInTenant{Role: "viewer", Tenant: authz.Ident(tenant)}
	if m.rng.IntN(3) > 0 {
		if _, _, err := m.directory.Assign(ctx, storetest.Env, "key:test", authz.Ident(user), r); err == nil {
			m.world.byAPI[[3]string{user, "viewer", tenant}] = true
		}
	} else if _, _, err := m.directory.Unassign(ctx, storetest.Env, "key:test", authz.Ident(user), r); err == nil {
		delete(m.world.byAPI, [3]string{user, "viewer", tenant})
	}
}
