package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// chaosRuns is how often the chaos test runs; GATEHOUSE_TEST_CHAOS sets another
// number for long runs, and GATEHOUSE_TEST_CHAOS_SEED repeats one.
const chaosRuns = 50

// chaosAtOnce is how many runs are under way at once: most of their time they wait.
const chaosAtOnce = 6

// TestAfterAnyChaosEverythingIsProvedEqual: operations at random on all routes,
// silent ones among them, while deliveries are lost, doubled, held and late, Logto
// answers 429, 5xx, half or not at all, people write by API, and both processes are
// killed. Then the proof says equal, and so does a comparison that shares nothing
// with it; and what the API answered with 2xx is there.
func TestAfterAnyChaosEverythingIsProvedEqual(t *testing.T) {
	t.Parallel()
	runs := chaosRuns
	if s := os.Getenv("GATEHOUSE_TEST_CHAOS"); s != "" {
		runs, _ = strconv.Atoi(s)
	}
	first := uint64(time.Now().UnixNano())
	if s := os.Getenv("GATEHOUSE_TEST_CHAOS_SEED"); s != "" {
		first, _ = strconv.ParseUint(s, 10, 64)
		runs = 1
	}
	template := t.TempDir()
	founded(t, template)
	seeds := make(chan uint64, runs)
	for n := range runs {
		seeds <- first + uint64(n)
	}
	close(seeds)
	var runners sync.WaitGroup
	for range min(runs, chaosAtOnce) {
		runners.Go(func() {
			for seed := range seeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) { runChaos(t, seed, template) })
			}
		})
	}
	runners.Wait()
}

// runChaos makes one run.
func runChaos(t *testing.T, seed uint64, template string) {
	c := newChaos(t, seed, template)
	for range 240 {
		c.step()
	}
	c.end()
	t.Logf("seed %d: %d operations, %d kills of Gatehouse and %d of Logto", seed, c.operations, c.kills, c.logtoKills)
}

// founded makes a data directory with the schema of the chaos.
func founded(t *testing.T, dir string) {
	h := start(t, dir, nil)
	h.schema()
	h.must("POST", "/v2/schema/default/dev/roles", object{"key": "editor", "name": "Editor", "permissions": []string{"reports:view", "reports:edit"}}, nil)
	h.stop()
}

// peoples are the roles that people made before, and actions what a role can permit.
var (
	peoples = []string{"editor", "viewer"}
	actions = []string{"reports:edit", "reports:view"}
)

// A chaos is a Gatehouse and a Logto to which everything happens.
type chaos struct {
	t     *testing.T
	seed  uint64
	rng   *rand.Rand
	sim   *logtosim.Sim
	logto *simtest.Site
	*mortal

	mapping simtest.Mapping
	byAPI   map[string]bool // who was given the role editor by API: whether it was answered

	operations, kills, logtoKills int
}

func newChaos(t *testing.T, seed uint64, template string) *chaos {
	t.Helper()
	c := &chaos{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 0)), byAPI: map[string]bool{}, mapping: simtest.Mapping{First: "viewer"}}
	c.sim = logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret", SigningKey: signingKey, Seed: seed})
	c.logto = serve(t, c.sim)
	dir := t.TempDir()
	if err := copyFiles(t.Context(), template, dir); err != nil {
		t.Fatal(err)
	}
	c.mortal = newMortal(t, server.Config{
		Listen: "127.0.0.1:0", DataDir: dir, DefaultRole: "viewer", DefaultTenant: "default", Log: discard(),
		Logto: server.Logto{
			SigningKeys: []string{signingKey}, Endpoint: c.logto.URL(), AppID: "app", AppSecret: "secret",
			SweepEvery: time.Second, JIT: 20 * time.Millisecond, JITAtOnce: 4,
		},
	})
	c.sim.SetWebhookURL(c.url + "/hooks/logto")
	return c
}

// step is one thing that happens, and a moment in which the processes go on.
func (c *chaos) step() {
	switch n := c.rng.IntN(100); {
	case n < 60:
		c.operations++
		c.sim.RandomOperation(c.rng)
	case n < 66:
		name := fmt.Sprint("s", c.rng.IntN(100_000))
		_, _ = c.sim.SignUp(c.t.Context(), logtosim.SignUp{Username: name, Email: name + "@example.org"}) // it may be taken
	case n < 70:
		c.silently()
	case n < 76:
		c.ask()
	case n < 80:
		c.give()
	case n < 82:
		c.mapRoles()
	case n < 88:
		c.faults()
	case n < 92:
		c.sim.Release()
	case n < 94:
		c.sim.ExpireTokens()
	case n < 97 && c.rng.IntN(2) == 0:
		c.killGatehouse()
	case n < 100 && c.rng.IntN(2) == 0:
		c.killLogto()
	}
	<-time.After(time.Duration(c.rng.Int64N(int64(4 * time.Millisecond))))
}

