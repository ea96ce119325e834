package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

func organization(id, name string) authz.SourceOrganization {
	return authz.SourceOrganization{Origin: authz.Origin{Source: "logto", ID: id}, Exists: true, Name: name}
}

// placed is bob as a source has him, in one organization.
func placed(id string, roles ...string) authz.Account {
	a := account("bob")
	a.Placed, a.Places = true, []authz.Place{{Organization: organization(id, "Name"), Roles: roles}}
	return a
}

func (h house) is(want map[string][]authz.Giver) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.granted("bob")); diff != "" {
		h.t.Errorf("bob holds (-want +got)\n%s", diff)
	}
}

// TestATenantComesAndGoesWithItsOrganization, made by whoever is first told of it.
func TestATenantComesAndGoesWithItsOrganization(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	rev := h.reflect(placed("o1", "viewer"), authz.Onboarding{})
	h.is(map[string][]authz.Giver{"viewer@o1": {"logto:organization"}})
	if again := h.reflect(placed("o1", "viewer"), authz.Onboarding{}); again != rev {
		t.Errorf("an equal account made revision %d, want %d still", again, rev)
	}
	_, err := h.ReflectOrganization(t.Context(), env, organization("o1", "New"))
	ok(t, err)
	if got, err := h.Tenant(t.Context(), env, "o1"); err != nil || got.Name != "New" || got.Adopted {
		t.Errorf("got %+v (%v), want the tenant named anew", got, err)
	}
	_, err = h.ReflectOrganization(t.Context(), env, authz.SourceOrganization{Origin: authz.Origin{Source: "logto", ID: "o1"}})
	ok(t, err)
	h.is(map[string][]authz.Giver{})
	if _, err := h.Tenant(t.Context(), env, "o1"); authz.KindOf(err) != authz.NotFound {
		t.Errorf("got %v, want the tenant gone", err)
	}
}

// TestATenantThatWasThereIsLetGo: what people made and gave outlives the
// organization, and what the organization gave does not.
func TestATenantThatWasThereIsLetGo(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	_, err := h.ReplaceMapping(t.Context(), env, actor, authz.Mapping{TenantKeys: map[string]authz.TenantKey{"o1": "acme"}})
	ok(t, err)
	h.reflect(placed("o1", "viewer", "editor"), authz.Onboarding{})
	h.assign("bob", "editor", "acme")
	h.is(map[string][]authz.Giver{"viewer@acme": {"logto:organization"}, "editor@acme": {"api", "logto:organization"}})
	_, err = h.ReflectOrganization(t.Context(), env, organization("o2", "Other"))
	ok(t, err)
	_, err = h.ReplaceMapping(t.Context(), env, actor, authz.Mapping{TenantKeys: map[string]authz.TenantKey{"o3": "acme"}})
	ok(t, err)
	if _, err := h.ReflectOrganization(t.Context(), env, organization("o3", "Third")); authz.KindOf(err) != authz.Conflict {
		t.Errorf("got %v, want a Conflict: acme is another organization", err)
	}
	_, err = h.ReflectOrganization(t.Context(), env, authz.SourceOrganization{Origin: authz.Origin{Source: "logto", ID: "o1"}})
	ok(t, err)
	h.is(map[string][]authz.Giver{"editor@acme": {"api"}})
	if got, err := h.Tenant(t.Context(), env, "acme"); err != nil || got.Origin != (authz.Origin{}) || got.Adopted {
		t.Errorf("got %+v (%v), want acme to be nobody's", got, err)
	}
	if m := h.held("bob").Memberships; len(m) > 0 {
		t.Errorf("bob is still a member: %+v", m)
	}
}

// TestFirstRolesAndFactsDoNotMix: what is given once stays when the facts go, and
// a role that does not exist waits for its own reason.
func TestFirstRolesAndFactsDoNotMix(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	a := placed("o1", "auditor")
	a.Roles = []string{"viewer"}
	h.reflect(a, authz.Onboarding{Role: "viewer", Tenant: "default"})
	h.is(map[string][]authz.Giver{"viewer@default": {"logto", "logto:role"}})
	h.role("auditor", directory.RoleInput{})
	h.is(map[string][]authz.Giver{"viewer@default": {"logto", "logto:role"}, "auditor@o1": {"logto:organization"}})
	unplaced := account("bob") // payloads say nothing of places: what is known stays
	h.reflect(unplaced, authz.Onboarding{})
	h.is(map[string][]authz.Giver{"viewer@default": {"logto", "logto:role"}, "auditor@o1": {"logto:organization"}})
	a.Places, a.Roles = nil, nil
	h.reflect(a, authz.Onboarding{})
	h.is(map[string][]authz.Giver{"viewer@default": {"logto"}})
}
