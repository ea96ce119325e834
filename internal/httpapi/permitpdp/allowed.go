package permitpdp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// explainHeader asks for the debug block in the answer. Permit's PDP shows it by
// a setting of the PDP; here each question may ask, by this header or in its body.
const explainHeader = "X-Gatehouse-Explain"

// Answers without a debug block are always one of two bodies.
var (
	yes = []byte(`{"allow":true,"result":true}` + "\n")
	no  = []byte(`{"allow":false,"result":false}` + "\n")
)

var jsonType = []string{"application/json"}

// allowed answers POST /allowed.
func (a *API) allowed(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	q, err := receiveQuestion(w, r)
	if err != nil {
		return err
	}
	if q.explain || r.Header.Get(explainHeader) != "" {
		answer, err := a.explained(by, q.Query)
		if err != nil {
			return err
		}
		return httpapi.Write(w, http.StatusOK, answer)
	}
	return a.plain(w, by, q.Query)
}

// receiveQuestion reads a question, the common kind the fast way.
func receiveQuestion(w http.ResponseWriter, r *http.Request) (question, error) {
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer) // what is read from a body is copied out of it
	buffer.Reset()
	if err := readInto(buffer, w, r, maxQuery); err != nil {
		return question{}, err
	}
	if q, ok := scanAllowed(buffer.Bytes()); ok {
		return question{Query: q}, nil
	}
	return parse(buffer.Bytes(), (*reader).question)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// plain answers without a debug block.
func (a *API) plain(w http.ResponseWriter, by decision.Asker, q authz.Query) error {
	d, err := a.Decisions.Check(by, q)
	if err != nil {
		return err
	}
	body := no
	if d.Allow {
		body = yes
	}
	w.Header()["Content-Type"] = jsonType
	_, _ = w.Write(body) // a caller that went away is nobody's error
	return nil
}

// A result is the answer to one question.
type result struct {
	Allow  bool   `json:"allow"`
	Result bool   `json:"result"`
	Debug  *debug `json:"debug,omitempty"`
}

// A question is a query, and whether the answer explains itself.
type question struct {
	authz.Query
	explain bool
}

// question reads a question.
func (r *reader) question(v json.RawMessage) (q question) {
	in := r.root(v)
	if in == nil {
		return q
	}
	if user := in["user"]; len(user) > 0 && user[0] == '"' {
		r.old = true
		return q
	}
	r.nulls = false
	q.User, q.UserAttributes = r.user(in)
	r.thing(in, &q.Query)
	q.NoAttributes = r.nulls
	q.explain = r.flag(in, "use_debugger")
	return q
}

// user reads who is asked about.
func (r *reader) user(in object) (key authz.UserKey, attributes authz.Attributes) {
	user := r.object(in, required, "user")
	if user == nil {
		return "", nil
	}
	return authz.UserKey(r.text(user, required, "user", "key")), r.values(user, "user", "attributes")
}

// thing reads what is to be done to what, and the context.
func (r *reader) thing(in object, q *authz.Query) {
	q.Action = authz.ActionKey(r.text(in, required, "action"))
	if resource := r.object(in, required, "resource"); resource != nil {
		q.Resource = authz.ResourceKey(r.text(resource, required, "resource", "type"))
		q.Instance = r.text(resource, optional, "resource", "key")
		q.Tenant = authz.TenantKey(r.text(resource, optional, "resource", "tenant"))
		q.ResourceAttributes = r.values(resource, "resource", "attributes")
		r.object(resource, optional, "resource", "context")
	}
	q.Context = r.values(in, "context")
}

// bulk answers POST /allowed/bulk: every question at the same revision, but for
// those that are explained.
func (a *API) bulk(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	questions, err := receive(w, r, maxBulk, (*reader).questions)
	if err != nil {
		return err
	}
	answer, err := a.answers(r, by, questions)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, answer)
}

// bulkResult is the answers in the order of the questions.
type bulkResult struct {
	Allow []result `json:"allow"`
}

// maxExplained bounds how many answers of one list explain themselves: an
// explanation costs as much as a thousand answers.
const maxExplained = 100

func (a *API) answers(r *http.Request, by decision.Asker, questions []question) (bulkResult, error) {
	out := bulkResult{Allow: make([]result, len(questions))}
	var plain []authz.Query
	var places []int
	for i, q := range questions {
		var err error
		if explained := i - len(plain); explained >= maxExplained || !q.explain && r.Header.Get(explainHeader) == "" {
			plain, places = append(plain, q.Query), append(places, i)
		} else if out.Allow[i], err = a.explained(by, q.Query); err != nil {
			return bulkResult{}, err
		}
	}
	decisions, err := a.Decisions.CheckAll(by, plain)
	for i, d := range decisions {
		out.Allow[places[i]] = result{Allow: d.Allow, Result: d.Allow}
	}
	return out, err
}

// questions reads a list of questions: by itself, or as the checks of an object,
// as the policy itself takes them.
func (r *reader) questions(v json.RawMessage) (all []question) {
	read := func(v json.RawMessage) {
		for i, e := range r.list(v) {
			r.below(strconv.Itoa(i), func() { all = append(all, r.question(e)) })
		}
	}
	if c := first(v); c != '{' && c != 'n' {
		read(v)
		return all
	}
	if in := r.root(v); in != nil {
		if checks := r.raw(in, required, []string{"checks"}); checks != nil {
			r.below("checks", func() { read(checks) })
		}
	}
	return all
}

// first is the first byte of v that is no space; 0 if there is none.
func first(v []byte) byte {
	for _, c := range v {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}
