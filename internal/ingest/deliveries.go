package ingest

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An Outcome says what has become of a kept delivery.
type Outcome string

// The outcomes. Work is on subjects: while one waits, so do all deliveries about it.
const (
	Settled  Outcome = "settled"   // its subject does not wait to be looked at
	Waiting  Outcome = "waiting"   // its subject waits
	Failing  Outcome = "failing"   // its subject waits, and the last look failed
	SetAside Outcome = "set_aside" // a test, or an event that this version does not know
)

// An Arrival is a kept delivery with what has become of it.
type Arrival struct {
	Delivery
	ReceivedAt time.Time
	Copies     int // how often the same body came
	Outcome    Outcome
	Attempts   int       // looks at the subject since the last that succeeded
	Error      string    // of the last look; empty unless Failing
	DueAt      time.Time // of the next look; zero unless the subject waits
}

// Cursor is where a stands among its like.
func (a Arrival) Cursor() ArrivalCursor { return ArrivalCursor{At: a.ReceivedAt, Digest: a.Digest} }

// An ArrivalCursor is a place in the order of arrival.
type ArrivalCursor struct {
	At     time.Time
	Digest string
}

// An ArrivalFilter selects arrivals; an empty field selects all.
type ArrivalFilter struct {
	Event   string
	Outcome Outcome
	Subject Subject
	Before  ArrivalCursor // those that came before
}

// An ArrivalStore tells what was kept.
type ArrivalStore interface {
	// Arrivals returns at most limit deliveries without their bodies, the latest first.
	Arrivals(ctx context.Context, env authz.EnvID, source string, f ArrivalFilter, limit int) ([]Arrival, error)
	// Arrival returns one with its body; ok is false if there is none.
	Arrival(ctx context.Context, env authz.EnvID, source, digest string) (a Arrival, ok bool, err error)
}

// Replay has everything looked at again that a kept delivery names, as when it came,
// and returns how many that is. It returns NotFound for a delivery that is not kept,
// and Conflict for one that names nothing to look at.
func (i *Inbox) Replay(ctx context.Context, digest string) (subjects int, err error) {
	a, err := i.Arrival(ctx, digest)
	if err != nil {
		return 0, err
	}
	d, err := i.Source.Read(a.Body)
	if err != nil {
		return 0, err
	}
	work := workOf(i.Env, i.Source.Name(), d)
	if len(work) == 0 {
		return 0, authz.Errorf(authz.Conflict, "there is nothing to look at again: this %s delivery names no user or organization that is kept here", d.Event)
	}
	if err := i.Store.Mark(ctx, work); err != nil {
		return 0, err
	}
	i.Wake()
	return len(work), nil
}

// Arrivals returns at most limit of the inbox's deliveries without their bodies, the
// latest first.
func (i *Inbox) Arrivals(ctx context.Context, f ArrivalFilter, limit int) ([]Arrival, error) {
	return i.Store.Arrivals(ctx, i.Env, i.Source.Name(), f, limit)
}

// Arrival returns one delivery with its body. It returns NotFound if it is not kept.
func (i *Inbox) Arrival(ctx context.Context, digest string) (Arrival, error) {
	a, ok, err := i.Store.Arrival(ctx, i.Env, i.Source.Name(), digest)
	if err == nil && !ok {
		err = authz.Errorf(authz.NotFound, "delivery %.64q is not kept: it never came, or was deleted after GATEHOUSE_DELIVERY_RETENTION", digest)
	}
	return a, err
}
