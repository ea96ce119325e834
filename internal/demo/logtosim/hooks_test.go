package logtosim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

type hookRow struct {
	ID, SigningKey string
	ExecutionStats struct{ SuccessCount, RequestCount int }
}

// addHook makes a hook by the API.
func addHook(t *testing.T, s *logtosim.Sim, url, events string) hookRow {
	t.Helper()
	return decode[hookRow](t, changed(t, s, "POST", "/hooks", `{"name":"h","events":[`+events+`],"config":{"url":"`+url+`","headers":{"x-own":"1"}}}`))
}

// TestHooksGetWhatTheyAskFor: each its events, under its key and headers, and
// nothing when disabled or deleted.
func TestHooksGetWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	users, roles := newReceiver(t, http.StatusOK), newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{})
	mine := addHook(t, s, users.URL, `"User.Created","User.Created"`)
	other := addHook(t, s, roles.URL, `"Role.Created","User.Created"`)
	changed(t, s, "POST", "/users", `{}`)
	changed(t, s, "POST", "/roles", `{"name":"r","description":"d"}`)
	if n := len(roles.all(t, s)); n != 2 {
		t.Errorf("got %d deliveries, want a user and a role", n)
	}
	got := users.one(t, s)
	if g := got.Header.Get("x-own"); g != "1" || !strings.Contains(string(got.Body), `"hookId":"`+mine.ID+`"`) {
		t.Errorf("got header %q and %s, want the hook's own", g, got.Body)
	}
	signer := newSim(logtosim.Config{SigningKey: mine.SigningKey})
	if g := got.Header.Get(logtosim.SignatureHeader); g != signer.Sign(got.Body) {
		t.Errorf("got signature %s, want one under the hook's key", g)
	}
	rotated := decode[hookRow](t, changed(t, s, "PATCH", "/hooks/"+mine.ID+"/signing-key", ""))
	changed(t, s, "DELETE", "/hooks/"+other.ID, "")
	changed(t, s, "POST", "/users", `{}`)
	got = users.one(t, s)
	if g := got.Header.Get(logtosim.SignatureHeader); g != newSim(logtosim.Config{SigningKey: rotated.SigningKey}).Sign(got.Body) {
		t.Errorf("got signature %s, want one under the rotated key", g)
	}
	changed(t, s, "PATCH", "/hooks/"+mine.ID, `{"enabled":false}`)
	changed(t, s, "POST", "/users", `{}`)
	if n := len(users.all(t, s)) + len(roles.all(t, s)); n != 0 {
		t.Errorf("got %d deliveries, want none to a disabled and a deleted hook", n)
	}
}

// TestTheLogOfDeliveries: one row each, failed ones with the client's words, a day
// back without a window.
func TestTheLogOfDeliveries(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusInternalServerError)
	now := time.UnixMilli(1795284927000)
	s := newSim(logtosim.Config{Now: func() time.Time { return now }})
	h := addHook(t, s, rc.URL, `"User.Created","User.Deleted"`)
	id := decode[hookRow](t, changed(t, s, "POST", "/users", `{}`)).ID
	rc.one(t, s)
	well := newReceiver(t, http.StatusOK)
	changed(t, s, "PATCH", "/hooks/"+h.ID, `{"config":{"url":"`+well.URL+`"}}`)
	changed(t, s, "DELETE", "/users/"+id, "")
	well.one(t, s)
	type row struct {
		ID, Key string
		Payload struct {
			Result, Error string
			Response      struct{ StatusCode int }
			HookRequest   struct{ Body struct{ Event string } }
		}
	}
	rows := func(query string) []row {
		return decode[[]row](t, changed(t, s, "GET", "/hooks/"+h.ID+"/recent-logs"+query, ""))
	}
	got := rows("")
	if len(got) != 2 || got[0].Payload.Result != "Success" || got[1].Payload.Result != "Error" || got[1].Payload.Response.StatusCode != 500 ||
		!strings.HasPrefix(got[1].Payload.Error, `HTTPError: {"message":"Request failed with status code 500 Internal Server Error"`) {
		t.Errorf("got %+v, want the deletion and then the failure", got)
	}
	if got := rows("?logKey=TriggerHook.User.Created"); len(got) != 1 || got[0].Payload.HookRequest.Body.Event != "User.Created" {
		t.Errorf("got %+v, want the creation", got)
	}
	if got := rows("?result=Error"); len(got) != 2 {
		t.Errorf("got %d rows, want a filter by result ignored", len(got))
	}
	stats := decode[hookRow](t, changed(t, s, "GET", "/hooks/"+h.ID+"?includeExecutionStats=true", "")).ExecutionStats
	if stats.RequestCount != 2 || stats.SuccessCount != 1 {
		t.Errorf("got %+v, want one success of two", stats)
	}
	if raw := changed(t, s, "GET", "/logs/"+got[0].ID, ""); !strings.Contains(string(raw), `"tenantId":"default"`) {
		t.Errorf("got %s, want the row with its tenant", raw)
	}
	if raw := changed(t, s, "GET", "/logs", ""); strings.Contains(string(raw), "TriggerHook") || !strings.Contains(string(raw), "ClientCredentials") {
		t.Errorf("got %s, want tokens and no deliveries", raw)
	}
	now = now.Add(25 * time.Hour)
	if got := rows(""); len(got) != 0 {
		t.Errorf("got %d rows a day later, want none", len(got))
	}
	if got := rows("?end_time=1795284927000"); len(got) != 2 {
		t.Errorf("got %d rows in the window, want 2", len(got))
	}
}

