package permit

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// errorDetails is Permit's error body. Its SDKs type an error by error_code,
// which they know as a closed set.
type errorDetails struct {
	ID             string  `json:"id"`
	Title          string  `json:"title"`
	SupportLink    *string `json:"support_link"`
	ErrorCode      string  `json:"error_code"`
	Message        string  `json:"message"`
	AdditionalInfo any     `json:"additional_info"`
}

// validation is FastAPI's error body, which Permit answers 422 with.
type validation struct {
	Detail []validationEntry `json:"detail"`
}

type validationEntry struct {
	Loc  []any  `json:"loc"` // strings, and numbers for list elements
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// A face is how callers see a kind of error.
type face struct {
	status int
	code   string
	title  string
	before string // put before the message
}

// faces has one face for each authz.Kind; a test walks them. The titles and the
// beginning of the 404 are Permit's own words: its Java tests look for them.
var faces = map[authz.Kind]face{
	authz.Internal:     {http.StatusInternalServerError, "UNEXPECTED_ERROR", "The request could not be completed", ""},
	authz.Invalid:      {http.StatusBadRequest, "INVALID_INPUT", "The request was invalid", "We are sorry for the inconvenience, "},
	authz.NotFound:     {http.StatusNotFound, "NOT_FOUND", "We could not find the requested object/s", "The requested data could not be found, "},
	authz.Conflict:     {http.StatusConflict, "DUPLICATE_ENTITY", "This object already exists", ""},
	authz.Unauthorized: {http.StatusUnauthorized, "UNAUTHORIZED", "You are not authenticated", ""},
	authz.Forbidden:    {http.StatusForbidden, "FORBIDDEN_ACCESS", "You are not authorized to perform this request", "Your data was not changed, "},
	authz.Unavailable:  {http.StatusServiceUnavailable, "UNEXPECTED_ERROR", "The request could not be completed", ""},
	authz.Unsupported:  {http.StatusNotImplemented, "UNEXPECTED_ERROR", "This request is not offered", ""},
}

// codes are the error codes that say more than a kind does.
var codes = map[error]string{
	directory.ErrOtherTenant: "MISMATCH_RESOURCE_INSTANCES_TENANTS",
	directory.ErrOtherType:   "MISMATCH_RELATION_TYPE",
	directory.ErrUndeclared:  "MISSING_RESOURCE_ATTRIBUTE",
	directory.ErrNoAction:    "MISSING_PERMISSIONS",
}

// A codedError is an error whose error_code is not the one of its kind.
type codedError struct {
	err  *authz.Error
	code string
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// render answers err as Permit does, and logs it if it is our fault.
func (a *API) render(w http.ResponseWriter, r *http.Request, err error) {
	switch e := err.(type) { //nolint:errorlint // the toolkit returns these unwrapped
	case *httpapi.BodyError:
		a.write(w, r, http.StatusUnprocessableEntity, entries("body", e.Fields))
		return
	case *httpapi.QueryError:
		a.write(w, r, http.StatusUnprocessableEntity, entries("query", e.Fields))
		return
	case *httpapi.StatusError:
		a.renderStatus(w, r, e)
		return
	}
	kind := authz.KindOf(err)
	f, message := faces[kind], "an unexpected error occurred"
	if e, ok := errors.AsType[*authz.Error](err); ok && kind != authz.Internal {
		if e.Field != "" && kind == authz.Invalid {
			a.write(w, r, http.StatusUnprocessableEntity, validation{Detail: []validationEntry{ruleEntry(e)}})
			return
		}
		message = e.Message
	}
	if e, ok := errors.AsType[*codedError](err); ok {
		f.code = e.code
	}
	for cause, code := range codes {
		if errors.Is(err, cause) {
			f.code = code
		}
	}
	switch kind {
	case authz.Internal:
		a.Log.LogAttrs(r.Context(), slog.LevelError, "request failed",
			slog.String("id", httpapi.RequestID(r.Context())), slog.String("pattern", r.Pattern), slog.Any("error", err))
	case authz.Unauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case authz.Unavailable:
		w.Header().Set("Retry-After", "1")
	case authz.Invalid, authz.NotFound, authz.Conflict, authz.Forbidden, authz.Unsupported:
	}
	a.write(w, r, f.status, details(r, f.title, f.code, f.before+message))
}

// renderStatus answers failures of transport: routing as FastAPI does, the rest
// as Permit does.
func (a *API) renderStatus(w http.ResponseWriter, r *http.Request, e *httpapi.StatusError) {
	if e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotFound {
		a.write(w, r, e.Status, map[string]string{"detail": e.Message})
		return
	}
	f := faces[authz.Invalid]
	a.write(w, r, e.Status, details(r, f.title, f.code, f.before+e.Message))
}

func (a *API) write(w http.ResponseWriter, r *http.Request, status int, body any) {
	if err := httpapi.Write(w, status, body); err != nil {
		panic(err) // error bodies are strings
	}
}

func details(r *http.Request, title, code, message string) errorDetails {
	link := "https://github.com/gatehouse-authz/gatehouse"
	return errorDetails{ID: httpapi.RequestID(r.Context()), Title: title, SupportLink: &link, ErrorCode: code, Message: message}
}

// ruleEntry is a rule of the house that an input field breaks.
func ruleEntry(e *authz.Error) validationEntry {
	entry := validationEntry{Loc: []any{"body"}, Msg: e.Message, Type: "value_error"}
	for part := range strings.SplitSeq(e.Field, ".") {
		entry.Loc = append(entry.Loc, step(part))
	}
	if e.Field == "email" || strings.HasSuffix(e.Field, ".email") {
		entry.Type = "value_error.email"
	}
	return entry
}

// step is one part of a path: a list index as a number. A key that looks like an
// index is shown as one.
func step(part string) any {
	if n, err := strconv.Atoi(part); err == nil && strconv.Itoa(n) == part {
		return n
	}
	return part
}

// words are FastAPI's for what can be wrong with a field. Codes without words
// keep the toolkit's message and have a type only.
var words = map[httpapi.Code]struct{ msg, kind string }{
	httpapi.CodeMissing:   {"field required", "value_error.missing"},
	httpapi.CodeUnknown:   {"extra fields not permitted", "value_error.extra"},
	httpapi.CodeNull:      {"none is not an allowed value", "type_error.none.not_allowed"},
	httpapi.CodeDuplicate: {"", "value_error.jsondecode"},
	httpapi.CodeString:    {"str type expected", "type_error.str"},
	httpapi.CodeText:      {"", "value_error"},
	httpapi.CodeInteger:   {"value is not a valid integer", "type_error.integer"},
	httpapi.CodeNumber:    {"value is not a valid float", "type_error.float"},
	httpapi.CodeBoolean:   {"value could not be parsed to a boolean", "type_error.bool"},
	httpapi.CodeList:      {"value is not a valid list", "type_error.list"},
	httpapi.CodeObject:    {"value is not a valid dict", "type_error.dict"},
	httpapi.CodeChoice:    {"", "type_error.enum"},
	httpapi.CodeSmall:     {"", "value_error.number.not_ge"},
	httpapi.CodeLarge:     {"", "value_error.number.not_le"},
	httpapi.CodeDeep:      {"", "value_error"},
	httpapi.CodeSyntax:    {"", "value_error.jsondecode"},
	httpapi.CodeValue:     {"", "value_error"},
}

// entries says in FastAPI's words what is wrong with fields of where.
func entries(where string, fields []httpapi.FieldError) validation {
	var v validation
	for _, f := range fields {
		w := words[f.Code]
		e := validationEntry{Loc: []any{where}, Msg: w.msg, Type: w.kind}
		if w.msg == "" {
			e.Msg = f.Message
		}
		for _, part := range f.Path {
			e.Loc = append(e.Loc, step(part))
		}
		v.Detail = append(v.Detail, e)
	}
	return v
}

// bodyFault is one fault of one field of the body that only a handler can see.
func bodyFault(code httpapi.Code, message string, path ...string) error {
	return &httpapi.BodyError{Fields: []httpapi.FieldError{{Path: path, Message: message, Code: code}}}
}
