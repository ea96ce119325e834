package mirror_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

func ptr[T any](v T) *T { return &v }

// furnish gives the environment the resource doc, the roles viewer and editor, and the
// tenant acme.
func (h house) furnish(t testing.TB) {
	t.Helper()
	actions := []authz.Action{{Key: "read"}, {Key: "write"}}
	roles := []directory.ResourceRoleInput{{Key: "owner", Name: ptr("Owner"), Permissions: &[]authz.Permission{{Action: "write"}}}}
	_, _, err := h.CreateResource(t.Context(), env, actor, "doc", directory.ResourceInput{Name: ptr("Doc"), Actions: &actions, Roles: &roles})
	ok(t, err)
	_, _, err = h.CreateRole(t.Context(), env, actor, "viewer", directory.RoleInput{Name: ptr("Viewer"), Permissions: &[]authz.Permission{{Resource: "doc", Action: "read"}}})
	ok(t, err)
	_, _, err = h.CreateRole(t.Context(), env, actor, "editor", directory.RoleInput{Name: ptr("Editor"), Permissions: &[]authz.Permission{{Resource: "doc", Action: "write"}}, Extends: &[]authz.Ident{"viewer"}})
	ok(t, err)
	_, _, err = h.CreateTenant(t.Context(), env, actor, "acme", directory.TenantInput{Name: ptr("Acme")})
	ok(t, err)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// facets is what both sides are compared by: everything but ids and times.
type facets map[string]string

func textOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// here is what the environment holds, by its listings.
func (h house) here(t testing.TB) facets {
	t.Helper()
	out := facets{}
	ok(t, h.Store.View(t.Context(), env, func(ctx context.Context, l directory.Listing) error {
		everything := directory.Page{Limit: 1_000_000}
		suspended := map[authz.UserKey]bool{}
		users, _, err := l.Users(ctx, directory.UserFilter{}, everything)
		ok(t, err)
		for _, u := range users {
			suspended[u.Key] = u.Suspended
			out["user "+string(u.Key)] = textOf([]any{u.Email, u.FirstName, u.LastName, u.Attributes})
		}
		tenants, _, err := l.Tenants(ctx, directory.TextFilter{}, everything)
		ok(t, err)
		for _, x := range tenants {
			out["tenant "+string(x.Key)] = textOf([]any{x.Name, x.Description})
		}
		held, _, err := l.Assignments(ctx, directory.AssignmentFilter{}, everything)
		ok(t, err)
		for _, a := range held {
			if !suspended[a.User] {
				out[fmt.Sprintf("assignment %s %s %s %s", a.User, a.Role, a.Tenant, a.Instance)] = ""
			}
		}
		instances, _, err := l.Instances(ctx, directory.InstanceFilter{}, everything)
		ok(t, err)
		for _, i := range instances {
			out["instance "+i.Node.String()] = textOf([]any{i.Tenant, i.Attributes})
		}
		return nil
	}))
	return out
}

// there is what the account holds, by its own listings.
func (a *account) there() facets {
	text := func(v any) string {
		s, _ := v.(string)
		return s
	}
	out := facets{}
	for _, u := range a.All(facts + "/users") {
		attributes, _ := u["attributes"].(object)
		if len(attributes) == 0 {
			attributes = nil
		}
		out["user "+text(u["key"])] = textOf([]any{text(u["email"]), text(u["first_name"]), text(u["last_name"]), attributes})
	}
	for _, x := range a.All(facts + "/tenants") {
		out["tenant "+text(x["key"])] = textOf([]any{x["name"], text(x["description"])})
	}
	for _, x := range a.All(facts + "/role_assignments") {
		out[fmt.Sprintf("assignment %s %s %s %s", x["user"], x["role"], x["tenant"], text(x["resource_instance"]))] = ""
	}
	for _, x := range a.All(facts + "/resource_instances") {
		attributes, _ := x["attributes"].(object)
		if len(attributes) == 0 {
			attributes = nil
		}
		out["instance "+text(x["resource"])+":"+text(x["key"])] = textOf([]any{x["tenant"], attributes})
	}
	return out
}

// A crowd is who signs up and leaves at random.
type crowd struct {
	house  house
	random *rand.Rand
	next   int
	users  []authz.UserKey
	things int
}

// act does one thing that happens; it fails where it makes no sense, as people do.
func (c *crowd) act(t testing.TB) {
	ctx := t.Context()
	some := func() authz.UserKey {
		if len(c.users) == 0 {
			return "nobody"
		}
		return c.users[c.random.IntN(len(c.users))]
	}
	tenant := authz.Ident([]string{"acme", "default", "beta"}[c.random.IntN(3)])
	role := authz.Ident([]string{"viewer", "editor"}[c.random.IntN(2)])
	switch n := c.random.IntN(100); {
	case n < 40:
		c.next++
		key := authz.UserKey(fmt.Sprintf("user|%d", c.next))
		in := directory.UserInput{FirstName: ptr(fmt.Sprint("First ", c.next)), Roles: []directory.RoleInTenant{{Role: "viewer", Tenant: "default"}}}
		_, err := c.house.CreateUser(ctx, env, actor, key, in)
		ok(t, err)
		c.users = append(c.users, key)
	case n < 55:
		_, _ = c.house.UpdateUser(ctx, env, actor, authz.Ident(some()), directory.UserInput{LastName: ptr(fmt.Sprint(n, c.random.IntN(1000))), Attributes: &authz.Attributes{"level": json.Number(strconv.Itoa(n))}})
	case n < 65:
		key := some()
		_, _ = c.house.DeleteUser(ctx, env, actor, authz.Ident(key))
		if c.random.IntN(2) == 0 { // and comes back
			_, _ = c.house.CreateUser(ctx, env, actor, key, directory.UserInput{Roles: []directory.RoleInTenant{{Role: role, Tenant: "default"}}})
		} else {
			c.users = slices.DeleteFunc(c.users, func(u authz.UserKey) bool { return u == key })
		}
	case n < 78:
		_, _, _ = c.house.Assign(ctx, env, actor, authz.Ident(some()), directory.RoleInTenant{Role: role, Tenant: tenant})
	case n < 84:
		_, _, _ = c.house.Unassign(ctx, env, actor, authz.Ident(some()), directory.RoleInTenant{Role: role, Tenant: tenant})
	case n < 87:
		_, _, _ = c.house.CreateTenant(ctx, env, actor, "beta", directory.TenantInput{Name: ptr("Beta")})
	case n < 89:
		_, _ = c.house.DeleteTenant(ctx, env, actor, "beta")
	case n < 92:
		key := some()
		_, _ = c.house.Reflect(ctx, env, authz.Account{Source: "logto", Key: key, Exists: slices.Contains(c.users, key), Suspended: n == 89 || n == 90}, authz.Onboarding{})
	case n < 97:
		c.things++
		_, _, _ = c.house.Assign(ctx, env, actor, authz.Ident(some()), directory.RoleInTenant{Role: "owner", Tenant: tenant, Instance: authz.Ident(fmt.Sprint("doc:", c.random.IntN(c.things+1)))})
	default:
		_, _ = c.house.DeleteInstance(ctx, env, actor, authz.Ident(fmt.Sprint("doc:", c.random.IntN(c.things+1))))
	}
}

func number(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// TestTheAccountBecomesEqualWhateverHappens: the account answers 429 and 5xx, hangs,
// cuts connections and does things late; the mirror is killed at random. Everything
// arrives, no limit is exceeded, and what people made by hand is what it was.
func TestTheAccountBecomesEqualWhateverHappens(t *testing.T) {
	t.Parallel()
	seeds, operations := number("GATEHOUSE_TEST_MIRROR_SEEDS", 20), number("GATEHOUSE_TEST_MIRROR_OPERATIONS", 120)
	first := number("GATEHOUSE_TEST_MIRROR_FIRST", 1)
	for seed := first; seed < first+seeds; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			equalAfter(t, uint64(seed), operations) //nolint:gosec // a seed is small
		})
	}
}

