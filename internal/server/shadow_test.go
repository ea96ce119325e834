package server_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestTheKeyOfADecisionPointIsKeptToItself: it is sealed on the disk, in no answer and no
// line of the log, and goes to no address but the one it was given for.
func TestTheKeyOfADecisionPointIsKeptToItself(t *testing.T) {
	t.Parallel()
	const key, at = "permit_key_of_a_decision_point_elsewhere", "/console/v1/projects/default/envs/dev/shadow"
	var mu sync.Mutex
	heard := map[string][]string{} // the keys that a decision point was sent
	point := func(name string) string {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			heard[name] = append(heard[name], r.Header.Get("Authorization"))
			_, _ = fmt.Fprint(w, `{"allow":false}`)
		}))
		t.Cleanup(web.Close)
		return web.URL
	}
	first, second := point("first"), point("second")
	var log bytes.Buffer
	dir := t.TempDir()
	h := start(t, dir, func(c *server.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	put := func(code int, body object) {
		t.Helper()
		if status, out := h.call("PUT", at, body); status != code || bytes.Contains(out, []byte(key)) {
			t.Errorf("%v: got %d %s, want %d", body, status, out, code)
		}
	}
	put(200, object{"share": 1, "pdp_url": first, "key": key})
	put(200, object{"share": 0.5})
	put(400, object{"share": 1, "pdp_url": second})
	h.must("POST", "/allowed", object{"user": object{"key": "ann"}, "action": "read", "resource": object{"type": "doc", "tenant": "default"}}, nil)
	put(200, object{"share": 1})
	h.await("a check to be compared", func() bool {
		h.must("POST", "/allowed", object{"user": object{"key": "ann"}, "action": "read", "resource": object{"type": "doc", "tenant": "default"}}, nil)
		var report struct{ Agreed int }
		status, out := h.call("GET", at, nil)
		if bytes.Contains(out, []byte(key)) {
			t.Errorf("the report tells the key: %s", out)
		}
		h.must("GET", at, nil, &report)
		return status == 200 && report.Agreed > 0
	})
	if _, metrics := h.call("GET", "/metrics", nil); !strings.Contains(string(metrics), `gatehouse_shadow_checks_total{outcome="agreed"}`) {
		t.Error("the metrics do not tell what was compared")
	}
	h.stop()
	mu.Lock()
	defer mu.Unlock()
	if len(heard["second"]) > 0 {
		t.Errorf("another address was sent %q", heard["second"])
	}
	for _, sent := range heard["first"] {
		if sent != "Bearer "+key {
			t.Errorf("the decision point was sent %q", sent)
		}
	}
	if strings.Contains(log.String(), key) {
		t.Error("the log tells the key")
	}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p) //nolint:gosec // it is the test's own
		if bytes.Contains(text, []byte(key)) {
			t.Errorf("%s holds the key in clear", d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
