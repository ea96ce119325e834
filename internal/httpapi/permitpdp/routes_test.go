package permitpdp_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	yes = `{"allow":true,"result":true}` + "\n"
	no  = `{"allow":false,"result":false}` + "\n"
)

// A door is the API over a real store and engine.
type door struct {
	http.Handler
	decisions *decision.Service
	api       *permitpdp.API
}

// open opens a door to a world where ann may read docs in acme as a viewer, and
// to more of it if more is given.
func open(t *testing.T, loaded bool, more ...authz.Change) door {
	t.Helper()
	s := storetest.Founded(t)
	_, err := s.Commit(t.Context(), storetest.Env, "test", func(context.Context, directory.View) ([]authz.Change, error) {
		given := func(user authz.UserKey, tenant authz.TenantKey) authz.Change {
			return authz.PutAssignment{Assignment: authz.Assignment{ID: authz.ID("a"+user) + authz.ID(tenant), User: user, Role: "viewer", Tenant: tenant, GivenBy: []authz.Giver{authz.ByAPI}}}
		}
		changes := []authz.Change{
			authz.PutTenant{Tenant: authz.Tenant{Key: "acme", ID: "1"}}, authz.PutTenant{Tenant: authz.Tenant{Key: "lab", ID: "2"}},
			authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "3", Actions: []authz.Action{{Key: "read"}, {Key: "write"}}}},
			authz.PutRole{Role: authz.Role{Key: "viewer", ID: "4", Permissions: []authz.Permission{{Resource: "doc", Action: "read"}}}},
		}
		for _, u := range []authz.User{{Key: "ann", ID: "5"}, {Key: "bob", ID: "6"}, {Key: "cat", ID: "7"}, {Key: "sam", ID: "8", Suspended: true}} {
			changes = append(changes, authz.PutUser{User: u})
		}
		return slices.Concat(changes, []authz.Change{given("ann", "acme"), given("cat", "lab"), given("sam", "acme")}, more), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if loaded {
		if err := f.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d := &decision.Service{Snapshots: f, Waiter: f}
	mux := http.NewServeMux()
	api := &permitpdp.API{
		Decisions: d, Keys: &access.Keys{Store: s}, Log: slog.New(slog.DiscardHandler),
		KongRoutes: []permitpdp.KongRoute{{Path: engine.CompilePattern("/docs"), Resource: "doc"}},
	}
	api.Mount(mux)
	return door{mux, d, api}
}

// newRequest is a request with the key of the environment and nothing else.
func newRequest(t *testing.T, path string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil)
	r.Header.Set("Authorization", key)
	return r
}

// serve sends a request that asks by its header, and holds the answer against the PDP's API.
func (d door) serve(t *testing.T, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if c := contracttest.PDP(t); c != nil {
		c.Check(t, r.Method, r.URL.EscapedPath(), nil, w.Code, w.Body.Bytes())
	}
	return w
}

// ask sends a request and holds the exchange against the PDP's API.
func (d door) ask(t *testing.T, method, path, authorization, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("%s %s: got Content-Type %q, want JSON", method, path, got)
	}
	if c := contracttest.PDP(t); c != nil {
		if _, op := c.Operation(method, r.URL.EscapedPath()); op != nil { // else it is of the policy
			c.Check(t, method, r.URL.EscapedPath(), []byte(body), w.Code, w.Body.Bytes())
		}
	}
	return w
}

const (
	key  = "Bearer " + storetest.EnvSecret
	asks = `{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":"acme"}}`
)

func missing(places ...string) string {
	var parts []string
	for _, p := range places {
		parts = append(parts, `{"loc":["body","`+strings.ReplaceAll(p, ".", `","`)+`"],"msg":"field required","type":"value_error.missing"}`)
	}
	return `{"detail":[` + strings.Join(parts, ",") + "]}\n"
}

func wrong(place, message, code string) string {
	return `{"detail":[{"loc":["body","` + strings.ReplaceAll(place, ".", `","`) + `"],"msg":"` + message + `","type":"value_error.` + code + `"}]}` + "\n"
}

