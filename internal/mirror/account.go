package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Verb is what a call does.
type Verb string

// The verbs. Create fails if a thing is there; Update makes a thing that is there
// equal; Remove makes it be gone.
const (
	Create Verb = "create"
	Update Verb = "update"
	Remove Verb = "remove"
)

// A Call is a request to do the same to several things of one kind: all of it or
// nothing.
type Call struct {
	Verb   Verb
	Things []Thing        // of one kind, never empty
	Values []authz.Change // what each is to be; nil for Remove
}

// An Account is an environment of Permit.io, or what speaks its API. Its requests keep
// the pace that the account allows. Errors of an outcome that is known are a [Refusal]
// or a [Pause]; after any other error of Do, the call may have been done or not, or may
// be done later.
type Account interface {
	// Begin finds out who the account is, in a text that is never another account's.
	// The error says what to do about it.
	Begin(ctx context.Context) (identity string, err error)

	// Find returns what the account has of things of one kind, in their order: the
	// change that puts it, or nil. If old, a thing may be there that was made a while
	// ago, and not by this mirror: to create it is refused then.
	Find(ctx context.Context, things []Thing, old bool) ([]authz.Change, error)

	// Everything yields all that the account has of a kind, some at a time.
	Everything(ctx context.Context, kind Kind, yield func([]authz.Change) error) error

	// Do makes a call of at most Most things.
	Do(ctx context.Context, c Call) error

	// Most is how many things one call may have; from Many on, one request for all is
	// better than one for each.
	Most(kind Kind, v Verb) int
	Many() int
}

// A Refusal says that the account has understood a request and did not do it.
type Refusal struct {
	Status int
	Reason string // of the account's making
	// Locked: it is the key that is refused, and not this request only.
	Locked bool
	// Begun: parts of the call were done.
	Begun bool
}

// Error is the reason.
func (r *Refusal) Error() string {
	return fmt.Sprintf("the account answered %d: %s", r.Status, r.Reason)
}

// A Pause says that the account wants no request for a while; this one was not done.
type Pause struct{ For time.Duration }

// Error says for how long.
func (p *Pause) Error() string { return fmt.Sprintf("the account wants no request for %s", p.For) }

// ErrUnsent says that a request has not reached the account.
var ErrUnsent = errors.New("the account is not reached")

// done reports whether it is certain that nothing came of a call.
func undone(err error) bool {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return !r.Begun
	}
	_, paused := errors.AsType[*Pause](err)
	return paused || errors.Is(err, ErrUnsent)
}
