package work_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
	"github.com/gatehouse-authz/gatehouse/internal/work"
)

// TestARunnerEmptiesARealStore: hints come from many sides while subjects are
// looked at and some of them fail at first; each is looked at after its last
// hint, by one worker at a time.
func TestARunnerEmptiesARealStore(t *testing.T) {
	t.Parallel()
	const keys, producers, each, workers = 8, 3, 30, 4
	s := storetest.Founded(t)
	var mu sync.Mutex
	hinted, seen, busy, failed := map[string]int{}, map[string]int{}, map[string]bool{}, map[string]bool{}
	r := &work.Runner{Queue: s, Workers: workers, Log: slog.New(slog.DiscardHandler), Do: func(_ context.Context, it work.Item) error {
		mu.Lock()
		if busy[it.Key] {
			t.Errorf("%s is run by two at once", it.Key)
		}
		busy[it.Key] = true
		now := hinted[it.Key]
		mu.Unlock()
		defer func() {
			mu.Lock()
			busy[it.Key] = false
			mu.Unlock()
		}()
		mu.Lock()
		defer mu.Unlock()
		if !failed[it.Key] {
			failed[it.Key] = true
			return errors.New("it rained")
		}
		seen[it.Key] = now
		return nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var making sync.WaitGroup
	for p := range producers {
		making.Go(func() {
			for i := range each {
				key := fmt.Sprint("key", (p+i)%keys)
				mu.Lock()
				hinted[key]++
				mu.Unlock()
				_, err := s.Keep(t.Context(), storetest.Env, "test", ingest.Delivery{Digest: fmt.Sprint(p, "-", i), Standing: ingest.Live, Body: []byte("{}")}, key)
				if err != nil {
					t.Error(err)
				}
				r.Wake()
			}
		})
	}
	making.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; {
		b, err := s.Backlog(t.Context())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("got %+v (%v), want nothing to be left", b, err)
		}
		if b.Waiting == 0 {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for key, n := range hinted {
		if seen[key] != n {
			t.Errorf("%s: the last look saw %d hints of %d", key, seen[key], n)
		}
	}
}
