package authzen

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// An object is a JSON object as [httpapi.Value] reads it. Requests are read from
// it and not into structs: encoding/json matches fields of structs without regard
// to case, so that "Subject" would be taken for "subject".
type object = map[string]any

// A question is the information model of section 5 in the words of the engine,
// as Permit's PDP translates it: subject.id is the user and resource.properties
// may name the tenant.
type question struct {
	authz.Query
	subjectType string
	// actionProperties are what conditions read as context.action.
	actionProperties object

	hasSubject, hasAction, hasResource bool
}

// query is the question to the engine. Conditions know no attributes of actions,
// so those lie in the context, unless the caller says something else there.
func (q *question) query() authz.Query {
	out := q.Query
	if _, said := q.Context[actionKey]; len(q.actionProperties) > 0 && !said {
		out.Context = maps.Clone(q.Context)
		if out.Context == nil {
			out.Context = authz.Attributes{}
		}
		out.Context[actionKey] = q.actionProperties
	}
	return out
}

const actionKey = "action"

// What a request must say of an entity: the one that is searched for has no id.
const (
	withID    = true
	withoutID = false
)

// A reader reads the fields of an object at a place in a body and gathers what is
// wrong with them. Fields that nobody asks for are ignored, as section 10.1.1
// demands; null is absence.
type reader struct {
	at    []string
	wrong []httpapi.FieldError
}

func (r *reader) err() error {
	if len(r.wrong) == 0 {
		return nil
	}
	return &httpapi.BodyError{Fields: r.wrong}
}

func (r *reader) fail(code httpapi.Code, message string, path ...string) {
	r.wrong = append(r.wrong, httpapi.FieldError{Path: slices.Concat(r.at, path), Message: message, Code: code})
}

// root reads a whole body, which must be an object.
func (r *reader) root(body []byte) (object, error) {
	v, err := httpapi.Value(body)
	if err != nil {
		return nil, err
	}
	in, ok := v.(object)
	if !ok {
		r.fail(httpapi.CodeObject, "the body must be an object")
	}
	return in, r.err()
}

// object is the object that stands in a field; nil if there is none.
func (r *reader) object(in object, path ...string) object {
	v := in[path[len(path)-1]]
	if v == nil {
		return nil
	}
	o, ok := v.(object)
	if !ok {
		r.fail(httpapi.CodeObject, "must be an object", path...)
	}
	return o
}

// maxText bounds types, ids and names, in bytes.
const maxText = 8 << 10

// text is a required text.
func (r *reader) text(in object, path ...string) string {
	v := in[path[len(path)-1]]
	s, ok := v.(string)
	switch {
	case v == nil:
		r.fail(httpapi.CodeMissing, "the field is required", path...)
	case !ok:
		r.fail(httpapi.CodeString, "must be a string", path...)
	case len(s) > maxText:
		r.fail(httpapi.CodeLarge, fmt.Sprintf("must be at most %d bytes long", maxText), path...)
	}
	return s
}

func (r *reader) missing(path ...string) {
	r.fail(httpapi.CodeMissing, "the field is required", path...)
}

// read reads what in says of the entities into q, over what q has of them: an
// entity is replaced as a whole.
func (r *reader) read(in object, q *question, subjectID, resourceID bool) {
	if in["subject"] != nil {
		q.hasSubject = true
		r.subject(r.object(in, "subject"), q, subjectID)
	}
	if in["action"] != nil {
		q.hasAction = true
		r.action(r.object(in, "action"), q)
	}
	if in["resource"] != nil {
		q.hasResource = true
		r.resource(r.object(in, "resource"), q, resourceID)
	}
	if in["context"] != nil {
		q.Context = r.object(in, "context")
	}
}

// whole reports which entities q still lacks.
func (r *reader) whole(q *question) {
	if !q.hasSubject {
		r.missing("subject")
	}
	if !q.hasAction {
		r.missing("action")
	}
	if !q.hasResource {
		r.missing("resource")
	}
}

// subject reads a subject. What Permit keeps beside the attributes of a user is
// taken out: a condition on user.email sees the stored one.
func (r *reader) subject(in object, q *question, id bool) {
	q.subjectType, q.User, q.UserAttributes = "", "", nil
	if in == nil {
		return
	}
	q.subjectType = r.text(in, "subject", "type")
	if id {
		q.User = authz.UserKey(r.text(in, "subject", "id"))
	}
	q.UserAttributes = without(r.object(in, "subject", "properties"), "first_name", "last_name", "email")
}

// resource reads a resource. A tenant that is no text names none.
func (r *reader) resource(in object, q *question, id bool) {
	q.Resource, q.Instance, q.Tenant, q.ResourceAttributes = "", "", "", nil
	if in == nil {
		return
	}
	q.Resource = authz.ResourceKey(r.text(in, "resource", "type"))
	if id {
		q.Instance = r.text(in, "resource", "id")
	}
	properties := r.object(in, "resource", "properties")
	tenant, _ := properties["tenant"].(string)
	q.Tenant = authz.TenantKey(tenant)
	q.ResourceAttributes = without(properties, "tenant")
}

func (r *reader) action(in object, q *question) {
	q.Action, q.actionProperties = "", nil
	if in == nil {
		return
	}
	q.Action = authz.ActionKey(r.text(in, "action", "name"))
	q.actionProperties = r.object(in, "action", "properties")
}

