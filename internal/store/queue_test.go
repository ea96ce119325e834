package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestLookingForWorkReadsLittleOfALargeBacklog: a backfill has everybody wait, and a
// look at all of it for each of them would never end.
func TestLookingForWorkReadsLittleOfALargeBacklog(t *testing.T) {
	t.Parallel()
	s := storetest.FoundedAt(t, filepath.Join(t.TempDir(), "db"))
	keys := make([]string, 100_000)
	for i := range keys {
		keys[i] = fmt.Sprint("env/logto/user/", i)
	}
	if err := s.Mark(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	if items, err := s.Take(t.Context(), 8, time.Minute); err != nil || len(items) != 8 {
		t.Fatalf("got %d items (%v)", len(items), err)
	}
	best := time.Hour
	for range 50 {
		began := time.Now()
		at, ok, err := s.NextDue(t.Context())
		if err != nil || !ok || at.After(time.Now()) {
			t.Fatalf("got %v, %t (%v), want that much is due", at, ok, err)
		}
		best = min(best, time.Since(began))
	}
	if best > 3*time.Millisecond {
		t.Errorf("a look takes %s at best", best)
	}
	t.Logf("a look takes %s at best", best)
}
