package ingest

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Newcomers looks at a user of whom nothing is known the moment somebody asks about
// it, so that the first question is not answered before the webhook is. It is safe
// for concurrent use; its fields must not change once it is used.
//
// Questions never wait for longer than Limit, and names that somebody makes up cost
// the source little: each is asked for once and then remembered for a while, so
// many at once, and so many a second.
type Newcomers struct {
	Reconciler *Reconciler
	Limit      time.Duration // how long a question waits at most
	AtOnce     int           // users looked at at once; beyond, no question waits
	Plausible  func(authz.UserKey) bool
	Wake       func() // called after work was marked; must not block
	Log        *slog.Logger
	Now        func() time.Time // time.Now if nil

	mu      sync.Mutex // guards the fields below
	flights map[authz.UserKey]*look
	absent  absent
	allowed float64 // looks that may begin
	counted time.Time

	found, missing, failed, skipped atomic.Int64
}

const (
	// looksPerSecond is how many looks may begin a second, and at once after a quiet
	// second.
	looksPerSecond = 50
	// absence is how long a user stays unasked for that the source does not have,
	// and failure how long one that the source could not tell of.
	absence = 5 * time.Second
	failure = time.Second
	// absentees is how many are remembered, about.
	absentees = 20_000
)

// A look is one look at a user that many may wait for. found is set before done is
// closed.
type look struct {
	done  chan struct{}
	found bool
}

// NewcomerCounts are how looks have ended since the process started.
type NewcomerCounts struct {
	Found   int64
	Missing int64 // the source has no such user
	Failed  int64 // the source could not tell in time
	Skipped int64 // not begun, since too many were under way or had begun
}

// Counts returns how looks have ended since the process started.
func (n *Newcomers) Counts() NewcomerCounts {
	return NewcomerCounts{Found: n.found.Load(), Missing: n.missing.Load(), Failed: n.failed.Load(), Skipped: n.skipped.Load()}
}

// Look brings in those of users that the source has, one after the other, and
// reports whether it brought any. It returns after Limit at the latest.
func (n *Newcomers) Look(env authz.EnvID, users ...authz.UserKey) (found bool) {
	if env != n.Reconciler.Env {
		return false
	}
	late := time.NewTimer(n.Limit)
	defer late.Stop()
	for _, user := range users {
		l := n.begin(user)
		if l == nil {
			continue
		}
		select {
		case <-l.done:
			found = found || l.found
		case <-late.C:
			return found
		}
	}
	return found
}

// begin is the look at the user, which may be under way; nil if there is none.
func (n *Newcomers) begin(user authz.UserKey) *look {
	if n.Plausible != nil && !n.Plausible(user) {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.flights[user]; l != nil {
		return l
	}
	now := n.now()
	if n.absent.has(user, now) {
		return nil
	}
	if len(n.flights) >= n.AtOnce || !n.mayBegin(now) {
		n.skipped.Add(1)
		return nil
	}
	if n.flights == nil {
		n.flights = map[authz.UserKey]*look{}
	}
	l := &look{done: make(chan struct{})}
	n.flights[user] = l
	go n.fly(user, l)
	return l
}

// mayBegin takes one of the looks that may begin. The caller holds mu.
func (n *Newcomers) mayBegin(now time.Time) bool {
	n.allowed = min(looksPerSecond, n.allowed+looksPerSecond*now.Sub(n.counted).Seconds())
	n.counted = now
	if n.allowed < 1 {
		return false
	}
	n.allowed--
	return true
}

// fly looks, remembers what came of it, and tells everybody who waits.
func (n *Newcomers) fly(user authz.UserKey, l *look) {
	ctx, cancel := context.WithTimeout(context.Background(), n.Limit)
	defer cancel()
	found, err := n.Reconciler.meet(ctx, user)
	n.mu.Lock()
	defer n.mu.Unlock()
	switch now := n.now(); {
	case err != nil:
		n.failed.Add(1)
		n.absent.put(user, now, failure)
		n.Log.Warn("a user that somebody asked about could not be looked at; the question is answered without", "source", n.Reconciler.Source.Name(), "user", user, "error", err)
	case found:
		n.found.Add(1)
	default:
		n.missing.Add(1)
		n.absent.put(user, now, absence)
	}
	l.found = found
	delete(n.flights, user)
	close(l.done)
	if found {
		n.Wake()
	}
}

func (n *Newcomers) now() time.Time {
	if n.Now != nil {
		return n.Now()
	}
	return time.Now()
}

// meet brings the user in if the source has it; found is true once the user is in
// the directory. Nothing is written about one that the source does not have.
func (r *Reconciler) meet(ctx context.Context, user authz.UserKey) (found bool, err error) {
	s := Subject{Kind: UserSubject, ID: string(user)}
	account, known, err := r.observe(ctx, s)
	if err != nil || !known || !account.Exists {
		return false, err
	}
	if err := r.announce(ctx, account); err != nil {
		return false, err
	}
	if _, err := r.Directory.Reflect(ctx, r.Env, account, r.First); err != nil {
		return false, err
	}
	// A worker may have looked at the user since it was observed here, and been
	// overwritten: the last look must be a worker's.
	return true, r.Store.Mark(ctx, []string{WorkKey(r.Env, r.Source.Name(), s)})
}

// An absent remembers keys until their time, and about absentees of them: those put
// first are forgotten first.
type absent struct {
	young, old map[authz.UserKey]time.Time
	turned     time.Time // when young began
}

func (a *absent) has(user authz.UserKey, now time.Time) bool {
	return a.young[user].After(now) || a.old[user].After(now)
}

func (a *absent) put(user authz.UserKey, now time.Time, d time.Duration) {
	if a.young == nil || len(a.young) >= absentees/2 || now.Sub(a.turned) > absence {
		a.old, a.young, a.turned = a.young, map[authz.UserKey]time.Time{}, now
	}
	a.young[user] = now.Add(d)
}
