package shadow

import (
	"context"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

const (
	mostDoubts = 256
	// patience is how long the account may be behind until a question is given up.
	patience = 15 * time.Minute
	// look is how often it is looked whether a question may be asked again.
	look = 250 * time.Millisecond
)

// A doubt is a question whose answers differed.
type doubt struct {
	query authz.Query
	since time.Time
	needs authz.Revision // what the mirror must have applied
	seen  time.Time      // the mirror had marked it then; zero before
	due   time.Time      // it is asked again then; zero before the mirror has applied it
	asked int            // how often it was, again
}

// suspect has a question asked again later.
func (w *watch) suspect(it seen) {
	w.mu.Lock()
	full := len(w.doubts) >= mostDoubts
	if !full {
		w.doubts = append(w.doubts, &doubt{query: it.query, since: time.Now(), needs: it.snapshot.Revision()})
	}
	w.mu.Unlock()
	if full {
		w.note(Unsettled)
	}
}

// recheck asks questions again whose answers differed, until ctx ends.
func (w *watch) recheck(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.mu.Lock()
		doubts := slices.Clone(w.doubts)
		w.mu.Unlock()
		if len(doubts) == 0 {
			continue
		}
		s, mirrored, err := w.Mirror(ctx, w.env)
		for _, d := range doubts {
			if ctx.Err() != nil {
				return
			}
			if err == nil && w.due(d, s, mirrored) && w.rested(ctx) {
				w.again(ctx, d)
			} else if time.Since(d.since) > patience {
				w.settled(d, Unsettled, nil)
			}
		}
	}
}

// due reports whether the account has what the answer needs, and has had it for a while.
func (w *watch) due(d *doubt, s mirror.Summary, mirrored bool) bool {
	now := time.Now()
	if mirrored && d.seen.IsZero() {
		if s.Cursor < d.needs {
			return false
		}
		d.seen = now
	}
	// What was marked by then is in the account once the oldest mark is younger.
	if d.due.IsZero() && (!mirrored || s.Oldest.IsZero() || s.Oldest.After(d.seen)) {
		d.due = now.Add(w.delays()[d.asked])
	}
	return !d.due.IsZero() && !now.Before(d.due)
}

func (s *Shadow) delays() []time.Duration {
	if s.Delays != nil {
		return s.Delays
	}
	return usualDelays
}

// again asks once more, and the last time for the reasons.
func (w *watch) again(ctx context.Context, d *doubt) {
	last := d.asked == len(w.delays())-1
	allow, why, err := w.ask(ctx, d.query, last)
	snapshot, there := w.Snapshots.Snapshot(w.env)
	if err != nil || !there {
		return
	}
	// What is true here may have changed too: it is the present answers that count.
	is := snapshot.Decide(d.query)
	switch {
	case is.Allow == allow:
		w.settled(d, Late, nil)
	case last:
		w.settled(d, Disagreed, w.disagreement(snapshot, d.query, is, why))
	default:
		d.asked++
		d.needs, d.seen, d.due = snapshot.Revision(), time.Time{}, time.Time{}
	}
}

// settled counts what a doubt came to. One that was forgotten meanwhile counts no more.
func (w *watch) settled(d *doubt, c Count, found *Disagreement) {
	w.mu.Lock()
	i := slices.Index(w.doubts, d)
	if i >= 0 {
		w.doubts = slices.Delete(w.doubts, i, i+1)
		if found != nil {
			w.found = append(w.found, *found)
		}
	}
	w.mu.Unlock()
	if i >= 0 {
		w.note(c)
	}
}
