package logtosim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

func basic(id, secret string) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth(id, secret)
	return r.Header.Get("Authorization")
}

func TestTokenAnswersAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	for name, auth := range map[string]string{
		"token-m2m-client-credentials-basic":            basic(appID, appSecret),
		"token-m2m-client-credentials-post-body-secret": "",
		"token-m2m-error-bad-grant":                     basic(appID, appSecret),
		"token-m2m-error-unknown-client":                "",
		"token-m2m-error-unknown-resource":              basic(appID, appSecret),
		"token-m2m-error-wrong-secret":                  basic(appID, "wrong"),
		"token-m2m-no-resource":                         basic(appID, appSecret),
		"token-m2m-no-scope":                            basic(appID, appSecret),
	} {
		t.Run(name, func(t *testing.T) {
			r := recorded(t, name)
			w := r.call(s, auth)
			got := decode[struct {
				AccessToken string `json:"access_token"`
			}](t, w.Body.Bytes())
			r.same(t, w, "<access-token>", got.AccessToken)
		})
	}
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1795284180000)
	s := newSim(logtosim.Config{TokenTTL: time.Minute, Now: func() time.Time { return now }})
	auth := token(t, s, "all")
	r := recorded(t, "users-list-no-params-default-page-size")
	now = now.Add(59 * time.Second)
	if w := r.call(s, auth); w.Code != http.StatusOK {
		t.Errorf("after 59 s: got %d, want 200", w.Code)
	}
	now = now.Add(time.Second)
	w := r.call(s, auth)
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"code":"ERR_JWT_EXPIRED"`) {
		t.Errorf("after 60 s: got %d %s, want 401 ERR_JWT_EXPIRED", w.Code, w.Body)
	}
}

// TestTokensOfAnotherSim: a restarted Logto keeps its key; a restarted Sim does
// not, so its clients must ask again.
func TestTokensOfAnotherSim(t *testing.T) {
	t.Parallel()
	r := recorded(t, "users-list-no-params-default-page-size")
	auth := token(t, newSim(logtosim.Config{}), "all")
	if w := r.call(newSim(logtosim.Config{}), auth); w.Code != http.StatusUnauthorized {
		t.Errorf("got %d, want 401", w.Code)
	}
	if w := r.call(newSim(logtosim.Config{}), "Bearer a.b.c"); w.Code != http.StatusUnauthorized {
		t.Errorf("a.b.c: got %d, want 401", w.Code)
	}
}
