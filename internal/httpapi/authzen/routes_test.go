package authzen_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

var paths = []string{evaluation, evaluations, searchSubject, searchResource, searchAction}

// everything is a request that all five endpoints accept.
const everything = "{" + alice + "," + read + "," + record1 + "}"

func TestOnlyEnvironmentKeysAsk(t *testing.T) {
	t.Parallel()
	d := open(t, true, fixture()...)
	for name, c := range map[string]struct {
		authorization string
		status        int
	}{
		"key":              {key, 200},
		"bearer":           {"bearer " + storetest.EnvSecret, 200},
		"no key":           {"", 401},
		"wrong key":        {"Bearer wrong", 401},
		"empty key":        {"Bearer ", 401},
		"another scheme":   {"Basic " + storetest.EnvSecret, 401},
		"project key":      {"Bearer " + storetest.ProjectSecret, 403},
		"organization key": {"Bearer " + storetest.OrgSecret, 403},
	} {
		for _, path := range append(paths, "/access/v1/other") {
			want := c.status
			if path == "/access/v1/other" && want == 200 {
				want = 404
			}
			got := d.post(t, path, everything, "Authorization", c.authorization)
			if got.status != want || want != 200 && (strings.Contains(got.text, "decision\"") || strings.Contains(got.text, "results")) {
				t.Errorf("%s, %s: got %d %s, want %d", name, path, got.status, got.text, want)
			}
			if has := got.header.Get("WWW-Authenticate") == "Bearer"; has != (want == 401) {
				t.Errorf("%s: got WWW-Authenticate %q with %d", name, got.header.Get("WWW-Authenticate"), got.status)
			}
		}
	}
}

func TestOtherMethodsAndLongBodiesAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	for _, path := range paths {
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			if got := d.send(t, method, path, everything); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "POST" {
				t.Errorf("%s %s: got %d %s", method, path, got.status, got.text)
			}
		}
		if got := d.post(t, path, `{"x":"`+strings.Repeat("x", 1<<20)+`"}`); got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: got %d for a long body", path, got.status)
		}
		if got := d.post(t, path, `{"x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`}`); got.status != http.StatusBadRequest || !strings.Contains(got.text, "nested") {
			t.Errorf("%s: got %d %s for a deep body", path, got.status, got.text)
		}
	}
}

// TestWhatIsNotLoadedIsNotAnswered: no answer, rather than a guess.
func TestWhatIsNotLoadedIsNotAnswered(t *testing.T) {
	t.Parallel()
	d := open(t, false, fixture()...)
	for _, path := range paths {
		for _, body := range []string{everything, "{" + alice + "," + read + "," + record1 + `,"evaluations":[{}]}`} {
			for _, explain := range []string{"", "1"} {
				got := d.post(t, path, body, "X-Gatehouse-Explain", explain)
				if want := `{"error":{"status":503,"message":"the environment is not loaded yet"}}` + "\n"; got.status != 503 || got.text != want {
					t.Errorf("%s: got %d %s, want %s", path, got.status, got.text, want)
				}
			}
		}
	}
	if allowed, denied := d.decisions.Counts(); allowed+denied != 0 {
		t.Errorf("got %d and %d counted, want none", allowed, denied)
	}
}

// workplace is where ann reads docs of acme by her role there, and bob only the
// doc he owns.
func workplace() []authz.Change {
	given := func(id authz.ID, user authz.UserKey, role authz.RoleKey, on authz.Node) authz.Change {
		return authz.PutAssignment{Assignment: authz.Assignment{ID: id, User: user, Role: role, Tenant: "acme", Instance: on, GivenBy: []authz.Giver{authz.ByAPI}}}
	}
	doc := func(key string) authz.Node { return authz.Node{Type: "doc", Key: key} }
	return []authz.Change{
		authz.PutTenant{Tenant: authz.Tenant{Key: "acme", ID: "1"}},
		authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "2", Actions: []authz.Action{{Key: "read"}, {Key: "write"}},
			Roles: []authz.ResourceRole{{Key: "owner", ID: "3", Actions: []authz.ActionKey{"read", "write"}}}}},
		authz.PutRole{Role: authz.Role{Key: "viewer", ID: "4", Permissions: []authz.Permission{{Resource: "doc", Action: "read"}}}},
		authz.PutUser{User: authz.User{Key: "ann", ID: "5"}}, authz.PutUser{User: authz.User{Key: "bob", ID: "6"}},
		authz.PutUser{User: authz.User{Key: "sam", ID: "7", Suspended: true}},
		authz.PutInstance{Instance: authz.Instance{Node: doc("1"), ID: "8", Tenant: "acme"}},
		authz.PutInstance{Instance: authz.Instance{Node: doc("2"), ID: "9", Tenant: "acme"}},
		given("10", "ann", "viewer", authz.Node{}), given("11", "bob", "owner", doc("2")), given("12", "sam", "viewer", authz.Node{}),
	}
}

func TestADecisionIsExplainedIfAsked(t *testing.T) {
	t.Parallel()
	d := open(t, true, workplace()...)
	for _, c := range []struct{ user, action, id, tenant, want string }{
		{"ann", "read", "1", "acme", `{"decision":true,"context":{"reason":"allow","model":"rbac","role":"viewer","rbac":"allow","rebac":"no_permission"}}`},
		{"bob", "write", "2", "acme", `{"decision":true,"context":{"reason":"allow","model":"rebac","role":"owner","rbac":"no_user_roles","rebac":"allow"}}`},
		{"bob", "write", "1", "acme", `{"decision":false,"context":{"reason":"no_user_roles","rbac":"no_user_roles","rebac":"no_permission"}}`},
		{"ann", "write", "1", "acme", `{"decision":false,"context":{"reason":"no_permission","rbac":"no_permission","rebac":"no_permission"}}`},
		{"ann", "fly", "1", "acme", `{"decision":false,"context":{"reason":"no_such_action","rbac":"no_such_action","rebac":"no_such_action"}}`},
		{"ann", "read", "1", "moon", `{"decision":false,"context":{"reason":"no_such_tenant","rbac":"no_such_tenant","rebac":"no_such_tenant"}}`},
		{"zoe", "read", "1", "acme", `{"decision":false,"context":{"reason":"user_not_synced","rbac":"user_not_synced","rebac":"user_not_synced"}}`},
		{"sam", "read", "1", "acme", `{"decision":false,"context":{"reason":"user_suspended","rbac":"user_suspended"}}`},
	} {
		body := `"subject":{"type":"user","id":"` + c.user + `"},"action":{"name":"` + c.action + `"},"resource":{"type":"doc","id":"` + c.id + `","properties":{"tenant":"` + c.tenant + `"}}`
		short := d.post(t, evaluation, "{"+body+"}").text
		if got := d.post(t, evaluation, "{"+body+"}", "X-Gatehouse-Explain", "1").text; got != c.want+"\n" {
			t.Errorf("got %swant %s", got, c.want)
		} else if !strings.HasPrefix(got, strings.TrimSuffix(short, "}\n")) {
			t.Errorf("got %s with the reason and %s without", got, short)
		}
		if got := d.post(t, evaluations, "{"+body+`,"evaluations":[{},{"subject":{"type":"user","id":"nobody"}}]}`, "X-Gatehouse-Explain", "1").text; !strings.HasPrefix(got, `{"evaluations":[`+c.want+",") {
			t.Errorf("got %s, want %s first", got, c.want)
		}
	}
	if allowed, denied := d.decisions.Counts(); allowed != 6 || denied != 26 {
		t.Errorf("got %d and %d counted, want 6 allowed and 26 denied", allowed, denied)
	}
	d.post(t, searchSubject, of(anyUser, read, `"resource":{"type":"doc","id":"1","properties":{"tenant":"acme"}}`))
	if allowed, denied := d.decisions.Counts(); allowed+denied != 32 {
		t.Errorf("a search counts as %d decisions", allowed+denied-32)
	}
}

// TestASearchNobodyWaitsForEnds: it is neither finished nor logged as our fault.
func TestASearchNobodyWaitsForEnds(t *testing.T) {
	t.Parallel()
	d := open(t, true, workplace()...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, path := range []string{searchSubject, searchResource, searchAction} {
		if got := d.sendIn(t, ctx, http.MethodPost, path, everything); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d %s, want 503", path, got.status, got.text)
		}
	}
}