// TestHookTests: a test sends the recorded made-up payload, waits for the answer
// and is not logged.
func TestHookTests(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusNoContent)
	s := newSim(logtosim.Config{})
	h := addHook(t, s, "http://127.0.0.1:1", `"User.Created"`)
	for _, name := range []string{
		"132-PostRegister-test-webhook", "136-User.Created-test-webhook", "150-Organization.Membership.Updated-test-webhook",
		"160-Grant.LimitExceeded-test-webhook",
	} {
		event := strings.Split(name, "-")[1]
		changed(t, s, "POST", "/hooks/"+h.ID+"/test", `{"events":["`+event+`"],"config":{"url":"`+rc.URL+`"}}`)
		if g, want := blank(string(rc.one(t, s).Body)), blank(hook(t, name).Body); g != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, g, want)
		}
	}
	if raw := changed(t, s, "GET", "/hooks/"+h.ID+"/recent-logs", ""); string(raw) != "[]" {
		t.Errorf("got %s, want no log of tests", raw)
	}
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		w.Write([]byte(`{"error":"status 500"}`)) //nolint:errcheck // the test fails if it does not arrive
	}))
	t.Cleanup(failing.Close)
	for name, url := range map[string]string{
		"hooks-test-422-endpoint-responded-500": failing.URL, "hooks-test-422-connection-refused": "http://127.0.0.1:1",
	} {
		r := recorded(t, name)
		r.Request.Path = "/api/hooks/" + h.ID + "/test"
		r.Request.Body = new(`{"events":["User.Created"],"config":{"url":"` + url + `"}}`)
		r.same(t, r.call(s, token(t, s, "all")))
	}
}

// TestJustInTimeSignUp: who signs up with a domain that an organization wants is a
// member before anybody is told of the user.
func TestJustInTimeSignUp(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	want := hook(t, "077-Organization.Membership.Updated-jit-email-domain-sign-up")
	s := newSim(logtosim.Config{WebhookURL: rc.URL, InOrder: true, App: recordedApp})
	s.ImportOrganizations(logtosim.Organization{ID: "2yvq87w9l9nl", Name: "Beta"})
	s.ImportOrganizationRoles(logtosim.OrganizationRole{ID: "r", Name: "org-member"})
	changed(t, s, "POST", "/organizations/2yvq87w9l9nl/jit/email-domains", `{"emailDomain":"jit.example"}`)
	changed(t, s, "POST", "/organizations/2yvq87w9l9nl/jit/roles", `{"organizationRoleIds":["r"]}`)
	changed(t, s, "POST", "/users", `{"primaryEmail":"api@jit.example"}`) // does not join
	rc.one(t, s)
	u, err := s.SignUp(t.Context(), logtosim.SignUp{Email: "dora@jit.example"})
	must(t, err)
	got := rc.all(t, s)
	if len(got) != 3 {
		t.Fatalf("got %d deliveries, want membership, user and registration", len(got))
	}
	want.equal(t, got[0].Body, "us5gkv8sayfh", u.ID)
	if members := s.State().Organizations["2yvq87w9l9nl"].Members; len(members) != 1 || members[u.ID][0] != "r" {
		t.Errorf("got members %v, want the one who signed up, with the role", members)
	}
}

// TestDeletionsCascadeSilently: what goes with a user, a role, an organization, a
// resource or an application is not told of.
func TestDeletionsCascadeSilently(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	s.Import(logtosim.User{ID: "ann"})
	s.GiveRoles("ann", logtosim.Role{ID: "viewer", Name: "viewer"})
	s.ImportOrganizations(logtosim.Organization{ID: "acme"}, logtosim.Organization{ID: "beta"})
	s.ImportMember("acme", "ann", logtosim.OrganizationRole{ID: "admin", Name: "admin"})
	s.ImportMember("beta", "ann", logtosim.OrganizationRole{ID: "admin", Name: "admin"})
	changed(t, s, "POST", "/organizations/acme/applications", `{"applicationIds":["`+appID+`"]}`)
	rc.all(t, s)
	for _, c := range []struct{ path, event string }{
		{"/roles/viewer", "Role.Deleted"}, {"/organization-roles/admin", "OrganizationRole.Deleted"},
		{"/organizations/beta", "Organization.Deleted"}, {"/users/ann", "User.Deleted"}, {"/applications/" + appID, ""},
	} {
		changed(t, s, "DELETE", c.path, "")
		got := rc.all(t, s)
		if c.event == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || decode[struct{ Event string }](t, got[0].Body).Event != c.event {
			t.Errorf("DELETE %s: got %d deliveries, want %s only", c.path, len(got), c.event)
		}
	}
	st := s.State()
	if o := st.Organizations["acme"]; len(st.Users)+len(st.Roles)+len(st.OrganizationRoles)+len(o.Members)+len(o.Applications) != 0 {
		t.Errorf("got %+v, want an empty organization and nothing else", st)
	}
}