// TestEveryKindIsMirroredOrKnownNotToBe: who adds a kind of thing decides about it here.
func TestEveryKindIsMirroredOrKnownNotToBe(t *testing.T) {
	t.Parallel()
	not := []string{"invite", "mapping", "membership", "pending", "settings", "source_mapping"}
	for _, kind := range directory.Kinds {
		if slices.Contains(mirror.Order, mirror.Kind(kind)) == slices.Contains(not, kind) {
			t.Errorf("%s is mirrored, or not, or both", kind)
		}
	}
	if len(mirror.Order)+len(not) != len(directory.Kinds) {
		t.Errorf("%d kinds are mirrored and %d are not, of %d", len(mirror.Order), len(not), len(directory.Kinds))
	}
}

// TestWhatIsEqualIsTakenOverIfAsked: a user that people made in the account is changed
// and removed as it is here, if the mirror may take it over, and else stays.
func TestWhatIsEqualIsTakenOverIfAsked(t *testing.T) {
	t.Parallel()
	for _, adopt := range []bool{false, true} {
		t.Run(fmt.Sprint(adopt), func(t *testing.T) {
			t.Parallel()
			r := newRun(t, 1, mirror.Wanted{}, 0, 0)
			r.mirror.Adopt = adopt
			for _, key := range []authz.UserKey{"ann", "bob", "eve"} {
				r.proxy.account.Must("POST", facts+"/users", object{"key": key}, nil)
				_, err := r.house.CreateUser(t.Context(), env, actor, key, directory.UserInput{})
				ok(t, err)
			}
			r.settle()
			r.proxy.account.Must("PATCH", facts+"/users/eve", object{"last_name": "Changed there"}, nil)
			for _, key := range []authz.Ident{"ann", "eve"} {
				_, err := r.house.UpdateUser(t.Context(), env, actor, key, directory.UserInput{FirstName: ptr("Changed here")})
				ok(t, err)
			}
			_, err := r.house.DeleteUser(t.Context(), env, actor, "bob")
			ok(t, err)
			r.settle()
			there := r.proxy.account.there()
			_, bob := there["user bob"]
			if ann := strings.Contains(there["user ann"], "Changed here"); ann != adopt || bob == adopt {
				t.Errorf("got %v", there)
			}
			if eve := there["user eve"]; strings.Contains(eve, "Changed here") != adopt {
				t.Errorf("got %s: once taken over, it is the mirror's", eve)
			}
		})
	}
}

