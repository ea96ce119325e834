package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestChecksAreComparedByTheCommands: one process is the account's decision point, another
// asks it what it is asked itself. What is set survives a restart.
func TestChecksAreComparedByTheCommands(t *testing.T) {
	t.Parallel()
	const key, there = "permit_key_for_the_shadow_commands_001", "permit_key_of_the_account_to_compare_to"
	account, data := launch(t, filepath.Join(t.TempDir(), "account"), "GATEHOUSE_API_KEY="+there), filepath.Join(t.TempDir(), "data")
	p := launch(t, data, "GATEHOUSE_API_KEY="+key)
	try := func(args ...string) (int, string) {
		t.Helper()
		cmd := exec.Command("gatehouse", append([]string{"shadow"}, args...)...)
		cmd.Env = append(cmd.Environ(), "GATEHOUSE_URL=http://"+p.address, "GATEHOUSE_API_KEY="+key, "GATEHOUSE_PDP_KEY="+there)
		out, _ := cmd.CombinedOutput() // the exit code is what is looked at
		if strings.Contains(string(out), key) || strings.Contains(string(out), there) {
			t.Errorf("shadow %s: a key is in\n%s", args, out)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	run := func(code int, says string, args ...string) {
		t.Helper()
		if got, out := try(args...); got != code || !strings.Contains(out, says) {
			t.Errorf("shadow %s: got exit code %d, want %d, and %q in\n%s", args, got, code, says, out)
		}
	}
	both := func(path, body string) {
		t.Helper()
		p.call(t, key, http.MethodPost, path, body)
		account.call(t, there, http.MethodPost, path, body)
	}
	run(exitUnknown, "nothing is compared")
	run(exitUsage, "not a number", "set", "--share", "x")
	run(exitFailed, "share is not between 0", "set", "--share", "2", "--pdp-url", "http://"+account.address)
	run(exitFailed, "pdp_url is not an address", "set", "--share", "1", "--pdp-url", "elsewhere")
	run(exitFailed, "nothing was changed, since the decision point cannot be asked", "set", "--share", "1", "--pdp-url", "http://127.0.0.1:1")
	run(exitOK, "set", "set", "--share", "1", "--pdp-url", "http://"+account.address)

	both("/v2/schema/default/dev/resources", `{"key":"doc","name":"Doc","actions":{"read":{}}}`)
	both("/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer","permissions":["doc:read"]}`)
	both("/v2/facts/default/dev/users", `{"key":"ann","role_assignments":[{"role":"viewer","tenant":"default"}]}`)
	ask := func(user string) {
		p.call(t, key, http.MethodPost, "/allowed", fmt.Sprintf(`{"user":{"key":%q},"action":"read","resource":{"type":"doc","tenant":"default"}}`, user))
	}
	until := func(code int, says string) {
		t.Helper()
		deadline := time.After(2 * time.Minute)
		for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
			ask("ann")
			ask("nobody")
			got, out := try("report", "--checks", "4", "--hours", "0")
			if got == code && strings.Contains(out, says) {
				return
			}
			select {
			case <-deadline:
				t.Fatalf("waited in vain for %q and exit code %d: got %d\n%s", says, code, got, out)
			default:
			}
		}
	}
	until(exitOK, "it is safe to switch")
	run(exitUnknown, "wanted are 24h")
	p.stop(t, syscall.SIGTERM)
	p = launch(t, data, "GATEHOUSE_API_KEY="+key)
	run(exitOK, "forgotten", "forget")
	until(exitOK, "it is safe to switch")
	run(exitOK, "set", "set", "--share", "0")
	run(exitUnknown, "nothing is compared", "report", "--checks", "1", "--hours", "0")
	p.stop(t, syscall.SIGTERM)
	account.stop(t, syscall.SIGTERM)
}
