package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// plan is a plan that makes the given changes.
func plan(changes ...authz.Change) directory.Plan {
	return func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil }
}

func commit(t *testing.T, s *store.Store, changes ...authz.Change) authz.Revision {
	t.Helper()
	rev, err := s.Commit(t.Context(), Env, "test", plan(changes...))
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

// foldEqualsLoad is the house's main invariant: what the engine gets by folding
// the feed is what it would get by loading the tables. Every question about a
// small world is asked of both, with its explanation.
func foldEqualsLoad(t *testing.T, s *store.Store) {
	ctx := t.Context()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	folded, models := new(engine.Snapshot), map[authz.Model]int{}
	for step := range 800 {
		_, _ = s.Commit(ctx, Env, "test", randomPlan(rng))
		commits, err := s.Since(ctx, Env, folded.Revision())
		if err != nil {
			t.Fatal(err)
		}
		folded = folded.With(commits...)
		if step%20 == 19 {
			sameAnswers(t, s, folded, models)
		}
	}
	if folded.Revision() < 100 {
		t.Errorf("only %d commits succeeded; the test proves little", folded.Revision())
	}
	// One run in thirty allows nothing by relations: chance may have none, so this
	// is told and not asserted.
	t.Logf("allowed by %v", models)
}

// alike takes paths with the same ends for the same: of several that are equally
// short, which is found first depends on which instance was made first, and Load
// does not tell.
var alike = cmp.Transformer("ends", func(p engine.Path) [2]any {
	if len(p) == 0 {
		return [2]any{}
	}
	return [2]any{p[0], [2]any{len(p), p[len(p)-1]}}
})

// sameAnswers counts the models by which questions are allowed.
func sameAnswers(t *testing.T, s *store.Store, folded *engine.Snapshot, models map[authz.Model]int) {
	t.Helper()
	full, err := Loaded(t.Context(), s, Env)
	if err != nil {
		t.Fatal(err)
	}
	loaded := new(engine.Snapshot).With(full)
	if folded.Revision() != loaded.Revision() {
		t.Fatalf("folded stands at %d, loaded at %d", folded.Revision(), loaded.Revision())
	}
	if diff := cmp.Diff(loaded.URLs().Rules(), folded.URLs().Rules()); diff != "" {
		t.Fatalf("URL rules: folding the feed and loading the tables disagree (-loaded +folded)\n%s", diff)
	}
	for _, user := range []authz.UserKey{"a", "b", "c", "d", "zz"} {
		for _, tenant := range []authz.TenantKey{"default", "t", "u", ""} {
			for _, action := range []authz.ActionKey{"p", "q", "r", "z"} {
				for _, n := range []authz.Node{{Type: "doc"}, {Type: "doc", Key: "1"}, {Type: "doc", Key: "2"}, {Type: "img"}, {Type: "img", Key: "1"}, {Type: "zip", Key: "1"}} {
					q := authz.Query{User: user, Tenant: tenant, Action: action, Resource: n.Type, Instance: n.Key}
					if diff := cmp.Diff(loaded.Explain(q), folded.Explain(q), alike); diff != "" {
						t.Fatalf("%+v: folding the feed and loading the tables disagree (-loaded +folded)\n%s", q, diff)
					}
					models[folded.Decide(q).By]++
				}
			}
		}
	}
}

func revisionsHaveNoGap(t *testing.T, s *store.Store) {
	ctx := t.Context()
	done := make(chan error)
	for range 8 {
		go func() {
			var failed error
			for range 10 {
				_, err := s.Commit(ctx, Env, "test", plan(authz.PutRole{Role: authz.Role{ID: "r", Key: "r"}}))
				failed = errors.Join(failed, err)
			}
			done <- failed
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	commits, err := s.Since(ctx, Env, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range commits {
		if want := authz.Revision(i + 1); c.Revision != want {
			t.Fatalf("commit %d has revision %d, want %d", i, c.Revision, want)
		}
	}
	if got, want := len(commits), 81; got != want {
		t.Errorf("got %d commits, want %d", got, want)
	}
}

func failedPlanChangesNothing(t *testing.T, s *store.Store) {
	ctx := t.Context()
	_, err := s.Commit(ctx, Env, "test", func(context.Context, directory.View) ([]authz.Change, error) { return nil, errPlan })
	if !errors.Is(err, errPlan) {
		t.Errorf("got %v, want the plan's own error", err)
	}
	// The second change breaks a foreign key; the first must not stay.
	_, err = s.Commit(ctx, Env, "test", plan(
		authz.PutUser{User: authz.User{Key: "half", ID: "h"}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "x", User: "half", Role: "none", Tenant: "default"}}))
	if err == nil {
		t.Error("an assignment of a role that is not there was kept")
	}
	commits, err := s.Since(ctx, Env, 1)
	if err != nil || len(commits) > 0 {
		t.Errorf("got %d commits (%v), want none", len(commits), err)
	}
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		_, ok, err := l.User(ctx, "half")
		if ok {
			t.Error("half a commit was kept")
		}
		return err
	})
}

func planWithoutChanges(t *testing.T, s *store.Store) {
	rev, err := s.Commit(t.Context(), Env, "test", plan())
	if err != nil || rev != 1 {
		t.Errorf("got revision %d (%v), want the present one, 1", rev, err)
	}
	if next := commit(t, s, authz.PutUser{User: authz.User{Key: "a", ID: "ua"}}); next != 2 {
		t.Errorf("the next commit has revision %d, want 2", next)
	}
}

// concurrentPlansSeeEachOther: a plan reads under the environment's lock, so of
// many that add one to what they read none is lost.
func concurrentPlansSeeEachOther(t *testing.T, s *store.Store) {
	ctx := t.Context()
	commit(t, s, authz.PutTenant{Tenant: authz.Tenant{ID: "c", Key: "counter", Attributes: authz.Attributes{"n": json.Number("0")}}})
	done := make(chan error)
	const writers, each = 8, 15
	for range writers {
		go func() {
			var failed error
			for range each {
				_, err := s.Commit(ctx, Env, "test", func(ctx context.Context, v directory.View) ([]authz.Change, error) {
					tenant, _, err := v.Tenant(ctx, "counter")
					if err != nil {
						return nil, err
					}
					n, err := tenant.Attributes["n"].(json.Number).Int64()
					tenant.Attributes = authz.Attributes{"n": json.Number(fmt.Sprint(n + 1))}
					return []authz.Change{authz.PutTenant{Tenant: tenant}}, err
				})
				failed = errors.Join(failed, err)
			}
			done <- failed
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		tenant, _, err := l.Tenant(ctx, "counter")
		if got, want := tenant.Attributes["n"], json.Number(fmt.Sprint(writers*each)); got != want {
			t.Errorf("counted %v, want %v", got, want)
		}
		return err
	})
}

func noSuchEnvironment(t *testing.T, s *store.Store) {
	_, err := s.Commit(t.Context(), "nowhere", "test", plan())
	if got := authz.KindOf(err); got != authz.NotFound {
		t.Errorf("commit: kind %v (%v), want NotFound", got, err)
	}
	_, err = Loaded(t.Context(), s, "nowhere")
	if got := authz.KindOf(err); got != authz.NotFound {
		t.Errorf("load: kind %v (%v), want NotFound", got, err)
	}
}

func foundingHappensOnce(t *testing.T, s *store.Store) {
	if found(t, s) {
		t.Error("a second founding took place")
	}
	envs, err := s.Environments(t.Context())
	if err != nil || len(envs) != 1 {
		t.Errorf("got %d environments (%v), want 1", len(envs), err)
	}
}

// comesBack puts one of everything, with every field filled, and reads it back
// from the tables, from the feed and, as far as decisions need it, from a load.
func comesBack(t *testing.T, s *store.Store) {
	at := time.Date(2026, 11, 21, 18, 2, 59, 116_000_000, time.UTC)
	attributes := authz.Attributes{"n": json.Number("12345678901234567890"), "f": json.Number("1.0"), "s": "<a&b>\u2028", "o": map[string]any{"l": []any{nil, true}}}
	changes := []authz.Change{
		authz.PutTenant{Tenant: authz.Tenant{Key: "t", ID: "1", Name: "T", Description: "d", Attributes: attributes, Origin: authz.Origin{Source: "logto", ID: "o1"}, Adopted: true, CreatedAt: at, UpdatedAt: at}},
		authz.PutResource{Resource: authz.Resource{
			Key: "doc", ID: "2", Name: "Doc", URN: "urn", Description: "d",
			Actions:        []authz.Action{{Key: "read", ID: "3", Name: "Read", Description: "x", Attributes: attributes}},
			ActionGroups:   []authz.ActionGroup{{Key: "all", ID: "14", Name: "All", Description: "x", Actions: []authz.ActionKey{"read"}, Attributes: attributes, CreatedAt: at, UpdatedAt: at}},
			Attributes:     []authz.ResourceAttribute{{Key: "size", ID: "4", Type: "number", Description: "x"}},
			TypeAttributes: attributes, BuiltIn: true, CreatedAt: at, UpdatedAt: at,
			Relations: []authz.Relation{{Key: "parent", ID: "8", Name: "Parent", Description: "x", Subject: "doc", CreatedAt: at, UpdatedAt: at}},
			Roles: []authz.ResourceRole{{
				Key: "editor", ID: "9", Name: "Editor", Description: "x", Actions: []authz.ActionKey{"read"}, Extends: []authz.RoleKey{"base"}, Attributes: attributes,
				Derivations:   []authz.Derivation{{Role: "editor", On: "doc", Through: "parent", NoDirectRoles: true}},
				NoDirectRoles: true, CreatedAt: at, UpdatedAt: at,
			}},
		}},
		authz.PutRole{Role: authz.Role{
			Key: "viewer", ID: "5", Name: "Viewer", Description: "d", Permissions: []authz.Permission{{Resource: "doc", Action: "read"}},
			Extends: []authz.RoleKey{"base"}, Attributes: attributes, Source: "logto", Granted: []authz.Permission{{Resource: "doc", Action: "write"}},
			CreatedAt: at, UpdatedAt: at,
		}},
		authz.PutSettings{Settings: authz.Settings{InstancesInTenant: true, RulesForMembers: true, FixedBuiltIns: true, TypedComparisons: true, MissingDenies: true}},
		authz.PutSourceMapping{Mapping: authz.Mapping{
			NoOrganizations: true, OnlyOrganizations: []string{"o1"}, TenantKeys: map[string]authz.TenantKey{"o1": "acme"},
			OrganizationRoles: map[string]authz.RoleKey{"Org Admin": "admin", "guest": ""}, GlobalRoles: map[string]authz.RoleKey{"x": "y"},
			GlobalTenant: "t", GlobalEverywhere: true, Roles: authz.SourceRoles{Create: true, Scopes: "action:resource"},
			Rules: []authz.MappingRule{
				{Name: "r", Condition: "a < b && true", Roles: []authz.RoleKey{"x"}, EachOrganization: true, Tenants: []authz.TenantKey{"t"}, TenantsFrom: "c"},
			},
			Attributes:       []authz.MappedAttribute{{Key: "k", Path: "a.b", Expression: "c"}},
			TenantAttributes: []authz.MappedAttribute{{Key: "l", Path: "d"}},
		}},
		authz.PutUser{User: authz.User{
			Key: "ann", ID: "6", Email: "a@b.c", FirstName: "Ann", LastName: "愛", Attributes: attributes,
			Suspended: true, Source: "logto", CreatedAt: at, UpdatedAt: at,
		}},
		authz.PutConditionSet{Set: authz.ConditionSet{
			Key: "gold", ID: "10", Kind: authz.ResourceSet, Name: "Gold", Description: "d", Resource: "doc", Parent: "above",
			Conditions: `{"resource.size": {"equals":  1.0}}`, CreatedAt: at, UpdatedAt: at,
		}},
		authz.PutRule{Rule: authz.Rule{ID: "11", Role: "viewer", ResourceSet: "gold", Permission: authz.Permission{Resource: "doc", Action: "read"}, CreatedAt: at}},
		authz.PutURLMapping{Mapping: authz.URLMapping{
			Key: "shop", ID: "15", Name: "Shop", Mechanism: authz.BasicAuth, CreatedAt: at, UpdatedAt: at,
			Rules: []authz.URLRule{
				{URL: "https://shop/{id}", Method: "get", Resource: "doc", Action: "read", Priority: new(3), Headers: map[string]string{"X": "<y>"}},
				{URL: `^https://shop/\d+`, Regex: true, Method: "post", Resource: "doc"},
			},
		}},
		authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: "a:b"}, ID: "12", Tenant: "t", Attributes: attributes, CreatedAt: at, UpdatedAt: at}},
		authz.PutTuple{Tuple: authz.Tuple{
			ID: "13", Subject: authz.Node{Type: "doc", Key: "a:b"}, Relation: "parent", Object: authz.Node{Type: "doc", Key: "a:b"}, Tenant: "t", CreatedAt: at,
		}},
		authz.PutAssignment{Assignment: authz.Assignment{
			ID: "14", User: "ann", Role: "editor", Tenant: "t", Instance: authz.Node{Type: "doc", Key: "a:b"}, GivenBy: []authz.Giver{"api"}, CreatedAt: at,
		}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "7", User: "ann", Role: "viewer", Tenant: "t", GivenBy: []authz.Giver{"api", "logto"}, CreatedAt: at}},
		authz.PutPending{Pending: authz.PendingAssignment{User: "ann", Role: "later", Tenant: "t", GivenBy: []authz.Giver{"logto", "logto:role"}, CreatedAt: at}},
		authz.PutMembership{Membership: authz.Membership{User: "ann", Tenant: "t", GivenBy: []authz.Giver{"api", "logto:organization"}, CreatedAt: at}},
		authz.PutInvite{Invite: authz.Invite{
			Key: "bob", ID: "15", Email: "b@c.d", FirstName: "Bob", LastName: "愛", Role: "editor", Tenant: "t", Instance: authz.Node{Type: "doc", Key: "a:b"},
			Approved: true, CreatedAt: at, UpdatedAt: at,
		}},
	}
	rev := commit(t, s, changes...)
	fed, err := s.Since(t.Context(), Env, rev-1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(changes, fed[0].Changes); diff != "" {
		t.Errorf("from the feed (-put +read)\n%s", diff)
	}
	// The first is the tenant of the founding; of assignments, what is held on an
	// instance was put first and stands first.
	if diff := cmp.Diff(tabled(changes), Tables(t, s)[1:]); diff != "" {
		t.Errorf("from the tables (-put +read)\n%s", diff)
	}
	full, err := Loaded(t.Context(), s, Env)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decisive(changes), full.Changes[1:]); diff != "" {
		t.Errorf("from a load (-put +read)\n%s", diff)
	}
}

