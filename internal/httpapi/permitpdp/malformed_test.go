package permitpdp_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A shape is a body of a route with a value for every field that the route reads,
// and which of them it may do without. "*" in a path is every element.
type shape struct {
	path     string
	body     string
	required []string
	optional []string
}

const wholeQuestion = `{"user":{"key":"ann","attributes":{}},"action":"read","resource":{"type":"doc","key":"1","tenant":"acme","attributes":{},"context":{}},"context":{},"use_debugger":false}`

var (
	ofQuestion    = []string{"user", "user.key", "action", "resource", "resource.type"}
	maybeQuestion = []string{"user.attributes", "resource.key", "resource.tenant", "resource.attributes", "resource.context", "context", "use_debugger"}
)

func shapes() []shape {
	below := func(prefix string, fields []string) (all []string) {
		for _, f := range fields {
			all = append(all, prefix+f)
		}
		return all
	}
	permissions := shape{"/user-permissions", `{"user":{"key":"ann","attributes":{}},"tenants":["a"],"resources":["a:b"],"resource_types":["a"],"context":{}}`,
		[]string{"user", "user.key"}, []string{"user.attributes", "tenants", "resources", "resource_types", "context"}}
	all := []shape{
		{"/allowed", wholeQuestion, ofQuestion, maybeQuestion},
		{"/allowed/all-tenants", wholeQuestion, ofQuestion, maybeQuestion},
		{"/allowed/bulk", `{"checks":[` + wholeQuestion + `]}`, append([]string{"checks"}, below("checks.0.", ofQuestion)...), below("checks.0.", maybeQuestion)},
		permissions,
		{"/user-tenants", `{"user":{"key":"ann","attributes":{}},"context":{}}`, []string{"user", "user.key"}, []string{"user.attributes", "context"}},
		{"/authorized_users", `{"action":"read","resource":{"type":"doc","key":"1","tenant":"acme","attributes":{},"context":{}},"context":{}}`,
			[]string{"action", "resource", "resource.type"}, []string{"resource.key", "resource.tenant", "resource.attributes", "resource.context", "context"}},
		{"/allowed_url", `{"user":{"key":"ann","attributes":{}},"http_method":"GET","url":"http://h/","tenant":"acme","context":{},"use_debugger":false}`,
			[]string{"user", "user.key", "http_method", "url", "tenant"}, []string{"user.attributes", "context", "use_debugger"}},
		{"/kong", `{"input":{"request":{"http":{"method":"GET","path":"/"}},"consumer":{"username":"ann"}}}`,
			[]string{"input", "input.request", "input.request.http", "input.request.http.method", "input.request.http.path", "input.consumer.username"}, []string{"input.consumer"}},
	}
	for name, s := range map[string]shape{"root": all[0], "any_tenant": all[1], "all_tenants": all[1], "bulk": all[2], "user_permissions": permissions, "user_permissions/permissions": permissions} {
		all = append(all, shape{"/v1/data/permit/" + name, `{"input":` + s.body + `}`, append([]string{"input"}, below("input.", s.required)...), below("input.", s.optional)})
	}
	return all
}

// with is the body with text in the place of the field, or without the field.
func with(t *testing.T, body, field, text string) string {
	t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(body), &tree); err != nil {
		t.Fatal(err)
	}
	at := tree
	parts := strings.Split(field, ".")
	for _, p := range parts[:len(parts)-1] {
		switch v := at.(type) {
		case map[string]any:
			at = v[p]
		case []any:
			at = v[0]
		}
	}
	o, last := at.(map[string]any), parts[len(parts)-1]
	if _, ok := o[last]; !ok {
		t.Fatalf("%s has no %s", body, field)
	}
	const here = "here it stands"
	if o[last] = here; text == "" {
		delete(o, last)
	}
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(out), `"`+here+`"`, text, 1)
}

// TestEveryFieldIsNamedWhenItIsWrong: for each route and each field that it reads.
func TestEveryFieldIsNamedWhenItIsWrong(t *testing.T) {
	t.Parallel()
	d := open(t, true, wide()...)
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	texts := map[string]string{"a number": "7", "true": "true", "an object": "{}", "a list": `["x"]`, "long": `"` + strings.Repeat("x", 70_000) + `"`, "no UTF-8": "\"\xff\""}
	objects := map[string]string{"a number": "7", "true": "true", "a text": `"x"`, "a list": `[{}]`}
	attributes := maps.Clone(objects)
	attributes["deep"], attributes["very deep"], attributes["no UTF-8"] = deep(65), deep(20_000), "{\"a\":\"\xff\"}"
	lists := map[string]string{"a number": "7", "a text": `"x"`, "an object": "{}", "of numbers": "[7]", "of nulls": "[null]", "of long texts": `["` + strings.Repeat("x", 9000) + `"]`, "no UTF-8": "[\"\xff\"]"}
	for _, s := range shapes() {
		t.Run(s.path, func(t *testing.T) {
			t.Parallel()
			if w := d.ask(t, http.MethodPost, s.path, key, s.body); w.Code != 200 {
				t.Fatalf("the whole body: got %d %s", w.Code, w.Body)
			}
			for _, field := range slices.Concat(s.required, s.optional) {
				needed := slices.Contains(s.required, field)
				values := texts
				switch last := field[strings.LastIndex(field, ".")+1:]; {
				case strings.HasSuffix(field, "resource.context"):
					values = objects
				case last == "attributes" || last == "context":
					values = attributes
				case last == "tenants" || last == "resources" || last == "resource_types":
					values = lists
				case last == "user" || last == "resource" || last == "request" || last == "http" || last == "consumer":
					values = objects
				case last == "checks", last == "input":
					values = map[string]string{"a number": "7", "a text": `"x"`}
				case last == "use_debugger":
					values = map[string]string{"a number": "7", "a text": `"x"`, "an object": "{}"}
				}
				values = maps.Clone(values)
				values["missing"], values["null"] = "", "null"
				for what, value := range values {
					body := with(t, s.body, field, value)
					w := d.ask(t, http.MethodPost, s.path, key, body)
					ok := w.Code == 422 && namesField(w.Body.String(), field)
					switch {
					case (what == "missing" || what == "null") && !needed:
						ok = w.Code == 200
					case what == "very deep":
						ok = w.Code == 422 // the whole body is no JSON then
					case what == "a text" && strings.HasSuffix(field, "user"):
						ok = ok || w.Code == 421 // version 1 of the API
					}
					if !ok {
						t.Errorf("%s %s: got %d %.300s", field, what, w.Code, w.Body)
					}
				}
			}
			for what, c := range map[string]struct {
				body   string
				status int
			}{
				"empty": {"", 422}, "a text": {`"x"`, 422}, "half": {s.body[:len(s.body)-1], 422}, "two": {s.body + s.body, 422}, "deep": {deep(20_000), 422},
				"10 MB": {`{"x":"` + strings.Repeat("x", 10<<20) + `"}`, 413}, "no UTF-8": {"\xff\xfe", 422},
			} {
				if w := d.ask(t, http.MethodPost, s.path, key, c.body); w.Code != c.status || !strings.HasPrefix(w.Body.String(), `{"detail":`) {
					t.Errorf("a body that is %s: got %d %.300s, want %d", what, w.Code, w.Body, c.status)
				}
			}
		})
	}
}

// namesField reports whether an error names the field, or what stands in it.
func namesField(answer, field string) bool {
	loc := fmt.Sprintf(`"loc":["body","%s"`, strings.ReplaceAll(field, ".", `","`))
	return strings.Contains(answer, loc)
}
