package directory_test

import (
	"encoding/json"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

var first = authz.Onboarding{Role: "viewer", Tenant: "acme"}

func account(key authz.UserKey) authz.Account {
	return authz.Account{
		Source: "logto", Key: key, Exists: true, Email: "bob@example.org", FirstName: "Bob", LastName: "B",
		Attributes: authz.Attributes{"plan": "free", "deep": map[string]any{"n": json.Number("1.0"), "l": []any{nil, true}}},
	}
}

func TestTheFirstSignInGivesTheFirstRoleOnce(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	a := account("bob")
	rev := h.reflect(a, first)
	same(t, directory.Held{
		User:        authz.User{Key: "bob", Email: a.Email, FirstName: a.FirstName, LastName: a.LastName, Attributes: a.Attributes, Source: "logto"},
		Assignments: []authz.Assignment{{User: "bob", Role: "viewer", Tenant: "acme", GivenBy: []authz.Giver{"logto"}}},
	}, h.held("bob"))
	if !h.may("bob", "read", "acme") {
		t.Error("the engine does not know what bob was given")
	}
	if again := h.reflect(a, first); again != rev || h.snapshot().Revision() != rev {
		t.Errorf("an equal account made revision %d, want %d still", again, rev)
	}
	_, _, err := h.Unassign(t.Context(), env, actor, "bob", directory.RoleInTenant{Role: "viewer", Tenant: "acme"})
	ok(t, err)
	h.reflect(a, first)
	a.FirstName = "Robert"
	h.reflect(a, first)
	if got := h.granted("bob"); len(got) > 0 || h.held("bob").User.FirstName != "Robert" {
		t.Errorf("got %v, want what a person took away to stay away", got)
	}
}

func TestNoFirstRoleGivesNone(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.reflect(account("bob"), authz.Onboarding{})
	// A role that is set later is for those who come later.
	a := account("bob")
	a.FirstName = "Robert"
	h.reflect(a, first)
	if got := h.granted("bob"); len(got) > 0 {
		t.Errorf("got %v, want nothing", got)
	}
	waiting, err := h.Pending(t.Context(), env)
	if err != nil || len(waiting) > 0 {
		t.Errorf("got %v (%v), want nothing to wait", waiting, err)
	}
}

// TestTheFirstRoleWaitsForWhatIsMissing and is given by the very commit that
// makes the last missing thing.
func TestTheFirstRoleWaitsForWhatIsMissing(t *testing.T) {
	t.Parallel()
	makeRole := func(h house) authz.Revision {
		_, rev, err := h.CreateRole(h.t.Context(), env, actor, "guest", directory.RoleInput{Permissions: permissions("doc", "read")})
		ok(h.t, err)
		return rev
	}
	makeTenant := func(h house) authz.Revision {
		_, rev, err := h.CreateTenant(h.t.Context(), env, actor, "lobby", directory.TenantInput{})
		ok(h.t, err)
		return rev
	}
	for name, steps := range map[string][2]func(house) authz.Revision{
		"for its role":                   {makeTenant, makeRole},
		"for its tenant":                 {makeRole, makeTenant},
		"for both, the role comes first": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := furnished(t)
			later := []func(house) authz.Revision{makeRole, makeTenant}
			if steps[0] != nil {
				steps[0](h)
				later = steps[1:]
			}
			for _, u := range []authz.UserKey{"bob", "cat"} {
				h.reflect(account(u), authz.Onboarding{Role: "guest", Tenant: "lobby"})
			}
			for i, step := range later {
				waiting, err := h.Pending(t.Context(), env)
				ok(t, err)
				same(t, []authz.PendingAssignment{
					{User: "bob", Role: "guest", Tenant: "lobby", GivenBy: []authz.Giver{"logto"}},
					{User: "cat", Role: "guest", Tenant: "lobby", GivenBy: []authz.Giver{"logto"}},
				}, waiting)
				if h.may("bob", "read", "lobby") {
					t.Error("what waits allows")
				}
				rev := step(h)
				if last := i == len(later)-1; last && (rev != h.snapshot().Revision() || !h.may("bob", "read", "lobby") || !h.may("cat", "read", "lobby")) {
					t.Error("the commit that made the last missing thing did not give what waited for it")
				}
			}
			same(t, map[string][]authz.Giver{"guest@lobby": {"logto"}}, h.granted("bob"))
			if waiting, err := h.Pending(t.Context(), env); err != nil || len(waiting) > 0 {
				t.Errorf("got %v (%v), want nothing to wait any more", waiting, err)
			}
		})
	}
}

