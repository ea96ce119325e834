package directory_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// TestWhatWaitsKeepsEachGiver: whichever of the source's facts come and go while
// the role is missing, who gives it is who gives it, and when the role is made
// they are its givers.
func TestWhatWaitsKeepsEachGiver(t *testing.T) {
	t.Parallel()
	ways := []struct {
		by   authz.Giver
		tell func(*authz.Account)
	}{
		{"logto:organization", func(a *authz.Account) { a.Places[0].Roles = []string{"ghost"} }},
		{"logto:role", func(a *authz.Account) { a.Roles = []string{"ghost"} }},
		{"logto:rule:staff", func(a *authz.Account) { a.Facts = authz.Facts{"primaryEmail": "bob@acme.com"} }},
	}
	h := furnished(t)
	rapid.Check(t, func(r *rapid.T) {
		h.reflect(authz.Account{Source: "logto", Key: "bob"}, authz.Onboarding{})
		h.makeGhost() // rules name roles that are there, and may be deleted
		_, err := h.ReplaceMapping(t.Context(), env, actor, authz.Mapping{GlobalEverywhere: true, TenantKeys: map[string]authz.TenantKey{"o1": "o1"}, Rules: []authz.MappingRule{
			{Name: "staff", Condition: `user.primaryEmail.endsWith("@acme.com")`, Roles: []authz.RoleKey{"ghost"}, Tenants: []authz.TenantKey{"o1"}},
		}})
		ok(t, err)
		_, err = h.DeleteRole(t.Context(), env, actor, "ghost")
		ok(t, err)
		var want []authz.Giver
		first := authz.Onboarding{}
		if rapid.Bool().Draw(r, "first role") {
			first = authz.Onboarding{Role: "ghost", Tenant: "o1"}
		}
		made := false
		for range rapid.IntRange(1, 5).Draw(r, "looks") {
			a := placed("o1")
			a.Facts = authz.Facts{"primaryEmail": "bob@example.org"}
			want = nil
			if first.Role != "" {
				want = append(want, "logto")
			}
			for _, way := range ways {
				if rapid.Bool().Draw(r, string(way.by)) {
					way.tell(&a)
					want = append(want, way.by)
				}
			}
			h.reflect(a, first)
			h.ghosts(r, made, want)
			if made = made || rapid.IntRange(0, 3).Draw(r, "make the role") == 0; made {
				h.makeGhost()
				h.ghosts(r, made, want)
			}
		}
	})
}

func (h house) makeGhost() {
	_, _, err := h.CreateRole(h.t.Context(), env, actor, "ghost", directory.RoleInput{})
	if authz.KindOf(err) != authz.Conflict {
		ok(h.t, err)
	}
}

// ghosts checks who gives bob the role ghost in o1, which waits until it is made.
func (h house) ghosts(r *rapid.T, made bool, want []authz.Giver) {
	waiting, err := h.Pending(h.t.Context(), env)
	ok(h.t, err)
	var got []authz.Giver
	for _, w := range waiting {
		got = append(got, w.GivenBy...)
	}
	if held := h.granted("bob")["ghost@o1"]; made && len(waiting) == 0 {
		got = held
	} else if held != nil {
		r.Fatalf("held by %v while it waits", held)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		r.Fatalf("who gives the role (-want +got)\n%s", diff)
	}
}

// TestOneRoleWaitsUnderItsKeyAndItsID, and has each giver when it comes.
func TestOneRoleWaitsUnderItsKeyAndItsID(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	lobby := h.tenant("lobby")
	_, err := h.ReplaceMapping(t.Context(), env, actor, authz.Mapping{GlobalTenant: "lobby"})
	ok(t, err)
	a := placed("o1")
	a.Roles = []string{"ghost"}
	h.reflect(a, authz.Onboarding{Role: "ghost", Tenant: authz.TenantKey(lobby.ID)})
	h.role("ghost", directory.RoleInput{})
	h.is(map[string][]authz.Giver{"ghost@lobby": {"logto", "logto:role"}})
}

// TestADeletedOrganizationLeavesWhatOthersGave to wait for its tenant.
func TestADeletedOrganizationLeavesWhatOthersGave(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.reflect(placed("o1", "ghost"), authz.Onboarding{Role: "ghost", Tenant: "o1"})
	_, err := h.ReflectOrganization(t.Context(), env, authz.SourceOrganization{Origin: authz.Origin{Source: "logto", ID: "o1"}})
	ok(t, err)
	waiting, err := h.Pending(t.Context(), env)
	ok(t, err)
	same(t, []authz.PendingAssignment{{User: "bob", Role: "ghost", Tenant: "o1", GivenBy: []authz.Giver{"logto"}}}, waiting)
}
