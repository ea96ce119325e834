package demo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
)

// patience is how long a test waits for what takes milliseconds.
const patience = 20 * time.Second

// start runs a demo and returns it, what it has printed, and how to stop it.
func start(t *testing.T, c demo.Config) (running demo.Running, printed func() string, stop func()) {
	t.Helper()
	var out said
	ready, ended := make(chan demo.Running, 1), make(chan error, 1)
	c.Out, c.Log, c.Ready = &out, slog.New(slog.NewTextHandler(t.Output(), nil)), func(r demo.Running) { ready <- r }
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- demo.Run(ctx, c) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	}
	select {
	case running = <-ready:
	case err := <-ended:
		cancel()
		t.Fatalf("the demo ended with %v before it ran", err)
	}
	t.Cleanup(stop)
	return running, out.String, stop
}

// said is what a demo has printed so far.
type said struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// anywhere has free ports only.
var anywhere = demo.Config{Listen: "127.0.0.1:0", LogtoListen: "127.0.0.1:0", AppListen: "127.0.0.1:0"}

// A visitor is a browser.
type visitor struct {
	t *testing.T
	demo.Running
	client http.Client
}

func newVisitor(t *testing.T, r demo.Running) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, Running: r, client: http.Client{Jar: jar, Timeout: patience}}
}

// open opens a page and returns its status, text and where it is.
func (v *visitor) open(address string) (status int, page string, at *url.URL) {
	v.t.Helper()
	resp, err := v.client.Get(address)
	return v.read(resp, err)
}

// submit submits a form of the stand-in's page.
func (v *visitor) submit(path string, form url.Values) (page string, at *url.URL) {
	v.t.Helper()
	status, page, at := v.read(v.client.PostForm(v.Logto+path, form))
	if status != http.StatusOK {
		v.t.Fatalf("%s: got %d %s, want 200", path, status, page)
	}
	return page, at
}

func (v *visitor) read(resp *http.Response, err error) (status int, page string, at *url.URL) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Request.URL
}

var interaction = regexp.MustCompile(`name="interaction" value="([^"]+)"`)

// arrive opens the application, is led to Logto, does there what act does, and
// is led back to the reports.
func (v *visitor) arrive(path string, form url.Values) (page string) {
	v.t.Helper()
	_, page, at := v.open(v.App + "/reports")
	found := interaction.FindStringSubmatch(page)
	if found == nil || !strings.HasPrefix(at.String(), v.Logto+"/sign-in?") {
		v.t.Fatalf("whoever has not signed in is led to %s:\n%s", at, page)
	}
	form.Set("interaction", found[1])
	resp, err := v.client.PostForm(v.Logto+path, form)
	if _, page, at = v.read(resp, err); at.String() != v.App+"/reports" {
		v.t.Fatalf("signing in leads to %s:\n%s", at, page)
	}
	return page
}

// signUp signs somebody up and returns the user's id.
func (v *visitor) signUp(username string) (id string) {
	v.t.Helper()
	page := v.arrive("/people", url.Values{"username": {username}, "name": {"Ines Carvalho"}})
	_, id, _ = strings.Cut(page, "<strong>Ines Carvalho</strong><code>")
	id, _, _ = strings.Cut(id, "<")
	if id == "" {
		v.t.Fatalf("the page does not say who is there:\n%s", page)
	}
	return id
}

// until opens the reports until the page has the status, and returns it.
func (v *visitor) until(status int) string {
	v.t.Helper()
	ticker, deadline := time.NewTicker(10*time.Millisecond), time.After(patience)
	defer ticker.Stop()
	for {
		got, page, _ := v.open(v.App + "/reports")
		if got == status {
			return page
		}
		select {
		case <-ticker.C:
		case <-deadline:
			v.t.Fatalf("the reports still answer %d, want %d:\n%s", got, status, page)
		}
	}
}

func wantText(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("no %q in:\n%s", w, page)
		}
	}
}

// tells waits until the terminal has told something.
func tells(t *testing.T, printed func() string, what string) {
	t.Helper()
	ticker, deadline := time.NewTicker(10*time.Millisecond), time.After(patience)
	defer ticker.Stop()
	for !strings.Contains(printed(), what) {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("no %q in:\n%s", what, printed())
		}
	}
}

// TestWhoeverSignsUpSeesTheReports is the demo: sign up, see, be suspended, see
// nothing, be let in again, be deleted; and the terminal tells it.
func TestWhoeverSignsUpSeesTheReports(t *testing.T) {
	t.Parallel()
	running, printed, stop := start(t, anywhere)
	v := newVisitor(t, running)
	id := v.signUp("ines")
	page := v.until(http.StatusOK)
	wantText(t, page, "Revenue", "Ines Carvalho", "by viewer", "✓ allowed", "✕ denied")

	v.submit("/people/"+id+"/suspend", url.Values{"suspended": {"true"}})
	page = v.until(http.StatusForbidden)
	wantText(t, page, "suspended", "user_suspended", "Lift the suspension")
	if strings.Contains(page, "Revenue") || strings.Contains(page, "✓ allowed") {
		t.Errorf("a suspended person is shown the reports:\n%s", page)
	}

	v.submit("/people/"+id+"/suspend", url.Values{"suspended": {"false"}})
	v.until(http.StatusOK)

	v.submit("/people/"+id+"/delete", nil)
	v.until(http.StatusForbidden)
	_, page, _ = v.open(v.App + "/reports?looked=5") // it does not look again
	wantText(t, page, "user_not_synced", "has been deleted")

	tells(t, printed, `role "viewer" is taken from "`+id+`" by "logto"`)
	stop()
	wantText(t, printed(), `role "viewer" is given to "`+id+`" by "logto"  `+running.Dashboard+"users/"+id,
		`webhook PostRegister about "`+id+`": Gatehouse answers 202`, `"Ines Carvalho" has signed in`,
		`"Ines Carvalho" is shown the reports`, `"Ines Carvalho" is refused: "`, "webhook User.SuspensionStatus.Updated")
	if _, err := os.Stat(running.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory of the demo is still there: %v", err)
	}
	for _, address := range []string{running.Gatehouse, running.Logto, running.App} {
		if resp, err := http.Get(address + "/"); err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s still answers", address)
		}
	}
}

