package access

import (
	"strings"
	"sync"
	"time"
)

// How often a password may be wrong. From one place a person is kept out before
// others are, so that nobody is locked out by a stranger soon.
const (
	triesWithin   = 15 * time.Minute
	triesFromOne  = 10  // failures of one member from one place
	triesOfMember = 100 // of one member from anywhere
	triesOfPlace  = 100 // from one place, of any member
	mostTries     = 50_000
)

// tries counts failed sign-ins.
type tries struct {
	mu     sync.Mutex
	counts map[string]*count
}

type count struct {
	n     int
	until time.Time
}

// limits are what a try counts against.
func limits(email, from string) map[string]int {
	email = strings.ToLower(email)
	return map[string]int{"both " + from + " " + email: triesFromOne, "member " + email: triesOfMember, "place " + from: triesOfPlace}
}

// failed counts a failure.
func (t *tries) failed(email, from string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil || len(t.counts) > mostTries {
		t.forget(now)
	}
	for name := range limits(email, from) {
		c := t.counts[name]
		if c == nil || !now.Before(c.until) {
			c = &count{until: now.Add(triesWithin)}
			t.counts[name] = c
		}
		c.n++
	}
}

// forget drops what has passed, and everything if that is not enough.
func (t *tries) forget(now time.Time) {
	kept := map[string]*count{}
	for name, c := range t.counts {
		if now.Before(c.until) && len(kept) < mostTries/2 {
			kept[name] = c
		}
	}
	t.counts = kept
}

// wait is how long until the next try.
func (t *tries) wait(email, from string, now time.Time) (longest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, most := range limits(email, from) {
		if c := t.counts[name]; c != nil && c.n >= most {
			longest = max(longest, c.until.Sub(now))
		}
	}
	return longest
}
