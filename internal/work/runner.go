package work

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// An Item is a piece of work taken from a [Queue].
type Item struct {
	Kind, Key  string
	Generation int64 // finishing an older generation than the queue's keeps the work
	Attempt    int   // 1 for the first run since it last succeeded
}

// A Queue keeps work.
type Queue interface {
	// Take leases up to n items that are due, the longest due first. An item is
	// leased to one taker at a time; a lease that runs out frees it.
	Take(ctx context.Context, n int, lease time.Duration) ([]Item, error)

	// Finish ends the work, unless it was asked for again since it was taken:
	// then it is due at once.
	Finish(ctx context.Context, it Item) error

	// Retry keeps the work and its cause, due after delay; at once if it was
	// asked for again since it was taken.
	Retry(ctx context.Context, it Item, delay time.Duration, cause string) error

	// Extend leases an item that was taken for longer, from now on.
	Extend(ctx context.Context, it Item, lease time.Duration) error

	// NextDue returns when the next item is due; ok is false if none is kept.
	NextDue(ctx context.Context) (at time.Time, ok bool, err error)
}

// A Runner runs what a queue holds.
type Runner struct {
	Queue   Queue
	Do      func(ctx context.Context, it Item) error // must return once ctx ends
	Workers int                                      // items run at once, at least 1
	// Limit is how long an item may run; 0, and for nil, is the usual limit.
	Limit func(it Item) time.Duration
	Log   *slog.Logger

	once sync.Once
	wake chan struct{}
}

const (
	// lease outlasts the usual run, which is bounded by doLimit; longer ones extend it.
	lease   = 20 * time.Second
	doLimit = 15 * time.Second
	// idle is how long the runner waits at most before it looks again, for work
	// that another process asked for.
	idle = 5 * time.Second
	// The delay after a failure doubles from first to longest.
	firstDelay   = time.Second
	longestDelay = 5 * time.Minute
)

func (r *Runner) init() { r.once.Do(func() { r.wake = make(chan struct{}, 1) }) }

// Wake tells the runner that there may be work. It never blocks.
func (r *Runner) Wake() {
	r.init()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run runs work until ctx ends, and then waits for what is running.
func (r *Runner) Run(ctx context.Context) error {
	r.init()
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, max(r.Workers, 1))
	for range cap(free) {
		free <- struct{}{}
	}
	for {
		n, err := acquire(ctx, free)
		if err != nil {
			return nil // the end of ctx is the runner's normal end
		}
		items, err := r.Queue.Take(ctx, n, lease)
		if err != nil && ctx.Err() == nil {
			r.Log.Error("take work", "error", err)
		}
		for _, it := range items {
			running.Go(func() {
				defer func() { free <- struct{}{} }()
				r.run(ctx, it)
			})
		}
		for range n - len(items) {
			free <- struct{}{}
		}
		if len(items) < n {
			r.wait(ctx, err)
		}
	}
}

// acquire waits for one free worker and takes all that are free.
func acquire(ctx context.Context, free chan struct{}) (int, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-free:
	}
	for n := 1; ; n++ {
		select {
		case <-free:
		default:
			return n, nil
		}
	}
}

// wait returns when there may be work that was not there before.
func (r *Runner) wait(ctx context.Context, failed error) {
	delay := idle
	if at, ok, err := r.Queue.NextDue(ctx); failed == nil && err == nil && ok {
		delay = min(max(time.Until(at), 10*time.Millisecond), idle)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-r.wake:
	case <-timer.C:
	}
}

// run runs one item and settles it.
func (r *Runner) run(ctx context.Context, it Item) {
	err := r.do(ctx, it)
	settle := context.WithoutCancel(ctx)
	if err == nil {
		err = r.Queue.Finish(settle, it)
		if err != nil {
			r.Log.Error("finish work", "kind", it.Kind, "key", it.Key, "error", err)
		}
		r.Wake()
		return
	}
	delay := backoff(it.Attempt)
	if ctx.Err() != nil {
		delay = 0 // stopping is not the work's fault
	} else {
		r.Log.Warn("work failed", "kind", it.Kind, "key", it.Key, "attempt", it.Attempt, "again_in", delay, "error", err)
	}
	if err := r.Queue.Retry(settle, it, delay, err.Error()); err != nil {
		r.Log.Error("keep failed work", "kind", it.Kind, "key", it.Key, "error", err)
	}
	r.Wake()
}

// do bounds the run and turns a panic into a failure: one bad subject must not
// stop the others.
func (r *Runner) do(ctx context.Context, it Item) (err error) {
	limit := doLimit
	if r.Limit != nil {
		limit = max(limit, r.Limit(it))
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if limit > doLimit {
		go r.hold(ctx, it)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.Do(ctx, it)
}

// hold keeps the lease of a long run until ctx ends.
func (r *Runner) hold(ctx context.Context, it Item) {
	every := time.NewTicker(lease / 2)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			if err := r.Queue.Extend(ctx, it, lease); err != nil && ctx.Err() == nil {
				r.Log.Error("hold work", "kind", it.Kind, "key", it.Key, "error", err)
			}
		}
	}
}

// backoff is the delay after the given failed attempt, spread by a quarter so
// that many subjects do not return at the same moment.
func backoff(attempt int) time.Duration {
	d := longestDelay
	if attempt < 10 {
		d = min(firstDelay<<max(attempt-1, 0), longestDelay)
	}
	return d - time.Duration(rand.Int64N(int64(d)/4+1))
}
