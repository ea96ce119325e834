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

// TestOddQueriesAreRefused on every list of facts, with the parameter named.
func TestOddQueriesAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	many := strings.Repeat("&tenant=x", 101)[1:]
	for path, over := range map[string]int{
		"/users": 101, "/tenants": 101, "/tenants/default/users": 101, "/user_invites": 101,
		"/role_assignments": 1001, "/role_assignments/detailed": 1001,
		"/resource_instances": 101, "/resource_instances/detailed": 101, "/relationship_tuples": 101, "/relationship_tuples/detailed": 101,
	} {
		odd := map[string]string{
			"page=0": "page", "page=-1": "page", "page=x": "page", "page=1.5": "page", "per_page=0": "per_page",
			fmt.Sprint("per_page=", over): "per_page", "per_page=10000": "per_page", "search=%FF&tenant=%FF": "", "tenant=%00&search=%00": "",
		}
		if strings.HasPrefix(path, "/role_assignments") {
			odd[many] = "tenant"
		}
		for query, name := range odd {
			res, data := h.do(t, http.MethodGet, facts+path+"?"+query, http.Header{}, "")
			if res.StatusCode != http.StatusUnprocessableEntity || name != "" && !strings.Contains(string(data), `"loc":["query","`+name+`"]`) {
				t.Errorf("%s?%.40s: got %d %s, want 422 about %s", path, query, res.StatusCode, data, name)
			}
		}
		if res, data := h.do(t, http.MethodGet, facts+path+"?page=9223372036854775807", http.Header{}, ""); res.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d %s for a page past the end of everything, want 200", path, res.StatusCode, data)
		}
	}
}

// TestOddBodiesAreRefused on every write of facts, before anything is written.
func TestOddBodiesAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	for call, limit := range map[string]int{
		"POST /users": httpapi.MaxBody, "PUT /users/ann": httpapi.MaxBody, "PATCH /users/ann": httpapi.MaxBody,
		"POST /users/ann/roles": httpapi.MaxBody, "DELETE /users/ann/roles": httpapi.MaxBody,
		"POST /tenants": httpapi.MaxBody, "PATCH /tenants/default": httpapi.MaxBody, "POST /tenants/default/users": httpapi.MaxBody,
		"POST /role_assignments": httpapi.MaxBody, "DELETE /role_assignments": httpapi.MaxBody,
		"POST /resource_instances": httpapi.MaxBody, "PATCH /resource_instances/doc:1": httpapi.MaxBody,
		"POST /relationship_tuples": httpapi.MaxBody, "DELETE /relationship_tuples": httpapi.MaxBody,
		"POST /user_invites": httpapi.MaxBody, "PATCH /user_invites/ann": httpapi.MaxBody, "POST /user_invites/ann/approve": httpapi.MaxBody,
		"POST /bulk/users": 16 << 20, "PUT /bulk/users": 16 << 20, "DELETE /bulk/users": 16 << 20,
		"POST /bulk/tenants": 16 << 20, "DELETE /bulk/tenants": 16 << 20,
		"PUT /bulk/resource_instances": 16 << 20, "DELETE /bulk/resource_instances": 16 << 20,
		"POST /role_assignments/bulk": 16 << 20, "DELETE /role_assignments/bulk": 16 << 20,
		"POST /relationship_tuples/bulk": 16 << 20, "DELETE /relationship_tuples/bulk": 16 << 20,
	} {
		method, path, _ := strings.Cut(call, " ")
		for _, body := range []string{"", "null", "{", "7", "\"\xff\"", `{"key":"a` + "\xff" + `"}`, `{"key":"a\u0000"}`, `{"nonsense":1}`, `{"attributes":` + deep + `}`, `[[]]`} {
			if res, data := h.do(t, method, facts+path, http.Header{}, body); res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s %.40q: got %d %s, want 422", call, body, res.StatusCode, data)
			}
		}
		if res, data := h.do(t, method, facts+path, http.Header{}, `{"key":"`+strings.Repeat("x", limit)+`"}`); res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s of more than %d bytes: got %d %s, want 413", call, limit, res.StatusCode, data)
		}
	}
	long := strings.Repeat("k", 600)
	for call, body := range map[string]string{
		"POST /users": `{"key":"` + long + `"}`, "PUT /users/" + long: `{}`, "POST /tenants": `{"key":"` + long + `","name":""}`,
		"POST /tenants/default/users": `{"key":"` + long + `"}`, "POST /bulk/users": `{"operations":[{"key":"` + long + `"}]}`,
		"POST /bulk/tenants": `{"operations":[{"key":"` + long + `","name":""}]}`,
	} {
		method, path, _ := strings.Cut(call, " ")
		if res, data := h.do(t, method, facts+path, http.Header{}, body); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(data), "longer than 512 bytes") {
			t.Errorf("%.40s: got %d %.200s, want 422 about the length of the key", call, res.StatusCode, data)
		}
	}
	if _, data := h.do(t, http.MethodGet, facts+"/users", http.Header{}, ""); !strings.Contains(string(data), `"total_count":0`) {
		t.Errorf("got %.200s, want no users", data)
	}
}
