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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
	"github.com/gatehouse-authz/gatehouse/internal/needs"
)

const base = "https://api.example.com"

// rules say which permissions the requests of an API need.
const rules = `{"key":"api","name":"API","secret":"unused","auth_mechanism":"Bearer","mapping_rules":[
{"url":"` + base + `/reports","http_method":"get","resource":"reports","action":"view"},
{"url":"` + base + `/public/{page}","http_method":"get","resource":"reports","action":"view"},
{"url":"` + base + `/reports","http_method":"delete","resource":"reports","action":"delete"}]}`

// newDoor is what gateways ask, in a house with the rules.
func newDoor(t *testing.T) (*house, http.Handler) {
	t.Helper()
	h := newHouse(t)
	h.Post("/v2/facts/default/dev/proxy_configs", rules)
	door, err := gatehousehttp.NewForwardAuth(h.config(), base)
	if err != nil {
		t.Fatal(err)
	}
	return h, door
}

// asked asks the door as a gateway does; headers are pairs.
func asked(door http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	return w
}

func TestAGatewayIsToldWhoMay(t *testing.T) {
	t.Parallel()
	h, door := newDoor(t)
	own, organization := "Bearer "+h.Token(api, ""), "Bearer "+h.Token(api, theirs)
	for path, prefix := range map[string]string{"/nginx": "X-Original-", "/forward": "X-Forwarded-"} {
		ask := func(token, method, uri string) *httptest.ResponseRecorder {
			return asked(door, path, "Authorization", token, prefix+"Method", method, prefix+"Uri", uri, "X-Gatehouse-User", "bob")
		}
		if w := ask(own, "GET", "/reports"); w.Code != http.StatusOK || w.Header().Get("X-Gatehouse-User") != ann || w.Body.Len() > 0 {
			t.Errorf("%s: got %d %v, want 200 and who asks", path, w.Code, w.Header())
		}
		if w := ask(organization, "DELETE", "/reports"); w.Code != http.StatusOK || w.Header().Get("X-Gatehouse-Organization") != theirs {
			t.Errorf("%s: got %d %v, want 200 and the organization", path, w.Code, w.Header())
		}
		refused(t, path+": what no role allows", ask(own, "DELETE", "/reports"), http.StatusForbidden, "no_permission")
		refused(t, path+": what no rule is about", ask(own, "GET", "/admin"), http.StatusForbidden, "denied")
		refused(t, path+": a bad token", ask(own+"x", "GET", "/reports"), http.StatusUnauthorized, "invalid_token")
	}
	refused(t, "no path", asked(door, "/", "Authorization", own), http.StatusForbidden, "no_gateway")
}

// TestAGatewayMustSayWhatItIsAskedFor, once, in its own headers, and so that there
// is one way to read it.
func TestAGatewayMustSayWhatItIsAskedFor(t *testing.T) {
	t.Parallel()
	h, door := newDoor(t)
	own := "Bearer " + h.Token(api, "")
	for name, headers := range map[string][]string{
		"nothing":           nil,
		"another gateway's": {"X-Forwarded-Method", "GET", "X-Forwarded-Uri", "/reports"},
		"two paths":         {"X-Original-Method", "GET", "X-Original-Uri", "/reports", "X-Original-Uri", "/admin"},
		"two methods":       {"X-Original-Method", "GET", "X-Original-Method", "DELETE", "X-Original-Uri", "/reports"},
		"no method":         {"X-Original-Uri", "/reports"},
	} {
		refused(t, name, asked(door, "/nginx", append(headers, "Authorization", own)...), http.StatusForbidden, "ambiguous_request")
	}
	for _, uri := range []string{
		"", "reports", "https://api.example.com/reports", "//reports", "/public//x", "/public/../reports", "/public/./x", "/public/..",
		"/public/%2e%2e", "/public/%2E", "/public/a%2fb", "/public/a%5cb", `/public/a\b`, "/public/a;b", "/public/a%3bb", "/public/a#b",
		"/public/%61", "/public/%00", "/public/%", "/public/%zz", "/public/a b", "/public/%252e", "/public/%3f", "/public/ä",
	} {
		w := asked(door, "/nginx", "Authorization", own, "X-Original-Method", "GET", "X-Original-Uri", uri)
		refused(t, uri, w, http.StatusForbidden, "ambiguous_request")
	}
	for _, uri := range []string{"/public/x", "/public/a%20b", "/public/%C3%A4", "/public/x~1.2_3-4", "/public/x?page=../.."} {
		w := asked(door, "/nginx", "Authorization", own, "X-Original-Method", "GET", "X-Original-Uri", uri)
		if ambiguous := strings.Contains(w.Body.String(), "ambiguous_request"); ambiguous {
			t.Errorf("%s: got %d %s", uri, w.Code, w.Body)
		}
	}
}

