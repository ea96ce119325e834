package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// lists name the rows of a page of each listing that is found by rank.
var lists = map[string]func(context.Context, directory.Listing, directory.Page) ([]string, int, error){
	"users": func(ctx context.Context, l directory.Listing, p directory.Page) ([]string, int, error) {
		rows, total, err := l.Users(ctx, directory.UserFilter{}, p)
		return names(rows, func(u authz.User) string { return string(u.Key) }), total, err
	},
	"tenants": func(ctx context.Context, l directory.Listing, p directory.Page) ([]string, int, error) {
		rows, total, err := l.Tenants(ctx, directory.TextFilter{}, p)
		return names(rows, func(t authz.Tenant) string { return string(t.Key) }), total, err
	},
	"assignments": func(ctx context.Context, l directory.Listing, p directory.Page) ([]string, int, error) {
		rows, total, err := l.Assignments(ctx, directory.AssignmentFilter{}, p)
		return names(rows, func(a authz.Assignment) string {
			return fmt.Sprint(a.User, " ", a.Role, " ", a.Tenant, " ", a.Instance)
		}), total, err
	},
	"instances": func(ctx context.Context, l directory.Listing, p directory.Page) ([]string, int, error) {
		rows, total, err := l.Instances(ctx, directory.InstanceFilter{}, p)
		return names(rows, func(i authz.Instance) string { return i.Node.String() }), total, err
	},
	"tuples": func(ctx context.Context, l directory.Listing, p directory.Page) ([]string, int, error) {
		rows, total, err := l.Tuples(ctx, directory.TupleFilter{}, p)
		return names(rows, func(t authz.Tuple) string { return fmt.Sprint(t.Subject, " ", t.Relation, " ", t.Object) }), total, err
	},
}

func names[T any](rows []T, name func(T) string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, name(r))
	}
	return out
}

// pagesAreTheWhole: whatever has been put and deleted, with everything a deletion
// takes with it, the pages of a list one after another are what Load yields, and
// the total is how many there are.
func pagesAreTheWhole(t *testing.T, s *store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 6 {
		for range 25 {
			_, _ = s.Commit(t.Context(), Env, "test", randomPlan(rng))
		}
		allPaged(t, s, 1+rng.IntN(4))
	}
}

// allPaged checks the pages of every list against what Load yields.
func allPaged(t *testing.T, s *store.Store, size int) {
	t.Helper()
	there := map[string]int{}
	full, err := Loaded(t.Context(), s, Env)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range full.Changes {
		there[listOf(c)]++
	}
	for name, list := range lists {
		paged(t, s, name, list, there[name], size)
	}
}

// writersAtOnce: many writers put and delete the same few things, each deletion with
// all it takes along. No list is miscounted, nothing is held by who or where is not,
// and the feed tells the same as the tables.
func writersAtOnce(t *testing.T, s *store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var done sync.WaitGroup
	for w := range 6 {
		rng := rand.New(rand.NewPCG(seed, uint64(w)))
		done.Go(func() {
			for range 40 {
				_, _ = s.Commit(t.Context(), Env, "test", randomPlan(rng)) // some must fail
			}
		})
	}
	done.Wait()
	allPaged(t, s, 3)
	there := map[any]bool{authz.Node{}: true}
	every := func(t authz.ResourceKey) authz.Node { return authz.Node{Type: t, Key: authz.EveryKey} }
	for _, c := range Tables(t, s) {
		switch c := c.(type) {
		case authz.PutUser:
			there[c.User.Key] = true
		case authz.PutTenant:
			there[c.Tenant.Key] = true
		case authz.PutResource:
			there[every(c.Resource.Key)] = true
		case authz.PutInstance:
			there[c.Instance.Node] = there[c.Instance.Tenant]
		case authz.PutTuple:
			if !there[c.Tuple.Subject] || !there[c.Tuple.Object] {
				t.Errorf("%+v is of what is not there", c)
			}
		case authz.PutAssignment:
			if a := c.Assignment; !there[a.User] || !there[a.Tenant] || !there[a.Instance] {
				t.Errorf("%+v is of what is not there", c)
			}
		default:
		}
	}
	commits, err := s.Since(t.Context(), Env, 0)
	if err != nil {
		t.Fatal(err)
	}
	sameAnswers(t, s, new(engine.Snapshot).With(commits...), map[authz.Model]int{})
}

