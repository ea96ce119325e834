package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// chunk is how many changes Load yields at a time.
const chunk = 4096

// Load implements [feed.Source].
func (s *Store) Load(ctx context.Context, env authz.EnvID, yield func([]authz.Change) error) (authz.Revision, error) {
	var rev authz.Revision
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT revision FROM environments WHERE id = $1`, env).Scan(&rev)
		if errors.Is(err, sql.ErrNoRows) {
			return authz.Errorf(authz.NotFound, "environment %q not found", env)
		}
		if err != nil {
			return err
		}
		for _, part := range parts {
			if err := stream(ctx, tx, part.scan, yield, part.query, env); err != nil {
				return err
			}
		}
		return nil
	})
	return rev, err
}

// stream yields the rows of query as changes, a chunk at a time.
func stream(ctx context.Context, q sqldb.Queryer, scan func(*sql.Rows) (authz.Change, error), yield func([]authz.Change) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var changes []authz.Change
	for rows.Next() {
		c, err := scan(rows)
		if err != nil {
			return err
		}
		if changes = append(changes, c); len(changes) == chunk {
			if err := yield(changes); err != nil {
				return err
			}
			changes = make([]authz.Change, 0, chunk)
		}
	}
	if err := rows.Err(); err != nil || len(changes) == 0 {
		return err
	}
	return yield(changes)
}

// parts are the tables of an environment, in the order in which their rows may
// be put.
var parts = []struct {
	query string
	scan  func(*sql.Rows) (authz.Change, error)
}{
	{`SELECT ` + tenantColumns + ` FROM tenants WHERE env_id = $1 ORDER BY key`,
		put(scanTenant, func(t authz.Tenant) authz.Change { return authz.PutTenant{Tenant: t} })},
	{`SELECT ` + resourceColumns + ` FROM resources WHERE env_id = $1 ORDER BY key`,
		put(scanResource, func(r authz.Resource) authz.Change { return authz.PutResource{Resource: r} })},
	{`SELECT ` + roleColumns + ` FROM roles WHERE env_id = $1 ORDER BY key`,
		put(scanRole, func(r authz.Role) authz.Change { return authz.PutRole{Role: r} })},
	{`SELECT ` + settingsColumns + ` FROM settings WHERE env_id = $1`,
		put(scanSettings, func(s authz.Settings) authz.Change { return authz.PutSettings{Settings: s} })},
	{`SELECT mapping FROM source_mappings WHERE env_id = $1`,
		put(scanSourceMapping, func(m authz.Mapping) authz.Change { return authz.PutSourceMapping{Mapping: m} })},
	{`SELECT ` + userColumns + ` FROM users WHERE env_id = $1 ORDER BY key`,
		put(scanUser, func(u authz.User) authz.Change { return authz.PutUser{User: u} })},
	{`SELECT ` + setColumns + ` FROM condition_sets WHERE env_id = $1 ORDER BY key`,
		put(scanSet, func(c authz.ConditionSet) authz.Change { return authz.PutConditionSet{Set: c} })},
	{`SELECT ` + ruleColumns + ` FROM rules WHERE env_id = $1
		ORDER BY user_set, role_key, resource_set, resource_key, on_resource, on_action`,
		put(scanRule, func(r authz.Rule) authz.Change { return authz.PutRule{Rule: r} })},
	{`SELECT ` + mappingColumns + ` FROM url_mappings WHERE env_id = $1 ORDER BY key`,
		put(scanMapping, func(m authz.URLMapping) authz.Change { return authz.PutURLMapping{Mapping: m} })},
	{`SELECT ` + instanceColumns + ` FROM instances WHERE env_id = $1 ORDER BY node`,
		put(scanInstance, func(i authz.Instance) authz.Change { return authz.PutInstance{Instance: i} })},
	{`SELECT ` + tupleColumns + ` FROM tuples WHERE env_id = $1 ORDER BY object, relation, subject`,
		put(scanTuple, func(t authz.Tuple) authz.Change { return authz.PutTuple{Tuple: t} })},
	{`SELECT ` + onInstanceColumns + ` FROM instance_assignments WHERE env_id = $1 ORDER BY user_key, node, role_key`,
		put(scanOnInstance, func(a authz.Assignment) authz.Change { return authz.PutAssignment{Assignment: a} })},
	{`SELECT ` + assignmentColumns + ` FROM assignments WHERE env_id = $1 ORDER BY user_key, tenant_key, role_key`,
		put(scanAssignment, func(a authz.Assignment) authz.Change { return authz.PutAssignment{Assignment: a} })},
	{`SELECT ` + pendingColumns + ` FROM pending_assignments WHERE env_id = $1 ORDER BY user_key, tenant_key, role_key`,
		put(scanPending, func(p authz.PendingAssignment) authz.Change { return authz.PutPending{Pending: p} })},
	{`SELECT ` + membershipColumns + ` FROM memberships WHERE env_id = $1 ORDER BY user_key, tenant_key`,
		put(scanMembership, func(m authz.Membership) authz.Change { return authz.PutMembership{Membership: m} })},
	{`SELECT ` + inviteColumns + ` FROM invites WHERE env_id = $1 ORDER BY key`,
		put(scanInvite, func(i authz.Invite) authz.Change { return authz.PutInvite{Invite: i} })},
}

// put makes the change that puts what scan reads.
func put[T any](scan func(*sql.Rows) (T, error), change func(T) authz.Change) func(*sql.Rows) (authz.Change, error) {
	return func(r *sql.Rows) (authz.Change, error) {
		v, err := scan(r)
		return change(v), err
	}
}

// some is how many commits Since returns at most.
const some = 500

// Since implements [feed.Source].
func (s *Store) Since(ctx context.Context, env authz.EnvID, rev authz.Revision) ([]authz.Commit, error) {
	return sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (authz.Commit, error) {
		c := authz.Commit{Env: env}
		var at int64
		var changes string
		if err := r.Scan(&c.Revision, &c.Actor, &at, &changes); err != nil {
			return c, err
		}
		c.At = fromMicros(at)
		var err error
		c.Changes, err = decode(changes)
		return c, err
	}, `SELECT revision, actor, at, changes FROM commits WHERE env_id = $1 AND revision > $2 ORDER BY revision LIMIT $3`, env, rev, some)
}
