package directory_test

import (
	"context"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

func plan(changes ...authz.Change) directory.Plan {
	return func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil }
}

// held0 is the time at which things of a fresh house were made.
func (h house) held0() time.Time { return time.UnixMicro(1).UTC() }

func TestRolesAreAssignedAndTaken(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	r := directory.RoleInTenant{Role: "viewer", Tenant: "acme"}
	given, rev, err := h.Assign(t.Context(), env, actor, "ann", r)
	ok(t, err)
	want := authz.Assignment{User: "ann", Role: "viewer", Tenant: "acme", GivenBy: []authz.Giver{authz.ByAPI}}
	same(t, want, given)
	if h.snapshot().Revision() != rev || !h.may("ann", "read", "acme") || h.may("ann", "read", "default") {
		t.Error("the engine does not know what was given")
	}
	_, _, err = h.Assign(t.Context(), env, actor, "ann", r)
	refused(t, err, authz.Conflict, "")
	taken, _, err := h.Unassign(t.Context(), env, actor, "ann", r)
	ok(t, err)
	same(t, given, taken)
	if taken.ID != given.ID || h.may("ann", "read", "acme") {
		t.Error("it was not taken, or another was")
	}
	_, _, err = h.Unassign(t.Context(), env, actor, "ann", r)
	refused(t, err, authz.NotFound, "")
	for _, c := range []struct {
		user authz.Ident
		r    directory.RoleInTenant
	}{{"nobody", r}, {"ann", directory.RoleInTenant{Role: "nothing", Tenant: "acme"}}, {"ann", directory.RoleInTenant{Role: "viewer", Tenant: "nowhere"}}} {
		_, _, err := h.Assign(t.Context(), env, actor, c.user, c.r)
		refused(t, err, authz.NotFound, "")
		_, _, err = h.Unassign(t.Context(), env, actor, c.user, c.r)
		refused(t, err, authz.NotFound, "")
	}
}

func TestAssignmentsAreNamedByIDToo(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	ann := h.held("ann").User
	viewer, err := h.Role(t.Context(), env, "viewer")
	ok(t, err)
	acme, err := h.Tenant(t.Context(), env, "acme")
	ok(t, err)
	a, _, err := h.Assign(t.Context(), env, actor, dashed(ann.ID), directory.RoleInTenant{Role: dashed(viewer.ID), Tenant: authz.Ident(acme.ID)})
	ok(t, err)
	same(t, authz.Assignment{User: "ann", Role: "viewer", Tenant: "acme", GivenBy: []authz.Giver{authz.ByAPI}}, a)
	n, err := h.Named(t.Context(), env, a)
	if err != nil || n.Holder.ID != ann.ID || n.Of.ID != viewer.ID || n.In.ID != acme.ID || n.ID != a.ID {
		t.Errorf("got %+v (%v), want the ids of its parties", n, err)
	}
	_, _, err = h.Unassign(t.Context(), env, actor, authz.Ident(ann.ID), directory.RoleInTenant{Role: authz.Ident(viewer.ID), Tenant: dashed(acme.ID)})
	ok(t, err)
	if len(h.granted("ann")) > 0 {
		t.Error("it was not taken")
	}
}

// TestWhatASourceGaveCanBeGivenByAPIToo, once, and is then the person's as well;
// a person takes it from both.
func TestWhatASourceGaveCanBeGivenByAPIToo(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.reflect(authz.Account{Source: "logto", Key: "bob", Exists: true}, authz.Onboarding{Role: "viewer", Tenant: "acme"})
	was := h.held("bob").Assignments[0]
	r := directory.RoleInTenant{Role: "viewer", Tenant: "acme"}
	is, _, err := h.Assign(t.Context(), env, actor, "bob", r)
	ok(t, err)
	if is.ID != was.ID || !is.CreatedAt.Equal(was.CreatedAt) {
		t.Errorf("got %+v, want the assignment of before, %+v", is, was)
	}
	same(t, map[string][]authz.Giver{"viewer@acme": {authz.ByAPI, "logto"}}, h.granted("bob"))
	_, _, err = h.Assign(t.Context(), env, actor, "bob", r)
	refused(t, err, authz.Conflict, "")
	// A sync that gives it too is no conflict.
	_, _, err = h.SyncUser(t.Context(), env, actor, "bob", directory.UserInput{Roles: []directory.RoleInTenant{r}})
	ok(t, err)
	same(t, map[string][]authz.Giver{"viewer@acme": {authz.ByAPI, "logto"}}, h.granted("bob"))
	_, _, err = h.Unassign(t.Context(), env, actor, "bob", r)
	ok(t, err)
	if len(h.granted("bob")) > 0 || h.may("bob", "read", "acme") {
		t.Error("what a person took away is still held")
	}
}

