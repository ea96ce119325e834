package directory_test

import (
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// rule gives viewer in acme.
func rule(name, condition string) authz.MappingRule {
	return authz.MappingRule{Name: name, Condition: condition, Roles: []authz.RoleKey{"viewer"}, Tenants: []authz.TenantKey{"acme"}}
}

func (h house) mapped(m authz.Mapping) {
	h.t.Helper()
	_, err := h.ReplaceMapping(h.t.Context(), env, actor, m)
	ok(h.t, err)
}

// TestARulesGiftsComeAndGo with its condition, its name and itself, and what others
// gave stays.
func TestARulesGiftsComeAndGo(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	at := func(plan string, placed bool) {
		a := account("bob")
		a.Placed, a.Facts = placed, authz.Facts{"id": "bob", "customData": map[string]any{"plan": plan}}
		h.reflect(a, authz.Onboarding{})
	}
	gold, many := rule("gold", "user.customData.plan == 'gold'"), rule("many", "size(user.roles) == 0")
	h.mapped(authz.Mapping{Rules: []authz.MappingRule{gold, many}})
	at("gold", true)
	h.is(map[string][]authz.Giver{"viewer@acme": {"logto:rule:gold", "logto:rule:many"}})
	at("tin", false) // payloads say nothing of roles
	h.is(map[string][]authz.Giver{"viewer@acme": {"logto:rule:many"}})
	h.assign("bob", "viewer", "acme")
	at("tin", true)
	h.is(map[string][]authz.Giver{"viewer@acme": {"api", "logto:rule:many"}})
	gold.Name = "precious"
	h.mapped(authz.Mapping{Rules: []authz.MappingRule{gold}})
	at("gold", false)
	h.is(map[string][]authz.Giver{"viewer@acme": {"api", "logto:rule:precious"}})
	h.mapped(authz.Mapping{})
	at("gold", false)
	h.is(map[string][]authz.Giver{"viewer@acme": {"api"}})
}

// TestARuleWaitsForWhatIsGone: a role that is deleted is given again when it is back.
func TestARuleWaitsForWhatIsGone(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.mapped(authz.Mapping{Rules: []authz.MappingRule{rule("all", "true")}})
	_, err := h.DeleteRole(t.Context(), env, actor, "viewer")
	ok(t, err)
	a := account("bob")
	a.Facts = authz.Facts{"id": "bob"}
	h.reflect(a, authz.Onboarding{})
	h.is(map[string][]authz.Giver{})
	h.role("viewer", directory.RoleInput{})
	h.is(map[string][]authz.Giver{"viewer@acme": {"logto:rule:all"}})
}

// TestARuleThatNamesNothingHereIsRefused, and so is one that would give by an id.
func TestARuleThatNamesNothingHereIsRefused(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	for field, change := range map[string]func(*authz.MappingRule){
		"rules[0].roles":     func(r *authz.MappingRule) { r.Roles = append(r.Roles, "boss") },
		"rules[0].tenants":   func(r *authz.MappingRule) { r.Tenants = append(r.Tenants, "nowhere") },
		"rules[0].condition": func(r *authz.MappingRule) { r.Condition = "user.plan == ''" },
	} {
		r := rule("all", "true")
		change(&r)
		_, err := h.ReplaceMapping(t.Context(), env, actor, authz.Mapping{Rules: []authz.MappingRule{r}})
		refused(t, err, authz.Invalid, field)
		refused(t, h.CheckMapping(t.Context(), env, authz.Mapping{Rules: []authz.MappingRule{r}}), authz.Invalid, field)
	}
	coming := rule("all", "true")
	coming.Tenants = []authz.TenantKey{"globex"}
	ok(t, h.CheckMapping(t.Context(), env, authz.Mapping{Rules: []authz.MappingRule{coming}, TenantKeys: map[string]authz.TenantKey{"o9": "globex"}}))
}

// TestAnExplicitMappingWins over what the source states by itself, and what is not
// mapped never becomes an attribute.
func TestAnExplicitMappingWins(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.mapped(authz.Mapping{Attributes: []authz.MappedAttribute{{Key: "phone", Path: "profile.phone"}, {Key: "plan", Path: "customData.plan"}}})
	a := account("bob")
	a.Attributes = authz.Attributes{"phone": "1", "suspended": false, "username": "bob"}
	a.Facts = authz.Facts{"profile": map[string]any{"phone": "2"}, "customData": map[string]any{"plan": "gold", "suspended": true, "username": "root", "roles": []any{"admin"}}}
	rev := h.reflect(a, authz.Onboarding{})
	same(t, authz.Attributes{"phone": "2", "suspended": false, "username": "bob", "plan": "gold"}, h.held("bob").User.Attributes)
	if again := h.reflect(a, authz.Onboarding{}); again != rev {
		t.Errorf("an equal account made revision %d, want %d still", again, rev)
	}
}

// TestRolesHeldEverywhereAreGivenWhereTheMappingSays: in one tenant, or in all of the
// user's, and taken where it does not say so any more.
func TestRolesHeldEverywhereAreGivenWhereTheMappingSays(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.tenant("lobby")
	a := placed("o1")
	a.Places, a.Roles = append(a.Places, authz.Place{Organization: organization("o2", "Two")}), []string{"staff"}
	for _, c := range []struct {
		m    authz.Mapping
		want map[string][]authz.Giver
	}{
		{authz.Mapping{}, map[string][]authz.Giver{"viewer@default": {"logto:role"}}},
		{authz.Mapping{GlobalTenant: "lobby"}, map[string][]authz.Giver{"viewer@lobby": {"logto:role"}}},
		{authz.Mapping{GlobalEverywhere: true}, map[string][]authz.Giver{"viewer@o1": {"logto:role"}, "viewer@o2": {"logto:role"}}},
		{authz.Mapping{GlobalEverywhere: true, OnlyOrganizations: []string{"o2"}}, map[string][]authz.Giver{"viewer@o2": {"logto:role"}}},
	} {
		c.m.GlobalRoles = map[string]authz.RoleKey{"staff": "viewer"}
		h.mapped(c.m)
		h.reflect(a, authz.Onboarding{})
		h.is(c.want)
	}
}