// paged checks the pages of one list of n rows.
func paged(t *testing.T, s *store.Store, name string, list func(context.Context, directory.Listing, directory.Page) ([]string, int, error), n, size int) {
	t.Helper()
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		whole, total, err := list(ctx, l, directory.Page{Limit: n + 1})
		if err != nil {
			return err
		}
		if len(whole) != n || total != n {
			t.Fatalf("%s: got %d rows of %d, want %d", name, len(whole), total, n)
		}
		var pages []string
		for at := 0; at <= n; at += size {
			page, total, err := list(ctx, l, directory.Page{Offset: at, Limit: size})
			if err != nil {
				return err
			}
			if total != n || len(page) != min(size, n-at) {
				t.Fatalf("%s: got %d rows of %d behind %d, want %d of %d", name, len(page), total, at, min(size, n-at), n)
			}
			pages = append(pages, page...)
		}
		if diff := cmp.Diff(whole, pages); diff != "" {
			t.Fatalf("%s: the pages of %d rows are not the list (-list +pages)\n%s", name, size, diff)
		}
		return nil
	})
}

// listOf names the listing that has the row which c puts.
func listOf(c authz.Change) string {
	switch c.(type) {
	case authz.PutUser:
		return "users"
	case authz.PutTenant:
		return "tenants"
	case authz.PutAssignment:
		return "assignments"
	case authz.PutInstance:
		return "instances"
	case authz.PutTuple:
		return "tuples"
	default:
		return ""
	}
}

// pagesOfManyRows: pages are found among thousands of rows, of which some are gone
// and some were put again, in the order in which they were put first.
func pagesOfManyRows(t *testing.T, s *store.Store) {
	const n = 4000
	key := func(i int) authz.UserKey { return authz.UserKey(fmt.Sprint("user-", i)) }
	var puts, again, gone []authz.Change
	var want []string
	for i := range n {
		u := authz.User{Key: key(i), ID: authz.ID(fmt.Sprint("id-", i))}
		puts = append(puts, authz.PutUser{User: u})
		switch {
		case i%7 == 3 || i >= 1000 && i < 2500:
			gone = append(gone, authz.DeleteUser{Key: u.Key})
			continue
		case i%5 == 0:
			u.Email = "a@b.c"
			again = append(again, authz.PutUser{User: u})
		}
		want = append(want, string(u.Key))
	}
	commit(t, s, puts...)
	commit(t, s, append(again, gone...)...)
	commit(t, s, authz.DeleteUser{Key: "nobody"}, puts[3])
	want = append(want, string(key(3)))
	for _, p := range []directory.Page{{Limit: 5}, {Offset: 870, Limit: 30}, {Offset: 855, Limit: 1000}, {Offset: len(want) - 3, Limit: 30}, {Offset: len(want), Limit: 1}} {
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			got, total, err := lists["users"](ctx, l, p)
			var rows []string
			rows = append(rows, want[p.Offset:min(p.Offset+p.Limit, len(want))]...)
			if diff := cmp.Diff(rows, got); diff != "" || total != len(want) {
				t.Errorf("%+v: got a total of %d, want %d (-want +got)\n%s", p, total, len(want), diff)
			}
			return err
		})
	}
	var all []authz.Change
	for _, u := range want {
		all = append(all, authz.DeleteUser{Key: authz.UserKey(u)})
	}
	commit(t, s, all...)
	paged(t, s, "users", lists["users"], 0, 3)
	commit(t, s, puts[0])
	paged(t, s, "users", lists["users"], 1, 3)
}
