package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/access/openid"
)

// TestPeopleSignInWithLogto where there is one, and are told why not. That they come in
// is TestADashboardVisitThatLooksAtLogto.
func TestPeopleSignInWithLogto(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	a.Sessions = &access.Sessions{Store: s}
	mux := http.NewServeMux()
	a.Mount(mux)
	h := a.SignedIn(mux)
	if w := exchange(t, h, nil, "GET", signInPath, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"logto":null`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	for _, path := range []string{signInPath + "/logto", CallbackPath} {
		if w := exchange(t, h, nil, "GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
	a.Provider = &openid.Provider{Issuer: "http://127.0.0.1:1/oidc", ClientID: "app", Redirect: "http://authz.test" + CallbackPath}
	if w := exchange(t, h, nil, "GET", signInPath, ""); !strings.Contains(w.Body.String(), `"logto":"`+signInPath+`/logto"`) {
		t.Errorf("got %s", w.Body)
	}
	for path, why := range map[string]string{signInPath + "/logto": "unreachable", CallbackPath + "?code=x&state=y": "strange", CallbackPath + "?code=%zz": "strange"} {
		w := exchange(t, h, nil, "GET", path, "")
		if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != DashboardPath+"/sign-in?refused="+why {
			t.Errorf("%s: got %d to %s, want to be told %s", path, w.Code, to, why)
		}
		for _, c := range w.Result().Cookies() {
			if c.Value != "" {
				t.Errorf("%s: got cookie %s", path, c)
			}
		}
	}
}
