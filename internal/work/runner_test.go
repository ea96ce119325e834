package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A queue keeps work in memory, as a database would keep it.
type queue struct {
	mu      sync.Mutex
	kept    map[string]*kept
	settled []string // "finish k" and "retry k after d: cause", in order
	broken  error    // what Take returns
	takes   int
	looked  func() // called once, when NextDue has looked
}

type kept struct {
	Item
	due, leased time.Time
}

func newQueue(keys ...string) *queue {
	q := &queue{kept: map[string]*kept{}}
	for _, k := range keys {
		q.mark(k)
	}
	return q
}

func (q *queue) mark(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k, ok := q.kept[key]
	if !ok {
		k = &kept{Item: Item{Kind: "k", Key: key}}
		q.kept[key] = k
	}
	k.Generation++
	k.due = time.Now()
}

func (q *queue) Take(_ context.Context, n int, lease time.Duration) ([]Item, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.takes++
	if q.broken != nil {
		return nil, q.broken
	}
	var due []*kept
	for _, k := range q.kept {
		if !k.due.After(time.Now()) && !k.leased.After(time.Now()) {
			due = append(due, k)
		}
	}
	slices.SortFunc(due, func(a, b *kept) int { return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.Key, b.Key)) })
	var items []Item
	for _, k := range due[:min(n, len(due))] {
		k.Attempt++
		k.leased = time.Now().Add(lease)
		items = append(items, k.Item)
	}
	return items, nil
}

func (q *queue) Finish(ctx context.Context, it Item) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settled = append(q.settled, "finish "+it.Key)
	if k := q.kept[it.Key]; k.Generation == it.Generation {
		delete(q.kept, it.Key)
	} else {
		k.due, k.leased, k.Attempt = time.Now(), time.Time{}, 0
	}
	return nil
}

func (q *queue) Retry(ctx context.Context, it Item, delay time.Duration, cause string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settled = append(q.settled, fmt.Sprintf("retry %s: %s", it.Key, cause))
	k := q.kept[it.Key]
	k.leased = time.Time{}
	if k.due = time.Now().Add(delay); k.Generation != it.Generation {
		k.due = time.Now()
	}
	return nil
}

func (q *queue) Extend(_ context.Context, it Item, lease time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if k := q.kept[it.Key]; k != nil {
		k.leased = time.Now().Add(lease)
	}
	return nil
}

func (q *queue) NextDue(context.Context) (at time.Time, ok bool, err error) {
	q.mu.Lock()
	defer func() {
		looked := q.looked
		q.looked = nil
		q.mu.Unlock()
		if looked != nil {
			looked()
		}
	}()
	for _, k := range q.kept {
		due := k.due
		if k.leased.After(due) {
			due = k.leased
		}
		if !ok || due.Before(at) {
			at, ok = due, true
		}
	}
	return at, ok, nil
}

func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.kept)
}

func (q *queue) outcome() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.settled)
}

// start runs a runner until stop is called, which waits for its end.
func start(t *testing.T, r *Runner) (stop func()) {
	t.Helper()
	r.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("got %v, want no error: to be stopped is a runner's normal end", err)
		}
	}
}

func TestEverythingIsRunByAtMostSoManyWorkers(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{0, 1, 3} {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue()
			for i := range 20 {
				q.mark(fmt.Sprint("key", i))
			}
			var mu sync.Mutex
			busy, most, runs, ran := 0, 0, map[string]int{}, make(chan struct{}, 40) // room for all to run twice
			r := &Runner{Queue: q, Workers: workers, Do: func(_ context.Context, it Item) error {
				mu.Lock()
				busy++
				most, runs[it.Key] = max(most, busy), runs[it.Key]+1
				mu.Unlock()
				time.Sleep(time.Second) // of the bubble
				mu.Lock()
				busy--
				mu.Unlock()
				ran <- struct{}{}
				return nil
			}}
			began := time.Now()
			stop := start(t, r)
			for range 20 {
				<-ran
			}
			took := time.Since(began)
			stop()
			if want := max(workers, 1); most != want || len(runs) != 20 {
				t.Errorf("got %d at once and %d run, want %d and 20", most, len(runs), want)
			}
			for key, n := range runs {
				if n != 1 {
					t.Errorf("%s ran %d times, want once", key, n)
				}
			}
			if ideal := time.Duration((20+max(workers, 1)-1)/max(workers, 1)) * time.Second; took > ideal+time.Second {
				t.Errorf("took %v, want about %v: workers stood idle", took, ideal)
			}
		})
	}
}

func TestWhatFailsIsTriedAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue("k")
		var at []time.Time
		r := &Runner{Queue: q, Workers: 2, Do: func(context.Context, Item) error {
			if at = append(at, time.Now()); len(at) == 12 {
				return nil
			}
			if len(at) == 3 {
				panic("oh")
			}
			return errors.New("it rained")
		}}
		stop := start(t, r)
		time.Sleep(time.Hour)
		stop()
		if len(at) != 12 || q.left() != 0 {
			t.Fatalf("got %d runs with %d left, want 12 and none", len(at), q.left())
		}
		for i := 1; i < len(at); i++ {
			want := min(time.Second<<(i-1), 5*time.Minute)
			// The runner looks at most a poll late and never early.
			if got := at[i].Sub(at[i-1]); got < want*3/4 || got > want+idle {
				t.Errorf("run %d: got %v after the one before, want about %v", i+1, got, want)
			}
		}
		if got := q.outcome(); got[0] != "retry k: it rained" || got[2] != "retry k: panic: oh" || got[11] != "finish k" {
			t.Errorf("got %q", got)
		}
	})
}

func TestTheDelayDoublesWithinItsBounds(t *testing.T) {
	t.Parallel()
	for attempt := -1; attempt < 80; attempt++ {
		want := longestDelay
		if attempt < 10 {
			want = min(firstDelay<<max(attempt-1, 0), longestDelay)
		}
		least, most := want, time.Duration(0)
		for range 500 {
			d := backoff(attempt)
			least, most = min(least, d), max(most, d)
		}
		if least < want*3/4 || most > want {
			t.Errorf("attempt %d: got %v to %v, want %v to %v", attempt, least, most, want*3/4, want)
		}
		if least == most {
			t.Errorf("attempt %d: always %v; subjects that fail together come back together", attempt, most)
		}
	}
}

// TestOneBadSubjectDoesNotStopTheOthers: a panic and a run that does not end in
// time are failures of that one.
func TestOneBadSubjectDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue("a panic", "b slow", "c", "d")
		r := &Runner{Queue: q, Workers: 2, Do: func(ctx context.Context, it Item) error {
			switch it.Key {
			case "a panic":
				panic(errors.New("oh"))
			case "b slow":
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}
		began := time.Now()
		stop := start(t, r)
		time.Sleep(10 * time.Millisecond)
		if got := q.outcome(); !slices.Contains(got, "retry a panic: panic: oh") || !slices.Contains(got, "finish c") || !slices.Contains(got, "finish d") {
			t.Errorf("got %q, want the others done at once", got)
		}
		time.Sleep(doLimit)
		if got := q.outcome(); !slices.Contains(got, "retry b slow: context deadline exceeded") {
			t.Errorf("after %v: got %q, want the slow one ended", time.Since(began), got)
		}
		stop()
	})
}

func TestALeaseOutlastsTheLongestRun(t *testing.T) {
	t.Parallel()
	if lease <= doLimit {
		t.Errorf("a lease of %v ends before a run of %v", lease, doLimit)
	}
}

// TestStoppingIsNotTheWorksFault: what is running when the runner stops is due
// at once, and the runner waits until that is kept.
func TestStoppingIsNotTheWorksFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue("a", "b")
		r := &Runner{Queue: q, Workers: 2, Do: func(ctx context.Context, it Item) error {
			<-ctx.Done()
			if it.Key == "b" {
				return nil // had finished all the same
			}
			time.Sleep(time.Second)
			return ctx.Err()
		}}
		stop := start(t, r)
		synctest.Wait()
		stop()
		got := q.outcome()
		slices.Sort(got)
		if !slices.Equal(got, []string{"finish b", "retry a: context canceled"}) {
			t.Errorf("got %q, want both settled", got)
		}
		if at, ok, _ := q.NextDue(t.Context()); !ok || at.After(time.Now()) {
			t.Errorf("due in %v (%v), want at once", time.Until(at), ok)
		}
	})
}

