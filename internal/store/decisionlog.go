package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// Append implements [decision.Blocks].
func (s *Store) Append(ctx context.Context, blocks []decision.Block) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, b := range blocks {
			if err := appendBlock(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
}

func appendBlock(ctx context.Context, tx *sql.Tx, b decision.Block) error {
	return execute(ctx, tx, `
		INSERT INTO decision_blocks (id, env_id, first_at, last_at, allowed, denied, lists, missed, keys, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		b.ID, b.Env, micros(b.First), micros(b.Last), b.Allowed, b.Denied, b.Lists, b.Missed, packed(b.Keys), packed(b.Data))
}

// packed is binary data as text, which both databases keep alike.
func packed(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

func unpacked(s string) ([]byte, error) { return base64.RawStdEncoding.DecodeString(s) }

// heads is how many heads Scan reads at a time.
const heads = 256

// Scan implements [decision.Blocks].
func (s *Store) Scan(ctx context.Context, env authz.EnvID, from, to time.Time, want func(decision.Head) bool, yield func(decision.Block) bool) error {
	return s.db.View(ctx, func(tx *sql.Tx) error { return scanBlocks(ctx, tx, env, from, to, want, yield) })
}

func scanBlocks(ctx context.Context, tx *sql.Tx, env authz.EnvID, from, to time.Time, want func(decision.Head) bool, yield func(decision.Block) bool) error {
	after, id := int64(far), ""
	for {
		page, err := sqldb.All(ctx, tx, scanHead(env), `
			SELECT `+headColumns+` FROM decision_blocks
			WHERE env_id = $1 AND last_at >= $2 AND first_at <= $3 AND (last_at, id) < ($4, $5)
			ORDER BY last_at DESC, id DESC LIMIT $6`, env, from.UnixMicro(), to.UnixMicro(), after, id, heads)
		if err != nil {
			return err
		}
		for _, h := range page {
			after, id = h.Last.UnixMicro(), h.ID
			if !want(h) {
				continue
			}
			b, err := block(ctx, tx, h)
			if err != nil {
				return err
			}
			if !yield(b) {
				return nil
			}
		}
		if len(page) < heads {
			return nil
		}
	}
}

const headColumns = `id, first_at, last_at, allowed, denied, lists, missed, keys`

// far is later than everything, in Unix microseconds.
const far = 1 << 60

func scanHead(env authz.EnvID) func(*sql.Rows) (decision.Head, error) {
	return func(r *sql.Rows) (decision.Head, error) {
		h := decision.Head{Env: env}
		var first, last int64
		var keys string
		if err := r.Scan(&h.ID, &first, &last, &h.Allowed, &h.Denied, &h.Lists, &h.Missed, &keys); err != nil {
			return h, err
		}
		h.First, h.Last = fromMicros(first), fromMicros(last)
		var err error
		h.Keys, err = unpacked(keys)
		return h, err
	}
}

// block is the block of a head.
func block(ctx context.Context, tx *sql.Tx, h decision.Head) (decision.Block, error) {
	text, _, err := sqldb.One(ctx, tx, func(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) },
		`SELECT data FROM decision_blocks WHERE id = $1`, h.ID)
	if err != nil {
		return decision.Block{}, err
	}
	data, err := unpacked(text)
	return decision.Block{Head: h, Data: data}, err
}

// Gaps implements [decision.Blocks].
func (s *Store) Gaps(ctx context.Context, env authz.EnvID, limit int) ([]decision.Head, error) {
	return sqldb.All(ctx, s.db.Read, scanHead(env), `
		SELECT `+headColumns+` FROM decision_blocks WHERE env_id = $1 AND missed > 0 ORDER BY last_at DESC LIMIT $2`, env, limit)
}

// Recorded implements [decision.Blocks]. The index is read once for each.
func (s *Store) Recorded(ctx context.Context) ([]authz.EnvID, error) {
	return sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (env authz.EnvID, err error) { return env, r.Scan(&env) }, `
		WITH RECURSIVE held (env_id) AS (
			SELECT MIN(env_id) FROM decision_blocks
			UNION ALL
			SELECT (SELECT MIN(b.env_id) FROM decision_blocks b WHERE b.env_id > held.env_id) FROM held WHERE held.env_id IS NOT NULL
		) SELECT env_id FROM held WHERE env_id IS NOT NULL`)
}

// Small implements [decision.Blocks].
func (s *Store) Small(ctx context.Context, after decision.Head, to time.Time, most, limit int) ([]decision.Block, error) {
	var blocks []decision.Block
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		found, err := sqldb.All(ctx, tx, scanHead(after.Env), `
			SELECT `+headColumns+` FROM decision_blocks
			WHERE env_id = $1 AND last_at < $2 AND (last_at, id) > ($3, $4) AND allowed + denied + lists BETWEEN 1 AND $5
			ORDER BY last_at, id LIMIT $6`, after.Env, to.UnixMicro(), micros(after.Last), after.ID, most, limit)
		for _, h := range found {
			b, err := block(ctx, tx, h)
			if err != nil {
				return err
			}
			blocks = append(blocks, b)
		}
		return err
	})
	return blocks, err
}

// Replace implements [decision.Blocks].
func (s *Store) Replace(ctx context.Context, old []string, b decision.Block) error {
	err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, id := range old {
			done, err := tx.ExecContext(ctx, `DELETE FROM decision_blocks WHERE id = $1`, id)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			if n == 0 {
				return errNothing
			}
		}
		return appendBlock(ctx, tx, b)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// pruned is how many blocks Prune deletes in a transaction: others wait meanwhile.
const pruned = 200

// Prune implements [decision.Blocks].
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	for {
		var n int64
		err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
			done, err := tx.ExecContext(ctx, `
				DELETE FROM decision_blocks WHERE id IN (SELECT id FROM decision_blocks WHERE last_at < $1 ORDER BY last_at LIMIT $2)`,
				before.UnixMicro(), pruned)
			if err != nil {
				return err
			}
			n, err = done.RowsAffected()
			return err
		})
		if err != nil || n < pruned {
			return err
		}
	}
}
