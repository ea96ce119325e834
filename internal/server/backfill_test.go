package server_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
	"github.com/gatehouse-authz/gatehouse/internal/server"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// crowd puts n users into a stand-in, each a member of one of some organizations.
func crowd(sim *logtosim.Sim, n int) {
	users, organizations := make([]logtosim.User, n), make([]logtosim.Organization, 20)
	for i := range organizations {
		organizations[i] = logtosim.Organization{ID: fmt.Sprintf("o%011d", i), Name: fmt.Sprint("Organization ", i)}
	}
	for i := range users {
		name := fmt.Sprint("user_", i)
		users[i] = logtosim.User{ID: fmt.Sprintf("u%011d", i), Username: &name, IsSuspended: i%50 == 0}
	}
	sim.Import(users...)
	sim.ImportOrganizations(organizations...)
	for i, u := range users {
		sim.ImportMember(organizations[i%len(organizations)].ID, u.ID, logtosim.OrganizationRole{ID: "r", Name: "viewer"})
	}
}

// usersOf are the users that a house with that data directory will find, which stays
// as it is.
func usersOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	other := t.TempDir()
	if err := copyFiles(t.Context(), dir, other); err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(other, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	keys, err := sqldb.All(t.Context(), db.Read, func(r *sql.Rows) (key string, err error) { return key, r.Scan(&key) }, `SELECT key FROM users`)
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]bool{}
	for _, key := range keys {
		users[key] = true
	}
	return users
}

// times is how often each user was asked for.
func (a *asked) times() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	times := map[string]int{}
	for path, n := range a.paths {
		if id, ok := strings.CutPrefix(path, "/api/users/"); ok && !strings.Contains(id, "/") {
			times[id] = n
		}
	}
	return times
}

// TestABackfillThatIsKilledGoesOnWhereItWas: it can be watched, and after a kill only
// those are asked for who are not here yet, and the few who were being looked at.
func TestABackfillThatIsKilledGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	const n = 600
	logto := &asked{Sim: logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret"}), paths: map[string]int{}}
	crowd(logto.Sim, n)
	web := serve(t, logto)
	dir := t.TempDir()
	founded(t, dir)
	m := newMortal(t, server.Config{
		Listen: "127.0.0.1:0", DataDir: dir, DefaultRole: "", Log: discard(),
		Logto: server.Logto{Endpoint: web.URL(), AppID: "app", AppSecret: "secret", SweepEvery: 5 * time.Minute},
	})
	var status struct {
		Sources []struct {
			Sweep struct{ Users, Found, Completed int }
		}
		Work struct{ Waiting, Failing int }
	}
	users := func() int {
		var list struct {
			Total int `json:"total_count"`
		}
		m.must("GET", "/v2/facts/default/dev/users?per_page=1", nil, &list)
		return list.Total
	}
	m.await("a third of the users, with the others to be seen waiting", func() bool {
		m.must("GET", "/console/v1/status", nil, &status)
		return users() >= n/3 && status.Work.Waiting > 0 && status.Sources[0].Sweep.Found > 0
	})
	_, metrics := m.call("GET", "/metrics", nil)
	for _, name := range []string{`gatehouse_sweep_subjects{kind="user",source="logto"} `, "gatehouse_work_waiting "} {
		if _, value, found := strings.Cut(string(metrics), name); !found || strings.HasPrefix(value, "0\n") {
			t.Errorf("the metrics do not tell %s", name)
		}
	}
	m.crash(t)
	m.wait.Wait() // the dead one asks for nobody any more
	before, was := logto.times(), usersOf(t, m.config.DataDir)
	m.start(t)
	if len(was) < n/3 || len(was) == n {
		t.Fatalf("after the kill %d users of %d are here; the test proves little", len(was), n)
	}
	p, err := simtest.Gatehouse{URL: m.url, Key: apiKey}.AwaitEqual(t.Context(), time.Time{}, time.Minute)
	if err != nil || p.Verdict != "equal" {
		t.Fatalf("got %+v (%v)", p, err)
	}
	again := 0
	for user, times := range logto.times() {
		if _, here := was[user]; here && times > before[user] {
			again++
		}
	}
	if again > 3*8 {
		t.Errorf("%d users of %d who were here are asked for again; want only those who were being looked at", again, len(was))
	}
	for _, u := range logto.Users() {
		if logto.times()[u.ID] == 0 {
			t.Errorf("%s was never asked for", u.ID)
		}
	}
}

// TestWithEveryWebhookLostDecisionsChangeWithTheNextSweep: docs/operations.md says
// within the time between two sweeps and what a sweep takes, so it is by the end of the
// first sweep that began after the change, and of looking at what that found.
func TestWithEveryWebhookLostDecisionsChangeWithTheNextSweep(t *testing.T) {
	t.Parallel()
	sim, settings := standIn(t)
	settings.SweepEvery = time.Second
	h := start(t, t.TempDir(), func(c *server.Config) { c.Logto = settings })
	h.schema()
	sim.SetWebhookURL(h.url + "/hooks/logto")
	sim.SetFaults(logtosim.Faults{Drop: 1})
	completed := func() int {
		var status struct {
			Sources []struct {
				Sweep struct {
					Completed int `json:"completed_since_start"`
				}
			}
		}
		h.must("GET", "/console/v1/status", nil, &status)
		return status.Sources[0].Sweep.Completed
	}
	ann := ""
	for _, c := range []struct {
		what   string
		change func() error
		allow  bool
	}{
		{"a sign-up", func() error { ann = signUp(t, sim, "Ann"); return nil }, true},
		{"a suspension", func() error { _, err := sim.Suspend(t.Context(), ann, true); return err }, false},
		{"its end", func() error { _, err := sim.Suspend(t.Context(), ann, false); return err }, true},
		{"a deletion", func() error { return sim.Delete(t.Context(), ann) }, false},
	} {
		begun, began := completed(), time.Now()
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		h.await(c.what, func() bool { return h.allowed(ann, "view") == c.allow })
		// One sweep may have been under way, and another may end before the next is asked.
		if ended := completed(); ended > begun+3 {
			t.Errorf("%s: %d sweeps ended before it was seen", c.what, ended-begun)
		}
		t.Logf("%s: %s", c.what, time.Since(began).Round(time.Millisecond))
	}
	if counts := sim.Deliveries(); len(counts) == 0 || h.deliveries() != 0 {
		t.Errorf("%d deliveries arrived of %d, want none of some", h.deliveries(), len(counts))
	}
}

// deliveries is how many the house has accepted.
func (h *house) deliveries() int {
	h.t.Helper()
	var status struct {
		Sources []struct {
			Deliveries struct{ Accepted int } `json:"deliveries_since_start"`
		}
	}
	h.must("GET", "/console/v1/status", nil, &status)
	return status.Sources[0].Deliveries.Accepted
}
