package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// TestPagesAreTheSortedWhole: pages of any size, one after the other, are every
// key that passes, once and in order.
func TestPagesAreTheSortedWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c:é]{1,4}`), 0, 60, rapid.ID[string]).Draw(t, "names")
		even := func(s string) bool { return len(s)%2 == 0 }
		pass := rapid.SampledFrom([]func(string) bool{even, func(string) bool { return true }, func(string) bool { return false }}).Draw(t, "pass")
		n := rapid.IntRange(1, 70).Draw(t, "n")
		changes := []authz.Change{resource("doc"), resource("doc2"), authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc2", Key: "other"}}}}
		actions := []authz.ActionKey{}
		for _, name := range names {
			changes = append(changes, user(authz.UserKey(name)), authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: name}}})
			actions = append(actions, authz.ActionKey(name))
		}
		s := after(new(engine.Snapshot), append(changes, resource("act", actions...))...)
		want := []string{}
		for _, name := range names {
			if pass(name) {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		for kind, page := range map[string]func(after string) []string{
			"users": func(after string) []string {
				return texts(s.Users(authz.UserKey(after), n, func(k authz.UserKey) bool { return pass(string(k)) }))
			},
			"instances": func(after string) []string { return s.Instances("doc", after, n, pass) },
			"actions": func(after string) []string {
				return texts(s.Actions("act", authz.ActionKey(after), n, func(k authz.ActionKey) bool { return pass(string(k)) }))
			},
		} {
			got := []string{}
			for last := ""; ; last = got[len(got)-1] {
				next := page(last)
				got = append(got, next...)
				if len(next) < n {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s (-want +got)\n%s", kind, diff)
			}
		}
	})
}

func texts[K ~string](keys []K) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = string(k)
	}
	return out
}

func TestOnlyWhatLivesIsListed(t *testing.T) {
	t.Parallel()
	all := func(string) bool { return true }
	instance := func(key string, tenant authz.TenantKey) authz.Change {
		return authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: key}, Tenant: tenant}}
	}
	s := after(world(), instance("a", "acme"), instance("b", "other"), instance("c:d", ""), instance("gone", "acme"))
	s = after(s, authz.DeleteInstance{Node: authz.Node{Type: "doc", Key: "gone"}}, authz.DeleteTenant{Key: "other"}, authz.DeleteUser{Key: "bob"})
	if diff := cmp.Diff([]string{"a", "c:d"}, s.Instances("doc", "", 9, all)); diff != "" {
		t.Errorf("instances (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]authz.UserKey{"ann"}, s.Users("", 9, func(authz.UserKey) bool { return true })); diff != "" {
		t.Errorf("users (-want +got)\n%s", diff)
	}
	if got := s.Instances("doc", "", 0, all); len(got) != 0 {
		t.Errorf("got %v on a page of none", got)
	}
	if got := s.Instances("img", "", 9, all); len(got) != 0 {
		t.Errorf("got %v of a type that is not there", got)
	}
	zero := new(engine.Snapshot)
	if n := len(zero.Users("", 9, nil)) + len(zero.Instances("doc", "", 9, nil)) + len(zero.Actions("doc", "", 9, nil)); n != 0 {
		t.Errorf("got %d things in an empty environment", n)
	}
}

// TestADensePageAsksFewOfMany: what cannot be on the page is not decided.
func TestADensePageAsksFewOfMany(t *testing.T) {
	t.Parallel()
	var changes []authz.Change
	for i := range 20_000 {
		changes = append(changes, user(authz.UserKey(fmt.Sprintf("u%05d", i))))
	}
	asked := 0
	got := after(new(engine.Snapshot), changes...).Users("u00099", 10, func(authz.UserKey) bool { asked++; return true })
	if len(got) != 10 || got[0] != "u00100" || got[9] != "u00109" {
		t.Errorf("got %v, want u00100 to u00109", got)
	}
	if asked > 2000 {
		t.Errorf("asked about %d of 20000 for a page of 10", asked)
	}
}
