package permit_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

const facts = "/v2/facts/acme/dev"

func TestAnOverlongBodyIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	body := `{"key":"ann","attributes":{"a":"` + strings.Repeat("x", httpapi.MaxBody) + `"}}`
	res, data := h.do(t, http.MethodPost, facts+"/users", http.Header{}, body)
	if res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(data), `"error_code":"INVALID_INPUT"`) {
		t.Errorf("got %d %s, want 413", res.StatusCode, data)
	}
}

// TestAsManyAsPermitTakesAndNoMore: over the limit nothing is written, and up to it
// a body may be longer than others.
func TestAsManyAsPermitTakesAndNoMore(t *testing.T) {
	t.Parallel()
	h := open(t)
	users := func(n, padding int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"key":"u%d","first_name":%q}`, i, strings.Repeat("x", padding))
		}
		return `{"operations":[` + strings.Join(list, ",") + `]}`
	}
	if res, data := h.do(t, http.MethodPost, facts+"/bulk/users", http.Header{}, users(3001, 1)); res.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(string(data), `"loc":["body","operations"],"msg":"ensure this value has at most 3000 items"`) {
		t.Errorf("got %d %s, want 422 about operations", res.StatusCode, data)
	}
	res, data := h.do(t, http.MethodPost, facts+"/bulk/users", http.Header{}, users(3000, 1000))
	if res.StatusCode != http.StatusOK || res.Header.Get("X-Gatehouse-Revision") != "2" {
		t.Errorf("got %d %s at revision %s, want 200 and one revision for all", res.StatusCode, data, res.Header.Get("X-Gatehouse-Revision"))
	}
	give := make([]string, 2001)
	for i := range give {
		give[i] = fmt.Sprintf(`{"user":"u%d","role":"viewer","tenant":"default"}`, i)
	}
	if res, data := h.do(t, http.MethodPost, facts+"/role_assignments/bulk", http.Header{}, "["+strings.Join(give, ",")+"]"); res.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(string(data), `"loc":["body"],"msg":"ensure this value has at most 2000 items"`) {
		t.Errorf("got %d %s, want 422", res.StatusCode, data)
	}
}

func TestAFailureOfOursIsA500WithoutDetails(t *testing.T) {
	t.Parallel()
	h := open(t)
	if res, _ := h.do(t, http.MethodGet, facts+"/users", http.Header{}, ""); res.StatusCode != http.StatusOK {
		t.Fatalf("got %d, want 200", res.StatusCode)
	}
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("ab", 16)
	res, data := h.do(t, http.MethodGet, facts+"/users", http.Header{"X-Request-Id": {id}}, "")
	if res.StatusCode != http.StatusInternalServerError || strings.Contains(string(data), "sql") || !strings.Contains(string(data), id) {
		t.Errorf("got %d %s, want a plain 500 with the request's id", res.StatusCode, data)
	}
	if res.Header.Get("X-Request-ID") != id || !strings.Contains(h.log.String(), id) || !strings.Contains(h.log.String(), "sql") {
		t.Errorf("got log %q and header %v, want the cause under the request's id", h.log, res.Header)
	}
}

// TestOneOfManyCreatesWins: the rest are told that the key is taken.
func TestOneOfManyCreatesWins(t *testing.T) {
	t.Parallel()
	h := open(t)
	const callers = 8
	statuses := make(chan int, callers)
	var wait sync.WaitGroup
	for range callers {
		wait.Go(func() {
			res, _ := h.do(t, http.MethodPost, facts+"/users", http.Header{}, `{"key":"ann"}`)
			statuses <- res.StatusCode
		})
	}
	wait.Wait()
	close(statuses)
	got := map[int]int{}
	for s := range statuses {
		got[s]++
	}
	if got[http.StatusOK] != 1 || got[http.StatusConflict] != callers-1 {
		t.Errorf("got %v, want one 200 and %d times 409", got, callers-1)
	}
}

func TestAKeyMayLookLikeAnID(t *testing.T) {
	t.Parallel()
	h := open(t)
	key := strings.Repeat("c", 32)
	if res, data := h.do(t, http.MethodPost, facts+"/users", http.Header{}, `{"key":"`+key+`"}`); res.StatusCode != http.StatusOK {
		t.Fatalf("got %d %s", res.StatusCode, data)
	}
	_, data := h.do(t, http.MethodGet, facts+"/users/"+key, http.Header{}, "")
	user, ok := decoded(t, data).(map[string]any)
	if !ok || user["key"] != key || user["id"] == key {
		t.Errorf("got %s, want the user of that key", data)
	}
}

// TestKeysOfDotsAndSlashesStayKeys: they are allowed in a key of a user, or look
// like a path to a router, and must reach the door as they were sent.
func TestKeysOfDotsAndSlashesStayKeys(t *testing.T) {
	t.Parallel()
	h := open(t)
	for path, want := range map[string]int{"/users/a..b": 201, "/users/...": 201, "/users/%2F%2F": 422, "/users/a%2F..%2Fb": 422} {
		res, data := h.do(t, http.MethodPut, facts+path, http.Header{}, "{}")
		if res.StatusCode != want {
			t.Errorf("%s: got %d %s, want %d", path, res.StatusCode, data, want)
		}
	}
}
