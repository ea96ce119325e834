package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// auditing keeps decisions.
func auditing(c *server.Config) { c.DecisionLog = time.Hour }

type auditLog struct {
	ID       string
	Query    string
	User     *string `json:"user_key"`
	Decision *bool
	Reason   *string
}

// logged are the recorded answers, in the order in which they were given.
func (h *house) logged() []string {
	h.t.Helper()
	var page struct {
		Data  []auditLog
		Total int `json:"total_count"`
	}
	h.must("GET", "/v2/pdps/default/dev/audit_logs?query=none&per_page=100", nil, &page)
	var all []string
	for i := range page.Data {
		l := page.Data[len(page.Data)-1-i]
		var detail struct {
			Raw struct {
				Path  string
				Input struct {
					Action   string
					Resource struct{ Type, Key, Tenant string }
				}
				Result struct{ Found *int }
			} `json:"raw_data"`
		}
		h.must("GET", "/v2/pdps/default/dev/audit_logs/"+l.ID, nil, &detail)
		user, answer := "-", ""
		if l.User != nil {
			user = *l.User
		}
		switch {
		case l.Decision != nil:
			answer = fmt.Sprint(*l.Decision, " ", *l.Reason)
		default:
			answer = fmt.Sprint("found ", *detail.Raw.Result.Found)
		}
		in := detail.Raw.Input
		all = append(all, fmt.Sprintf("%s %s: %s %s %s:%s@%s = %s", detail.Raw.Path, l.Query, user, in.Action, in.Resource.Type, in.Resource.Key, in.Resource.Tenant, answer))
	}
	return all
}

// TestEveryDoorIsRecordedOnce: every answered question of every door is in the log
// exactly once, with what it asked, and what is refused is not.
func TestEveryDoorIsRecordedOnce(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), auditing)
	h.schema()
	h.must("PUT", "/v2/facts/default/dev/users/ann", object{"key": "ann", "role_assignments": []object{{"role": "viewer", "tenant": "default"}}}, nil)
	q := func(user string) object {
		return object{"user": object{"key": user}, "action": "view", "resource": object{"type": "reports", "key": "1", "tenant": "default"}}
	}
	explained := q("ann")
	explained["use_debugger"] = true
	subject := object{"type": "user", "id": "ann"}
	action := object{"name": "view"}
	resource := object{"type": "reports", "id": "1", "properties": object{"tenant": "default"}}
	var want []string
	ask := func(path string, body any, records ...string) {
		t.Helper()
		status, out := h.call("POST", path, body)
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, out)
		}
		for _, r := range records {
			want = append(want, path+" "+r)
		}
	}
	const ann, bob = "check: ann view reports:1@default = true allow", "check: bob view reports:1@default = false user_not_synced"
	ask("/allowed", q("ann"), ann)
	ask("/allowed", explained, ann)
	ask("/allowed/bulk", []object{q("ann"), q("bob"), explained}, ann, ann, bob) // what explains itself is decided first
	ask("/allowed/all-tenants", q("ann"), "allowed_tenants: ann view reports:1@default = found 1")
	ask("/allowed/all-tenants", explained, "allowed_tenants: ann view reports:1@default = found 1")
	ask("/user-permissions", object{"user": object{"key": "ann"}}, "get_user_permissions: ann  :@ = found 1")
	ask("/user-tenants", object{"user": object{"key": "ann"}}, "user_tenants: ann  :@ = found 1")
	ask("/authorized_users", object{"action": "view", "resource": object{"type": "reports", "tenant": "default"}}, "get_authorized_users: - view reports:@default = found 1")
	ask("/v1/data/permit/root", object{"input": q("bob")}, bob)
	ask("/v1/data/permit/bulk", object{"input": []object{q("bob"), q("ann")}}, bob, ann)
	ask("/v1/data/permit/any_tenant", object{"input": q("ann")}, "allowed_tenants: ann view reports:1@default = found 1")
	ask("/v1/data/permit/user_permissions", object{"input": object{"user": object{"key": "ann"}}}, "get_user_permissions: ann  :@ = found 1")
	ask("/access/v1/evaluation", object{"subject": subject, "action": action, "resource": resource}, ann)
	ask("/access/v1/evaluations", object{"subject": subject, "action": action, "evaluations": []object{{"resource": resource}, {"resource": resource, "subject": object{"type": "user", "id": "bob"}}, {}}}, ann, bob)
	ask("/access/v1/search/subject", object{"subject": object{"type": "user"}, "action": action, "resource": resource}, "search_users: - view reports:1@default = found 1")
	ask("/access/v1/search/resource", object{"subject": subject, "action": action, "resource": object{"type": "reports"}}, "search_instances: ann view reports:@ = found 0")
	ask("/access/v1/search/action", object{"subject": subject, "resource": resource}, "search_actions: ann  reports:1@default = found 1")
	ask("/access/v1/search/action", object{"subject": object{"type": "dog", "id": "rex"}, "resource": resource}, "search_actions: rex  reports:1@default = found 0")
	status, out := h.send("POST", "/nginx_allowed", nil, http.Header{"Permit-User-Key": {"ann"}, "Permit-Action": {"view"}, "Permit-Resource-Type": {"reports"}, "Permit-Tenant-Id": {"default"}})
	if status != http.StatusOK {
		t.Errorf("nginx: %d %s", status, out)
	}
	want = append(want, "/nginx_allowed check: ann view reports:@default = true allow")
	for path, body := range map[string]any{"/allowed": object{}, "/kong": object{}, "/allowed/bulk": []object{q("ann"), {}}, "/access/v1/evaluation": object{}} {
		if status, _ := h.call("POST", path, body); status < 400 {
			t.Errorf("%s: got %d for what cannot be answered", path, status)
		}
	}
	if diff := cmp.Diff(want, h.logged()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	_, metrics := h.call("GET", "/metrics", nil)
	if line := fmt.Sprintf("gatehouse_decision_log_records_total{outcome=\"recorded\"} %d\n", len(want)); !strings.Contains(string(metrics), line) {
		t.Errorf("no %s in %s", line, metrics)
	}
}

