package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/work"
)

var subject = ingest.Subject{Kind: ingest.UserSubject, ID: "ann"}

// keep keeps a delivery about subject and marks the given work.
func keep(t *testing.T, s *store.Store, digest string, aspect ingest.Aspect, version int64, work string) bool {
	t.Helper()
	fresh, err := s.Keep(t.Context(), Env, "logto", ingest.Delivery{
		Digest: digest, Event: "E", Standing: ingest.Live, Subject: subject, Aspect: aspect, Version: version, Body: []byte(`{"n":1}`),
	}, work)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

func take(t *testing.T, s *store.Store, n int, lease time.Duration) []work.Item {
	t.Helper()
	items, err := s.Take(t.Context(), n, lease)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func sameBodyOnce(t *testing.T, s *store.Store) {
	if !keep(t, s, "d1", ingest.WholeAspect, 1, "w") {
		t.Error("the first delivery is not fresh")
	}
	items := take(t, s, 9, time.Minute)
	if len(items) != 1 {
		t.Fatalf("took %d items, want 1", len(items))
	}
	if err := s.Finish(t.Context(), items[0]); err != nil {
		t.Fatal(err)
	}
	if keep(t, s, "d1", ingest.WholeAspect, 1, "w") {
		t.Error("the same body is fresh again")
	}
	if items := take(t, s, 9, time.Minute); len(items) > 0 {
		t.Error("a repeated body caused work")
	}
}

func latestPerAspect(t *testing.T, s *store.Store) {
	keep(t, s, "d1", ingest.WholeAspect, 5, "")
	keep(t, s, "d3", ingest.WholeAspect, 7, "")
	keep(t, s, "d2", ingest.WholeAspect, 7, "")
	keep(t, s, "d4", ingest.CustomDataAspect, 6, "")
	keep(t, s, "d5", ingest.NoAspect, 99, "")
	latest, err := s.Latest(t.Context(), Env, "logto", subject)
	if err != nil {
		t.Fatal(err)
	}
	got := map[ingest.Aspect]string{}
	for _, d := range latest {
		got[d.Aspect] = d.Digest
	}
	if len(got) != 2 || got[ingest.WholeAspect] != "d3" || got[ingest.CustomDataAspect] != "d4" {
		t.Errorf("got %v, want d3 for the whole and d4 for the custom data", got)
	}
}

func workOncePerKey(t *testing.T, s *store.Store) {
	keep(t, s, "d1", ingest.NoAspect, 1, "k")
	keep(t, s, "d2", ingest.NoAspect, 2, "k")
	keep(t, s, "d3", ingest.NoAspect, 3, "other")
	items := take(t, s, 9, time.Minute)
	if len(items) != 2 {
		t.Fatalf("took %d items, want 2", len(items))
	}
	if again := take(t, s, 9, time.Minute); len(again) > 0 {
		t.Errorf("leased work was taken again: %v", again)
	}
	for _, it := range items {
		if err := s.Finish(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, err := s.NextDue(t.Context()); ok || err != nil {
		t.Errorf("finished work is still due (%v)", err)
	}
}

func workMarkedWhileRunning(t *testing.T, s *store.Store) {
	keep(t, s, "d1", ingest.NoAspect, 1, "k")
	it := take(t, s, 1, time.Minute)[0]
	keep(t, s, "d2", ingest.NoAspect, 2, "k")
	if again := take(t, s, 1, time.Minute); len(again) > 0 {
		t.Fatal("work was taken by two at once")
	}
	if err := s.Finish(t.Context(), it); err != nil {
		t.Fatal(err)
	}
	if again := take(t, s, 1, time.Minute); len(again) != 1 {
		t.Error("a mark made during the run was lost")
	}
}

func workThatFails(t *testing.T, s *store.Store) {
	keep(t, s, "d1", ingest.NoAspect, 1, "k")
	it := take(t, s, 1, time.Minute)[0]
	if err := s.Retry(t.Context(), it, time.Hour, "it rained"); err != nil {
		t.Fatal(err)
	}
	if again := take(t, s, 1, time.Minute); len(again) > 0 {
		t.Error("failed work was taken before it was due")
	}
	b, err := s.Backlog(t.Context())
	if err != nil || b.Waiting != 1 || b.Failing != 1 || len(b.Worst) != 1 || b.Worst[0].Error != "it rained" || b.Worst[0].Attempts != 1 {
		t.Errorf("the backlog does not show the failure: %+v (%v)", b, err)
	}
	keep(t, s, "d2", ingest.NoAspect, 2, "k") // a new hint does not wait for the backoff
	again := take(t, s, 1, time.Minute)
	if len(again) != 1 || again[0].Attempt != 2 {
		t.Errorf("got %v, want the second attempt at once", again)
	}
}

func leaseRunsOut(t *testing.T, s *store.Store) {
	keep(t, s, "d1", ingest.NoAspect, 1, "k")
	if items := take(t, s, 1, -time.Second); len(items) != 1 {
		t.Fatal("no work")
	}
	if items := take(t, s, 1, time.Minute); len(items) != 1 {
		t.Error("work of a lease that ran out is not free")
	}
	if err := s.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if items := take(t, s, 1, time.Minute); len(items) != 1 {
		t.Error("released work is not free")
	}
}

// noLostWakeups: whatever is hinted while its subject is being looked at is
// looked at once more, and no subject by two at once.
func noLostWakeups(t *testing.T, s *store.Store) {
	const producers, workers, keys, each = 4, 6, 10, 40
	var truth, seen [keys]atomic.Int64
	var busy [keys]atomic.Bool
	var making, running sync.WaitGroup
	var produced atomic.Bool
	fail := make(chan error, producers+workers)
	for p := range producers {
		making.Go(func() {
			for i := range each {
				k := (p*7 + i*3) % keys
				truth[k].Add(1)
				_, err := s.Keep(t.Context(), Env, "logto", ingest.Delivery{Digest: fmt.Sprint(p, "-", i), Standing: ingest.Live, Subject: subject, Body: []byte("{}")}, fmt.Sprint(k))
				if err != nil {
					fail <- err
					return
				}
			}
		})
	}
	for range workers {
		running.Go(func() {
			for {
				last := produced.Load()
				items, err := s.Take(t.Context(), 1, time.Minute)
				if err != nil {
					fail <- err
					return
				}
				if len(items) == 0 && last {
					return
				}
				for _, it := range items {
					var k int
					if _, err := fmt.Sscan(it.Key, &k); err != nil {
						fail <- err
					}
					if busy[k].Swap(true) {
						fail <- errors.New("one subject is run by two workers")
					}
					seen[k].Store(truth[k].Load())
					busy[k].Store(false)
					if err := s.Finish(t.Context(), it); err != nil {
						fail <- err
						return
					}
				}
			}
		})
	}
	making.Wait()
	produced.Store(true)
	running.Wait()
	close(fail)
	for err := range fail {
		t.Error(err)
	}
	for k := range keys {
		if truth[k].Load() != seen[k].Load() {
			t.Errorf("key %d: %d hints, the last look saw %d", k, truth[k].Load(), seen[k].Load())
		}
	}
}
