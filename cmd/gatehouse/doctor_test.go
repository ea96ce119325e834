package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	checkupAt = "/console/v1/projects/default/envs/dev/logto/checkup"
	scopeAt   = "/v2/api-key/scope"
)

// A told is what a server answers.
type told struct {
	status     int
	date, body string
}

// serve starts a server that answers each path so, and 404 to others.
func serve(t *testing.T, answers map[string]told) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.URL.Path]
		if r.Header.Get("Authorization") != "Bearer the-key" || !ok {
			t.Errorf("asked for %s", r.URL)
		}
		if a.date != "" {
			w.Header().Set("Date", a.date)
		}
		if a.status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	t.Cleanup(web.Close)
	return web.URL
}

// TestDoctorNamesWhatIsWrong before the server's own checkup, and what that says.
func TestDoctorNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	long := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		told
		code int
		says string
	}{
		"all is well":     {told{200, "", `{"findings":[{"check":"logto","ok":true,"detail":"fine"}]}`}, exitOK, "ok     logto"},
		"a finding":       {told{200, "", `{"findings":[{"check":"webhook","ok":false,"detail":"it is disabled"}]}`}, exitFailed, "WRONG  webhook            it is disabled"},
		"a wrong key":     {told{401, "", `{"error":"no"}`}, exitFailed, "WRONG  API key            the server does not know the API key"},
		"too small a key": {told{403, "", `{"error":"the key is another environment's"}`}, exitFailed, "WRONG  API key            the server answered 403: the key is"},
		"another project": {told{404, "", `{"error":"environment \"dev\" not found"}`}, exitFailed, "--project"},
		"not fed":         {told{409, "", `{"error":"connect that one"}`}, exitFailed, "WRONG  environment        the server answered 409: connect that one"},
		"a slow clock":    {told{200, long(-time.Hour), `{"findings":[]}`}, exitFailed, "differs by 1h0m"},
		"a fast clock":    {told{200, long(time.Hour), `{"findings":[]}`}, exitFailed, "set both by NTP"},
		"starting":        {told{503, "", `{"message":"gatehouse is starting or stopping"}`}, exitFailed, "WRONG  server             the server answered 503: gatehouse is starting or stopping"},
		"a redirect":      {told{302, "", `<html>`}, exitFailed, "answered 302"},
		"not gatehouse":   {told{200, "", `<html>`}, exitFailed, "not this version of gatehouse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			url := serve(t, map[string]told{checkupAt: c.told})
			if code := run([]string{"doctor", "--url", url + "/", "--api-key", "the-key", "--env", "default/dev"}, &out, &errs); code != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("got %d %s%s, want %d and %q", code, out.String(), errs.String(), c.code, c.says)
			}
		})
	}
}

// TestTheEnvironmentIsThatOfTheKey unless it is named.
func TestTheEnvironmentIsThatOfTheKey(t *testing.T) {
	t.Parallel()
	well := told{200, "", `{"findings":[]}`}
	for name, c := range map[string]struct {
		scope told
		path  string
		args  []string
		code  int
		says  string
	}{
		"an environment's key":   {told{200, "", `{"project_id":"p","environment_id":"e"}`}, "/console/v1/projects/p/envs/e/logto/checkup", nil, exitOK, ""},
		"a project's key":        {told{200, "", `{"project_id":"p","environment_id":null}`}, "/console/v1/projects/p/envs/dev/logto/checkup", []string{"--env", "dev"}, exitOK, ""},
		"an organization's key":  {told{200, "", `{"project_id":null,"environment_id":null}`}, "", []string{"--env", "dev"}, exitUsage, "GATEHOUSE_ENV=default/dev"},
		"both are named":         {told{500, "", ""}, checkupAt, []string{"--env", "dev", "--project", "default"}, exitOK, ""},
		"both in one":            {told{500, "", ""}, checkupAt, []string{"--env", "default/dev"}, exitOK, ""},
		"a key that is not one":  {told{401, "", `{"detail":"no"}`}, "", nil, exitFailed, ""},
		"a name that is no path": {told{500, "", ""}, "/console/v1/projects/a b/envs/..%/logto/checkup", []string{"--env", "a b/..%"}, exitOK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			url := serve(t, map[string]told{scopeAt: c.scope, c.path: well})
			if code := run(append([]string{"doctor", "--url", url, "--api-key", "the-key"}, c.args...), &out, &errs); code != c.code || !strings.Contains(errs.String(), c.says) {
				t.Errorf("got %d %s%s, want %d and %q", code, out.String(), errs.String(), c.code, c.says)
			}
		})
	}
}
