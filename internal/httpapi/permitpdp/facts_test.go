package permitpdp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestAWriteThatDecisionsDoNotSeeInTime: the control plane is another process, and
// what it wrote has not come here.
func TestAWriteThatDecisionsDoNotSeeInTime(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	var got []string
	d.api.ControlPlane = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.EscapedPath()+"?"+r.URL.RawQuery)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Gatehouse-Revision", "999")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte("{}"))
	})
	for _, c := range []struct {
		method, path, timeout, policy string
		status                        int
		answer                        string
	}{
		{"PUT", "/facts/users/a%7Cb?x=1&x=2", "0.01", "fail", 424, `{"detail":"Timeout waiting for update to be received"}` + "\n"},
		{"DELETE", "/facts/users/a%7Cb/roles", "0.01", "", 201, "{}"},
		{"POST", "/facts/relationship_tuples", "0", "fail", 201, "{}"},
		{"DELETE", "/facts/relationship_tuples", "0.01", "fail", 201, "{}"},
		{"POST", "/facts/users/a/b/roles", "0.01", "fail", 201, "{}"},
		{"POST", "/facts/bulk/users", "0.01", "fail", 201, "{}"},
	} {
		began := time.Now()
		r := newRequest(t, c.path) // not held against the contract: nobody stands behind the door
		r.Method, r.Body = c.method, io.NopCloser(strings.NewReader("{}"))
		r.Header.Set("X-Wait-Timeout", c.timeout)
		r.Header.Set("X-Timeout-Policy", c.policy)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.answer {
			t.Errorf("%s %s: got %d %s, want %d %s", c.method, c.path, w.Code, w.Body, c.status, c.answer)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s %s took %v", c.method, c.path, took)
		}
	}
	base := "/v2/facts/p/" + string(storetest.Env)
	want := "PUT " + base + "/users/a%7Cb?x=2;DELETE " + base + "/users/a%7Cb/roles?return_deleted=true;"
	if all := strings.Join(got, ";"); !strings.HasPrefix(all, want) {
		t.Errorf("forwarded %s, want %s…", all, want)
	}
}
