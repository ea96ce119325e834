package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Code says what is wrong with a field, whatever a door calls it.
type Code string

// The codes.
const (
	CodeMissing   Code = "missing"   // required and not there
	CodeUnknown   Code = "unknown"   // not a field of this body
	CodeNull      Code = "null"      // null where a value must stand
	CodeDuplicate Code = "duplicate" // the same key twice in one object
	CodeString    Code = "string"    // not a string
	CodeText      Code = "text"      // a string that holds what text may not hold
	CodeInteger   Code = "integer"   // not an integer
	CodeNumber    Code = "number"    // not a number
	CodeBoolean   Code = "boolean"   // not a boolean
	CodeList      Code = "list"      // not a list
	CodeObject    Code = "object"    // not an object
	CodeChoice    Code = "choice"    // not one of the values there are
	CodeSmall     Code = "small"     // below the least that is allowed
	CodeLarge     Code = "large"     // above the most that is allowed
	CodeDeep      Code = "deep"      // nested too deeply
	CodeSyntax    Code = "syntax"    // not JSON; the path is the offset in bytes
	CodeValue     Code = "value"     // wrong for a reason the message gives
)

// A FieldError is one thing wrong with one field.
type FieldError struct {
	Path    []string // from the root; list elements by their index
	Message string   // for the caller
	Code    Code
}

// A BodyError lists everything wrong with a body, at least one thing.
type BodyError struct{ Fields []FieldError }

// Error returns all fields in one line.
func (e *BodyError) Error() string { return "invalid body: " + list(e.Fields) }

// A QueryError lists everything wrong with query parameters, at least one thing.
type QueryError struct{ Fields []FieldError }

// Error returns all parameters in one line.
func (e *QueryError) Error() string { return "invalid query: " + list(e.Fields) }

// A StatusError is a failure of transport that the domain has no word for:
// no such route, method not allowed, body too large.
type StatusError struct {
	Status  int
	Message string // for the caller
}

// Error returns the message.
func (e *StatusError) Error() string { return e.Message }

func list(fields []FieldError) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = fmt.Sprintf("%s: %s", strings.Join(f.Path, "."), f.Message)
	}
	return strings.Join(parts, "; ")
}

// statuses has one status for each authz.Kind; a test walks them.
var statuses = map[authz.Kind]int{
	authz.Internal:     http.StatusInternalServerError,
	authz.Invalid:      http.StatusBadRequest,
	authz.NotFound:     http.StatusNotFound,
	authz.Conflict:     http.StatusConflict,
	authz.Unauthorized: http.StatusUnauthorized,
	authz.Forbidden:    http.StatusForbidden,
	authz.Unavailable:  http.StatusServiceUnavailable,
	authz.Unsupported:  http.StatusNotImplemented,
}

// StatusOf is the status of a kind of error where a protocol asks for no other.
func StatusOf(kind authz.Kind) int { return statuses[kind] }
