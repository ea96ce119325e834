package authzen

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// A permitQuery is a question as Permit's PDP hands it to its policy.
type permitQuery struct {
	User struct {
		Key        authz.UserKey
		Attributes authz.Attributes
	}
	Action   authz.ActionKey
	Resource struct {
		Type       authz.ResourceKey
		Key        string
		Tenant     authz.TenantKey
		Attributes authz.Attributes
	}
	Context authz.Attributes
}

func (a permitQuery) query() authz.Query {
	return authz.Query{
		User: a.User.Key, UserAttributes: a.User.Attributes, Action: a.Action,
		Resource: a.Resource.Type, Instance: a.Resource.Key, Tenant: a.Resource.Tenant, ResourceAttributes: a.Resource.Attributes,
		Context: a.Context,
	}
}

// TestQuestionsAreThoseOfPermitsPDP: the known translations of Permit's own
// AuthZEN door, but for where the specification says otherwise.
func TestQuestionsAreThoseOfPermitsPDP(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../engine/testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name, Path string
			Request    json.RawMessage
			Query      json.RawMessage `json:"permit_query"`
		} `json:"authzen_mapping_cases"`
	}
	unmarshal(t, text, &file)
	if len(file.Cases) == 0 {
		t.Fatal("there are no cases")
	}
	differs := map[string]func(*json.RawMessage, []authz.Query){
		// Section 5.2: a resource has an id, so the case gets one.
		"authzen/subject-properties": func(request *json.RawMessage, want []authz.Query) {
			*request = bytes.Replace(*request, []byte(`"type": "doc"`), []byte(`"type": "doc", "id": "1"`), 1)
			want[0].Instance = "1"
		},
		// Section 5.3 and the certification's rules 7 and 8: properties of actions
		// are evaluated, so they are not dropped.
		"authzen/action-properties-dropped": func(_ *json.RawMessage, want []authz.Query) {
			want[0].Context = authz.Attributes{"action": map[string]any{"m": json.Number("1")}}
		},
		// Section 7.1.1: a key of an evaluation overrides the default, context too.
		"authzen/evaluations-defaults": func(_ *json.RawMessage, want []authz.Query) {
			want[1].Context = authz.Attributes{"q": json.Number("2")}
		},
	}
	for _, c := range file.Cases {
		var want []authz.Query
		if c.Path == evaluationsPath {
			var list []permitQuery
			unmarshal(t, c.Query, &list)
			for _, a := range list {
				want = append(want, a.query())
			}
		} else {
			var a permitQuery
			unmarshal(t, c.Query, &a)
			want = append(want, a.query())
		}
		if change := differs[c.Name]; change != nil {
			change(&c.Request, want)
			delete(differs, c.Name)
		}
		var got []authz.Query
		if c.Path == evaluationsPath {
			b, err := parseEvaluations(c.Request)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
			for _, it := range b.items {
				got = append(got, it.query)
			}
		} else {
			q, err := parseEvaluation(c.Request)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
			got = append(got, q)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.Name, diff)
		}
	}
	if len(differs) > 0 {
		t.Errorf("there are no such cases: %v", slices.Collect(maps.Keys(differs)))
	}
}

func unmarshal(t *testing.T, text []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
}

