package directory_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// mapRoles has the roles of Logto made, with scopes like read:doc.
func (h house) mapRoles() {
	h.t.Helper()
	_, err := h.ReplaceMapping(h.t.Context(), env, actor, authz.Mapping{Roles: authz.SourceRoles{Create: true, Scopes: "action:resource"}})
	ok(h.t, err)
}

func (h house) reflectRoles(list ...authz.SourceRole) authz.Revision {
	h.t.Helper()
	rev, err := h.ReflectRoles(h.t.Context(), env, "logto", append([]authz.SourceRole{}, list...))
	ok(h.t, err)
	return rev
}

// mayBy are the permissions of a role, sorted; nil if there is none.
func (h house) mayBy(key authz.RoleKey) []string {
	h.t.Helper()
	r, err := h.Role(h.t.Context(), env, authz.Ident(key))
	if authz.KindOf(err) == authz.NotFound {
		return nil
	}
	ok(h.t, err)
	may := []string{}
	for _, p := range r.Permissions {
		may = append(may, string(p.Action)+":"+string(p.Resource))
	}
	slices.Sort(may)
	return may
}

// TestRolesOfASourceBecomeRoles, with the permissions that their scopes name, and what
// waited for them is given in the same commit.
func TestRolesOfASourceBecomeRoles(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	boss := authz.SourceRole{Organization: true, Name: "boss", Description: "d", Scopes: []string{"erase:doc", "read:doc", "strange", "write:doc"}}
	h.reflect(placed("o1", "boss"), authz.Onboarding{})
	if h.reflectRoles(boss); h.mayBy("boss") != nil {
		t.Error("a role was made that the mapping does not ask for")
	}
	h.mapRoles()
	m, err := h.Compiled(t.Context(), env)
	ok(t, err)
	e, err := h.ForeseeRoles(t.Context(), env, m, "logto", []authz.SourceRole{boss})
	ok(t, err)
	said := strings.Join(e.Notes, "\n")
	if !slices.Equal(e.Made, []authz.RoleKey{"boss"}) || len(e.Notes) != 2 || !strings.Contains(said, `"strange"`) || !strings.Contains(said, "erase") {
		t.Errorf("got %+v, want boss to be made and two scopes not", e)
	}
	rev := h.reflectRoles(boss)
	same(t, []string{"read:doc", "write:doc"}, h.mayBy("boss"))
	h.is(map[string][]authz.Giver{"boss@o1": {"logto:organization"}})
	if !h.may("bob", "write", "o1") {
		t.Error("the engine does not know what the role permits")
	}
	if again := h.reflectRoles(boss); again != rev {
		t.Errorf("equal roles made revision %d, want %d still", again, rev)
	}
	if rev, err := h.ReflectRoles(t.Context(), env, "logto", nil); err != nil || h.mayBy("boss") == nil {
		t.Errorf("got revision %d (%v): a list that was read for another mapping took a role", rev, err)
	}
	boss.Scopes = []string{"read:doc"}
	h.reflectRoles(boss)
	same(t, []string{"read:doc"}, h.mayBy("boss"))
	_, err = h.ReplaceMapping(t.Context(), env, actor, authz.Mapping{})
	ok(t, err)
	if h.reflectRoles(); h.mayBy("boss") != nil || h.mayBy("viewer") == nil {
		t.Error("turned off, the roles that were made are here, or others are not")
	}
}

// TestTwoRolesThatAreOneHaveWhatBothHave: whoever has either of them holds it.
func TestTwoRolesThatAreOneHaveWhatBothHave(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.mapRoles()
	h.reflectRoles(authz.SourceRole{Name: "boss", Scopes: []string{"read:doc", "write:doc"}}, authz.SourceRole{Organization: true, Name: "boss", Scopes: []string{"read:doc"}})
	same(t, []string{"read:doc"}, h.mayBy("boss"))
}

// TestWhatAPersonAddedStaysThePersons when Logto names it too, and then no more.
func TestWhatAPersonAddedStaysThePersons(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.mapRoles()
	h.reflectRoles(authz.SourceRole{Name: "boss"})
	_, _, err := h.AddPermissions(t.Context(), env, actor, "boss", *permissions("doc", "write"))
	ok(t, err)
	h.reflectRoles(authz.SourceRole{Name: "boss", Scopes: []string{"read:doc", "write:doc"}})
	same(t, []string{"read:doc", "write:doc"}, h.mayBy("boss"))
	h.reflectRoles(authz.SourceRole{Name: "boss"})
	same(t, []string{"write:doc"}, h.mayBy("boss"))
}

// TestARoleThatNoKeyCanNameIsLeftOut, and said.
func TestARoleThatNoKeyCanNameIsLeftOut(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.mapRoles()
	m, err := h.Compiled(t.Context(), env)
	ok(t, err)
	list := []authz.SourceRole{{Name: "Org Admin"}, {Organization: true, Name: "viewer", Scopes: []string{"write:doc"}}}
	e, err := h.ForeseeRoles(t.Context(), env, m, "logto", list)
	ok(t, err)
	if !e.Nothing() || len(e.Notes) != 2 || !strings.Contains(e.Notes[0], `"Org Admin"`) || !strings.Contains(e.Notes[1], `"viewer"`) {
		t.Errorf("got %+v, want nothing but two notes", e)
	}
	h.reflectRoles(list...)
	same(t, []string{"read:doc"}, h.mayBy("viewer"))
}