// silently changes Logto's database by hand.
func (c *chaos) silently() {
	user, _ := c.sim.User(c.user())
	if user.ID != "" {
		user.IsSuspended = !user.IsSuspended
		user.CustomData = json.RawMessage(fmt.Sprintf(`{"id":%q,"isSuspended":false,"n":%d}`, c.user(), c.rng.IntN(9)))
		c.sim.Import(user)
	}
}

// user is somebody of Logto, and sometimes nobody.
func (c *chaos) user() string {
	ids := append(slices.Sorted(maps.Keys(c.sim.State().Users)), "nobody")
	return ids[c.rng.IntN(len(ids))]
}

// ask asks about somebody, who may be looked for in Logto then. What the answer is
// in the midst of it all does not matter.
func (c *chaos) ask() {
	if status := c.dare("POST", "/allowed", may(c.user(), "view", "default")); status != http.StatusOK {
		c.t.Errorf("seed %d: a question was answered with %d", c.seed, status)
	}
}

func may(user, action, tenant string) object {
	return object{"user": object{"key": user}, "action": action, "resource": object{"type": "reports", "tenant": tenant}}
}

// give gives a role by API, in one of three times while the house is killed.
func (c *chaos) give() {
	user := c.user()
	if c.byAPI[user] {
		return
	}
	body := object{"user": user, "role": "editor", "tenant": "default"}
	if c.rng.IntN(3) > 0 {
		c.byAPI[user] = c.dare("POST", "/v2/facts/default/dev/role_assignments", body)/100 == 2
		return
	}
	c.kills++
	answered := make(chan bool)
	go func() { answered <- c.dare("POST", "/v2/facts/default/dev/role_assignments", body)/100 == 2 }()
	<-time.After(time.Duration(c.rng.Int64N(int64(3 * time.Millisecond))))
	c.crash(c.t)
	c.byAPI[user] = <-answered
	c.start(c.t)
}

