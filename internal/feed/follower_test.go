package feed_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const env = storetest.Env

// commit makes a commit past the follower, as another process does.
func commit(t *testing.T, s *store.Store, changes ...authz.Change) authz.Revision {
	t.Helper()
	rev, err := s.Commit(t.Context(), env, "test", func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil })
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func user(i int) authz.Change {
	return authz.PutUser{User: authz.User{Key: authz.UserKey(fmt.Sprint("user-", i)), ID: authz.ID(fmt.Sprint(i))}}
}

func follow(t *testing.T, s feed.Source) *feed.Follower {
	t.Helper()
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func snapshot(t *testing.T, f *feed.Follower) *engine.Snapshot {
	t.Helper()
	s, ok := f.Snapshot(env)
	if !ok {
		t.Fatal("the environment is not followed")
	}
	return s
}

func knows(s *engine.Snapshot, i int) bool {
	q := authz.Query{User: authz.UserKey(fmt.Sprint("user-", i)), Action: "read", Resource: "doc", Tenant: "default"}
	return s.Explain(q).Reason != engine.NotSynced
}

func furnish(t *testing.T, s *store.Store) {
	t.Helper()
	commit(t, s, authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "r", Actions: []authz.Action{{Key: "read"}}}}, user(0))
}

func TestReachFoldsWhatIsNew(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	furnish(t, s)
	f := follow(t, s)
	was := snapshot(t, f)
	if was.Revision() != 2 || !knows(was, 0) {
		t.Errorf("got revision %d, want the 2 that was loaded", was.Revision())
	}
	rev := commit(t, s, user(1))
	if knows(snapshot(t, f), 1) {
		t.Error("it folds by itself; the test proves nothing")
	}
	for _, rev := range []authz.Revision{rev, rev, 1, 0} { // what was reached is reached
		if err := f.Reach(t.Context(), env, rev); err != nil {
			t.Fatal(err)
		}
	}
	if is := snapshot(t, f); is.Revision() != rev || !knows(is, 1) || knows(was, 1) {
		t.Errorf("got revision %d, want %d with the new user, and the old snapshot as it was", is.Revision(), rev)
	}
}

func TestWhatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if _, ok := f.Snapshot(env); ok {
		t.Error("there is a snapshot before anything was loaded")
	}
	reach := func(what string, env authz.EnvID, rev authz.Revision) {
		if err := f.Reach(t.Context(), env, rev); authz.KindOf(err) != authz.Unavailable {
			t.Errorf("%s: got %v, want Unavailable", what, err)
		}
	}
	reach("not loaded", env, 1)
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	reach("unknown environment", "nowhere", 1)
	reach("revision of the future", env, 99)
	if _, ok := f.Snapshot("nowhere"); ok {
		t.Error("there is a snapshot of nowhere")
	}
}

// TestReachGoesOverMoreCommitsThanOneRead of the source yields.
func TestReachGoesOverMoreCommitsThanOneRead(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	furnish(t, s)
	f := follow(t, &slowly{Source: s})
	var last authz.Revision
	for i := 1; i <= 7; i++ {
		last = commit(t, s, user(i))
	}
	if err := f.Reach(t.Context(), env, last); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		if !knows(snapshot(t, f), i) {
			t.Errorf("user %d is missing", i)
		}
	}
}

// slowly is a source that yields at most two commits at once, and fails if asked to.
type slowly struct {
	feed.Source
	fail  atomic.Bool
	reads atomic.Int64
	first func() // called before the first read
	once  sync.Once
}

var errAway = errors.New("the database is away")

func (s *slowly) Since(ctx context.Context, env authz.EnvID, rev authz.Revision) ([]authz.Commit, error) {
	s.reads.Add(1)
	s.once.Do(func() {
		if s.first != nil {
			s.first()
		}
	})
	if s.fail.Load() {
		return nil, errAway
	}
	list, err := s.Source.Since(ctx, env, rev)
	return list[:min(len(list), 2)], err
}

