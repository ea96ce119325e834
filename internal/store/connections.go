package store

import (
	"context"
	"database/sql"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// Connection returns how a source of an environment is reached, as it was sealed;
// ok is false if nothing is kept.
func (s *Store) Connection(ctx context.Context, env authz.EnvID, source string) (sealed string, ok bool, err error) {
	return sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) },
		`SELECT sealed FROM connections WHERE env_id = $1 AND source = $2`, env, source)
}

// Connections returns how a source of all environments is reached, as it was sealed.
func (s *Store) Connections(ctx context.Context, source string) (map[authz.EnvID]string, error) {
	all := map[authz.EnvID]string{}
	_, err := sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (none struct{}, err error) {
		var env authz.EnvID
		var text string
		err = r.Scan(&env, &text)
		all[env] = text
		return none, err
	}, `SELECT env_id, sealed FROM connections WHERE source = $1`, source)
	return all, err
}

// KeepConnection replaces how a source of an environment is reached.
func (s *Store) KeepConnection(ctx context.Context, env authz.EnvID, source, sealed string) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `
			INSERT INTO connections (env_id, source, sealed, updated_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (env_id, source) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at`,
			env, source, sealed, micros(s.now()))
	})
}
