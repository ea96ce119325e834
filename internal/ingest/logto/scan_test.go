package logto_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

// A crowd is a list of users that changes between the pages, as Logto orders it:
// the latest first.
type crowd struct {
	rows  []int // ids, greatest first
	next  int
	stays map[int]bool // those that nobody deletes
	asks  int
	fails map[int]int // status of some asks, by their number
}

func newCrowd(n int) *crowd {
	c := &crowd{next: n, stays: map[int]bool{}}
	for i := range n {
		c.rows = append(c.rows, n-1-i)
		c.stays[i] = true
	}
	return c
}

// remove deletes n users at random.
func (c *crowd) remove(rng *rand.Rand, n int) {
	for range min(n, len(c.rows)) {
		i := rng.IntN(len(c.rows))
		delete(c.stays, c.rows[i])
		c.rows = slices.Delete(c.rows, i, i+1)
	}
}

// serve answers GET /api/users, and has between happen after each page.
func (c *crowd) serve(s *stage, between func()) {
	s.list = func(w http.ResponseWriter, r *http.Request) {
		c.asks++
		if status := c.fails[c.asks]; status != 0 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			return
		}
		page, _ := strconv.Atoi(r.FormValue("page"))
		size, _ := strconv.Atoi(r.FormValue("page_size"))
		if page < 1 || size < 1 || size > 100 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		from := min((page-1)*size, len(c.rows))
		users := make([]string, 0, size)
		for _, id := range c.rows[from:min(from+size, len(c.rows))] {
			users = append(users, wholeUser(fmt.Sprintf("u%d", id)))
		}
		w.Header().Set("Total-Number", strconv.Itoa(len(c.rows)))
		_, _ = fmt.Fprintf(w, "[%s]", strings.Join(users, ","))
		between()
	}
}

// census lists everybody, and fails if somebody is given twice.
func census(t *testing.T, c *logto.Client) (seen map[int]bool, whole bool, err error) {
	t.Helper()
	seen = map[int]bool{}
	whole, err = c.Users(t.Context(), func(accounts []authz.Account) error {
		for _, a := range accounts {
			id, err := strconv.Atoi(strings.TrimPrefix(string(a.Key), "u"))
			if err != nil || seen[id] {
				t.Errorf("%q is given, twice: %v", a.Key, seen[id])
			}
			seen[id] = true
		}
		return nil
	})
	return seen, whole, err
}

// TestNobodyIsMissedWhenPagesShift: whoever is there from the beginning of a scan
// to its end is seen, whoever comes and goes meanwhile.
func TestNobodyIsMissedWhenPagesShift(t *testing.T) {
	t.Parallel()
	for n := range 60 {
		seed := uint64(time.Now().UnixNano()) + uint64(n)
		rng := rand.New(rand.NewPCG(seed, 0))
		c := newCrowd(rng.IntN(700))
		most := rng.IntN(60)
		s := newStage(t, played{})
		c.serve(s, func() {
			if c.asks > 40 {
				return // so that it ends
			}
			if rng.IntN(3) == 0 {
				c.remove(rng, rng.IntN(most+1))
			}
			for range rng.IntN(most/8 + 1) {
				c.rows = slices.Insert(c.rows, 0, c.next)
				c.next++
			}
		})
		seen, _, err := census(t, s.client())
		if err != nil {
			t.Fatal(err)
		}
		for id := range c.stays {
			if !seen[id] {
				t.Errorf("seed %d: u%d was there all the time and is missed", seed, id)
			}
		}
	}
}

func TestAListThatHoldsStillIsReadOnceAndCheaply(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 7, 8, 99, 100, 101, 184, 1000, 5003} {
		c, s := newCrowd(n), newStage(t, played{})
		c.serve(s, func() {})
		seen, whole, err := census(t, s.client())
		if err != nil || !whole || len(seen) != n {
			t.Errorf("of %d users %d are seen, whole %v (%v)", n, len(seen), whole, err)
		}
		if most := n/70 + 3; c.asks > most {
			t.Errorf("%d users took %d pages, want at most %d", n, c.asks, most)
		}
	}
}

func TestAListThatShuffledIsReadAgain(t *testing.T) {
	t.Parallel()
	c, s := newCrowd(450), newStage(t, played{})
	c.serve(s, func() { // ties of createdAt have no order that Logto keeps
		if c.asks == 2 {
			slices.SortFunc(c.rows, func(a, b int) int { return cmp.Compare(a*7919%450, b*7919%450) })
		}
	})
	seen, whole, err := census(t, s.client())
	if err != nil || !whole || len(seen) != 450 {
		t.Errorf("%d of 450 are seen, whole %v (%v)", len(seen), whole, err)
	}
}

func TestAScanIsPatientAndNotForEver(t *testing.T) {
	t.Parallel()
	c, s := newCrowd(250), newStage(t, played{})
	c.fails = map[int]int{2: 429, 4: 503}
	c.serve(s, func() {})
	if seen, whole, err := census(t, s.client()); err != nil || !whole || len(seen) != 250 {
		t.Errorf("%d of 250 are seen, whole %v (%v)", len(seen), whole, err)
	}
	broken := newStage(t, played{})
	broken.list = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := broken.client().Users(ctx, func([]authz.Account) error { return nil })
	if err == nil {
		t.Error("a list that is never given is an empty list")
	}
}