// dare is call for a request whose house may be killed meanwhile: it returns 0 then.
func (c *chaos) dare(method, path string, body object) int {
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Error(err)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.front.URL()+path, bytes.NewReader(b))
	if err != nil {
		c.t.Error(err)
		return 0
	}
	req.Header = http.Header{"Authorization": {"Bearer " + apiKey}, "Content-Type": {"application/json"}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// mapRoles makes each role of Logto one that is here, one that waits or, if roles are to
// be made of Logto's, is made, or nothing.
func (c *chaos) mapRoles() {
	c.t.Helper()
	const path = "/console/v1/projects/default/envs/dev/logto/mapping"
	var m object
	c.must("GET", path, nil, &m)
	s, to, create := c.sim.State(), []string{"viewer", "editor", "ghost", "spirit", ""}, c.rng.IntN(2) == 0
	global, organization := []object{}, []object{}
	c.mapping = simtest.Mapping{Global: map[string]string{}, Organization: map[string]string{}, Everywhere: c.rng.IntN(2) == 0, First: "viewer"}
	name := func(name string, list *[]object, known map[string]string) {
		role := to[c.rng.IntN(len(to))]
		*list = append(*list, object{"name": name, "role": role})
		if create || slices.Contains(peoples, role) {
			known[name] = role
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Roles)) {
		name(s.Roles[id].Name, &global, c.mapping.Global)
	}
	for _, id := range slices.Sorted(maps.Keys(s.OrganizationRoles)) {
		name(s.OrganizationRoles[id].Name, &organization, c.mapping.Organization)
	}
	m["global_roles"], m["organization_roles"], m["global_everywhere"] = global, organization, c.mapping.Everywhere
	m["roles"] = object{}
	if create {
		m["roles"] = object{"create": true, "scopes": "resource:action"}
	}
	c.must("PUT", path, m, nil)
}

// faults chooses what goes wrong from here on.
func (c *chaos) faults() {
	f := logtosim.Faults{Seed: c.rng.Uint64(), Requests: []logtosim.Fault{
		{Path: "/api/", Chance: 0.03, Status: http.StatusTooManyRequests, RetryAfter: "0"},
		{Path: "/api/", Chance: 0.02, Status: http.StatusServiceUnavailable},
		{Path: "/api/", Chance: 0.02, Cut: true},
		{Path: "/oidc/", Chance: 0.05, Status: http.StatusInternalServerError},
		{Path: "/api/", Chance: 0.1, Slow: 2 * time.Millisecond},
	}}
	if c.rng.IntN(3) == 0 {
		f.Requests = append(f.Requests, logtosim.Fault{Path: "/api/", Chance: 0.02, Hang: true})
	}
	if c.rng.IntN(4) > 0 {
		f.Drop, f.Duplicate, f.Hold, f.Delay = 0.2, 0.2, 0.3, 5*time.Millisecond
	}
	c.sim.SetFaults(f)
}

// killGatehouse kills it, lets Logto go on without, and starts it again.
func (c *chaos) killGatehouse() {
	c.kills++
	c.crash(c.t)
	for range c.rng.IntN(4) {
		c.operations++
		c.sim.RandomOperation(c.rng)
	}
	c.start(c.t)
}

// killLogto kills it: answers end in the middle, deliveries in flight are lost, and
// what it had changed is there when it is back.
func (c *chaos) killLogto() {
	c.logtoKills++
	c.sim.Kill()
	c.logto.Kill()
	<-time.After(time.Duration(c.rng.Int64N(int64(10 * time.Millisecond))))
	if err := c.logto.Start(); err != nil {
		c.t.Fatal(err)
	}
}

// end lets everything come to rest and compares.
func (c *chaos) end() {
	c.t.Helper()
	if c.kills == 0 || c.rng.IntN(2) == 0 {
		c.killGatehouse()
	}
	if c.logtoKills == 0 {
		c.killLogto()
	}
	c.sim.SetFaults(logtosim.Faults{})
	c.sim.Release()
	c.mapRoles()
	if err := c.sim.Flush(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	var asked struct {
		At time.Time `json:"asked_at"`
	}
	c.must("POST", "/console/v1/projects/default/envs/dev/logto/sweep", nil, &asked)
	gatehouse := simtest.Gatehouse{URL: c.url, Key: apiKey}
	proof, err := gatehouse.AwaitEqual(c.t.Context(), asked.At, 90*time.Second)
	if err != nil {
		c.t.Fatal(err)
	}
	state := c.sim.State()
	wanted, made := c.mapping.Wanted(state), c.mapping.Permissions(state, peoples, actions)
	maps.DeleteFunc(wanted, func(line, _ string) bool { // nothing is made of a role for machines, and who has it waits
		role, _, is := strings.Cut(strings.TrimPrefix(line, "role "), " of ")
		return is && strings.HasPrefix(line, "role ") && made[role] == nil && !slices.Contains(peoples, role)
	})
	for user, answered := range c.byAPI {
		line := "role editor of " + user + " in default"
		if _, there := state.Users[user]; there && answered {
			wanted[line] = ""
		} else if _, given := wanted[line]; !given {
			wanted[line] = "perhaps"
		}
	}
	is, err := gatehouse.Facts(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	permit, err := gatehouse.Permissions(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	c.decide(state, is, permit)
	of := maps.Clone(permit)
	maps.DeleteFunc(of, func(role string, _ []string) bool { return slices.Contains(peoples, role) })
	if diff := cmp.Diff(made, of); diff != "" {
		c.t.Errorf("seed %d: roles made of Logto's (-Logto +Gatehouse)\n%s", c.seed, diff)
	}
	sure := maps.Clone(is)
	maps.DeleteFunc(wanted, func(line, value string) bool { return value == "perhaps" && forget(sure, line) })
	if diff := cmp.Diff(wanted, sure); diff != "" || proof.Verdict != "equal" || proof.Total != 0 || proof.Logto.Hash != proof.Here.Hash || proof.Here.Hash == "" {
		c.t.Fatalf("seed %d: the proof says %+v, and (-Logto +Gatehouse)\n%s", c.seed, proof, diff)
	}
}

// forget leaves out what may be or not.
func forget(f simtest.Facts, line string) bool {
	delete(f, line)
	return true
}

// decide holds decisions to what is so.
func (c *chaos) decide(s logtosim.State, is simtest.Facts, permit map[string][]string) {
	c.t.Helper()
	tenants := append(slices.Sorted(maps.Keys(s.Organizations)), "default")
	for id, u := range s.Users {
		for range 3 {
			tenant := tenants[c.rng.IntN(len(tenants))]
			for _, permission := range actions {
				action := strings.TrimPrefix(permission, "reports:")
				holds := false
				for role, permissions := range permit {
					_, held := is["role "+role+" of "+id+" in "+tenant]
					holds = holds || held && slices.Contains(permissions, permission)
				}
				var answer struct{ Allow bool }
				c.must("POST", "/allowed", may(id, action, tenant), &answer)
				if want := holds && !u.IsSuspended; answer.Allow != want {
					c.t.Errorf("seed %d: may %s %s in %s: got %t, want %t", c.seed, id, action, tenant, answer.Allow, want)
				}
			}
		}
	}
}
