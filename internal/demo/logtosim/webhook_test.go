package logtosim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

const signingKey = "4ii3IRZhajPP2jo3HnKsyrc1SwYFjPFF"

// A receiver keeps what is delivered to it and answers with status.
type receiver struct {
	*httptest.Server
	status int

	mu   sync.Mutex // guards got
	got  []logtosim.Webhook
	open chan struct{} // if set, every answer waits for it
}

func newReceiver(t *testing.T, status int) *receiver {
	t.Helper()
	rc := &receiver{status: status}
	rc.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rc.mu.Lock()
		rc.got = append(rc.got, logtosim.Webhook{Header: r.Header, Body: body})
		rc.mu.Unlock()
		if rc.open != nil {
			<-rc.open
		}
		w.WriteHeader(rc.status)
	}))
	t.Cleanup(rc.Close)
	return rc
}

// all waits for the deliveries of s and returns those that came.
func (rc *receiver) all(t *testing.T, s *logtosim.Sim) []logtosim.Webhook {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	got := rc.got
	rc.got = nil
	return got
}

// one is all, if that is one.
func (rc *receiver) one(t *testing.T, s *logtosim.Sim) logtosim.Webhook {
	t.Helper()
	got := rc.all(t, s)
	if len(got) != 1 {
		t.Fatalf("got %d deliveries, want 1", len(got))
	}
	return got[0]
}

// random is what differs from delivery to delivery.
var random = regexp.MustCompile(`"(createdAt":"[^"]*|hookId":"[^"]*|sessionId":"[^"]*|userAgent":"[^"]*)"`)

// equal fails unless got is the recorded delivery to the byte, but for what is
// random; rename replaces ids of the recording by those here.
func (want delivery) equal(t *testing.T, got []byte, rename ...string) {
	t.Helper()
	blank := func(s string) string {
		return random.ReplaceAllStringFunc(s, func(m string) string { return m[:strings.Index(m, ":")] + `:"-"` })
	}
	if g, w := blank(string(got)), blank(strings.NewReplacer(rename...).Replace(want.Body)); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func hook(t *testing.T, name string) delivery {
	t.Helper()
	return read[delivery](t, "webhooks", name+".json")
}

// data reads the user of a recorded delivery.
func (want delivery) user(t *testing.T) logtosim.User {
	t.Helper()
	body := decode[struct{ Data, User json.RawMessage }](t, []byte(want.Body))
	if body.User != nil {
		return user(t, string(body.User))
	}
	return user(t, string(body.Data))
}

// recordedApp is the application of the recorded sign-ins.
var recordedApp = logtosim.Application{
	ID: "ts497gayt8vt6910at380", Type: "Traditional", Name: "Fixture Web App", Description: new("traditional web app"),
}

func TestSignatureIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"001-User.Created-register-username-password", "016-User.Created-api-create-user-full-unicode",
		"084-User.Deleted-api-delete-user",
	} {
		want := hook(t, name)
		s := newSim(logtosim.Config{SigningKey: want.SigningKey})
		if got := s.Sign([]byte(want.Body)); got != want.Headers["logto-signature-sha-256"] {
			t.Errorf("%s: got %s, want %s", name, got, want.Headers["logto-signature-sha-256"])
		}
	}
}

// TestDeliveryRequest: headers are the recorded ones and the signature is over
// the bytes that arrive.
func TestDeliveryRequest(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{SigningKey: signingKey, WebhookURL: rc.URL})
	if _, err := s.Create(t.Context(), logtosim.Fields{"name": "<ü>\u2028&\ufffd\\u2028\a"}); err != nil {
		t.Fatal(err)
	}
	got := rc.one(t, s)
	if !strings.Contains(string(got.Body), `"userAgent":"logtosim","ip":"127.0.0.1"`) {
		t.Errorf("got %s, want Go code as the caller", got.Body)
	}
	for _, k := range []string{"content-type", "user-agent"} {
		if g, w := got.Header.Get(k), hook(t, "001-User.Created-register-username-password").Headers[k]; g != w {
			t.Errorf("%s: got %q, want %q", k, g, w)
		}
	}
	if g, w := got.Header.Get(logtosim.SignatureHeader), s.Sign(got.Body); g != w {
		t.Errorf("signature: got %s, want %s", g, w)
	}
	if want := `"name":"<ü>` + "\u2028&\ufffd" + `\\u2028\u0007"`; !strings.Contains(string(got.Body), want) {
		t.Errorf("got %s, want %s in it", got.Body, want)
	}
	if strings.HasSuffix(string(got.Body), "\n") {
		t.Error("the body ends with a newline")
	}
}

