package permit_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// TestWhatNeedsAdminToReadNeedsItInTheHistoryToo: a key that reads sees that an API key
// was made, and not what was said of it.
func TestWhatNeedsAdminToReadNeedsItInTheHistoryToo(t *testing.T) {
	t.Parallel()
	h := open(t)
	as := func(secret string) http.Header { return http.Header{"Authorization": {"Bearer " + secret}} }
	org := as(h.secrets["org"])
	var made, home struct {
		OrganizationID string `json:"organization_id"`
		Secret         string
	}
	h.answer(t, http.MethodGet, "/v2/api-key/scope", org, "", &home)
	h.answer(t, http.MethodPost, "/v2/api-key", org, `{"organization_id": "`+home.OrganizationID+`", "object_type": "org", "access_level": "read", "name": "reader"}`, &made)
	h.answer(t, http.MethodPost, "/v2/facts/acme/dev/users", org, `{"key": "ann"}`, nil)
	var page struct{ Data []struct{ ID, Path string } }
	h.answer(t, http.MethodGet, "/v2/history", as(made.Secret), "", &page)
	if len(page.Data) != 2 {
		t.Fatalf("got %v, want two requests", page.Data)
	}
	for i, want := range []int{http.StatusOK, http.StatusForbidden} {
		for _, part := range []string{"", "/request", "/response"} {
			path := "/v2/history/" + page.Data[i].ID + part
			if res, body := h.do(t, http.MethodGet, path, as(made.Secret), ""); res.StatusCode != want {
				t.Errorf("%s of %s: got %d %s, want %d", part, page.Data[i].Path, res.StatusCode, body, want)
			}
			h.answer(t, http.MethodGet, path, org, "", nil)
		}
	}
}

// answer reads the answer to a request that must succeed.
func (h *house) answer(t *testing.T, method, path string, header http.Header, body string, into any) {
	t.Helper()
	res, got := h.do(t, method, path, header, body)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, got)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(got, into); err != nil {
		t.Fatal(err)
	}
}
