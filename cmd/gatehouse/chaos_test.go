package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
)

// chaosKills is how often the chaos test kills the server; GATEHOUSE_TEST_KILLS sets
// another number for long runs.
const chaosKills = 40

// TestKilledAtAnyMomentASweepMakesAllEqual kills the server with SIGKILL in a loop,
// in the midst of sweeps, too, while Logto changes at random and loses, doubles and
// delays its deliveries, answers badly, and is killed itself: its web server ends
// with all its connections and what it was about to deliver, and comes back with
// what it had changed, as a Logto does whose state is a database's. In the end the
// proof says equal, a comparison by API agrees, and what the API answered with 2xx
// is there.
func TestKilledAtAnyMomentASweepMakesAllEqual(t *testing.T) {
	n := chaosKills
	if s := os.Getenv("GATEHOUSE_TEST_KILLS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	seed := rand.Uint64()
	t.Logf("seed %d, %d kills", seed, n)
	c := newCrash(t, seed, "GATEHOUSE_LOGTO_SWEEP_EVERY=1s", "GATEHOUSE_LOGTO_SWEEP_RATE=0", "GATEHOUSE_DEFAULT_ROLE=viewer")
	c.found()
	c.sim.SetWebhookURL("http://" + c.address + "/hooks/logto")

	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	operations, logtoKills := 0, 0
	others.Go(func() { operations, logtoKills = c.chaos(ctx, seed) })
	others.Go(func() { c.writeByAPI(ctx) })
	for range n {
		c.startAndKill()
	}
	stop()
	others.Wait()
	t.Logf("%d operations, %d kills of Logto, %d API writes", operations, logtoKills, len(c.byAPI))
	if operations < 10*n || logtoKills == 0 || len(c.byAPI) == 0 {
		t.Error("so little happened that the test proves little")
	}
	c.equal()
}

// found makes the roles that Logto's will be.
func (c *crash) found() {
	c.t.Helper()
	cmd := c.start()
	for _, role := range []string{"viewer", "editor"} {
		c.must("POST", "/v2/schema/default/dev/roles", map[string]any{"key": role, "name": role})
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
}

// must has the server, which is alive, do something; it waits until it is ready.
func (c *crash) must(method, path string, body any) []byte {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		status, answer := c.call(method, path, string(b))
		if status/100 == 2 {
			return answer
		}
		select {
		case <-tick.C:
		case <-deadline:
			c.t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
	}
}

// chaos changes Logto at random, and kills it now and then, until ctx ends.
func (c *crash) chaos(ctx context.Context, seed uint64) (operations, kills int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for ctx.Err() == nil {
		operations++
		c.sim.RandomOperation(rng)
		switch n := rng.IntN(200); {
		case n < 4:
			c.sim.SetFaults(logtosim.Faults{
				Seed: rng.Uint64(), Drop: 0.2, Duplicate: 0.2, Hold: 0.3, Delay: 5 * time.Millisecond,
				Requests: []logtosim.Fault{
					{Path: "/api/", Chance: 0.02, Status: http.StatusTooManyRequests, RetryAfter: "0"},
					{Path: "/api/", Chance: 0.02, Status: http.StatusServiceUnavailable},
					{Path: "/api/", Chance: 0.01, Cut: true}, {Path: "/api/", Chance: 0.005, Hang: true},
				},
			})
		case n < 6:
			c.sim.Release()
		case n < 7:
			c.sim.ExpireTokens()
		case n < 9:
			kills++
			c.sim.Kill()
			c.logto.Kill()
			<-time.After(time.Duration(rng.Int64N(int64(20 * time.Millisecond))))
			if err := c.logto.Start(); err != nil {
				c.t.Error(err)
				return operations, kills
			}
		}
		<-time.After(time.Duration(rng.Int64N(int64(4 * time.Millisecond))))
	}
	return operations, kills
}

// equal starts the server once more and waits until it says that all is equal to
// Logto, and then asks for itself.
func (c *crash) equal() {
	c.t.Helper()
	c.sim.SetFaults(logtosim.Faults{})
	c.sim.Release()
	cmd := c.start()
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	mapping := c.mapRoles()
	var asked struct {
		At time.Time `json:"asked_at"`
	}
	if err := json.Unmarshal(c.must("POST", "/console/v1/projects/default/envs/dev/logto/sweep", nil), &asked); err != nil {
		c.t.Fatal(err)
	}
	gatehouse := simtest.Gatehouse{URL: "http://" + c.address, Key: crashKey}
	p, err := gatehouse.AwaitEqual(c.t.Context(), asked.At, 2*time.Minute)
	if err != nil {
		c.t.Fatal(err)
	}
	is, err := gatehouse.Facts(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, key := range c.byAPI {
		if _, ok := is["user "+key]; !ok {
			c.t.Errorf("user %s was written by API with a 2xx and is gone", key)
		}
	}
	for fact := range is { // what the API wrote, answered or not, is nobody of Logto's
		if len(fact) > len("user api-") && fact[:len("user api-")] == "user api-" {
			delete(is, fact)
		}
	}
	state := c.sim.State()
	if diff := cmp.Diff(mapping.Wanted(state), is); diff != "" || p.Verdict != "equal" {
		c.t.Fatalf("the proof says %+v, and (-Logto +Gatehouse)\n%s", p, diff)
	}
	c.t.Logf("%d users and %d organizations compared", len(state.Users), len(state.Organizations))
}

// mapRoles makes every other role of Logto one that is here, and the rest nothing.
func (c *crash) mapRoles() simtest.Mapping {
	c.t.Helper()
	const path = "/console/v1/projects/default/envs/dev/logto/mapping"
	var m map[string]any
	if err := json.Unmarshal(c.must("GET", path, nil), &m); err != nil {
		c.t.Fatal(err)
	}
	out := simtest.Mapping{Global: map[string]string{}, Organization: map[string]string{}, First: "viewer"}
	s := c.sim.State()
	global, organization := []map[string]any{}, []map[string]any{}
	to := func(n int) string { return []string{"viewer", "", "editor", ""}[n%4] }
	for _, r := range s.Roles {
		out.Global[r.Name] = to(len(out.Global))
		global = append(global, map[string]any{"name": r.Name, "role": out.Global[r.Name]})
	}
	for _, r := range s.OrganizationRoles {
		out.Organization[r.Name] = to(len(out.Organization))
		organization = append(organization, map[string]any{"name": r.Name, "role": out.Organization[r.Name]})
	}
	m["global_roles"], m["organization_roles"] = global, organization
	c.must("PUT", path, m)
	return out
}
