package mirror

import (
	"context"
	"errors"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// ErrForgotten says that commits are not kept any more: everything is to be marked.
var ErrForgotten = errors.New("mirror: the commits are not kept any more")

// A Source is the environment that is mirrored.
type Source interface {
	// Touched returns what some commits after rev did, what went with other things
	// included, and the last of these commits; rev itself if there are none. It returns
	// [ErrForgotten] if the commit after rev is not kept any more.
	Touched(ctx context.Context, env authz.EnvID, rev authz.Revision) ([]Touch, authz.Revision, error)

	// Present returns what is true of things of one kind, in their order, at one moment:
	// the change that puts it, or nil. What a suspended user holds is not there: an
	// account knows no suspension, and must not permit what is denied here.
	Present(ctx context.Context, env authz.EnvID, things []Thing) ([]authz.Change, error)

	// Everything names all things of a kind.
	Everything(ctx context.Context, env authz.EnvID, kind Kind, w Wanted) ([]Thing, error)

	// HeldBy returns the assignments of users.
	HeldBy(ctx context.Context, env authz.EnvID, users []string) ([]Thing, error)
}

// A Ledger keeps how far a mirror is and what it made. What it is told to keep is
// durable when a method returns.
type Ledger interface {
	// Begin returns how far the mirror of env into the account is. A first time, and
	// after another account or other kinds, it forgets all marks and marks everything
	// here and everything that the mirror made there.
	Begin(ctx context.Context, env authz.EnvID, account string, w Wanted) (Progress, error)
	// Refill marks everything, as Begin does.
	Refill(ctx context.Context, env authz.EnvID, account string, w Wanted) (authz.Revision, error)
	// Hold lets owner alone mirror env for a while; held is false if another does.
	Hold(ctx context.Context, env authz.EnvID, owner string, now time.Time, d time.Duration) (held bool, err error)

	// Rest keeps until when the account wants no request of whom it limits, and Rested
	// returns it; zero if it is not known.
	Rest(ctx context.Context, env authz.EnvID, limited string, until time.Time) error
	Rested(ctx context.Context, env authz.EnvID, limited string) (until time.Time, err error)

	// Follow marks things and moves the cursor, together.
	Follow(ctx context.Context, env authz.EnvID, list []Touch, cursor authz.Revision) error
	// Due returns what is marked, by kind, and when the next mark will be due that is
	// not; zero if none is left.
	Due(ctx context.Context, env authz.EnvID, now time.Time) ([]Backlog, time.Time, error)
	// Take returns marks of a kind that are due, the oldest first; those made before a
	// time, unless that is zero.
	Take(ctx context.Context, env authz.EnvID, kind Kind, gone bool, now, before time.Time, limit int) ([]Mark, error)
	// Made returns what is known of things in the account; things without a row are left out.
	Made(ctx context.Context, env authz.EnvID, account string, things []Thing) (map[Thing]Made, error)
	// Settle keeps what is known of things, and what becomes of their marks, together.
	// A mark that was made again since it was taken stays.
	Settle(ctx context.Context, env authz.EnvID, account string, made []Made, marks []Mark) error

	// Letters returns marks that are given up, by kind and key: the next after one.
	Letters(ctx context.Context, env authz.EnvID, after Thing, limit int) ([]Mark, error)
	// Revive makes letters due again, all or those named.
	Revive(ctx context.Context, env authz.EnvID, things []Thing) (int, error)
	// Doubt marks things of which it is not known any more what the account has.
	Doubt(ctx context.Context, env authz.EnvID, account string, things []Thing) error
	// Summary returns how far the mirror is, for people.
	Summary(ctx context.Context, env authz.EnvID) (Summary, error)
}

// A Progress is how far a mirror is.
type Progress struct {
	Account string
	Cursor  authz.Revision // commits up to it are marked
}

// A Backlog is what is marked of a kind, and not given up.
type Backlog struct {
	Kind Kind
	Gone bool
	N    int // marks that are due
	// Oldest is when the oldest mark that is due was made, and Gate when the oldest was
	// that has not been refused: what names such things waits for them. Zero if none.
	Oldest, Gate time.Time
}

// A Mark says that a thing is to be looked at.
type Mark struct {
	Thing
	Gone       bool
	Generation int64 // of the mark, when it was taken
	Attempts   int   // that were refused
	MarkedAt   time.Time

	// What becomes of it: done, if neither is set; else looked at again when due, or
	// given up until somebody asks.
	Due    time.Time
	Dead   bool
	Reason string // why it is not done
}

// A State says what is known of a thing in the account.
type State string

// The states. A thing whose row has none is not known to be there.
const (
	Unmade   State = ""         // no row
	Making   State = "making"   // a request to make it went out; nothing else is known
	Mine     State = "made"     // the mirror made it, and it is what was last said
	Changing State = "changing" // the mirror made it; what it is now is not known
	Theirs   State = "theirs"   // somebody else made it, and it is what it should be
)

// A Made is what is known of a thing in the account.
type Made struct {
	Thing
	State     State
	Digest    string   // of what was last said, or was going to be
	ID        authz.ID // of the thing here: one that was made anew has another
	Suspended bool     // of a user: it was when last looked at
	At        time.Time
}

// A Summary is how far a mirror is, for people.
type Summary struct {
	Progress
	Head      authz.Revision // the latest of the environment
	Waiting   int            // marks that are not given up
	Failing   int            // of those, refused and tried again
	Dead      int            // marks that are given up
	Conflicts int            // of those, things that somebody else made
	Oldest    time.Time      // when the longest waiting was marked; zero if none
	Made      map[Kind]int   // what the mirror made and keeps
	FilledAt  time.Time      // when everything was last marked
	Filled    int            // how much that was
}
