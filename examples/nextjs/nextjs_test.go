// Package nextjs_test runs the example as a visitor would: built, started, and met
// with a browser's requests.
package nextjs_test

import (
	"context"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/stage"
	"github.com/gatehouse-authz/gatehouse/internal/needs"
)

// patience is how long the test waits for Next.js to start.
const patience = time.Minute

// TestTheExample builds the application and lets people sign in.
func TestTheExample(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"app", "lib"} { // what go test has seen a test read makes its cached result stale
		if err := filepath.WalkDir(part, func(string, fs.DirEntry, error) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	needs.Packages(t, ".")
	nowhere := "http://127.0.0.1:1"
	build := exec.CommandContext(t.Context(), "node", "node_modules/next/dist/bin/next", "build")
	build.Env = environ(nowhere, nowhere, nowhere, "none")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("next build: %v\n%s", err, out)
	}
	t.Run("page by page", pageByPage)
	t.Run("in a browser", inABrowser)
}

// The registration of the application at Logto.
const (
	appID     = "nextjs000000000000000"
	appSecret = "the-secret"
)

func registration(app string) logtosim.Registration {
	return logtosim.Registration{ID: appID, Secret: appSecret, RedirectURIs: []string{app + "/callback"}, PostLogoutRedirectURIs: []string{app + "/"}}
}

// environ are the settings of the application.
func environ(app, logto, gatehouse, key string) []string {
	return append(os.Environ(), "NEXT_TELEMETRY_DISABLED=1", "NEXT_IGNORE_INCORRECT_LOCKFILE=1", "BASE_URL="+app,
		"LOGTO_ENDPOINT="+logto, "LOGTO_APP_ID="+appID, "LOGTO_APP_SECRET="+appSecret,
		"LOGTO_COOKIE_SECRET=a-secret-of-more-than-thirty-two-characters",
		"PERMIT_API_URL="+gatehouse, "PERMIT_PDP_URL="+gatehouse, "PERMIT_API_KEY="+key)
}

// inABrowser is the story of the demo in Chromium: who signs up is shown the reports or
// told why not, and the dashboard changes it.
func inABrowser(t *testing.T) {
	t.Parallel()
	app := "http://" + free(t)
	running := stage.Demo(t, registration(app))
	start(t, app, environ(app, running.Logto, running.Gatehouse, running.APIKey))
	stage.Visit(t, "nextjs", append(stage.Environ(running), "GATEHOUSE_APP="+app)...)
}

// pageByPage is that who may view reports sees them and no more, by page and by API.
func pageByPage(t *testing.T) {
	t.Parallel()
	s := stage.New(t)
	app := "http://" + free(t)
	s.Sim.Register(registration(app))
	start(t, app, environ(app, s.Logto, s.Gatehouse, s.Key))

	b := newBrowser(t)
	b.wants("the API, nobody", app+"/api/reports", http.StatusUnauthorized, "not_signed_in")
	page, at := b.wants("the reports, nobody", app+"/reports", http.StatusOK, "stand-in for Logto")
	found := regexp.MustCompile(`name="interaction" value="([^"]+)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("%s is no sign-in page of an application", at)
	}
	resp, err := b.client.PostForm(s.Logto+"/people/"+stage.User+"/sign-in", url.Values{"interaction": {found[1]}})
	if page, at = b.read(resp, err); at != app+"/reports" || !strings.Contains(page, "Revenue") {
		t.Fatalf("signing in ends at %s with %s", at, page)
	}
	b.wants("the API", app+"/api/reports", http.StatusOK, `"for":"`+stage.User+`"`)
	if page, _ := b.wants("the page for admins", app+"/admin", http.StatusOK, "You may not"); strings.Contains(page, "Here reports are deleted") {
		t.Error("the page for admins is shown to a viewer")
	}
	s.Post("/v2/schema/default/dev/roles/viewer/permissions", `{"permissions":["reports:delete"]}`)
	b.wants("the page for admins, once allowed", app+"/admin", http.StatusOK, "Here reports are deleted")

	resp, err = b.client.PostForm(app+"/sign-out", nil)
	if page, at = b.read(resp, err); at != app+"/" || !strings.Contains(page, "Sign up or sign in") {
		t.Errorf("signing out ends at %s with %s", at, page)
	}
	b.wants("the API, after signing out", app+"/api/reports", http.StatusUnauthorized, "not_signed_in")
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the application until the test ends.
func start(t *testing.T, app string, environ []string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(strings.TrimPrefix(app, "http://"))
	cmd := exec.Command("node", "node_modules/next/dist/bin/next", "start", "--hostname", host, "--port", port)
	cmd.Env, cmd.Stdout, cmd.Stderr = environ, t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		if c, err := new(net.Dialer).DialContext(ctx, "tcp", host+":"+port); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatal("Next.js does not listen")
		}
	}
}

// A browser keeps cookies and goes where it is led.
type browser struct {
	t      *testing.T
	client http.Client
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: http.Client{Jar: jar, Timeout: patience}}
}

func (b *browser) read(resp *http.Response, err error) (page, at string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(body), resp.Request.URL.String()
}

// wants opens a page that must have the status and say something.
func (b *browser) wants(what, address string, status int, says string) (page, at string) {
	b.t.Helper()
	resp, err := b.client.Get(address)
	page, at = b.read(resp, err)
	if resp.StatusCode != status || !strings.Contains(page, says) {
		b.t.Fatalf("%s: got %d at %s, want %d and %q:\n%s", what, resp.StatusCode, at, status, says, page)
	}
	return page, at
}
