package ingest

import "time"

// A Progress says how far the looking through of a source is, and what it found
// last. Numbers are of the sweep under way, or of the last one.
type Progress struct {
	Phase         string // templates, organizations, roles, users, kept; empty: none is under way
	StartedAt     time.Time
	Users         int // looked at
	Organizations int // looked at, with their members
	// The source's own counts at the beginning; 0 if it did not tell.
	UsersTotal, OrganizationsTotal int
	Found                          int  // subjects that differed and were marked
	Whole                          bool // every list held still long enough to be sure of it
	Error                          string

	CompletedAt time.Time // of the last sweep that came to its end
	Took        time.Duration
	Completed   int // sweeps since the process started
}

// Remaining is how many users and organizations are still to be looked at by the
// sweep under way, or by the one that failed, or wait to be, and how much of all that
// is done, in whole percent: 100 only if nothing is left. waiting is how many subjects
// wait; some of them may be among those that the sweep has not come to.
func (p Progress) Remaining(waiting int) (left, percent int) {
	all, open := p.UsersTotal+p.OrganizationsTotal, p.CompletedAt.Before(p.StartedAt)
	if open {
		left = max(0, p.UsersTotal-p.Users) + max(0, p.OrganizationsTotal-p.Organizations)
	}
	left += max(0, waiting)
	switch {
	case p.StartedAt.IsZero(), all == 0 && open:
		return left, 0
	case left == 0 && !open:
		return 0, 100
	}
	return left, max(0, min(99, 100*(all-left)/max(1, all)))
}
