package gatehousehttp_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/needs"
)

// A gateway is a real one that runs its configuration of the examples.
type gateway struct {
	program, variable, install string // its name, what overrides its path, what installs it
	config                     string // in examples/gateways; the files beside it are there too

	cleans bool // it makes one slash of two before it asks and sends on

	// arrange keeps the gateway within a directory, and returns its configuration
	// and arguments before that file's name.
	arrange func(dir, config string) (string, []string)
}

func TestNginx(t *testing.T) {
	t.Parallel()
	behind(t, gateway{
		program: "nginx", variable: "GATEHOUSE_TEST_NGINX", install: "apt-get install nginx-light",
		config: "nginx/nginx.conf",
		arrange: func(dir, config string) (string, []string) {
			temporary := "http {\n"
			for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
				temporary += what + "_temp_path " + filepath.Join(dir, what) + ";\n"
			}
			config = strings.Replace(config, "http {", temporary+"access_log off;", 1)
			config = "daemon off; master_process off; pid " + filepath.Join(dir, "pid") + ";\n" + config
			return config, []string{"-p", dir, "-e", "stderr", "-c"}
		},
	})
}

func TestCaddy(t *testing.T) {
	t.Parallel()
	behind(t, gateway{
		program: "caddy", variable: "GATEHOUSE_TEST_CADDY", install: "apt-get install caddy",
		config: "caddy/Caddyfile",
		arrange: func(dir, config string) (string, []string) {
			return "{\n admin off\n storage file_system " + dir + "\n log {\n  level ERROR\n }\n}\n" + config,
				[]string{"run", "--adapter", "caddyfile", "--config"}
		},
	})
}

// A sent request, and what is wanted of the gateway.
type sent struct {
	name, method, path string
	headers            http.Header // beside the forged ones
	statuses           []int
	says               string
}

// bearer is the header with a token.
func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// behind puts a service behind the gateway, and tells who may come through.
func behind(t *testing.T, g gateway) {
	h, door := newDoor(t)
	asked := httptest.NewServer(door)
	t.Cleanup(asked.Close)
	service := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(service.Close)
	front := g.start(t, map[string]string{"127.0.0.1:7767": asked.URL, "127.0.0.1:8080": service.URL})

	own, organization := h.Token(api, ""), h.Token(api, theirs)
	pass, refuse := []int{200}, []int{403}
	empty := sent{"an empty segment", "GET", "//reports", bearer(own), refuse, ""}
	if g.cleans {
		empty.statuses, empty.says = pass, "GET /reports as"
	}
	table := []sent{
		empty,
		{"a viewer sees", "GET", "/reports", bearer(own), pass, `GET /reports as ["` + ann + `"] of []`},
		{"an owner deletes", "DELETE", "/reports", bearer(organization), pass, `as ["` + ann + `"] of ["` + theirs + `"]`},
		{"a viewer does not delete", "DELETE", "/reports", bearer(own), refuse, ""},
		{"a viewer says a method of her own", "POST", "/reports", bearer(own), refuse, ""},
		{"nobody sees", "GET", "/reports", nil, []int{401}, ""},
		{"what no rule is about", "GET", "/admin", bearer(own), refuse, ""},
		{"a way around", "GET", "/public/../admin", bearer(own), refuse, ""},
		{"an encoded way around", "GET", "/public/%2e%2e/admin", bearer(own), refuse, ""},
		{"an encoded slash", "GET", "/public/..%2fadmin", bearer(own), refuse, ""},
		{"a parameter of the path", "GET", "/public/x;/../../admin", bearer(own), refuse, ""},
		{"the door from outside", "GET", "/_gatehouse", bearer(own), []int{403, 404}, ""},
		{"the door's own path", "GET", "/forward", bearer(own), refuse, ""},
	}
	for name, authorization := range h.BadAuthorizations(api) { // a gateway may refuse one itself
		table = append(table, sent{name, "GET", "/reports", http.Header{"Authorization": authorization}, []int{400, 401}, ""})
	}
	for _, name := range []string{"X_Gatehouse_User", "x-gatehouse_user", "X.Gatehouse.Organization"} { // a gateway may drop one
		headers := bearer(own)
		headers[name] = []string{"bob"}
		table = append(table, sent{"the lookalike " + name, "GET", "/reports", headers, []int{200, 400, 403}, ""})
	}
	for _, dropped := range []string{"X-Gatehouse-User", "Authorization", "X-Forwarded-Method", "X-Original-URI"} {
		headers := bearer(own)
		headers.Set("Connection", dropped)
		table = append(table, sent{"a hop that drops " + dropped, "DELETE", "/reports", headers, []int{401, 403}, ""})
	}
	for _, s := range table {
		s.check(t, front)
	}
	h.offset.Store(int64(61 * time.Minute))
	sent{"an expired token", "GET", "/reports", bearer(own), []int{401}, ""}.check(t, front)
	h.offset.Store(0)
	asked.Close()
	sent{"without the door", "GET", "/reports", bearer(own), []int{500, 502, 503}, ""}.check(t, front)
}