// secretsStay: the table holds the secret of a URL mapping, and neither the feed
// nor a load does.
func secretsStay(t *testing.T, s *store.Store) {
	const secret = "hunter2"
	for _, name := range []string{"Shop", "Market"} { // made, and replaced
		rev := commit(t, s, authz.PutURLMapping{Mapping: authz.URLMapping{Key: "shop", ID: "1", Name: name, Mechanism: authz.BearerToken, Secret: secret}})
		fed, err := s.Since(t.Context(), Env, rev-1)
		if err != nil {
			t.Fatal(err)
		}
		full, err := Loaded(t.Context(), s, Env)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range append(full.Changes, fed[0].Changes...) {
			if put, ok := c.(authz.PutURLMapping); ok && (put.Mapping.Name != name || put.Mapping.Secret != "") {
				t.Errorf("got %+v with secret %q, want %s and none", put, string(put.Mapping.Secret), name)
			}
		}
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			m, _, err := l.URLMapping(ctx, "shop")
			list, err2 := l.URLMappings(ctx)
			if m.Secret != secret || len(list) != 1 || list[0].Secret != secret {
				t.Errorf("got %q and %d listed, want the secret", string(m.Secret), len(list))
			}
			return errors.Join(err, err2)
		})
	}
	commit(t, s, authz.DeleteURLMapping{Key: "shop"})
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		_, ok, err := l.URLMapping(ctx, "1")
		if ok {
			t.Error("the mapping is there after its deletion")
		}
		return err
	})
}

