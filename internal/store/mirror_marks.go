package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// Follow implements [mirror.Ledger].
func (m *Mirrors) Follow(ctx context.Context, env authz.EnvID, list []mirror.Touch, cursor authz.Revision) error {
	now := micros(m.now())
	return m.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, t := range list {
			if err := markThing(ctx, tx, env, t, now); err != nil {
				return err
			}
		}
		return execute(ctx, tx, `UPDATE mirrors SET cursor = $2 WHERE env_id = $1`, env, cursor)
	})
}

// markThing marks a thing, due at once.
func markThing(ctx context.Context, tx *sql.Tx, env authz.EnvID, t mirror.Touch, now int64) error {
	return execute(ctx, tx, `
		INSERT INTO mirror_marks (env_id, kind, key, gone, generation, attempts, marked_at, due_at, dead, reason)
		VALUES ($1, $2, $3, $4, 1, 0, $5, $5, FALSE, '')
		ON CONFLICT (env_id, kind, key) DO UPDATE SET gone = excluded.gone, generation = mirror_marks.generation + 1, attempts = 0,
			marked_at = CASE WHEN mirror_marks.dead THEN excluded.marked_at ELSE mirror_marks.marked_at END,
			due_at = excluded.due_at, dead = FALSE, reason = ''`, env, t.Kind, t.Key, t.Gone, now)
}

