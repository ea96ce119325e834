package store

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// Both tables of assignments with the same columns.
const (
	heldInTenants   = `SELECT user_key, role_key, tenant_key, '' AS node, id, given_by, created_at, seq FROM assignments WHERE `
	heldOnInstances = `SELECT user_key, role_key, tenant_key, node, id, given_by, created_at, seq FROM instance_assignments WHERE `
)

// The numbers of both tables of assignments.
const (
	seqInTenants   = `SELECT seq FROM assignments WHERE `
	seqOnInstances = `SELECT seq FROM instance_assignments WHERE `
)

// Assignments lists what is held in tenants and on instances, as one list. Each
// of the two tables is asked by itself, so that each uses its indexes.
func (v view) Assignments(ctx context.Context, f directory.AssignmentFilter, p directory.Page) ([]authz.Assignment, int, error) {
	of := len(f.Roles) > 0 || len(f.InstanceRoles) > 0
	if !of && len(f.Users) == 0 && len(f.Tenants) == 0 && f.Resource == "" && f.Instance == (authz.Node{}) {
		return v.allAssignments(ctx, p)
	}
	w := where{}
	w.add("env_id = ?", v.env)
	in(&w, "user_key", f.Users)
	in(&w, "tenant_key", f.Tenants)
	var arms []string
	if f.Resource == "" && f.Instance == (authz.Node{}) && (!of || len(f.Roles) > 0) {
		inTenant := where{conditions: w.conditions[:len(w.conditions):len(w.conditions)], args: w.args}
		in(&inTenant, "role_key", f.Roles)
		w.args = inTenant.args
		arms = append(arms, seqInTenants+inTenant.text())
	}
	if !of || len(f.InstanceRoles) > 0 {
		instanceConditions(&w, f)
		arms = append(arms, seqOnInstances+w.text())
	}
	if len(arms) == 0 {
		return nil, 0, nil
	}
	order := "seq"
	if len(f.Users) > 0 || len(f.Tenants) > 1 || len(f.Roles)+len(f.InstanceRoles) > 1 || f.Instance != (authz.Node{}) {
		order = unordered
	}
	all := where{conditions: []string{"1 = 1"}, args: w.args} // the arms have their own
	numbers, total, err := page(ctx, v, `(`+strings.Join(arms, ` UNION ALL `)+`) AS held`, "seq", order, all, p, scanSeq)
	if err != nil {
		return nil, 0, err
	}
	rows, err := v.numberedAssignments(ctx, numbers)
	return rows, total, err
}

// numberedAssignments are the assignments of these numbers, which stand in order.
func (v view) numberedAssignments(ctx context.Context, numbers []int64) ([]authz.Assignment, error) {
	var all []authz.Assignment
	for some := range slices.Chunk(numbers, someKeys) {
		w := where{}
		w.add("env_id = ?", v.env)
		in(&w, "seq", some)
		rows, err := sqldb.All(ctx, v.q, scanOnInstance, `
			SELECT `+onInstanceColumns+` FROM (`+heldInTenants+w.text()+` UNION ALL `+heldOnInstances+w.text()+`) AS held
			ORDER BY seq`, w.args...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// allAssignments lists every assignment.
func (v view) allAssignments(ctx context.Context, p directory.Page) ([]authz.Assignment, int, error) {
	s, total, err := v.span(ctx, assignmentList, p)
	if err != nil {
		return nil, 0, err
	}
	const inside = `env_id = $1 AND seq >= $2 AND seq < $3`
	rows, err := sqldb.All(ctx, v.q, scanOnInstance, `
		SELECT `+onInstanceColumns+` FROM (`+heldInTenants+inside+` UNION ALL `+heldOnInstances+inside+`) AS held
		ORDER BY seq LIMIT $4 OFFSET $5`, v.env, s.from, s.to, p.Limit, s.skip)
	return rows, total, err
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
		SELECT `+onInstanceColumns+` FROM (`+heldInTenants+w.text()+` UNION ALL `+heldOnInstances+w.text()+`) AS held
		ORDER BY user_key, seq`, w.args...)
}