// TestASourceChangesOnlyItsOwnOfRoles: whatever people and Logto do to the same roles,
// in whatever order, a role has what people gave it and, if Logto made it, what Logto
// says at last.
func TestASourceChangesOnlyItsOwnOfRoles(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.mapRoles()
	keys, scopes := []string{"p", "q"}, []string{"read:doc", "write:doc"}
	rapid.Check(t, func(r *rapid.T) {
		h.reflectRoles()
		people, made := map[string]map[string]bool{}, map[string]bool{} // permissions that people gave; roles that they made
		for _, k := range keys {
			if _, err := h.DeleteRole(t.Context(), env, actor, authz.Ident(k)); authz.KindOf(err) != authz.NotFound {
				ok(t, err)
			}
			people[k] = map[string]bool{}
		}
		logto := map[string][]string{}
		reflect := func() {
			var list []authz.SourceRole
			for k, s := range logto {
				list = append(list, authz.SourceRole{Name: k, Scopes: s})
			}
			h.reflectRoles(list...)
			for _, k := range keys { // what a person added to a role goes with the role
				if _, is := logto[k]; !is && !made[k] {
					people[k] = map[string]bool{}
				}
			}
		}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			k := rapid.SampledFrom(keys).Draw(r, "role")
			p := rapid.SampledFrom(scopes).Draw(r, "permission")
			switch rapid.IntRange(0, 3).Draw(r, "step") {
			case 0:
				logto[k] = rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 0, 2, rapid.ID).Draw(r, "scopes")
			case 1:
				delete(logto, k)
			case 2:
				if h.mayBy(authz.RoleKey(k)) == nil {
					h.role(authz.RoleKey(k), directory.RoleInput{})
					made[k] = true
				}
			case 3:
				if may := h.mayBy(authz.RoleKey(k)); may != nil && !slices.Contains(may, p) {
					action, _, _ := strings.Cut(p, ":")
					_, _, err := h.AddPermissions(t.Context(), env, actor, authz.Ident(k), *permissions("doc", authz.ActionKey(action)))
					ok(t, err)
					people[k][p] = true
				}
			}
			reflect()
			for _, k := range keys {
				h.roleIs(r, k, made[k], people[k], logto)
			}
		}
	})
}

func (h house) roleIs(r *rapid.T, key string, made bool, people map[string]bool, logto map[string][]string) {
	said, is := logto[key]
	got := h.mayBy(authz.RoleKey(key))
	if !made && !is {
		if got != nil {
			r.Fatalf("role %s is here, and nobody made it", key)
		}
		return
	}
	want := []string{}
	for p := range people {
		want = append(want, p)
	}
	if !made {
		want = append(want, said...)
	}
	slices.Sort(want)
	if want = slices.Compact(want); got == nil || !slices.Equal(got, want) {
		r.Fatalf("role %s permits %v, want %v", key, got, want)
	}
}

// TestAnAttributeGoesWithItsMapping: what people say of it stays, and so does all else.
func TestAnAttributeGoesWithItsMapping(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.user("bob", directory.UserInput{Attributes: &authz.Attributes{"mine": "1"}})
	a := account("bob")
	a.Facts = authz.Facts{"customData": map[string]any{"tier": "gold", "seat": "a"}}
	replace := func(keys ...string) {
		t.Helper()
		m := authz.Mapping{}
		for _, k := range keys {
			m.Attributes = append(m.Attributes, authz.MappedAttribute{Key: k, Path: "customData." + k})
		}
		_, err := h.ReplaceMapping(t.Context(), env, actor, m)
		ok(t, err)
		stale, err := h.StaleUsers(t.Context(), env, []authz.Account{a})
		if err != nil || !slices.Equal(stale, []authz.UserKey{"bob"}) {
			t.Errorf("got %v (%v), want a sweep to find bob", stale, err)
		}
		h.reflect(a, authz.Onboarding{})
	}
	has := func(want authz.Attributes) {
		t.Helper()
		want["plan"], want["deep"], want["mine"] = a.Attributes["plan"], a.Attributes["deep"], "1"
		same(t, want, h.held("bob").User.Attributes)
	}
	replace("tier", "seat")
	has(authz.Attributes{"tier": "gold", "seat": "a"})
	replace("seat")
	has(authz.Attributes{"seat": "a"})
	with := authz.Attributes{"mine": "1", "seat": "b", "plan": "free", "deep": a.Attributes["deep"]}
	_, err := h.UpdateUser(t.Context(), env, actor, "bob", directory.UserInput{Attributes: &with})
	ok(t, err)
	_, err = h.ReplaceMapping(t.Context(), env, actor, authz.Mapping{})
	ok(t, err)
	h.reflect(a, authz.Onboarding{})
	has(authz.Attributes{"seat": "b"})
}
