package mirror_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
	"github.com/gatehouse-authz/gatehouse/internal/server"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	env        = storetest.Env
	actor      = "key:test"
	accountKey = "permit_key_of_the_account_that_is_mirrored_into"
)

type object = map[string]any

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

// A house is what is mirrored: a directory over a real store.
type house struct {
	*directory.Directory
	store *store.Store
}

func open(t testing.TB, now func() time.Time) house {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "here.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	_, err = s.Found(t.Context(), store.Founding{
		Organization: authz.Organization{ID: "o", Key: "org", Name: "Org"}, Project: authz.Project{ID: "p", Organization: "o", Key: "default", Name: "Default"},
		Environment: authz.Environment{ID: env, Project: "p", Organization: "o", Key: "dev", Name: "Dev"}, Changes: directory.Fresh(now().UTC().Truncate(time.Microsecond)),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return house{&directory.Directory{Store: s, Follower: f, Past: s, Readable: engine.CompileConditions, Now: now}, s}
}

// An account is another Gatehouse, asked as Permit.io is.
type account struct {
	t   testing.TB
	url string
	key string
}

// as is the account asked with another key.
func (a *account) as(key string) *account { return &account{a.t, a.url, key} }

// begin starts an account.
func begin(t testing.TB) *account {
	t.Helper()
	return beginWith(t, func(*server.Config) {})
}

func beginWith(t testing.TB, change func(*server.Config)) *account {
	t.Helper()
	config := server.Config{
		Listen: "127.0.0.1:0", DataDir: t.TempDir(), APIKey: accountKey, OrgAPIKey: accountKey + "_of_the_organization", Log: slog.New(slog.DiscardHandler),
	}
	change(&config)
	s, err := server.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	a := &account{t, "http://" + s.Addr(), accountKey}
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
		if a.send("GET", "/readyz", nil, nil) == http.StatusOK {
			return a
		}
	}
}

// send asks the account itself, past any proxy.
func (a *account) send(method, path string, body, into any) int {
	a.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(a.t.Context()), method, a.url+path, bytes.NewReader(text))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	out, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if into != nil && len(out) > 0 {
		if err := json.Unmarshal(out, into); err != nil {
			a.t.Fatalf("%s %s: %v in %s", method, path, err, out)
		}
	}
	return res.StatusCode
}

func (a *account) must(method, path string, body, into any) {
	a.t.Helper()
	var said json.RawMessage
	if status := a.send(method, path, body, &said); status/100 != 2 {
		a.t.Fatalf("%s %s: %d %s", method, path, status, said)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(said, into); err != nil {
		a.t.Fatal(err)
	}
}

const (
	facts  = "/v2/facts/default/dev"
	schema = "/v2/schema/default/dev"
)

// all is a list of the account, every page of it.
func (a *account) all(path string) []object {
	a.t.Helper()
	var all []object
	for page := 1; ; page++ {
		var text json.RawMessage
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		a.must("GET", fmt.Sprintf("%s%sper_page=100&page=%d", path, sep, page), nil, &text)
		var list []object
		if json.Unmarshal(text, &list) != nil {
			var counted struct{ Data []object }
			if err := json.Unmarshal(text, &counted); err != nil {
				a.t.Fatal(err)
			}
			list = counted.Data
		}
		if all = append(all, list...); len(list) < 100 {
			return all
		}
	}
}

// A proxy stands before an account: it counts every request and fails some.
type proxy struct {
	account *account
	clock   *clock
	faults  float64 // how many of a hundred requests fail
	URL     string

	mu       sync.Mutex
	random   *rand.Rand
	arrived  map[string][]time.Time // by what they count as
	exceeded []string
	late     []func() // requests that land later
	landing  []time.Time
	kinds    map[string]int // of failures
	requests int
}

func stand(t testing.TB, a *account, c *clock, seed uint64, faults float64) *proxy {
	t.Helper()
	p := &proxy{account: a, clock: c, faults: faults, random: rand.New(rand.NewPCG(seed, 2)), arrived: map[string][]time.Time{}, kinds: map[string]int{}}
	web := httptest.NewServer(p)
	t.Cleanup(web.Close)
	p.URL = web.URL
	return p
}

// limits are those that Permit's documents say, read as strictly as they can be.
var limits = []struct {
	name string
	most int
	in   time.Duration
	of   func(r *http.Request) bool
}{
	{"all", 1000, time.Minute, func(*http.Request) bool { return true }},
	{"writes", 300, time.Minute, func(r *http.Request) bool { return r.Method != http.MethodGet }},
	{"removals", 60, time.Minute, func(r *http.Request) bool { return r.Method == http.MethodDelete }},
	{"schema", 40, time.Minute, func(r *http.Request) bool {
		return r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/v2/schema/")
	}},
	{"bulk", 100, 10 * time.Minute, func(r *http.Request) bool { return r.Method != http.MethodGet && strings.Contains(r.URL.Path, "bulk") }},
}

// count notes a request in every window, which slide.
func (p *proxy) count(r *http.Request) {
	now := p.clock.Now()
	p.requests++
	for _, l := range limits {
		if !l.of(r) {
			continue
		}
		list := append(p.arrived[l.name], now)
		for len(list) > 0 && list[0].Add(l.in).Before(now) {
			list = list[1:]
		}
		if p.arrived[l.name] = list; len(list) > l.most {
			p.exceeded = append(p.exceeded, fmt.Sprintf("%s: %d in %s", l.name, len(list), l.in))
		}
	}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.count(r)
	p.land(false)
	fault, minor := p.random.Float64()*100 < p.faults, p.random.IntN(7)
	wait := time.Duration(p.random.IntN(50)) * time.Second
	if fault {
		p.kinds[faultNames[minor]]++
	}
	p.mu.Unlock()
	forward := func() *http.Response {
		req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, p.account.url+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			return nil
		}
		req.Header = r.Header.Clone()
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil
		}
		return res
	}
	if fault {
		p.fail(w, r, minor, wait, forward)
		return
	}
	if res := forward(); res != nil {
		w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
		_ = res.Body.Close()
	}
}

var faultNames = []string{"429", "503 before", "502 after", "cut before", "cut after", "hangs after", "lands late"}

// fail answers as a bad day does.
func (p *proxy) fail(w http.ResponseWriter, r *http.Request, how int, wait time.Duration, forward func() *http.Response) {
	done := func() {
		if res := forward(); res != nil {
			_ = res.Body.Close()
		}
	}
	switch faultNames[how] {
	case "429":
		w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds())))
		w.WriteHeader(http.StatusTooManyRequests)
	case "503 before":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "502 after":
		done()
		w.WriteHeader(http.StatusBadGateway)
	case "cut before":
		panic(http.ErrAbortHandler)
	case "cut after":
		done()
		panic(http.ErrAbortHandler)
	case "hangs after":
		done()
		<-r.Context().Done()
	case "lands late":
		p.mu.Lock()
		p.late, p.landing = append(p.late, done), append(p.landing, p.clock.Now().Add(wait))
		p.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
}

// land does what is to land by now, or everything.
func (p *proxy) land(all bool) {
	for i := 0; i < len(p.late); {
		if !all && p.clock.Now().Before(p.landing[i]) {
			i++
			continue
		}
		p.late[i]()
		p.late, p.landing = append(p.late[:i:i], p.late[i+1:]...), append(p.landing[:i:i], p.landing[i+1:]...)
	}
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
		Env: env, Source: r.house.store, Ledger: r.house.store.Mirrors(), Pace: pace, Wanted: r.wanted, Owner: "the test", Log: slog.New(slog.DiscardHandler),
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
