package logtosim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// submit sends a form of the page; headers are pairs.
func submit(s http.Handler, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, address+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// follow opens the page that an answer leads to.
func follow(t *testing.T, s http.Handler, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code != http.StatusSeeOther {
		t.Fatalf("got %d %s, want 303", w.Code, w.Body)
	}
	page := httptest.NewRecorder()
	s.ServeHTTP(page, httptest.NewRequest(http.MethodGet, w.Header().Get("Location"), nil))
	if page.Code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", page.Code, page.Body)
	}
	return page.Body.String()
}

// TestAPersonOnThePage signs up, signs in, is renamed, suspended, let in again
// and deleted, and every step tells Gatehouse.
func TestAPersonOnThePage(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusNoContent)
	s := newSim(logtosim.Config{WebhookURL: rc.URL, AppURL: "http://localhost:9000/start?x=1"})
	page := follow(t, s, submit(s, "/people", url.Values{"name": {"<b>Ann</b>"}, "username": {"ann"}, "email": {"ann@example.org"}}))
	ann := s.Users()[0]
	for _, want := range []string{
		"Signed up: &lt;b&gt;Ann&lt;/b&gt;", "@ann", "ann@example.org", "PostRegister", "204 No Content",
		`href="http://localhost:9000/start?x=1">Continue`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("after sign-up: no %s on the page", want)
		}
	}
	if strings.Contains(page, "<b>Ann") {
		t.Error("the name is not escaped")
	}
	for _, step := range []struct {
		path, field, value, want string
	}{
		{"/sign-in", "", "", "Signed in: "},
		{"/name", "name", "Anna", "Renamed: Anna"},
		{"/suspend", "suspended", "true", "Suspended: Anna"},
		{"/suspend", "suspended", "false", "Active again: Anna"},
		{"/name", "name", "", "Renamed: ann"},
		{"/delete", "", "", "The person is deleted."},
	} {
		page := follow(t, s, submit(s, "/people/"+ann.ID+step.path, url.Values{step.field: {step.value}}))
		if !strings.Contains(page, step.want) {
			t.Errorf("%s: no %q on the page", step.path, step.want)
		}
	}
	if n := len(rc.all(t, s)); n != 8 {
		t.Errorf("got %d deliveries, want 8", n)
	}
}

func TestThePageSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	s.Import(logtosim.User{ID: "ann", Username: new("ann"), PrimaryEmail: new("ann@example.org"), IsSuspended: true})
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		want   string
	}{
		{"/people", url.Values{"username": {"Ann"}}, 422, "This username is taken."},
		{"/people", url.Values{"email": {"ANN@example.org"}}, 422, "signed up with this e-mail address already"},
		{"/people", url.Values{"email": {"nope"}}, 400, "This is not an e-mail address."},
		{"/people", url.Values{"username": {"1 2"}}, 400, "A username has only letters"},
		{"/people", url.Values{"name": {"No Identifier"}}, 422, `value="No Identifier"`},
		{"/people/ann/sign-in", nil, 401, "This person is suspended and cannot sign in."},
		{"/people/nope/delete", nil, 404, "This person is gone."},
	} {
		w := submit(s, c.path, c.form)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %v: got %d, want %d and %q on the page", c.path, c.form, w.Code, c.status, c.want)
		}
	}
	if n := len(s.Users()); n != 1 {
		t.Errorf("got %d people, want 1", n)
	}
}

// TestFormsOfOtherSites: another site's form changes nothing.
func TestFormsOfOtherSites(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	s.Import(logtosim.User{ID: "ann"})
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "", "Origin", "http://evil.example"},
		{"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		if w := submit(s, "/people/ann/delete", nil, headers...); w.Code != http.StatusForbidden {
			t.Errorf("%v: got %d, want 403", headers, w.Code)
		}
	}
	if w := submit(s, "/people/ann/delete", nil, "Sec-Fetch-Site", "", "Origin", address); w.Code != http.StatusSeeOther {
		t.Errorf("own origin: got %d, want 303", w.Code)
	}
}
