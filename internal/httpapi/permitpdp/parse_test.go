package permitpdp

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// FuzzParseQuestion: whatever is accepted means what any other reader of the same
// JSON takes it to mean.
func FuzzParseQuestion(f *testing.F) {
	for _, seed := range []string{
		`{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":"acme"}}`,
		`{"user":{"key":"ann","attributes":null},"action":"read","resource":{"type":"doc","tenant":null,"context":{}},"context":{"a":[1e999]}}`,
		`{"user":{"key":"ann"},"User":{"key":"root"},"action":"read","ACTION":"write","resource":{"type":"doc","Type":"img"}}`,
		`{"user":{"key":"ann"},"user":{},"action":"read","resource":{"type":"doc"}}`,
		`{"user":"ann","action":"read","resource":"doc"}`,
		`{"user":{"key":1},"action":[],"resource":{"type":{}}}`,
		`{"user":{"key":"\ud800\u0000<\/"},"action":"","resource":{"type":""}}`,
		`[]`, `null`, ``, `{`, `{} {}`, "{\"user\":{\"key\":\"\xff\"},\"action\":\"a\",\"resource\":{\"type\":\"t\"}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		asked, err := parse(body, (*reader).question)
		q := asked.Query
		if err != nil {
			if !reflect.DeepEqual(asked, question{}) {
				t.Errorf("got %+v with an error", q)
			}
			return
		}
		var v any
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		text := func(path ...string) string {
			at := v
			for _, p := range path {
				o, _ := at.(map[string]any)
				at = o[p]
			}
			s, ok := at.(string)
			if !ok && path[len(path)-1] != "tenant" {
				t.Errorf("accepted without %v", path)
			}
			return s
		}
		maybe := func(path ...string) string {
			at := v
			for _, p := range path {
				o, _ := at.(map[string]any)
				at = o[p]
			}
			s, _ := at.(string)
			return s
		}
		values := func(path ...string) authz.Attributes {
			at := v
			for _, p := range path {
				o, _ := at.(map[string]any)
				at = o[p]
			}
			o, _ := at.(map[string]any)
			return o
		}
		null := func(path ...string) bool {
			var at, there = v, true
			for _, p := range path {
				o, _ := at.(map[string]any)
				at, there = o[p]
			}
			return there && at == nil
		}
		want := authz.Query{
			User: authz.UserKey(text("user", "key")), Action: authz.ActionKey(text("action")),
			Resource: authz.ResourceKey(text("resource", "type")), Tenant: authz.TenantKey(text("resource", "tenant")),
			Instance:       maybe("resource", "key"),
			UserAttributes: values("user", "attributes"), ResourceAttributes: values("resource", "attributes"), Context: values("context"),
			NoAttributes: null("user", "attributes") || null("resource", "attributes") || null("context"),
		}
		if diff := cmp.Diff(want, q); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// fuzz holds a parser to what holds for each of them: with an error there is no
// question, which names what is wrong; the same question within an input, or
// beside fields that nobody names, is the same.
func fuzz[T any](f *testing.F, read func(*reader, json.RawMessage) T, seeds ...string) {
	for _, seed := range append(seeds, `[]`, `null`, ``, `{`, `{} {}`, `"x"`, `1`, `{"user":"ann"}`) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := parse(body, read)
		if err != nil {
			if !reflect.DeepEqual(q, *new(T)) {
				t.Errorf("got %+v with an error", q)
			}
			if e, ok := errors.AsType[*httpapi.BodyError](err); ok && len(e.Fields) == 0 {
				t.Error("got an error that names nothing")
			}
		} else if !json.Valid(body) {
			t.Error("accepted what is not JSON")
		}
		if !json.Valid(body) || string(bytes.TrimSpace(body)) == "null" {
			return
		}
		wrapped, err2 := parse([]byte(`{"Input":1,"input":`+string(body)+`,"INPUT":null}`), within(read))
		if (err == nil) != (err2 == nil) || err == nil && !reflect.DeepEqual(q, wrapped) {
			t.Errorf("by itself it is %+v (%v), within an input %+v (%v)", q, err, wrapped, err2)
		}
	})
}

func FuzzParseQuestions(f *testing.F) {
	const one = `{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":"acme"}}`
	fuzz(f, (*reader).questions, `[`+one+`,`+one+`]`, `{"checks":[`+one+`]}`, `{"checks":null}`, ` [null,1,{"user":"ann"},[]]`, `{"checks":{"0":`+one+`}}`)
}

func FuzzParsePermissions(f *testing.F) {
	fuzz(f, (*reader).permissions, `{"user":{"key":"ann","attributes":{"a":1e999}},"tenants":["a","__tenant:b"],"resources":[],"resource_types":["__tenant"],"context":{"enable_abac_user_permissions":true}}`,
		`{"user":{"key":1},"tenants":{},"resources":[1,null,"x",[]],"resource_types":null}`)
}

func FuzzParseOnlyUser(f *testing.F) {
	fuzz(f, (*reader).onlyUser, `{"user":{"key":"ann"},"context":{}}`, `{"user":{"key":"ann"},"User":{"key":"bob"},"context":1}`)
}

func FuzzParseOnlyThing(f *testing.F) {
	fuzz(f, (*reader).onlyThing, `{"action":"read","resource":{"type":"doc","key":"1","tenant":"acme","attributes":{}},"context":{"enable_abac_authorized_users":true}}`, `{"action":1,"resource":[]}`)
}

func FuzzParseKong(f *testing.F) {
	fuzz(f, (*reader).kong, `{"request":{"http":{"method":"GET","path":"/docs"}},"consumer":{"id":"1","username":"ann"}}`, `{"request":{"http":{}},"consumer":null}`, `{"request":{"HTTP":{"method":"GET","path":"/"}},"consumer":{}}`)
}

func FuzzParseURLQuestion(f *testing.F) {
	fuzz(f, (*reader).urlQuestion, `{"user":{"key":"ann"},"http_method":"GET","url":"https://h/1?x=2","tenant":"acme","context":{}}`, `{"user":{"key":"ann","attributes":null},"http_method":1,"url":"","tenant":null}`)
}

func FuzzParseInput(f *testing.F) {
	const one = `{"user":{"key":"ann"},"action":"read","resource":{"type":"doc"}}`
	fuzz(f, within((*reader).question), `{"input":`+one+`}`, `{"input":null}`, `{"Input":`+one+`}`, `{"input":[`+one+`]}`, `[]`)
}
