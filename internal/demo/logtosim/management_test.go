package logtosim_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// everybody puts the people of the recorded list, the role and the organization
// that one of them has.
func everybody(t *testing.T, s *logtosim.Sim) {
	t.Helper()
	users := decode[[]json.RawMessage](t, []byte(recorded(t, "users-list-no-params-default-page-size").Response.Body))
	for _, raw := range slices.Backward(users) {
		s.Import(user(t, string(raw)))
	}
	s.GiveRoles("ixnhp5grhkar", decode[[]logtosim.Role](t, []byte(recorded(t, "users-roles").Response.Body))...)
	s.ImportOrganizations(decode[[]logtosim.Organization](t, []byte(recorded(t, "organizations-list").Response.Body))...)
	type member struct {
		ID                string
		OrganizationRoles []logtosim.OrganizationRole
	}
	for _, m := range decode[[]member](t, []byte(recorded(t, "organization-users-list").Response.Body)) {
		s.ImportMember("j559qs7he415", m.ID, m.OrganizationRoles...)
	}
}

// TestReadsAreTheRecordedOnes: the same people give the same bytes, Link headers
// and ETags.
func TestReadsAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	everybody(t, s)
	auth := token(t, s, "all")
	for _, name := range []string{
		"users-get", "users-get-404", "users-get-custom-data", "users-get-with-sso-identities",
		"users-list-no-params-default-page-size", "users-list-page1-size2", "users-list-page2-size2",
		"users-list-by-last-sign-in-unsupported-order", "users-list-page-0-rejected", "users-list-page-size-101-rejected",
		"users-search-by-email-exact", "users-search-by-id-exact", "users-search-fuzzy", "users-search-joint-and",
		"users-search-no-match", "users-search-bad-mode",
		"users-organizations", "users-organizations-404", "users-roles", "users-roles-paginated", "users-roles-404",
		"organizations-get", "organizations-get-404", "organizations-list", "organization-users-list", "organization-users-list-404",
		"error-404-unknown-route", "error-405-method",
	} {
		t.Run(name, func(t *testing.T) {
			r := recorded(t, name)
			r.same(t, r.call(s, auth))
		})
	}
}

func TestErrorsAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	everybody(t, s)
	s.Import(user(t, recorded(t, "users-create").Response.Body))
	auth := token(t, s, "all")
	tampered := auth[:len(auth)-4] + "AAAA"
	for name, auth := range map[string]string{
		"error-400-broken-json":                     auth,
		"error-400-invalid-body":                    auth,
		"error-400-users-create-invalid-email":      auth,
		"error-401-malformed-token":                 "",
		"error-401-no-authorization-header":         "",
		"error-401-not-bearer":                      "",
		"error-401-tampered-signature":              tampered,
		"error-403-m2m-token-without-scope":         token(t, s, ""),
		"error-404-users-patch-unknown":             auth,
		"error-422-organization-users-unknown-user": auth,
		"error-422-users-create-email-in-use":       auth,
		"error-422-users-create-username-in-use":    auth,
	} {
		t.Run(name, func(t *testing.T) {
			r := recorded(t, name)
			r.same(t, r.call(s, auth))
		})
	}
}

// TestChangesAreTheRecordedOnes creates, changes, suspends and deletes the user
// of the recordings.
func TestChangesAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	create := recorded(t, "users-create")
	s := newSim(logtosim.Config{Now: at(user(t, create.Response.Body).CreatedAt)})
	w := create.call(s, token(t, s, "all"))
	create.same(t, w, user(t, create.Response.Body).ID, user(t, w.Body.String()).ID)

	patch := recorded(t, "users-patch")
	s = newSim(logtosim.Config{Now: at(user(t, patch.Response.Body).UpdatedAt)})
	s.Import(user(t, create.Response.Body))
	patch.same(t, patch.call(s, token(t, s, "all")))

	suspend := recorded(t, "users-suspend")
	after := user(t, suspend.Response.Body)
	s = newSim(logtosim.Config{Now: at(after.UpdatedAt)})
	before := after
	before.IsSuspended, before.UpdatedAt = false, before.CreatedAt
	s.Import(before)
	suspend.same(t, suspend.call(s, token(t, s, "all")))

	auth := token(t, s, "all")
	for _, name := range []string{"users-delete", "error-404-users-delete"} {
		r := recorded(t, name)
		r.same(t, r.call(s, auth))
	}
}

func TestOrganizationsAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	create := recorded(t, "organizations-create")
	org := decode[logtosim.Organization](t, []byte(create.Response.Body))
	s := newSim(logtosim.Config{Now: at(org.CreatedAt)})
	auth := token(t, s, "all")
	w := create.call(s, auth)
	create.same(t, w, org.ID, decode[logtosim.Organization](t, w.Body.Bytes()).ID)

	s.ImportOrganizations(org)
	s.Import(logtosim.User{ID: "ixnhp5grhkar"}, logtosim.User{ID: "sc8nrbdgxfnt"}, logtosim.User{ID: "y3c0awfivwdt"})
	add := recorded(t, "organization-users-post")
	add.same(t, add.call(s, auth))

	remove := recorded(t, "organizations-delete")
	s.ImportOrganizations(logtosim.Organization{ID: strings.TrimPrefix(remove.Request.Path, "/api/organizations/")})
	remove.same(t, remove.call(s, auth))
	if w := remove.call(s, auth); w.Code != http.StatusNotFound {
		t.Errorf("deleted twice: got %d, want 404", w.Code)
	}
}

// TestPagesOfPeople walks every page size that does not divide the number of
// people, and meets each person once.
func TestPagesOfPeople(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	everybody(t, s)
	auth := token(t, s, "all")
	for _, size := range []string{"1", "4", "13", "14", "100"} {
		seen := map[string]bool{}
		var pages []string
		for page := 1; page <= 14; page++ {
			r := recording{}
			r.Request.Method, r.Request.Path = http.MethodGet, "/api/users"
			r.Request.Query = fmt.Sprintf("?page=%d&page_size=%s", page, size)
			w := r.call(s, auth)
			for _, u := range decode[[]logtosim.User](t, w.Body.Bytes()) {
				seen[u.ID] = true
			}
			pages = append(pages, strings.Join(w.Header().Values("Link"), ""))
		}
		if len(seen) != 13 {
			t.Errorf("page size %s: met %d people, want 13", size, len(seen))
		}
		if strings.Contains(pages[13], `rel="next"`) {
			t.Errorf("page size %s: page 14 has a next page", size)
		}
	}
	for _, query := range []string{"?page=-1", "?page=x", "?page_size=0", "?page_size=x", "?page_size=1000"} {
		r := recorded(t, "users-list-page-0-rejected")
		r.Request.Query = query
		r.same(t, r.call(s, auth))
	}
}

func TestPagePastTheEndIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	s.Import(make([]logtosim.User, 5012)...)
	r := recorded(t, "users-list-page-beyond-end")
	r.same(t, r.call(s, token(t, s, "all")))
}

// TestLinksLeadToThePage: without /api a link is not the Management API, as in
// Logto.
func TestLinksLeadToThePage(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/users?page=2&page_size=2", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %s, want 200 text/html; charset=utf-8", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	everybody(t, s)
	r := recorded(t, "users-get")
	r.Request.Headers["if-none-match"] = r.Response.Headers["etag"]
	if w := r.call(s, token(t, s, "all")); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("got %d %s, want 304 and no body", w.Code, w.Body)
	}
}