func TestQuestionsAreAnswered(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	const noDict, noText = "value is not a valid dict", "str type expected"
	for name, c := range map[string]struct {
		body   string
		status int
		answer string // "" is any
	}{
		"allowed":               {asks, 200, yes},
		"another action":        {strings.Replace(asks, "read", "write", 1), 200, no},
		"another tenant":        {strings.Replace(asks, "acme", "lab", 1), 200, no},
		"no tenant":             {`{"user":{"key":"ann"},"action":"read","resource":{"type":"doc"}}`, 200, no},
		"tenant null":           {`{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":null}}`, 200, no},
		"tenant empty":          {`{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":""}}`, 200, no},
		"keys empty":            {`{"user":{"key":""},"action":"","resource":{"type":"","tenant":"acme"}}`, 200, no},
		"all an SDK sends":      {`{"user":{"key":"ann","firstName":"A","first_name":1,"lastName":null,"email":"x","attributes":{"a":[1e999]},"roles":["x"]},"action":"read","resource":{"type":"doc","tenant":"acme","key":"7","id":"7","attributes":{},"context":{}},"context":{"a":1},"sdk":"go"}`, 200, yes},
		"nulls":                 {`{"user":{"key":"ann","attributes":null},"action":"read","resource":{"type":"doc","tenant":"acme","key":null,"attributes":null,"context":null},"context":null}`, 200, yes},
		"in another case":       {`{"user":{"key":"ann","Key":"bob"},"User":{"key":"bob"},"action":"read","ACTION":"write","resource":{"type":"doc","tenant":"acme","TENANT":"lab"}}`, 200, yes},
		"only in another case":  {`{"User":{"key":"ann"},"action":"read","resource":{"Type":"doc","tenant":"acme"}}`, 422, missing("user", "resource.type")},
		"nothing":               {`{}`, 422, missing("user", "action", "resource")},
		"null":                  {`null`, 422, missing("user", "action", "resource")},
		"no user":               {`{"action":"read","resource":{"type":"doc"}}`, 422, missing("user")},
		"user null":             {`{"user":null,"action":"read","resource":{"type":"doc"}}`, 422, missing("user")},
		"no user key":           {`{"user":{},"action":"read","resource":{"type":"doc"}}`, 422, missing("user.key")},
		"user key null":         {`{"user":{"key":null},"action":"read","resource":{"type":"doc"}}`, 422, missing("user.key")},
		"no action":             {`{"user":{"key":"ann"},"resource":{"type":"doc"}}`, 422, missing("action")},
		"no resource":           {`{"user":{"key":"ann"},"action":"read"}`, 422, missing("resource")},
		"no resource type":      {`{"user":{"key":"ann"},"action":"read","resource":{"key":"7"}}`, 422, missing("resource.type")},
		"all inner ones":        {`{"user":{},"resource":{}}`, 422, missing("user.key", "action", "resource.type")},
		"user of version 1":     {`{"user":"ann","action":"read","resource":{"type":"doc"}}`, 421, ""},
		"all of version 1":      {`{"user":"ann","action":"read","resource":"doc"}`, 421, ""},
		"user a list":           {strings.Replace(asks, `{"key":"ann"}`, `[]`, 1), 422, wrong("user", noDict, "object")},
		"user key a number":     {strings.Replace(asks, `"ann"`, `1`, 1), 422, wrong("user.key", noText, "string")},
		"user key an object":    {strings.Replace(asks, `"ann"`, `{"key":"ann"}`, 1), 422, wrong("user.key", noText, "string")},
		"attributes a list":     {strings.Replace(asks, `"ann"`, `"ann","attributes":[]`, 1), 422, wrong("user.attributes", noDict, "object")},
		"attributes a text":     {strings.Replace(asks, `"acme"`, `"acme","attributes":""`, 1), 422, wrong("resource.attributes", noDict, "object")},
		"context a number":      {strings.Replace(asks, `"acme"`, `"acme","context":0`, 1), 422, wrong("resource.context", noDict, "object")},
		"outer context true":    {strings.Replace(asks, `"action"`, `"context":true,"action"`, 1), 422, wrong("context", noDict, "object")},
		"action a list":         {strings.Replace(asks, `"read"`, `["read"]`, 1), 422, wrong("action", noText, "string")},
		"resource a text":       {`{"user":{"key":"ann"},"action":"read","resource":"doc"}`, 422, wrong("resource", noDict, "object")},
		"resource key a number": {strings.Replace(asks, `"acme"`, `"acme","key":7`, 1), 422, wrong("resource.key", noText, "string")},
		"tenant a number":       {strings.Replace(asks, `"acme"`, `7`, 1), 422, wrong("resource.tenant", noText, "string")},
		"a list":                {`[` + asks + `]`, 422, ""},
		"a text":                {`"x"`, 422, ""},
		"empty":                 {``, 422, ""},
		"not JSON":              {asks[:40], 422, ""},
		"two questions":         {asks + asks, 422, ""},
		"huge":                  {strings.Replace(asks, `"ann"`, `"ann","x":"`+strings.Repeat("x", 1<<20)+`"`, 1), 413, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := d.ask(t, http.MethodPost, "/allowed", key, c.body)
			got := w.Body.String()
			if w.Code != c.status || c.answer != "" && got != c.answer {
				t.Errorf("got %d %s, want %d %s", w.Code, got, c.status, c.answer)
			}
			if w.Code != 200 && (!strings.HasPrefix(got, `{"detail":`) || strings.Contains(got, "allow\"")) {
				t.Errorf("got %s, want a detail and no answer", got)
			}
		})
	}
}

