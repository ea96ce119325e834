package permitpdp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// maxQuery bounds the body of a question, in bytes.
const maxQuery = 1 << 20

// explainHeader asks for the debug block in the answer. Permit's PDP shows it by
// a setting of the PDP; here each question may ask.
const explainHeader = "X-Gatehouse-Explain"

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
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	_, err := buffer.ReadFrom(http.MaxBytesReader(w, r.Body, maxQuery))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return authz.Query{}, &httpapi.StatusError{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is longer than %d bytes", maxQuery)}
	}
	if err != nil {
		return authz.Query{}, &httpapi.StatusError{Status: http.StatusBadRequest, Message: "the body could not be read"}
	}
	if q, ok := scanAllowed(buffer.Bytes()); ok {
		return q, nil
	}
	return parseAllowed(buffer.Bytes())
}

// buffers are for bodies; what is read from a body is copied out of it.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// An object is a JSON object that is not read yet. It is a map and not a struct
// because encoding/json matches fields of structs without regard to case and
// merges objects that stand twice: a question would be about whoever is named in
// "User", beside "user".
type object map[string]json.RawMessage

// parseAllowed reads a question. Fields it does not name are ignored, as the PDP
// does: SDKs send user.roles, resource.id and others. The error names every field
// that is missing or of the wrong type.
func parseAllowed(body []byte) (authz.Query, error) {
	var in object
	if err := json.Unmarshal(body, &in); err != nil {
		return authz.Query{}, malformed(err)
	}
	// The first version of the API, which the PDP answers with 421.
	if user := in["user"]; len(user) > 0 && user[0] == '"' {
		return authz.Query{}, &httpapi.StatusError{Status: http.StatusMisdirectedRequest, Message: "the user is an object with a key since version 2 of this API; please update the SDK"}
	}
	var r reader
	q := authz.Query{}
	if user := r.object(in, required, "user"); user != nil {
		q.User = authz.UserKey(r.text(user, required, "user", "key"))
		q.UserAttributes = r.values(user, "user", "attributes")
	}
	q.Action = authz.ActionKey(r.text(in, required, "action"))
	if resource := r.object(in, required, "resource"); resource != nil {
		q.Resource = authz.ResourceKey(r.text(resource, required, "resource", "type"))
		q.Instance = r.text(resource, optional, "resource", "key")
		q.Tenant = authz.TenantKey(r.text(resource, optional, "resource", "tenant"))
		q.ResourceAttributes = r.values(resource, "resource", "attributes")
		r.object(resource, optional, "resource", "context")
	}
	q.Context = r.values(in, "context")
	if len(r.wrong) > 0 {
		return authz.Query{}, &httpapi.BodyError{Fields: r.wrong}
	}
	return q, nil
}

const (
	required = true
	optional = false // may be missing or null
)

// A reader reads fields and gathers what is wrong with them. The last part of a
// path is the field of the object that is read.
type reader struct{ wrong []httpapi.FieldError }

// raw is the value at path; none if it is missing or null.
func (r *reader) raw(in object, needed bool, path []string) json.RawMessage {
	v := in[path[len(path)-1]]
	if len(v) == 0 || v[0] == 'n' {
		if needed {
			r.fail(path, httpapi.CodeMissing, "field required")
		}
		return nil
	}
	return v
}

func (r *reader) text(in object, needed bool, path ...string) (s string) {
	v := r.raw(in, needed, path)
	if v != nil && json.Unmarshal(v, &s) != nil {
		r.fail(path, httpapi.CodeString, "str type expected")
	}
	return s
}

// object is the object at path, nil if it is missing, null or wrong.
func (r *reader) object(in object, needed bool, path ...string) (o object) {
	v := r.raw(in, needed, path)
	if v != nil && json.Unmarshal(v, &o) != nil {
		r.fail(path, httpapi.CodeObject, "value is not a valid dict")
	}
	return o
}

// values are the attributes at path, their numbers kept as they are written; nil
// if they are missing, null or wrong.
func (r *reader) values(in object, path ...string) (values authz.Attributes) {
	v := r.raw(in, optional, path)
	if v == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	if d.Decode(&values) != nil {
		r.fail(path, httpapi.CodeObject, "value is not a valid dict")
	}
	return values
}

func (r *reader) fail(path []string, code httpapi.Code, message string) {
	r.wrong = append(r.wrong, httpapi.FieldError{Path: path, Message: message, Code: code})
}

// malformed says what is wrong with a body that is no object.
func malformed(err error) error {
	message := "the body is not JSON: " + err.Error()
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		message = "value is not a valid dict"
	}
	return &httpapi.BodyError{Fields: []httpapi.FieldError{{Message: message, Code: httpapi.CodeValue}}}
}
