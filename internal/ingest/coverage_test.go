package ingest_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

var update = flag.Bool("update", false, "write docs/logto-coverage.md; read the diff before believing it")

const coverageFile = "../../docs/logto-coverage.md"

// sameRoles are roles by their own names.
var sameRoles = simtest.Mapping{
	Global:       map[string]string{"viewer": "viewer", "editor": "editor"},
	Organization: map[string]string{"viewer": "viewer", "editor": "editor"},
}

// facts are what the directory holds, read from the tables.
func (b *bridge) facts() simtest.Facts {
	b.t.Helper()
	f := simtest.Facts{}
	for _, c := range storetest.Tables(b.t, b.store) {
		switch c := c.(type) { //nolint:gochecksumtype // what a source brings in
		case authz.PutUser:
			u := simtest.User{Suspended: c.User.Suspended, Email: c.User.Email, Names: [2]string{c.User.FirstName, c.User.LastName}}
			u.Username, _ = c.User.Attributes["username"].(string)
			u.Phone, _ = c.User.Attributes["phone"].(string)
			u.CustomData, _ = json.Marshal(c.User.Attributes["custom_data"])
			f.User(string(c.User.Key), u)
		case authz.PutTenant:
			if c.Tenant.Key != "default" {
				f.Organization(string(c.Tenant.Key), c.Tenant.Name)
			}
		case authz.PutMembership:
			f.Member(string(c.Membership.User), string(c.Membership.Tenant))
		case authz.PutAssignment:
			f.Holds(string(c.Assignment.User), string(c.Assignment.Tenant), string(c.Assignment.Role))
		}
	}
	return f
}

// A coverage finds out how what is done in Logto reaches two directories, of which
// one is told by webhooks and the other sweeps.
type coverage struct {
	t           *testing.T
	sim         *logtosim.Sim
	told, swept *bridge
	before      simtest.Facts
	taken       int // deliveries that were looked at
	turn        int // which of two roles the holder has
}

// An arrival is how a change reached the directories.
type arrival struct {
	events  []string // that Logto sent of it
	changed bool     // something that is kept
	by      string
}

// The ways in which changes arrive. Whatever arrives by a webhook arrives by a sweep,
// too.
const (
	byWebhook = "by webhook, at once"
	byAsking  = "the webhook has a sweep begin at once"
	bySweep   = "by sweep: Logto tells nobody"
)

func newCoverage(t *testing.T) *coverage {
	t.Helper()
	nobody := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(nobody.Close)
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret", SigningKey: signingKey, WebhookURL: nobody.URL})
	door := httptest.NewServer(sim)
	t.Cleanup(door.Close)
	return &coverage{t: t, sim: sim, told: bridgeFrom(t, sim, door.URL), swept: bridgeFrom(t, sim, door.URL), before: sameRoles.Wanted(sim.State())}
}

// done finds out what came of what was just done in Logto.
func (c *coverage) done(t *testing.T, more ...logtosim.Webhook) (a arrival) {
	t.Helper()
	c.told.t, c.swept.t = t, t
	wanted := sameRoles.Wanted(c.sim.State())
	a.changed = !cmp.Equal(c.before, wanted)
	c.before = wanted
	c.told.ok(c.sim.Flush(t.Context()))
	all := c.sim.Deliveries()
	for _, d := range all[c.taken:] {
		more = append(more, d.Webhook)
	}
	c.taken = len(all)
	asked := false
	for _, w := range more {
		d, err := c.told.inbox.Accept(t.Context(), w.Header, w.Body)
		c.told.ok(err)
		asked = asked || d.Shared
		if a.events = append(a.events, w.Event); d.Event != w.Event {
			t.Errorf("%s is read as %s", w.Event, d.Event)
		}
	}
	c.told.work(0)
	if a.by = byWebhook; !cmp.Equal(wanted, c.told.facts()) {
		if a.by = bySweep; asked {
			a.by = byAsking
		}
		c.told.ok(c.told.sweep.Once(t.Context()))
		c.told.work(0)
	}
	c.swept.ok(c.swept.sweep.Once(t.Context()))
	c.swept.work(0)
	for who, b := range map[string]*bridge{"told": c.told, "swept": c.swept} {
		if diff := cmp.Diff(wanted, b.facts()); diff != "" {
			t.Errorf("the one that is %s (-Logto +here)\n%s", who, diff)
		}
	}
	if p := c.swept.prove(); p.Verdict != ingest.Equal || p.There != p.Here {
		t.Errorf("the proof says %+v", p)
	}
	if !a.changed {
		a.by = ""
	}
	return a
}

