package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// A group lets concurrent updates of a database with one writer share a
// transaction, and so one flush to the disk. Whoever finds nobody leading runs
// all that wait, then hands the lead to the first of those who came meanwhile.
type group struct {
	db *sql.DB

	mu      sync.Mutex // guards the fields below
	waiting []*update
	led     bool
}

// An update is one caller's part of a shared transaction.
type update struct {
	ctx  context.Context
	run  func(context.Context, *sql.Tx) error
	lead chan struct{} // receives once if this caller must lead
	done chan struct{} // closed when err or panicked is set
	err  error

	panicked any
}

// most bounds a shared transaction, so that no caller waits for too many others.
const most = 128

func (g *group) do(ctx context.Context, run func(context.Context, *sql.Tx) error) error {
	u := &update{ctx: context.WithoutCancel(ctx), run: run, lead: make(chan struct{}, 1), done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, u)
	if !g.led {
		g.led = true
		u.lead <- struct{}{}
	}
	g.mu.Unlock()
	for {
		select {
		case <-u.lead:
			g.runBatch()
		case <-u.done:
			if u.panicked != nil {
				panic(u.panicked)
			}
			return u.err
		}
	}
}

// runBatch runs what waits in one transaction and hands the lead on.
func (g *group) runBatch() {
	g.mu.Lock()
	n := min(len(g.waiting), most)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.mu.Unlock()

	g.transact(batch)

	g.mu.Lock()
	if len(g.waiting) > 0 {
		g.waiting[0].lead <- struct{}{}
	} else {
		g.led, g.waiting = false, nil
	}
	g.mu.Unlock()
	for _, u := range batch {
		close(u.done)
	}
}

// transact sets the outcome of every update of the batch.
func (g *group) transact(batch []*update) {
	err := inTx(context.Background(), g.db, nil, func(tx *sql.Tx) error {
		if len(batch) == 1 {
			batch[0].call(tx)
			return batch[0].err
		}
		for _, u := range batch {
			if err := u.callInSavepoint(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, u := range batch {
		if u.err == nil {
			u.err = err
		}
	}
}

// callInSavepoint runs one update so that its failure leaves the others alone.
// It returns an error only if the shared transaction itself is broken.
func (u *update) callInSavepoint(tx *sql.Tx) error {
	if _, err := tx.ExecContext(u.ctx, `SAVEPOINT one`); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	u.call(tx)
	if u.err != nil {
		if _, err := tx.ExecContext(u.ctx, `ROLLBACK TO one`); err != nil {
			return fmt.Errorf("roll back to savepoint: %w", err)
		}
	}
	if _, err := tx.ExecContext(u.ctx, `RELEASE one`); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}

// call runs the update; a panic is kept for the caller whose update it is.
func (u *update) call(tx *sql.Tx) {
	defer func() {
		if p := recover(); p != nil {
			u.panicked, u.err = p, errors.New("update panicked")
		}
	}()
	u.err = u.run(u.ctx, tx)
}
