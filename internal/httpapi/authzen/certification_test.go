package authzen_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The requirements of the AuthZEN Authorization API 1.0 Certification Scenario
// (openid/authzen, certification/authorization-api-1_0-scenario.md), by number.
// Sections: 1 the fixture, 2 Basic, 3 Batch, 4 Search, 5 Transport, 6 Discovery.

// Entities of the fixture, and what the scenario's requests are made of.
const (
	alice     = `"subject":{"type":"user","id":"alice"}`
	bob       = `"subject":{"type":"user","id":"bob"}`
	admin     = `"subject":{"type":"user","id":"bob","properties":{"role":"admin"}}`
	anyUser   = `"subject":{"type":"user"}`
	read      = `"action":{"name":"read"}`
	write     = `"action":{"name":"write"}`
	record1   = `"resource":{"type":"record","id":"record-1"}`
	record2   = `"resource":{"type":"record","id":"record-2"}`
	active1   = `"resource":{"type":"record","id":"record-1","properties":{"status":"active"}}`
	archived2 = `"resource":{"type":"record","id":"record-2","properties":{"status":"archived"}}`
	anyRecord = `"resource":{"type":"record"}`
	anywhere  = `"context":{"time":"2025-06-27T18:03-07:00","ip":"192.168.1.1"}`
)

// of is an object of these fields.
func of(fields ...string) string { return "{" + strings.Join(fields, ",") + "}" }

// each is the field evaluations with these.
func each(list ...string) string { return `"evaluations":[` + strings.Join(list, ",") + "]" }