// arrivals are how the changes of one route arrive.
type arrivals struct {
	events, ways []string
	changes      bool
}

func (r *arrivals) add(a arrival) {
	for _, e := range a.events {
		if !slices.Contains(r.events, e) {
			r.events = append(r.events, e)
		}
	}
	if r.changes = r.changes || a.changed; a.changed && !slices.Contains(r.ways, a.by) {
		r.ways = append(r.ways, a.by)
	}
}

// nothingKept are routes that change nothing that is kept here, and why.
var nothingKept = [][2]string{
	{`\w+ /api/users/\{userId\}/(password|identities|mfa-verifications|personal-access-tokens|logto-configs|sessions|grants)\b.*`, "how somebody signs in is Logto's own"},
	{`\w+ /api/my-account/(identities|logto-configs|mfa-.*|password)\b.*`, "how somebody signs in is Logto's own"},
	{`\w+ /api/(resources|organization-scopes)\b.*|\w+ /api/(roles|organization-roles)/\{id\}/(scopes|resource-scopes)\b.*`, "what a role may is said here, unless the mapping has roles made: then they are read again"},
	{`\w+ /api/applications\b.*|\w+ /api/(roles|organizations)/\{id\}/applications\b.*`, "applications are no users"},
	{`\w+ /api/organizations/\{id\}/jit/.*`, "a rule for sign-ups to come; whoever joins by it is a member, which reaches us"},
	{`POST /api/(roles|organization-roles)`, "nobody holds it yet; where the mapping has roles made, they are read again"},
	{`\w+ /api/organization-invitations(/\{id\}(/message)?)?`, "whoever is invited is nobody here before accepting"},
	{`\w+ /api/hooks\b.*`, "how Logto tells, and not what is so"},
}

// why is why nothing is kept of what the route changes.
func why(route string) string {
	for _, c := range nothingKept {
		if regexp.MustCompile("^(?:" + c[0] + ")$").MatchString(route) {
			return c[1]
		}
	}
	return ""
}