func foundByKeyThenByID(t *testing.T, s *store.Store) {
	const id = "00112233445566778899aabbccddeeff"
	commit(t, s, authz.PutUser{User: authz.User{Key: "ann", ID: id}}, authz.PutUser{User: authz.User{Key: id, ID: "ffeeddccbbaa99887766554433221100"}})
	for ident, want := range map[authz.Ident]authz.UserKey{
		"ann":                                  "ann",
		id:                                     id, // a key that looks like another's id is the key
		"00112233-4455-6677-8899-AABBCCDDEEFF": "ann",
		"ffeeddccbbaa99887766554433221100":     id,
		"nobody":                               "",
	} {
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			u, ok, err := l.User(ctx, ident)
			if u.Key != want || ok != (want != "") {
				t.Errorf("%q: got %q, want %q", ident, u.Key, want)
			}
			many, err2 := l.UsersNamed(ctx, []authz.Ident{"other", ident, ident})
			if found, there := many[ident]; found.Key != want || there != (want != "") || len(many) > 1 {
				t.Errorf("%q among others: got %v, want %q", ident, many, want)
			}
			return errors.Join(err, err2)
		})
	}
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		const dashed = "00112233-4455-6677-8899-aabbccddeeff"
		many, err := l.UsersNamed(ctx, []authz.Ident{dashed, "00112233-4455-6677-8899-AABBCCDDEEFF", "ann", "nobody"})
		if len(many) != 3 || many[dashed].Key != "ann" {
			t.Errorf("got %v, want ann by three names", many)
		}
		return err
	})
}