// TestBadBodies: every answer is one of the API, whatever is sent.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	s.Import(logtosim.User{ID: "ann", Username: new("ann")}, logtosim.User{ID: "bob"})
	auth := token(t, s, "all")
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"POST", "/users", `{"name":1}`, 400, "guard.invalid_input"},
		{"POST", "/users", `{"username":"1x"}`, 400, "guard.invalid_input"},
		{"POST", "/users", `{"avatar":"nope"}`, 400, "guard.invalid_input"},
		{"POST", "/users", `{"customData":[]}`, 400, "guard.invalid_input"},
		{"POST", "/users", `{"username":"ANN"}`, 422, "user.username_already_in_use"},
		{"POST", "/users", `[]`, 400, ""},
		{"POST", "/users", `{} {}`, 400, ""},
		{"POST", "/users", `null`, 400, ""},
		{"POST", "/users", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, ""},
		{"POST", "/users", `{"name":"\u0000"}`, 500, ""},
		{"PATCH", "/users/bob", `{}`, 422, "entity.invalid_input"},
		{"PATCH", "/users/bob", `{"nick":"x"}`, 422, "entity.invalid_input"},
		{"PATCH", "/users/bob", `{"username":"ann"}`, 422, "user.username_already_in_use"},
		{"PATCH", "/users/bob", `{"profile":{"nickname":1}}`, 400, "guard.invalid_input"},
		{"PATCH", "/users/bob/custom-data", `{}`, 400, "guard.invalid_input"},
		{"PATCH", "/users/bob/custom-data", `{"customData":null}`, 400, "guard.invalid_input"},
		{"PATCH", "/users/nope/custom-data", `{"customData":{}}`, 404, "entity.not_found"},
		{"PATCH", "/users/bob/profile", `{"profile":1}`, 400, "guard.invalid_input"},
		{"PATCH", "/users/nope/profile", `{"profile":{}}`, 404, "entity.not_found"},
		{"PATCH", "/users/bob/is-suspended", `{"isSuspended":"yes"}`, 400, "guard.invalid_input"},
		{"PATCH", "/users/bob/is-suspended", ``, 400, "guard.invalid_input"},
		{"POST", "/organizations/nope/users", `{"userIds":["bob"]}`, 422, "entity.relation_foreign_key_not_found"},
		{"POST", "/organizations/nope/users", `{"userIds":"bob"}`, 400, "guard.invalid_input"},
		{"DELETE", "/organizations/nope/users/bob", ``, 404, "entity.not_found"},
		{"PATCH", "/organizations/nope", `{"name":"x"}`, 404, "entity.not_exists"},
		{"POST", "/organizations", `{"name":null}`, 400, "guard.invalid_input"},
	} {
		r := recording{}
		r.Request.Method, r.Request.Path, r.Request.Body = c.method, "/api"+c.path, &c.body
		w := r.call(s, auth)
		if code := decode[struct{ Code string }](t, w.Body.Bytes()).Code; w.Code != c.status || code != c.code {
			t.Errorf("%s %s %.40s: got %d %s, want %d %s", c.method, c.path, c.body, w.Code, code, c.status, c.code)
		}
	}
	if n := len(s.Users()); n != 2 {
		t.Errorf("got %d people after bad requests, want 2", n)
	}
}

// TestMergeAndReplace: the custom-data route merges top-level keys, the user
// route replaces the whole.
func TestMergeAndReplace(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	s.Import(logtosim.User{ID: "ann", CustomData: json.RawMessage(`{"a":{"x":1},"b":2}`)})
	got, err := s.PatchCustomData(t.Context(), "ann", map[string]any{"a": map[string]any{"y": 1}, "10": true, "9": math.Copysign(0, -1)})
	if want := `{"9":0,"10":true,"a":{"y":1},"b":2}`; err != nil || string(got) != want {
		t.Errorf("merge: got %s, %v, want %s", got, err, want)
	}
	u, err := s.Patch(t.Context(), "ann", logtosim.Fields{"customData": map[string]any{"c": 3}})
	if want := `{"c":3}`; err != nil || string(u.CustomData) != want {
		t.Errorf("replace: got %s, %v, want %s", u.CustomData, err, want)
	}
}
