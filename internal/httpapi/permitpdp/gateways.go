package permitpdp

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// nginx answers POST /nginx_allowed: the question stands in headers, and the body
// is not read.
func (a *API) nginx(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	var wrong headerError
	header := func(name string, needed bool) string {
		switch values := r.Header.Values(name); {
		case len(values) > 1: // one of them may be the visitor's own
			wrong = append(wrong, httpapi.FieldError{Path: []string{name}, Message: "the header is there more than once", Code: httpapi.CodeDuplicate})
		case len(values) == 1 && values[0] != "":
			return values[0]
		case needed:
			wrong = append(wrong, httpapi.FieldError{Path: []string{name}, Message: "field required", Code: httpapi.CodeMissing})
		}
		return ""
	}
	q := authz.Query{
		User: authz.UserKey(header("permit-user-key", required)), Action: authz.ActionKey(header("permit-action", required)),
		Resource: authz.ResourceKey(header("permit-resource-type", required)), Tenant: authz.TenantKey(header("permit-tenant-id", optional)),
	}
	if len(wrong) > 0 {
		return wrong
	}
	return a.plain(w, by, q)
}

// A headerError lists what is wrong with headers, at least one thing.
type headerError []httpapi.FieldError

func (e headerError) Error() string { return "header " + e[0].Path[0] + ": " + e[0].Message }

// kongTenant is the tenant that Kong's questions are about.
const kongTenant authz.TenantKey = "default"

type kongResult struct {
	Result bool `json:"result"`
}

// kong answers POST /kong. Without a consumer or a route, nothing is allowed.
func (a *API) kong(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	if a.KongRoutes == nil {
		return authz.Errorf(authz.Unavailable, "the integration with Kong is not enabled")
	}
	q, err := receive(w, r, maxQuery, within((*reader).kong))
	if err != nil {
		return err
	}
	asked := authz.Query{User: q.user, Action: authz.ActionKey(strings.ToLower(q.method)), Resource: a.kongResource(q.path), Tenant: kongTenant}
	var d authz.Decision
	switch {
	case asked.Resource == "":
		err = a.Decisions.Deny(by, asked, engine.NoSuchResource)
	case asked.User == "":
		err = a.Decisions.Deny(by, asked, engine.NotSynced)
	default:
		d, err = a.Decisions.Check(by, asked)
	}
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, kongResult{Result: d.Allow})
}

type kongQuestion struct {
	user         authz.UserKey // empty: no consumer is known
	method, path string
}

func (r *reader) kong(v json.RawMessage) (q kongQuestion) {
	in := r.root(v)
	if in == nil {
		return q
	}
	if request := r.object(in, required, "request"); request != nil {
		if of := r.object(request, required, "request", "http"); of != nil {
			q.method = r.text(of, required, "request", "http", "method")
			q.path = r.textOf(of, maxURL, required, "request", "http", "path")
		}
	}
	if consumer := r.object(in, optional, "consumer"); consumer != nil {
		q.user = authz.UserKey(r.text(consumer, required, "consumer", "username"))
	}
	return q
}