// TestSomebodyIsThereAlready: who signed up before the visitor came has what the
// story says, and one person follows another in the same browser.
func TestSomebodyIsThereAlready(t *testing.T) {
	t.Parallel()
	running, printed, _ := start(t, anywhere)
	wantText(t, printed(), running.App, running.Logto, running.Gatehouse, running.Dir,
		"PERMIT_API_URL="+running.Gatehouse, "PERMIT_PDP_URL="+running.Gatehouse, "PERMIT_API_KEY="+running.APIKey,
		"Mira Okafor is admin, Jonas Lind is viewer.")
	if strings.Contains(printed(), "Note:") {
		t.Errorf("something was given another address:\n%s", printed())
	}
	v := newVisitor(t, running)
	_, people, _ := v.open(v.Logto)
	for name, allowed := range map[string]int{"Mira Okafor": 3, "Jonas Lind": 1} {
		_, path, _ := strings.Cut(people, "<strong>"+name)
		_, path, _ = strings.Cut(path, `action="`)
		path, _, _ = strings.Cut(path, `"`)
		reports := v.arrive(path, url.Values{})
		if got := strings.Count(reports, "✓ allowed"); got != allowed || !strings.Contains(reports, name) {
			t.Errorf("%s may do %d things, want %d", name, got, allowed)
		}
		status, page, at := v.read(v.client.PostForm(v.App+"/leave", nil))
		if status != http.StatusOK || at.String() != v.App+"/" || strings.Contains(page, name) {
			t.Errorf("signing out leads %s to %s with %d", name, at, status)
		}
	}
}

// TestTheWayByLogtosOwnPage: whoever signs up there first is led to the
// application and need not sign in again.
func TestTheWayByLogtosOwnPage(t *testing.T) {
	t.Parallel()
	running, _, _ := start(t, anywhere)
	v := newVisitor(t, running)
	page, _ := v.submit("/people", url.Values{"username": {"ines"}, "name": {"Ines Carvalho"}})
	wantText(t, page, `href="`+v.App+`/sign-in"`)
	if _, _, at := v.open(v.App + "/sign-in"); at.String() != v.App+"/reports" {
		t.Errorf("the way from Logto's page ends at %s", at)
	}
	wantText(t, v.until(http.StatusOK), "Ines Carvalho", "Revenue")
}

// TestTheDemoSweeps: it proves that it is equal again and again, and says so.
func TestTheDemoSweeps(t *testing.T) {
	t.Parallel()
	running, printed, _ := start(t, anywhere)
	wantText(t, printed(), "every 5 s", "/logto/proof")
	p, err := simtest.Gatehouse{URL: running.Gatehouse, Key: running.APIKey}.AwaitEqual(t.Context(), time.Now(), patience)
	if err != nil || p.Verdict != "equal" {
		t.Errorf("got %+v (%v), want it equal by a sweep that began after the start", p, err)
	}
}

// TestATakenPortIsExchanged takes the usual ports, or finds them taken.
func TestATakenPortIsExchanged(t *testing.T) {
	t.Parallel()
	for _, usual := range []string{"127.0.0.1:7766", "127.0.0.1:3001", "127.0.0.1:3000"} {
		if l, err := net.Listen("tcp", usual); err == nil {
			t.Cleanup(func() { _ = l.Close() })
		}
	}
	running, printed, _ := start(t, demo.Config{})
	wantText(t, printed(), "127.0.0.1:7766 is taken", "127.0.0.1:3001 is taken", "127.0.0.1:3000 is taken")
	v := newVisitor(t, running)
	v.signUp("ines")
	v.until(http.StatusOK)
}

// TestAnAddressThatIsGivenIsNotExchanged, and nothing is left behind by the error.
func TestAnAddressThatIsGivenIsNotExchanged(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary) // where the demo makes its directory
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	for name, change := range map[string]func(*demo.Config){
		"gatehouse": func(c *demo.Config) { c.Listen = taken.Addr().String() },
		"logto":     func(c *demo.Config) { c.LogtoListen = taken.Addr().String() },
		"app":       func(c *demo.Config) { c.AppListen = taken.Addr().String() },
	} {
		c := anywhere
		c.Out, c.Log = io.Discard, slog.New(slog.DiscardHandler)
		change(&c)
		if err := demo.Run(t.Context(), c); err == nil {
			t.Errorf("%s: no error, though its address is taken", name)
		}
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left behind (%v)", left, err)
	}
}

// TestADemoStoppedWhileItStartsLeavesNothing: Ctrl-C may come at any moment.
func TestADemoStoppedWhileItStartsLeavesNothing(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		c := anywhere
		c.Out, c.Log = io.Discard, slog.New(slog.DiscardHandler)
		if err := demo.Run(ctx, c); err != nil {
			t.Errorf("stopped after %v: %v", after, err)
		}
		cancel()
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left behind (%v)", left, err)
	}
}