func equalAfter(t *testing.T, seed uint64, operations int) {
	r := newRun(t, seed, mirror.Wanted{Schema: true, Instances: true}, 6, 3)
	r.house.furnish(t)
	there := r.proxy.account
	there.Must("POST", facts+"/tenants", object{"key": "handmade", "name": "Hand made"}, nil)
	there.Must("POST", schema+"/roles", object{"key": "handrole", "name": "Hand role"}, nil)
	there.Must("POST", facts+"/users", object{"key": "both", "first_name": "Of the account"}, nil)
	there.Must("POST", facts+"/users", object{"key": "hand", "role_assignments": []object{{"role": "handrole", "tenant": "handmade"}}}, nil)
	_, err := r.house.CreateUser(t.Context(), env, actor, "both", directory.UserInput{FirstName: ptr("Of here")})
	ok(t, err)
	byHand := there.there()
	delete(byHand, "tenant default")

	c := &crowd{house: r.house, random: rand.New(rand.NewPCG(seed, 1))}
	for range operations {
		c.act(t)
		for range c.random.IntN(2) {
			r.step()
		}
	}
	s := r.settle()
	r.proxy.land(true)

	want, got := r.house.here(t), there.there()
	for name, what := range byHand { // what was made by hand is what it was
		want[name] = what
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seed %d: the account is not equal (-want +got)\n%s", seed, diff)
	}
	if len(r.proxy.exceeded) > 0 {
		t.Errorf("seed %d: limits are exceeded: %v", seed, r.proxy.exceeded[:min(5, len(r.proxy.exceeded))])
	}
	letters, err := r.mirror.Letters(t.Context(), mirror.Thing{}, 100)
	ok(t, err)
	if len(letters) != 1 || letters[0].Thing != (mirror.Thing{Kind: mirror.User, Key: "both"}) || !strings.HasPrefix(letters[0].Reason, mirror.Conflict) || s.Conflicts != 1 {
		t.Errorf("seed %d: got %+v, want the one conflict", seed, letters)
	}
	t.Logf("seed %d: %d operations, %d requests, %d starts, failures %v", seed, operations, r.proxy.requests, r.starts, r.proxy.kinds)
}
