package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestOldHistoryGoesAndDecisionsStay: a server that keeps the history for no time
// deletes it, and answers as before.
func TestOldHistoryGoesAndDecisionsStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, nil)
	h.schema()
	h.must("PUT", "/v2/facts/default/dev/users/ann", object{"key": "ann", "role_assignments": []object{{"role": "viewer", "tenant": "default"}}}, nil)
	kept := func(h *house) int {
		t.Helper()
		var page struct {
			Changes []struct{ Revision int64 }
		}
		h.must("GET", "/console/v1/projects/default/envs/dev/changes?limit=100", nil, &page)
		revisions := map[int64]bool{}
		for _, c := range page.Changes {
			revisions[c.Revision] = true
		}
		return len(revisions)
	}
	requests := func(h *house) int {
		t.Helper()
		var page struct {
			Total int `json:"total_count"`
		}
		h.must("GET", "/v2/history", nil, &page)
		return page.Total
	}
	if kept(h) < 3 || requests(h) < 3 {
		t.Error("the test proves nothing")
	}
	h.stop()
	h = start(t, dir, func(c *server.Config) { c.History, c.Deliveries = time.Nanosecond, time.Nanosecond })
	deadline := time.After(30 * time.Second)
	for kept(h) > 1 || requests(h) > 0 {
		select {
		case <-deadline:
			t.Fatal("the history stays")
		case <-time.After(5 * time.Millisecond):
		}
	}
	if !h.allowed("ann", "view") || h.allowed("ann", "delete") {
		t.Error("it decides otherwise")
	}
	if status, body := h.call("GET", "/v2/facts/default/dev/users/ann", nil); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}
