package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// View implements [directory.Store].
func (s *Store) View(ctx context.Context, env authz.EnvID, f func(context.Context, directory.Listing) error) error {
	return s.db.View(ctx, func(tx *sql.Tx) error { return f(ctx, view{q: tx, env: env}) })
}

// page runs a listing: the rows of one page, oldest first, and the count of all.
func page[T any](ctx context.Context, v view, table, columns, order string, w where, p directory.Page, scan func(*sql.Rows) (T, error)) ([]T, int, error) {
	total, _, err := sqldb.One(ctx, v.q, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) },
		fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s`, table, w.text()), w.args...)
	if err != nil {
		return nil, 0, err
	}
	n := len(w.args)
	list, err := sqldb.All(ctx, v.q, scan,
		fmt.Sprintf(`SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT $%d OFFSET $%d`, columns, table, w.text(), order, n+1, n+2),
		append(w.args, p.Limit, p.Offset)...)
	return list, total, err
}

func (v view) Users(ctx context.Context, f directory.UserFilter, p directory.Page) ([]authz.User, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.Search != "" {
		pattern := map[directory.Match]string{
			directory.Contains:   "%" + literal(f.Search) + "%",
			directory.StartsWith: literal(f.Search) + "%",
			directory.EndsWith:   "%" + literal(f.Search),
		}[f.Match]
		w.like(pattern, "key", "email", "first_name", "last_name")
	}
	const (
		holds      = `EXISTS (SELECT 1 FROM assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key`
		onInstance = `EXISTS (SELECT 1 FROM instance_assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key`
	)
	switch {
	case f.Role != "" && f.Tenant != "":
		w.add(holds+` AND a.role_key = ? AND a.tenant_key = ?)`, f.Role, f.Tenant)
	case f.Role != "":
		w.add(holds+` AND a.role_key = ?)`, f.Role)
	case f.Tenant != "":
		w.add(`(`+holds+` AND a.tenant_key = ?) OR `+onInstance+` AND a.tenant_key = ?))`, f.Tenant, f.Tenant)
	}
	if f.On != (authz.Node{}) {
		w.add(`key IN (SELECT user_key FROM instance_assignments a WHERE a.env_id = ? AND a.node = ? AND a.role_key = ?)`, v.env, f.On.String(), f.OnRole)
	}
	if f.Roleless {
		w.add(`NOT ` + holds + `) AND NOT ` + onInstance + `)`)
	}
	return page(ctx, v, "users", userColumns, "created_at, key", w, p, scanUser)
}

func (v view) Tenants(ctx context.Context, f directory.TextFilter, p directory.Page) ([]authz.Tenant, int, error) {
	return page(ctx, v, "tenants", tenantColumns, "created_at, key", v.text(f), p, scanTenant)
}

func (v view) RolePage(ctx context.Context, f directory.TextFilter, p directory.Page) ([]authz.Role, int, error) {
	return page(ctx, v, "roles", roleColumns, "created_at, key", v.text(f), p, scanRole)
}

func (v view) Resources(ctx context.Context, f directory.ResourceFilter, p directory.Page) ([]authz.Resource, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if !f.BuiltIn {
		w.add("built_in = ?", false)
	}
	switch {
	case strings.Contains(f.Search, "*"):
		w.like(strings.ReplaceAll(literal(f.Search), "*", "%"), "key", "name")
	case f.Search != "":
		w.like("%"+literal(f.Search)+"%", "key", "name")
	}
	return page(ctx, v, "resources", resourceColumns, "created_at, key", w, p, scanResource)
}

func (v view) Instances(ctx context.Context, f directory.InstanceFilter, p directory.Page) ([]authz.Instance, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	if f.Resource != "" {
		w.add("type = ?", f.Resource)
	}
	in(&w, "type", f.Types)
	for _, s := range f.Search {
		// The key is what stands behind the type and its colon.
		w.args = append(w.args, "%"+strings.ToLower(literal(s))+"%")
		w.conditions = append(w.conditions, fmt.Sprintf(`LOWER(substr(node, length(type) + 2)) LIKE $%d ESCAPE '\'`, len(w.args)))
	}
	return page(ctx, v, "instances", instanceColumns, "created_at, node", w, p, scanInstance)
}

func (v view) Tuples(ctx context.Context, f directory.TupleFilter, p directory.Page) ([]authz.Tuple, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.Subject != (authz.Node{}) {
		w.add("subject = ?", f.Subject.String())
	}
	if f.Object != (authz.Node{}) {
		w.add("object = ?", f.Object.String())
	}
	if f.Relation != "" {
		w.add("relation = ?", f.Relation)
	}
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	if f.ObjectType != "" {
		w.add("object_type = ?", f.ObjectType)
	}
	if f.SubjectType != "" {
		prefix := string(f.SubjectType) + ":"
		w.add(fmt.Sprintf("substr(subject, 1, %d) = ?", utf8.RuneCountInString(prefix)), prefix)
	}
	return page(ctx, v, "tuples", tupleColumns, "created_at, id", w, p, scanTuple)
}

func (v view) text(f directory.TextFilter) where {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.Search != "" {
		w.like("%"+literal(f.Search)+"%", "key", "name")
	}
	return w
}
