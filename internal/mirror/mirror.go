package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

const (
	// settle is how long a thing is left alone after a request about it of which no
	// answer came: what lands late has landed then. It outlasts a request.
	settle = time.Minute
	// poll is how often new commits are looked for.
	poll = 500 * time.Millisecond
	// lease is how long a process that went away keeps others from mirroring.
	lease = time.Minute
	// The delay after a failure of the account doubles from firstDelay to longestDelay.
	firstDelay   = time.Second
	longestDelay = time.Minute
	// refusals is how often a thing is refused until it is given up: what it needs may
	// be on its way, and a call of many is cut into smaller ones meanwhile.
	refusals = 5
	// longestRefused is the longest time between two tries of what was refused.
	longestRefused = time.Minute
	// longestRest bounds how long what is kept of an account's wish is obeyed: a clock may
	// have been wrong.
	longestRest = time.Hour
	// page is how many marks are looked at together.
	page = 3000
)

// A Mirror makes one account equal to one environment. Status may be called at any
// time; the rest by one caller.
type Mirror struct {
	Env     authz.EnvID
	Source  Source
	Ledger  Ledger
	Account Account
	Pace    *Pace // of the account's requests
	Wanted  Wanted
	// Adopt takes over what somebody else has made there and is equal here: it is changed
	// and removed then as what the mirror made.
	Adopt bool
	Owner string // who mirrors, where several processes might
	// Limited is whom the account limits, in a text without secrets: what it wanted of
	// another does not count.
	Limited string
	Log     *slog.Logger

	account string // of the account; empty before it is known
	held    time.Time
	cursor  authz.Revision
	early   bool // the step is about things that may need what waits to be made

	mu     sync.Mutex // guards what follows, and the writing of account
	failed error      // what the last step came to
	since  time.Time

	compare   bool // somebody has asked for a comparison
	drift     *Drift
	undrifted error
}

// Run mirrors until ctx ends.
func (m *Mirror) Run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		wait, err := m.Step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case err != nil:
			wait = min(firstDelay<<min(failures, 10), longestDelay)
			if failures++; failures == 1 {
				m.Log.Warn("the account is not mirrored into; it is tried again", "error", err)
			}
		case failures > 0:
			m.Log.Info("the account is mirrored into again")
			failures = 0
		}
		if m.Pace.Clock.Sleep(ctx, min(max(wait, 0), longestDelay)) != nil {
			return nil
		}
	}
	return nil
}

// Step does the next piece of work: a page of marks of one kind at most. It returns how
// long there is nothing to do, unless something is committed.
func (m *Mirror) Step(ctx context.Context) (time.Duration, error) {
	wait, err := m.step(ctx)
	if ctx.Err() == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if (m.failed == nil) != (err == nil) {
			m.since = m.Pace.Clock.Now()
		}
		m.failed = err
	}
	return wait, err
}

func (m *Mirror) step(ctx context.Context) (time.Duration, error) {
	held, err := m.hold(ctx)
	if err != nil || !held {
		return lease / 2, err
	}
	if m.account == "" {
		if err := m.begin(ctx); err != nil || m.account == "" {
			return 0, err // the account may want no request for a while
		}
	}
	if err := m.follow(ctx); err != nil {
		return 0, err
	}
	m.compareAll(ctx)
	now := m.Pace.Clock.Now()
	list, next, err := m.Ledger.Due(ctx, m.Env, now)
	if err != nil {
		return 0, err
	}
	b, before, found := choose(list)
	if !found {
		if next.IsZero() {
			return poll, nil
		}
		return min(poll, max(next.Sub(now), 0)), nil
	}
	limit := page
	if most := m.Account.Most(b.Kind, Create); most > 1 {
		limit = most // what fills one call
	}
	marks, err := m.Ledger.Take(ctx, m.Env, b.Kind, b.Gone, now, before, limit)
	if err != nil {
		return 0, err
	}
	// What it needs may be about to be made: then nothing is given up.
	m.early = slices.ContainsFunc(list, func(other Backlog) bool {
		return !other.Gone && slices.Index(Order, other.Kind) < slices.Index(Order, b.Kind)
	})
	return 0, m.look(ctx, marks)
}