func TestTheBaseOfTheRulesIsAnAddress(t *testing.T) {
	t.Parallel()
	c := gatehousehttp.Config{Logto: "http://logto", Gatehouse: "http://gatehouse", APIKey: "key"}
	for _, wrong := range []string{"", "api.example.com", "https://api.example.com/", "https://api.example.com?x", "/reports"} {
		if _, err := gatehousehttp.NewForwardAuth(c, wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// TestNginx runs the example's configuration with the real nginx.
func TestNginx(t *testing.T) {
	t.Parallel()
	program := os.Getenv("GATEHOUSE_TEST_NGINX")
	if program == "" {
		program = needs.Program(t, "nginx", "install it (apt-get install nginx-light), or set GATEHOUSE_TEST_NGINX to its path")
	}
	h, door := newDoor(t)
	asked := httptest.NewServer(door)
	t.Cleanup(asked.Close)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s as %q of %q", r.Method, r.URL.Path, r.Header.Values("X-Gatehouse-User"), r.Header.Values("X-Gatehouse-Organization"))
	}))
	t.Cleanup(service.Close)
	front := startNginx(t, program, map[string]string{"127.0.0.1:7767": asked.URL, "127.0.0.1:8080": service.URL})

	own, organization := h.Token(api, ""), h.Token(api, theirs)
	for _, test := range []struct {
		name, method, path, token string
		status                    int
		says                      string
	}{
		{"a viewer sees", "GET", "/reports", own, 200, `GET /reports as ["` + ann + `"] of []`},
		{"an owner deletes", "DELETE", "/reports", organization, 200, `as ["` + ann + `"] of ["` + theirs + `"]`},
		{"a viewer does not delete", "DELETE", "/reports", own, 403, ""},
		{"nobody sees", "GET", "/reports", "", 401, ""},
		{"a tampered token", "GET", "/reports", own[:len(own)-8] + "AAAAAAAA", 401, ""},
		{"what no rule is about", "GET", "/admin", own, 403, ""},
		{"a way around", "GET", "/public/../admin", own, 403, ""},
		{"an encoded way around", "GET", "/public/%2e%2e/admin", own, 403, ""},
		{"the door from outside", "GET", "/_gatehouse", own, 404, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, front, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.URL = &url.URL{Scheme: "http", Host: req.URL.Host, Opaque: test.path} // as it stands
		if test.token != "" {
			req.Header.Set("Authorization", "Bearer "+test.token)
		}
		for _, forged := range []string{"X-Gatehouse-User", "X-Gatehouse-Organization", "x_gatehouse_user"} {
			req.Header.Set(forged, "bob")
		}
		for name, value := range map[string]string{"X-Original-Method": "GET", "X-Original-Uri": "/reports", "X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/reports"} {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != test.status || !strings.Contains(string(body), test.says) {
			t.Errorf("%s: got %d %s, want %d %s", test.name, resp.StatusCode, body, test.status, test.says)
		}
		if test.status == 401 && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: no challenge in %v", test.name, resp.Header)
		}
	}
	asked.Close()
	req, _ := http.NewRequest(http.MethodGet, front+"/reports", nil)
	req.Header.Set("Authorization", "Bearer "+own)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode/100 != 5 {
		t.Errorf("without the door: got %v %v, want 5xx", resp, err)
	}
}

// startNginx runs the example's configuration with other addresses, and returns
// that of the front.
func startNginx(t *testing.T, program string, addresses map[string]string) string {
	t.Helper()
	raw, err := os.ReadFile("../examples/gateways/nginx/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := l.Addr().String()
	_ = l.Close()
	dir := t.TempDir()
	config := strings.Replace(string(raw), "127.0.0.1:8000", front, 1)
	for example, address := range addresses {
		config = strings.ReplaceAll(config, example, strings.TrimPrefix(address, "http://"))
	}
	temporary := "http {\n"
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += what + "_temp_path " + filepath.Join(dir, what) + ";\n"
	}
	config = strings.Replace(config, "http {", temporary+"access_log off;", 1)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte("daemon off; master_process off; pid "+filepath.Join(dir, "pid")+";\n"+config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", dir, "-e", "stderr", "-c", file)
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	ticker, deadline := time.NewTicker(10*time.Millisecond), time.After(20*time.Second)
	defer ticker.Stop()
	for {
		if c, err := net.Dial("tcp", front); err == nil {
			_ = c.Close()
			return "http://" + front
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatal("nginx does not listen")
		}
	}
}
