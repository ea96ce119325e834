package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// all is a page that has everything.
var all = directory.Page{Limit: 1 << 30}

// letters are what names and searches are made of: some have more than one case,
// and some are special to what searches are sent through.
var letters = []string{"a", "A", "b", "Ä", "ä", "İ", "_", "%", `\`, ":", "doc", "\u00ff", " "}

func randomName(rng *rand.Rand, most int) string {
	var name strings.Builder
	for range rng.IntN(most + 1) {
		name.WriteString(letters[rng.IntN(len(letters))])
	}
	return name.String()
}

// randomSearched puts or deletes a user, a tenant or an instance, which is found by
// what it is called.
func randomSearched(rng *rand.Rand) []authz.Change {
	n := rng.IntN(40)
	user, tenant := authz.UserKey(fmt.Sprint(letters[n%3], n)), authz.TenantKey(fmt.Sprint(letters[n%4], n))
	node := authz.Node{Type: []authz.ResourceKey{"doc", "Doc"}[n%2], Key: fmt.Sprint(letters[n%3], n)}
	name := func() string { return randomName(rng, 4) }
	held := authz.Assignment{ID: randomID(rng), User: user, Role: authz.RoleKey([]string{"r", "s"}[rng.IntN(2)]), Tenant: "default", GivenBy: []authz.Giver{authz.ByAPI}}
	switch rng.IntN(12) {
	case 8:
		return []authz.Change{authz.DeleteAssignment{User: user, Role: held.Role, Tenant: "default"}}
	case 9:
		if rng.IntN(3) == 0 {
			return []authz.Change{authz.DeleteRole{Key: held.Role}, authz.PutRole{Role: authz.Role{Key: held.Role, ID: authz.ID(held.Role)}}}
		}
		return []authz.Change{authz.PutUser{User: authz.User{Key: user, ID: authz.ID("u" + user)}}, authz.PutAssignment{Assignment: held}}
	case 10:
		return []authz.Change{authz.DeleteMembership{User: user, Tenant: "default"}}
	case 11:
		node := authz.Node{Type: "doc", Key: "a/b/1"}
		held.Role, held.Instance = "on", node
		return []authz.Change{
			authz.PutInstance{Instance: authz.Instance{Node: node, ID: "i", Tenant: "default"}},
			authz.PutUser{User: authz.User{Key: user, ID: authz.ID("u" + user)}}, authz.PutAssignment{Assignment: held},
		}
	case 0:
		if rng.IntN(4) == 0 {
			return []authz.Change{authz.DeleteInstance{Node: authz.Node{Type: "doc", Key: "a/b/1"}}}
		}
		return []authz.Change{authz.DeleteUser{Key: user}}
	case 1:
		if rng.IntN(3) == 0 {
			return []authz.Change{authz.DeleteTenant{Key: tenant}}
		}
		return []authz.Change{authz.PutTenant{Tenant: authz.Tenant{Key: tenant, ID: authz.ID("t" + tenant), Name: name()}}}
	case 2:
		return []authz.Change{authz.DeleteInstance{Node: node}}
	case 3, 4:
		return []authz.Change{
			authz.PutTenant{Tenant: authz.Tenant{Key: tenant, ID: authz.ID("t" + tenant), Name: name()}},
			authz.DeleteInstance{Node: node},
			authz.PutInstance{Instance: authz.Instance{Node: node, ID: authz.ID("i" + node.String()), Tenant: tenant}},
		}
	default:
		return []authz.Change{
			authz.PutUser{User: authz.User{Key: user, ID: authz.ID("u" + user), Email: name(), FirstName: name(), LastName: name()}},
			authz.PutMembership{Membership: authz.Membership{User: user, Tenant: "default", GivenBy: []authz.Giver{authz.ByAPI}}},
		}
	}
}

// stands reports whether search stands where match says in one of fields.
func stands(match directory.Match, search string, fields ...string) bool {
	search = strings.ToLower(search)
	return slices.ContainsFunc(fields, func(f string) bool {
		f = strings.ToLower(f)
		return match == directory.Contains && strings.Contains(f, search) ||
			match == directory.StartsWith && strings.HasPrefix(f, search) ||
			match == directory.EndsWith && strings.HasSuffix(f, search)
	})
}

// across reports whether search ends one of fields and begins the next, with a space between.
func across(match directory.Match, search string, fields ...string) bool {
	search = strings.ToLower(search)
	for at := range len(search) {
		if search[at] != ' ' || at == 0 || at == len(search)-1 || match != directory.Contains {
			continue
		}
		for i := range fields[1:] {
			if strings.HasSuffix(strings.ToLower(fields[i]), search[:at]) && strings.HasPrefix(strings.ToLower(fields[i+1]), search[at+1:]) {
				return true
			}
		}
	}
	return false
}

// searchesAgree compares random searches with what reading the whole list at the
// same moment selects.
func searchesAgree(ctx context.Context, l directory.Listing, rng *rand.Rand) error {
	p := directory.Page{Offset: rng.IntN(6), Limit: 1 + rng.IntN(6)}
	everybody, _, err := l.Users(ctx, directory.UserFilter{}, all)
	if err != nil {
		return err
	}
	text := randomName(rng, 2)
	if len(everybody) > 0 && rng.IntN(3) == 0 {
		u := everybody[rng.IntN(len(everybody))]
		text = u.FirstName + " " + u.LastName
	}
	match := directory.Match(rng.IntN(3))
	f := directory.UserFilter{Search: text, Match: match, Roleless: rng.IntN(4) == 0}
	if rng.IntN(3) == 0 {
		f.Tenant = "default"
	}
	if rng.IntN(3) == 0 {
		f.Role = "r"
	}
	if rng.IntN(3) == 0 {
		f.Search = ""
	}
	holds, err := holders(ctx, l, f)
	if err != nil {
		return err
	}
	got, total, err := l.Users(ctx, f, p)
	if err := agree(fmt.Sprintf("users %+v", f), got, total, err, p, everybody, func(u authz.User) bool {
		fields := []string{string(u.Key), u.Email, u.FirstName, u.LastName}
		return holds(u.Key) && (f.Search == "" || stands(match, text, fields...) || across(match, text, fields...))
	}); err != nil {
		return err
	}
	tenants, _, err := l.Tenants(ctx, directory.TextFilter{}, all)
	if err != nil {
		return err
	}
	some, total, err := l.Tenants(ctx, directory.TextFilter{Search: text}, p)
	if err := agree(fmt.Sprintf("tenants with %q", text), some, total, err, p, tenants, func(t authz.Tenant) bool {
		return stands(directory.Contains, text, string(t.Key), t.Name)
	}); err != nil {
		return err
	}
	return instancesAgree(ctx, l, rng, p)
}

// holders says of whom f selects what they hold, by reading all that is held.
func holders(ctx context.Context, l directory.Listing, f directory.UserFilter) (func(authz.UserKey) bool, error) {
	roles, _, err := l.Assignments(ctx, directory.AssignmentFilter{}, all)
	if err != nil {
		return nil, err
	}
	somewhere, selected := map[authz.UserKey]bool{}, map[authz.UserKey]bool{}
	var users []authz.UserKey
	for _, a := range roles {
		somewhere[a.User] = true
		inTenant := f.Tenant == "" || a.Tenant == f.Tenant
		ofRole := f.Role == "" || a.Instance == (authz.Node{}) && a.Role == f.Role
		if inTenant && ofRole {
			selected[a.User] = true
		}
		users = append(users, a.User)
	}
	for n := range 40 {
		users = append(users, authz.UserKey(fmt.Sprint(letters[n%3], n)))
	}
	members, err := l.Memberships(ctx, users)
	for _, m := range members {
		if f.Role == "" && m.Tenant == f.Tenant {
			selected[m.User] = true
		}
	}
	return func(u authz.UserKey) bool {
		return (f.Tenant == "" && f.Role == "" || selected[u]) && (!f.Roleless || !somewhere[u])
	}, err
}

func instancesAgree(ctx context.Context, l directory.Listing, rng *rand.Rand, p directory.Page) error {
	f := directory.InstanceFilter{Search: []string{randomName(rng, 2)}}
	if rng.IntN(2) == 0 {
		f.Search = append(f.Search, randomName(rng, 1)+"1")
	}
	if rng.IntN(2) == 0 {
		f.Resource = "doc"
	}
	if rng.IntN(3) == 0 {
		f.Types = []authz.ResourceKey{"Doc", "img", "doc"}[rng.IntN(2):]
	}
	if rng.IntN(4) == 0 {
		f.Types = []authz.ResourceKey{"Doc"}
	}
	if rng.IntN(4) == 0 {
		f.Tenant = "a0"
	}
	unsearched := f
	unsearched.Search = nil
	instances, _, err := l.Instances(ctx, unsearched, all)
	if err != nil {
		return err
	}
	got, total, err := l.Instances(ctx, f, p)
	return agree(fmt.Sprintf("instances %+v", f), got, total, err, p, instances, func(i authz.Instance) bool {
		return slices.ContainsFunc(f.Search, func(s string) bool { return stands(directory.Contains, s, i.Node.Key) })
	})
}

// agree reports how a page and its total differ from those of what is selected of
// the whole list.
func agree[T any](what string, got []T, total int, err error, p directory.Page, whole []T, selected func(T) bool) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	want := slices.DeleteFunc(whole, func(row T) bool { return !selected(row) })
	page := want[min(p.Offset, len(want)):min(p.Offset+p.Limit, len(want))]
	if diff := cmp.Diff(append([]T{}, page...), append([]T{}, got...)); diff != "" || total != len(want) {
		return fmt.Errorf("%s: got %d in all, want %d (-want +got)\n%s", what, total, len(want), diff)
	}
	return nil
}

// searchable is the schema that instances need, and so many users that they fill
// more than one block of what is searched.
func searchable(t *testing.T, s *store.Store, users int) {
	t.Helper()
	roles := []authz.ResourceRole{{Key: "on", ID: "on"}}
	changes := []authz.Change{authz.PutRole{Role: authz.Role{Key: "r", ID: "r"}}, authz.PutRole{Role: authz.Role{Key: "s", ID: "s"}},
		authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "d", Roles: roles}}, authz.PutResource{Resource: authz.Resource{Key: "Doc", ID: "D"}}}
	for i := range users {
		key := authz.UserKey(fmt.Sprintf("User-%d", i))
		changes = append(changes, authz.PutUser{User: authz.User{Key: key, ID: authz.ID(key), LastName: "b"}})
	}
	commit(t, s, changes...)
}

// searchingIsReading: while others write, forget commits and give memory back, a
// search finds what reading everything at its moment finds.
func searchingIsReading(t *testing.T, s *store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	searchable(t, s, 2500)
	ctx := t.Context()
	var writers, readers sync.WaitGroup
	written := make(chan struct{})
	for w := range 3 {
		rng := rand.New(rand.NewPCG(seed, uint64(w)))
		writers.Go(func() {
			for i := range 60 {
				changes := randomSearched(rng)
				if rng.IntN(4) == 0 { // some of the many
					n := rng.IntN(2500)
					changes = []authz.Change{authz.DeleteUser{Key: authz.UserKey(fmt.Sprintf("User-%d", n))}}
				}
				if _, err := s.Commit(ctx, Env, "test", plan(changes...)); err != nil {
					t.Error(err)
				}
				switch {
				case i%20 == 19 && w == 0:
					s.GiveBack(time.Now())
				case i%20 == 9 && w == 0:
					if err := s.Forget(ctx, time.Now()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for r := range 3 {
		rng := rand.New(rand.NewPCG(seed, uint64(10+r)))
		readers.Go(func() {
			for last := false; !last; {
				select {
				case <-written:
					last = true
				default:
				}
				if err := s.View(ctx, Env, func(ctx context.Context, l directory.Listing) error { return searchesAgree(ctx, l, rng) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	close(written)
	readers.Wait()
}

// wholeNamesAreFound: people search by the name that they see, of which the table has the
// parts.
func wholeNamesAreFound(t *testing.T, s *store.Store) {
	commit(t, s,
		authz.PutUser{User: authz.User{Key: "1", ID: "1", FirstName: "Maria del Carmen", LastName: "de la Cruz", Email: "maria@example.com"}},
		authz.PutUser{User: authz.User{Key: "2", ID: "2", FirstName: "Maria", LastName: "Cruz"}},
		authz.PutUser{User: authz.User{Key: "3", ID: "3", FirstName: "Esra"}})
	for search, want := range map[string]string{
		"maria": "1 2 of 2", "MARIA CRUZ": "2 of 1", "ia c": "2 of 1", "carmen de la cruz": "1 of 1", "maria del carmen de la cruz": "1 of 1", "del c": "1 of 1",
		"cruz maria": " of 0", "maria  cruz": " of 0", "maria cruz x": " of 0", " maria": " of 0", "esra ": " of 0", "2 cruz": " of 0", "carmen cruz": " of 0",
	} {
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			users, total, err := l.Users(ctx, directory.UserFilter{Search: search}, all)
			var got []string
			for _, u := range users {
				got = append(got, string(u.Key))
			}
			listed(t, search, got, total, want)
			return err
		})
	}
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		_, total, err := l.Users(ctx, directory.UserFilter{Search: "maria cruz", Match: directory.StartsWith}, all)
		if total != 0 {
			t.Errorf("a text that begins a field begins two: got %d", total)
		}
		return err
	})
}

// searchesSeeTheirMoment: a search sees each commit before it and none after it,
// also where others have searched later moments.
func searchesSeeTheirMoment(t *testing.T, s *store.Store) {
	searchable(t, s, 10)
	search := func(l directory.Listing, text string) string {
		t.Helper()
		list, total, err := l.Users(t.Context(), directory.UserFilter{Search: text}, all)
		if err != nil || total != len(list) {
			t.Fatalf("got %d of %d (%v)", len(list), total, err)
		}
		return strings.Join(names(list, func(u authz.User) string { return string(u.Key) }), " ")
	}
	wants := func(when string, l directory.Listing, text, want string) {
		t.Helper()
		if got := search(l, text); got != want {
			t.Errorf("%s: searching %q found %q, want %q", when, text, got, want)
		}
	}
	latest := func(when, text, want string) {
		t.Helper()
		read(t, s, func(_ context.Context, l directory.Listing) error {
			wants(when, l, text, want)
			return nil
		})
	}
	latest("at first", "user-3", "User-3")
	read(t, s, func(ctx context.Context, early directory.Listing) error {
		if _, _, err := early.User(ctx, "User-3"); err != nil {
			return err
		}
		commit(t, s, authz.DeleteUser{Key: "User-3"}, authz.PutUser{User: authz.User{Key: "User-33", ID: "33"}})
		commit(t, s, authz.DeleteUser{Key: "User-9"}) // the last: its number is given again
		commit(t, s, authz.PutUser{User: authz.User{Key: "User-99", ID: "99", Email: "user-3@x"}})
		latest("after commits", "user-3", "User-33 User-99")
		latest("after commits", "user-9", "User-99")
		wants("at the earlier moment", early, "user-3", "User-3")
		wants("at the earlier moment", early, "user-9", "User-9")
		s.GiveBack(time.Now())
		latest("after memory was given back", "user-3", "User-33 User-99")
		wants("at a moment before all that is kept", early, "user-9", "User-9")
		return nil
	})
	commit(t, s, authz.PutUser{User: authz.User{Key: "User-0", ID: "User-0", Email: "zero@x"}})
	commit(t, s, authz.PutTenant{Tenant: authz.Tenant{Key: "t", ID: "t"}})
	if err := s.Forget(t.Context(), time.Now()); err != nil {
		t.Error(err)
	}
	latest("behind commits that are forgotten", "zero@", "User-0")
	if _, err := s.Commit(t.Context(), Env, "test", func(ctx context.Context, v directory.View) ([]authz.Change, error) {
		list, total, err := v.Instances(ctx, directory.InstanceFilter{Search: []string{"x"}}, all)
		if len(list) != 0 || total != 0 {
			t.Errorf("got %d instances of %d, want none", len(list), total)
		}
		return nil, err
	}); err != nil {
		t.Error(err)
	}
}
