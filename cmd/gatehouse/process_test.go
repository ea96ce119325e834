package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestASettingSetToNothingIsNotSet(t *testing.T) {
	t.Parallel()
	config, err := new(serveCommand).config()
	if err != nil {
		t.Fatal(err)
	}
	// Nothing would be any port on every address, and the working directory.
	if config.Listen != defaultListen || config.DataDir != defaultDataDir {
		t.Errorf("got listen %q and data directory %q, want the defaults", config.Listen, config.DataDir)
	}
}

func TestTheFirstStartShowsTwoKeysOnce(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first := launch(t, data)
	if got := first.call(t, "", http.MethodGet, "/v2/api-key/scope", "").status; got != http.StatusUnauthorized {
		t.Errorf("without a key: got %d, want 401", got)
	}
	first.stop(t, syscall.SIGTERM)
	keys := regexp.MustCompile(`permit_key_\S+`).FindAllString(first.stdout.String(), -1)
	if len(keys) != 2 || len(keys[0]) < 97 || len(keys[1]) < 97 || keys[0] == keys[1] {
		t.Fatalf("want two keys of at least 97 characters, got:\n%s", &first.stdout)
	}
	for _, key := range keys {
		if strings.Contains(first.logged.String(), key) {
			t.Error("a key is in the log")
		}
	}

	second := launch(t, data)
	env, org := keys[0], keys[1]
	var scope struct {
		Organization string  `json:"organization_id"`
		Environment  *string `json:"environment_id"`
	}
	second.call(t, env, http.MethodGet, "/v2/api-key/scope", "").read(t, &scope)
	if scope.Environment == nil {
		t.Error("the first key shown is not of environment level")
	}
	second.call(t, org, http.MethodGet, "/v2/api-key/scope", "").read(t, &scope)
	if scope.Environment != nil {
		t.Error("the second key shown is not of organization level")
	}
	before := second.call(t, env, http.MethodPost, "/v2/facts/default/dev/users", `{"key":"ann"}`)
	second.stop(t, os.Interrupt)
	if second.stdout.Len() > 0 {
		t.Errorf("the second start shows:\n%s", &second.stdout)
	}

	// Keys given later are not taken, and whoever gives them is told.
	late := "permit_key_given_at_the_third_start"
	third := launch(t, data, "GATEHOUSE_API_KEY="+late)
	if got := third.call(t, late, http.MethodGet, "/v2/api-key/scope", "").status; got != http.StatusUnauthorized {
		t.Errorf("a key given at a later start: got %d, want 401", got)
	}
	after := third.call(t, env, http.MethodGet, "/v2/facts/default/dev/users/ann", "")
	if after.status != http.StatusOK || after.body != before.body {
		t.Errorf("got user %s, want %s as before the restart", after.body, before.body)
	}
	third.stop(t, syscall.SIGTERM)
	if third.stdout.Len() > 0 {
		t.Errorf("the third start shows:\n%s", &third.stdout)
	}
	if log := third.logged.String(); !strings.Contains(log, "not a key of this database") || strings.Contains(log, late) {
		t.Errorf("want a warning without the key in the log, got:\n%s", log)
	}
}

func TestAKeyThatIsGivenIsNotShown(t *testing.T) {
	t.Parallel()
	given := "permit_key_given_at_the_first_start"
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(given+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, filepath.Join(t.TempDir(), "data"), "GATEHOUSE_API_KEY_FILE="+file)
	if got := p.call(t, given, http.MethodGet, "/v2/api-key/scope", "").status; got != http.StatusOK {
		t.Errorf("the given key: got %d, want 200", got)
	}
	p.stop(t, syscall.SIGTERM)
	if strings.Contains(p.stdout.String()+p.logged.String(), given) {
		t.Error("the given key is shown")
	}
	if n := strings.Count(p.stdout.String(), "permit_key_"); n != 1 {
		t.Errorf("got %d keys shown, want the other one", n)
	}
}