func TestCertificationOfEvaluations(t *testing.T) {
	t.Parallel()
	d := open(t, true, fixture()...)
	const (
		permit = `{"decision":true}`
		deny   = `{"decision":false}`
		bad    = "" // 400
	)
	list := func(decisions ...string) string { return `{"evaluations":[` + strings.Join(decisions, ",") + "]}" }
	for _, c := range []struct{ requirement, path, body, want string }{
		{"1.4 rule 1", evaluation, of(alice, read, record1), permit},
		{"1.4 rule 2", evaluation, of(alice, write, record1), permit},
		{"1.4 rule 3", evaluation, of(bob, read, record1), permit},
		{"1.4 rule 4", evaluation, of(bob, write, record1), deny},
		{"1.6 context changes no decision of the fixture", evaluation, of(bob, write, record1, anywhere), deny},

		{"2.2.1 permit", evaluation, of(alice, read, record1), permit},
		{"2.2.2 deny", evaluation, of(bob, write, record1), deny},
		{"2.2.3 optional context", evaluation, of(alice, read, record1, anywhere), permit},
		{"2.2.4 rule 5, deny by resource properties", evaluation, of(alice, write, archived2), deny},
		{"2.2.5 rule 6, permit by subject properties", evaluation, of(admin, write, archived2), permit},
		{"2.2.6 rule 7, permit by action properties", evaluation, of(alice, `"action":{"name":"delete","properties":{"soft":true}}`, record1), permit},
		{"2.2.7 rule 8, deny by action properties", evaluation, of(alice, `"action":{"name":"delete","properties":{"soft":false}}`, record1), deny},
		{"2.2.8 additional properties", evaluation, `{"subject":{"type":"user","id":"alice","properties":{"department":"Sales","role":"manager"}},
			"action":{"name":"read","properties":{"method":"GET"}},
			"resource":{"type":"record","id":"record-1","properties":{"status":"active","owner":"bob"}}}`, permit},
		{"2.2.9 unknown fields", evaluation, of(alice, read, record1, `"foo":"bar"`, `"futureField":{"nested":true}`), permit},
		{"2.4.1 subject missing", evaluation, of(read, record1), bad},
		{"2.4.1 action missing", evaluation, of(alice, record1), bad},
		{"2.4.1 resource missing", evaluation, of(alice, read), bad},
		{"2.4.2 subject type missing", evaluation, of(`"subject":{"id":"alice"}`, read, record1), bad},
		{"2.4.2 subject id missing", evaluation, of(anyUser, read, record1), bad},
		{"2.4.2 action name missing", evaluation, of(alice, `"action":{}`, record1), bad},
		{"2.4.2 resource type missing", evaluation, of(alice, read, `"resource":{"id":"record-1"}`), bad},
		{"2.4.2 resource id missing", evaluation, of(alice, read, anyRecord), bad},
		{"2.4.4 malformed JSON", evaluation, of(alice, read, record1)[1:], bad},
		{"2.4.5 empty body", evaluation, "", bad},
		{"2.4.6 subject a string", evaluation, of(`"subject":"alice"`, read, record1), bad},
		{"2.4.6 action name a number", evaluation, of(alice, `"action":{"name":123}`, record1), bad},

		{"3.2.1 defaults for subject and action", evaluations, of(alice, read, each(of(record1), of(record2))), list(permit, permit)},
		{"3.2.2 rules 3 and 4 in order", evaluations, of(bob, record1, each(of(read), of(write))), list(permit, deny)},
		{"3.2.3 resource properties of each", evaluations, of(alice, write, each(of(active1), of(archived2))), list(permit, deny)},
		{"3.2.4 subject properties of each", evaluations, of(write, archived2, each(of(alice), of(admin))), list(deny, permit)},
		{"3.2.5 no defaults", evaluations, of(each(of(alice, read, record1), of(bob, write, record1))), list(permit, deny)},
		{"3.2.6 context inherited or replaced", evaluations, of(alice, read, `"context":{"time":"2025-06-27T18:03-07:00"}`,
			each(of(record1), of(record2, `"context":{"time":"2025-06-27T19:00-07:00","source":"batch-override"}`))), list(permit, permit)},
		{"3.2.7 entities are inherited whole and replaced whole", evaluations, of(alice, write, active1, each(`{}`, of(archived2))), list(permit, deny)},
		{"3.3.1 as many decisions as evaluations", evaluations, of(alice, read, each(of(record1), of(record1), of(record1))), list(permit, permit, permit)},
		{"3.3.2 order", evaluations, of(record1, each(of(bob, write), of(alice, write), of(bob, write), of(bob, read))), list(deny, permit, deny, permit)},
		{"3.3.3 and 3.3.4 decisions inside and none at the top", evaluations, of(alice, read, record1, each(`{}`)), list(permit)},
		{"3.4.1 one evaluation is wrong", evaluations, of(alice, read, `"options":{"evaluations_semantic":"execute_all"}`, each(of(record1), `{}`)),
			list(permit, `{"decision":false,"context":{"error":{"status":400,"message":"evaluations.1.resource: the field is required"}}}`)},
		{"3.4.2 no evaluations", evaluations, of(alice, read, record1), permit},
		{"3.4.3 empty evaluations", evaluations, of(alice, read, record1, each()), permit},
		{"3.4 the request is wrong", evaluations, of(alice, read), bad},
		{"3.4 malformed JSON", evaluations, "{", bad},
	} {
		t.Run(c.requirement, func(t *testing.T) {
			t.Parallel()
			got := d.post(t, c.path, c.body)
			if c.want == bad {
				if e, _ := got.body["error"].(map[string]any); got.status != http.StatusBadRequest || e["message"] == "" || got.body["decision"] != nil {
					t.Errorf("got %d %s, want 400 with a message", got.status, got.text)
				}
				return
			}
			if got.status != http.StatusOK || got.text != c.want+"\n" {
				t.Errorf("got %d %s, want 200 %s", got.status, got.text, c.want)
			}
		})
	}
}

