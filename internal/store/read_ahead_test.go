package store

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

const crowdedEnv authz.EnvID = "e"

// crowded is a store whose one environment has a hundred users. All are viewers in the
// tenant big, one of them an admin in the tenant small.
func crowded(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	changes := []authz.Change{
		authz.PutRole{Role: authz.Role{Key: "viewer", ID: "v"}}, authz.PutRole{Role: authz.Role{Key: "admin", ID: "a"}},
		authz.PutTenant{Tenant: authz.Tenant{Key: "big", ID: "b"}}, authz.PutTenant{Tenant: authz.Tenant{Key: "small", ID: "s"}},
	}
	for i := range 100 {
		key := authz.UserKey(fmt.Sprint("user-", i))
		changes = append(changes, authz.PutUser{User: authz.User{Key: key, ID: authz.ID(key)}}, give(key, "viewer", "big"))
	}
	changes = append(changes, give("user-7", "admin", "small"))
	if _, err := s.Found(t.Context(), Founding{
		Organization: authz.Organization{ID: "o", Key: "o"}, Project: authz.Project{ID: "p", Organization: "o", Key: "p"},
		Environment: authz.Environment{ID: crowdedEnv, Project: "p", Organization: "o", Key: "e"}, Changes: changes,
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

func give(user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey) authz.Change {
	id := authz.ID(fmt.Sprint(user, role, tenant))
	return authz.PutAssignment{Assignment: authz.Assignment{ID: id, User: user, Role: role, Tenant: tenant, GivenBy: []authz.Giver{authz.ByAPI}}}
}

// keptOf are the keys of what a store keeps, each with the revision it is at.
func keptOf(s *Store) map[keptKey]authz.Revision {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	all := map[keptKey]authz.Revision{}
	for key, v := range s.kept.all {
		all[key] = v.versions[len(v.versions)-1].(interface{ at() authz.Revision }).at()
	}
	return all
}

func TestWhatIsLargeIsReadAheadAndKeptCurrent(t *testing.T) {
	t.Parallel()
	s := crowded(t)
	a := ahead{rows: 100, holders: 50, bytes: 1 << 20}
	at := func(rev authz.Revision) map[keptKey]authz.Revision {
		of := func(f directory.UserFilter) keptKey { return keptKey{env: crowdedEnv, list: userList, filter: f} }
		return map[keptKey]authz.Revision{
			of(directory.UserFilter{}):                              rev, // what is searched of users
			of(directory.UserFilter{Role: "viewer"}):                rev,
			of(directory.UserFilter{Tenant: "big"}):                 rev,
			of(directory.UserFilter{Role: "viewer", Tenant: "big"}): rev,
		}
	}
	for _, rev := range []authz.Revision{1, 2} {
		if err := s.readAhead(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(at(rev), keptOf(s), cmp.AllowUnexported(keptKey{})); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		if _, err := s.Commit(t.Context(), crowdedEnv, "test", func(context.Context, directory.View) ([]authz.Change, error) {
			return []authz.Change{authz.PutTenant{Tenant: authz.Tenant{Key: "other", ID: "other"}}}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoMoreIsReadAheadThanMemoryIsGiven(t *testing.T) {
	t.Parallel()
	s := crowded(t)
	if err := s.readAhead(t.Context(), ahead{rows: 100, holders: 50, bytes: 100*searchBytes + 1}); err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(maps.Keys(keptOf(s))); len(got) != 1 || got[0].filter != (directory.UserFilter{}) {
		t.Errorf("got %v, want what is searched of users and no more", got)
	}
	s = crowded(t)
	if err := s.ReadAhead(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := keptOf(s); len(got) != 0 {
		t.Errorf("got %v, want nothing of lists so short", got)
	}
}

func TestLargeHoldersAreLookedForAgainOnceThereAreManyMore(t *testing.T) {
	t.Parallel()
	s := crowded(t)
	a := ahead{rows: 100, holders: 50, bytes: 1 << 20}
	if err := s.readAhead(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	var changes []authz.Change
	for i := range 100 {
		changes = append(changes, give(authz.UserKey(fmt.Sprint("user-", i)), "admin", "small"))
	}
	if _, err := s.Commit(t.Context(), crowdedEnv, "test", func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.readAhead(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, there := keptOf(s)[keptKey{env: crowdedEnv, list: userList, filter: directory.UserFilter{Tenant: "small"}}]; !there {
		t.Errorf("got %v, want the users of the tenant small too", keptOf(s))
	}
}
