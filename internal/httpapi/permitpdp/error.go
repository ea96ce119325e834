package permitpdp

import (
	"errors"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// failure is the PDP's error body (FastAPI's). Detail is a text, or for 422 a
// list of what is wrong with which field.
type failure struct {
	Detail any `json:"detail"`
}

type invalidField struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

// statusOf is the status of a kind of error. A key that is wrong is 403 here, and only a
// missing one 401, as in Permit's PDP.
func statusOf(kind authz.Kind) int {
	switch kind {
	case authz.Invalid:
		return http.StatusUnprocessableEntity
	case authz.Unauthorized:
		return http.StatusForbidden
	default:
		return httpapi.StatusOf(kind)
	}
}

func (a *API) render(w http.ResponseWriter, r *http.Request, err error) {
	kind := authz.KindOf(err)
	status, detail := statusOf(kind), any("Internal Server Error")
	if e, ok := errors.AsType[*httpapi.BodyError](err); ok {
		status, detail = http.StatusUnprocessableEntity, fields("body", e.Fields)
	} else if e, ok := errors.AsType[*httpapi.QueryError](err); ok {
		status, detail = http.StatusUnprocessableEntity, fields("query", e.Fields)
	} else if e, ok := errors.AsType[headerError](err); ok {
		status, detail = http.StatusUnprocessableEntity, fields("header", e)
	} else if e, ok := errors.AsType[*httpapi.StatusError](err); ok {
		status, detail = e.Status, e.Message
	} else if e, ok := errors.AsType[*authz.Error](err); ok && kind != authz.Internal {
		detail = e.Message
	}
	if kind == authz.Unauthorized && r.Header.Get("Authorization") == "" {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if status == http.StatusInternalServerError {
		a.Log.Error("decision failed", "path", r.URL.Path, "error", err)
	}
	_ = httpapi.Write(w, status, failure{Detail: detail}) // a text or a list: always JSON
}

// fields are what is wrong with a body or with headers, as FastAPI says it.
func fields(place string, wrong []httpapi.FieldError) []invalidField {
	out := make([]invalidField, len(wrong))
	for i, f := range wrong {
		out[i] = invalidField{Loc: append([]string{place}, f.Path...), Msg: f.Message, Type: "value_error." + string(f.Code)}
	}
	return out
}
