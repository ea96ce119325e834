package logtosim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// elsewhere are the recordings that other tests compare to the byte.
var elsewhere = []string{
	"error-401-", "error-403-", "error-400-", "error-422-users", "token-m2m", "users-create", "users-delete", "users-patch", "users-suspend",
	"error-404-users-delete", "organizations-create", "organizations-delete", "organization-users-post", "users-list-page-beyond-end",
}

// differences are the recordings that are answered in the same shape and not with
// the same bytes, with the reason. All others are answered to the byte.
var differences = map[string]string{
	"hooks-create":                                      "a new id and key",
	"hooks-rotate-signing-key":                          "a new key",
	"hooks-get-with-execution-stats":                    "the log holds what was seeded only",
	"hooks-list-with-stats":                             "the log holds what was seeded only",
	"hooks-recent-logs":                                 "as above",
	"hooks-recent-logs-cap":                             "as above",
	"hooks-recent-logs-filter-by-time":                  "as above",
	"hooks-recent-logs-filter-logkey":                   "as above",
	"organization-invitations-create":                   "a new id",
	"organization-invitations-accept":                   "the time of the change",
	"organization-roles-create":                         "a new id",
	"organization-scopes-create":                        "a new id",
	"organizations-list-show-featured":                  "the members of another moment",
	"roles-create":                                      "a new id",
	"roles-list":                                        "which three holders are shown is PostgreSQL's choice, and the count was of six",
	"roles-list-type-user":                              "as above",
	"roles-list-if-none-match-304":                      "the tag is that of another body",
	"users-list-page-2-size-3":                          "the recording is of 5,012 users",
	"users-list-following-link-next-verbatim-is-broken": "the page is another",
	"hooks-create-invalid-url-is-accepted-or-not":       "a new id and key",
	"hooks-recent-logs-filter-by-result-is-ignored":     "the log holds what was seeded only",
	"hooks-test-204":                                    "needs a receiver, compared by TestHookTests",
	"hooks-test-422-connection-refused":                 "as above",
	"hooks-test-422-timeout":                            "as above",
	"hooks-test-422-endpoint-responded-500":             "as above",
}

