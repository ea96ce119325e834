package permitpdp

import (
	"encoding/json"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// maxURL is how long the URL of a question may be, in bytes. What is longer than
// rules are held against matches none of them.
const maxURL = 64 << 10

// A urlQuestion asks whether a user may send a request.
type urlQuestion struct {
	question
	method, url string
}

// allowedURL answers POST /allowed_url: the rules of the environment's URL mappings
// say which permission the request needs.
func (a *API) allowedURL(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	q, err := receive(w, r, maxQuery, (*reader).urlQuestion)
	if err != nil {
		return err
	}
	now, err := a.Decisions.AtFor(by, q.Query)
	if err != nil {
		return err
	}
	rule, values, ok := now.URL(q.Query, q.method, q.url)
	if !ok {
		return httpapi.Write(w, http.StatusOK, unmapped(q, now.URLRules()))
	}
	q.Resource, q.Action = rule.Resource, rule.Action
	q.ResourceAttributes = make(authz.Attributes, len(values))
	for name, value := range values {
		q.ResourceAttributes[name] = value
	}
	if q.explain || r.Header.Get(explainHeader) != "" {
		answer, err := a.explained(by, q.Query)
		if err != nil {
			return err
		}
		return httpapi.Write(w, http.StatusOK, answer)
	}
	d := now.Check(q.Query)
	return httpapi.Write(w, http.StatusOK, result{Allow: d.Allow, Result: d.Allow})
}

// urlQuestion reads a question about a URL.
func (r *reader) urlQuestion(v json.RawMessage) (q urlQuestion) {
	in := r.root(v)
	if in == nil {
		return q
	}
	r.nulls = false
	q.User, q.UserAttributes = r.user(in)
	q.method = r.text(in, required, "http_method")
	q.url = r.textOf(in, maxURL, required, "url")
	if v := in["url"]; string(v) == `""` {
		r.fail([]string{"url"}, httpapi.CodeSmall, "ensure this value has at least 1 characters")
	}
	q.Tenant = authz.TenantKey(r.text(in, required, "tenant"))
	q.Context = r.values(in, "context")
	q.NoAttributes = r.nulls
	q.explain = r.flag(in, "use_debugger")
	return q
}

// An unmappedResult is the answer where no rule matches. It always says why.
type unmappedResult struct {
	Allow  bool          `json:"allow"`
	Result bool          `json:"result"`
	Query  urlQuery      `json:"query"`
	Debug  unmappedDebug `json:"debug"`
}

type urlQuery struct {
	User struct {
		Key        authz.UserKey    `json:"key"`
		Attributes authz.Attributes `json:"attributes"`
	} `json:"user"`
	Method  string           `json:"http_method"`
	URL     string           `json:"url"`
	Tenant  authz.TenantKey  `json:"tenant"`
	Context authz.Attributes `json:"context"`
}

type unmappedDebug struct {
	Reason string    `json:"reason"`
	Rules  []urlRule `json:"mapping_rules"`
}

type urlRule struct {
	URL      string            `json:"url"`
	Method   string            `json:"http_method"`
	Resource authz.ResourceKey `json:"resource"`
	Action   authz.ActionKey   `json:"action"`
	Priority int               `json:"priority"`
	Type     *string           `json:"url_type"`
}

// maxRulesShown bounds the rules in an answer.
const maxRulesShown = 100

func unmapped(q urlQuestion, rules []engine.URLRule) (out unmappedResult) {
	out.Query = urlQuery{Method: q.method, URL: q.url, Tenant: q.Tenant, Context: q.Context}
	out.Query.User.Key, out.Query.User.Attributes = q.User, q.UserAttributes
	out.Debug.Reason = "Matched mapping rule not found for the requested URL and HTTP method"
	out.Debug.Rules = make([]urlRule, min(len(rules), maxRulesShown))
	regex := "regex"
	for i := range out.Debug.Rules {
		r := rules[i]
		out.Debug.Rules[i] = urlRule{URL: r.URL, Method: r.Method, Resource: r.Resource, Action: r.Action, Priority: r.Priority}
		if r.Regex {
			out.Debug.Rules[i].Type = &regex
		}
	}
	return out
}
