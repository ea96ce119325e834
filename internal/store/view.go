package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// A view reads one environment inside a transaction. It implements
// [directory.View]; its listings are in listing.go.
type view struct {
	q   sqldb.Queryer
	env authz.EnvID
}

const (
	userColumns       = `key, id, email, first_name, last_name, attributes, suspended, source, created_at, updated_at`
	tenantColumns     = `key, id, name, description, attributes, created_at, updated_at`
	roleColumns       = `key, id, name, description, permissions, extends, attributes, created_at, updated_at`
	resourceColumns   = `key, id, name, urn, description, actions, attributes, type_attributes, relations, roles, built_in, created_at, updated_at`
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

func (v view) Assignment(ctx context.Context, user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey) (authz.Assignment, bool, error) {
	return sqldb.One(ctx, v.q, scanAssignment, `
		SELECT `+assignmentColumns+` FROM assignments
		WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`, v.env, user, role, tenant)
}

func (v view) Roles(ctx context.Context) ([]authz.Role, error) {
	return sqldb.All(ctx, v.q, scanRole, `SELECT `+roleColumns+` FROM roles WHERE env_id = $1 ORDER BY key`, v.env)
}

func (v view) Pending(ctx context.Context, f directory.PendingFilter) ([]authz.PendingAssignment, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.User != "" {
		w.add("user_key = ?", f.User)
	}
	if f.Role != "" {
		w.add("role_key = ?", f.Role)
	}
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	return sqldb.All(ctx, v.q, scanPending, `
		SELECT `+pendingColumns+` FROM pending_assignments WHERE `+w.text()+`
		ORDER BY created_at, user_key, tenant_key, role_key`, w.args...)
}

func scanUser(r *sql.Rows) (authz.User, error) {
	var u authz.User
	var attributes string
	var created, updated int64
	err := r.Scan(&u.Key, &u.ID, &u.Email, &u.FirstName, &u.LastName, &attributes, &u.Suspended, &u.Source, &created, &updated)
	if err != nil {
		return u, err
	}
	u.CreatedAt, u.UpdatedAt = fromMicros(created), fromMicros(updated)
	return u, fromJSON(attributes, &u.Attributes)
}

func scanTenant(r *sql.Rows) (authz.Tenant, error) {
	var t authz.Tenant
	var attributes string
	var created, updated int64
	if err := r.Scan(&t.Key, &t.ID, &t.Name, &t.Description, &attributes, &created, &updated); err != nil {
		return t, err
	}
	t.CreatedAt, t.UpdatedAt = fromMicros(created), fromMicros(updated)
	return t, fromJSON(attributes, &t.Attributes)
}

func scanRole(r *sql.Rows) (authz.Role, error) {
	var role authz.Role
	var permissions, extends, attributes string
	var created, updated int64
	err := r.Scan(&role.Key, &role.ID, &role.Name, &role.Description, &permissions, &extends, &attributes, &created, &updated)
	if err != nil {
		return role, err
	}
	role.CreatedAt, role.UpdatedAt = fromMicros(created), fromMicros(updated)
	return role, allJSON(pair{permissions, &role.Permissions}, pair{extends, &role.Extends}, pair{attributes, &role.Attributes})
}

func scanResource(r *sql.Rows) (authz.Resource, error) {
	var res authz.Resource
	var actions, attributes, typeAttributes, relations, roles string
	var created, updated int64
	err := r.Scan(&res.Key, &res.ID, &res.Name, &res.URN, &res.Description, &actions, &attributes, &typeAttributes, &relations, &roles, &res.BuiltIn, &created, &updated)
	if err != nil {
		return res, err
	}
	res.CreatedAt, res.UpdatedAt = fromMicros(created), fromMicros(updated)
	return res, allJSON(pair{actions, &res.Actions}, pair{attributes, &res.Attributes}, pair{typeAttributes, &res.TypeAttributes},
		pair{relations, &res.Relations}, pair{roles, &res.Roles})
}

func scanAssignment(r *sql.Rows) (authz.Assignment, error) {
	var a authz.Assignment
	var givers string
	var created int64
	err := r.Scan(&a.User, &a.Role, &a.Tenant, &a.ID, &givers, &created)
	a.GivenBy, a.CreatedAt = splitGivers(givers), fromMicros(created)
	return a, err
}

func scanOnInstance(r *sql.Rows) (authz.Assignment, error) {
	var a authz.Assignment
	var node, givers string
	var created int64
	err := r.Scan(&a.User, &a.Role, &a.Tenant, &node, &a.ID, &givers, &created)
	a.Instance, _ = authz.ParseNode(node)
	a.GivenBy, a.CreatedAt = splitGivers(givers), fromMicros(created)
	return a, err
}

func scanInstance(r *sql.Rows) (authz.Instance, error) {
	var i authz.Instance
	var node, attributes string
	var created, updated int64
	if err := r.Scan(&node, &i.ID, &i.Tenant, &attributes, &created, &updated); err != nil {
		return i, err
	}
	i.Node, _ = authz.ParseNode(node)
	i.CreatedAt, i.UpdatedAt = fromMicros(created), fromMicros(updated)
	return i, fromJSON(attributes, &i.Attributes)
}

func scanTuple(r *sql.Rows) (authz.Tuple, error) {
	var t authz.Tuple
	var subject, object string
	var created int64
	err := r.Scan(&subject, &t.Relation, &object, &t.ID, &t.Tenant, &created)
	t.Subject, _ = authz.ParseNode(subject)
	t.Object, _ = authz.ParseNode(object)
	t.CreatedAt = fromMicros(created)
	return t, err
}

func scanSet(r *sql.Rows) (authz.ConditionSet, error) {
	var c authz.ConditionSet
	var created, updated int64
	err := r.Scan(&c.Key, &c.ID, &c.Kind, &c.Name, &c.Description, &c.Resource, &c.Parent, &c.Conditions, &created, &updated)
	c.CreatedAt, c.UpdatedAt = fromMicros(created), fromMicros(updated)
	return c, err
}

func scanRule(r *sql.Rows) (authz.Rule, error) {
	var rule authz.Rule
	var created int64
	err := r.Scan(&rule.UserSet, &rule.Role, &rule.ResourceSet, &rule.Resource, &rule.Permission.Resource, &rule.Permission.Action, &rule.ID, &created)
	rule.CreatedAt = fromMicros(created)
	return rule, err
}

func scanPending(r *sql.Rows) (authz.PendingAssignment, error) {
	var p authz.PendingAssignment
	var created int64
	err := r.Scan(&p.User, &p.Role, &p.Tenant, &p.GivenBy, &created)
	p.CreatedAt = fromMicros(created)
	return p, err
}

// A pair is kept JSON and where it goes.
type pair struct {
	text string
	into any
}

func allJSON(pairs ...pair) error {
	for _, p := range pairs {
		if err := fromJSON(p.text, p.into); err != nil {
			return err
		}
	}
	return nil
}
