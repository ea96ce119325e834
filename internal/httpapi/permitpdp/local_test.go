package permitpdp_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
)

func TestWhatDecisionsAreMadeFromIsListed(t *testing.T) {
	t.Parallel()
	d := open(t, true, wide()...)
	all := d.ask(t, http.MethodGet, "/local/role_assignments", key, "").Body.String()
	const ann, sam = `{"user":"ann","role":"viewer","tenant":"acme"}`, `{"user":"sam","role":"viewer","tenant":"acme"}`
	const dan = `{"user":"dan","role":"owner","tenant":"acme","resource_instance":"folder:f"}`
	for query, want := range map[string]string{
		"?user=ann":                       "[" + ann + "]\n",
		"?user=nobody":                    "[]\n",
		"?resource=folder":                "[" + dan + "]\n",
		"?resource_instance=folder:f":     "[" + dan + "]\n",
		"?resource_instance=folder:g":     "[]\n",
		"?role=owner&tenant=acme":         "[" + dan + "]\n",
		"?role=owner&tenant=lab":          "[]\n",
		"?tenant=acme&resource=__tenant":  "[" + ann + "," + sam + "]\n",
		"?per_page=1":                     "[" + ann + "]\n",
		"?user=&per_page=1&page=100":      "[]\n",
		"?tenant=acme&role=viewer&page=2": "[]\n",
	} {
		if w := d.ask(t, http.MethodGet, "/local/role_assignments"+query, key, ""); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: got %d %s, want %s of %s", query, w.Code, w.Body, want, all)
		}
	}
	var paged []string
	for page := 1; ; page++ {
		w := d.ask(t, http.MethodGet, "/local/role_assignments?per_page=2&page="+string(rune('0'+page)), key, "")
		row := strings.Trim(w.Body.String(), "[]\n")
		if row == "" {
			break
		}
		paged = append(paged, row)
	}
	if got := "[" + strings.Join(paged, ",") + "]\n"; got != all {
		t.Errorf("got by pages %s, want %s", got, all)
	}
	for query, field := range map[string]string{
		"?page=0": "page", "?page=x": "page", "?per_page=101": "per_page", "?per_page=0": "per_page", "?resource_instance=f": "resource_instance",
		"?user=%ff": "user", "?role=%00": "role", "?tenant=%": "",
	} {
		w := d.ask(t, http.MethodGet, "/local/role_assignments"+query, key, "")
		if want := `{"detail":[{"loc":["query"`; w.Code != 422 || !strings.HasPrefix(w.Body.String(), want) || field != "" && !strings.Contains(w.Body.String(), `"`+field+`"]`) {
			t.Errorf("%s: got %d %s, want 422 that names %s", query, w.Code, w.Body, field)
		}
	}
}