func TestWhatASourceGaveAPersonTakes(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.reflect(authz.Account{Source: "logto", Key: "bob", Exists: true}, authz.Onboarding{Role: "viewer", Tenant: "acme"})
	taken, _, err := h.Unassign(t.Context(), env, actor, "bob", directory.RoleInTenant{Role: "viewer", Tenant: "acme"})
	ok(t, err)
	same(t, authz.Assignment{User: "bob", Role: "viewer", Tenant: "acme", GivenBy: []authz.Giver{"logto"}}, taken)
	if h.may("bob", "read", "acme") {
		t.Error("it is still held")
	}
}

func TestAssignmentsAreSelectedByTheirParties(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.user("bob", directory.UserInput{})
	h.assign("ann", "viewer", "acme")
	h.assign("ann", "editor", "default")
	h.assign("bob", "editor", "acme")
	ann := h.held("ann").User
	for name, c := range map[string]struct {
		q    directory.AssignmentQuery
		want []string
	}{
		"all":                    {directory.AssignmentQuery{}, []string{"ann viewer acme", "ann editor default", "bob editor acme"}},
		"a user":                 {directory.AssignmentQuery{Users: []authz.Ident{"ann"}}, []string{"ann viewer acme", "ann editor default"}},
		"a user by id":           {directory.AssignmentQuery{Users: []authz.Ident{dashed(ann.ID)}}, []string{"ann viewer acme", "ann editor default"}},
		"users":                  {directory.AssignmentQuery{Users: []authz.Ident{"ann", "bob", "nobody"}}, []string{"ann viewer acme", "ann editor default", "bob editor acme"}},
		"a role in a tenant":     {directory.AssignmentQuery{Roles: []authz.Ident{"editor"}, Tenants: []authz.Ident{"acme"}}, []string{"bob editor acme"}},
		"nobody":                 {directory.AssignmentQuery{Users: []authz.Ident{"nobody"}}, nil},
		"no such role":           {directory.AssignmentQuery{Users: []authz.Ident{"ann"}, Roles: []authz.Ident{"nothing"}}, nil},
		"no such tenant":         {directory.AssignmentQuery{Tenants: []authz.Ident{"nowhere"}}, nil},
		"what nobody holds here": {directory.AssignmentQuery{Users: []authz.Ident{"bob"}, Tenants: []authz.Ident{"default"}}, nil},
	} {
		list, total, err := h.Assignments(t.Context(), env, c.q, directory.Page{Limit: 9})
		ok(t, err)
		var got []string
		for _, a := range list {
			got = append(got, string(a.User)+" "+string(a.Role)+" "+string(a.Tenant))
			if a.User == "ann" && a.Holder.ID != ann.ID || a.Of.ID == "" || a.In.ID == "" {
				t.Errorf("%s: got %+v, want the ids of its parties", name, a)
			}
		}
		t.Run(name, func(t *testing.T) {
			same(t, c.want, got)
			same(t, len(c.want), total)
		})
	}
	list, total, err := h.Assignments(t.Context(), env, directory.AssignmentQuery{}, directory.Page{Limit: 1, Offset: 1})
	if err != nil || total != 3 || len(list) != 1 || list[0].Role != "editor" || list[0].User != "ann" {
		t.Errorf("got %v of %d (%v), want the second of 3", list, total, err)
	}
}

// TestAWriteIsInTheEngineWhenItReturns, also for a caller that went away.
func TestAWriteIsInTheEngineWhenItReturns(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	ctx, cancel := context.WithCancel(t.Context())
	rev, err := h.Store.Commit(ctx, env, actor, plan(authz.PutAssignment{Assignment: authz.Assignment{
		ID: "x", User: "ann", Role: "viewer", Tenant: "acme", GivenBy: []authz.Giver{authz.ByAPI},
	}}))
	ok(t, err)
	if h.snapshot().Revision() != rev-1 || h.may("ann", "read", "acme") {
		t.Fatal("the engine folds by itself; the test proves nothing")
	}
	seen := &leaving{h.Store, cancel}
	d := &directory.Directory{Store: seen, Follower: h.follower}
	rev, err = d.CreateUser(ctx, env, actor, "bob", directory.UserInput{})
	ok(t, err)
	if h.snapshot().Revision() != rev || !h.may("ann", "read", "acme") {
		t.Errorf("the engine stands at %d, want %d", h.snapshot().Revision(), rev)
	}
}

// leaving is a store whose caller goes away right after the commit.
type leaving struct {
	directory.Store
	cancel func()
}

func (l *leaving) Commit(ctx context.Context, env authz.EnvID, actor string, plan directory.Plan) (authz.Revision, error) {
	rev, err := l.Store.Commit(ctx, env, actor, plan)
	l.cancel()
	return rev, err
}

func TestNoSuchEnvironment(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := h.CreateUser(t.Context(), "ffffffffffffffffffffffffffffffff", actor, "ann", directory.UserInput{})
	refused(t, err, authz.NotFound, "")
}
