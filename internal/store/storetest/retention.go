package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// later is after everything that a test writes.
func later() time.Time { return time.Now().Add(time.Hour) }

func forget(t *testing.T, s *store.Store, before time.Time) {
	t.Helper()
	if err := s.Forget(t.Context(), before); err != nil {
		t.Fatal(err)
	}
}

// commitsForgotten: what stays is without gaps and holds the newest commit, what is
// told of it is told as before, and who asks for more is told so.
func commitsForgotten(t *testing.T, s *store.Store) {
	for i := range 250 { // more than one transaction deletes
		commit(t, s, authz.PutUser{User: authz.User{Key: authz.UserKey(fmt.Sprint("u", i)), ID: authz.ID(fmt.Sprint(i))}})
	}
	newest := history(t, s, directory.HistoryFilter{})[0]
	since := func(rev authz.Revision) []authz.Commit {
		t.Helper()
		commits, err := s.Since(t.Context(), Env, rev)
		if err != nil {
			t.Fatal(err)
		}
		return commits
	}
	all := since(0)
	forget(t, s, all[100].At)
	kept, err := s.Since(t.Context(), Env, all[100].Revision-1)
	if err != nil || len(kept) < 151 { // commits of one microsecond stay together
		t.Fatalf("got %d commits (%v), want those that are young enough", len(kept), err)
	}
	if diff := cmp.Diff(all[len(all)-len(kept):], kept); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
	forget(t, s, later())
	if got := since(250); len(got) != 1 || got[0].Revision != 251 {
		t.Errorf("got %d commits, want the newest alone", len(got))
	}
	if got := since(251); len(got) != 0 {
		t.Errorf("got %d commits after the last", len(got))
	}
	for _, rev := range []authz.Revision{0, 100, 249} {
		if got, err := s.Since(t.Context(), Env, rev); !errors.Is(err, feed.ErrForgotten) {
			t.Errorf("since %d: got %d commits, %v, want %v", rev, len(got), err, feed.ErrForgotten)
		}
	}
	if diff := cmp.Diff([]directory.Entry{newest}, history(t, s, directory.HistoryFilter{})); diff == "" || history(t, s, directory.HistoryFilter{})[0].Cursor != newest.Cursor {
		t.Errorf("want the newest entry, its past not known: %s", diff)
	}
}