// hold keeps other processes from mirroring the environment.
func (m *Mirror) hold(ctx context.Context) (bool, error) {
	now := time.Now() // other processes have no other clock
	if now.Before(m.held) {
		return true, nil
	}
	held, err := m.Ledger.Hold(ctx, m.Env, m.Owner, now, lease)
	if err != nil || !held {
		return held, err
	}
	// The one before may have been told to wait: this process earlier, or another.
	until, err := m.Ledger.Rested(ctx, m.Env, m.Limited)
	if err != nil {
		return false, err
	}
	m.Pace.Pause(min(until.Sub(m.Pace.Clock.Now()), longestRest+time.Microsecond))
	m.held = now.Add(lease / 3)
	return true, nil
}

// begin finds out who the account is and how far its mirror.
func (m *Mirror) begin(ctx context.Context) error {
	account, err := m.Account.Begin(ctx)
	if err != nil {
		return m.heed(ctx, err)
	}
	p, err := m.Ledger.Begin(ctx, m.Env, account, m.Wanted)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account, m.cursor = account, p.Cursor
	return nil
}

// follow marks what new commits touched.
func (m *Mirror) follow(ctx context.Context) error {
	for {
		touched, rev, err := m.Source.Touched(ctx, m.Env, m.cursor)
		if errors.Is(err, ErrForgotten) {
			if m.cursor, err = m.Ledger.Refill(ctx, m.Env, m.account, m.Wanted); err != nil {
				return err
			}
			continue
		}
		if err != nil || rev == m.cursor {
			return err
		}
		touched = slices.DeleteFunc(touched, func(t Touch) bool { return !m.Wanted.Has(t.Thing) })
		if err := m.Ledger.Follow(ctx, m.Env, touched, rev); err != nil {
			return err
		}
		m.cursor = rev
	}
}

// choose picks the marks that are looked at next: of the kind with the oldest mark, and
// of that only what was marked before anything that it may need. What is needed is made
// before, and removed after, what needs it.
func choose(list []Backlog) (b Backlog, before time.Time, found bool) {
	place := func(b Backlog) int {
		if b.Gone {
			return -slices.Index(Order, b.Kind)
		}
		return slices.Index(Order, b.Kind)
	}
	slices.SortFunc(list, func(a, b Backlog) int { return cmp.Compare(place(a), place(b)) })
	for _, gone := range []bool{true, false} {
		var gate time.Time // the oldest mark of what comes before
		for _, next := range list {
			if next.Gone != gone {
				continue
			}
			open := gate.IsZero() || next.Oldest.Before(gate)
			if next.N > 0 && open && (!found || next.Oldest.Before(b.Oldest)) {
				b, before, found = next, gate, true
			}
			if !next.Gate.IsZero() && (gate.IsZero() || next.Gate.Before(gate)) {
				gate = next.Gate
			}
		}
	}
	return b, before, found
}

// heed obeys an account that wants no request for a while, over restarts too.
func (m *Mirror) heed(ctx context.Context, err error) error {
	if p, ok := errors.AsType[*Pause](err); ok {
		until := m.Pace.Clock.Now().Add(p.For + time.Microsecond) // a part of one is not kept
		m.Pace.Pause(p.For)
		return m.Ledger.Rest(context.WithoutCancel(ctx), m.Env, m.Limited, until)
	}
	if err != nil {
		return fmt.Errorf("mirror: %w", err)
	}
	return nil
}

// A Status is how a mirror does.
type Status struct {
	Summary
	Account string // empty before it has been reached
	Wanted  Wanted
	Limits  Limits
	Paused  time.Time // until when the account wants no request; zero if it does
	Failed  error     // why nothing is mirrored; nil if it is
	Since   time.Time // since when it is so; zero before the first attempt
}

// Status tells how the mirror does.
func (m *Mirror) Status(ctx context.Context) (Status, error) {
	s, err := m.Ledger.Summary(ctx, m.Env)
	m.mu.Lock()
	defer m.mu.Unlock()
	return Status{Summary: s, Account: m.account, Wanted: m.Wanted, Limits: m.Pace.Limits, Paused: m.Pace.Paused(), Failed: m.failed, Since: m.since}, err
}

// Letters are marks that are given up, by kind and key: the next after one, at most
// limit.
func (m *Mirror) Letters(ctx context.Context, after Thing, limit int) ([]Mark, error) {
	return m.Ledger.Letters(ctx, m.Env, after, limit)
}

// Retry has letters looked at again, all or those named, and returns how many.
func (m *Mirror) Retry(ctx context.Context, things []Thing) (int, error) {
	return m.Ledger.Revive(ctx, m.Env, things)
}