func TestOnlyEnvironmentKeysAsk(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	for name, c := range map[string]struct {
		authorization string
		status        int
	}{
		"no key":           {"", 401},
		"key":              {key, 200},
		"bearer":           {"bearer " + storetest.EnvSecret, 200},
		"wrong key":        {"Bearer wrong", 403},
		"empty key":        {"Bearer ", 403},
		"another scheme":   {"Basic " + storetest.EnvSecret, 403},
		"project key":      {"Bearer " + storetest.ProjectSecret, 403},
		"organization key": {"Bearer " + storetest.OrgSecret, 403},
	} {
		for path, body := range map[string]string{
			"/allowed": asks, "/allowed/bulk": "[" + asks + "]", "/allowed/all-tenants": asks, "/user-permissions": asks, "/user-tenants": asks,
			"/authorized_users": asks, "/v1/data/permit/root": `{"input":` + asks + `}`, "/local/": "", "/kong": `{"input":{"request":{"http":{"method":"GET","path":"/"}}}}`,
		} {
			want := c.status
			if path == "/local/" && want == 200 {
				want = 501
			}
			w := d.ask(t, http.MethodPost, path, c.authorization, body)
			if got := w.Body.String(); w.Code != want || want != 200 && (strings.Contains(got, `"allow"`) || !strings.HasPrefix(got, `{"detail":`)) {
				t.Errorf("%s, %s: got %d %s, want %d", name, path, w.Code, w.Body, want)
			}
			if got := w.Header().Get("WWW-Authenticate"); (got != "") != (want == 401) {
				t.Errorf("%s: got WWW-Authenticate %q with %d", name, got, w.Code)
			}
		}
	}
}

func TestOtherMethodsAndPathsAnswerInJSON(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		for _, path := range []string{"/allowed", "/allowed/bulk", "/nginx_allowed", "/v1/data/permit/root"} {
			w := d.ask(t, method, path, key, "")
			if w.Code != 405 || w.Header().Get("Allow") != "POST" || w.Body.String() != "{\"detail\":\"Method Not Allowed\"}\n" {
				t.Errorf("%s %s: got %d %s", method, path, w.Code, w.Body)
			}
		}
	}
	for _, path := range []string{"/local/users", "/facts/users", "/v1/data/permit/debug", "/callbacks", "/trino/allowed"} {
		w := d.ask(t, http.MethodPost, path, key, asks)
		if want := `{"detail":"Gatehouse does not offer POST ` + path + ` yet"}` + "\n"; w.Code != 501 || w.Body.String() != want {
			t.Errorf("%s: got %d %s, want 501 %s", path, w.Code, w.Body, want)
		}
	}
}

// TestWhatIsNotLoadedIsNotAnswered: no answer, rather than a guess.
func TestWhatIsNotLoadedIsNotAnswered(t *testing.T) {
	t.Parallel()
	d := open(t, false)
	for _, explain := range []string{"", "1"} {
		for path, body := range map[string]string{
			"/allowed": asks, "/allowed/bulk": "[" + asks + "]", "/allowed/all-tenants": asks, "/user-permissions": asks, "/user-tenants": asks, "/authorized_users": asks,
			"/v1/data/permit/root": `{"input":` + asks + `}`, "/kong": `{"input":{"request":{"http":{"method":"GET","path":"/docs"}},"consumer":{"username":"ann"}}}`,
		} {
			w := d.ask(t, http.MethodPost, path, key, body, "X-Gatehouse-Explain", explain)
			if w.Code != 503 || w.Body.String() != "{\"detail\":\"the environment is not loaded yet\"}\n" {
				t.Errorf("%s: got %d %s, want 503", path, w.Code, w.Body)
			}
		}
	}
	if allowed, denied := d.decisions.Counts(); allowed+denied != 0 {
		t.Errorf("got %d and %d counted, want none", allowed, denied)
	}
}