// TestHealthIsForEverybodyAndNothingElseIs walks the recorded API.
func TestHealthIsForEverybodyAndNothingElseIs(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	failing := errors.New("loading")
	var ready error
	d.api.Ready = func(*http.Request) error { return ready }
	const ok = `{"status":"ok"}`
	for path, want := range map[string]string{
		"/health":                   `{"status":"ok","components":{"horizon":` + ok + `,"opa":` + ok + `}}`,
		"/healthy":                  `{"status":"ok","components":{"horizon":` + ok + `,"opa":` + ok + `}}`,
		"/ready?check_cache=true":   `{"status":"ok","components":{"cache":` + ok + `,"horizon":` + ok + `,"opa":` + ok + `}}`,
		"/ready?check_cache=false":  `{"status":"ok","components":{"horizon":` + ok + `,"opa":` + ok + `}}`,
		"/healthy?check_cache=true": `{"status":"ok","components":{"cache":` + ok + `,"horizon":` + ok + `,"opa":` + ok + `}}`,
	} {
		if w := d.ask(t, http.MethodGet, path, "", ""); w.Code != 200 || w.Body.String() != want+"\n" {
			t.Errorf("%s: got %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
	ready = failing
	if w := d.ask(t, http.MethodGet, "/health", "", ""); w.Code != 503 || !strings.HasPrefix(w.Body.String(), `{"status":"error",`) || strings.Contains(w.Body.String(), "loading") {
		t.Errorf("got %d %s, want 503", w.Code, w.Body)
	}
	if w := d.ask(t, http.MethodGet, "/health?check_cache=maybe", "", ""); w.Code != 422 || !strings.Contains(w.Body.String(), `"check_cache"`) {
		t.Errorf("got %d %s, want 422 that names check_cache", w.Code, w.Body)
	}
	if w := d.ask(t, http.MethodPost, "/health", "", ""); w.Code != 405 {
		t.Errorf("got %d %s, want 405", w.Code, w.Body)
	}
	contract := contracttest.NeedPDP(t)
	for _, operation := range contract.Operations() {
		method, path := operation[0], operation[1]
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		if strings.HasPrefix(path, "/access/") || strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, "/health") && !strings.HasPrefix(path, "/healthchecks") || path == "/ready" {
			continue
		}
		if w := d.ask(t, method, path, "", ""); w.Code != 401 {
			t.Errorf("%s %s without a key: got %d %s, want 401", method, path, w.Code, w.Body)
		}
		if w := d.ask(t, method, path, key, ""); w.Code == 404 || w.Code == 405 || w.Code >= 500 && w.Code != 501 {
			t.Errorf("%s %s: got %d %s, want an answer or 501", method, path, w.Code, w.Body)
		}
	}
}

func TestSmallAnswers(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	for _, c := range []struct{ method, path, want, location string }{
		{http.MethodGet, "/version", `{"api_version":4}`, ""},
		{http.MethodPost, "/policy-updater/trigger", `{"status":"ok"}`, ""},
		{http.MethodPost, "/data-updater/trigger", `{"status":"ok"}`, ""},
		{http.MethodPost, "/update_policy", `{"detail":"this is /policy-updater/trigger"}`, "/policy-updater/trigger"},
		{http.MethodPost, "/update_policy_data", `{"detail":"this is /data-updater/trigger"}`, "/data-updater/trigger"},
	} {
		w := d.ask(t, c.method, c.path, key, "")
		if w.Body.String() != c.want+"\n" || w.Header().Get("Location") != c.location || (w.Code == 307) != (c.location != "") || w.Code > 307 {
			t.Errorf("%s: got %d %s, want %s", c.path, w.Code, w.Body, c.want)
		}
	}
}

func TestKongRoutesAreRead(t *testing.T) {
	t.Parallel()
	for table, want := range map[string]string{
		`[]`:                            "",
		`[["^/docs/", "doc"]]`:          "",
		`[["^/(\\w+)/(?P<x>\\w+)", 1]]`: "",
		``:                              "not a JSON list",
		`{}`:                            "not a JSON list",
		`[["a"]]`:                       "route 0 of Kong: it is no pair",
		`[["a","b"],["a","b","c"]]`:     "route 1 of Kong: it is no pair",
		`[[null,"b"]]`:                  "route 0 of Kong: it is no pair",
		`[["(","b"]]`:                   "no regular expression",
		`[["a",""]]`:                    "neither a type",
		`[["a",0]]`:                     "neither a type",
		`[["(a)",1]]`:                   "neither a type",
		`[["(a)",-1]]`:                  "neither a type",
		`[["a",null]]`:                  "neither a type",
		"[" + strings.Repeat(`["a","b"],`, 1000) + `["a","b"]]`: "more than 1000",
	} {
		routes, err := permitpdp.ParseKongRoutes([]byte(table))
		switch {
		case want == "" && (err != nil || routes == nil):
			t.Errorf("%s: got %v %v", table, routes, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.40s: got %v, want %s", table, err, want)
		}
	}
}

// TestARouteOfKongMayNameItsTypeInThePath: by the number of a group, from 0.
func TestARouteOfKongMayNameItsTypeInThePath(t *testing.T) {
	t.Parallel()
	d := open(t, true, wide()...)
	var err error
	if d.api.KongRoutes, err = permitpdp.ParseKongRoutes([]byte(`[["^/v(\\d)/(\\w+)s/", 1], ["(a+)+$", "doc"], ["/", "doc"]]`)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/v1/docs/7": "true", "/v1/folders/7": "false", "/x": "true", strings.Repeat("a", 60) + "!": "false"} {
		if w := d.ask(t, http.MethodPost, "/kong", key, kongAsks("READ", path, `{"username":"kim"}`)); w.Body.String() != `{"result":`+want+"}\n" {
			t.Errorf("%s: got %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
}

func FuzzParseKongRoutes(f *testing.F) {
	for _, seed := range []string{`[["^/docs/", "doc"]]`, `[["(a)(b)", 1]]`, `[["(", 0], null]`, `[[]]`, `[["(?P<x>a)", 0]]`} {
		f.Add([]byte(seed), "/docs/1")
	}
	f.Fuzz(func(t *testing.T, table []byte, path string) {
		routes, err := permitpdp.ParseKongRoutes(table)
		if (err == nil) != (routes != nil) {
			t.Errorf("got %v with %v", routes, err)
		}
		for _, r := range routes {
			match, err := r.Path.FindStringMatch(path)
			if err == nil && match != nil && r.Resource == "" && match.GroupByNumber(r.Group) == nil {
				t.Error("a route has a group that its expression has not")
			}
		}
	})
}
