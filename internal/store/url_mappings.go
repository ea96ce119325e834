package store

import (
	"context"
	"database/sql"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// mappingColumns are what a commit holds too; ownMappingColumns have the secret.
const (
	mappingColumns    = `key, id, name, mechanism, '' AS secret, rules, created_at, updated_at`
	ownMappingColumns = `key, id, name, mechanism, secret, rules, created_at, updated_at`
)

func scanMapping(r *sql.Rows) (authz.URLMapping, error) {
	var m authz.URLMapping
	var secret, rules string
	var created, updated int64
	if err := r.Scan(&m.Key, &m.ID, &m.Name, &m.Mechanism, &secret, &rules, &created, &updated); err != nil {
		return m, err
	}
	m.Secret, m.CreatedAt, m.UpdatedAt = authz.Secret(secret), fromMicros(created), fromMicros(updated)
	return m, fromJSON(rules, &m.Rules)
}

func putMapping(ctx context.Context, tx *sql.Tx, env authz.EnvID, m authz.URLMapping) error {
	return execute(ctx, tx, `
		INSERT INTO url_mappings (env_id, key, id, name, mechanism, secret, rules, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, mechanism = excluded.mechanism,
			secret = excluded.secret, rules = excluded.rules, updated_at = excluded.updated_at`,
		env, m.Key, m.ID, m.Name, m.Mechanism, string(m.Secret), jsonText(m.Rules), micros(m.CreatedAt), micros(m.UpdatedAt))
}

func (v view) URLMapping(ctx context.Context, id authz.Ident) (authz.URLMapping, bool, error) {
	return byIdent(ctx, v, "url_mappings", ownMappingColumns, scanMapping, id)
}

func (v view) URLMappings(ctx context.Context) ([]authz.URLMapping, error) {
	return sqldb.All(ctx, v.q, scanMapping, `SELECT `+ownMappingColumns+` FROM url_mappings WHERE env_id = $1 ORDER BY created_at, key`, v.env)
}
