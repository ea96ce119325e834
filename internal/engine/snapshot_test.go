package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// Short words for changes.

func user(key authz.UserKey) authz.Change { return authz.PutUser{User: authz.User{Key: key}} }

func suspended(key authz.UserKey) authz.Change {
	return authz.PutUser{User: authz.User{Key: key, Suspended: true}}
}

func tenant(key authz.TenantKey) authz.Change {
	return authz.PutTenant{Tenant: authz.Tenant{Key: key}}
}

// role is a role by its permissions, "doc:read doc:write", and its parents.
func role(key authz.RoleKey, permissions string, extends ...authz.RoleKey) authz.Change {
	r := authz.Role{Key: key, Extends: extends}
	for _, p := range strings.Fields(permissions) {
		resource, action, _ := strings.Cut(p, ":")
		r.Permissions = append(r.Permissions, authz.Permission{Resource: authz.ResourceKey(resource), Action: authz.ActionKey(action)})
	}
	return authz.PutRole{Role: r}
}

func resource(key authz.ResourceKey, actions ...authz.ActionKey) authz.Change {
	r := authz.Resource{Key: key}
	for _, a := range actions {
		r.Actions = append(r.Actions, authz.Action{Key: a})
	}
	return authz.PutResource{Resource: r}
}

func given(user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey) authz.Change {
	return authz.PutAssignment{Assignment: authz.Assignment{User: user, Role: role, Tenant: tenant, GivenBy: []authz.Giver{authz.ByAPI}}}
}

func taken(user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey) authz.Change {
	return authz.DeleteAssignment{User: user, Role: role, Tenant: tenant}
}

// after folds one more commit.
func after(s *engine.Snapshot, changes ...authz.Change) *engine.Snapshot {
	return s.With(authz.Commit{Revision: s.Revision() + 1, Changes: changes})
}

func may(s *engine.Snapshot, user authz.UserKey, action authz.ActionKey, resource authz.ResourceKey, tenant authz.TenantKey) bool {
	return s.Decide(authz.Query{User: user, Action: action, Resource: resource, Tenant: tenant}).Allow
}

// world is where ann may read docs in acme.
func world() *engine.Snapshot {
	return after(new(engine.Snapshot), tenant("acme"), tenant("other"), resource("doc", "read", "write"),
		role("viewer", "doc:read"), role("editor", "doc:write", "viewer"), user("ann"), user("bob"), given("ann", "viewer", "acme"))
}

func TestARoleInTheTenantAllows(t *testing.T) {
	t.Parallel()
	s := world()
	got := s.Decide(authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "acme"})
	if diff := cmp.Diff(authz.Decision{Allow: true, Revision: 1, By: authz.RBAC, Role: "viewer"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, q := range []authz.Query{
		{User: "ann", Action: "write", Resource: "doc", Tenant: "acme"},
		{User: "ann", Action: "read", Resource: "doc", Tenant: "other"},
		{User: "ann", Action: "read", Resource: "doc", Tenant: "nowhere"},
		{User: "ann", Action: "read", Resource: "doc"},
		{User: "ann", Action: "read", Resource: "img", Tenant: "acme"},
		{User: "ann", Action: "Read", Resource: "doc", Tenant: "acme"},
		{User: "Ann", Action: "read", Resource: "doc", Tenant: "acme"},
		{User: "bob", Action: "read", Resource: "doc", Tenant: "acme"},
		{User: "", Action: "read", Resource: "doc", Tenant: "acme"},
		{},
	} {
		if diff := cmp.Diff(authz.Decision{Revision: 1}, s.Decide(q)); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", q, diff)
		}
	}
}

func TestTheZeroSnapshotDeniesAndExplains(t *testing.T) {
	t.Parallel()
	s := new(engine.Snapshot)
	q := authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "acme"}
	if diff := cmp.Diff(engine.Explanation{Reason: engine.NoSuchResource}, s.Explain(q)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := s.With().Explain(authz.Query{}).Reason; got != engine.NoSuchResource {
		t.Errorf("got %s, want %s", got, engine.NoSuchResource)
	}
}