// TestInteractionsAreTheRecordedOnes signs the recorded person up and in.
func TestInteractionsAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	created, registered, signedIn := hook(t, "001-User.Created-register-username-password"),
		hook(t, "002-PostRegister-register-username-password"), hook(t, "003-PostSignIn-sign-in-username-password")
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL, App: recordedApp, Now: at(created.user(t).CreatedAt)})
	u, err := s.SignUp(t.Context(), logtosim.SignUp{Username: " alice ", Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	rc.all(t, s)
	sent := s.Deliveries()
	if len(sent) != 2 {
		t.Fatalf("got %d deliveries, want 2", len(sent))
	}
	renames := []string{created.user(t).ID, u.ID}
	created.equal(t, sent[0].Body, renames...)
	registered.equal(t, sent[1].Body, append(renames, "1795284179065", "1795284178971")...) // the clock stands still here

	s = newSim(logtosim.Config{WebhookURL: rc.URL, App: recordedApp, Now: at(*signedIn.user(t).LastSignInAt)})
	before := registered.user(t)
	before.ApplicationID = &recordedApp.ID
	s.Import(before)
	if _, err := s.SignIn(t.Context(), before.ID); err != nil {
		t.Fatal(err)
	}
	signedIn.equal(t, rc.one(t, s).Body)
}

// A change is one recorded change by the Management API: the user as it was, the
// time in milliseconds, and the event it fired.
type change struct {
	event, method, path, body string
	before                    logtosim.User
	now                       int64
}

func managementChanges(t *testing.T) []change {
	t.Helper()
	patched := hook(t, "021-User.Data.Updated-api-patch-user-name")
	suspended := hook(t, "031-User.SuspensionStatus.Updated-api-suspend-user")
	return []change{
		{
			"016-User.Created-api-create-user-full-unicode", "POST", "/users", *recorded(t, "users-create").Request.Body,
			logtosim.User{}, user(t, recorded(t, "users-create").Response.Body).CreatedAt,
		},
		{"017-User.Created-api-create-user-no-email-no-username-empty-body", "POST", "/users", `{}`, logtosim.User{}, 1795284281608},
		{
			"021-User.Data.Updated-api-patch-user-name", "PATCH", "/users/y3c0awfivwdt", `{"name":"Renamed Ünïcode"}`,
			user(t, recorded(t, "users-create").Response.Body), patched.user(t).UpdatedAt,
		},
		{
			"027-User.Data.Updated-api-patch-user-custom-data", "PATCH", "/users/y3c0awfivwdt/custom-data",
			`{"customData":{"tier":"gold","n":3,"deep":{"a":null}}}`, patched.user(t), 1795284290000,
		},
		{
			"028-User.Data.Updated-api-patch-user-profile", "PATCH", "/users/y3c0awfivwdt/profile",
			`{"profile":{"website":"https://example.org","nickname":"Zö"}}`, patched.user(t), 1795284291000,
		},
		{
			"031-User.SuspensionStatus.Updated-api-suspend-user", "PATCH", "/users/y3c0awfivwdt/is-suspended", `{"isSuspended":true}`,
			suspended.user(t), suspended.user(t).UpdatedAt,
		},
		{
			"033-User.SuspensionStatus.Updated-api-unsuspend-user", "PATCH", "/users/y3c0awfivwdt/is-suspended", `{"isSuspended":false}`,
			suspended.user(t), 1795284295794,
		},
		{
			"084-User.Deleted-api-delete-user", "DELETE", "/users/y3c0awfivwdt", "",
			hook(t, "084-User.Deleted-api-delete-user").user(t), 1795284300000,
		},
		{
			"086-User.Deleted-api-delete-user-empty", "DELETE", "/users/9sqtnl8a1irw", "",
			hook(t, "086-User.Deleted-api-delete-user-empty").user(t), 1795284300000,
		},
	}
}

// TestManagementEventsAreTheRecordedOnes makes each recorded change to the
// recorded user, as it was, through the Management API.
func TestManagementEventsAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	for _, c := range managementChanges(t) {
		t.Run(c.event, func(t *testing.T) {
			rc := newReceiver(t, http.StatusOK)
			s := newSim(logtosim.Config{WebhookURL: rc.URL, Now: at(c.now)})
			if c.before.ID != "" {
				s.Import(c.before)
			}
			r := recording{}
			r.Request.Method, r.Request.Path, r.Request.Body = c.method, "/api"+c.path, &c.body
			r.Request.Headers = map[string]string{"user-agent": "node"}
			w := r.call(s, token(t, s, "all"))
			want, got := hook(t, c.event), rc.one(t, s)
			id := want.user(t).ID
			if c.method == "POST" {
				id = user(t, w.Body.String()).ID
			}
			// httptest calls from 192.0.2.1, the recorded caller was on the same machine.
			want.equal(t, got.Body, want.user(t).ID, id, `"ip":"127.0.0.1"`, `"ip":"192.0.2.1"`)
			if sent := s.Deliveries(); sent[0].UserID == "" || !strings.Contains(string(got.Body), sent[0].UserID) {
				t.Errorf("the delivery is about %q", sent[0].UserID)
			}
		})
	}
}