// prepared is what some recordings had before them and the world has not.
var prepared = map[string]func(*testing.T, *logtosim.Sim){
	"error-422-roles-create-name-in-use": func(_ *testing.T, s *logtosim.Sim) { s.ImportRoles(logtosim.Role{Name: "editor"}) },
	"users-roles-assign": func(_ *testing.T, s *logtosim.Sim) {
		s.Import(logtosim.User{ID: "y3c0awfivwdt"})
		s.ImportRoles(logtosim.Role{ID: "46akxaosgdx9ke2if9bnr", Name: "editor"})
	},
	"roles-users-assign": func(_ *testing.T, s *logtosim.Sim) { s.Import(logtosim.User{ID: "y3c0awfivwdt"}) },
	"roles-add-scopes": func(t *testing.T, s *logtosim.Sim) {
		must(t, s.Seed("resources", []byte(resourcesBefore)))
		s.GrantRole("d1lz26xqwqkgew2nnk1ju")
	},
	"organization-invitations-accept": func(t *testing.T, s *logtosim.Sim) {
		must(t, s.Seed("invitations", []byte("["+recorded(t, "organization-invitations-create").Response.Body+"]")))
	},
	"roles-list":           defaultHolders,
	"roles-list-type-user": defaultHolders,
	"users-list-page-2-size-3": func(_ *testing.T, s *logtosim.Sim) {
		for i := range 6 {
			s.Import(logtosim.User{Username: new(fmt.Sprintf("bulk%d", i)), CreatedAt: 1795284927000})
		}
	},
	"organization-jit-email-domains": func(t *testing.T, s *logtosim.Sim) {
		changed(t, s, "POST", "/organizations/2yvq87w9l9nl/jit/email-domains", `{"emailDomain":"jit.example"}`)
	},
	"organization-jit-roles": func(t *testing.T, s *logtosim.Sim) {
		changed(t, s, "POST", "/organizations/2yvq87w9l9nl/jit/roles", `{"organizationRoleIds":["2nenpx02m87ru9wyj8pgs"]}`)
	},
	"organization-invitations-list": func(t *testing.T, s *logtosim.Sim) {
		must(t, s.Seed("invitations", []byte(recorded(t, "organization-invitations-list").Response.Body)))
	},
	"organization-user-roles-post": func(t *testing.T, s *logtosim.Sim) { s.ImportMember("j559qs7he415", "ixnhp5grhkar") },
	"organization-user-roles":      adminAndMember,
	"organization-user-scopes":     adminAndMember,
	"organizations-list-show-featured": func(_ *testing.T, s *logtosim.Sim) {
		for _, id := range []string{"p6gpywux0zwa", "sc8nrbdgxfnt"} {
			s.ImportMember("2yvq87w9l9nl", id)
		}
	},
	"hooks-list": func(t *testing.T, s *logtosim.Sim) {
		changed(t, s, "DELETE", "/hooks/3yun1qnqn5din7uptz5j2", "")
		changed(t, s, "DELETE", "/hooks/i1c5hhrgx8fbykn94z7dk", "")
	},
	"hooks-recent-logs-after-hook-deleted": func(t *testing.T, s *logtosim.Sim) {
		changed(t, s, "DELETE", "/hooks/3yun1qnqn5din7uptz5j2", "")
	},
	"organization-roles-create": func(t *testing.T, s *logtosim.Sim) {
		changed(t, s, "DELETE", "/organization-roles/m2sft1azli3sv77nzgbh5", "")
	},
	"organization-scopes-create": func(t *testing.T, s *logtosim.Sim) {
		changed(t, s, "DELETE", "/organization-scopes/4naezkvixsc2qj077eq08", "")
	},
}

// resourcesBefore are the resources when a third scope was there.
const resourcesBefore = `[{"tenantId":"default","id":"management-api","name":"Logto Management API",
"indicator":"https://default.logto.app/api","scopes":[]},
{"tenantId":"default","id":"5snznrc1gytf5ls6pk3kq","name":"Orders API","indicator":"https://orders.example.org/api",
"scopes":[{"tenantId":"default","id":"3brdpbecl0wk13lmshm77","resourceId":"5snznrc1gytf5ls6pk3kq","name":"read:orders",
"description":"Read all orders ✓","createdAt":1795284303674},
{"tenantId":"default","id":"71gx5ltagdzejj919ijpi","resourceId":"5snznrc1gytf5ls6pk3kq","name":"delete:orders","createdAt":1795284305326}]}]`

func defaultHolders(_ *testing.T, s *logtosim.Sim) {
	for _, id := range []string{"995wgjys0hck", "4pbsi3a3bk2k", "dahmsnstrxgf"} {
		s.GiveRoles(id, logtosim.Role{ID: "rneem826sbbvcy5ufozer", Name: "member-default", Description: "default role", IsDefault: true})
	}
}