func usersListed(t *testing.T, s *store.Store) {
	for i := range 10 {
		commit(t, s, authz.PutUser{User: authz.User{
			Key: authz.UserKey(fmt.Sprintf("user-%d", i)), ID: authz.ID(fmt.Sprint(i)), Email: fmt.Sprintf("U%d@x_y.org", i), FirstName: "100%", CreatedAt: time.UnixMicro(int64(1000 - i)),
		}})
	}
	commit(t, s, authz.PutRole{Role: authz.Role{Key: "r", ID: "r"}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "a", User: "user-3", Role: "r", Tenant: "default", GivenBy: []authz.Giver{"api"}}})
	for name, c := range map[string]struct {
		filter directory.UserFilter
		page   directory.Page
		first  authz.UserKey
		n, all int
	}{
		"first put first":   {page: directory.Page{Limit: 4}, first: "user-0", n: 4, all: 10},
		"second page":       {page: directory.Page{Limit: 4, Offset: 8}, first: "user-8", n: 2, all: 10},
		"past the end":      {page: directory.Page{Limit: 4, Offset: 99}, n: 0, all: 10},
		"contains":          {filter: directory.UserFilter{Search: "SER-1"}, first: "user-1", n: 1, all: 1},
		"starts with":       {filter: directory.UserFilter{Search: "u1@", Match: directory.StartsWith}, first: "user-1", n: 1, all: 1},
		"ends with":         {filter: directory.UserFilter{Search: "-7", Match: directory.EndsWith}, first: "user-7", n: 1, all: 1},
		"percent is itself": {filter: directory.UserFilter{Search: "0%"}, first: "user-0", n: 10, all: 10},
		"_ is itself":       {filter: directory.UserFilter{Search: "u_er"}, n: 0, all: 0},
		"with role":         {filter: directory.UserFilter{Role: "r"}, first: "user-3", n: 1, all: 1},
		"in tenant":         {filter: directory.UserFilter{Tenant: "default"}, first: "user-3", n: 1, all: 1},
		"role elsewhere":    {filter: directory.UserFilter{Role: "r", Tenant: "t"}, n: 0, all: 0},
		"without role":      {filter: directory.UserFilter{Roleless: true}, first: "user-0", n: 9, all: 9},
	} {
		if c.page.Limit == 0 {
			c.page.Limit = 100
		}
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			list, all, err := l.Users(ctx, c.filter, c.page)
			if len(list) != c.n || all != c.all || len(list) > 0 && list[0].Key != c.first {
				t.Errorf("%s: got %d of %d, want %d of %d, the first %q", name, len(list), all, c.n, c.all, c.first)
			}
			return err
		})
	}
}

func jsonNumber(n int) json.Number { return json.Number(fmt.Sprint(n)) }

func read(t *testing.T, s *store.Store, f func(context.Context, directory.Listing) error) {
	t.Helper()
	if err := s.View(t.Context(), Env, f); err != nil {
		t.Fatal(err)
	}
}
