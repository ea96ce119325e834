package ingest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// coverageOfRecordings takes in every recorded delivery. Before each, what it is about
// is changed in Logto without a word.
func coverageOfRecordings(t *testing.T) string {
	t.Helper()
	dir := "../demo/logtosim/testdata/webhooks"
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := newCoverage(t)
	c.sim.Import(logtosim.User{ID: "holder"})
	c.done(t)
	rows := "## Recorded deliveries\n\nWhat real deliveries of Logto 1.42 are taken for. Before each is taken in, what it is about changes without a word; after it,\n" +
		"the directory that is told holds the change.\n\n| recording | about | what it causes |\n|---|---|---|\n"
	for i, f := range files {
		name := strings.TrimSuffix(f.Name(), ".json")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			var recorded struct{ Body string }
			if err := json.Unmarshal(raw, &recorded); err != nil {
				t.Fatal(err)
			}
			rows += "| `" + name + "` | " + c.recording(t, i, recorded.Body) + " |\n"
		})
	}
	return rows
}

// recording takes in one recorded delivery and says what it is about and causes.
func (c *coverage) recording(t *testing.T, n int, body string) string {
	t.Helper()
	d, err := c.told.reconciler.Source.Read([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case d.Standing == ingest.Test:
		body = strings.Replace(body, `"hookId":"`, fmt.Sprintf(`"hookId":"%d`, n), 1)
	case d.Subject.Kind == ingest.UserSubject && d.Aspect == ingest.GoneAspect:
		c.sim.Import(logtosim.User{ID: d.Subject.ID})
		c.done(t)
		c.told.ok(c.sim.Delete(t.Context(), d.Subject.ID))
		c.taken = len(c.sim.Deliveries())
	case d.Subject.Kind == ingest.UserSubject:
		name := fmt.Sprint("changed ", n)
		c.sim.Import(logtosim.User{ID: d.Subject.ID, Name: &name, IsSuspended: n%2 == 0})
	case d.Subject.Kind == ingest.OrganizationSubject && d.Aspect == ingest.GoneAspect:
		c.sim.ImportOrganizations(logtosim.Organization{ID: d.Subject.ID, Name: "gone"})
		c.done(t)
		c.told.ok(c.sim.DeleteOrganization(t.Context(), d.Subject.ID))
		c.taken = len(c.sim.Deliveries())
	case d.Subject.Kind == ingest.OrganizationSubject:
		c.sim.ImportOrganizations(logtosim.Organization{ID: d.Subject.ID, Name: fmt.Sprint("changed ", n)})
		c.sim.ImportMember(d.Subject.ID, "holder", logtosim.OrganizationRole{ID: fmt.Sprint("r", n%2), Name: []string{"viewer", "editor"}[n%2]})
	case d.Shared:
		c.turn = 1 - c.turn
		c.sim.GiveRoles("holder", logtosim.Role{ID: fmt.Sprint("g", c.turn), Name: []string{"viewer", "editor"}[c.turn], Type: "User"})
	}
	a := c.done(t, logtosim.Webhook{Event: d.Event, Body: []byte(body), Header: signed(signingKey, body)})
	switch {
	case d.Standing == ingest.Test:
		return "nobody: it tries the webhook out | accepted, and never used"
	case a.by == byWebhook && d.Subject.Kind == ingest.UserSubject:
		return "a user | the user is looked at"
	case a.by == byWebhook && d.Subject.Kind == ingest.OrganizationSubject:
		return "an organization | it and its members are looked at"
	case a.by == byAsking:
		return "a role that users may hold | a sweep begins at once"
	case !a.changed:
		what := "a " + strings.ReplaceAll(string(d.Subject.Kind), "-", " ")
		return strings.Replace(what, "a o", "an o", 1) + " | kept; where the mapping has roles made, they are read again"
	}
	t.Errorf("it does not reach us: %+v", a)
	return ""
}