// TestSecretsAreNotRecorded: nothing in the data directory holds the key with which
// questions were asked.
func TestSecretsAreNotRecorded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, auditing)
	h.schema()
	for range 3 {
		h.allowed("ann", "view")
	}
	if len(h.logged()) != 3 {
		t.Error("the test proves nothing")
	}
	_, list := h.call("GET", "/v2/pdps/default/dev/audit_logs", nil)
	h.stop()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, data...)
	}
	for _, secret := range []string{apiKey, orgAPIKey, "Bearer "} {
		if strings.Contains(string(list), secret) {
			t.Errorf("%q is kept", secret)
		}
	}
}

// TestDecisionsOutliveARestart, and a log that is off says so.
func TestDecisionsOutliveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, auditing)
	h.schema()
	h.allowed("ann", "view")
	h.stop()
	h = start(t, dir, nil)
	if status, out := h.call("GET", "/v2/pdps/default/dev/audit_logs", nil); status != http.StatusNotImplemented || !strings.Contains(string(out), "GATEHOUSE_DECISION_LOG_RETENTION") {
		t.Errorf("got %d %s, want 501 with the setting", status, out)
	}
	h.allowed("ann", "view")
	h.stop()
	h = start(t, dir, auditing)
	if got := h.logged(); len(got) != 1 {
		t.Errorf("got %v, want the one of the first run", got)
	}
}

// TestTheCommandLineAsksRecordedQuestionsAgain: what `permit test run audit` sends,
// in its order: the list of a time, the list once more for each log, its detail, and
// the question to the PDP as it makes it of the log. Every answer is the recorded one.
func TestTheCommandLineAsksRecordedQuestionsAgain(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), auditing)
	h.schema()
	h.must("PUT", "/v2/facts/default/dev/users/ann", object{"key": "ann", "role_assignments": []object{{"role": "viewer", "tenant": "default"}}}, nil)
	h.allowed("ann", "view")
	h.allowed("ann", "delete")
	h.allowed("bob", "view")
	type log struct {
		ID           string
		User         string `json:"user_key"`
		Resource     *string
		ResourceType string `json:"resource_type"`
		Action       string
		Tenant       string
		Decision     bool
		Context      struct {
			User, Resource object
			Tenant, Action *string
		}
	}
	var list, again struct{ Data []log }
	span := fmt.Sprintf("timestamp_from=%d&timestamp_to=%d", time.Now().Add(-24*time.Hour).Unix(), time.Now().Unix()+1)
	const logs = "/v2/pdps/default/dev/audit_logs"
	h.must("GET", logs+"?"+span+"&page=1&per_page=100&sort_by=timestamp", nil, &list)
	var got []string
	for _, l := range list.Data {
		h.must("GET", logs+"?page=1&per_page=100", nil, &again)
		if !slices.ContainsFunc(again.Data, func(other log) bool { return other.ID == l.ID }) {
			t.Errorf("%s is not in the list it looks through", l.ID)
		}
		var detail log
		h.must("GET", logs+"/"+l.ID, nil, &detail)
		if c := detail.Context; c.User == nil || c.Resource == nil || c.Tenant == nil || c.Action == nil {
			t.Errorf("its context is none that the command line takes: %+v", c)
		}
		key := ""
		if l.Resource != nil {
			key = *l.Resource
		}
		var answer struct{ Allow bool }
		h.must("POST", "/allowed", object{
			"tenant": l.Tenant, "action": l.Action, "user": object{"key": l.User, "attributes": object{}},
			"resource": object{"type": l.ResourceType, "key": key, "tenant": l.Tenant, "attributes": object{}, "context": object{}},
			"context":  object{},
		}, &answer)
		if answer.Allow != l.Decision {
			t.Errorf("%s %s: got %v, was %v", l.User, l.Action, answer.Allow, l.Decision)
		}
		got = append(got, fmt.Sprint(l.User, " ", l.Action, " ", l.Decision))
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"ann delete false", "ann view true", "bob view false"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for filter, want := range map[string]int{"users=bob": 2, "action=delete&decision=false": 2, "decision=true&tenant=default": 2, "resources=reports": 6, "users=cid": 0} {
		h.must("GET", logs+"?"+span+"&page=1&per_page=100&sort_by=timestamp&"+filter, nil, &list)
		if len(list.Data) != want {
			t.Errorf("%s: got %d, want %d", filter, len(list.Data), want)
		}
	}
}
