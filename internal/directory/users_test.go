package directory_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

func TestAUserIsMadeOnce(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	attributes := authz.Attributes{"level": json.Number("3")}
	h.user("bob", directory.UserInput{
		Email: ptr("bob@example.org"), FirstName: ptr("Bob"), LastName: ptr("B"), Attributes: &attributes,
		Roles: []directory.RoleInTenant{{Role: "editor", Tenant: "acme"}},
	})
	bob := h.held("bob")
	same(t, directory.Held{
		User:        authz.User{Key: "bob", Email: "bob@example.org", FirstName: "Bob", LastName: "B", Attributes: attributes},
		Assignments: []authz.Assignment{{User: "bob", Role: "editor", Tenant: "acme", GivenBy: []authz.Giver{authz.ByAPI}}},
	}, bob)
	if len(bob.User.ID) != 32 || bob.User.CreatedAt.IsZero() || bob.User.UpdatedAt.IsZero() {
		t.Errorf("got %+v, want an id and times", bob.User)
	}
	if !h.may("bob", "read", "acme") || !h.may("bob", "write", "acme") {
		t.Error("the engine does not know what bob was given")
	}
	_, err := h.CreateUser(t.Context(), env, actor, "bob", directory.UserInput{Email: ptr("other@example.org")})
	refused(t, err, authz.Conflict, "")
	_, err = h.CreateUser(t.Context(), env, actor, authz.UserKey(bob.User.ID), directory.UserInput{})
	refused(t, err, authz.Conflict, "") // the id of somebody is not a key for somebody else
	same(t, bob, h.held("bob"))
}

func TestSyncCreatesOrReplaces(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	role := func(role, tenant authz.Ident) []directory.RoleInTenant {
		return []directory.RoleInTenant{{Role: role, Tenant: tenant}}
	}
	created, rev, err := h.SyncUser(t.Context(), env, actor, "bob", directory.UserInput{
		Email: ptr("bob@example.org"), FirstName: ptr("Bob"), Attributes: &authz.Attributes{"a": "1"}, Roles: role("viewer", "acme"),
	})
	ok(t, err)
	if !created || h.snapshot().Revision() != rev {
		t.Errorf("got created %v at %d, want a new user at the engine's %d", created, rev, h.snapshot().Revision())
	}
	before := h.held("bob").User
	created, _, err = h.SyncUser(t.Context(), env, actor, "bob", directory.UserInput{LastName: ptr("B"), Roles: role("editor", "default")})
	ok(t, err)
	after := h.held("bob").User
	if created || after.ID != before.ID || !after.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("got created %v, %+v; want the user of before, %+v", created, after, before)
	}
	same(t, authz.User{Key: "bob", LastName: "B"}, after) // what is not given is empty
	same(t, map[string][]authz.Giver{"viewer@acme": {authz.ByAPI}, "editor@default": {authz.ByAPI}}, h.granted("bob"))
	// A user synced by its id keeps its key.
	created, _, err = h.SyncUser(t.Context(), env, actor, dashed(before.ID), directory.UserInput{FirstName: ptr("Robert")})
	ok(t, err)
	if created {
		t.Error("an id made a user")
	}
	same(t, authz.User{Key: "bob", FirstName: "Robert"}, h.held("bob").User)
}

// TestWritesByAPIKeepSuspensionAndSource: an application that syncs its users on
// each sign-in must not let a suspended one back in.
func TestWritesByAPIKeepSuspensionAndSource(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.reflect(authz.Account{Source: "logto", Key: "bob", Exists: true, Suspended: true}, authz.Onboarding{Role: "viewer", Tenant: "acme"})
	for name, write := range map[string]func(context.Context) error{
		"sync": func(ctx context.Context) error {
			_, _, err := h.SyncUser(ctx, env, actor, "bob", directory.UserInput{FirstName: ptr("Bob")})
			return err
		},
		"update": func(ctx context.Context) error {
			_, err := h.UpdateUser(ctx, env, actor, "bob", directory.UserInput{FirstName: ptr("Bob")})
			return err
		},
	} {
		ok(t, write(t.Context()))
		if u := h.held("bob").User; !u.Suspended || u.Source != "logto" || u.FirstName != "Bob" || h.may("bob", "read", "acme") {
			t.Errorf("%s: got %+v, want a suspended user of logto", name, u)
		}
	}
}

func TestAnUpdateKeepsWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	full := authz.User{Key: "bob", Email: "bob@example.org", FirstName: "Bob", LastName: "B", Attributes: authz.Attributes{"a": "1"}}
	h.user("bob", directory.UserInput{Email: &full.Email, FirstName: &full.FirstName, LastName: &full.LastName, Attributes: &full.Attributes})
	for name, c := range map[string]struct {
		in   directory.UserInput
		want func(*authz.User)
	}{
		"nothing":    {directory.UserInput{}, func(*authz.User) {}},
		"email":      {directory.UserInput{Email: ptr("b@example.org")}, func(u *authz.User) { u.Email = "b@example.org" }},
		"no email":   {directory.UserInput{Email: ptr("")}, func(u *authz.User) { u.Email = "" }},
		"first name": {directory.UserInput{FirstName: ptr("R")}, func(u *authz.User) { u.FirstName = "R" }},
		"last name":  {directory.UserInput{LastName: ptr("C")}, func(u *authz.User) { u.LastName = "C" }},
		"attributes": {directory.UserInput{Attributes: &authz.Attributes{"b": "2"}}, func(u *authz.User) { u.Attributes = authz.Attributes{"b": "2"} }},
	} {
		_, err := h.UpdateUser(t.Context(), env, actor, "bob", c.in)
		ok(t, err)
		want := full
		c.want(&want)
		t.Run(name, func(t *testing.T) { same(t, want, h.held("bob").User) })
		_, _, err = h.SyncUser(t.Context(), env, actor, "bob", directory.UserInput{Email: &full.Email, FirstName: &full.FirstName, LastName: &full.LastName, Attributes: &full.Attributes})
		ok(t, err)
	}
	_, err := h.UpdateUser(t.Context(), env, actor, "nobody", directory.UserInput{})
	refused(t, err, authz.NotFound, "")
}

func TestADeletedUserTakesEverythingWithIt(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.assign("ann", "viewer", "acme")
	_, err := h.DeleteUser(t.Context(), env, actor, dashed(h.held("ann").User.ID))
	ok(t, err)
	_, err = h.User(t.Context(), env, "ann")
	refused(t, err, authz.NotFound, "")
	h.user("ann", directory.UserInput{})
	if h.may("ann", "read", "acme") || len(h.granted("ann")) > 0 {
		t.Error("a user of the same key has what the one before held")
	}
	_, err = h.DeleteUser(t.Context(), env, actor, "nobody")
	refused(t, err, authz.NotFound, "")
}

func TestUsersAreListedWithWhatTheyHold(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.user("bob", directory.UserInput{})
	h.user("cat", directory.UserInput{})
	h.assign("cat", "viewer", "acme")
	h.assign("ann", "editor", "acme")
	list, total, err := h.Users(t.Context(), env, directory.UserFilter{}, directory.Page{Limit: 10})
	ok(t, err)
	got := map[authz.UserKey]int{}
	for _, u := range list {
		got[u.User.Key] = len(u.Assignments)
		for _, a := range u.Assignments {
			if a.User != u.User.Key {
				t.Errorf("%s is listed with an assignment of %s", u.User.Key, a.User)
			}
		}
	}
	same(t, map[authz.UserKey]int{"ann": 1, "bob": 0, "cat": 1}, got)
	list, total2, err := h.Users(t.Context(), env, directory.UserFilter{Search: "zzz"}, directory.Page{Limit: 10})
	if err != nil || total != 3 || total2 != 0 || len(list) != 0 {
		t.Errorf("got %d users, then %d of %d (%v); want 3, then none", total, len(list), total2, err)
	}
}

// TestAUserWithARoleThatIsNotThereIsNotMade: all of a write or nothing.
func TestAUserWithARoleThatIsNotThereIsNotMade(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	for _, r := range []directory.RoleInTenant{{Role: "nothing", Tenant: "acme"}, {Role: "viewer", Tenant: "nowhere"}} {
		before := h.snapshot().Revision()
		_, err := h.CreateUser(t.Context(), env, actor, "bob", directory.UserInput{Roles: []directory.RoleInTenant{{Role: "viewer", Tenant: "default"}, r}})
		refused(t, err, authz.NotFound, "")
		_, err = h.User(t.Context(), env, "bob")
		refused(t, err, authz.NotFound, "")
		if got := h.snapshot().Revision(); got != before {
			t.Errorf("got revision %d, want %d", got, before)
		}
	}
}