func TestCertificationOfSearches(t *testing.T) {
	t.Parallel()
	d := open(t, true, fixture()...)
	users, records := []string{"alice", "bob"}, []string{"record-1", "record-2"}
	for _, c := range []struct {
		requirement, path, body string
		want                    []string // nil: 400
	}{
		{"1.5 S1, 4.2.1", searchSubject, of(anyUser, read, record1), users},
		{"4.2.2 context", searchSubject, of(anyUser, read, record1, anywhere), users},
		{"4.2.3 subject id is ignored", searchSubject, of(alice, read, record1), users},
		{"1.5 S4, 4.2.4 resource properties", searchSubject, of(anyUser, write, archived2), []string{"bob"}},
		{"1.5 S2, 4.3.1", searchResource, of(alice, read, anyRecord), records},
		{"4.3.2 context", searchResource, of(alice, read, anyRecord, anywhere), records},
		{"4.3.3 resource id is ignored", searchResource, of(alice, read, record1), records},
		{"1.5 S5, 4.3.4 subject properties", searchResource, of(admin, write, anyRecord), []string{"record-2"}},
		{"1.5 S3, 4.4.1", searchAction, of(alice, record1), []string{"read", "write"}},
		{"4.4.2 context", searchAction, of(alice, record1, anywhere), []string{"read", "write"}},
		{"1.5 S6, 4.4.3 properties", searchAction, of(admin, archived2), []string{"read", "write"}},
		{"4.6.1 unknown user", searchAction, of(`"subject":{"type":"user","id":"nonexistent-user"}`, record1), []string{}},
		{"4.6.1 unknown user", searchResource, of(`"subject":{"type":"user","id":"nonexistent-user"}`, read, anyRecord), []string{}},
		{"4.6.1 unknown action", searchSubject, of(anyUser, `"action":{"name":"nonexistent"}`, record1), []string{}},
		{"4.6.2 unknown type of subject", searchSubject, of(`"subject":{"type":"spaceship"}`, read, record1), []string{}},
		{"4.6.2 unknown type of subject", searchResource, of(`"subject":{"type":"spaceship","id":"alice"}`, read, anyRecord), []string{}},
		{"4.6.2 unknown type of subject", searchAction, of(`"subject":{"type":"spaceship","id":"alice"}`, record1), []string{}},
		{"4.6.2 unknown type of resource", searchResource, of(alice, read, `"resource":{"type":"spaceship"}`), []string{}},
		{"4.6.2 unknown type of resource", searchSubject, of(anyUser, read, `"resource":{"type":"spaceship","id":"1"}`), []string{}},
		{"4.6.2 unknown type of resource", searchAction, of(alice, `"resource":{"type":"spaceship","id":"1"}`), []string{}},
		{"4.7.1 action missing", searchSubject, of(anyUser, record1), nil},
		{"4.7.1 subject missing", searchResource, of(read, anyRecord), nil},
		{"4.7.1 resource missing", searchAction, of(alice), nil},
		{"4.7.2 resource id missing", searchSubject, of(anyUser, read, anyRecord), nil},
		{"4.7.2 subject id missing", searchResource, of(anyUser, read, anyRecord), nil},
		{"4.7.2 subject id missing", searchAction, of(anyUser, record1), nil},
	} {
		t.Run(c.requirement, func(t *testing.T) {
			t.Parallel()
			got := d.post(t, c.path, c.body)
			if c.want == nil {
				if got.status != http.StatusBadRequest {
					t.Errorf("got %d %s, want 400", got.status, got.text)
				}
				return
			}
			if diff := cmp.Diff(c.want, got.ids(t)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			wantType := map[string]any{searchSubject: "user", searchResource: "record", searchAction: nil}[c.path]
			for _, e := range got.body["results"].([]any) {
				if e.(map[string]any)["type"] != wantType {
					t.Errorf("got %v, want the type %v", e, wantType)
				}
			}
			if len(c.want) == 0 && got.text != "{\"results\":[]}\n" {
				t.Errorf("got %s, want no more than empty results", got.text)
			}
		})
	}
}

func TestCertificationOfPaging(t *testing.T) {
	t.Parallel()
	d := open(t, true, fixture()...)
	const question = anyUser + "," + read + "," + record1
	first := d.post(t, searchSubject, of(question, `"page":{"limit":1}`)) // 4.5.1
	if diff := cmp.Diff([]string{"alice"}, first.ids(t)); diff != "" {
		t.Errorf("4.5.1 (-want +got)\n%s", diff)
	}
	next := first.nextToken(t)
	if next == "" {
		t.Fatalf("4.5.1: got %s, want a token for bob", first.text)
	}
	for requirement, page := range map[string]string{"4.5.2 token alone": `{"token":"` + next + `"}`, "8.2 token and limit": `{"token":"` + next + `","limit":1}`} {
		second := d.post(t, searchSubject, of(question, `"page":`+page))
		if diff := cmp.Diff([]string{"bob"}, second.ids(t)); diff != "" || second.nextToken(t) != "" {
			t.Errorf("%s: got %s, want bob and no more", requirement, second.text)
		}
	}
	if got := first.body["page"].(map[string]any)["count"]; got != 1.0 { // 4.5.3
		t.Errorf("4.5.3: got the count %v, want 1", got)
	}
	if !strings.HasPrefix(first.text, `{"page":`) {
		t.Errorf("8.3: got %s, want the page first", first.text)
	}
	// 8.2: everything else must be as it was.
	for what, body := range map[string]string{
		"another action":   of(anyUser, write, record1, `"page":{"token":"`+next+`"}`),
		"another resource": of(anyUser, read, record2, `"page":{"token":"`+next+`"}`),
		"another context":  of(question, anywhere, `"page":{"token":"`+next+`"}`),
		"another subject":  of(admin, read, record1, `"page":{"token":"`+next+`"}`),
		"another limit":    of(question, `"page":{"limit":2,"token":"`+next+`"}`),
		"no token of ours": of(question, `"page":{"token":"bm90IG91cnM"}`),
		"not base64":       of(question, `"page":{"token":"?"}`),
		"token a number":   of(question, `"page":{"token":1}`),
		"limit negative":   of(question, `"page":{"limit":-1}`),
		"limit a fraction": of(question, `"page":{"limit":1.5}`),
		"limit a string":   of(question, `"page":{"limit":"1"}`),
		"limit too large":  of(question, `"page":{"limit":99999999999999999999}`),
		"page a list":      of(question, `"page":[]`),
	} {
		if got := d.post(t, searchSubject, body); got.status != http.StatusBadRequest || !strings.Contains(got.text, "page") {
			t.Errorf("%s: got %d %s, want 400 that names the page", what, got.status, got.text)
		}
	}
	if got := d.post(t, searchResource, of(alice, read, record1, `"page":{"token":"`+next+`"}`)); got.status != http.StatusBadRequest {
		t.Errorf("a token of another search: got %d %s, want 400", got.status, got.text)
	}
	none := d.post(t, searchSubject, of(question, `"page":{"limit":0}`))
	if len(none.ids(t)) != 0 || none.nextToken(t) == "" {
		t.Errorf("a page of none: got %s, want no results and that there are more", none.text)
	}
	all := d.post(t, searchSubject, of(question, `"page":{}`))
	if len(all.ids(t)) != 2 || all.nextToken(t) != "" {
		t.Errorf("no limit: got %s, want everybody", all.text)
	}
}

// TestCertificationOfTransport: 2.4.3, 2.5, 2.6 and section 5.
func TestCertificationOfTransport(t *testing.T) {
	t.Parallel()
	d := open(t, true, fixture()...)
	requests := map[string]string{
		evaluation: of(alice, read, record1), evaluations: of(alice, read, each(of(record1))),
		searchSubject: of(anyUser, read, record1), searchResource: of(alice, read, anyRecord), searchAction: of(alice, record1),
	}
	for path, body := range requests {
		for contentType, want := range map[string]int{
			"application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON": 200,
			"text/plain": 400, "application/x-www-form-urlencoded": 400, "application/jsonp": 400, "": 400, ";": 400,
		} {
			if got := d.post(t, path, body, "Content-Type", contentType); got.status != want {
				t.Errorf("2.4.3 and 5.1: %s of type %q: got %d, want %d", path, contentType, got.status, want)
			}
		}
		for what, send := range map[string]answer{
			"an answer": d.post(t, path, body, "X-Request-ID", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716 Ä"),
			"a failure": d.post(t, path, "", "X-Request-ID", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716 Ä"),
			"no key":    d.post(t, path, body, "X-Request-ID", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716 Ä", "Authorization", ""),
		} {
			if got := send.header.Get("X-Request-ID"); got != "bfe9eb29-ab87-4ca3-be83-a1d5d8305716 Ä" {
				t.Errorf("2.5.1 and 5.4: %s to %s says X-Request-ID %q", what, path, got)
			}
		}
		for _, id := range []string{strings.Repeat("x", 1025), "a\tb", "\x7f"} {
			if got := d.post(t, path, body, "X-Request-ID", id); got.status != 200 || got.header.Get("X-Request-ID") != "" {
				t.Errorf("%s: the X-Request-ID %.9q is repeated", path, id)
			}
		}
		once := d.post(t, path, body) // 2.5.2
		if once.status != 200 {
			t.Errorf("2.5.2: %s without X-Request-ID: got %d", path, once.status)
		}
		for range 3 {
			if again := d.post(t, path, body); again.text != once.text {
				t.Errorf("2.6: %s: got %s, then %s", path, once.text, again.text)
			}
		}
		unknown := d.post(t, path, strings.Replace(body, "{", `{"foo":[{"bar":null}],`, 1)) // 5.5
		if unknown.text != once.text {
			t.Errorf("5.5: %s: got %s with an unknown field, want %s", path, unknown.text, once.text)
		}
	}
}

func TestCertificationOfDiscovery(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	got := d.send(t, http.MethodGet, wellKnown, "", "Authorization", "", "X-Request-ID", "7")
	want := map[string]any{
		"policy_decision_point":       publicURL,
		"access_evaluation_endpoint":  publicURL + evaluation,
		"access_evaluations_endpoint": publicURL + evaluations,
		"search_subject_endpoint":     publicURL + searchSubject,
		"search_resource_endpoint":    publicURL + searchResource,
		"search_action_endpoint":      publicURL + searchAction,
	}
	if diff := cmp.Diff(want, got.body); got.status != http.StatusOK || diff != "" {
		t.Errorf("6.3 to 6.5: got %d (-want +got)\n%s", got.status, diff)
	}
	if got.header.Get("Cache-Control") == "" || got.header.Get("X-Request-ID") != "7" {
		t.Errorf("got the headers %v, want caching and the request's id", got.header)
	}
	for path, status := range map[string]int{wellKnown + "/tenant1": 404, wellKnown + "/": 404} {
		if got := d.send(t, http.MethodGet, path, ""); got.status != status {
			t.Errorf("%s: got %d, want %d", path, got.status, status)
		}
	}
	if got := d.post(t, wellKnown, "{}"); got.status != 405 || got.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d %v", got.status, got.header)
	}
	below := doorOf(t, nil, nil, publicURL+"/tenant1")
	for _, path := range []string{wellKnown, wellKnown + "/tenant1"} {
		got := below.send(t, http.MethodGet, path, "")
		if got.body["policy_decision_point"] != publicURL+"/tenant1" || got.body["search_action_endpoint"] != publicURL+"/tenant1"+searchAction {
			t.Errorf("6.1: %s: got %s", path, got.text)
		}
	}
}

// TestSemantics: section 7.1.2.1 of the specification.
func TestSemantics(t *testing.T) {
	t.Parallel()
	d := open(t, true, fixture()...)
	const wrong = `{"resource":7}`
	for _, c := range []struct {
		semantic string
		list     []string
		want     []bool
	}{
		{"execute_all", []string{of(write), of(read), wrong, of(read)}, []bool{false, true, false, true}},
		{"deny_on_first_deny", []string{of(read), of(write), of(read)}, []bool{true, false}},
		{"deny_on_first_deny", []string{of(read), wrong, of(read)}, []bool{true, false}},
		{"deny_on_first_deny", []string{of(read), of(read)}, []bool{true, true}},
		{"permit_on_first_permit", []string{of(write), wrong, of(read), of(read)}, []bool{false, false, true}},
		{"permit_on_first_permit", []string{of(write), of(write)}, []bool{false, false}},
	} {
		got := d.post(t, evaluations, of(bob, record1, `"options":{"evaluations_semantic":"`+c.semantic+`","another_option":"value"}`, each(c.list...)))
		list, _ := got.body["evaluations"].([]any)
		decisions := []bool{}
		for _, e := range list {
			decisions = append(decisions, e.(map[string]any)["decision"].(bool))
		}
		if !slices.Equal(decisions, c.want) {
			t.Errorf("%s of %v: got %s, want %v", c.semantic, c.list, got.text, c.want)
		}
	}
	for options, status := range map[string]int{
		`{}`: 200, `null`: 200, `{"evaluations_semantic":null}`: 200, `{"evaluations_semantic":"Execute_All"}`: 400,
		`{"evaluations_semantic":1}`: 400, `[]`: 400, `"execute_all"`: 400,
	} {
		if got := d.post(t, evaluations, of(bob, record1, `"options":`+options, each(of(read), of(write)))); got.status != status {
			t.Errorf("options %s: got %d %s, want %d", options, got.status, got.text, status)
		}
	}
}
