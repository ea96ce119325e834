package authz

import (
	"errors"
	"fmt"
)

// A Kind says what sort of failure an [Error] is. Kinds are about meaning, not
// transport: a door turns a Kind into its own status and body.
type Kind int

// The kinds. Internal is the zero value, so an error nobody classified is never
// shown to a caller.
const (
	Internal     Kind = iota // our fault; the message stays in the log
	Invalid                  // the request cannot mean anything
	NotFound                 // no such thing in this environment
	Conflict                 // the thing is taken, or changed underneath
	Unauthorized             // the caller is unknown
	Forbidden                // the caller may not
	Unavailable              // try again later
	Unsupported              // a known request that this version does not serve
)

// An Error is a failure that a caller may be told about.
type Error struct {
	Kind    Kind
	Message string // for the caller: lower case, no full stop, names the thing
	Field   string // the input field at fault, dotted from the body's root; empty if none
	Err     error  // for the log only
}

// Error returns the message followed by the wrapped error, for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an [Error] of the given kind.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// InvalidField returns an [Invalid] error about one input field.
func InvalidField(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// KindOf reports the kind of err; an error from elsewhere is [Internal].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
