package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// errNothing rolls a commit back that changes nothing.
var errNothing = errors.New("nothing changes")

// Commit implements [directory.Store].
//
// The revision is taken by an UPDATE whose row lock is held to the end: a
// sequence is not a cursor in PostgreSQL, where a later number may become
// visible first. Commits of one environment are therefore strictly ordered and
// without gaps on both databases; environments do not wait for one another.
func (s *Store) Commit(ctx context.Context, env authz.EnvID, actor string, plan directory.Plan) (authz.Revision, error) {
	var rev authz.Revision
	err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE environments SET revision = revision + 1 WHERE id = $1 RETURNING revision`, env).Scan(&rev)
		if errors.Is(err, sql.ErrNoRows) {
			return authz.Errorf(authz.NotFound, "environment %q not found", env)
		}
		if err != nil {
			return err
		}
		changes, err := plan(ctx, view{q: tx, env: env})
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			return errNothing
		}
		return s.write(ctx, tx, authz.Commit{Env: env, Revision: rev, Actor: actor, At: s.now(), Changes: changes})
	})
	if errors.Is(err, errNothing) {
		return rev - 1, nil
	}
	if err != nil {
		return 0, s.classify(err)
	}
	return rev, nil
}

// write applies a commit to the tables and appends it to the feed.
func (s *Store) write(ctx context.Context, tx *sql.Tx, c authz.Commit) error {
	for _, ch := range c.Changes {
		if err := apply(ctx, tx, c.Env, ch); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO commits (env_id, revision, actor, at, changes) VALUES ($1, $2, $3, $4, $5)`,
		c.Env, c.Revision, c.Actor, micros(c.At), encode(c.Changes))
	return err
}

// apply makes one change to the tables. What a deletion takes with it is said by
// foreign keys here and by the engine's fold there; storetest holds the two
// together.
func apply(ctx context.Context, tx *sql.Tx, env authz.EnvID, c authz.Change) error {
	switch c := c.(type) {
	case authz.PutUser:
		return putUser(ctx, tx, env, c.User)
	case authz.PutTenant:
		return putTenant(ctx, tx, env, c.Tenant)
	case authz.PutRole:
		return putRole(ctx, tx, env, c.Role)
	case authz.PutResource:
		return putResource(ctx, tx, env, c.Resource)
	case authz.PutAssignment:
		return putAssignment(ctx, tx, env, c.Assignment)
	case authz.PutPending:
		return putPending(ctx, tx, env, c.Pending)
	case authz.DeleteUser:
		return execute(ctx, tx, `DELETE FROM users WHERE env_id = $1 AND key = $2`, env, c.Key)
	case authz.DeleteTenant:
		return execute(ctx, tx, `DELETE FROM tenants WHERE env_id = $1 AND key = $2`, env, c.Key)
	case authz.DeleteRole:
		return execute(ctx, tx, `DELETE FROM roles WHERE env_id = $1 AND key = $2`, env, c.Key)
	case authz.DeleteResource:
		return execute(ctx, tx, `DELETE FROM resources WHERE env_id = $1 AND key = $2`, env, c.Key)
	case authz.DeleteAssignment:
		return execute(ctx, tx, `DELETE FROM assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`,
			env, c.User, c.Role, c.Tenant)
	case authz.DeletePending:
		return execute(ctx, tx, `DELETE FROM pending_assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`,
			env, c.User, c.Role, c.Tenant)
	}
	return fmt.Errorf("store: %T has no home", c)
}

func execute(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

func putUser(ctx context.Context, tx *sql.Tx, env authz.EnvID, u authz.User) error {
	return execute(ctx, tx, `
		INSERT INTO users (env_id, key, id, email, first_name, last_name, attributes, suspended, source, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (env_id, key) DO UPDATE SET email = excluded.email, first_name = excluded.first_name,
			last_name = excluded.last_name, attributes = excluded.attributes, suspended = excluded.suspended,
			source = excluded.source, updated_at = excluded.updated_at`,
		env, u.Key, u.ID, u.Email, u.FirstName, u.LastName, jsonText(u.Attributes), u.Suspended, u.Source,
		micros(u.CreatedAt), micros(u.UpdatedAt))
}

func putTenant(ctx context.Context, tx *sql.Tx, env authz.EnvID, t authz.Tenant) error {
	return execute(ctx, tx, `
		INSERT INTO tenants (env_id, key, id, name, description, attributes, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, description = excluded.description,
			attributes = excluded.attributes, updated_at = excluded.updated_at`,
		env, t.Key, t.ID, t.Name, t.Description, jsonText(t.Attributes), micros(t.CreatedAt), micros(t.UpdatedAt))
}

func putRole(ctx context.Context, tx *sql.Tx, env authz.EnvID, r authz.Role) error {
	return execute(ctx, tx, `
		INSERT INTO roles (env_id, key, id, name, description, permissions, extends, attributes, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, description = excluded.description,
			permissions = excluded.permissions, extends = excluded.extends, attributes = excluded.attributes,
			updated_at = excluded.updated_at`,
		env, r.Key, r.ID, r.Name, r.Description, jsonText(r.Permissions), jsonText(r.Extends), jsonText(r.Attributes),
		micros(r.CreatedAt), micros(r.UpdatedAt))
}

func putResource(ctx context.Context, tx *sql.Tx, env authz.EnvID, r authz.Resource) error {
	return execute(ctx, tx, `
		INSERT INTO resources (env_id, key, id, name, urn, description, actions, attributes, type_attributes, built_in, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, urn = excluded.urn, description = excluded.description,
			actions = excluded.actions, attributes = excluded.attributes, type_attributes = excluded.type_attributes,
			updated_at = excluded.updated_at`,
		env, r.Key, r.ID, r.Name, r.URN, r.Description, jsonText(r.Actions), jsonText(r.Attributes), jsonText(r.TypeAttributes),
		r.BuiltIn, micros(r.CreatedAt), micros(r.UpdatedAt))
}

func putAssignment(ctx context.Context, tx *sql.Tx, env authz.EnvID, a authz.Assignment) error {
	return execute(ctx, tx, `
		INSERT INTO assignments (env_id, user_key, role_key, tenant_key, id, given_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (env_id, user_key, tenant_key, role_key) DO UPDATE SET given_by = excluded.given_by`,
		env, a.User, a.Role, a.Tenant, a.ID, joinGivers(a.GivenBy), micros(a.CreatedAt))
}

func putPending(ctx context.Context, tx *sql.Tx, env authz.EnvID, p authz.PendingAssignment) error {
	return execute(ctx, tx, `
		INSERT INTO pending_assignments (env_id, user_key, role_key, tenant_key, given_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (env_id, user_key, tenant_key, role_key) DO UPDATE SET given_by = excluded.given_by`,
		env, p.User, p.Role, p.Tenant, p.GivenBy, micros(p.CreatedAt))
}

// Givers are names without commas, so they are kept as a list between commas.
func joinGivers(givers []authz.Giver) string {
	parts := make([]string, len(givers))
	for i, g := range givers {
		parts[i] = string(g)
	}
	return strings.Join(parts, ",")
}

func splitGivers(text string) []authz.Giver {
	var givers []authz.Giver
	for part := range strings.SplitSeq(text, ",") {
		givers = append(givers, authz.Giver(part))
	}
	return givers
}
