package main

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// TestSyncTellsWhetherAllIsAsInLogto by its exit code, and repairs what is not.
func TestSyncTellsWhetherAllIsAsInLogto(t *testing.T) {
	t.Parallel()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "the-app-secret"})
	var down atomic.Bool // what is known of ann
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() && strings.HasPrefix(r.URL.Path, "/api/users/ann") {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	sim.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob"})
	const key = "permit_key_for_the_sync_commands_0001"
	p := launch(t, filepath.Join(t.TempDir(), "data"), "GATEHOUSE_API_KEY="+key,
		"GATEHOUSE_LOGTO_ENDPOINT="+web.URL, "GATEHOUSE_LOGTO_APP_ID=app", "GATEHOUSE_LOGTO_APP_SECRET=the-app-secret", "GATEHOUSE_LOGTO_SWEEP_EVERY=1h")
	sync := func(code int, says string, args ...string) {
		t.Helper()
		cmd := exec.Command("gatehouse", append([]string{"sync"}, args...)...)
		cmd.Env = append(cmd.Environ(), "GATEHOUSE_URL=http://"+p.address, "GATEHOUSE_API_KEY="+key)
		out, _ := cmd.CombinedOutput() // the exit code is what is looked at
		if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), says) || strings.Contains(string(out), key) {
			t.Errorf("sync %s: got exit code %d, want %d, and %q in\n%s", args, got, code, says, out)
		}
	}
	sync(0, "equal at ", "verify")
	sync(0, "last equal 2", "status")
	sync(0, "to be looked at: 0, of which 0 have failed", "status")
	sync(0, "no differences", "repair")
	if got := p.call(t, key, http.MethodDelete, "/v2/facts/default/dev/users/ann", "").status; got != http.StatusNoContent {
		t.Fatalf("got %d", got)
	}
	down.Store(true)
	sync(exitDifferent, `user "ann" cannot be read from Logto`, "verify")
	sync(exitDifferent, "Nothing was done", "repair")
	down.Store(false)
	sync(0, "no differences", "repair", "--yes")
	sync(exitUnknown, "within 1ns", "verify", "--timeout", "1ns")
	p.stop(t, syscall.SIGTERM)
}
