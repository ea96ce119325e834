package permit

import (
	"net/http"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// most is how many rows a page holds at most; role assignments have their own.
const most = 100

type scopeRead struct {
	OrganizationID authz.ID     `json:"organization_id"`
	ProjectID      *authz.ID    `json:"project_id"`
	EnvironmentID  *authz.EnvID `json:"environment_id"`
}

// belonging says where a thing lives; every readable thing has it.
type belonging struct {
	OrganizationID authz.ID    `json:"organization_id"`
	ProjectID      authz.ID    `json:"project_id"`
	EnvironmentID  authz.EnvID `json:"environment_id"`
}

func belongs(e authz.Environment) belonging {
	return belonging{OrganizationID: e.Organization, ProjectID: e.Project, EnvironmentID: e.ID}
}

// paginated is the object form of a listing.
type paginated[T any] struct {
	Data       []T `json:"data"`
	TotalCount int `json:"total_count"`
	PageCount  int `json:"page_count"`
}

func paginate[T any](rows []T, total int, p httpapi.Page) paginated[T] {
	return paginated[T]{Data: rows, TotalCount: total, PageCount: p.Count(total)}
}

// writeList answers with the bare list, or with the object form if counted.
func writeList[T any](w http.ResponseWriter, rows []T, total int, p httpapi.Page, counted bool) error {
	if counted {
		return httpapi.Write(w, http.StatusOK, paginate(rows, total, p))
	}
	return httpapi.Write(w, http.StatusOK, rows)
}

func rowsOf(p httpapi.Page) directory.Page {
	return directory.Page{Offset: p.Offset(), Limit: p.Size}
}

// each maps rows; the result is never nil, since JSON has null for that.
func each[A, B any](rows []A, f func(A) B) []B {
	out := make([]B, len(rows))
	for i, row := range rows {
		out[i] = f(row)
	}
	return out
}

// timestamp writes times as Permit does: to the second, with an offset, which
// Go clients insist on.
type timestamp time.Time

func (t timestamp) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format("2006-01-02T15:04:05") + "+00:00"), nil
}

// orNull is s, or null if it is empty: Permit's clients are shown null for what
// is unset, and a strict one refuses "" for an e-mail address.
func orNull[S ~string](s S) *S {
	if s == "" {
		return nil
	}
	return &s
}

// attributesOrNull shows no attributes as null, as Permit does for all but users.
func attributesOrNull(a authz.Attributes) *authz.Attributes {
	if a == nil {
		return nil
	}
	return &a
}

// A field is a named value of a body.
type field struct {
	name  string
	value any
}

// offered refuses values of fields that Permit has and Gatehouse does not offer
// yet. To drop them silently would leave a caller believing in rules that are
// not there. Blank values ask for nothing, and clients do send them.
func offered(fields ...field) error {
	for _, f := range fields {
		if !blank(f.value) {
			return &authz.Error{Kind: authz.Unsupported, Message: "Gatehouse does not offer the field " + f.name + " yet", Field: f.name}
		}
	}
	return nil
}

// blank reports whether v asks for nothing: null, empty, false, or made of such.
func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case *string:
		return v == nil || *v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, e := range v {
			if !blank(e) {
				return false
			}
		}
		return true
	}
	return false
}

// unfiltered refuses query parameters that would narrow a listing and that
// Gatehouse does not offer yet: a longer list than asked for is a wrong one.
func unfiltered(q *httpapi.Query, names ...string) error {
	for _, name := range names {
		if q.Text(name) != "" {
			return authz.Errorf(authz.Unsupported, "Gatehouse does not offer the query parameter %s yet", name)
		}
	}
	for _, name := range q.Names() {
		if strings.HasPrefix(name, "attr_") {
			return authz.Errorf(authz.Unsupported, "Gatehouse does not offer the query parameter %s yet", name)
		}
	}
	return nil
}