// echo is a service that says what reached it, reading names of headers as those
// do for which a dot, an underscore and a hyphen are one.
func echo(w http.ResponseWriter, r *http.Request) {
	said := map[string][]string{}
	for name, values := range r.Header {
		name = strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
		if !slices.Equal(values, []string{""}) { // of an answer that names no organization
			said[name] = append(said[name], values...)
		}
	}
	_, _ = fmt.Fprintf(w, "%s %s as %q of %q", r.Method, r.URL.Path, said["x-gatehouse-user"], said["x-gatehouse-organization"])
}

// check sends the request with headers that say somebody else asks for something
// else.
func (s sent) check(t *testing.T, front string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), s.method, front, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.URL = &url.URL{Scheme: "http", Host: req.URL.Host, Opaque: s.path} // as it stands
	if strings.HasPrefix(s.path, "//") {
		req.URL.Opaque = "http://" + req.URL.Host + s.path
	}
	for _, prefix := range []string{"X-Original-", "X-Forwarded-"} {
		for name, value := range map[string]string{"Method": "GET", "Uri": "/reports", "Url": base + "/reports", "Host": "evil.example.com"} {
			req.Header.Set(prefix+name, value)
		}
	}
	req.Header.Set("X-HTTP-Method-Override", "GET")
	req.Header.Set("X-Gatehouse-User", "bob")
	req.Header.Set("X-Gatehouse-Organization", "bob")
	for name, values := range s.headers {
		req.Header[name] = values
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	body := string(raw)
	if !slices.Contains(s.statuses, resp.StatusCode) || !strings.Contains(body, s.says) || strings.Contains(body, "bob") {
		t.Errorf("%s: got %d %s, want %v %s", s.name, resp.StatusCode, body, s.statuses, s.says)
	}
	if resp.StatusCode == 401 && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("%s: no challenge in %v", s.name, resp.Header)
	}
}

// start runs the example's configuration with other addresses, and returns that of
// the front.
func (g gateway) start(t *testing.T, addresses map[string]string) string {
	t.Helper()
	program := os.Getenv(g.variable)
	if program == "" {
		program = needs.Program(t, g.program, "install it ("+g.install+"), or set "+g.variable+" to its path")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := l.Addr().String()
	_ = l.Close()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join("../examples/gateways", filepath.Dir(g.config), "*"))
	if err != nil {
		t.Fatal(err)
	}
	var arguments []string
	for _, example := range files {
		raw, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		config := strings.Replace(string(raw), ":8000", front[strings.LastIndex(front, ":"):], 1)
		for example, address := range addresses {
			config = strings.ReplaceAll(config, example, strings.TrimPrefix(address, "http://"))
		}
		if filepath.Base(example) == filepath.Base(g.config) {
			config, arguments = g.arrange(dir, config)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(example)), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, append(arguments, filepath.Join(dir, filepath.Base(g.config)))...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-gone
	})
	refuses(t, "http://"+front+"/reports", gone)
	return "http://" + front
}

// refuses waits until a gateway refuses who says nothing, and not longer than it runs.
func refuses(t *testing.T, address string, gone chan struct{}) {
	t.Helper()
	ticker, deadline := time.NewTicker(10*time.Millisecond), time.After(60*time.Second)
	defer ticker.Stop()
	for {
		if resp, err := http.Get(address); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusUnauthorized {
				return
			}
		}
		select {
		case <-ticker.C:
		case <-gone:
			t.Fatal("it has ended")
		case <-deadline:
			t.Fatal("nobody is refused at " + address)
		}
	}
}