// TestCoverage holds docs/logto-coverage.md: every route of Logto that changes users,
// roles or organizations is taken, every recorded delivery taken in, and each arrives
// as the table says.
func TestCoverage(t *testing.T) {
	t.Parallel()
	kept, err := os.ReadFile(coverageFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	text := coverageHead + coverageOfRoutes(t) + coverageOfRecordings(t)
	if *update {
		if err := os.WriteFile(coverageFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(text, "\n")); diff != "" {
		t.Errorf("docs/logto-coverage.md is not what is so; go test ./internal/ingest -run TestCoverage -update writes it (-kept +is)\n%s", diff)
	}
}

const coverageHead = `# How each change in Logto reaches Gatehouse

Written by ` + "`go test ./internal/ingest -run TestCoverage -update`" + `, which does what each row says to the stand-in for Logto 1.42 and looks
at two directories: one is told by webhooks, the other sweeps and is told nothing. After each row both hold what Logto holds,
by a comparison with nothing of Gatehouse's own in it, and the proof says equal. Each row is a subtest of ` + "`TestCoverage`" + `.

`

// coverageOfRoutes takes the story of every route, and what the stand-in has no
// route for.
func coverageOfRoutes(t *testing.T) string {
	t.Helper()
	c, routes, ids := newCoverage(t), map[string]*arrivals{}, map[string]string{}
	take := func(route string, does func(t *testing.T) []logtosim.Webhook) {
		t.Run(route, func(t *testing.T) {
			if routes[route] == nil {
				routes[route] = &arrivals{}
			}
			routes[route].add(c.done(t, does(t)...))
		})
	}
	caller := simtest.Caller{Logto: c.sim, AppID: "app", AppSecret: "secret"}
	for _, s := range simtest.EveryRoute {
		take(s.Route(), func(t *testing.T) []logtosim.Webhook {
			if err := caller.Take(s, ids); err != nil {
				t.Fatal(err)
			}
			return nil
		})
	}
	c.signUps(take)
	c.account(take)
	rows := []string{}
	for _, route := range slices.Sorted(maps.Keys(routes)) {
		r := routes[route]
		says := strings.Join(r.ways, "; ")
		if reason := why(route); r.changes == (reason != "") {
			t.Errorf("%s changes something: %t, and nothing is kept of it because: %q", route, r.changes, reason)
		} else if !r.changes {
			says = "nothing to reach: " + reason
		}
		sent := strings.Join(r.events, ", ")
		if sent == "" {
			sent = "nothing"
		}
		if method, path, is := strings.Cut(route, " /"); is {
			route = fmt.Sprintf("%s `/%s`", method, path)
		}
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |\n", route, sent, says))
	}
	covers(t, routes)
	slices.SortStableFunc(rows, func(a, b string) int { return strings.Compare(pathOf(a), pathOf(b)) })
	return "## Routes\n\nThe rest of Logto's 239 routes that change something change nobody and no organization: how Logto looks, its connectors,\n" +
		"keys, domains and mail, and the steps of a sign-in before its end.\n\n" +
		"| route | Logto sends | how it reaches Gatehouse |\n|---|---|---|\n" + strings.Join(rows, "") + "\n"
}

func pathOf(row string) string {
	_, path, _ := strings.Cut(row, "`")
	return path
}

// byHand is the row of what no route does.
const byHand = "a change of the database by hand"

// measured are the routes with a row: those that change users, roles, organizations
// or what these refer to, and the ends of sign-ins and what people do themselves.
var measured = regexp.MustCompile(`^\w+ /api/((users|roles|resources|applications|organizations|organization-roles|organization-scopes|organization-invitations|hooks|my-account)(/|$)|experience/(identification|submit)$)`)

// unmoved are measured routes that change how an application is shown or protected,
// one's own sessions or files, or only make a secret; the stand-in has none of them.
var unmoved = regexp.MustCompile(`/(access-control|sign-in-experience|user-consent-scopes|legacy-secret|protected-app-metadata|secrets|consent-organizations|user-assets)(/|$)|my-account/(grants|sessions)/|/(generate|access-token)$`)

// covers holds the rows to what was measured.
func covers(t *testing.T, rows map[string]*arrivals) {
	t.Helper()
	raw, err := os.ReadFile("../demo/logtosim/testdata/mutating-routes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		columns := strings.Split(line, "\t")
		if route := columns[0] + " " + columns[1]; measured.MatchString(route) && !unmoved.MatchString(route) {
			wanted[route] = true
			if rows[route] == nil {
				t.Errorf("%s has no row", route)
			}
		}
	}
	for route := range rows {
		if !wanted[route] && route != byHand {
			t.Errorf("%s was never measured", route)
		}
	}
}

// signUps are sign-ups and sign-ins, which have no route of the Management API.
func (c *coverage) signUps(take func(string, func(*testing.T) []logtosim.Webhook)) {
	c.sim.ImportOrganizations(logtosim.Organization{ID: "jit", Name: "JIT"})
	caller, ids := simtest.Caller{Logto: c.sim, AppID: "app", AppSecret: "secret"}, map[string]string{}
	made := func(method, path, body, as string) {
		c.t.Helper()
		if err := caller.Take(simtest.Step{Method: method, Path: path, Body: body, Status: http.StatusCreated, As: as}, ids); err != nil {
			c.t.Fatal(err)
		}
	}
	made("POST", "/organization-roles", `{"name":"editor"}`, "role")
	made("POST", "/organizations/jit/jit/email-domains", `{"emailDomain":"jit.example"}`, "")
	made("POST", "/organizations/jit/jit/roles", `{"organizationRoleIds":["{role}"]}`, "")
	c.done(c.t)
	var dora logtosim.User
	take("POST /api/experience/identification", func(t *testing.T) (none []logtosim.Webhook) {
		var err error
		if dora, err = c.sim.SignUp(t.Context(), logtosim.SignUp{Username: "dora", Email: "dora@jit.example", Name: "Dora Lee"}); err != nil {
			t.Fatal(err)
		}
		return none
	})
	take("POST /api/experience/submit", func(t *testing.T) (none []logtosim.Webhook) {
		dora.Name = nil // as when a social sign-in brings another profile
		c.sim.Import(dora)
		if _, err := c.sim.SignIn(t.Context(), dora.ID); err != nil {
			t.Fatal(err)
		}
		return none
	})
	take(byHand, func(*testing.T) (none []logtosim.Webhook) {
		dora.IsSuspended = true
		c.sim.Import(dora)
		return none
	})
}

// account are the routes by which people change themselves. The stand-in has none of
// them: the change is made, and told of as those routes do.
func (c *coverage) account(take func(string, func(*testing.T) []logtosim.Webhook)) {
	email, phone, name := "new@example.org", "123456", "Eve Moss"
	eve := logtosim.User{ID: "eve"}
	c.sim.Import(eve)
	c.before = nil
	for _, r := range []struct {
		route  string
		change func()
	}{
		{"PATCH /api/my-account", func() { eve.Name, eve.CustomData = &name, json.RawMessage(`{"a":1}`) }},
		{"PATCH /api/my-account/profile", func() { eve.Profile = json.RawMessage(`{"givenName":"Eva"}`) }},
		{"POST /api/my-account/primary-email", func() { eve.PrimaryEmail = &email }},
		{"DELETE /api/my-account/primary-email", func() { eve.PrimaryEmail = nil }},
		{"POST /api/my-account/primary-phone", func() { eve.PrimaryPhone = &phone }},
		{"DELETE /api/my-account/primary-phone", func() { eve.PrimaryPhone = nil }},
		{"POST /api/my-account/password", func() {}},
		{"POST /api/my-account/identities", func() { eve.Identities = json.RawMessage(`{"github":{"userId":"1"}}`) }},
		{"PUT /api/my-account/identities", func() { eve.Identities = json.RawMessage(`{"github":{"userId":"2"}}`) }},
		{"DELETE /api/my-account/identities/{target}", func() { eve.Identities = nil }},
		{"PATCH /api/my-account/logto-configs", func() {}},
		{"PATCH /api/my-account/mfa-settings", func() {}},
		{"POST /api/my-account/mfa-verifications", func() {}},
		{"PUT /api/my-account/mfa-verifications/totp", func() {}},
		{"DELETE /api/my-account/mfa-verifications/{verificationId}", func() {}},
		{"PATCH /api/my-account/mfa-verifications/{verificationId}/name", func() {}},
	} {
		take(r.route, func(t *testing.T) []logtosim.Webhook {
			if c.before == nil { // eve is there already
				c.done(t, c.byHerself(t, eve))
			}
			r.change()
			eve.UpdatedAt++
			c.sim.Import(eve)
			return []logtosim.Webhook{c.byHerself(t, eve)}
		})
	}
}

// byHerself is the delivery of a change that a person made: the user, and no route.
func (c *coverage) byHerself(t *testing.T, u logtosim.User) logtosim.Webhook {
	t.Helper()
	shown, _ := c.sim.User(u.ID)
	raw, err := json.Marshal(map[string]any{"event": "User.Data.Updated", "createdAt": time.Now().UTC().Format(time.RFC3339Nano), "data": shown})
	if err != nil {
		t.Fatal(err)
	}
	return logtosim.Webhook{Event: "User.Data.Updated", UserID: u.ID, Body: raw, Header: signed(signingKey, string(raw))}
}