// TestCallers: what a caller says of itself is read as Logto reads it, and left
// out if it says nothing.
func TestCallers(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	for agent, want := range map[string]string{"Ü": `Z","userAgent":"Ã\u009c","ip":`, "": `Z","ip":`} {
		r := recorded(t, "users-create")
		r.Request.Body = new("{}")
		r.Request.Headers["user-agent"] = agent
		r.call(s, token(t, s, "all"))
		if got := rc.one(t, s); !strings.Contains(string(got.Body), strings.ReplaceAll(want, `\u009c`, "\u009c")) {
			t.Errorf("%q: got %s, want %s in it", agent, got.Body, want)
		}
	}
}

func TestOrganizationEventsAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	const id = "j559qs7he415"
	s := newSim(logtosim.Config{WebhookURL: rc.URL, Now: at(1795284371439)})
	ctx := t.Context()
	said := func(name string, err error, rename ...string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		hook(t, name).equal(t, rc.one(t, s).Body, append(rename, "logtosim", "node")...)
	}
	o, err := s.CreateOrganization(ctx, decode[logtosim.Fields](t, []byte(*recorded(t, "organizations-create").Request.Body)))
	said("058-Organization.Created-api-create-organization", err, id, o.ID)
	o.ID = id
	s.ImportOrganizations(o)
	_, err = s.PatchOrganization(ctx, id, logtosim.Fields{"name": "Açmé renamed", "description": nil})
	said("061-Organization.Data.Updated-api-patch-organization", err)
	people := []string{"ixnhp5grhkar", "sc8nrbdgxfnt", "y3c0awfivwdt"}
	for _, p := range people {
		s.Import(logtosim.User{ID: p})
	}
	said("063-Organization.Membership.Updated-api-org-users-post", s.AddMembers(ctx, id, people...))
	said("064-Organization.Membership.Updated-api-org-users-post-already-member", s.AddMembers(ctx, id, people[0]))
	said("070-Organization.Membership.Updated-api-org-users-delete", s.RemoveMember(ctx, id, people[1]))
	said("092-Organization.Deleted-api-delete-organization-with-members", s.DeleteOrganization(ctx, id), "rmhoyh1s78t9", id)
}

// TestComposeSaysWhatIsSent: what Compose makes is what a change sends, and it
// sends nothing itself.
func TestComposeSaysWhatIsSent(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{SigningKey: signingKey, WebhookURL: rc.URL, Now: at(1795284178971)})
	u, err := s.Create(t.Context(), logtosim.Fields{"username": "ann", "profile": map[string]any{"nickname": "A"}})
	if err != nil {
		t.Fatal(err)
	}
	compose := func(event string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		want, ok := s.User(u.ID)
		if !ok {
			want = u
		}
		made, err := s.Compose(event, want)
		if err != nil {
			t.Fatal(err)
		}
		got := rc.one(t, s)
		delivery{Body: string(got.Body)}.equal(t, made.Body)
		if g, w := made.Header.Get(logtosim.SignatureHeader), s.Sign(made.Body); g != w {
			t.Errorf("%s: signature %s, want %s", event, g, w)
		}
	}
	compose("User.Created", nil)
	u, err = s.Patch(t.Context(), u.ID, logtosim.Fields{"name": "Ann"})
	compose("User.Data.Updated", err)
	u, err = s.Suspend(t.Context(), u.ID, false)
	compose("User.SuspensionStatus.Updated", err)
	compose("User.Deleted", s.Delete(t.Context(), u.ID))
	for _, event := range []string{"PostSignIn", "PostRegister"} {
		if _, err := s.Compose(event, u); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Compose("Role.Created", u); err == nil {
		t.Error("got a form for Role.Created, want an error")
	}
	if n := len(rc.all(t, s)); n != 0 {
		t.Errorf("Compose sent %d deliveries", n)
	}
}
