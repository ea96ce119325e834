package console

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	settingsAt = "/console/v1/projects/default/envs/dev/settings"
	off        = `{"instances_in_tenant":false,"rules_for_members":false,"fixed_built_ins":false,"typed_comparisons":false,"missing_denies":false}`
	some       = `{"instances_in_tenant":true,"rules_for_members":false,"fixed_built_ins":true,"typed_comparisons":false,"missing_denies":true}`
)

// ask sends one request and holds the exchange against api/console.yaml.
func ask(t *testing.T, a *API, secret, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	a.Mount(mux)
	request := func() *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if secret != "" {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		return r
	}
	return exchange(t, mux, request)
}

// exchange lets h answer a request and holds the exchange against api/console.yaml.
func exchange(t *testing.T, h http.Handler, request func() *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	method, path := request().Method, request().URL.Path
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request())
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromFile("../../../api/console.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	route, params, err := router.FindRoute(request())
	if err != nil {
		t.Fatal(err)
	}
	in := &openapi3filter.RequestValidationInput{
		Request: request(), PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil && w.Code < 300 {
		t.Errorf("%s %s is accepted against the contract: %v", method, path, err)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code, Header: w.Header(), Options: in.Options}
	out.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("%s %s answers %d against the contract: %v", method, path, w.Code, err)
	}
	return w
}

func TestSettingsAreReadAndReplaced(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	says := func(w *httptest.ResponseRecorder, want string) {
		t.Helper()
		if w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
		}
	}
	says(ask(t, a, storetest.EnvSecret, "GET", settingsAt, ""), off)
	for i, body := range []string{some, some, off} {
		w := ask(t, a, storetest.OrgSecret, "PUT", settingsAt, body)
		says(w, body)
		if got, want := w.Header().Get("X-Gatehouse-Revision"), strconv.Itoa(2+i/2); got != want {
			t.Errorf("got revision %s, want %s", got, want)
		}
		says(ask(t, a, storetest.ProjectSecret, "GET", settingsAt, ""), body)
	}
	byID := "/console/v1/projects/default/envs/" + string(storetest.Env) + "/settings"
	says(ask(t, a, storetest.EnvSecret, "GET", byID, ""), off)
}

// TestEverySettingHasItsOwnField: what one field turns on is the setting of that
// name.
func TestEverySettingHasItsOwnField(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	for _, name := range authz.EverySetting() {
		body := strings.Replace(off, `"`+string(name)+`":false`, `"`+string(name)+`":true`, 1)
		if w := ask(t, a, storetest.EnvSecret, "PUT", settingsAt, body); w.Code != http.StatusOK {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		got, err := a.Directory.Settings(t.Context(), storetest.Env)
		if want := (authz.Settings{}).With(name); err != nil || got != want {
			t.Errorf("%s: got %+v (%v)", name, got, err)
		}
	}
}

func TestSettingsAreStrictAboutCallersAndBodies(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	replace := func(from, to string) string { return strings.Replace(off, from, to, 1) }
	for name, c := range map[string]struct {
		secret, path, body string
		status             int
		says               string
	}{
		"no key":                 {"", settingsAt, "{", 401, "Authorization"},
		"wrong key":              {"wrong", settingsAt, "{", 401, "not valid"},
		"another environment":    {storetest.EnvSecret, "/console/v1/projects/default/envs/prod/settings", "{", 403, "prod"},
		"no such environment":    {storetest.OrgSecret, "/console/v1/projects/default/envs/prod/settings", "{", 404, "prod"},
		"broken bytes":           {storetest.OrgSecret, "/console/v1/projects/default/envs/%FF/settings", off, 404, "text"},
		"no body":                {storetest.EnvSecret, settingsAt, "", 422, "body"},
		"no JSON":                {storetest.EnvSecret, settingsAt, "{", 422, "JSON"},
		"a setting is missing":   {storetest.EnvSecret, settingsAt, replace(`,"missing_denies":false`, ""), 422, "missing_denies"},
		"an unknown setting":     {storetest.EnvSecret, settingsAt, replace("{", `{"strict":true,`), 422, "strict"},
		"null":                   {storetest.EnvSecret, settingsAt, replace(`"fixed_built_ins":false`, `"fixed_built_ins":null`), 422, "fixed_built_ins"},
		"a text":                 {storetest.EnvSecret, settingsAt, replace(`"fixed_built_ins":false`, `"fixed_built_ins":"true"`), 422, "fixed_built_ins"},
		"the same setting twice": {storetest.EnvSecret, settingsAt, replace("{", `{"missing_denies":true,`), 422, "missing_denies"},
		"too long":               {storetest.EnvSecret, settingsAt, strings.Repeat(" ", 1<<20) + off, 413, "longer"},
	} {
		w := ask(t, a, c.secret, "PUT", c.path, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: got %d %.200s, want %d about %s", name, w.Code, w.Body, c.status, c.says)
		}
	}
	if got, err := a.Directory.Settings(t.Context(), storetest.Env); err != nil || got != (authz.Settings{}) {
		t.Errorf("got %+v (%v), want what was refused to change nothing", got, err)
	}
}
