package sample_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/sample"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// answering is an application whose Gatehouse gives one answer to everything.
func answering(t *testing.T, status int, body string) *stage {
	t.Helper()
	gatehouse := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(gatehouse.Close)
	return newStage(t, gatehouse.URL)
}

// A stage is the application with a stand-in for Logto, in which Ann has an
// account.
type stage struct {
	t        *testing.T
	app      *sample.App
	logto    *httptest.Server
	browser  *http.Client // follows nobody
	mu       sync.Mutex
	happened []sample.Event
}

const (
	home = "http://reports.example" // of the application
	ann  = "ann000000000"
)

func newStage(t *testing.T, gatehouse string) *stage {
	t.Helper()
	sim := logtosim.New(logtosim.Config{})
	sim.Import(logtosim.User{ID: ann, Username: new("ann"), Name: new("<b>Ann</b>")})
	sim.Register(logtosim.Registration{
		ID: "reports", Secret: "the-secret", RedirectURIs: []string{home + "/callback"}, PostLogoutRedirectURIs: []string{home + "/"},
	})
	s := &stage{t: t, logto: httptest.NewServer(sim)}
	t.Cleanup(s.logto.Close)
	s.browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.app = sample.New(sample.Config{
		Address: home, Logto: s.logto.URL, AppID: "reports", AppSecret: "the-secret", Gatehouse: gatehouse, APIKey: "key",
		Client: &http.Client{Timeout: 100 * time.Millisecond},
		Happened: func(e sample.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.happened = append(s.happened, e)
		},
	})
	return s
}

// open opens a page of the application with the cookies of a browser.
func (s *stage) open(target string, cookies []*http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Host = strings.TrimPrefix(home, "http://")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	return w
}

// returning is where Logto sends Ann, and the cookies of the browser until then.
func (s *stage) returning() (target string, cookies []*http.Cookie) {
	s.t.Helper()
	w := s.open("/sign-in", nil)
	cookies = w.Result().Cookies()
	to := s.led(s.browser.Get(w.Header().Get("Location")))
	id := to.Query().Get("interaction")
	resp, err := s.browser.PostForm(s.logto.URL+"/people/"+ann+"/sign-in", url.Values{"interaction": {id}})
	session := resp.Cookies()
	to = s.led(resp, err)
	req, err := http.NewRequest(http.MethodGet, to.String(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range session {
		req.AddCookie(c)
	}
	back := s.led(s.browser.Do(req))
	target, ours := strings.CutPrefix(back.String(), home)
	if !ours {
		s.t.Fatalf("Logto leads to %s", back)
	}
	return target, cookies
}

// led is where an answer leads to.
func (s *stage) led(resp *http.Response, err error) *url.URL {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		s.t.Fatalf("%s: %v", resp.Status, err)
	}
	return to
}

// signedIn are the cookies of a browser with which Ann has signed in.
func (s *stage) signedIn() []*http.Cookie {
	s.t.Helper()
	target, cookies := s.returning()
	w := s.open(target, cookies)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/reports" {
		s.t.Fatalf("signing in ends with %d at %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return w.Result().Cookies()
}

// reports opens the reports as Ann.
func (s *stage) reports() *httptest.ResponseRecorder {
	s.t.Helper()
	return s.open("/reports", s.signedIn())
}

func no(code engine.Reason) string {
	return fmt.Sprintf(`{"allow":false,"result":false,"debug":{"rbac":{"allow":false,"code":%q,"reason":"<i>so it is</i>"}}}`, code)
}

// TestTheQuestion is what an application in any language asks.
func TestTheQuestion(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 3)
	gatehouse := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + " " + string(body)
		_, _ = io.WriteString(w, `{"allow":true,"result":true}`)
	}))
	t.Cleanup(gatehouse.Close)
	w := newStage(t, gatehouse.URL).reports()
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Revenue") {
		t.Errorf("got %d %s, want the reports", w.Code, w.Body)
	}
	for _, action := range []string{"view", "edit", "delete"} {
		want := `POST /allowed Bearer key {"user":{"key":"` + ann + `"},"action":"` + action + `","resource":{"type":"reports","tenant":"default"}}`
		if got := <-asked; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if strings.Contains(w.Body.String(), "<b>Ann") {
		t.Error("the name is not escaped")
	}
}

