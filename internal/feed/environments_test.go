package feed_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

const second authz.EnvID = "fedcba9876543210fedcba9876543210"

// build makes a second environment past the follower, as another process does.
func build(t *testing.T, s *store.Store) {
	t.Helper()
	e := workspace.Environment{Environment: authz.Environment{ID: second, Project: "p", Organization: "o", Key: "second"}}
	err := s.Workspace(t.Context(), "o", func(ctx context.Context, tx workspace.Tx) error {
		return tx.CreateEnvironment(ctx, e, "test", []authz.Change{authz.PutTenant{Tenant: authz.Tenant{ID: "dt", Key: "default"}}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func demolish(t *testing.T, s *store.Store) {
	t.Helper()
	err := s.Workspace(t.Context(), "o", func(ctx context.Context, tx workspace.Tx) error { return tx.DeleteEnvironment(ctx, second) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnEnvironmentIsFollowedAndDropped(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	f := follow(t, s)
	if err := f.Follow(t.Context(), second); err != nil || f.Followed() != 1 {
		t.Errorf("got %d followed (%v), want what is not there to be followed by nobody", f.Followed(), err)
	}
	build(t, s)
	for range 2 {
		if err := f.Follow(t.Context(), second); err != nil {
			t.Fatal(err)
		}
	}
	if is, ok := f.Snapshot(second); !ok || is.Revision() != 1 || f.Followed() != 2 {
		t.Errorf("got %v, %d followed, want the second at revision 1", ok, f.Followed())
	}
	f.Drop(second)
	if _, ok := f.Snapshot(second); ok || f.Followed() != 1 {
		t.Errorf("got %v, %d followed, want the first alone", ok, f.Followed())
	}
}

// TestReachFollowsWhatAnotherProcessMade: a write to it is read back at once.
func TestReachFollowsWhatAnotherProcessMade(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	f := follow(t, s)
	build(t, s)
	if err := f.Reach(t.Context(), second, 1); err != nil {
		t.Fatal(err)
	}
	if _, ok := f.Snapshot(second); !ok {
		t.Error("it is not followed")
	}
}

// TestThePollSeesEnvironmentsComeAndGo that other processes make and delete.
func TestThePollSeesEnvironmentsComeAndGo(t *testing.T) {
	t.Parallel()
	s := storetest.Founded(t)
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	await := func(what string, holds func() bool) {
		t.Helper()
		deadline := time.After(30 * time.Second)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for !holds() {
			select {
			case <-deadline:
				t.Fatalf("waited in vain for %s", what)
			case <-tick.C:
			}
		}
	}
	build(t, s)
	await("the second environment", func() bool { _, ok := f.Snapshot(second); return ok })
	rev := commit(t, s, user(7))
	await("a commit of the first", func() bool { return snapshot(t, f).Revision() == rev })
	demolish(t, s)
	await("the second to go", func() bool { _, ok := f.Snapshot(second); return !ok })
	if f.Followed() != 1 {
		t.Errorf("got %d followed, want the first alone", f.Followed())
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
