package main

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// TestTheThreeSidesAreComparedAndRepaired: what is in Logto is in the account; what people
// change there is shown with its plan, changed back only when that is asked for, and what
// they made there stays.
func TestTheThreeSidesAreComparedAndRepaired(t *testing.T) {
	t.Parallel()
	const key, there = "permit_key_for_the_three_way_command_01", "permit_key_of_the_account_of_three_sides"
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "the-app-secret", SigningKey: "the-signing-key"})
	logto := httptest.NewServer(sim)
	t.Cleanup(logto.Close)
	sim.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob"})
	account := launch(t, filepath.Join(t.TempDir(), "account"), "GATEHOUSE_API_KEY="+there)
	p := launch(t, filepath.Join(t.TempDir(), "data"), "GATEHOUSE_API_KEY="+key, "GATEHOUSE_DEFAULT_ROLE=",
		"GATEHOUSE_LOGTO_ENDPOINT="+logto.URL, "GATEHOUSE_LOGTO_APP_ID=app", "GATEHOUSE_LOGTO_APP_SECRET=the-app-secret", "GATEHOUSE_LOGTO_SIGNING_KEY=the-signing-key",
		"GATEHOUSE_MIRROR_API_URL=http://"+account.address, "GATEHOUSE_MIRROR_KEY="+there, "GATEHOUSE_MIRROR_WRITES=60000", "GATEHOUSE_MIRROR_ADOPT=true")
	run := func(code int, args string, says ...string) {
		t.Helper()
		cmd := exec.Command("gatehouse", strings.Fields("mirror drift "+args)...)
		cmd.Env = append(cmd.Environ(), "GATEHOUSE_URL=http://"+p.address, "GATEHOUSE_API_KEY="+key)
		out, _ := cmd.CombinedOutput() // the exit code is what is looked at
		for _, text := range says {
			if !strings.Contains(string(out), text) {
				t.Errorf("mirror drift %s: want %q in\n%s", args, text, out)
			}
		}
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("mirror drift %s: got exit code %d, want %d\n%s", args, got, code, out)
		}
	}
	run(exitUsage, "--yes", "--yes is for --three-way")
	run(exitOK, "--three-way", "Logto and Gatehouse: 0 differences", "Gatehouse and the account: 0 differences")
	account.call(t, there, http.MethodPatch, "/v2/facts/default/dev/users/ann", `{"first_name":"Changed by hand"}`)
	account.call(t, there, http.MethodDelete, "/v2/facts/default/dev/users/bob", "")
	account.call(t, there, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"guest"}`)
	run(exitDifferent, "--three-way", `in the account, user "ann" differs: change it back`, `in the account, user "bob" missing there: make it`,
		`in the account, user "guest" only there: leave it`, "Nothing was done")
	sim.Import(logtosim.User{ID: "cid"}) // of whom no webhook tells
	run(exitOK, "--three-way --yes", "Gatehouse and the account: 1 differences", `user "guest" only there`)
	for _, user := range []string{"ann", "bob", "cid", "guest"} {
		account.call(t, there, http.MethodGet, "/v2/facts/default/dev/users/"+user, "")
	}
	p.stop(t, syscall.SIGTERM)
	account.stop(t, syscall.SIGTERM)
}