// without takes names out of properties that were read for one request.
func without(properties object, names ...string) authz.Attributes {
	for _, name := range names {
		delete(properties, name)
	}
	if len(properties) == 0 {
		return nil
	}
	return properties
}

// parseEvaluation reads an Access Evaluation request (section 6.1).
func parseEvaluation(body []byte) (authz.Query, error) {
	var r reader
	in, err := r.root(body)
	if err != nil {
		return authz.Query{}, err
	}
	var q question
	r.read(in, &q, withID, withID)
	r.whole(&q)
	if err := r.err(); err != nil {
		return authz.Query{}, err
	}
	return q.query(), nil
}

// A semantic says when to stop evaluating (section 7.1.2.1).
type semantic string

const (
	executeAll          semantic = "execute_all"
	denyOnFirstDeny     semantic = "deny_on_first_deny"
	permitOnFirstPermit semantic = "permit_on_first_permit"
)

// ends reports whether a decision is the last one.
func (s semantic) ends(allow bool) bool {
	return s == denyOnFirstDeny && !allow || s == permitOnFirstPermit && allow
}

// maxEvaluations is how many evaluations one request may hold.
const maxEvaluations = 1000

// A batch is an Access Evaluations request. One without evaluations asks one
// question, as a request to the other endpoint does.
type batch struct {
	semantic semantic
	single   *authz.Query
	items    []item
}

// An item is one of several evaluations, or what is wrong with it.
type item struct {
	query authz.Query
	wrong []httpapi.FieldError
}

// parseEvaluations reads an Access Evaluations request (section 7.1). What is
// wrong with one evaluation is that evaluation's; everything else is the
// request's.
func parseEvaluations(body []byte) (batch, error) {
	var r reader
	in, err := r.root(body)
	if err != nil {
		return batch{}, err
	}
	b := batch{semantic: r.semantic(in)}
	var defaults question
	r.read(in, &defaults, withID, withID)
	list, isList := in["evaluations"].([]any)
	if in["evaluations"] != nil && !isList {
		r.fail(httpapi.CodeList, "must be a list", "evaluations")
	}
	if len(list) > maxEvaluations {
		r.fail(httpapi.CodeLarge, "must be at most "+strconv.Itoa(maxEvaluations), "evaluations")
	}
	if len(list) == 0 {
		r.whole(&defaults)
	}
	if err := r.err(); err != nil {
		return batch{}, err
	}
	if len(list) == 0 {
		q := defaults.query()
		b.single = &q
		return b, nil
	}
	for i, v := range list {
		b.items = append(b.items, parseItem(i, v, defaults))
	}
	return b, nil
}

// parseItem reads an evaluation over the defaults (section 7.1.1).
func parseItem(place int, v any, q question) item {
	r := reader{at: []string{"evaluations", strconv.Itoa(place)}}
	in, ok := v.(object)
	if !ok {
		r.fail(httpapi.CodeObject, "must be an object")
		return item{wrong: r.wrong}
	}
	r.read(in, &q, withID, withID)
	r.whole(&q)
	if len(r.wrong) > 0 {
		return item{wrong: r.wrong}
	}
	return item{query: q.query()}
}

func (r *reader) semantic(in object) semantic {
	v := r.object(in, "options")["evaluations_semantic"]
	if v == nil {
		return executeAll
	}
	name, ok := v.(string)
	switch s := semantic(name); {
	case !ok:
		r.fail(httpapi.CodeString, "must be a string", "options", "evaluations_semantic")
	case s != executeAll && s != denyOnFirstDeny && s != permitOnFirstPermit:
		r.fail(httpapi.CodeChoice, "must be execute_all, deny_on_first_deny or permit_on_first_permit", "options", "evaluations_semantic")
	}
	return semantic(name)
}

// A searched is what a search looks for.
type searched int

const (
	subjects searched = iota
	resources
	actions
)

// A search is a search request (section 8): a question that lacks what is
// searched for, and the page of the answer.
type search struct {
	question
	page page
}

// parseSearch reads a search request. What is said of the id or the name that is
// searched for is ignored, whatever it is.
func parseSearch(body []byte, what searched) (search, error) {
	var r reader
	in, err := r.root(body)
	if err != nil {
		return search{}, err
	}
	var s search
	if what == actions {
		s.hasAction = true
		delete(in, "action")
	}
	r.read(in, &s.question, what != subjects, what != resources)
	r.whole(&s.question)
	s.page = r.page(in)
	if err := r.err(); err != nil {
		return search{}, err
	}
	return s, nil
}

// page reads the page object (section 8.2.1).
func (r *reader) page(in object) page {
	o := r.object(in, "page")
	p := page{asked: o != nil}
	if v := o["token"]; v != nil {
		p.token = r.text(o, "page", "token")
	}
	if v := o["limit"]; v != nil {
		number, _ := v.(json.Number)
		n, err := number.Int64()
		if err != nil || n < 0 {
			r.fail(httpapi.CodeInteger, "must be an integer that is not negative", "page", "limit")
			return p
		}
		p.limited, p.limit = true, int(min(n, maxPage))
	}
	return p
}
