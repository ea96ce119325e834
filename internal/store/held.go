package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// Assignments lists what is held in tenants and on instances, as one list. Each
// of the two tables is asked by itself, so that each uses its indexes.
func (v view) Assignments(ctx context.Context, f directory.AssignmentFilter, p directory.Page) ([]authz.Assignment, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	in(&w, "user_key", f.Users)
	in(&w, "tenant_key", f.Tenants)
	of := len(f.Roles) > 0 || len(f.InstanceRoles) > 0
	var arms []string
	if f.Resource == "" && f.Instance == (authz.Node{}) && (!of || len(f.Roles) > 0) {
		inTenant := where{conditions: w.conditions[:len(w.conditions):len(w.conditions)], args: w.args}
		in(&inTenant, "role_key", f.Roles)
		w.args = inTenant.args
		arms = append(arms, `SELECT user_key, role_key, tenant_key, '' AS node, id, given_by, created_at FROM assignments WHERE `+inTenant.text())
	}
	if !of || len(f.InstanceRoles) > 0 {
		instanceConditions(&w, f)
		arms = append(arms, `SELECT `+onInstanceColumns+` FROM instance_assignments WHERE `+w.text())
	}
	if len(arms) == 0 {
		return nil, 0, nil
	}
	from := arms[0]
	if len(arms) > 1 {
		from += ` UNION ALL ` + arms[1]
	}
	total, _, err := sqldb.One(ctx, v.q, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) }, `SELECT COUNT(*) FROM (`+from+`) AS held`, w.args...)
	if err != nil {
		return nil, 0, err
	}
	order := "created_at, id"
	if len(f.Users) > 0 {
		// The sum keeps SQLite from walking all assignments by age to find those of a few users.
		from, order = `SELECT `+onInstanceColumns+` FROM (`+from+`) AS held`, "created_at + 0, id"
	}
	n := len(w.args)
	list, err := sqldb.All(ctx, v.q, scanOnInstance, fmt.Sprintf(`%s ORDER BY %s LIMIT $%d OFFSET $%d`, from, order, n+1, n+2), append(w.args, p.Limit, p.Offset)...)
	return list, total, err
}

// instanceConditions adds what f says of roles held on instances only.
func instanceConditions(w *where, f directory.AssignmentFilter) {
	if f.Resource != "" {
		w.add("type = ?", f.Resource)
	}
	if f.Instance != (authz.Node{}) {
		w.add("node = ?", f.Instance.String())
	}
	if len(f.InstanceRoles) == 0 {
		return
	}
	either := where{args: w.args}
	for _, r := range f.InstanceRoles {
		either.add("(type = ? AND role_key = ?)", r.Resource, r.Role)
	}
	w.args = either.args
	w.conditions = append(w.conditions, "("+either.any()+")")
}

// Held lists what users hold, in tenants and on instances.
func (v view) Held(ctx context.Context, users []authz.UserKey) ([]authz.Assignment, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	in(&w, "user_key", users)
	return sqldb.All(ctx, v.q, scanOnInstance, `
		SELECT user_key, role_key, tenant_key, '' AS node, id, given_by, created_at FROM assignments WHERE `+w.text()+`
		UNION ALL SELECT `+onInstanceColumns+` FROM instance_assignments WHERE `+w.text()+`
		ORDER BY user_key, created_at, id`, w.args...)
}