// TestEveryReasonHasWords walks the codes of the engine.
func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	for _, code := range []engine.Reason{
		engine.Suspended, engine.NoSuchResource, engine.NoSuchAction, engine.NoSuchTenant, engine.NotSynced,
		engine.NoRoles, engine.NoRoleInTenant, engine.NoPermission, "a_code_nobody_knows",
	} {
		s := answering(t, http.StatusOK, no(code))
		w := s.open("/reports?looked=5", s.signedIn())
		page := w.Body.String()
		if w.Code != http.StatusForbidden || strings.Contains(page, "Revenue") {
			t.Errorf("%s: got %d, want 403 without reports", code, w.Code)
		}
		general := strings.Contains(page, "Gatehouse says no: &lt;i&gt;so it is")
		if known := code != "a_code_nobody_knows"; general == known || !strings.Contains(page, string(code)) || !strings.Contains(page, "What would change it?") {
			t.Errorf("%s is not put into words:\n%s", code, page)
		}
	}
}

// TestNoClearYesIsANo: the page fails closed and says so.
func TestNoClearYesIsANo(t *testing.T) {
	t.Parallel()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the asker has gone
		<-r.Context().Done()
	}))
	t.Cleanup(slow.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, s := range map[string]*stage{
		"error":       answering(t, http.StatusInternalServerError, `{"allow":true}`),
		"no content":  answering(t, http.StatusNoContent, ""),
		"not JSON":    answering(t, http.StatusOK, "allow"),
		"not a claim": answering(t, http.StatusOK, `{"allow":"true"}`),
		"broken off":  answering(t, http.StatusOK, `{"allow":true`),
		"slow":        newStage(t, slow.URL),
		"gone":        newStage(t, gone.URL),
	} {
		w := s.reports()
		page := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || strings.Contains(page, "Revenue") || strings.Contains(page, "✓ allowed") {
			t.Errorf("%s: got %d, want 503 without reports:\n%s", name, w.Code, page)
		}
		if !strings.Contains(page, "Gatehouse gives no answer") || !strings.Contains(page, "no_answer") {
			t.Errorf("%s: the page does not say that there is no answer:\n%s", name, page)
		}
	}
}

// TestThePageLooksAgainFiveTimes while somebody who has signed up is unknown.
func TestThePageLooksAgainFiveTimes(t *testing.T) {
	t.Parallel()
	s := answering(t, http.StatusOK, no(engine.NotSynced))
	cookies, target := s.signedIn(), "/reports"
	for n := range 5 {
		w := s.open(target, cookies)
		var ok bool
		if _, target, ok = strings.Cut(w.Header().Get("Refresh"), "url="); !ok || !strings.Contains(w.Body.String(), "looks again by itself") {
			t.Fatalf("the page does not look again the %d. time: %v", n+1, w.Header())
		}
	}
	w := s.open(target, cookies)
	if h := w.Header().Get("Refresh"); h != "" || !strings.Contains(w.Body.String(), "You may not see the reports") {
		t.Errorf("the page at %s looks again: %s", target, h)
	}
}