// TestWhatTheCallerSaysOfTheActionInTheContextStays: conditions written for
// Permit, which drops properties of actions, read what they read there.
func TestWhatTheCallerSaysOfTheActionInTheContextStays(t *testing.T) {
	t.Parallel()
	for context, want := range map[string]authz.Attributes{
		``:                           {"action": map[string]any{"p": true}},
		`"context":null,`:            {"action": map[string]any{"p": true}},
		`"context":{"a":"b"},`:       {"action": map[string]any{"p": true}, "a": "b"},
		`"context":{"action":"x"},`:  {"action": "x"},
		`"context":{"action":null},`: {"action": nil},
	} {
		q, err := parseEvaluation([]byte(`{` + context + `"subject":{"type":"user","id":"a"},"action":{"name":"n","properties":{"p":true}},"resource":{"type":"t","id":"i"}}`))
		if diff := cmp.Diff(want, q.Context); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", context, err, diff)
		}
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	const good = `{"subject":{"type":"user","id":"a"},"action":{"name":"n"},"resource":{"type":"t","id":"i"}}`
	for body, want := range map[string]string{
		`{}`:   "subject: the field is required; action: the field is required; resource: the field is required",
		`[]`:   "the body must be an object",
		`null`: "the body must be an object",
		``:     "a body is required",
		`{"a"`: "the body is not JSON, at byte 3: unexpected end of JSON input",
		strings.Replace(good, `"user"`, `null`, 1):                                                                   "subject.type: the field is required",
		strings.Replace(good, `"a"`, `1`, 1):                                                                         "subject.id: must be a string",
		strings.Replace(good, `"n"`, `["n"]`, 1):                                                                     "action.name: must be a string",
		strings.Replace(good, `"i"`, `"`+strings.Repeat("i", 8193)+`"`, 1):                                           "resource.id: must be at most 8192 bytes long",
		strings.Replace(good, `"i"`, `"i","properties":`+strings.Repeat(`{"a":`, 65)+"1"+strings.Repeat("}", 65), 1): "resource.properties" + strings.Repeat(".a", 62) + ": nested deeper than 64",
		strings.Replace(good, `"i"`, `{}`, 1):                                                                        "resource.id: must be a string",
		strings.Replace(good, `"id":"i"`, `"Id":"i"`, 1):                                                             "resource.id: the field is required",
		strings.Replace(good, `{"name":"n"}`, `"n"`, 1):                                                              "action: must be an object",
		strings.Replace(good, `"id":"a"`, `"id":"a","properties":[]`, 1):                                             "subject.properties: must be an object",
		strings.Replace(good, `"name":"n"`, `"name":"n","properties":"x"`, 1):                                        "action.properties: must be an object",
		strings.Replace(good, `"id":"i"`, `"id":"i","properties":false`, 1):                                          "resource.properties: must be an object",
		strings.Replace(good, `{"subject"`, `{"context":[],"subject"`, 1):                                            "context: must be an object",
		strings.Replace(good, `{"subject"`, `{"subject":{},"subject"`, 1):                                            "subject: the key is there twice",
		strings.Replace(good, `"id":"a"`, `"id":"a","i\u0064":"b"`, 1):                                               "subject.id: the key is there twice",
		strings.Replace(good, `"a"`, "\"\xff\"", 1):                                                                  "the body is not JSON, at byte 0: the body is not UTF-8",
		strings.Replace(good, `"id":"a"`, `"id":7,"type":7`, 1) + strings.Repeat(" ", 9):                             "subject.type: the key is there twice",
	} {
		_, err := parseEvaluation([]byte(body))
		e, ok := errors.AsType[*httpapi.BodyError](err)
		if !ok || describe(e.Fields) != want {
			t.Errorf("%s: got %v, want %s", body, err, want)
		}
	}
	for body, want := range map[string]string{
		`{"evaluations":{}}`:                            "evaluations: must be a list; subject: the field is required; action: the field is required; resource: the field is required",
		`{"subject":"a","evaluations":[{}]}`:            "subject: must be an object",
		`{"subject":{"type":"user"},"evaluations":[1]}`: "subject.id: the field is required",
		`{"evaluations":[` + strings.TrimSuffix(strings.Repeat("{},", maxEvaluations+1), ",") + `]}`: "evaluations: must be at most 1000",
	} {
		_, err := parseEvaluations([]byte(body))
		e, ok := errors.AsType[*httpapi.BodyError](err)
		if !ok || describe(e.Fields) != want {
			t.Errorf("%.60s: got %v, want %s", body, err, want)
		}
	}
	b, err := parseEvaluations([]byte(`{"evaluations":[1,null,{"subject":"a"}]}`))
	if err != nil || len(b.items) != 3 {
		t.Fatalf("got %v, %v, want three items", b, err)
	}
	for i, want := range []string{
		"evaluations.0: must be an object", "evaluations.1: must be an object",
		"evaluations.2.subject: must be an object; evaluations.2.action: the field is required; evaluations.2.resource: the field is required",
	} {
		if got := describe(b.items[i].wrong); got != want {
			t.Errorf("item %d: got %s, want %s", i, got, want)
		}
	}
}

