package logtosim

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Faults are what a test makes go wrong. The zero value is nothing. All chances
// are from 0 to 1 and are drawn from Seed, so the same calls in the same order
// meet the same faults.
type Faults struct {
	Seed uint64

	Drop      float64       // chance that a delivery is lost: not sent and not logged, as when Logto restarts
	Duplicate float64       // chance that it is sent twice, which Logto does not do but a proxy may
	Hold      float64       // chance that it is kept until [Sim.Release]: late, and in another order
	Delay     time.Duration // longest wait, at random, before a delivery is sent

	Requests []Fault // of the token endpoint and the Management API; the first that applies strikes
}

// A Fault is what happens to requests instead of an answer, or before it.
type Fault struct {
	Method string  // empty is any
	Path   string  // how the path begins: /oidc/token, /api/users; empty is any of the API
	After  int     // so many requests that it could strike are let through first
	Times  int     // how many requests it strikes; 0 is every one
	Chance float64 // that it strikes a request; 0 is always

	Before     func()        // runs first, with nothing locked: a change between two pages, an expiry of tokens
	Slow       time.Duration // the answer comes that much later
	Hang       bool          // there is no answer until the caller goes away or the faults are changed
	Status     int           // the answer has this status and its text, and nothing is served
	RetryAfter string        // the header of that answer; empty is none
	Cut        bool          // the connection ends in the middle of the answer, after the request was served

	met, struck int
}

// chaos is Faults at work. All is guarded by the Sim's mu.
type chaos struct {
	faults  Faults
	rng     *rand.Rand
	changed chan struct{} // closed when other faults come
	held    []func()
}

func newChaos(f Faults) *chaos {
	f.Requests = append([]Fault(nil), f.Requests...)
	return &chaos{faults: f, rng: rand.New(rand.NewPCG(f.Seed, 1)), changed: make(chan struct{})}
}

// SetFaults replaces what goes wrong from here on. Requests that hang under the
// present faults go on; deliveries that are held stay held.
func (s *Sim) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.chaos.held
	close(s.chaos.changed)
	s.chaos = newChaos(f)
	s.chaos.held = held
}

// Release sends the deliveries that are held, in any order, and returns how many
// there were. [Sim.Flush] waits for them then, and not before.
func (s *Sim) Release() int {
	s.mu.Lock()
	held := s.chaos.held
	s.chaos.held = nil
	s.chaos.rng.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	s.mu.Unlock()
	for _, send := range held {
		send()
	}
	return len(held)
}

// Kill loses what a Logto that is killed loses: the deliveries that are held, that
// wait or that are under way, none of which is logged, and the requests that hang.
// What was changed stays: Logto keeps it in a database. To end requests that are
// being answered is for whoever serves the Sim.
func (s *Sim) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.life, s.end = context.WithCancel(context.Background())
	s.chaos.held = nil
	close(s.chaos.changed)
	s.chaos.changed = make(chan struct{})
}

// ExpireTokens makes every access token issued so far an expired one.
func (s *Sim) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = map[string]claims{}
}

// chance draws whether something of probability p happens.
func (c *chaos) chance(p float64) bool { return p > 0 && c.rng.Float64() < p }

// strikes returns the fault that strikes the request, if one does, and what says
// that the faults have changed.
func (s *Sim) strikes(r *http.Request) (Fault, <-chan struct{}, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chaos
	for i := range c.faults.Requests {
		f := &c.faults.Requests[i]
		if !f.applies(r) {
			continue
		}
		if f.met++; f.met <= f.After || f.Times > 0 && f.struck == f.Times || f.Chance > 0 && !c.chance(f.Chance) {
			continue
		}
		f.struck++
		return *f, c.changed, true
	}
	return Fault{}, nil, false
}

func (f *Fault) applies(r *http.Request) bool {
	of := strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/oidc/")
	return of && (f.Method == "" || f.Method == r.Method) && strings.HasPrefix(r.URL.Path, f.Path)
}

// ServeHTTP answers the token endpoint, the Management API and the pages.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, changed, strikes := s.strikes(r)
	if !strikes {
		s.door.ServeHTTP(w, r)
		return
	}
	if f.Before != nil {
		f.Before()
	}
	if f.Slow > 0 {
		late := time.NewTimer(f.Slow)
		defer late.Stop()
		select {
		case <-late.C:
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case f.Hang:
		select {
		case <-changed:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		writeText(w, f.Status, http.StatusText(f.Status))
	case f.Cut:
		s.cut(w, r)
	default:
		s.door.ServeHTTP(w, r)
	}
}

// cut serves the request, sends half of the answer and ends the connection.
func (s *Sim) cut(w http.ResponseWriter, r *http.Request) {
	whole := &recorder{header: http.Header{}}
	s.door.ServeHTTP(whole, r)
	for name, values := range whole.header {
		w.Header()[name] = values
	}
	w.WriteHeader(whole.status)
	_, _ = w.Write(whole.body.Bytes()[:whole.body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler) // how net/http is told to end a connection
}

// A recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements [http.ResponseWriter].
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements [http.ResponseWriter].
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
