package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAnAccountIsImported: from one process into another; again, and by a key that the
// account does not know.
func TestAnAccountIsImported(t *testing.T) {
	t.Parallel()
	const key, there = "permit_key_for_the_import_commands_001", "permit_key_of_the_account_imported_of"
	account := launch(t, filepath.Join(t.TempDir(), "account"), "GATEHOUSE_API_KEY="+there)
	account.call(t, there, http.MethodPost, "/v2/schema/default/dev/resources", `{"key":"doc","name":"Doc","actions":{"read":{}}}`)
	account.call(t, there, http.MethodPost, "/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer","permissions":["doc:read"]}`)
	account.call(t, there, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"ann","role_assignments":[{"role":"viewer","tenant":"default"}]}`)
	account.call(t, there, http.MethodPost, "/v2/facts/default/dev/proxy_configs", `{"key":"urls","name":"URLs","secret":"s","mapping_rules":[]}`)
	p := launch(t, filepath.Join(t.TempDir(), "data"), "GATEHOUSE_API_KEY="+key)
	run := func(code int, from string, says ...string) {
		t.Helper()
		cmd := exec.Command("gatehouse", "import", "permit")
		cmd.Env = append(cmd.Environ(), "GATEHOUSE_URL=http://"+p.address, "GATEHOUSE_API_KEY="+key,
			"GATEHOUSE_IMPORT_API_URL=http://"+account.address, "GATEHOUSE_IMPORT_KEY="+from, "GATEHOUSE_IMPORT_REQUESTS=100000")
		out, _ := cmd.CombinedOutput() // the exit code is what is looked at
		for _, text := range says {
			if !strings.Contains(string(out), text) {
				t.Errorf("%q is not in\n%s", text, out)
			}
		}
		if got := cmd.ProcessState.ExitCode(); got != code || strings.Contains(string(out), key) || strings.Contains(string(out), there) {
			t.Errorf("got exit code %d, want %d:\n%s", got, code, out)
		}
	}
	allowed := func() string {
		return p.call(t, key, http.MethodPost, "/allowed", `{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":"default"}}`).body
	}
	run(exitFailed, "permit_key_of_nobody", "does not know the API key: is GATEHOUSE_IMPORT_KEY right?")
	if strings.Contains(allowed(), `"allow":true`) {
		t.Error("ann may read before the import")
	}
	run(exitOK, there, "user                1        1        0        0        0", "not imported: 1 URL mappings")
	if !strings.Contains(allowed(), `"allow":true`) {
		t.Errorf("ann may not read after the import: %s", allowed())
	}
	run(exitOK, there, "user                1        0        0        1        0")
	p.stop(t, syscall.SIGTERM)
	account.stop(t, syscall.SIGTERM)
}
