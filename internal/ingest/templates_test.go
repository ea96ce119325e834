package ingest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// roles are what each role permits, as "read:docs write:docs", read from the tables.
func (b *bridge) roles() map[string]string {
	b.t.Helper()
	out := map[string]string{}
	for _, c := range storetest.Tables(b.t, b.store) {
		if r, is := c.(authz.PutRole); is {
			var may []string
			for _, p := range r.Role.Permissions {
				may = append(may, string(p.Action)+":"+string(p.Resource))
			}
			slices.Sort(may)
			out[string(r.Role.Key)] = strings.Join(may, " ")
		}
	}
	return out
}

// madeRoles has a bridge make roles, of which docs can be read and written.
func (b *bridge) madeRoles() {
	b.t.Helper()
	_, _, err := b.directory.CreateResource(b.t.Context(), storetest.Env, "key:test", "docs", directory.ResourceInput{Actions: &[]authz.Action{{Key: "read"}, {Key: "write"}}})
	b.ok(err)
	_, err = b.directory.ReplaceMapping(b.t.Context(), storetest.Env, "key:test", authz.Mapping{Roles: authz.SourceRoles{Create: true, Scopes: "action:resource"}})
	b.ok(err)
}

// TestRolesFollowLogto: whatever is done to roles, scopes and what they are of, by
// webhook where Logto tells of it, and by one sweep in any case.
func TestRolesFollowLogto(t *testing.T) {
	t.Parallel()
	c := newCoverage(t)
	c.told.madeRoles()
	c.swept.madeRoles()
	caller, ids := simtest.Caller{Logto: c.sim, AppID: "app", AppSecret: "secret"}, map[string]string{}
	wanted := map[string]string{"viewer": "", "editor": ""} // people made them
	for _, s := range []struct {
		does   simtest.Step
		silent bool
		role   string // what becomes of it
		is     string
		gone   bool
	}{
		{does: simtest.Step{Method: "POST", Path: "/resources", Body: `{"name":"Docs","indicator":"https://docs.example"}`, As: "api", Status: http.StatusCreated}},
		{does: simtest.Step{Method: "POST", Path: "/resources/{api}/scopes", Body: `{"name":"read:docs"}`, As: "read", Status: http.StatusCreated}},
		{does: simtest.Step{Method: "POST", Path: "/roles", Body: `{"name":"reader","description":"reads"}`, As: "reader", Status: http.StatusOK}, role: "reader"},
		{does: simtest.Step{Method: "POST", Path: "/roles/{reader}/scopes", Body: `{"scopeIds":["{read}"]}`, Status: http.StatusCreated}, role: "reader", is: "read:docs"},
		{does: simtest.Step{Method: "PATCH", Path: "/resources/{api}/scopes/{read}", Body: `{"name":"write:docs"}`, Status: http.StatusOK}, role: "reader", is: "write:docs"},
		{does: simtest.Step{Method: "POST", Path: "/organization-scopes", Body: `{"name":"read:docs"}`, As: "own", Status: http.StatusCreated}},
		{does: simtest.Step{Method: "POST", Path: "/organization-roles", Body: `{"name":"head","description":"d"}`, As: "head", Status: http.StatusCreated}, role: "head"},
		{does: simtest.Step{Method: "PUT", Path: "/organization-roles/{head}/scopes", Body: `{"organizationScopeIds":["{own}"]}`, Status: http.StatusNoContent}, role: "head", is: "read:docs"},
		{does: simtest.Step{Method: "PUT", Path: "/organization-roles/{head}/resource-scopes", Body: `{"scopeIds":["{read}"]}`, Status: http.StatusNoContent}, silent: true, role: "head", is: "read:docs write:docs"},
		{does: simtest.Step{Method: "DELETE", Path: "/resources/{api}", Status: http.StatusNoContent}, silent: true, role: "reader"},
		{does: simtest.Step{Method: "POST", Path: "/roles", Body: `{"name":"machine","description":"m","type":"MachineToMachine"}`, Status: http.StatusOK}},
		{does: simtest.Step{Method: "DELETE", Path: "/roles/{reader}", Status: http.StatusNoContent}, role: "reader", gone: true},
		{does: simtest.Step{Method: "DELETE", Path: "/organization-scopes/{own}", Status: http.StatusNoContent}, role: "head"},
	} {
		if err := caller.Take(s.does, ids); err != nil {
			t.Fatal(err)
		}
		if s.gone {
			delete(wanted, s.role)
		} else if s.role != "" {
			wanted[s.role] = s.is
		}
		if s.does.Method == "DELETE" && strings.HasPrefix(s.does.Path, "/resources") {
			wanted["head"] = "read:docs"
		}
		c.tell()
		if !s.silent {
			if diff := cmp.Diff(wanted, c.told.roles()); diff != "" {
				t.Errorf("after %s %s, by webhook (-Logto +here)\n%s", s.does.Method, s.does.Path, diff)
			}
		}
		for _, b := range []*bridge{c.told, c.swept} {
			b.ok(b.sweep.Once(t.Context()))
			b.work(0)
			if diff := cmp.Diff(wanted, b.roles()); diff != "" {
				t.Fatalf("after %s %s, by a sweep (-Logto +here)\n%s", s.does.Method, s.does.Path, diff)
			}
		}
	}
}