// TestManyReachTheSameRevision: one of them folds, and those who waited for him
// find it done and do not look for more.
func TestManyReachTheSameRevision(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	furnish(t, s)
	const callers = 8
	var begun atomic.Int64
	source := &slowly{Source: s, first: func() {
		for begun.Load() < callers {
			runtime.Gosched()
		}
		for range 10_000 { // until they wait for the lock
			runtime.Gosched()
		}
	}}
	f := follow(t, source)
	rev := commit(t, s, user(1))
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			begun.Add(1)
			if err := f.Reach(t.Context(), env, rev); err != nil || !knows(snapshot(t, f), 1) {
				t.Errorf("got %v, want the revision reached", err)
			}
		})
	}
	running.Wait()
	if got := source.reads.Load(); got != 1 {
		t.Errorf("the source was read %d times, want once", got)
	}
}

func TestAFailureOfTheSourceIsReturnedAndLeavesTheSnapshot(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	furnish(t, s)
	source := &slowly{Source: s}
	f := follow(t, source)
	rev := commit(t, s, user(1))
	source.fail.Store(true)
	if err := f.Reach(t.Context(), env, rev); !errors.Is(err, errAway) {
		t.Errorf("got %v, want %v", err, errAway)
	}
	if got := snapshot(t, f).Revision(); got != rev-1 {
		t.Errorf("got revision %d, want %d", got, rev-1)
	}
	source.fail.Store(false)
	if err := f.Reach(t.Context(), env, rev); err != nil || !knows(snapshot(t, f), 1) {
		t.Errorf("it does not go on afterwards: %v", err)
	}
}

// TestSnapshotsNeverGoBackwards while many write and reach at once and others
// look, and every writer finds his own write.
func TestSnapshotsNeverGoBackwards(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	furnish(t, s)
	source := &slowly{Source: s}
	f := follow(t, source)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writing, looking sync.WaitGroup
	looking.Go(func() {
		if err := f.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	var stop atomic.Bool
	for range 3 {
		looking.Go(func() {
			var last authz.Revision
			for !stop.Load() {
				now := snapshot(t, f).Revision()
				if now < last {
					t.Errorf("revision %d came after %d", now, last)
				}
				last = now
			}
		})
	}
	const writers, each = 8, 12
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				n := 1 + w*each + i
				rev, err := s.Commit(t.Context(), env, "test", func(context.Context, directory.View) ([]authz.Change, error) { return []authz.Change{user(n)}, nil })
				if err == nil {
					err = f.Reach(t.Context(), env, rev)
				}
				if s := snapshot(t, f); err != nil || s.Revision() < rev || !knows(s, n) {
					t.Errorf("user %d is not in revision %d, want it in %d (%v)", n, s.Revision(), rev, err)
				}
			}
		})
	}
	writing.Wait()
	stop.Store(true)
	cancel()
	looking.Wait()
	if got, want := snapshot(t, f).Revision(), authz.Revision(2+writers*each); got != want {
		t.Errorf("got revision %d, want %d", got, want)
	}
}

// TestRunFollowsAnotherProcess: commits of another store on the same database
// arrive without anybody asking for them, also after a failure.
func TestRunFollowsAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "house.db")
	ours := storetest.FoundedAt(t, path)
	furnish(t, ours)
	theirs := storetest.Open(t, path)
	source := &slowly{Source: ours}
	f := follow(t, source)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	source.fail.Store(true)
	for i := 1; i <= 5; i++ { // more than one read of the source yields
		commit(t, theirs, user(i))
	}
	deadline := time.Now().Add(20 * time.Second)
	for source.reads.Load() == 0 && time.Now().Before(deadline) {
		<-time.After(10 * time.Millisecond)
	}
	source.fail.Store(false)
	for !knows(snapshot(t, f), 5) {
		if time.Now().After(deadline) {
			t.Fatal("the commits of the other process do not arrive")
		}
		<-time.After(10 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v, want none: the end of the context is the normal end", err)
	}
}
