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

// TestDoctorNamesWhatIsWrong before the server's own checkup, and what that says.
func TestDoctorNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	answer := func(status int, date, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer the-key" || r.URL.Path != "/console/v1/projects/default/envs/dev/logto/checkup" {
				t.Errorf("asked for %s", r.URL)
			}
			if date != "" {
				w.Header().Set("Date", date)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		code  int
		says  string
	}{
		"all is well":     {answer(200, "", `{"findings":[{"check":"logto","ok":true,"detail":"fine"}]}`), exitOK, "ok     logto"},
		"a finding":       {answer(200, "", `{"findings":[{"check":"webhook","ok":false,"detail":"it is disabled"}]}`), exitFailed, "WRONG  webhook            it is disabled"},
		"a wrong key":     {answer(401, "", `{"error":"no"}`), exitFailed, "does not know the API key"},
		"another project": {answer(404, "", `{"error":"environment \"dev\" not found"}`), exitFailed, "--project"},
		"a wrong clock":   {answer(200, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), `{"findings":[]}`), exitFailed, "set both by NTP"},
		"starting":        {answer(503, "", `{"message":"gatehouse is starting or stopping"}`), exitFailed, "starting or stopping"},
		"not gatehouse":   {answer(302, "", `<html>`), exitFailed, "answered 302"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := httptest.NewServer(c.serve)
			t.Cleanup(web.Close)
			var out, errs bytes.Buffer
			if code := run([]string{"doctor", "--url", web.URL, "--api-key", "the-key"}, &out, &errs); code != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("got %d %s%s, want %d and %q", code, out.String(), errs.String(), c.code, c.says)
			}
		})
	}
}
