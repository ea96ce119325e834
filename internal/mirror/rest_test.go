package mirror_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
)

// TestAnAccountThatWantsToBeLeftAloneIsSoOverRestarts: after a 429 with Retry-After no
// request comes before, however often the mirror is started anew; one into another account
// does not wait.
func TestAnAccountThatWantsToBeLeftAloneIsSoOverRestarts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limited string
		waits   bool
	}{"the same account": {"one", true}, "another account": {"two", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRun(t, 1, mirror.Wanted{}, 0, 0)
			const rest = 10 * time.Minute
			var mu sync.Mutex
			var told, next time.Time // when it said so, and when the next request came
			to, err := url.Parse(r.proxy.account.URL)
			ok(t, err)
			forward := httputil.NewSingleHostReverseProxy(to)
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case told.IsZero() && req.Method != http.MethodGet:
					told = r.clock.Now()
					w.Header().Set("Retry-After", "600")
					w.WriteHeader(http.StatusTooManyRequests)
					return
				case !told.IsZero() && next.IsZero():
					next = r.clock.Now()
				}
				forward.ServeHTTP(w, req)
			}))
			t.Cleanup(web.Close)
			begin := func(limited string) {
				r.start()
				r.mirror.Limited = limited
				r.mirror.Account = &permitapi.Client{API: web.URL, Key: accountKey, Pace: r.mirror.Pace}
			}
			seen := func() (bool, bool) {
				mu.Lock()
				defer mu.Unlock()
				return !told.IsZero(), !next.IsZero()
			}
			begin("one")
			_, err = r.house.CreateUser(t.Context(), env, actor, "ann", directory.UserInput{})
			ok(t, err)
			for is := false; !is; is, _ = seen() {
				r.step()
			}
			for range 5 { // a restart that does nothing yet
				begin(c.limited)
			}
			for is := false; !is; _, is = seen() {
				r.step()
			}
			if waited := next.Sub(told) >= rest; waited != c.waits {
				t.Errorf("the next request came %s after the account asked for %s", next.Sub(told), rest)
			}
			r.settle()
			if _, there := r.proxy.account.there()["user ann"]; !there {
				t.Error("what waited has not arrived")
			}
		})
	}
}