// TestAnOldSnapshotAnswersAsBefore: whatever is folded into the next snapshot,
// in one commit or in many, the one before stays as it was.
func TestAnOldSnapshotAnswersAsBefore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]authz.Change{
		"the user goes":         {authz.DeleteUser{Key: "ann"}},
		"the user is suspended": {suspended("ann")},
		"the tenant goes":       {authz.DeleteTenant{Key: "acme"}},
		"the role goes":         {authz.DeleteRole{Key: "viewer"}},
		"the role is emptied":   {role("viewer", "")},
		"the assignment goes":   {taken("ann", "viewer", "acme")},
		"the other way round":   {given("ann", "editor", "acme"), given("ann", "editor", "other"), taken("ann", "viewer", "acme"), taken("ann", "editor", "acme")},
	} {
		s := world()
		next := after(s, change...)
		if may(next, "ann", "read", "doc", "acme") {
			t.Errorf("%s: the next snapshot still allows", name)
		}
		if !may(s, "ann", "read", "doc", "acme") || may(s, "ann", "write", "doc", "other") || s.Revision() != 1 {
			t.Errorf("%s: the snapshot before has changed", name)
		}
	}
}

// TestTwoNextSnapshotsDoNotMeet: both add to the same list of grants.
func TestTwoNextSnapshotsDoNotMeet(t *testing.T) {
	t.Parallel()
	s := after(world(), given("ann", "viewer", "other"))
	s = after(s, taken("ann", "viewer", "other")) // leaves room in the list
	a, b := after(s, given("ann", "editor", "acme")), after(s, given("ann", "editor", "other"))
	if !may(a, "ann", "write", "doc", "acme") || may(a, "ann", "write", "doc", "other") {
		t.Error("the first has what was given in the second")
	}
	if may(b, "ann", "write", "doc", "acme") || !may(b, "ann", "write", "doc", "other") {
		t.Error("the second has what was given in the first")
	}
}

