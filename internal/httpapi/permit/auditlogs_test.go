package permit_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
)

const auditLogs = "/v2/pdps/acme/dev/audit_logs"

// deciding is a service that decides about the environment as it is, and records.
func (h *house) deciding(t *testing.T) *decision.Service {
	t.Helper()
	f := &feed.Follower{Source: h.store, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &decision.Service{Snapshots: f, Log: h.decided}
}

type logPage struct {
	Data []struct {
		ID           string
		UserKey      *string `json:"user_key"`
		Query        string
		Decision     *bool
		ResourceType *string `json:"resource_type"`
		Reason       *string
		Input        struct {
			Resource struct{ Key string }
		}
	}
	Total      int `json:"total_count"`
	Pages      int `json:"page_count"`
	Pagination int `json:"pagination_count"`
}

func (h *house) logs(t *testing.T, query string) logPage {
	t.Helper()
	res, body := h.do(t, http.MethodGet, auditLogs+query, http.Header{}, "")
	var page logPage
	if err := json.Unmarshal(body, &page); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", query, res.StatusCode, body)
	}
	return page
}

func TestAuditLogsAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	h := open(t)
	for path, body := range map[string]string{
		"schema/acme/dev/resources": `{"key":"doc","name":"Document","actions":{"read":{},"write":{}}}`,
		"facts/acme/dev/users":      `{"key":"ann","email":"Ann@example.com"}`,
	} {
		if res, answer := h.do(t, http.MethodPost, "/v2/"+path, http.Header{}, body); res.StatusCode > 201 {
			t.Fatalf("%d %s", res.StatusCode, answer)
		}
	}
	s := h.deciding(t)
	by := decision.Asker{Env: authz.EnvID(id("2")), Key: authz.ID(id("a")), Door: "/allowed"}
	for _, q := range []authz.Query{
		{User: "ann", Action: "read", Resource: "doc", Tenant: "default"},
		{User: "bob", Action: "read", Resource: "doc", Instance: "1", Tenant: "acme"},
		{User: "bob", Action: "write", Resource: "zip"},
	} {
		if _, err := s.Check(by, q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Permissions(by, engine.PermissionsQuery{User: "ann", Types: []authz.ResourceKey{"doc"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AuthorizedUsers(by, authz.Query{Action: "read", Resource: "doc"}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UserTenants(by, "ann"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":                             "bob zip check, bob doc check, ann doc check",
		"?query=none":                  "ann - user_tenants, - doc get_authorized_users, ann - get_user_permissions, bob zip check, bob doc check, ann doc check",
		"?query=get_user_permissions":  "ann - get_user_permissions",
		"?query=get_authorized_users":  "- doc get_authorized_users",
		"?users=ann":                   "ann doc check",
		"?users=ann@example.com":       "ann doc check",
		"?users=ann&users=bob":         "bob zip check, bob doc check, ann doc check",
		"?users=Ann":                   "",
		"?resources=zip&resources=nil": "bob zip check",
		"?resources=doc:1":             "bob doc check",
		"?tenant=acme":                 "bob doc check",
		"?action=write":                "bob zip check",
		"?decision=true":               "",
		"?decision=false&users=ann":    "ann doc check",
		"?timestamp_from=1795251602&timestamp_to=1795251602": "bob doc check",
		"?timestamp_to=1795251600":                           "",
		"?pdp_id=" + id("a"):                                 "bob zip check, bob doc check, ann doc check",
		"?pdp_id=" + id("b"):                                 "",
		"?sort_by=None&per_page=1&page=2":                    "bob doc check",
	} {
		page := h.logs(t, query)
		var got []string
		for _, l := range page.Data {
			got = append(got, orDash(l.UserKey)+" "+orDash(l.ResourceType)+" "+l.Query)
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%s: got %q, want %q", query, text, want)
		}
	}
	if p := h.logs(t, "?per_page=2"); p.Total != 3 || p.Pages != 2 || p.Pagination != 3 {
		t.Errorf("got %+v, want 3 in 2 pages", p)
	}
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// TestAnAuditLogHoldsTheQuestion in the shape that Permit's command line asks it
// again in.
func TestAnAuditLogHoldsTheQuestion(t *testing.T) {
	t.Parallel()
	h := open(t)
	s := h.deciding(t)
	by := decision.Asker{Env: authz.EnvID(id("2")), Key: authz.ID(id("a")), Door: "/allowed"}
	q := authz.Query{
		User: "ann", Action: "read", Resource: "__user", Instance: "1", Tenant: "default",
		UserAttributes: authz.Attributes{"n": json.Number("1.50")}, Context: authz.Attributes{"ip": "::1"},
	}
	if _, err := s.Check(by, q); err != nil {
		t.Fatal(err)
	}
	found := h.logs(t, "").Data[0].ID
	res, body := h.do(t, http.MethodGet, auditLogs+"/"+dashes.ReplaceAllString(found, "$1-$2-$3-$4-$5"), http.Header{}, "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	h.ids[found], h.ids[id("a")] = "log", "key"
	got := h.named(pretty(t, body, ""))
	for _, want := range []string{
		`"id": "<log>"`, `"pdp_config_id": "<key>"`, `"path": "/allowed"`, `"decision": false`, `"reason": "no_such_action"`,
		`"context": {"user": {"key": "ann", "attributes": {"n": 1.50}}, "resource": {"type": "__user", "key": "1", "tenant": "default", "attributes": {}}, "tenant": "default", "action": "read", "context": {"ip": "::1"}}`,
		`"key": "default", "name": "Default Tenant"`,
	} {
		if !strings.Contains(flat(got), flat(want)) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func flat(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }

func TestAuditLogsRefuseWhatTheyCannotDo(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, c := range []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"GET", auditLogs + "?page=101&per_page=100", "", 400, "PAGINATION_SIZE_OVERREACHED"},
		{"GET", auditLogs + "?page=100&per_page=100", "", 200, `"data":[]`},
		{"GET", auditLogs + "?page=" + url.QueryEscape("9223372036854775807"), "", 400, "PAGINATION_SIZE_OVERREACHED"},
		{"GET", auditLogs + "?query=all", "", 422, "must be one of"},
		{"GET", auditLogs + "?decision=maybe", "", 422, "boolean"},
		{"GET", auditLogs + "?timestamp_from=yesterday", "", 422, "integer"},
		{"GET", auditLogs + "/" + id("9"), "", 404, "is not in the log"},
		{"GET", auditLogs + "/nonsense", "", 404, "is not in the log"},
		{"POST", "/v2/audit-log-replay", `{"pdp_url":"http://127.0.0.1"}`, 501, "ask the other PDP yourself"},
	} {
		res, body := h.do(t, c.method, c.target, http.Header{}, c.body)
		if res.StatusCode != c.status || !strings.Contains(string(body), c.want) {
			t.Errorf("%s %s: got %d %s, want %d and %q", c.method, c.target, res.StatusCode, body, c.status, c.want)
		}
	}
	other := open(t)
	res, _ := h.do(t, "GET", auditLogs, http.Header{"Authorization": {fmt.Sprint("Bearer ", other.secrets["env"])}}, "")
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("somebody else's key: got %d", res.StatusCode)
	}
}
