package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGarbageIsASteadyRoomAndThenHalfOfWhatIsLive(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for live, want := range map[uint64]int{0: 2400, 4 * mb: 2400, 48 * mb: 200, 96 * mb: 100, 192 * mb: 50, 10_000 * mb: 50} {
		if got := garbagePercent(live); got != want {
			t.Errorf("%d MB live: got %d %%, want %d", live/mb, got, want)
		}
	}
	for live := uint64(5 * mb); live < 150*mb; live += mb {
		room := live * uint64(garbagePercent(live)) / 100 //nolint:gosec // positive
		if room > leastGarbage || room < leastGarbage*80/100 {
			t.Errorf("%d MB live: %d MB are used up between collections, want about %d", live/mb, room/mb, leastGarbage/mb)
		}
	}
}

// What is live at one collection sets the percentage until the next, again and again.
func TestThePercentageFollowsWhatIsLive(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	t.Setenv("GOGC", "")
	collectSeldom()
	for _, live := range []int{1, 200, 1} {
		kept := make([]byte, live<<20)
		want := func(percent int) bool { return (live > 100) == (percent < 100) }
		for deadline := time.Now().Add(time.Minute); ; runtime.GC() {
			percent := debug.SetGCPercent(100)
			debug.SetGCPercent(percent)
			if want(percent) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d MB live: still %d %%", live, percent)
			}
		}
		runtime.KeepAlive(kept)
	}
}