func TestRolesInherit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		roles []authz.Change
		want  string // the actions on doc that a may
	}{
		"own":                       {[]authz.Change{role("a", "doc:1")}, "1"},
		"parents":                   {[]authz.Change{role("a", "doc:1", "b", "c"), role("b", "doc:2"), role("c", "doc:3")}, "1 2 3"},
		"parents of parents":        {[]authz.Change{role("c", "doc:3"), role("b", "doc:2", "c"), role("a", "doc:1", "b")}, "1 2 3"},
		"not children":              {[]authz.Change{role("a", "doc:1"), role("b", "doc:2", "a")}, "1"},
		"a diamond":                 {[]authz.Change{role("a", "", "b", "c"), role("b", "", "d"), role("c", "", "d"), role("d", "doc:4")}, "4"},
		"itself":                    {[]authz.Change{role("a", "doc:1", "a")}, "1"},
		"a circle":                  {[]authz.Change{role("a", "doc:1", "b"), role("b", "doc:2", "c"), role("c", "doc:3", "a")}, "1 2 3"},
		"a circle further up":       {[]authz.Change{role("a", "doc:1", "b"), role("b", "doc:2", "c"), role("c", "doc:3", "b")}, "1 2 3"},
		"a missing parent":          {[]authz.Change{role("a", "doc:1", "nobody", "b"), role("b", "doc:2")}, "1 2"},
		"a parent that goes":        {[]authz.Change{role("a", "doc:1", "b"), role("b", "doc:2"), authz.DeleteRole{Key: "b"}}, "1"},
		"a parent that comes later": {[]authz.Change{role("a", "doc:1", "b"), authz.DeleteRole{Key: "b"}, role("b", "doc:2")}, "1 2"},
		"a parent that changes":     {[]authz.Change{role("b", "doc:2"), role("a", "", "b"), role("b", "doc:3")}, "3"},
	} {
		s := after(new(engine.Snapshot), tenant("t"), user("u"))
		for _, r := range c.roles {
			s = after(s, r)
			s = after(s, given("u", "a", "t")) // as soon as there is the role
		}
		var got []string
		for _, action := range strings.Fields("1 2 3 4 5") {
			if may(s, "u", authz.ActionKey(action), "doc", "t") {
				got = append(got, action)
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestMoreThan64Permissions: a set of permissions is longer than one word.
func TestMoreThan64Permissions(t *testing.T) {
	t.Parallel()
	var held, rest []string
	for i := range 200 {
		if i < 190 {
			held = append(held, fmt.Sprintf("doc:a%d", i))
		} else {
			rest = append(rest, fmt.Sprintf("doc:a%d", i))
		}
	}
	s := after(new(engine.Snapshot), tenant("t"), user("u"), role("held", strings.Join(held, " ")), role("rest", strings.Join(rest, " ")), given("u", "held", "t"))
	for i := range 200 {
		if got, want := may(s, "u", authz.ActionKey(fmt.Sprint("a", i)), "doc", "t"), i < 190; got != want {
			t.Errorf("a%d: got %v, want %v", i, got, want)
		}
	}
}

// TestWhatWasDeletedIsNotRevived: a role or tenant of the same key is another
// one, and nobody holds it.
func TestWhatWasDeletedIsNotRevived(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ goes, comes authz.Change }{
		"user":   {authz.DeleteUser{Key: "ann"}, user("ann")},
		"tenant": {authz.DeleteTenant{Key: "acme"}, tenant("acme")},
		"role":   {authz.DeleteRole{Key: "viewer"}, role("viewer", "doc:read")},
	} {
		q := authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "acme"}
		apart := after(after(world(), c.goes), c.comes)
		together := after(world(), c.goes, c.comes)
		for how, s := range map[string]*engine.Snapshot{"in two commits": apart, "in one commit": together} {
			if got := s.Explain(q); got.Decision.Allow || got.Reason != engine.NoRoles {
				t.Errorf("%s %s: got %s, want %s", name, how, got.Reason, engine.NoRoles)
			}
			if s = after(s, given("ann", "viewer", "acme")); !s.Decide(q).Allow {
				t.Errorf("%s %s: given again it does not allow", name, how)
			}
			if s = after(s, taken("ann", "viewer", "acme")); s.Decide(q).Allow {
				t.Errorf("%s %s: taken again it still allows", name, how)
			}
		}
	}
}

func TestASuspendedUserMayNothingAndComesBack(t *testing.T) {
	t.Parallel()
	s := after(world(), suspended("ann"))
	q := authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "acme"}
	if got := s.Explain(q); got.Decision.Allow || got.Reason != engine.Suspended {
		t.Errorf("got %+v, want a denial for %s", got, engine.Suspended)
	}
	s = after(s, given("ann", "editor", "acme"))
	if may(s, "ann", "write", "doc", "acme") {
		t.Error("a role given meanwhile allows")
	}
	s = after(s, user("ann"))
	if !may(s, "ann", "read", "doc", "acme") || !may(s, "ann", "write", "doc", "acme") {
		t.Error("what the user held is gone")
	}
}

// TestOnlyWhatIsThereIsGiven: an assignment of what does not exist is nothing,
// and stays nothing when the missing one comes.
func TestOnlyWhatIsThereIsGiven(t *testing.T) {
	t.Parallel()
	s := after(new(engine.Snapshot), given("u", "r", "t"), user("u"), given("u", "r", "t"), tenant("t"), given("u", "r", "t"), role("r", "doc:read"))
	if may(s, "u", "read", "doc", "t") {
		t.Error("it was given before it was there")
	}
	s = after(s, authz.PutPending{Pending: authz.PendingAssignment{User: "u", Role: "r", Tenant: "t"}})
	if may(s, "u", "read", "doc", "t") {
		t.Error("what is pending allows")
	}
}

