package shadow

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

const (
	mostWaiting = 256     // questions
	mostBytes   = 8 << 20 // of questions that wait, about
	atOnce      = 4       // questions
	// After a failure the decision point is left alone for a time that doubles from
	// firstRest to longestRest.
	firstRest   = time.Second
	longestRest = time.Minute
)

// A watch compares one environment with one decision point.
type watch struct {
	*Shadow
	env     authz.EnvID
	setting Setting
	pdp     PDP

	queue  chan seen
	bytes  atomic.Int64 // of what is in the queue, about
	cancel context.CancelFunc
	done   sync.WaitGroup

	saving   sync.Mutex // held by the one who saves
	mu       sync.Mutex // guards what follows
	counts   Counts     // that are not kept yet
	found    []Disagreement
	answered time.Time
	doubts   []*doubt
	failing  error // of the last question; nil if it was answered
	failures int
	rest     time.Time // no question before
}

// seen is a question that was decided.
type seen struct {
	query    authz.Query
	decision authz.Decision
	snapshot *engine.Snapshot
	weight   int64
}

func newWatch(s *Shadow, env authz.EnvID, setting Setting) *watch {
	return &watch{Shadow: s, env: env, setting: setting, pdp: s.Dial(setting), queue: make(chan seen, mostWaiting), counts: Counts{}}
}

// offer takes a question, if it is of the share that is asked and there is room. A
// question that names no user, type or action is not asked of any account, and one with
// attributes that Permit's API has no place for cannot be.
func (w *watch) offer(q authz.Query, d authz.Decision, snapshot *engine.Snapshot) {
	if rand.Float64() >= w.setting.Share { //nolint:gosec // which questions are asked is no secret
		return
	}
	if q.User == "" || q.Resource == "" || q.Action == "" || q.NoAttributes || q.TenantAttributes != nil {
		return
	}
	it := seen{query: q, decision: d, snapshot: snapshot, weight: int64(decision.Weight(&q))}
	if w.bytes.Add(it.weight) <= mostBytes {
		select {
		case w.queue <- it:
			return
		default:
		}
	}
	w.bytes.Add(-it.weight)
	w.note(Dropped)
}

// begin starts what asks.
func (w *watch) begin(ctx context.Context) {
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for range atOnce {
		w.done.Go(func() { w.work(ctx) })
	}
	w.done.Go(func() { w.recheck(ctx) })
}

// end stops it, and keeps what was counted.
func (w *watch) end(ctx context.Context) {
	w.cancel()
	w.done.Wait()
	w.save(ctx)
}

func (w *watch) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case it := <-w.queue:
			w.bytes.Add(-it.weight)
			if w.rested(ctx) {
				w.compare(ctx, it)
			}
		}
	}
}

// rested waits until the decision point may be asked; it returns false if ctx ends first.
func (w *watch) rested(ctx context.Context) bool {
	w.mu.Lock()
	until := w.rest
	w.mu.Unlock()
	return mirror.Wall{}.Sleep(ctx, time.Until(until)) == nil
}

// compare asks a question that was decided here.
func (w *watch) compare(ctx context.Context, it seen) {
	allow, _, err := w.ask(ctx, it.query, false)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.note(Failed)
	case allow != it.decision.Allow:
		w.suspect(it)
	case allow:
		w.note(Agreed, Count(it.snapshot.WayOf(it.query, it.decision)))
	default:
		w.note(Agreed, Denied)
	}
}

// ask asks the decision point, and rests after a failure.
func (w *watch) ask(ctx context.Context, q authz.Query, explain bool) (allow bool, why []byte, err error) {
	allow, why, err = w.pdp.Allowed(ctx, q, explain)
	if ctx.Err() != nil {
		return allow, why, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.failing = err; err == nil {
		w.failures, w.rest, w.answered = 0, time.Time{}, now
		return allow, why, nil
	}
	rest := min(firstRest<<min(w.failures, 10), longestRest)
	if p, ok := errors.AsType[*mirror.Pause](err); ok {
		rest = p.For
	}
	w.failures++
	w.rest = now.Add(rest)
	return allow, why, err
}

// note counts.
func (w *watch) note(counts ...Count) {
	w.mu.Lock()
	for _, c := range counts {
		w.counts[c]++
	}
	w.mu.Unlock()
	for _, c := range counts {
		w.count(c, 1)
	}
}

// save keeps what was counted since the last time.
func (w *watch) save(ctx context.Context) {
	w.saving.Lock()
	defer w.saving.Unlock()
	w.mu.Lock()
	counts, found, answered := w.counts, w.found, w.answered
	w.counts, w.found, w.answered = Counts{}, nil, time.Time{}
	w.mu.Unlock()
	if len(counts) == 0 {
		return
	}
	err := w.Ledger.Add(ctx, w.env, w.setting.Account, answered, counts, found)
	if err == nil {
		return
	}
	if ctx.Err() == nil {
		w.Log.Error("what the comparison with the account found is not kept yet", "error", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for c, n := range counts {
		w.counts[c] += n
	}
	w.found = append(found, w.found...)
	w.found = w.found[max(0, len(w.found)-MostShapes):]
	if w.answered.IsZero() {
		w.answered = answered
	}
}

// drop forgets what is not kept yet, and what is in doubt.
func (w *watch) drop() {
	w.saving.Lock()
	defer w.saving.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts, w.found, w.answered, w.doubts = Counts{}, nil, time.Time{}, nil
}
