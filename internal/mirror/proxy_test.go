package mirror_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

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
		req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, p.account.URL+r.URL.RequestURI(), bytes.NewReader(body))
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