var seeds = []string{
	`{"subject":{"type":"user","id":"a"},"action":{"name":"n"},"resource":{"type":"t","id":"i"}}`,
	`{"subject":{"type":"user","id":"a","properties":{"email":1,"x":[1e999]}},"action":{"name":"n","properties":{"soft":true}},"resource":{"type":"t","id":"i","properties":{"tenant":"acme","s":{}}},"context":{"a":null}}`,
	`{"subject":{"type":"user","id":"a"},"Subject":{"type":"user","id":"root"},"action":{"name":"n"},"resource":{"type":"t","id":"i"}}`,
	`{"subject":{"type":"user","id":"a"},"action":{"name":"n"},"resource":{"type":"t"},"page":{"limit":1,"token":"x"}}`,
	`{"subject":{"type":"user","id":"a"},"action":{"name":"n"},"context":{"c":1},"options":{"evaluations_semantic":"deny_on_first_deny"},"evaluations":[{"resource":{"type":"t","id":"i"}},{},{"context":{}},7]}`,
	`{"evaluations":[]}`, `{"subject":null}`, `{"subject":{},"subject":{}}`, `[]`, `null`, ``, `{`, `{} {}`, "{\"subject\":\"\xff\"}",
}

func seed(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
}

// sound holds an error against what callers are told: it is about the body and
// says something.
func sound(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*httpapi.BodyError](err)
	if !ok || len(e.Fields) == 0 || describe(e.Fields) == "" {
		t.Errorf("got %v, want a BodyError with fields", err)
	}
}

// at is a text in a body that was accepted, as encoding/json reads it.
func at(t *testing.T, body []byte, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		// A number out of range is no fault of a request; nothing else is let pass.
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
	}
	for _, p := range path {
		o, _ := v.(map[string]any)
		v = o[p]
	}
	s, _ := v.(string)
	return s
}

// FuzzParseEvaluation: whatever is accepted asks about whom every reader of the
// same JSON takes it to be about.
func FuzzParseEvaluation(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := parseEvaluation(body)
		if err != nil {
			sound(t, err)
			if !reflect.DeepEqual(q, authz.Query{}) {
				t.Errorf("got %+v with an error", q)
			}
			return
		}
		got := []string{string(q.User), string(q.Action), string(q.Resource), q.Instance, string(q.Tenant)}
		want := []string{
			at(t, body, "subject", "id"), at(t, body, "action", "name"), at(t, body, "resource", "type"),
			at(t, body, "resource", "id"), at(t, body, "resource", "properties", "tenant"),
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, taken := range []string{"email", "first_name", "last_name"} {
			if _, there := q.UserAttributes[taken]; there {
				t.Errorf("%s is an attribute", taken)
			}
		}
	})
}

// FuzzParseEvaluations: a request of one kind without evaluations is one of the
// other, and an evaluation that names everything is the request it would be alone.
func FuzzParseEvaluations(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := parseEvaluations(body)
		if err != nil {
			sound(t, err)
			return
		}
		if (b.single == nil) == (len(b.items) == 0) || len(b.items) > maxEvaluations {
			t.Fatalf("got %d items and single %v", len(b.items), b.single)
		}
		if b.single != nil {
			q, err := parseEvaluation(body)
			if diff := cmp.Diff(q, *b.single); err != nil || diff != "" {
				t.Errorf("alone: %v (-want +got)\n%s", err, diff)
			}
			return
		}
		var in map[string]json.RawMessage
		var list []json.RawMessage
		if json.Unmarshal(body, &in) != nil || json.Unmarshal(in["evaluations"], &list) != nil || len(list) != len(b.items) {
			t.Fatalf("got %d items, want those of the body", len(b.items))
		}
		for i, it := range b.items {
			alone, err := parseEvaluation(list[i])
			var named map[string]any
			if err != nil || json.Unmarshal(list[i], &named) != nil || named["context"] == nil {
				continue
			}
			if diff := cmp.Diff(alone, it.query); diff != "" {
				t.Errorf("item %d (-want +got)\n%s", i, diff)
			}
		}
	})
}

// FuzzParseSearch: what is searched for is never named by the question, and the
// token of a page leads back to where it was given.
func FuzzParseSearch(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for what, named := range map[searched]func(authz.Query) string{
			subjects:  func(q authz.Query) string { return string(q.User) },
			resources: func(q authz.Query) string { return q.Instance },
			actions:   func(q authz.Query) string { return string(q.Action) },
		} {
			s, err := parseSearch(body, what)
			if err != nil {
				sound(t, err)
				continue
			}
			if got := named(s.query()); got != "" {
				t.Errorf("%d: the question names %q", what, got)
			}
			s.page.token = ""
			first, err := s.start("env", what)
			if err != nil {
				t.Fatal(err)
			}
			first.after = string(body)
			s.page.token = first.token()
			second, err := s.start("env", what)
			if err != nil || second.after != first.after || second.limit != first.limit {
				t.Errorf("%d: the token of %q at %d leads to %+v, %v", what, first.after, first.limit, second, err)
			}
		}
	})
}
