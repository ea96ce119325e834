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

// write applies a commit to the tables and appends it to the feed and the history.
func (s *Store) write(ctx context.Context, tx *sql.Tx, c authz.Commit) error {
	history := make([]happening, 0, len(c.Changes))
	for place, ch := range c.Changes {
		taken, err := takenBy(ctx, tx, c.Env, place, ch)
		if err != nil {
			return err
		}
		history = append(append(history, happened(place, ch)), taken...)
		if err := apply(ctx, tx, c.Env, ch); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO commits (env_id, revision, actor, at, changes) VALUES ($1, $2, $3, $4, $5)`,
		c.Env, c.Revision, c.Actor, micros(c.At), encode(c.Changes))
	if err != nil {
		return err
	}
	return remember(ctx, tx, c.Env, c.Revision, history)
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
	case authz.PutInstance:
		return putInstance(ctx, tx, env, c.Instance)
	case authz.PutTuple:
		return putTuple(ctx, tx, env, c.Tuple)
	case authz.PutConditionSet:
		return putConditionSet(ctx, tx, env, c.Set)
	case authz.PutRule:
		return putRule(ctx, tx, env, c.Rule)
	default:
		return remove(ctx, tx, env, c)
	}
}

// remove makes a deletion.
func remove(ctx context.Context, tx *sql.Tx, env authz.EnvID, c authz.Change) error {
	switch c := c.(type) {
	case authz.DeleteUser:
		return execute(ctx, tx, `DELETE FROM users WHERE env_id = $1 AND key = $2`, env, c.Key)
	case authz.DeleteTenant:
		return execute(ctx, tx, `DELETE FROM tenants WHERE env_id = $1 AND key = $2`, env, c.Key)
	case authz.DeleteRole:
		return errors.Join(
			execute(ctx, tx, `DELETE FROM roles WHERE env_id = $1 AND key = $2`, env, c.Key),
			execute(ctx, tx, `DELETE FROM rules WHERE env_id = $1 AND role_key = $2`, env, c.Key))
	case authz.DeleteResource:
		return deleteResource(ctx, tx, env, c.Key)
	case authz.DeleteInstance:
		return execute(ctx, tx, `DELETE FROM instances WHERE env_id = $1 AND node = $2`, env, c.Node.String())
	case authz.DeleteTuple:
		return execute(ctx, tx, `DELETE FROM tuples WHERE env_id = $1 AND object = $2 AND relation = $3 AND subject = $4`,
			env, c.Object.String(), c.Relation, c.Subject.String())
	case authz.DeleteConditionSet:
		return errors.Join(
			execute(ctx, tx, `DELETE FROM condition_sets WHERE env_id = $1 AND key = $2`, env, c.Key),
			execute(ctx, tx, `DELETE FROM rules WHERE env_id = $1 AND (user_set = $2 OR resource_set = $2)`, env, c.Key))
	case authz.DeleteRule:
		r := c.Rule
		return execute(ctx, tx, `
			DELETE FROM rules WHERE env_id = $1 AND user_set = $2 AND role_key = $3 AND resource_set = $4 AND resource_key = $5
				AND on_resource = $6 AND on_action = $7`,
			env, r.UserSet, r.Role, r.ResourceSet, r.Resource, r.Permission.Resource, r.Permission.Action)
	case authz.DeleteAssignment:
		if c.Instance != (authz.Node{}) {
			return execute(ctx, tx, `DELETE FROM instance_assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND node = $4`,
				env, c.User, c.Role, c.Instance.String())
		}
		return execute(ctx, tx, `DELETE FROM assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`,
			env, c.User, c.Role, c.Tenant)
	case authz.DeletePending:
		return execute(ctx, tx, `DELETE FROM pending_assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`,
			env, c.User, c.Role, c.Tenant)
	default:
		return fmt.Errorf("store: %T has no home", c)
	}
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

// putResource also deletes the assignments of roles and the tuples of relations
// that the resource does not have any more.
func putResource(ctx context.Context, tx *sql.Tx, env authz.EnvID, r authz.Resource) error {
	err := execute(ctx, tx, `
		INSERT INTO resources (env_id, key, id, name, urn, description, actions, attributes, type_attributes, relations, roles, built_in, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, urn = excluded.urn, description = excluded.description,
			actions = excluded.actions, attributes = excluded.attributes, type_attributes = excluded.type_attributes,
			relations = excluded.relations, roles = excluded.roles, updated_at = excluded.updated_at`,
		env, r.Key, r.ID, r.Name, r.URN, r.Description, jsonText(r.Actions), jsonText(r.Attributes), jsonText(r.TypeAttributes),
		jsonText(r.Relations), jsonText(r.Roles), r.BuiltIn, micros(r.CreatedAt), micros(r.UpdatedAt))
	if err != nil {
		return err
	}
	roles, relations := lostBy(env, r)
	return errors.Join(
		execute(ctx, tx, `DELETE FROM instance_assignments WHERE `+roles.text(), roles.args...),
		execute(ctx, tx, `DELETE FROM tuples WHERE `+relations.text(), relations.args...))
}

// lostBy selects the assignments of roles and the tuples of relations that a
// resource does not have.
func lostBy(env authz.EnvID, r authz.Resource) (roles, relations where) {
	roles.add("env_id = ?", env)
	roles.add("type = ?", r.Key)
	for _, role := range r.Roles {
		roles.add("role_key <> ?", role.Key)
	}
	relations.add("env_id = ?", env)
	relations.add("object_type = ?", r.Key)
	for _, relation := range r.Relations {
		relations.add("relation <> ?", relation.Key)
	}
	return roles, relations
}

// deleteResource deletes a resource, its instances by foreign key, its resource
// sets, and the rules that name any of them.
func deleteResource(ctx context.Context, tx *sql.Tx, env authz.EnvID, key authz.ResourceKey) error {
	return errors.Join(
		execute(ctx, tx, `
			DELETE FROM rules WHERE env_id = $1 AND (resource_key = $2 OR on_resource = $2
				OR resource_set IN (SELECT key FROM condition_sets WHERE env_id = $1 AND kind = $3 AND resource_key = $2))`,
			env, key, authz.ResourceSet),
		execute(ctx, tx, `DELETE FROM condition_sets WHERE env_id = $1 AND kind = $3 AND resource_key = $2`, env, key, authz.ResourceSet),
		execute(ctx, tx, `DELETE FROM resources WHERE env_id = $1 AND key = $2`, env, key))
}

func putAssignment(ctx context.Context, tx *sql.Tx, env authz.EnvID, a authz.Assignment) error {
	if a.Instance != (authz.Node{}) {
		return execute(ctx, tx, `
			INSERT INTO instance_assignments (env_id, user_key, node, type, role_key, tenant_key, id, given_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (env_id, user_key, node, role_key) DO UPDATE SET given_by = excluded.given_by`,
			env, a.User, a.Instance.String(), a.Instance.Type, a.Role, a.Tenant, a.ID, joinGivers(a.GivenBy), micros(a.CreatedAt))
	}
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

func putInstance(ctx context.Context, tx *sql.Tx, env authz.EnvID, i authz.Instance) error {
	return execute(ctx, tx, `
		INSERT INTO instances (env_id, node, type, id, tenant_key, attributes, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (env_id, node) DO UPDATE SET attributes = excluded.attributes, updated_at = excluded.updated_at`,
		env, i.Node.String(), i.Node.Type, i.ID, i.Tenant, jsonText(i.Attributes), micros(i.CreatedAt), micros(i.UpdatedAt))
}

func putTuple(ctx context.Context, tx *sql.Tx, env authz.EnvID, t authz.Tuple) error {
	return execute(ctx, tx, `
		INSERT INTO tuples (env_id, object, relation, subject, object_type, id, tenant_key, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (env_id, object, relation, subject) DO NOTHING`,
		env, t.Object.String(), t.Relation, t.Subject.String(), t.Object.Type, t.ID, t.Tenant, micros(t.CreatedAt))
}

func putConditionSet(ctx context.Context, tx *sql.Tx, env authz.EnvID, c authz.ConditionSet) error {
	return execute(ctx, tx, `
		INSERT INTO condition_sets (env_id, key, id, kind, name, description, resource_key, parent_key, conditions, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, description = excluded.description,
			parent_key = excluded.parent_key, conditions = excluded.conditions, updated_at = excluded.updated_at`,
		env, c.Key, c.ID, c.Kind, c.Name, c.Description, c.Resource, c.Parent, c.Conditions, micros(c.CreatedAt), micros(c.UpdatedAt))
}

func putRule(ctx context.Context, tx *sql.Tx, env authz.EnvID, r authz.Rule) error {
	return execute(ctx, tx, `
		INSERT INTO rules (env_id, user_set, role_key, resource_set, resource_key, on_resource, on_action, id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		env, r.UserSet, r.Role, r.ResourceSet, r.Resource, r.Permission.Resource, r.Permission.Action, r.ID, micros(r.CreatedAt))
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