// TestAFirstTenantNamedByIDDoesNotBlockTheRole: an operator named the default
// tenant by its id. The assignment waited for the role with that id in the place
// of the tenant's key, and when the role was made, the assignment in no tenant
// broke a foreign key: the role could not be made at all.
func TestAFirstTenantNamedByIDDoesNotBlockTheRole(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	lobby := h.tenant("lobby")
	h.reflect(account("bob"), authz.Onboarding{Role: "guest", Tenant: authz.TenantKey(lobby.ID)})
	h.role("guest", directory.RoleInput{Permissions: permissions("doc", "read")})
	same(t, map[string][]authz.Giver{"guest@lobby": {"logto"}}, h.granted("bob"))

	viewer, err := h.Role(t.Context(), env, "viewer")
	ok(t, err)
	h.reflect(account("cat"), authz.Onboarding{Role: authz.RoleKey(viewer.ID), Tenant: "attic"})
	h.tenant("attic")
	same(t, map[string][]authz.Giver{"viewer@attic": {"logto"}}, h.granted("cat"))
	if waiting, err := h.Pending(t.Context(), env); err != nil || len(waiting) > 0 {
		t.Errorf("got %v (%v), want nothing to wait", waiting, err)
	}
}

func TestWhatWaitsGoesWithItsUser(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.reflect(account("bob"), authz.Onboarding{Role: "guest", Tenant: "acme"})
	h.reflect(authz.Account{Source: "logto", Key: "bob"}, first)
	h.user("bob", directory.UserInput{})
	h.role("guest", directory.RoleInput{})
	if got := h.granted("bob"); len(got) > 0 {
		t.Errorf("got %v, want nothing", got)
	}
}

func TestWhatTheAPISaysBesideTheAccountStays(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.user("bob", directory.UserInput{Attributes: &authz.Attributes{"mine": "1", "plan": "gold"}, FirstName: ptr("B"), Roles: []directory.RoleInTenant{{Role: "editor", Tenant: "acme"}}})
	a := account("bob")
	h.reflect(a, first)
	want := authz.Attributes{"mine": "1", "plan": "free", "deep": a.Attributes["deep"]}
	same(t, want, h.held("bob").User.Attributes)
	same(t, map[string][]authz.Giver{"editor@acme": {authz.ByAPI}, "viewer@acme": {"logto"}}, h.granted("bob"))
	a.Attributes = nil // an account of no attributes says nothing about them
	h.reflect(a, first)
	same(t, want, h.held("bob").User.Attributes)
}

// TestAUserOfTheAPIIsLinkedAndOnboarded: an application may create its users
// before Logto tells of them.
func TestAUserOfTheAPIIsLinkedAndOnboarded(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.user("bob", directory.UserInput{Roles: []directory.RoleInTenant{{Role: "viewer", Tenant: "acme"}}})
	was := h.held("bob")
	h.reflect(account("bob"), first)
	is := h.held("bob")
	if is.User.ID != was.User.ID || is.User.Source != "logto" || !is.User.CreatedAt.Equal(was.User.CreatedAt) || is.Assignments[0].ID != was.Assignments[0].ID {
		t.Errorf("got %+v, want the user of before with a source", is)
	}
	same(t, map[string][]authz.Giver{"viewer@acme": {authz.ByAPI, "logto"}}, h.granted("bob"))
}

// TestAnAccountNamedLikeAnIDIsNotThatUser: keys of accounts are somebody else's
// choice, so one may look like the id of another user.
func TestAnAccountNamedLikeAnIDIsNotThatUser(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.assign("ann", "editor", "acme")
	ann := h.held("ann")
	impostor := authz.UserKey(ann.User.ID)
	h.reflect(authz.Account{Source: "logto", Key: impostor}, first) // gone: not ann
	same(t, ann, h.held("ann"))
	h.reflect(account(impostor), first)
	same(t, ann, h.held("ann"))
	if got := h.held(authz.Ident(impostor)).User; got.Key != impostor || got.ID == ann.User.ID {
		t.Errorf("got %+v, want a user of its own", got)
	}
	if h.may(impostor, "write", "acme") || !h.may(impostor, "read", "acme") {
		t.Error("the account has what ann holds, or not what it was given")
	}
}

func TestAnAccountThatIsGoneTakesItsUserWithIt(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.reflect(account("bob"), first)
	rev := h.reflect(authz.Account{Source: "logto", Key: "bob"}, first)
	if _, err := h.User(t.Context(), env, "bob"); authz.KindOf(err) != authz.NotFound || h.may("bob", "read", "acme") {
		t.Errorf("got %v, want the user to be gone", err)
	}
	if again := h.reflect(authz.Account{Source: "logto", Key: "bob"}, first); again != rev {
		t.Errorf("got revision %d, want %d: who is gone cannot go again", again, rev)
	}
}

func TestSuspensionComesAndGoesWithTheAccount(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	a := account("bob")
	for _, a.Suspended = range []bool{false, true, false} {
		h.reflect(a, first)
		if got := h.may("bob", "read", "acme"); got == a.Suspended {
			t.Errorf("suspended %v: got %v", a.Suspended, got)
		}
	}
}

// TestABadAccountIsRefused by the same rules as a bad request.
func TestABadAccountIsRefused(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	for field, a := range map[string]authz.Account{
		"key":   {Source: "logto", Key: "b b", Exists: true},
		"email": {Source: "logto", Key: "bob", Exists: true, Email: "nobody"},
	} {
		_, err := h.Reflect(t.Context(), env, a, first)
		refused(t, err, authz.Invalid, field)
	}
}
