package console

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// ask sends one request with an API key, which may be empty, and holds the exchange
// against api/console.yaml.
func ask(t *testing.T, a *API, secret, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	if secret != "" {
		secret = "Bearer " + secret
	}
	mux := http.NewServeMux()
	a.Mount(mux)
	return exchange(t, mux, http.Header{"Authorization": {secret}}, method, path, body)
}

// exchange sends one request to h and holds the exchange against api/console.yaml.
func exchange(t *testing.T, h http.Handler, header http.Header, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	maps.Copy(r.Header, header)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	contracttest.Console(t).Check(t, r, []byte(body), w.Code, w.Header(), w.Body.Bytes())
	return w
}

// connected is an environment whose Logto is connected.
type connected struct{}

func (connected) Connection(context.Context, authz.EnvID) (Connection, error) {
	return Connection{Connected: true, Endpoint: "https://logto.test", AppID: "app", SigningKeys: 1, Webhook: "https://authz.test/hooks/logto"}, nil
}

func (connected) Connect(_ context.Context, _ authz.EnvID, w ConnectionWish) ([]Step, error) {
	return []Step{{Name: "credentials", Done: true, Detail: w.Endpoint}, {Name: "webhook"}}, nil
}

func (connected) Checkup(context.Context, authz.EnvID) ([]Finding, error) {
	return []Finding{{Check: "webhook", Detail: "it is disabled"}, {Check: "logto", OK: true}}, nil
}

func (connected) RawUser(context.Context, authz.EnvID, authz.UserKey) (RawUser, error) {
	return RawUser{User: `{"id":"ann","passwordDigest":"x","customData":{}}`, Organizations: `[]`, Roles: `[]`}, nil
}

// bodies are what a route of api/console.yaml accepts; every route has an entry.
var bodies = map[string]string{
	"GET /console/v1/status":                                                         "",
	"GET /console/v1/projects/{proj}/envs/{env}/activity":                            "",
	"GET /console/v1/projects/{proj}/envs/{env}/users/{user}":                        "",
	"GET /console/v1/projects/{proj}/envs/{env}/tenants/{tenant}":                    "",
	"GET /console/v1/projects/{proj}/envs/{env}/changes":                             "",
	"POST /console/v1/projects/{proj}/envs/{env}/names":                              `{"users":["ann","nobody"]}`,
	"POST /console/v1/projects/{proj}/envs/{env}/logto/claims":                       `{"user":"ann"}`,
	"GET /console/v1/projects/{proj}/envs/{env}/logto/connection":                    "",
	"PUT /console/v1/projects/{proj}/envs/{env}/logto/connection":                    `{"endpoint":"https://logto.test","app_id":"app","app_secret":"s"}`,
	"GET /console/v1/projects/{proj}/envs/{env}/logto/checkup":                       "",
	"GET /console/v1/projects/{proj}/envs/{env}/logto/mapping":                       "",
	"PUT /console/v1/projects/{proj}/envs/{env}/logto/mapping":                       unusual,
	"POST /console/v1/projects/{proj}/envs/{env}/logto/mapping/preview":              `{"mapping":` + unusual + `}`,
	"GET /console/v1/projects/{proj}/envs/{env}/logto/proof":                         "",
	"POST /console/v1/projects/{proj}/envs/{env}/logto/repair":                       "",
	"GET /console/v1/projects/{proj}/envs/{env}/logto/sweep":                         "",
	"POST /console/v1/projects/{proj}/envs/{env}/logto/sweep":                        "",
	"GET /console/v1/projects/{proj}/envs/{env}/mirror":                              "",
	"GET /console/v1/projects/{proj}/envs/{env}/mirror/drift":                        "",
	"POST /console/v1/projects/{proj}/envs/{env}/mirror/drift":                       "",
	"GET /console/v1/projects/{proj}/envs/{env}/mirror/letters":                      "",
	"POST /console/v1/projects/{proj}/envs/{env}/mirror/repair":                      "",
	"POST /console/v1/projects/{proj}/envs/{env}/mirror/retry":                       "",
	"GET /console/v1/projects/{proj}/envs/{env}/mirror/three-way":                    "",
	"GET /console/v1/projects/{proj}/envs/{env}/settings":                            "",
	"PUT /console/v1/projects/{proj}/envs/{env}/settings":                            some,
	"GET /console/v1/projects/{proj}/envs/{env}/shadow":                              "",
	"PUT /console/v1/projects/{proj}/envs/{env}/shadow":                              `{"share":0.5,"pdp_url":"https://pdp.test","key":"k"}`,
	"POST /console/v1/projects/{proj}/envs/{env}/shadow/forget":                      "",
	"GET /console/v1/projects/{proj}/envs/{env}/logto/deliveries":                    "",
	"GET /console/v1/projects/{proj}/envs/{env}/logto/deliveries/{delivery}":         "",
	"POST /console/v1/projects/{proj}/envs/{env}/logto/deliveries/{delivery}/replay": "",
	"GET /console/v1/projects/{proj}/envs/{env}/logto/users/{user}":                  "",
}

