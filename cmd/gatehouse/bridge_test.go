package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// TestTheBridgeOfTheManualWorks runs the commands of docs/permit-account.md as they stand
// there, but for addresses and files: who is in Logto is then in the account.
func TestTheBridgeOfTheManualWorks(t *testing.T) {
	t.Parallel()
	const key, there = "permit_key_of_the_bridge_in_the_manual_1", "permit_key_of_the_account_in_the_manual"
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "the-app-secret", SigningKey: "the-signing-key"})
	logto := httptest.NewServer(sim)
	t.Cleanup(logto.Close)
	account := launch(t, filepath.Join(t.TempDir(), "account"), "GATEHOUSE_API_KEY="+there)
	account.call(t, there, http.MethodPost, "/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer"}`)
	account.call(t, there, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"old","role_assignments":[{"role":"viewer","tenant":"default"}]}`)

	dir := t.TempDir()
	for name, secret := range map[string]string{"logto": "the-app-secret", "hook": "the-signing-key", "permit": there, "gatehouse": key} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "permit-account.md"))
	if err != nil {
		t.Fatal(err)
	}
	real := strings.NewReplacer("https://auth.example.com", logto.URL, "https://api.permit.io", "http://"+account.address, "/run/secrets", dir)
	blocks := strings.Split(real.Replace(string(manual)), "```sh\n")[1:]
	serve := strings.Fields(strings.ReplaceAll(strings.Split(blocks[0], "\n```")[0], "\\\n", " "))
	if got := strings.Join(serve[len(serve)-2:], " "); got != "gatehouse serve" {
		t.Fatalf("the first block runs %q", got)
	}
	sim.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob"})
	p := launch(t, filepath.Join(t.TempDir(), "data"), append(serve[:len(serve)-2], "GATEHOUSE_MIRROR_WRITES=60000", "GATEHOUSE_MIRROR_SCHEMA_WRITES=60000", "GATEHOUSE_MIRROR_BULK=60000")...)
	commands := 0
	for _, block := range blocks[1:] {
		for line := range strings.Lines(strings.Split(block, "```")[0]) {
			cmd := exec.Command("sh", "-c", line)
			cmd.Env = append(cmd.Environ(), "GATEHOUSE_URL=http://"+p.address, "GATEHOUSE_API_KEY="+key)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
			commands++
		}
	}
	if commands != 4 {
		t.Errorf("the manual has %d commands, not 4", commands)
	}
	holds := func(user string) bool {
		return strings.Contains(account.call(t, there, http.MethodGet, "/v2/facts/default/dev/role_assignments?user="+user, "").body, `"role":"viewer"`)
	}
	until := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); !holds("ann") || !holds("bob") || !holds("old"); {
		select {
		case <-until:
			t.Fatal("not everybody of Logto has a role in the account")
		case <-tick.C:
		}
	}
	p.stop(t, syscall.SIGTERM)
	account.stop(t, syscall.SIGTERM)
}
