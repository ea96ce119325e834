package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
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
	counts := newTally(tx, c.Env)
	history := make([]happening, 0, len(c.Changes))
	for place, ch := range c.Changes {
		lost, err := lostBy(ctx, tx, c.Env, ch)
		if err != nil {
			return err
		}
		taken, err := takenBy(ctx, tx, c.Env, place, ch, lost)
		if err != nil {
			return err
		}
		history = append(append(history, happened(place, ch)), taken...)
		if err := apply(ctx, tx, counts, c.Env, ch, lost); err != nil {
			return err
		}
	}
	if err := counts.keep(ctx); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO commits (env_id, revision, actor, at, changes) VALUES ($1, $2, $3, $4, $5)`,
		c.Env, c.Revision, c.Actor, micros(c.At), encode(c.Changes))
	if err != nil {
		return err
	}
	return remember(ctx, tx, c.Env, c.Revision, history)
}

// apply makes one change to the tables. What a deletion takes with it is said by
// foreign keys and, of what is counted, in remove.go here, and by the engine's fold
// there; storetest holds the two together.
func apply(ctx context.Context, tx *sql.Tx, counts *tally, env authz.EnvID, c authz.Change, l lost) error {
	switch c := c.(type) {
	case authz.PutUser:
		return putUser(ctx, counts, env, c.User)
	case authz.PutTenant:
		return putTenant(ctx, counts, env, c.Tenant)
	case authz.PutRole:
		return putRole(ctx, tx, env, c.Role)
	case authz.PutResource:
		return putResource(ctx, tx, counts, env, c.Resource, l)
	case authz.PutAssignment:
		return putAssignment(ctx, counts, env, c.Assignment)
	case authz.PutPending:
		return putPending(ctx, tx, env, c.Pending)
	case authz.PutInstance:
		return putInstance(ctx, counts, env, c.Instance)
	case authz.PutTuple:
		return putTuple(ctx, counts, env, c.Tuple)
	case authz.PutConditionSet:
		return putConditionSet(ctx, tx, env, c.Set)
	case authz.PutRule:
		return putRule(ctx, tx, env, c.Rule)
	case authz.PutSettings:
		return putSettings(ctx, tx, env, c.Settings)
	case authz.PutURLMapping:
		return putMapping(ctx, tx, env, c.Mapping)
	case authz.PutMembership:
		return putMembership(ctx, tx, env, c.Membership)
	case authz.PutInvite:
		return putInvite(ctx, tx, env, c.Invite)
	case authz.PutSourceMapping:
		return putSourceMapping(ctx, tx, env, c.Mapping)
	default:
		return remove(ctx, tx, counts, env, c)
	}
}

func execute(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

func putUser(ctx context.Context, counts *tally, env authz.EnvID, u authz.User) error {
	return counts.put(ctx, userList, `
		INSERT INTO users (env_id, key, id, email, first_name, last_name, attributes, suspended, source, mapped, created_at, updated_at, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, `
		ON CONFLICT (env_id, key)`, `
		DO UPDATE SET email = excluded.email, first_name = excluded.first_name,
			last_name = excluded.last_name, attributes = excluded.attributes, suspended = excluded.suspended,
			source = excluded.source, mapped = excluded.mapped, updated_at = excluded.updated_at`,
		env, u.Key, u.ID, u.Email, u.FirstName, u.LastName, jsonText(u.Attributes), u.Suspended, u.Source, jsonText(u.Mapped),
		micros(u.CreatedAt), micros(u.UpdatedAt))
}

