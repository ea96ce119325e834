package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// Keep implements [ingest.DeliveryStore].
func (s *Store) Keep(ctx context.Context, env authz.EnvID, source string, d ingest.Delivery, work ...string) (bool, error) {
	fresh := false
	err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := micros(s.now())
		var copies int64
		err := tx.QueryRowContext(ctx, `
			INSERT INTO deliveries (env_id, source, digest, event, standing, subject_kind, subject_id, aspect, version, sent_at, received_at, copies, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)
			ON CONFLICT (env_id, source, digest) DO UPDATE SET copies = deliveries.copies + 1
			RETURNING copies`,
			env, source, d.Digest, d.Event, d.Standing, d.Subject.Kind, d.Subject.ID, d.Aspect, d.Version, micros(d.SentAt), now, string(d.Body)).Scan(&copies)
		if err != nil {
			return err
		}
		fresh = copies == 1
		if !fresh {
			return nil
		}
		return markAll(ctx, tx, work, now)
	})
	return fresh, err
}

// Mark implements [ingest.DeliveryStore].
func (s *Store) Mark(ctx context.Context, work []string) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return markAll(ctx, tx, work, micros(s.now()))
	})
}

// markAll marks work in order of its keys, so that two who mark the same do not
// wait for each other. Empty keys are none.
func markAll(ctx context.Context, tx *sql.Tx, work []string, now int64) error {
	for _, key := range slices.Compact(slices.Sorted(slices.Values(work))) {
		if key == "" {
			continue
		}
		if err := mark(ctx, tx, ingest.WorkKind, key, now); err != nil {
			return err
		}
	}
	return nil
}

// mark makes work dirty: twice is once, but a mark on work that is running makes
// it run again.
func mark(ctx context.Context, tx *sql.Tx, kind, key string, due int64) error {
	return execute(ctx, tx, `
		INSERT INTO work (kind, key, generation, due_at, leased_until, attempts, last_error, created_at)
		VALUES ($1, $2, 1, $3, 0, 0, '', $3)
		ON CONFLICT (kind, key) DO UPDATE SET generation = work.generation + 1,
			due_at = CASE WHEN excluded.due_at < work.due_at THEN excluded.due_at ELSE work.due_at END`,
		kind, key, due)
}

const deliveryColumns = `digest, event, standing, subject_kind, subject_id, aspect, version, sent_at, body`

func scanDelivery(r *sql.Rows) (ingest.Delivery, error) {
	var d ingest.Delivery
	var sent int64
	var body string
	err := r.Scan(&d.Digest, &d.Event, &d.Standing, &d.Subject.Kind, &d.Subject.ID, &d.Aspect, &d.Version, &sent, &body)
	d.SentAt, d.Body = fromMicros(sent), []byte(body)
	return d, err
}

// LastKept implements [ingest.DeliveryStore].
func (s *Store) LastKept(ctx context.Context, env authz.EnvID, source string) (time.Time, bool, error) {
	at, ok, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n) }, `
		SELECT received_at FROM deliveries WHERE env_id = $1 AND source = $2 ORDER BY received_at DESC LIMIT 1`, env, source)
	return fromMicros(at), ok, err
}

// Latest implements [ingest.DeliveryStore]. One look-up per aspect walks the
// index from its end, however many deliveries a subject has had.
func (s *Store) Latest(ctx context.Context, env authz.EnvID, source string, subject ingest.Subject) ([]ingest.Delivery, error) {
	var latest []ingest.Delivery
	for _, aspect := range []ingest.Aspect{ingest.WholeAspect, ingest.CustomDataAspect, ingest.ProfileAspect, ingest.GoneAspect} {
		d, ok, err := sqldb.One(ctx, s.db.Read, scanDelivery, `
			SELECT `+deliveryColumns+` FROM deliveries
			WHERE env_id = $1 AND source = $2 AND subject_kind = $3 AND subject_id = $4 AND aspect = $5 AND standing = $6
			ORDER BY version DESC, sent_at DESC, digest DESC LIMIT 1`,
			env, source, subject.Kind, subject.ID, aspect, ingest.Live)
		if err != nil {
			return nil, err
		}
		if ok {
			latest = append(latest, d)
		}
	}
	return latest, nil
}
