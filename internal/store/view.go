package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// A view reads one environment inside a transaction. It implements
// [directory.View]; its listings are in listing.go.
type view struct {
	q    sqldb.Queryer
	env  authz.EnvID
	kept *keeping // nil inside a write
}

const (
	userColumns       = `key, id, email, first_name, last_name, attributes, suspended, source, mapped, created_at, updated_at`
	tenantColumns     = `key, id, name, description, attributes, source, origin, adopted, created_at, updated_at`
	roleColumns       = `key, id, name, description, permissions, extends, attributes, source, granted, created_at, updated_at`
	resourceColumns   = `key, id, name, urn, description, actions, attributes, type_attributes, relations, roles, built_in, created_at, updated_at, action_groups`
	assignmentColumns = `user_key, role_key, tenant_key, id, given_by, created_at`
	onInstanceColumns = `user_key, role_key, tenant_key, node, id, given_by, created_at`
	instanceColumns   = `node, id, tenant_key, attributes, created_at, updated_at`
	tupleColumns      = `subject, relation, object, id, tenant_key, created_at`
	setColumns        = `key, id, kind, name, description, resource_key, parent_key, conditions, created_at, updated_at`
	ruleColumns       = `user_set, role_key, resource_set, resource_key, on_resource, on_action, id, created_at`
	pendingColumns    = `user_key, role_key, tenant_key, given_by, created_at`
)

// byIdent reads the one row whose key is id, else the one whose id is.
func byIdent[T any](ctx context.Context, v view, table, columns string, scan func(*sql.Rows) (T, error), id authz.Ident) (T, bool, error) {
	query := func(column string) string {
		return fmt.Sprintf(`SELECT %s FROM %s WHERE env_id = $1 AND %s = $2`, columns, table, column)
	}
	found, ok, err := sqldb.One(ctx, v.q, scan, query("key"), v.env, string(id))
	if err != nil || ok {
		return found, ok, err
	}
	return sqldb.One(ctx, v.q, scan, query("id"), v.env, id.ID())
}

func (v view) User(ctx context.Context, id authz.Ident) (authz.User, bool, error) {
	return byIdent(ctx, v, "users", userColumns, scanUser, id)
}

func (v view) Tenant(ctx context.Context, id authz.Ident) (authz.Tenant, bool, error) {
	return byIdent(ctx, v, "tenants", tenantColumns, scanTenant, id)
}

func (v view) Role(ctx context.Context, id authz.Ident) (authz.Role, bool, error) {
	return byIdent(ctx, v, "roles", roleColumns, scanRole, id)
}

func (v view) Resource(ctx context.Context, id authz.Ident) (authz.Resource, bool, error) {
	return byIdent(ctx, v, "resources", resourceColumns, scanResource, id)
}

func (v view) Assignment(ctx context.Context, user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey, on authz.Node) (authz.Assignment, bool, error) {
	if on != (authz.Node{}) {
		return sqldb.One(ctx, v.q, scanOnInstance, `
			SELECT `+onInstanceColumns+` FROM instance_assignments
			WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND node = $4`, v.env, user, role, on.String())
	}
	return sqldb.One(ctx, v.q, scanAssignment, `
		SELECT `+assignmentColumns+` FROM assignments
		WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`, v.env, user, role, tenant)
}

func (v view) Roles(ctx context.Context) ([]authz.Role, error) {
	return sqldb.All(ctx, v.q, scanRole, `SELECT `+roleColumns+` FROM roles WHERE env_id = $1 ORDER BY key`, v.env)
}

func (v view) AllResources(ctx context.Context) ([]authz.Resource, error) {
	return sqldb.All(ctx, v.q, scanResource, `SELECT `+resourceColumns+` FROM resources WHERE env_id = $1 ORDER BY key`, v.env)
}

// someKeys are asked for at a time: a statement has no room for any number.
const someKeys = 500

