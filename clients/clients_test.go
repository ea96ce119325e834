// Package clients_test runs the acceptance tests of the published clients, each
// against a Gatehouse of its own. The folders node and golang hold them; neither
// belongs to this module.
package clients_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/needs"
	_ "github.com/gatehouse-authz/gatehouse/internal/server" // a change to it makes a cached result stale
)

const command = "github.com/gatehouse-authz/gatehouse/cmd/gatehouse"

func TestPublishedClients(t *testing.T) {
	t.Parallel()
	// What go test has seen a test read makes its cached result stale.
	for _, dir := range []string{"node", "golang", "../cmd/gatehouse"} {
		if _, err := os.ReadDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(t.TempDir(), "gatehouse")
	run(t, exec.CommandContext(t.Context(), "go", "build", "-o", binary, command))

	t.Run("node", func(t *testing.T) {
		t.Parallel()
		needs.Packages(t, "node")
		calls := "GATEHOUSE_CALLS=" + filepath.Join(t.TempDir(), "calls")
		environ := append(append(start(t, binary).environ(), calls), startLogto(t)...)
		run(t, in("node", exec.CommandContext(t.Context(), "node", "--test"), environ...))
		run(t, in("node", exec.CommandContext(t.Context(), "node", "methods.js"), environ...))
	})
	t.Run("golang", func(t *testing.T) {
		t.Parallel()
		run(t, in("golang", exec.CommandContext(t.Context(), "go", "test", "-count=1", "./..."), start(t, binary).environ()...))
	})
}

// in lets cmd run in a folder, with additions to the environment.
func in(dir string, cmd *exec.Cmd, env ...string) *exec.Cmd {
	cmd.Dir = dir
	cmd.Env = append(withoutSettings(os.Environ()), env...)
	return cmd
}

// withoutSettings drops the settings of whoever runs the tests.
func withoutSettings(environ []string) []string {
	var kept []string
	for _, e := range environ {
		if !strings.HasPrefix(e, "GATEHOUSE_") && !strings.HasPrefix(e, "PERMIT_") {
			kept = append(kept, e)
		}
	}
	return kept
}

// run runs cmd to its end. A failure shows everything it said.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}

// A gatehouse is a running server that has the schema of Logto's guide.
type gatehouse struct {
	address string // http://127.0.0.1:port
	opa     string // host:port of the policy's own address; empty if there is none
	key     string // of environment level
	orgKey  string // of organization level
}

// environ is how the clients' tests are told of it.
func (g *gatehouse) environ() []string {
	return []string{"GATEHOUSE_URL=" + g.address, "GATEHOUSE_API_KEY=" + g.key, "GATEHOUSE_OPA=" + g.opa, "GATEHOUSE_ORG_API_KEY=" + g.orgKey}
}

// opaAddress is a free address with the port of OPA, which npm's client does not let
// be changed. Where all of 127.0.0.0/8 is the machine, servers side by side have one
// each; on another machine with an OPA of its own, it is any free address.
func opaAddress(t *testing.T) string {
	t.Helper()
	var err error
	for _, address := range []string{fmt.Sprintf("127.%d.%d.%d:8181", 1+rand.IntN(254), rand.IntN(255), 1+rand.IntN(254)), "127.0.0.1:8181", "127.0.0.1:0"} {
		var l net.Listener
		if l, err = net.Listen("tcp", address); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal(err)
	return ""
}

// start starts a server on a data directory of its own. It is stopped when the
// test ends, which must succeed.
func start(t *testing.T, binary string) *gatehouse {
	t.Helper()
	g := &gatehouse{key: access.NewSecret(), orgKey: access.NewSecret(), opa: opaAddress(t)}
	cmd := exec.Command(binary, "serve") // without context: that of a test ends before its clean-up
	cmd.Env = append(withoutSettings(os.Environ()),
		"GATEHOUSE_LISTEN=127.0.0.1:0",
		"GATEHOUSE_DATA_DIR="+filepath.Join(t.TempDir(), "data"),
		"GATEHOUSE_API_KEY="+g.key,
		"GATEHOUSE_OPA_LISTEN="+g.opa,
		"GATEHOUSE_ORG_API_KEY="+g.orgKey,
		"GATEHOUSE_LOG_FORMAT=json",
	)
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer // of the goroutine until ended is closed
	ready, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			logged.Write(append(lines.Bytes(), '\n'))
			var record struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "ready" {
				ready <- record.Address
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("gatehouse serve: %v", err)
		}
		if t.Failed() {
			t.Logf("the log of gatehouse serve:\n%s", &logged)
		}
	})
	select {
	case address := <-ready:
		g.address = "http://" + address
	case <-ended:
		t.Fatal("gatehouse serve ended")
	case <-time.After(30 * time.Second):
		t.Fatal("gatehouse serve is not ready after 30 seconds")
	}
	g.post(t, "/v2/schema/default/dev/resources", `{"key":"reports","name":"Reports","actions":{"view":{},"edit":{}}}`)
	g.post(t, "/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer","permissions":["reports:view"]}`)
	return g
}

func (g *gatehouse) post(t *testing.T, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+g.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: got %s, want 200", path, res.Status)
	}
}