func putTenant(ctx context.Context, counts *tally, env authz.EnvID, t authz.Tenant) error {
	return counts.put(ctx, tenantList, `
		INSERT INTO tenants (env_id, key, id, name, description, attributes, source, origin, adopted, created_at, updated_at, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, `
		ON CONFLICT (env_id, key)`, `
		DO UPDATE SET name = excluded.name, description = excluded.description,
			attributes = excluded.attributes, source = excluded.source, origin = excluded.origin, adopted = excluded.adopted,
			updated_at = excluded.updated_at`,
		env, t.Key, t.ID, t.Name, t.Description, jsonText(t.Attributes), t.Origin.Source, t.Origin.ID, t.Adopted,
		micros(t.CreatedAt), micros(t.UpdatedAt))
}

func putRole(ctx context.Context, tx *sql.Tx, env authz.EnvID, r authz.Role) error {
	return execute(ctx, tx, `
		INSERT INTO roles (env_id, key, id, name, description, permissions, extends, attributes, source, granted, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, description = excluded.description,
			permissions = excluded.permissions, extends = excluded.extends, attributes = excluded.attributes,
			source = excluded.source, granted = excluded.granted, updated_at = excluded.updated_at`,
		env, r.Key, r.ID, r.Name, r.Description, jsonText(r.Permissions), jsonText(r.Extends), jsonText(r.Attributes),
		r.Source, jsonText(r.Granted), micros(r.CreatedAt), micros(r.UpdatedAt))
}

// putResource also deletes the assignments and invites of roles and the tuples of
// relations that the resource loses.
func putResource(ctx context.Context, tx *sql.Tx, counts *tally, env authz.EnvID, r authz.Resource, l lost) error {
	err := execute(ctx, tx, `
		INSERT INTO resources (env_id, key, id, name, urn, description, actions, attributes, type_attributes, relations, roles, built_in, created_at, updated_at, action_groups)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (env_id, key) DO UPDATE SET name = excluded.name, urn = excluded.urn, description = excluded.description,
			actions = excluded.actions, attributes = excluded.attributes, type_attributes = excluded.type_attributes,
			relations = excluded.relations, roles = excluded.roles, action_groups = excluded.action_groups,
			updated_at = excluded.updated_at`,
		env, r.Key, r.ID, r.Name, r.URN, r.Description, jsonText(r.Actions), jsonText(r.Attributes), jsonText(r.TypeAttributes),
		jsonText(r.Relations), jsonText(r.Roles), r.BuiltIn, micros(r.CreatedAt), micros(r.UpdatedAt), jsonText(r.ActionGroups))
	if err != nil {
		return err
	}
	for _, role := range l.roles {
		err = errors.Join(err,
			counts.remove(ctx, assignmentList, `DELETE FROM instance_assignments WHERE env_id = $1 AND type = $2 AND role_key = $3`, env, r.Key, role),
			execute(ctx, tx, `DELETE FROM invites WHERE env_id = $1 AND type = $2 AND role_key = $3`, env, r.Key, role))
	}
	for _, relation := range l.relations {
		err = errors.Join(err, counts.remove(ctx, tupleList, `DELETE FROM tuples WHERE env_id = $1 AND object_type = $2 AND relation = $3`, env, r.Key, relation))
	}
	return err
}

// lost are the roles and relations that a resource has and will not have when it is
// put.
type lost struct {
	of        authz.ResourceKey
	roles     []authz.RoleKey
	relations []authz.RelationKey
}

// lostBy is what a change loses, which is nothing if it puts no resource.
func lostBy(ctx context.Context, tx *sql.Tx, env authz.EnvID, c authz.Change) (lost, error) {
	put, ok := c.(authz.PutResource)
	if !ok {
		return lost{}, nil
	}
	r := put.Resource
	l := lost{of: r.Key}
	old, _, err := sqldb.One(ctx, tx, scanResource, `SELECT `+resourceColumns+` FROM resources WHERE env_id = $1 AND key = $2`, env, r.Key)
	if err != nil {
		return lost{}, err
	}
	kept := map[any]bool{}
	for _, role := range r.Roles {
		kept[role.Key] = true
	}
	for _, relation := range r.Relations {
		kept[relation.Key] = true
	}
	for _, role := range old.Roles {
		if !kept[role.Key] {
			l.roles = append(l.roles, role.Key)
		}
	}
	for _, relation := range old.Relations {
		if !kept[relation.Key] {
			l.relations = append(l.relations, relation.Key)
		}
	}
	return l, nil
}

func putAssignment(ctx context.Context, counts *tally, env authz.EnvID, a authz.Assignment) error {
	if a.Instance != (authz.Node{}) {
		return counts.put(ctx, assignmentList, `
			INSERT INTO instance_assignments (env_id, user_key, node, type, role_key, tenant_key, id, given_by, created_at, seq)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, `
			ON CONFLICT (env_id, user_key, node, role_key)`, `
			DO UPDATE SET given_by = excluded.given_by`,
			env, a.User, a.Instance.String(), a.Instance.Type, a.Role, a.Tenant, a.ID, joinGivers(a.GivenBy), micros(a.CreatedAt))
	}
	return counts.put(ctx, assignmentList, `
		INSERT INTO assignments (env_id, user_key, role_key, tenant_key, id, given_by, created_at, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, `
		ON CONFLICT (env_id, user_key, tenant_key, role_key)`, `
		DO UPDATE SET given_by = excluded.given_by`,
		env, a.User, a.Role, a.Tenant, a.ID, joinGivers(a.GivenBy), micros(a.CreatedAt))
}

func putPending(ctx context.Context, tx *sql.Tx, env authz.EnvID, p authz.PendingAssignment) error {
	return execute(ctx, tx, `
		INSERT INTO pending_assignments (env_id, user_key, role_key, tenant_key, given_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (env_id, user_key, tenant_key, role_key) DO UPDATE SET given_by = excluded.given_by`,
		env, p.User, p.Role, p.Tenant, joinGivers(p.GivenBy), micros(p.CreatedAt))
}

func putInstance(ctx context.Context, counts *tally, env authz.EnvID, i authz.Instance) error {
	return counts.put(ctx, instanceList, `
		INSERT INTO instances (env_id, node, type, id, tenant_key, attributes, created_at, updated_at, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, `
		ON CONFLICT (env_id, node)`, `
		DO UPDATE SET attributes = excluded.attributes, updated_at = excluded.updated_at`,
		env, i.Node.String(), i.Node.Type, i.ID, i.Tenant, jsonText(i.Attributes), micros(i.CreatedAt), micros(i.UpdatedAt))
}

// putTuple fails if the object is not there: it is an instance or, since it may be every
// instance of a resource, no foreign key holds it.
func putTuple(ctx context.Context, counts *tally, env authz.EnvID, t authz.Tuple) error {
	object := `(SELECT node FROM instances WHERE env_id = $1 AND node = $2)`
	if t.Object.IsEvery() {
		object = `(SELECT $2 FROM resources WHERE env_id = $1 AND key = $5)`
	}
	return counts.put(ctx, tupleList, `
		INSERT INTO tuples (env_id, object, relation, subject, object_type, id, tenant_key, created_at, seq)
		VALUES ($1, `+object+`, $3, $4, $5, $6, $7, $8, $9)`, `
		ON CONFLICT (env_id, object, relation, subject)`, "",
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
