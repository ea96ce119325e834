package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Between two collections of garbage at least leastGarbage is used up: while the
// directory is small, collecting would otherwise cost a tenth of a decision over HTTP,
// and what a backfill takes beside the users that it brings does not grow with them.
// Where half of what is live is more, it is that, so that collecting costs no more the
// more users there are.
const (
	leastGarbage = 96 << 20 // bytes
	leastPercent = 50
)

// collectSeldom holds that after each collection, unless GOGC is set.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		paceFrom(100)
	}
}

// paceFrom sets the percentage that follows from what the last collection found live,
// if it is another than that, and again after the next collection.
func paceFrom(percent int) {
	if next := garbagePercent(scanned()); next != percent {
		percent = next
		debug.SetGCPercent(percent)
	}
	// A cleanup runs after the collection that finds its object unreachable.
	runtime.AddCleanup(new(*byte), paceFrom, percent)
}

// scanned is what a percentage is of: what was live at the last collection, stacks and
// globals.
func scanned() uint64 {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"},
	}
	metrics.Read(samples)
	var sum uint64
	for _, s := range samples {
		sum += s.Value.Uint64()
	}
	return sum
}

// garbagePercent is the percentage for so many bytes; in steps, as to set it stops
// everything for a moment.
func garbagePercent(live uint64) int {
	const step, smallest = 10, 4 << 20 // a collector's heap is never smaller
	percent := leastGarbage * 100 / max(live, smallest)
	return max(leastPercent, int(percent/step*step)) //nolint:gosec // at most 2,400
}
