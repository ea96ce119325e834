package store

import (
	"context"
	"database/sql"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

const settingsColumns = `instances_in_tenant, rules_for_members, fixed_built_ins, typed_comparisons, missing_denies`

// Settings implements [directory.View]; an environment without a row has none on.
func (v view) Settings(ctx context.Context) (authz.Settings, error) {
	s, _, err := sqldb.One(ctx, v.q, scanSettings, `SELECT `+settingsColumns+` FROM settings WHERE env_id = $1`, v.env)
	return s, err
}

func putSettings(ctx context.Context, tx *sql.Tx, env authz.EnvID, s authz.Settings) error {
	return execute(ctx, tx, `
		INSERT INTO settings (env_id, instances_in_tenant, rules_for_members, fixed_built_ins, typed_comparisons, missing_denies)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (env_id) DO UPDATE SET instances_in_tenant = excluded.instances_in_tenant,
			rules_for_members = excluded.rules_for_members, fixed_built_ins = excluded.fixed_built_ins,
			typed_comparisons = excluded.typed_comparisons, missing_denies = excluded.missing_denies`,
		env, s.InstancesInTenant, s.RulesForMembers, s.FixedBuiltIns, s.TypedComparisons, s.MissingDenies)
}

func scanSettings(r *sql.Rows) (authz.Settings, error) {
	var s authz.Settings
	err := r.Scan(&s.InstancesInTenant, &s.RulesForMembers, &s.FixedBuiltIns, &s.TypedComparisons, &s.MissingDenies)
	return s, err
}