// tell hands what Logto has sent to the directory that is told.
func (c *coverage) tell() {
	c.t.Helper()
	c.told.ok(c.sim.Flush(c.t.Context()))
	all := c.sim.Deliveries()
	for _, d := range all[c.taken:] {
		_, err := c.told.inbox.Accept(c.t.Context(), d.Header, d.Body)
		c.told.ok(err)
	}
	c.taken = len(all)
	c.told.work(0)
}

// TestWhatIsNotKeptOfRolesIsSaid, by the last sweep.
func TestWhatIsNotKeptOfRolesIsSaid(t *testing.T) {
	t.Parallel()
	c := newCoverage(t)
	c.swept.madeRoles()
	caller, ids := simtest.Caller{Logto: c.sim, AppID: "app", AppSecret: "secret"}, map[string]string{}
	for _, s := range []simtest.Step{
		{Method: "POST", Path: "/organization-scopes", Body: `{"name":"everything"}`, As: "all", Status: http.StatusCreated},
		{Method: "POST", Path: "/organization-roles", Body: `{"name":"head","organizationScopeIds":["{all}"]}`, Status: http.StatusCreated},
	} {
		if err := caller.Take(s, ids); err != nil {
			t.Fatal(err)
		}
	}
	c.swept.ok(c.swept.sweep.Once(t.Context()))
	if said := c.swept.sweep.Unkept(); len(said) != 1 || !strings.Contains(said[0], `scope "everything" of organization role "head"`) {
		t.Errorf("got %q, want the scope that is no permission", said)
	}
}

// TestTheProofSeesRolesThatDiffer from those that they were made of, until they are
// repaired.
func TestTheProofSeesRolesThatDiffer(t *testing.T) {
	t.Parallel()
	c := newCoverage(t)
	b := c.swept
	b.madeRoles()
	caller, ids := simtest.Caller{Logto: c.sim, AppID: "app", AppSecret: "secret"}, map[string]string{}
	for _, name := range []string{"head", "tail"} {
		b.ok(caller.Take(simtest.Step{Method: "POST", Path: "/organization-roles", Body: `{"name":"` + name + `"}`, As: name, Status: http.StatusCreated}, ids))
	}
	b.ok(b.sweep.Once(t.Context()))
	is := func(want ingest.Verdict, differences ...ingest.Difference) {
		t.Helper()
		p, err := b.sweep.Prove(t.Context())
		b.ok(err)
		if diff := cmp.Diff(differences, p.Differences); diff != "" || p.Verdict != want {
			t.Errorf("got %s, want %s: %s", p.Verdict, want, diff)
		}
	}
	head, tail := ingest.Subject{Kind: ingest.RoleSubject, ID: "head"}, ingest.Subject{Kind: ingest.RoleSubject, ID: "tail"}
	is(ingest.Different, ingest.Difference{Subject: head, Cause: ingest.MissingHere}, ingest.Difference{Subject: tail, Cause: ingest.MissingHere})
	b.work(0)
	is(ingest.Equal)
	_, err := b.directory.DeleteRole(t.Context(), storetest.Env, "key:test", "head")
	b.ok(err)
	name := "Tail of all"
	_, _, err = b.directory.UpdateRole(t.Context(), storetest.Env, "key:test", "tail", directory.RoleInput{Name: &name})
	b.ok(err)
	is(ingest.Different, ingest.Difference{Subject: head, Cause: ingest.MissingHere}, ingest.Difference{Subject: tail, Cause: ingest.Differs})
	if n, err := b.sweep.Repair(t.Context()); err != nil || n != 2 {
		t.Errorf("got %d (%v), want 2 differences looked at", n, err)
	}
	b.work(0)
	is(ingest.Equal)
}
