package mirror_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/mirrortest"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

const (
	env        = mirrortest.Env
	actor      = "key:test"
	accountKey = mirrortest.Key
	facts      = mirrortest.Facts
	schema     = mirrortest.Schema
)

type object = mirrortest.Object

// A clock passes only while somebody sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(max(d, 0))
	return ctx.Err()
}

// A house is what is mirrored.
type house struct{ mirrortest.House }

func open(t testing.TB, now func() time.Time) house {
	t.Helper()
	return house{mirrortest.Open(t, now)}
}

// An account is what is mirrored into.
type account struct{ *mirrortest.Account }

// as is the account asked with another key.
func (a *account) as(key string) *account {
	return &account{&mirrortest.Account{T: a.T, URL: a.URL, Key: key}}
}

// begin starts an account.
func begin(t testing.TB) *account {
	t.Helper()
	return beginWith(t, func(*server.Config) {})
}

func beginWith(t testing.TB, change func(*server.Config)) *account {
	t.Helper()
	return &account{mirrortest.Begin(t, change)}
}

// A reaper kills the mirror around some of its requests.
type reaper struct {
	random *rand.Rand
	often  float64 // how many of a hundred requests
	kill   context.CancelFunc
	killed int
}

var errKilled = errors.New("killed")

func (r *reaper) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.random.Float64()*100 >= r.often {
		return http.DefaultTransport.RoundTrip(req)
	}
	r.killed++
	if r.random.IntN(2) == 0 {
		if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
			_ = res.Body.Close()
		}
	}
	r.kill()
	return nil, errKilled
}

// A run is a mirror under test, and what it stands between.
type run struct {
	t      testing.TB
	house  house
	proxy  *proxy
	clock  *clock
	reaper *reaper
	wanted mirror.Wanted
	mirror *mirror.Mirror
	ctx    context.Context
	starts int
}

// hang is how long a client under test waits for an answer.
const hang = 150 * time.Millisecond

// start starts the mirror, anew if it was killed.
func (r *run) start() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	r.reaper.kill, r.ctx = cancel, ctx
	r.starts++
	pace := &mirror.Pace{Limits: mirror.DefaultLimits, Clock: r.clock}
	r.mirror = &mirror.Mirror{
		Env: env, Source: r.house.Database, Ledger: r.house.Database.Mirrors(), Pace: pace, Wanted: r.wanted, Owner: "the test", Log: slog.New(slog.DiscardHandler),
		Account: &permitapi.Client{API: r.proxy.URL, Key: accountKey, Pace: pace, HTTP: &http.Client{Transport: r.reaper, Timeout: hang}},
	}
}

// patiently is a client that waits for an account under load.
func (r *run) patiently() *permitapi.Client {
	return &permitapi.Client{API: r.proxy.URL, Key: accountKey, Pace: r.mirror.Pace, HTTP: &http.Client{Timeout: 5 * time.Minute}}
}

// step does one step, and starts the mirror again if it was killed in it.
func (r *run) step() {
	wait, err := r.mirror.Step(r.ctx)
	if r.ctx.Err() != nil {
		r.start()
		return
	}
	if err != nil {
		wait = 3 * time.Second
	}
	_ = r.clock.Sleep(context.Background(), wait)
}

// settle steps until nothing waits any more.
func (r *run) settle() mirror.Status {
	r.t.Helper()
	for range 100_000 {
		r.step()
		s, err := r.mirror.Status(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if s.Waiting == 0 && s.Cursor == s.Head && s.Failed == nil && s.Account != "" {
			return s
		}
	}
	s, _ := r.mirror.Status(r.t.Context())
	r.t.Fatalf("the mirror does not come to an end: %+v", s)
	return s
}

func newRun(t testing.TB, seed uint64, w mirror.Wanted, faults, kills float64) *run {
	t.Helper()
	c := &clock{now: time.Now()}
	r := &run{t: t, house: open(t, c.Now), clock: c, wanted: w, reaper: &reaper{random: rand.New(rand.NewPCG(seed, 3)), often: kills}}
	r.proxy = stand(t, begin(t), c, seed, faults)
	r.start()
	return r
}
