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