func TestEachReasonIsGiven(t *testing.T) {
	t.Parallel()
	s := after(world(), user("sam"), suspended("sam"), given("ann", "editor", "acme"), user("cat"), given("cat", "viewer", "other"),
		tenant("gone"), user("dan"), given("dan", "viewer", "gone"), given("cat", "viewer", "gone"), authz.DeleteTenant{Key: "gone"})
	for _, c := range []struct {
		q    authz.Query
		want engine.Explanation
	}{
		{authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "acme"},
			engine.Explanation{Decision: authz.Decision{Allow: true, By: authz.RBAC, Role: "editor"}, Reason: engine.Allowed, Roles: []authz.RoleKey{"editor", "viewer"}}},
		{authz.Query{User: "ann", Action: "write", Resource: "doc", Tenant: "acme"},
			engine.Explanation{Decision: authz.Decision{Allow: true, By: authz.RBAC, Role: "editor"}, Reason: engine.Allowed, Roles: []authz.RoleKey{"editor"}}},
		{authz.Query{User: "sam", Action: "fly", Resource: "moon", Tenant: "nowhere"}, engine.Explanation{Reason: engine.Suspended}},
		{authz.Query{User: "ann", Action: "read", Resource: "moon", Tenant: "acme"}, engine.Explanation{Reason: engine.NoSuchResource}},
		{authz.Query{User: "ann", Action: "fly", Resource: "doc", Tenant: "acme"}, engine.Explanation{Reason: engine.NoSuchAction}},
		{authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "nowhere"}, engine.Explanation{Reason: engine.NoSuchTenant}},
		{authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "gone"}, engine.Explanation{Reason: engine.NoSuchTenant}},
		{authz.Query{User: "zoe", Action: "read", Resource: "doc", Tenant: "acme"}, engine.Explanation{Reason: engine.NotSynced}},
		{authz.Query{User: "bob", Action: "read", Resource: "doc", Tenant: "acme"}, engine.Explanation{Reason: engine.NoRoles}},
		{authz.Query{User: "dan", Action: "read", Resource: "doc", Tenant: "acme"}, engine.Explanation{Reason: engine.NoRoles}},
		{authz.Query{User: "cat", Action: "read", Resource: "doc", Tenant: "acme"},
			engine.Explanation{Reason: engine.NoRoleInTenant, Tenants: []authz.TenantKey{"other"}}},
		{authz.Query{User: "cat", Action: "write", Resource: "doc", Tenant: "other"},
			engine.Explanation{Reason: engine.NoPermission, Roles: []authz.RoleKey{"viewer"}}},
		{authz.Query{User: "cat", Action: "write", Resource: "doc"}, engine.Explanation{Reason: engine.NoPermission}},
	} {
		c.want.Decision.Revision = 2
		if diff := cmp.Diff(c.want, s.Explain(c.q)); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", c.q, diff)
		}
	}
}

func TestDecidingAllocatesNothing(t *testing.T) {
	s := after(world(), suspended("sam"), given("ann", "editor", "acme"), user("cat"), given("cat", "editor", "other"))
	for _, q := range []authz.Query{
		{User: "ann", Action: "write", Resource: "doc", Tenant: "acme"},
		{User: "cat", Action: "read", Resource: "doc", Tenant: "acme"},
		{User: "sam", Action: "read", Resource: "doc", Tenant: "acme"},
		{User: "zoe", Action: "fly", Resource: "moon", Tenant: "nowhere"},
		{},
	} {
		if got := testing.AllocsPerRun(200, func() { s.Decide(q) }); got != 0 {
			t.Errorf("%+v: got %v allocations, want 0", q, got)
		}
	}
}