// TestAWakeIsNotLost whenever it comes: before the runner runs, while it looks
// and while all its workers are busy.
func TestAWakeIsNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		var at []time.Duration
		began := time.Now()
		r := &Runner{Queue: q, Workers: 1, Do: func(context.Context, Item) error {
			at = append(at, time.Since(began))
			time.Sleep(300 * time.Millisecond)
			return nil
		}}
		r.Wake()
		r.Wake() // never blocks
		stop := start(t, r)
		time.Sleep(100 * time.Millisecond)
		q.mark("a")
		r.Wake()
		time.Sleep(100 * time.Millisecond)
		q.mark("b") // the one worker is busy
		r.Wake()
		time.Sleep(400 * time.Millisecond)
		stop()
		if !slices.Equal(at, []time.Duration{100 * time.Millisecond, 400 * time.Millisecond}) {
			t.Errorf("got runs at %v, want each as soon as can be", at)
		}
	})
}

// TestAWakeBetweenLookingAndWaitingIsNotLost: the work came after the runner had
// looked and before it waited.
func TestAWakeBetweenLookingAndWaitingIsNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		r := &Runner{Queue: q, Workers: 1, Do: func(context.Context, Item) error { return nil }}
		q.looked = func() {
			q.mark("a")
			r.Wake()
		}
		stop := start(t, r)
		time.Sleep(time.Millisecond)
		if q.left() != 0 {
			t.Error("the wake was lost")
		}
		stop()
	})
}

// TestWorkOfAnotherProcessIsFound without a wake, within the idle time.
func TestWorkOfAnotherProcessIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		r := &Runner{Queue: q, Do: func(context.Context, Item) error { return nil }}
		stop := start(t, r)
		time.Sleep(idle / 2)
		q.mark("a")
		time.Sleep(idle)
		if q.left() != 0 {
			t.Error("the work was not found")
		}
		stop()
	})
}

// TestWorkMarkedWhileItRunsRunsAgainAtOnce, after success and after failure.
func TestWorkMarkedWhileItRunsRunsAgainAtOnce(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]error{"success": nil, "failure": errors.New("it rained")} {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue("k")
			var generations []int64
			r := &Runner{Queue: q, Workers: 4, Do: func(_ context.Context, it Item) error {
				if generations = append(generations, it.Generation); len(generations) > 1 {
					return nil
				}
				q.mark("k")
				return result
			}}
			stop := start(t, r)
			time.Sleep(100 * time.Millisecond)
			stop()
			if !slices.Equal(generations, []int64{1, 2}) || q.left() != 0 {
				t.Errorf("%s: got runs of generations %v with %d left, want 1 and 2", name, generations, q.left())
			}
		})
	}
}

// TestABrokenQueueIsAskedAgainSlowly: a database that is away is no reason to
// spin, nor to give up.
func TestABrokenQueueIsAskedAgainSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue("k")
		q.broken = errors.New("no database")
		r := &Runner{Queue: q, Workers: 3, Do: func(context.Context, Item) error { return nil }}
		stop := start(t, r)
		time.Sleep(time.Minute)
		q.mu.Lock()
		takes := q.takes
		q.broken = nil
		q.mu.Unlock()
		if takes < 5 || takes > 20 {
			t.Errorf("asked %d times in a minute, want about %d", takes, time.Minute/idle)
		}
		time.Sleep(idle + time.Second)
		if q.left() != 0 {
			t.Error("the work was not run once the queue was back")
		}
		stop()
	})
}

// TestALongRunKeepsItsLease: nobody else takes what is still running, however long
// it may run.
func TestALongRunKeepsItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, runs := newQueue("long"), atomic.Int64{}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r := &Runner{
			Queue: q, Workers: 3, Log: slog.New(slog.DiscardHandler),
			Limit: func(Item) time.Duration { return 5 * time.Minute },
			Do: func(ctx context.Context, _ Item) error {
				runs.Add(1)
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(4 * time.Minute):
					return nil
				}
			},
		}
		go r.Run(ctx) //nolint:errcheck // ends with ctx
		time.Sleep(5 * time.Minute)
		if runs.Load() != 1 || q.left() != 0 {
			t.Errorf("it ran %d times and %d are left, want once and none", runs.Load(), q.left())
		}
	})
}
