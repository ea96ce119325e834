package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
	"github.com/gatehouse-authz/gatehouse/internal/work"
)

// Take implements [work.Queue].
func (s *Store) Take(ctx context.Context, n int, lease time.Duration) ([]work.Item, error) {
	var items []work.Item
	now := s.now()
	// A look first: an idle runner must not write.
	if due, ok, err := s.NextDue(ctx); err != nil || !ok || due.After(now) {
		return nil, err
	}
	err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		items, err = sqldb.All(ctx, tx, func(r *sql.Rows) (it work.Item, err error) {
			return it, r.Scan(&it.Kind, &it.Key, &it.Generation, &it.Attempt)
		}, `
			WITH due AS (
				SELECT kind, key FROM work WHERE due_at <= $1 AND leased_until <= $1
				ORDER BY due_at LIMIT $3 `+s.db.SkipLocked+`
			)
			UPDATE work SET leased_until = $2, attempts = attempts + 1
			FROM due WHERE work.kind = due.kind AND work.key = due.key
			RETURNING work.kind, work.key, work.generation, work.attempts`,
			micros(now), micros(now.Add(lease)), n)
		return err
	})
	return items, err
}

// Finish implements [work.Queue].
func (s *Store) Finish(ctx context.Context, it work.Item) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM work WHERE kind = $1 AND key = $2 AND generation = $3`, it.Kind, it.Key, it.Generation)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return execute(ctx, tx, `UPDATE work SET leased_until = 0, attempts = 0, last_error = '', due_at = $3 WHERE kind = $1 AND key = $2`,
			it.Kind, it.Key, micros(s.now()))
	})
}

// Retry implements [work.Queue].
func (s *Store) Retry(ctx context.Context, it work.Item, delay time.Duration, cause string) error {
	now := s.now()
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `
			UPDATE work SET leased_until = 0, last_error = $4,
				due_at = CASE WHEN generation = $3 THEN CAST($5 AS BIGINT) ELSE CAST($6 AS BIGINT) END
			WHERE kind = $1 AND key = $2`,
			it.Kind, it.Key, it.Generation, cause, micros(now.Add(delay)), micros(now))
	})
}

// Extend implements [work.Queue].
func (s *Store) Extend(ctx context.Context, it work.Item, lease time.Duration) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `UPDATE work SET leased_until = $3 WHERE kind = $1 AND key = $2 AND leased_until > 0`,
			it.Kind, it.Key, micros(s.now().Add(lease)))
	})
}

// NextDue implements [work.Queue].
func (s *Store) NextDue(ctx context.Context) (time.Time, bool, error) {
	at, ok, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n) }, `
		SELECT at FROM (
			SELECT * FROM (SELECT due_at AS at FROM work WHERE leased_until = 0 ORDER BY due_at LIMIT 1) AS free
			UNION ALL
			SELECT CASE WHEN due_at > leased_until THEN due_at ELSE leased_until END FROM work WHERE leased_until > 0
		) AS items ORDER BY at LIMIT 1`)
	return fromMicros(at), ok, err
}

// Release frees all leases. Only the one process of a database may call it, at
// its start: it ends the wait for what a crash left leased.
func (s *Store) Release(ctx context.Context) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `UPDATE work SET leased_until = 0 WHERE leased_until > 0`)
	})
}

// Backlog returns what work is waiting.
func (s *Store) Backlog(ctx context.Context) (work.Backlog, error) {
	b, _, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (b work.Backlog, err error) {
		var oldest int64
		err = r.Scan(&b.Waiting, &b.Failing, &oldest)
		b.Oldest = fromMicros(oldest)
		return b, err
	}, `SELECT COUNT(*), COUNT(*) FILTER (WHERE last_error <> ''), COALESCE(MIN(created_at), 0) FROM work`)
	if err != nil {
		return b, err
	}
	b.Worst, err = sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (f work.Failure, err error) {
		var due int64
		err = r.Scan(&f.Kind, &f.Key, &f.Attempts, &f.Error, &due)
		f.DueAt = fromMicros(due)
		return f, err
	}, `SELECT kind, key, attempts, last_error, due_at FROM work WHERE last_error <> '' ORDER BY attempts DESC, kind, key LIMIT 10`)
	return b, err
}