// Doubt implements [mirror.Ledger].
func (m *Mirrors) Doubt(ctx context.Context, env authz.EnvID, account string, things []mirror.Thing) error {
	now := micros(m.now())
	return m.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, t := range things {
			err := execute(ctx, tx, `UPDATE mirror_made SET state = 'changing', at = 0 WHERE env_id = $1 AND account = $2 AND kind = $3 AND key = $4 AND state = 'made'`,
				env, account, t.Kind, t.Key)
			if err != nil {
				return err
			}
			if err := markThing(ctx, tx, env, mirror.Touch{Thing: t}, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// Due implements [mirror.Ledger].
func (m *Mirrors) Due(ctx context.Context, env authz.EnvID, now time.Time) ([]mirror.Backlog, time.Time, error) {
	var next int64
	list, err := sqldb.All(ctx, m.db.Read, func(r *sql.Rows) (b mirror.Backlog, err error) {
		var oldest, gate, later int64
		err = r.Scan(&b.Kind, &b.Gone, &b.N, &oldest, &gate, &later)
		b.Oldest, b.Gate = fromMicros(oldest), fromMicros(gate)
		if later > 0 && (next == 0 || later < next) {
			next = later
		}
		return b, err
	}, `
		SELECT kind, gone, COUNT(*) FILTER (WHERE due_at <= $2), COALESCE(MIN(marked_at) FILTER (WHERE due_at <= $2), 0),
			COALESCE(MIN(marked_at) FILTER (WHERE attempts = 0), 0), COALESCE(MIN(due_at) FILTER (WHERE due_at > $2), 0)
		FROM mirror_marks WHERE env_id = $1 AND NOT dead GROUP BY kind, gone`, env, micros(now))
	return list, fromMicros(next), err
}

const markColumns = `kind, key, gone, generation, attempts, marked_at, reason`

func scanMark(r *sql.Rows) (k mirror.Mark, err error) {
	var marked int64
	err = r.Scan(&k.Kind, &k.Key, &k.Gone, &k.Generation, &k.Attempts, &marked, &k.Reason)
	k.MarkedAt = fromMicros(marked)
	return k, err
}

// Take implements [mirror.Ledger].
func (m *Mirrors) Take(ctx context.Context, env authz.EnvID, kind mirror.Kind, gone bool, now, before time.Time, limit int) ([]mirror.Mark, error) {
	w := where{}
	w.add("env_id = ? AND NOT dead AND kind = ? AND gone = ? AND due_at <= ?", env, kind, gone, micros(now))
	if !before.IsZero() {
		w.add("marked_at < ?", micros(before))
	}
	w.args = append(w.args, limit)
	list, err := sqldb.All(ctx, m.db.Read, scanMark, `SELECT `+markColumns+` FROM mirror_marks WHERE `+w.text()+` ORDER BY marked_at, key LIMIT $`+strconv.Itoa(len(w.args)), w.args...)
	for i := range list {
		list[i].Reason = ""
	}
	return list, err
}

// Made implements [mirror.Ledger].
func (m *Mirrors) Made(ctx context.Context, env authz.EnvID, account string, things []mirror.Thing) (map[mirror.Thing]mirror.Made, error) {
	out := make(map[mirror.Thing]mirror.Made, len(things))
	for chunk := range slices.Chunk(things, someKeys) {
		w, keys := where{}, make([]string, len(chunk))
		for i, t := range chunk {
			keys[i] = t.Key
		}
		w.add("env_id = ? AND account = ? AND kind = ?", env, account, chunk[0].Kind)
		in(&w, "key", keys)
		list, err := sqldb.All(ctx, m.db.Read, func(r *sql.Rows) (made mirror.Made, err error) {
			var at int64
			err = r.Scan(&made.Kind, &made.Key, &made.State, &made.Digest, &made.ID, &made.Suspended, &at)
			made.At = fromMicros(at)
			return made, err
		}, `SELECT kind, key, state, digest, id, suspended, at FROM mirror_made WHERE `+w.text(), w.args...)
		if err != nil {
			return nil, err
		}
		for _, made := range list {
			out[made.Thing] = made
		}
	}
	return out, nil
}

// Settle implements [mirror.Ledger].
func (m *Mirrors) Settle(ctx context.Context, env authz.EnvID, account string, made []mirror.Made, marks []mirror.Mark) error {
	if len(made)+len(marks) == 0 {
		return nil
	}
	return m.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, x := range made {
			if err := keepMade(ctx, tx, env, account, x); err != nil {
				return err
			}
		}
		for _, k := range marks {
			if err := settleMark(ctx, tx, env, k); err != nil {
				return err
			}
		}
		return nil
	})
}

func keepMade(ctx context.Context, tx *sql.Tx, env authz.EnvID, account string, x mirror.Made) error {
	if x.State == mirror.Unmade {
		return execute(ctx, tx, `DELETE FROM mirror_made WHERE env_id = $1 AND account = $2 AND kind = $3 AND key = $4`, env, account, x.Kind, x.Key)
	}
	return execute(ctx, tx, `
		INSERT INTO mirror_made (env_id, account, kind, key, state, digest, id, suspended, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (env_id, account, kind, key) DO UPDATE SET state = excluded.state, digest = excluded.digest, id = excluded.id,
			suspended = excluded.suspended, at = excluded.at`,
		env, account, x.Kind, x.Key, x.State, x.Digest, x.ID, x.Suspended, micros(x.At))
}

// settleMark leaves a mark alone that was made again since it was taken.
func settleMark(ctx context.Context, tx *sql.Tx, env authz.EnvID, k mirror.Mark) error {
	if k.Due.IsZero() && !k.Dead {
		return execute(ctx, tx, `DELETE FROM mirror_marks WHERE env_id = $1 AND kind = $2 AND key = $3 AND generation = $4`, env, k.Kind, k.Key, k.Generation)
	}
	return execute(ctx, tx, `
		UPDATE mirror_marks SET gone = $5, attempts = $6, due_at = $7, dead = $8, reason = $9
		WHERE env_id = $1 AND kind = $2 AND key = $3 AND generation = $4`,
		env, k.Kind, k.Key, k.Generation, k.Gone, k.Attempts, micros(k.Due), k.Dead, k.Reason)
}

// Letters implements [mirror.Ledger].
func (m *Mirrors) Letters(ctx context.Context, env authz.EnvID, after mirror.Thing, limit int) ([]mirror.Mark, error) {
	list, err := sqldb.All(ctx, m.db.Read, scanMark, `
		SELECT `+markColumns+` FROM mirror_marks WHERE env_id = $1 AND dead AND (kind, key) > ($2, $3) ORDER BY kind, key LIMIT $4`,
		env, after.Kind, after.Key, limit)
	for i := range list {
		list[i].Dead = true
	}
	return list, err
}

// Revive implements [mirror.Ledger].
func (m *Mirrors) Revive(ctx context.Context, env authz.EnvID, things []mirror.Thing) (n int, err error) {
	now := micros(m.now())
	const revive = `UPDATE mirror_marks SET dead = FALSE, attempts = 0, due_at = $2, marked_at = $2, generation = generation + 1, reason = '' WHERE env_id = $1 AND dead`
	err = m.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n = 0
		run := func(query string, args ...any) error {
			done, err := tx.ExecContext(ctx, query, args...)
			if err != nil {
				return err
			}
			affected, err := done.RowsAffected()
			n += int(affected)
			return err
		}
		if len(things) == 0 {
			return run(revive, env, now)
		}
		for _, t := range things {
			if err := run(revive+` AND kind = $3 AND key = $4`, env, now, t.Kind, t.Key); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// Summary implements [mirror.Ledger].
func (m *Mirrors) Summary(ctx context.Context, env authz.EnvID) (mirror.Summary, error) {
	s, _, err := sqldb.One(ctx, m.db.Read, func(r *sql.Rows) (s mirror.Summary, err error) {
		var filledAt, oldest int64
		err = r.Scan(&s.Head, &s.Account, &s.Cursor, &s.Filled, &filledAt, &s.Waiting, &s.Failing, &s.Dead, &s.Conflicts, &oldest)
		s.FilledAt, s.Oldest = fromMicros(filledAt), fromMicros(oldest)
		return s, err
	}, `
		SELECT e.revision, COALESCE(x.account, ''), COALESCE(x.cursor, 0), COALESCE(x.filled, 0), COALESCE(x.filled_at, 0), k.waiting, k.failing, k.dead, k.conflicts, k.oldest
		FROM environments e LEFT JOIN mirrors x ON x.env_id = e.id,
			(SELECT COUNT(*) FILTER (WHERE NOT dead) AS waiting, COUNT(*) FILTER (WHERE NOT dead AND attempts > 0) AS failing,
				COUNT(*) FILTER (WHERE dead) AS dead, COUNT(*) FILTER (WHERE dead AND `+conflicts+`) AS conflicts,
				COALESCE(MIN(marked_at) FILTER (WHERE NOT dead), 0) AS oldest FROM mirror_marks WHERE env_id = $1) AS k
		WHERE e.id = $1`, env)
	if err != nil {
		return s, err
	}
	s.Made = map[mirror.Kind]int{}
	_, err = sqldb.All(ctx, m.db.Read, func(r *sql.Rows) (none struct{}, err error) {
		var kind mirror.Kind
		var n int
		err = r.Scan(&kind, &n)
		s.Made[kind] = n
		return none, err
	}, `SELECT kind, COUNT(*) FROM mirror_made WHERE env_id = $1 AND account = $2 AND state IN ('made', 'changing') GROUP BY kind`, env, s.Account)
	return s, err
}
