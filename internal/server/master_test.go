package server

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
)

// TestACheckupMissesTheMasterKey of a server that was given none beside its database.
func TestACheckupMissesTheMasterKey(t *testing.T) {
	t.Parallel()
	s, err := New(t.Context(), Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	c := &connector{Server: s}
	for _, without := range []bool{false, true} {
		if without {
			s.master = ""
		}
		findings, err := c.Checkup(t.Context(), s.inbox.Env)
		if err != nil || len(findings) == 0 || findings[0].Check != "master key" || findings[0].OK == without {
			t.Errorf("without one %v: got %+v (%v)", without, findings, err)
		}
		if without && !strings.Contains(findings[0].Detail, "GATEHOUSE_MASTER_KEY") {
			t.Errorf("got no remedy in %+v", findings[0])
		}
	}
	if _, err := c.Connect(t.Context(), s.inbox.Env, console.ConnectionWish{Endpoint: "http://127.0.0.1:1", AppID: "app", AppSecret: "secret"}); err == nil || !strings.Contains(err.Error(), "GATEHOUSE_MASTER_KEY") {
		t.Errorf("connecting without one: got %v", err)
	}
}