func adminAndMember(_ *testing.T, s *logtosim.Sim) {
	s.ImportMember("j559qs7he415", "ixnhp5grhkar", logtosim.OrganizationRole{ID: "2nenpx02m87ru9wyj8pgs", Name: "org-member"},
		logtosim.OrganizationRole{ID: "m2sft1azli3sv77nzgbh5", Name: "org-admin"})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// changed makes a request that must succeed.
func changed(t *testing.T, s *logtosim.Sim, method, path, body string) []byte {
	t.Helper()
	status, answer := send(s, token(t, s, "all"), method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: got %d %s", method, path, status, answer)
	}
	return answer
}

// world is the recorded instance near the end of the recording.
func world(t *testing.T) *logtosim.Sim {
	t.Helper()
	s := newSim(logtosim.Config{Now: at(1795284927000)})
	body := func(name string) []byte { return []byte(recorded(t, name).Response.Body) }
	must(t, s.Seed("applications", body("applications-list")))
	must(t, s.Seed("resources", body("resources-list")))
	must(t, s.Seed("roles", body("roles-list")))
	must(t, s.Seed("organizationScopes", body("organization-scopes-list")))
	must(t, s.Seed("organizationRoles", body("organization-roles-list")))
	everybody(t, s)
	s.GrantRole("d1lz26xqwqkgew2nnk1ju", "3brdpbecl0wk13lmshm77")
	s.GiveApplication(appID, "14db7fcaja2uy6eesyr2r")
	must(t, s.Seed("hooks", body("hooks-list")))
	for _, name := range []string{"hooks-get-with-execution-stats", "hooks-rotate-signing-key"} {
		must(t, s.Seed("hooks", []byte("["+string(body(name))+"]")))
	}
	must(t, s.Seed("logs", body("hooks-recent-logs")))
	must(t, s.Seed("logs", body("hooks-recent-logs-failed-delivery")))
	return s
}

// TestEveryRecordingIsAnswered asks everything that was asked of Logto.
func TestEveryRecordingIsAnswered(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(filepath.Join("testdata", "management"))
	must(t, err)
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".json")
		if slices.ContainsFunc(elsewhere, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := world(t)
			if prepare := prepared[name]; prepare != nil {
				prepare(t, s)
			}
			r := recorded(t, name)
			if r.Request.Headers == nil {
				r.Request.Headers = map[string]string{}
			}
			w := r.call(s, token(t, s, "all"))
			switch reason := differences[name]; {
			case strings.HasPrefix(name, "hooks-test-"), strings.HasPrefix(reason, "the tag"):
			case strings.HasPrefix(reason, "the page"):
				if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
					t.Errorf("got %d %s, want a page", w.Code, w.Header().Get("Content-Type"))
				}
			case reason != "":
				r.alike(t, w)
			default:
				r.same(t, w)
			}
		})
	}
}

// alike fails unless the answer has the recorded status and shape.
func (r recording) alike(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != r.Response.Status || w.Header().Get("Content-Type") != r.Response.Headers["content-type"] {
		t.Fatalf("got %d %s %s, want %d %s", w.Code, w.Header().Get("Content-Type"), w.Body,
			r.Response.Status, r.Response.Headers["content-type"])
	}
	if w.Body.Len() == 0 && r.Response.Body == "" {
		return
	}
	for _, wrong := range shape("", decode[any](t, w.Body.Bytes()), decode[any](t, []byte(r.Response.Body))) {
		t.Error(wrong)
	}
}

// shape says where two JSON values differ in keys and types. Of lists, as many
// elements are compared as both have.
func shape(at string, got, want any) []string {
	if kind(got) != kind(want) {
		return []string{fmt.Sprintf("%s: got %s, want %s", at, kind(got), kind(want))}
	}
	var wrong []string
	switch want := want.(type) {
	case map[string]any:
		got := got.(map[string]any)
		for key := range got {
			if _, ok := want[key]; !ok {
				wrong = append(wrong, at+"."+key+" is too much")
			}
		}
		for key, v := range want {
			g, ok := got[key]
			if !ok {
				wrong = append(wrong, at+"."+key+" is missing")
				continue
			}
			wrong = append(wrong, shape(at+"."+key, g, v)...)
		}
	case []any:
		got := got.([]any)
		if len(got) == 0 && len(want) > 0 {
			wrong = append(wrong, at+" is empty")
		}
		for i := range min(len(got), len(want)) {
			wrong = append(wrong, shape(fmt.Sprintf("%s[%d]", at, i), got[i], want[i])...)
		}
	}
	return wrong
}

func kind(v any) string {
	if v == nil {
		return "null"
	}
	if _, ok := v.(json.Number); ok {
		return "number"
	}
	return fmt.Sprintf("%T", v)
}
