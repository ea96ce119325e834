package authzen

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// failure is what is answered instead of a decision, in the shape that section
// 7.2.1 shows for one evaluation among several.
type failure struct {
	Error fault `json:"error"`
}

type fault struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

func (a *API) render(w http.ResponseWriter, r *http.Request, err error) {
	kind := authz.KindOf(err)
	if kind == authz.Internal && r.Context().Err() != nil {
		kind, err = authz.Unavailable, authz.Errorf(authz.Unavailable, "the request was given up")
	}
	out := fault{Status: httpapi.StatusOf(kind), Message: "internal error"}
	if e, ok := errors.AsType[*httpapi.BodyError](err); ok {
		out = fault{Status: http.StatusBadRequest, Message: describe(e.Fields)}
	} else if e, ok := errors.AsType[*httpapi.StatusError](err); ok {
		out = fault{Status: e.Status, Message: e.Message}
	} else if e, ok := errors.AsType[*authz.Error](err); ok && kind != authz.Internal {
		out.Message = e.Message
	}
	switch out.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusInternalServerError:
		a.Log.Error("decision failed", "path", r.URL.Path, "error", err)
	}
	_ = httpapi.Write(w, out.Status, failure{Error: out}) // texts: always JSON
}

// describe names every field that is wrong: "subject.id: the field is required".
func describe(fields []httpapi.FieldError) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		at := strings.Join(f.Path, ".")
		switch {
		case f.Code == httpapi.CodeSyntax:
			parts[i] = "the body is not JSON, at byte " + at + ": " + f.Message
		case at == "":
			parts[i] = f.Message
		default:
			parts[i] = at + ": " + f.Message
		}
	}
	return strings.Join(parts, "; ")
}