func (v view) ResourcesByKey(ctx context.Context, keys []authz.ResourceKey) ([]authz.Resource, error) {
	var all []authz.Resource
	for some := range slices.Chunk(keys, someKeys) {
		w := where{}
		w.add("env_id = ?", v.env)
		in(&w, "key", some)
		found, err := sqldb.All(ctx, v.q, scanResource, `SELECT `+resourceColumns+` FROM resources WHERE `+w.text(), w.args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (v view) Instance(ctx context.Context, id authz.Ident) (authz.Instance, bool, error) {
	if _, named := authz.ParseNode(string(id)); named {
		return sqldb.One(ctx, v.q, scanInstance, `SELECT `+instanceColumns+` FROM instances WHERE env_id = $1 AND node = $2`, v.env, string(id))
	}
	return sqldb.One(ctx, v.q, scanInstance, `SELECT `+instanceColumns+` FROM instances WHERE env_id = $1 AND id = $2`, v.env, id.ID())
}

func (v view) Tuple(ctx context.Context, subject authz.Node, relation authz.RelationKey, object authz.Node) (authz.Tuple, bool, error) {
	return sqldb.One(ctx, v.q, scanTuple, `
		SELECT `+tupleColumns+` FROM tuples WHERE env_id = $1 AND object = $2 AND relation = $3 AND subject = $4`,
		v.env, object.String(), relation, subject.String())
}

func (v view) ConditionSet(ctx context.Context, id authz.Ident) (authz.ConditionSet, bool, error) {
	return byIdent(ctx, v, "condition_sets", setColumns, scanSet, id)
}

func (v view) ConditionSets(ctx context.Context) ([]authz.ConditionSet, error) {
	return sqldb.All(ctx, v.q, scanSet, `SELECT `+setColumns+` FROM condition_sets WHERE env_id = $1 ORDER BY created_at, key`, v.env)
}

func (v view) Rules(ctx context.Context) ([]authz.Rule, error) {
	return sqldb.All(ctx, v.q, scanRule, `SELECT `+ruleColumns+` FROM rules WHERE env_id = $1 ORDER BY created_at, id`, v.env)
}

func (v view) Pending(ctx context.Context, f directory.PendingFilter) ([]authz.PendingAssignment, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.User != "" {
		w.add("user_key = ?", f.User)
	}
	in(&w, "user_key", f.Users)
	if f.Role != "" {
		w.add("role_key = ?", f.Role)
	}
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	limit := ""
	if f.Limit > 0 {
		limit = fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	return sqldb.All(ctx, v.q, scanPending, `
		SELECT `+pendingColumns+` FROM pending_assignments WHERE `+w.text()+`
		ORDER BY created_at, user_key, tenant_key, role_key`+limit, w.args...)
}

func (v view) AllUsers(ctx context.Context, keys []authz.UserKey) ([]authz.User, error) {
	return those(ctx, v, "users", userColumns, "key", keys, scanUser)
}

func (v view) AllTenants(ctx context.Context, keys []authz.TenantKey) ([]authz.Tenant, error) {
	return those(ctx, v, "tenants", tenantColumns, "key", keys, scanTenant)
}

func (v view) AllInstances(ctx context.Context, nodes []authz.Node) ([]authz.Instance, error) {
	keys := make([]string, len(nodes))
	for i, n := range nodes {
		keys[i] = n.String()
	}
	return those(ctx, v, "instances", instanceColumns, "node", keys, scanInstance)
}

// UsersNamed implements [directory.View].
func (v view) UsersNamed(ctx context.Context, ids []authz.Ident) (map[authz.Ident]authz.User, error) {
	found := map[authz.Ident]authz.User{}
	for some := range slices.Chunk(ids, someKeys) {
		byKey, err := those(ctx, v, "users", userColumns, "key", some, scanUser)
		if err != nil {
			return nil, err
		}
		for _, u := range byKey {
			found[authz.Ident(u.Key)] = u
		}
		named := map[authz.ID][]authz.Ident{} // what is no key is an id, in one of two spellings
		for _, id := range some {
			if _, there := found[id]; !there {
				named[id.ID()] = append(named[id.ID()], id)
			}
		}
		if len(named) == 0 {
			continue
		}
		byID, err := those(ctx, v, "users", userColumns, "id", slices.Collect(maps.Keys(named)), scanUser)
		if err != nil {
			return nil, err
		}
		for _, u := range byID {
			for _, id := range named[u.ID] {
				found[id] = u
			}
		}
	}
	return found, nil
}

// InTenants implements [directory.View].
func (v view) InTenants(ctx context.Context, list []authz.Assignment) ([]authz.Assignment, error) {
	var found []authz.Assignment
	for some := range slices.Chunk(list, someKeys) {
		args, rows := []any{v.env}, make([]string, len(some))
		for i, a := range some {
			rows[i] = fmt.Sprintf("($%d, $%d, $%d)", len(args)+1, len(args)+2, len(args)+3)
			args = append(args, a.User, a.Tenant, a.Role)
		}
		// A cross join, since SQLite would look through the environment for a list of rows.
		these, err := sqldb.All(ctx, v.q, scanAssignment, `WITH asked (u, t, r) AS (VALUES `+strings.Join(rows, ", ")+`)
			SELECT `+assignmentColumns+` FROM asked CROSS JOIN assignments
			WHERE env_id = $1 AND user_key = u AND tenant_key = t AND role_key = r`, args...)
		if err != nil {
			return nil, err
		}
		found = append(found, these...)
	}
	return found, nil
}

// those are the rows of table of which column is one of values.
func those[K, T any](ctx context.Context, v view, table, columns, column string, values []K, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if len(values) == 0 {
		return nil, nil
	}
	w := where{}
	w.add("env_id = ?", v.env)
	in(&w, column, values)
	return sqldb.All(ctx, v.q, scan, `SELECT `+columns+` FROM `+table+` WHERE `+w.text(), w.args...)
}

func (v view) Related(ctx context.Context, node authz.Node, limit int) ([]authz.Tuple, error) {
	const in = `SELECT ` + tupleColumns + `, seq FROM tuples WHERE env_id = $1 AND `
	return sqldb.All(ctx, v.q, scanTuple, `
		SELECT `+tupleColumns+` FROM (`+in+`object = $2 UNION ALL `+in+`subject = $2 AND object <> $2) AS related
		ORDER BY seq LIMIT $3`, v.env, node.String(), limit)
}
