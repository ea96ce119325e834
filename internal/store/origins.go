package store

import (
	"context"
	"database/sql"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

func (v view) TenantOf(ctx context.Context, o authz.Origin) (authz.Tenant, bool, error) {
	if o.Source == "" {
		return authz.Tenant{}, false, nil
	}
	return sqldb.One(ctx, v.q, scanTenant, `
		SELECT `+tenantColumns+` FROM tenants WHERE env_id = $1 AND source = $2 AND origin = $3 AND source <> ''`, v.env, o.Source, o.ID)
}

func (v view) MembersOf(ctx context.Context, tenant authz.TenantKey, after authz.UserKey, limit int) ([]authz.Membership, error) {
	return sqldb.All(ctx, v.q, scanMembership, `
		SELECT `+membershipColumns+` FROM memberships WHERE env_id = $1 AND tenant_key = $2 AND user_key > $3
		ORDER BY user_key LIMIT $4`, v.env, tenant, after, limit)
}

func (v view) UsersOf(ctx context.Context, source string, after authz.UserKey, limit int) ([]authz.User, error) {
	return sqldb.All(ctx, v.q, scanUser, `
		SELECT `+userColumns+` FROM users WHERE env_id = $1 AND source = $2 AND key > $3 ORDER BY key LIMIT $4`, v.env, source, after, limit)
}

func (v view) TenantsOf(ctx context.Context, source string, after authz.TenantKey, limit int) ([]authz.Tenant, error) {
	return sqldb.All(ctx, v.q, scanTenant, `
		SELECT `+tenantColumns+` FROM tenants WHERE env_id = $1 AND source = $2 AND key > $3 ORDER BY key LIMIT $4`, v.env, source, after, limit)
}

// SourceMapping implements [directory.View]; an environment without a row has the
// zero mapping.
func (v view) SourceMapping(ctx context.Context) (authz.Mapping, error) {
	m, _, err := sqldb.One(ctx, v.q, scanSourceMapping, `SELECT mapping FROM source_mappings WHERE env_id = $1`, v.env)
	return m, err
}

func putSourceMapping(ctx context.Context, tx *sql.Tx, env authz.EnvID, m authz.Mapping) error {
	return execute(ctx, tx, `
		INSERT INTO source_mappings (env_id, mapping) VALUES ($1, $2)
		ON CONFLICT (env_id) DO UPDATE SET mapping = excluded.mapping`, env, jsonText(m))
}

func scanSourceMapping(r *sql.Rows) (m authz.Mapping, err error) {
	var text string
	if err := r.Scan(&text); err != nil {
		return m, err
	}
	return m, fromJSON(text, &m)
}
