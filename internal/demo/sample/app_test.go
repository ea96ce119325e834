package sample_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/sample"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// answering is an application whose Gatehouse gives one answer to everything.
func answering(t *testing.T, status int, body string) *sample.App {
	t.Helper()
	gatehouse := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(gatehouse.Close)
	return newApp(gatehouse.URL)
}

func newApp(gatehouse string) *sample.App {
	return sample.New(sample.Config{
		Gatehouse: gatehouse, APIKey: "key", SignIn: "http://sign-in.example",
		People: func() []sample.Person { return []sample.Person{{ID: "ann", Name: "<b>Ann</b>"}} },
		Client: &http.Client{Timeout: 100 * time.Millisecond},
	})
}

// open opens a page as a user; empty is nobody.
func open(a http.Handler, user, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if user != "" {
		r.AddCookie(&http.Cookie{Name: "reports_inc", Value: user})
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
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
	w := open(newApp(gatehouse.URL), "ann", "/reports")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Revenue") {
		t.Errorf("got %d %s, want the reports", w.Code, w.Body)
	}
	for _, action := range []string{"view", "edit", "delete"} {
		want := `POST /allowed Bearer key {"user":{"key":"ann"},"action":"` + action + `","resource":{"type":"reports","tenant":"default"}}`
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
		w := open(answering(t, http.StatusOK, no(code)), "ann", "/reports?looked=5")
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
	for name, app := range map[string]*sample.App{
		"error":       answering(t, http.StatusInternalServerError, `{"allow":true}`),
		"no content":  answering(t, http.StatusNoContent, ""),
		"not JSON":    answering(t, http.StatusOK, "allow"),
		"not a claim": answering(t, http.StatusOK, `{"allow":"true"}`),
		"broken off":  answering(t, http.StatusOK, `{"allow":true`),
		"slow":        newApp(slow.URL),
		"gone":        newApp(gone.URL),
	} {
		w := open(app, "ann", "/reports")
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
	app := answering(t, http.StatusOK, no(engine.NotSynced))
	target := "/reports"
	for n := range 5 {
		w := open(app, "ann", target)
		var ok bool
		if _, target, ok = strings.Cut(w.Header().Get("Refresh"), "url="); !ok || !strings.Contains(w.Body.String(), "looks again by itself") {
			t.Fatalf("the page does not look again the %d. time: %v", n+1, w.Header())
		}
	}
	for user, target := range map[string]string{"ann": target, "nobody": "/reports"} {
		w := open(app, user, target)
		if h := w.Header().Get("Refresh"); h != "" || !strings.Contains(w.Body.String(), "You may not see the reports") {
			t.Errorf("%s: the page at %s looks again: %s", user, target, h)
		}
	}
}

func TestWhoIsThere(t *testing.T) {
	t.Parallel()
	app := answering(t, http.StatusOK, no(engine.NoRoles))
	for _, test := range []struct {
		name, user, target string
		status             int
		leads              string
	}{
		{"nobody is asked who they are", "", "/reports", http.StatusSeeOther, "/"},
		{"nobody chooses", "", "/", http.StatusOK, ""},
		{"somebody arrives", "", "/?user=ann", http.StatusSeeOther, "/reports"},
		{"somebody else arrives", "ann", "/reports?user=bob", http.StatusSeeOther, "/reports"},
		{"an endless id is nobody", "", "/?user=" + strings.Repeat("x", 129), http.StatusOK, ""},
		{"a broken cookie is nobody", "%zz", "/reports", http.StatusSeeOther, "/"},
		{"there is no other page", "ann", "/other", http.StatusNotFound, ""},
	} {
		w := open(app, test.user, test.target)
		if w.Code != test.status || w.Header().Get("Location") != test.leads {
			t.Errorf("%s: got %d to %q, want %d to %q", test.name, w.Code, w.Header().Get("Location"), test.status, test.leads)
		}
	}
	arrived := open(app, "", "/?user=a%3Bb").Result().Cookies()[0]
	if arrived.Value != "a%3Bb" || !arrived.HttpOnly || arrived.SameSite != http.SameSiteLaxMode {
		t.Errorf("the session is %+v", arrived)
	}
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	app := newApp("http://127.0.0.1:1")
	for site, want := range map[string]int{"same-origin": http.StatusSeeOther, "cross-site": http.StatusForbidden} {
		r := httptest.NewRequest(http.MethodPost, "/leave", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if w.Code != want || (want == http.StatusSeeOther) != (len(w.Result().Cookies()) == 1 && w.Result().Cookies()[0].MaxAge < 0) {
			t.Errorf("%s: got %d %v, want %d", site, w.Code, w.Result().Cookies(), want)
		}
	}
}