// forgottenIsUnknown: what was there before an entry is told where it is known, and
// where it is not that is told.
func forgottenIsUnknown(t *testing.T, s *store.Store) {
	user := func(key authz.UserKey, made time.Time, mail string) authz.Change {
		return authz.PutUser{User: authz.User{Key: key, ID: authz.ID(key), Email: mail, CreatedAt: made}}
	}
	old := time.Now().Truncate(time.Microsecond)
	commit(t, s, user("ann", old, "1"), user("bob", old, "1"))
	if e := history(t, s, directory.HistoryFilter{Key: "ann"})[0]; e.Before != nil || !e.BeforeKnown {
		t.Errorf("got %v, %v, want it known that there was nothing", e.Before, e.BeforeKnown)
	}
	commit(t, s, authz.PutSettings{})
	forget(t, s, later())
	fresh := time.Now().Truncate(time.Microsecond)
	commit(t, s, user("ann", old, "2"), user("cid", fresh, "1"), authz.DeleteUser{Key: "bob"}, user("bob", fresh, "2"))
	commit(t, s, user("ann", old, "3"), authz.DeleteUser{Key: "ann"})
	var got []string
	for _, e := range history(t, s, directory.HistoryFilter{Kind: "user"}) {
		was := "unknown"
		if e.BeforeKnown {
			was = "nothing"
		}
		if u, ok := e.Before.(authz.PutUser); ok {
			was += " " + u.User.Email
		}
		got = append(got, fmt.Sprintf("%s %s: %s", e.Verb, e.Key, was))
	}
	want := []string{"delete ann: nothing 3", "put ann: nothing 2", "put bob: nothing", "delete bob: unknown", "put cid: nothing", "put ann: unknown"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// historiesMerged: pages over several environments are the whole, latest first, each
// environment in its order.
func historiesMerged(t *testing.T, s *store.Store) {
	const other authz.EnvID = "fedcba9876543210fedcba9876543210"
	err := s.Workspace(t.Context(), "o", func(ctx context.Context, tx workspace.Tx) error {
		e := workspace.Environment{Environment: authz.Environment{ID: other, Project: "p", Organization: "o", Key: "other"}}
		return tx.CreateEnvironment(ctx, e, "test", []authz.Change{authz.PutTenant{Tenant: authz.Tenant{ID: "dt", Key: "default"}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		commitTo(t, s, []authz.EnvID{Env, other}[i*7%5%2], authz.PutUser{User: authz.User{Key: authz.UserKey(fmt.Sprint("u", i)), ID: authz.ID(fmt.Sprint(i))}})
	}
	envs := []authz.EnvID{Env, other}
	whole, err := s.History(t.Context(), envs, directory.HistoryFilter{}, directory.Page{Limit: 100})
	if err != nil || len(whole) != 22 {
		t.Fatalf("got %d entries (%v), want 22", len(whole), err)
	}
	for i := 1; i < len(whole); i++ {
		if whole[i].At.After(whole[i-1].At) {
			t.Errorf("entry %d is later than the one before it", i)
		}
	}
	var paged []directory.Entry
	for len(paged) < len(whole) {
		page, err := s.History(t.Context(), envs, directory.HistoryFilter{}, directory.Page{Offset: len(paged), Limit: 3})
		if err != nil || len(page) == 0 {
			t.Fatalf("%d entries: %v", len(page), err)
		}
		paged = append(paged, page...)
	}
	if diff := cmp.Diff(whole, paged); diff != "" {
		t.Errorf("(-whole +paged)\n%s", diff)
	}
	for _, most := range []int{1, 12, 22, 100} {
		if n, err := s.HistoryCount(t.Context(), envs, directory.HistoryFilter{}, most); n != min(most, 22) || err != nil {
			t.Errorf("counted %d (%v), want %d", n, err, min(most, 22))
		}
	}
}

func commitTo(t *testing.T, s *store.Store, env authz.EnvID, changes ...authz.Change) {
	t.Helper()
	if _, err := s.Commit(t.Context(), env, "test", func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil }); err != nil {
		t.Fatal(err)
	}
}

// behindTheHorizon: a follower that is held back until the commits it lacks are gone
// ends as one that loads, whatever was done meanwhile, and follows on from there.
func behindTheHorizon(t *testing.T, s *store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	follow := func() *feed.Follower {
		f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
		if err := f.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		return f
	}
	write := func(n int) (rev authz.Revision) {
		for range n {
			if at, err := s.Commit(t.Context(), Env, "test", randomPlan(rng)); err == nil {
				rev = max(rev, at)
			}
		}
		return rev
	}
	write(50)
	behind := follow()
	for _, forgets := range []bool{true, false, true} {
		rev := write(100)
		if forgets {
			forget(t, s, later())
		}
		if err := behind.Reach(t.Context(), Env, rev); err != nil {
			t.Fatal(err)
		}
		got, _ := behind.Snapshot(Env)
		want, _ := follow().Snapshot(Env)
		if got.Revision() != want.Revision() {
			t.Errorf("got revision %d, want %d", got.Revision(), want.Revision())
		}
		sameAnswers(t, s, got, map[authz.Model]int{})
	}
}

// deliveriesSwept: of what is old, what the fold of payloads reads stays.
func deliveriesSwept(t *testing.T, s *store.Store) {
	for i := range 600 { // more than is looked at at once
		keep(t, s, fmt.Sprintf("n%03d", i), ingest.NoAspect, 1, "")
	}
	keep(t, s, "old", ingest.WholeAspect, 5, "")
	keep(t, s, "latest", ingest.WholeAspect, 7, "")
	keep(t, s, "late", ingest.WholeAspect, 6, "")
	keep(t, s, "data", ingest.CustomDataAspect, 6, "")
	left := func(before time.Time) (got []string) {
		t.Helper()
		if err := s.Sweep(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		for _, d := range []struct {
			digest string
			aspect ingest.Aspect
		}{{"n000", ""}, {"n599", ""}, {"old", ingest.WholeAspect}, {"latest", ingest.WholeAspect}, {"late", ingest.WholeAspect}, {"data", ingest.CustomDataAspect}, {"gone", ingest.GoneAspect}} {
			if !keep(t, s, d.digest, d.aspect, 1, "") { // the same body is fresh again if it was deleted
				got = append(got, d.digest)
			}
		}
		return got
	}
	before, err := s.Latest(t.Context(), Env, "logto", subject)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context(), later()); err != nil {
		t.Fatal(err)
	}
	after, err := s.Latest(t.Context(), Env, "logto", subject)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"latest", "data"}, left(later())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// That brought the end of ann, and with it nothing else is needed.
	if diff := cmp.Diff([]string{"gone"}, left(later())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := left(time.Unix(0, 0)); len(got) != 7 {
		t.Errorf("got %v, want what is not old enough to stay", got)
	}
}
