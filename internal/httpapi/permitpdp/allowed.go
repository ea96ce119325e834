package permitpdp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// maxQuery bounds the body of a question, in bytes.
const maxQuery = 1 << 20

// explainHeader asks for the debug block in the answer. Permit's PDP shows it by
// a setting of the PDP; here each question may ask.
const explainHeader = "X-Gatehouse-Explain"

// allowedQuery is the body of POST /allowed. Fields it does not name are
// ignored, as the PDP does: SDKs send user.roles, resource.id and others.
type allowedQuery struct {
	User     *queryUser     `json:"user"`
	Action   *string        `json:"action"`
	Resource *queryResource `json:"resource"`
	Context  object         `json:"context"`
}

type queryUser struct {
	Key        *string `json:"key"`
	Attributes object  `json:"attributes"`
}

type queryResource struct {
	Type       *string `json:"type"`
	Key        *string `json:"key"`
	Tenant     *string `json:"tenant"`
	Attributes object  `json:"attributes"`
	Context    object  `json:"context"`
}

// An object is a JSON object or null whose content no rule reads yet; it is
// checked to be one and not kept.
type object struct{}

// UnmarshalJSON refuses what is neither an object nor null.
func (*object) UnmarshalJSON(b []byte) error {
	if b[0] == '{' || b[0] == 'n' {
		return nil
	}
	return errNotObject
}

var errNotObject = errors.New("value is not a valid dict")

// Answers without a debug block are always one of two bodies.
var (
	yes = []byte(`{"allow":true,"result":true}` + "\n")
	no  = []byte(`{"allow":false,"result":false}` + "\n")
)

// allowed answers POST /allowed.
func (a *API) allowed(w http.ResponseWriter, r *http.Request, env authz.EnvID) error {
	q, err := readAllowed(w, r)
	if err != nil {
		return err
	}
	if r.Header.Get(explainHeader) != "" {
		return a.explained(w, env, q)
	}
	d, err := a.Decisions.Check(env, q)
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

var jsonType = []string{"application/json"}

func readAllowed(w http.ResponseWriter, r *http.Request) (authz.Query, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuery))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return authz.Query{}, &httpapi.StatusError{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is longer than %d bytes", maxQuery)}
	}
	if err != nil {
		return authz.Query{}, &httpapi.StatusError{Status: http.StatusBadRequest, Message: "the body could not be read"}
	}
	return parseAllowed(body)
}

// parseAllowed reads a question. The error names every missing field.
func parseAllowed(body []byte) (authz.Query, error) {
	var in allowedQuery
	if err := json.Unmarshal(body, &in); err != nil {
		return authz.Query{}, malformed(err)
	}
	var missing []httpapi.FieldError
	need := func(there bool, path ...string) {
		if !there {
			missing = append(missing, httpapi.FieldError{Path: path, Message: "field required", Code: httpapi.CodeMissing})
		}
	}
	need(in.User != nil, "user")
	need(in.User == nil || in.User.Key != nil, "user", "key")
	need(in.Action != nil, "action")
	need(in.Resource != nil, "resource")
	need(in.Resource == nil || in.Resource.Type != nil, "resource", "type")
	if len(missing) > 0 {
		return authz.Query{}, &httpapi.BodyError{Fields: missing}
	}
	q := authz.Query{
		User:     authz.UserKey(*in.User.Key),
		Action:   authz.ActionKey(*in.Action),
		Resource: authz.ResourceKey(*in.Resource.Type),
	}
	if in.Resource.Tenant != nil {
		q.Tenant = authz.TenantKey(*in.Resource.Tenant)
	}
	return q, nil
}

// malformed says what is wrong with a body that did not decode. A user that is a
// plain string is the first version of the API, which the PDP answers with 421.
func malformed(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "user" && e.Value == "string" {
			return &httpapi.StatusError{Status: http.StatusMisdirectedRequest, Message: "the user is an object with a key since version 2 of this API; please update the SDK"}
		}
		var path []string
		if e.Field != "" {
			path = strings.Split(e.Field, ".")
		}
		return fieldError(path, fmt.Sprintf("%s is not what stands here", e.Value))
	}
	if errors.Is(err, errNotObject) {
		return fieldError([]string{"attributes"}, err.Error())
	}
	return fieldError(nil, "the body is not JSON: "+err.Error())
}

func fieldError(path []string, message string) error {
	return &httpapi.BodyError{Fields: []httpapi.FieldError{{Path: path, Message: message, Code: httpapi.CodeValue}}}
}