// TestEveryRouteKeepsItsContract: a success of each, and each way in which callers and
// bodies are refused.
func TestEveryRouteKeepsItsContract(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	employ(t, a)
	if _, err := a.Directory.CreateUser(t.Context(), storetest.Env, "key:test", "ann", directory.UserInput{}); err != nil {
		t.Fatal(err)
	}
	a.Connections = connected{}
	a.Roles = func(authz.EnvID, authz.ID, string, authz.UserKey) (map[authz.TenantKey][]authz.RoleKey, error) {
		return map[authz.TenantKey][]authz.RoleKey{"default": {"viewer"}}, nil
	}
	a.Sweeps = map[string]*ingest.Sweep{"logto": {
		Env: storetest.Env, Source: "logto", Store: s, Directory: a.Directory, Proofs: s, Readings: s, Wake: func() {},
		Log: slog.New(slog.DiscardHandler), Census: someUsers{},
	}}
	a.Mirror = mirrorInto(s, &emptyAccount{})
	overshadow(t, a, s)
	ask(t, a, storetest.EnvSecret, "POST", mirrorAt+"/drift", "")
	if _, err := a.Mirror.Step(t.Context()); err != nil { // it compares: there is something to repair
		t.Fatal(err)
	}
	delivered := deliver(t, a, signIn)
	routes := slices.DeleteFunc(contracttest.Console(t).Routes(), func(route string) bool {
		_, path, _ := strings.Cut(route, " ")
		// What is no environment's and asks for no API key of one: TestASessionBeginsAndEnds and TestPeopleSignInWithLogto hold it.
		return strings.HasPrefix(path, sessionPath) || strings.HasPrefix(path, signInPath) || path == "/console/v1/members/{member}/link"
	})
	if len(routes) != len(bodies) {
		t.Errorf("got %d routes in api/console.yaml and %d here", len(routes), len(bodies))
	}
	for _, route := range routes {
		body, known := bodies[route]
		if !known {
			t.Errorf("%s has no exchange here", route)
			continue
		}
		method, template, _ := strings.Cut(route, " ")
		in := func(env string) string {
			return strings.NewReplacer("{proj}", "default", "{env}", env, "{user}", "ann", "{tenant}", "default", "{delivery}", delivered).Replace(template)
		}
		says := func(secret, path, body string, want int) {
			if w := ask(t, a, secret, method, path, body); w.Code != want {
				t.Errorf("%s %s %.100s: got %d %s, want %d", method, path, body, w.Code, w.Body, want)
			}
		}
		if w := ask(t, a, storetest.EnvSecret, method, in("dev"), body); w.Code/100 != 2 {
			t.Errorf("%s: got %d %s", route, w.Code, w.Body)
		}
		says("", in("dev"), body, http.StatusUnauthorized)
		says("wrong", in("dev"), body, http.StatusUnauthorized)
		if strings.Contains(template, "{env}") {
			says(storetest.EnvSecret, in("prod"), body, http.StatusForbidden)
			says(storetest.OrgSecret, in("prod"), body, http.StatusNotFound)
		} else {
			says(storetest.OrgSecret, template, body, http.StatusForbidden)
		}
		if body != "" {
			says(storetest.EnvSecret, in("dev"), `{"x":1}`, http.StatusUnprocessableEntity)
			says(storetest.EnvSecret, in("dev"), strings.Repeat(" ", 1<<20)+body, http.StatusRequestEntityTooLarge)
		}
	}
}
