package ingest

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An Attempt is a delivery that a source says it tried.
type Attempt struct {
	At       time.Time // when the source noted it, by its own clock
	Delivery Delivery  // its Body says the same as what was sent, in other bytes
	Readable bool      // false: this version cannot read the delivery, which is then zero
}

// An AttemptLog is a source's own log of its deliveries.
type AttemptLog interface {
	// Attempts gives what was tried since then, in any order and each at least once;
	// the zero time is as far back as the source shows by itself. known is false if
	// the source has no webhook that is ours. The error is Unavailable, or what yield
	// returned.
	Attempts(ctx context.Context, since time.Time, yield func([]Attempt) error) (known bool, err error)
}

// A Reading is how far the source's log has been read, and what came of it since
// the first reading.
type Reading struct {
	At       time.Time // of the last reading; zero: there was none
	Until    time.Time // when the source noted the last attempt that was read, by its clock
	Known    bool      // the source has a webhook that is ours
	Tried    int       // by the source
	Received int       // of these, here before they were read in the log
	Repaired int       // of these, not received, and taken from the log
	Error    string    // why the last reading failed; empty if it did not
}

// A ReadingStore keeps readings, and knows what arrived.
type ReadingStore interface {
	SaveReading(ctx context.Context, env authz.EnvID, source string, r Reading) error
	// Reading returns the last; the zero Reading if there is none.
	Reading(ctx context.Context, env authz.EnvID, source string) (Reading, error)
	// Arrived reports whether a delivery of the same event about the same subject,
	// built at the same time, is kept.
	Arrived(ctx context.Context, env authz.EnvID, source string, d Delivery) (bool, error)
}

// again is how much of the log is read twice: entries are noted when a delivery has
// ended, and not by one clock only.
const again = time.Minute

// Catch takes from the source's log what was tried and never arrived, and has it
// looked at as if it had.
func (s *Sweep) Catch(ctx context.Context) error {
	if s.Attempts == nil {
		return nil
	}
	last, err := s.Readings.Reading(ctx, s.Env, s.Source)
	if err != nil {
		return err
	}
	next, since := last, last.Until
	if !since.IsZero() {
		since = since.Add(-again)
	}
	known, err := s.Attempts.Attempts(ctx, since, func(list []Attempt) error {
		for _, a := range list {
			if err := s.attempt(ctx, a, last, &next); err != nil {
				return err
			}
		}
		return nil
	})
	next.At, next.Known, next.Error = time.Now(), known, ""
	if err != nil { // what was counted is counted again from where the last reading ended
		next = last
		next.At, next.Error = time.Now(), err.Error()
	}
	if saved := s.Readings.SaveReading(ctx, s.Env, s.Source, next); saved != nil {
		return saved
	}
	return err
}

// attempt counts an attempt, and takes it in if it never arrived.
func (s *Sweep) attempt(ctx context.Context, a Attempt, last Reading, next *Reading) error {
	fresh := a.At.After(last.Until)
	if a.At.After(next.Until) {
		next.Until = a.At
	}
	here := false
	if a.Readable {
		var err error
		if here, err = s.Readings.Arrived(ctx, s.Env, s.Source, a.Delivery); err != nil {
			return err
		}
	}
	lost := a.Readable && !here
	if fresh || lost {
		next.Tried++
	}
	if fresh && here {
		next.Received++
	}
	if !lost {
		return nil
	}
	if _, err := s.Store.Keep(ctx, s.Env, s.Source, a.Delivery, workOf(s.Env, s.Source, a.Delivery)...); err != nil {
		return err
	}
	next.Repaired++
	s.Wake()
	return nil
}

// workOf is the work that a delivery causes.
func workOf(env authz.EnvID, source string, d Delivery) []string {
	var work []string
	if templates(d) {
		work = append(work, WorkKey(env, source, allTemplates))
	}
	if !reconciled(d) {
		return work
	}
	work = append(work, WorkKey(env, source, d.Subject))
	for _, s := range d.Hints {
		work = append(work, WorkKey(env, source, s))
	}
	return work
}