// sorted are the keys of a set, sorted; nil if there are none.
func sorted[K ~string](set map[K]bool) []K { return slices.Sorted(maps.Keys(set)) }

// In one commit with what made them, rules lie in a trie that is changed in
// place; dropping them while walking it skipped some, which went on allowing.
func TestASetTakesAllItsRulesAlongInOneCommit(t *testing.T) {
	t.Parallel()
	for _, gone := range []authz.Change{authz.DeleteConditionSet{Key: "all"}, authz.DeleteResource{Key: "doc"}} {
		changes := []authz.Change{resource("doc"), authz.PutConditionSet{Set: authz.ConditionSet{Key: "all", Kind: authz.UserSet, Conditions: "{}"}}}
		var asked []authz.Query
		for i := range 40 {
			action := authz.ActionKey(fmt.Sprint("a", i))
			asked = append(asked, authz.Query{User: "ann", Resource: "doc", Action: action})
			changes = append(changes, authz.PutRule{Rule: authz.Rule{UserSet: "all", Resource: "doc", Permission: authz.Permission{Resource: "doc", Action: action}}})
		}
		before, s := after(new(engine.Snapshot), changes...), after(new(engine.Snapshot), append(changes, gone)...)
		for _, q := range asked {
			if !before.Decide(q).Allow || s.Decide(q).Allow {
				t.Errorf("%T, %s: got %v before and %v after", gone, q.Action, before.Decide(q).Allow, s.Decide(q).Allow)
			}
		}
	}
}

// The sets that stand for a role and for a type of the same key, and one that is
// called as they are, were taken for one another.
func TestGeneratedSetsAreNotTakenForOthers(t *testing.T) {
	t.Parallel()
	set := func(key authz.SetKey, kind authz.SetKind, conditions string) authz.Change {
		return authz.PutConditionSet{Set: authz.ConditionSet{Key: key, Kind: kind, Resource: "doc", Conditions: conditions}}
	}
	rule := func(r authz.Rule) authz.Change {
		r.Permission = authz.Permission{Resource: "doc", Action: "read"}
		return authz.PutRule{Rule: r}
	}
	begin := []authz.Change{resource("doc"), tenant("acme"), role("doc", ""), user("ann"), user("bob"), given("ann", "doc", "acme"), set("nobody", authz.UserSet, `{"user.x": {}}`)}
	s := after(new(engine.Snapshot), slices.Concat(begin, []authz.Change{
		rule(authz.Rule{UserSet: "nobody", Resource: "doc"}), rule(authz.Rule{Role: "doc", Resource: "doc"}),
	})...)
	if !may(s, "ann", "read", "doc", "acme") || may(s, "bob", "read", "doc", "acme") {
		t.Errorf("a role and a type: got %v and %v, want true and false", may(s, "ann", "read", "doc", "acme"), may(s, "bob", "read", "doc", "acme"))
	}
	s = after(new(engine.Snapshot), slices.Concat(begin, []authz.Change{
		set("__autogen_doc", authz.UserSet, `{"user.x": {}}`), rule(authz.Rule{UserSet: "__autogen_doc", Resource: "doc"}), rule(authz.Rule{Role: "doc", Resource: "doc"}),
	})...)
	if !may(s, "ann", "read", "doc", "acme") {
		t.Error("a set that is called as the role's took its place")
	}
}

// A rule that names a user set where a resource set must stand names nothing: it
// allowed whom the set selected.
func TestASetOfTheWrongKindSelectsNothing(t *testing.T) {
	t.Parallel()
	s := after(new(engine.Snapshot), resource("doc"),
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "all", Kind: authz.UserSet, Conditions: "{}"}},
		authz.PutRule{Rule: authz.Rule{UserSet: "all", ResourceSet: "all", Permission: authz.Permission{Resource: "doc", Action: "read"}}})
	if may(s, "ann", "read", "doc", "acme") {
		t.Error("it selects")
	}
}
