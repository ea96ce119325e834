package store

import (
	"context"
	"database/sql"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// SaveProof implements [ingest.ProofStore].
func (s *Store) SaveProof(ctx context.Context, env authz.EnvID, source string, p ingest.Proof) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `
			INSERT INTO proofs (env_id, source, proof) VALUES ($1, $2, $3)
			ON CONFLICT (env_id, source) DO UPDATE SET proof = excluded.proof`, env, source, jsonText(p))
	})
}

// Proof implements [ingest.ProofStore].
func (s *Store) Proof(ctx context.Context, env authz.EnvID, source string) (ingest.Proof, bool, error) {
	return sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (p ingest.Proof, err error) {
		var text string
		if err := r.Scan(&text); err != nil {
			return p, err
		}
		return p, fromJSON(text, &p)
	}, `SELECT proof FROM proofs WHERE env_id = $1 AND source = $2`, env, source)
}

// SaveReading implements [ingest.ReadingStore].
func (s *Store) SaveReading(ctx context.Context, env authz.EnvID, source string, r ingest.Reading) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `
			INSERT INTO delivery_log_readings (env_id, source, reading) VALUES ($1, $2, $3)
			ON CONFLICT (env_id, source) DO UPDATE SET reading = excluded.reading`, env, source, jsonText(r))
	})
}

// Reading implements [ingest.ReadingStore].
func (s *Store) Reading(ctx context.Context, env authz.EnvID, source string) (ingest.Reading, error) {
	r, _, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (reading ingest.Reading, err error) {
		var text string
		if err := r.Scan(&text); err != nil {
			return reading, err
		}
		return reading, fromJSON(text, &reading)
	}, `SELECT reading FROM delivery_log_readings WHERE env_id = $1 AND source = $2`, env, source)
	return r, err
}

// Arrived implements [ingest.ReadingStore].
func (s *Store) Arrived(ctx context.Context, env authz.EnvID, source string, d ingest.Delivery) (bool, error) {
	_, found, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n) }, `
		SELECT 1 FROM deliveries
		WHERE env_id = $1 AND source = $2 AND sent_at = $3 AND event = $4 AND subject_kind = $5 AND subject_id = $6 LIMIT 1`,
		env, source, micros(d.SentAt), d.Event, d.Subject.Kind, d.Subject.ID)
	return found, err
}
