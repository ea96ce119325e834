package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// open opens a SQLite database with an empty table n of numbers in the order in
// which they were put.
func open(t testing.TB) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "n.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Writer().ExecContext(t.Context(), `CREATE TABLE n (at INTEGER PRIMARY KEY AUTOINCREMENT, n BIGINT NOT NULL UNIQUE)`); err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(ctx context.Context, tx *sql.Tx, n int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO n (n) VALUES ($1)`, n)
	return err
}

// kept are the numbers in the table in the order in which they were put.
func kept(t *testing.T, db *sqldb.DB) []int {
	t.Helper()
	all, err := sqldb.All(t.Context(), db.Read, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) }, `SELECT n FROM n ORDER BY at`)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// held holds the lead of the group until all of updates wait behind it, so that
// they share one transaction.
func held(t *testing.T, db *sqldb.DB, updates ...func()) {
	t.Helper()
	entered, release := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		err := db.Update(t.Context(), func(context.Context, *sql.Tx) error {
			close(entered)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-entered
	for i, u := range updates {
		running.Go(u)
		waitFor(t, func() bool { return sqldb.Waiting(db) == i+1 })
	}
	close(release)
	running.Wait()
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Error("waited in vain")
			return
		}
	}
}

// TestEachUpdateSucceedsOrFailsAlone, whatever shares its transaction: updates
// that fail or panic leave nothing, and everybody hears of his own only.
func TestEachUpdateSucceedsOrFailsAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	const n = 60
	var updates []func()
	var want []int
	for i := range n {
		mine := fmt.Errorf("update %d", i)
		switch i % 4 {
		case 0: // fails after it wrote
			updates = append(updates, func() {
				err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					return errors.Join(insert(ctx, tx, i), mine)
				})
				if !errors.Is(err, mine) {
					t.Errorf("update %d: got %v, want its own error", i, err)
				}
			})
		case 1: // panics after it wrote
			updates = append(updates, func() {
				defer func() {
					if got, _ := recover().(error); !errors.Is(got, mine) {
						t.Errorf("update %d: got panic %v, want its own", i, got)
					}
				}()
				_ = db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					_ = insert(ctx, tx, i)
					panic(mine)
				})
				t.Errorf("update %d: the panic did not reach its caller", i)
			})
		case 2: // breaks a rule of the database
			updates = append(updates, func() {
				err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					if err := insert(ctx, tx, i); err != nil {
						return err
					}
					return insert(ctx, tx, i)
				})
				if !db.IsUnique(err) {
					t.Errorf("update %d: got %v, want a taken key", i, err)
				}
			})
		case 3:
			want = append(want, i)
			updates = append(updates, func() {
				if err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return insert(ctx, tx, i) }); err != nil {
					t.Errorf("update %d: got %v, want none", i, err)
				}
			})
		}
	}
	held(t, db, updates...)
	if diff := cmp.Diff(want, kept(t, db)); diff != "" {
		t.Errorf("kept otherwise, or in another order (-want +got)\n%s", diff)
	}
}

// TestAnUpdateAloneFailsAlone: a transaction that nobody shares has no savepoint.
func TestAnUpdateAloneFailsAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	mine := errors.New("mine")
	err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return errors.Join(insert(ctx, tx, 1), mine) })
	if !errors.Is(err, mine) {
		t.Errorf("got %v, want its own error", err)
	}
	func() {
		defer func() {
			if got := recover(); got != "oh" {
				t.Errorf("got panic %v, want oh", got)
			}
		}()
		_ = db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_ = insert(ctx, tx, 2)
			panic("oh")
		})
	}()
	if err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return insert(ctx, tx, 3) }); err != nil {
		t.Errorf("after a failure and a panic: %v", err)
	}
	if diff := cmp.Diff([]int{3}, kept(t, db)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestMoreUpdatesThanShareATransaction are all run, in the order they came in.
func TestMoreUpdatesThanShareATransaction(t *testing.T) {
	t.Parallel()
	db := open(t)
	var updates []func()
	var want []int
	for i := range 300 {
		want = append(want, i)
		updates = append(updates, func() {
			if err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return insert(ctx, tx, i) }); err != nil {
				t.Error(err)
			}
		})
	}
	held(t, db, updates...)
	if diff := cmp.Diff(want, kept(t, db)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestUpdatesSeeThoseBefore: what shares a transaction is still one after the other.
func TestUpdatesSeeThoseBefore(t *testing.T) {
	t.Parallel()
	db := open(t)
	var running sync.WaitGroup
	for range 50 {
		running.Go(func() {
			err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				var n int
				if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM n`).Scan(&n); err != nil {
					return err
				}
				return insert(ctx, tx, n)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if got := len(kept(t, db)); got != 50 {
		t.Errorf("got %d, want 50", got)
	}
}

// TestWhoHasGoneDoesNotStart, and who goes later does not stop halfway, nor does
// he take along those who share his transaction.
func TestWhoHasGoneDoesNotStart(t *testing.T) {
	t.Parallel()
	db := open(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Update(gone, func(ctx context.Context, tx *sql.Tx) error { return insert(ctx, tx, 1) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	going, cancel := context.WithCancel(t.Context())
	held(t, db, func() {
		err := db.Update(going, func(ctx context.Context, tx *sql.Tx) error {
			cancel()
			return errors.Join(insert(ctx, tx, 2), ctx.Err())
		})
		if err != nil {
			t.Errorf("got %v, want the update to run whole", err)
		}
	}, func() {
		if err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return insert(ctx, tx, 3) }); err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff([]int{2, 3}, kept(t, db)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestAReaderSeesOneMoment and no update that has not been committed.
func TestAReaderSeesOneMoment(t *testing.T) {
	t.Parallel()
	db := open(t)
	err := db.View(t.Context(), func(tx *sql.Tx) error {
		count := func() (n int) {
			if err := tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM n`).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		before := count()
		if err := db.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return insert(ctx, tx, 1) }); err != nil {
			t.Error(err)
		}
		if after := count(); before != 0 || after != 0 {
			t.Errorf("got %d, then %d; want 0 twice", before, after)
		}
		return nil
	})
	if err != nil || len(kept(t, db)) != 1 {
		t.Errorf("got %v (%v), want the update after the view", kept(t, db), err)
	}
}

func TestOnlyKnownDatabasesAreOpened(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "mysql://x", "n.db", "postgres:x"} {
		if _, err := sqldb.Open(t.Context(), url); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
	if _, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "no", "such", "folder.db")); err == nil {
		t.Error("a database in a folder that is not there was opened")
	}
}

// BenchmarkUpdate compares updates of many callers at once, which share flushes
// to the disk, with those of one.
func BenchmarkUpdate(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			db := open(b)
			next := make(chan int)
			go func() {
				defer close(next)
				for i := range b.N {
					next <- i
				}
			}()
			b.ResetTimer()
			var running sync.WaitGroup
			for range callers {
				running.Go(func() {
					for i := range next {
						if err := db.Update(b.Context(), func(ctx context.Context, tx *sql.Tx) error { return insert(ctx, tx, i) }); err != nil {
							b.Error(err)
						}
					}
				})
			}
			running.Wait()
		})
	}
}
