package mirror

import (
	"context"
	"sync"
	"time"
)

// A Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep returns after d, or with the error of ctx when that ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// Wall is the clock on the wall.
type Wall struct{}

// Now implements [Clock].
func (Wall) Now() time.Time { return time.Now() }

// Sleep implements [Clock].
func (Wall) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// A Limit is how many requests there may be in a time.
type Limit struct {
	Requests int
	In       time.Duration
}

// Limits are how many requests of each sort there may be. A request counts wherever it
// belongs: the removal of many users is a request, a write, a removal and one of many.
type Limits struct {
	All     Limit // requests of any sort
	Writes  Limit // requests that change something
	Removes Limit // that remove something
	Schema  Limit // that change the schema
	Bulk    Limit // that change many things
}

// DefaultLimits are Permit's: https://docs.permit.io/api/api-with-cli.
var DefaultLimits = Limits{
	All: Limit{1000, time.Minute}, Writes: Limit{300, time.Minute}, Removes: Limit{60, time.Minute},
	Schema: Limit{40, time.Minute}, Bulk: Limit{100, 10 * time.Minute},
}

// A Sort says where a request belongs, besides being a request.
type Sort struct{ Write, Remove, Schema, Bulk bool }

// A Pace spaces requests evenly, so that no window of a limit's time ever holds more
// than it allows. It remembers nothing across restarts and needs not to: the first
// request of each sort waits as long as if one had gone out just before, and what an
// account wants beyond its limits is kept by the mirror. It is safe for concurrent use.
type Pace struct {
	Limits Limits
	Clock  Clock

	mu    sync.Mutex
	next  map[*Limit]time.Time // when the next request may go, by its limit
	until time.Time            // no request before
}

// spare is the part of a limit that is left unused, since requests do not arrive as
// evenly as they are sent.
const spare = 0.02

func (l Limit) gap() time.Duration {
	return time.Duration(float64(l.In) / float64(l.Requests) * (1 + spare))
}

// of are the limits that a request of the sort counts in.
func (l *Limits) of(s Sort) []*Limit {
	var list []*Limit
	for _, o := range []struct {
		is bool
		l  *Limit
	}{{true, &l.All}, {s.Write, &l.Writes}, {s.Remove, &l.Removes}, {s.Schema, &l.Schema}, {s.Bulk, &l.Bulk}} {
		if o.is && o.l.Requests > 0 {
			list = append(list, o.l)
		}
	}
	return list
}

// Wait returns when a request of the sort may go out.
func (p *Pace) Wait(ctx context.Context, s Sort) error {
	for {
		d := p.reserve(s)
		if d <= 0 {
			return ctx.Err()
		}
		if err := p.Clock.Sleep(ctx, d); err != nil {
			return err
		}
	}
}

// reserve takes the place of a request, or says how long to wait for one.
func (p *Pace) reserve(s Sort) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Clock.Now()
	limits := p.Limits.of(s)
	wait := p.until.Sub(now)
	for _, l := range limits {
		if p.next == nil {
			p.next = map[*Limit]time.Time{}
		}
		at, known := p.next[l]
		if !known {
			at = now.Add(l.gap())
			p.next[l] = at
		}
		wait = max(wait, at.Sub(now))
	}
	if wait > 0 {
		return wait
	}
	for _, l := range limits {
		p.next[l] = now.Add(l.gap())
	}
	return 0
}

// Open returns when no pause is under way any more.
func (p *Pace) Open(ctx context.Context) error {
	for until := p.Paused(); !until.IsZero(); until = p.Paused() {
		if err := p.Clock.Sleep(ctx, until.Sub(p.Clock.Now())); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Pause lets no request out for d.
func (p *Pace) Pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.Clock.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

// Paused is until when no request goes out; zero if they do.
func (p *Pace) Paused() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until.After(p.Clock.Now()) {
		return p.until
	}
	return time.Time{}
}