func TestADataDirectoryIsOfOneProcess(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	p := launch(t, data)
	cmd := exec.CommandContext(t.Context(), "gatehouse", "serve")
	cmd.Env = settings(data)
	out, err := cmd.CombinedOutput()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != exitFailed {
		t.Errorf("the second process: got %v, want exit code %d", err, exitFailed)
	}
	if want := "gatehouse: data directory " + data + " is in use by another process\n"; string(out) != want {
		t.Errorf("the second process says %q, want %q", out, want)
	}
	if got := p.call(t, "", http.MethodGet, "/readyz", "").status; got != http.StatusOK {
		t.Errorf("the first process: got %d, want it ready", got)
	}
	p.stop(t, syscall.SIGTERM)
	launch(t, data).stop(t, syscall.SIGTERM) // and then it is free
}

// TestSIGTERMLetsARequestInFlightFinish stops the server while it reads a
// request. The answer must come, and what it says must be true.
func TestSIGTERMLetsARequestInFlightFinish(t *testing.T) {
	t.Parallel()
	data, key := filepath.Join(t.TempDir(), "data"), "permit_key_of_the_request_in_flight"
	p := launch(t, data, "GATEHOUSE_API_KEY="+key)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	body := `{"key":"in-flight"}`
	_, err = fmt.Fprintf(conn, "POST /v2/facts/default/dev/users HTTP/1.1\r\nHost: gatehouse\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", key, len(body))
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("got %q, %v; want 100 Continue, which says that the body is being read", line, err)
	}
	_, _ = in.ReadString('\n') // the empty line after it

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.awaitDeaf(t)
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Errorf("got %s, want 200", res.Status)
	}
	p.await(t)

	again := launch(t, data)
	if got := again.call(t, key, http.MethodGet, "/v2/facts/default/dev/users/in-flight", "").status; got != http.StatusOK {
		t.Errorf("after a restart: got %d, want the user that was answered for", got)
	}
	again.stop(t, syscall.SIGTERM)
}

// patience bounds every wait for a process.
const patience = 30 * time.Second

// A process is a running gatehouse serve.
type process struct {
	cmd     *exec.Cmd
	address string        // where it listens
	exited  chan error    // gets the end of the process
	stdout  bytes.Buffer  // to be read when it has exited
	logged  bytes.Buffer  // to be read when it has exited
	read    chan struct{} // closed when logged is complete
}

func settings(data string, more ...string) []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GATEHOUSE_") {
			env = append(env, e)
		}
	}
	return append(append(env, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_DATA_DIR="+data, "GATEHOUSE_LOG_FORMAT=json"), more...)
}

// launch starts a server and waits until it is ready.
func launch(t testing.TB, data string, env ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command("gatehouse", "serve"), exited: make(chan error, 1), read: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout = settings(data, env...), &p.stdout
	pipe, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(p.read)
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			p.logged.Write(append(lines.Bytes(), '\n'))
			var record struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "ready" {
				ready <- record.Address
			}
		}
	}()
	go func() {
		<-p.read // before Wait closes the pipe
		p.exited <- p.cmd.Wait()
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	select {
	case p.address = <-ready:
	case <-p.read:
		t.Fatalf("gatehouse serve ended:\n%s", &p.logged)
	case <-time.After(patience):
		t.Fatalf("gatehouse serve is not ready after %v", patience)
	}
	return p
}

// stop asks the server to end and waits until it has, with exit code 0.
func (p *process) stop(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	p.await(t)
}

func (p *process) await(t testing.TB) {
	t.Helper()
	select {
	case err := <-p.exited:
		if err != nil {
			t.Fatalf("gatehouse serve: %v\n%s", err, &p.logged)
		}
	case <-time.After(patience):
		t.Fatalf("gatehouse serve did not end within %v", patience)
	}
}

// awaitDeaf waits until the server takes no connections.
func (p *process) awaitDeaf(t testing.TB) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.address)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			_ = conn.Close()
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("gatehouse serve still listens after %v", patience)
		}
	}
}

// An answer is what a call got.
type answer struct {
	status int
	body   string
}

func (a answer) read(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil || a.status != http.StatusOK {
		t.Fatalf("got %d %s (%v), want 200", a.status, a.body, err)
	}
}

// call asks the server; an empty key sends none.
func (p *process) call(t testing.TB, key, method, path, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, string(b)}
}
