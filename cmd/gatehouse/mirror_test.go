package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAnAccountIsMirroredInto: one process is the account, another mirrors into it.
func TestAnAccountIsMirroredInto(t *testing.T) {
	t.Parallel()
	const key, there = "permit_key_for_the_mirror_commands_001", "permit_key_of_the_account_mirrored_into"
	account := launch(t, filepath.Join(t.TempDir(), "account"), "GATEHOUSE_API_KEY="+there)
	account.call(t, there, http.MethodPost, "/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer"}`)
	account.call(t, there, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"both","first_name":"Of the account"}`)
	p := launch(t, filepath.Join(t.TempDir(), "data"), "GATEHOUSE_API_KEY="+key,
		"GATEHOUSE_MIRROR_API_URL=http://"+account.address, "GATEHOUSE_MIRROR_KEY="+there, "GATEHOUSE_MIRROR_WRITES=60000", "GATEHOUSE_MIRROR_REMOVALS=60000")
	run := func(code int, says string, args ...string) {
		t.Helper()
		cmd := exec.Command("gatehouse", append([]string{"mirror"}, args...)...)
		cmd.Env = append(cmd.Environ(), "GATEHOUSE_URL=http://"+p.address, "GATEHOUSE_API_KEY="+key)
		out, _ := cmd.CombinedOutput() // the exit code is what is looked at
		if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), says) || strings.Contains(string(out), key) || strings.Contains(string(out), there) {
			t.Errorf("mirror %s: got exit code %d, want %d, and %q in\n%s", args, got, code, says, out)
		}
	}
	p.call(t, key, http.MethodPost, "/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer"}`)
	p.call(t, key, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"ann","role_assignments":[{"role":"viewer","tenant":"default"}]}`)
	run(exitOK, "1 of kind assignment are the mirror's", "status", "--wait", "1m")
	run(exitOK, `user "both" only there: leave it`, "drift", "--timeout", "1m")

	p.call(t, key, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"both","first_name":"Of here"}`)
	run(exitDifferent, `user "both": "conflict: `, "status", "--wait", "1m")
	run(exitUsage, "go together", "retry", "--kind", "user")
	run(exitOK, "0 tried again", "retry", "--kind", "user", "--key", "ann")
	account.call(t, there, http.MethodDelete, "/v2/facts/default/dev/users/both", "")
	run(exitOK, "1 tried again", "retry")
	run(exitOK, "2 of kind user are the mirror's", "status", "--wait", "1m")

	account.call(t, there, http.MethodPatch, "/v2/facts/default/dev/users/ann", `{"first_name":"Changed by hand"}`)
	account.call(t, there, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"guest"}`)
	run(exitDifferent, `user "ann" differs: change it back`, "drift")
	run(exitOK, `user "guest" only there: leave it`, "drift", "--repair")
	p.stop(t, syscall.SIGTERM)
	account.stop(t, syscall.SIGTERM)
}