func TestWhoIsThere(t *testing.T) {
	t.Parallel()
	s := answering(t, http.StatusOK, `{"allow":true}`)
	made := []*http.Cookie{{Name: "reports_inc", Value: ann}}
	for _, test := range []struct {
		name, target string
		cookies      []*http.Cookie
		status       int
		leads        string
	}{
		{"nobody is led to the sign-in", "/reports", nil, http.StatusSeeOther, "/sign-in"},
		{"a made-up session is nobody", "/reports", made, http.StatusSeeOther, "/sign-in"},
		{"a name in the address is nobody", "/reports?user=" + ann, nil, http.StatusSeeOther, "/sign-in"},
		{"nobody is welcome", "/", nil, http.StatusOK, ""},
		{"nobody has come back", "/callback?code=x&state=y", nil, http.StatusSeeOther, "/sign-in"},
		{"there is no other page", "/other", nil, http.StatusNotFound, ""},
	} {
		w := s.open(test.target, test.cookies)
		if w.Code != test.status || w.Header().Get("Location") != test.leads {
			t.Errorf("%s: got %d to %q, want %d to %q", test.name, w.Code, w.Header().Get("Location"), test.status, test.leads)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://localhost:3000/sign-in", nil)
	w := httptest.NewRecorder()
	if s.app.ServeHTTP(w, r); w.Header().Get("Location") != home+"/sign-in" {
		t.Errorf("another name of the machine leads to %q, where the cookie would be lost", w.Header().Get("Location"))
	}
}

// TestOnlyTheWayBackThatWasBegunIsTaken: by the browser that began it, once.
func TestOnlyTheWayBackThatWasBegunIsTaken(t *testing.T) {
	t.Parallel()
	s := answering(t, http.StatusOK, `{"allow":true}`)
	target, cookies := s.returning()
	other := s.open("/sign-in", nil).Result().Cookies()
	for name, w := range map[string]*httptest.ResponseRecorder{
		"another browser": s.open(target, other),
		"another state":   s.open(strings.Replace(target, "state=", "state=x", 1), cookies),
		"an error":        s.open("/callback?error=access_denied&error_description=no", cookies),
	} {
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "The sign-in failed") {
			t.Errorf("%s: got %d to %q, want 400", name, w.Code, w.Header().Get("Location"))
		}
	}
	w := s.open(target, cookies)
	arrived := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(arrived) != 1 || arrived[0].Value == cookies[0].Value || !arrived[0].HttpOnly || arrived[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("got %d and the session %v after %v, want a session of its own", w.Code, arrived, cookies)
	}
	if w := s.open("/reports", cookies); w.Code != http.StatusSeeOther {
		t.Errorf("the session from before the sign-in is worth %d", w.Code)
	}
	if w := s.open(target, arrived); w.Code != http.StatusBadRequest {
		t.Errorf("the way back a second time: got %d, want 400", w.Code)
	}
}

func TestALogtoThatIsGoneIsSaid(t *testing.T) {
	t.Parallel()
	s := answering(t, http.StatusOK, `{"allow":true}`)
	s.logto.Close()
	if w := s.open("/sign-in", nil); w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "The sign-in failed") {
		t.Errorf("got %d %s, want 502", w.Code, w.Body)
	}
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	s := answering(t, http.StatusOK, `{"allow":true}`)
	cookies := s.signedIn()
	leave := func(site string, cookies []*http.Cookie) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, home+"/leave", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		s.app.ServeHTTP(w, r)
		return w
	}
	if w := leave("cross-site", cookies); w.Code != http.StatusForbidden {
		t.Errorf("another site signs people out: %d", w.Code)
	}
	if w := leave("same-origin", nil); w.Header().Get("Location") != "/" {
		t.Errorf("nobody is led to %q", w.Header().Get("Location"))
	}
	w := leave("same-origin", cookies)
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || to.Path != "/oidc/session/end" || to.Query().Get("post_logout_redirect_uri") != home+"/" || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("signing out leads to %s with %v", to, w.Result().Cookies())
	}
	if w := s.open("/reports", cookies); w.Code != http.StatusSeeOther {
		t.Errorf("after signing out the session is worth %d", w.Code)
	}
	var kinds []sample.EventKind
	for _, e := range s.happened {
		kinds = append(kinds, e.Kind)
	}
	if want := []sample.EventKind{sample.SignedIn, sample.SignedOut}; !slices.Equal(kinds, want) {
		t.Errorf("told of %v, want %v", kinds, want)
	}
}
