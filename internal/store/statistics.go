package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// SQLite plans queries by statistics, and without them takes ten rows for all that an
// environment has: it then reads everything of an environment rather than look a
// hundred users up. It is told what large environments look like. PostgreSQL gathers
// its own.
//
// Behind the index stand how many rows there are, and how many of them are alike in
// the index's first column, in its first two, and so on (sqlite_stat1).
var statistics = []struct{ table, index, rows string }{
	{"users", "sqlite_autoindex_users_1", "1000000 100000 1"},
	{"users", "sqlite_autoindex_users_2", "1000000 100000 1"},
	{"users", "users_by_seq", "1000000 100000 1"},
	{"users", "users_by_source", "1000000 100000 50000 1"},
	{"tenants", "sqlite_autoindex_tenants_1", "100000 10000 1"},
	{"tenants", "sqlite_autoindex_tenants_2", "100000 10000 1"},
	{"tenants", "tenants_by_seq", "100000 10000 1"},
	{"tenants", "tenants_by_origin", "100000 10000 10000 1"},
	{"assignments", "sqlite_autoindex_assignments_1", "3000000 300000 3 2 1"},
	{"assignments", "assignments_by_seq", "3000000 300000 1"},
	{"assignments", "assignments_by_role", "3000000 300000 30000 1 1 1"},
	{"assignments", "assignments_by_tenant", "3000000 300000 300 1 1 1"},
	{"instances", "sqlite_autoindex_instances_1", "1000000 100000 1"},
	{"instances", "sqlite_autoindex_instances_2", "1000000 100000 1"},
	{"instances", "instances_by_seq", "1000000 100000 1"},
	{"instances", "instances_by_type", "1000000 100000 20000 1"},
	{"instances", "instances_by_tenant", "1000000 100000 100 1"},
	{"instance_assignments", "sqlite_autoindex_instance_assignments_1", "1000000 100000 3 2 1"},
	{"instance_assignments", "instance_assignments_by_seq", "1000000 100000 1"},
	{"instance_assignments", "instance_assignments_by_node", "1000000 100000 4 1 1 1"},
	{"instance_assignments", "instance_assignments_by_role", "1000000 100000 20000 5000 1"},
	{"instance_assignments", "instance_assignments_by_tenant", "1000000 100000 100 1 1 1 1"},
	{"tuples", "sqlite_autoindex_tuples_1", "1000000 100000 3 2 1"},
	{"tuples", "tuples_by_seq", "1000000 100000 1"},
	{"tuples", "tuples_by_subject", "1000000 100000 3"},
	{"tuples", "tuples_by_relation", "1000000 100000 20000 5000 1"},
	{"tuples", "tuples_by_tenant", "1000000 100000 100 1"},
	{"memberships", "sqlite_autoindex_memberships_1", "1000000 100000 2 1"},
	{"memberships", "memberships_by_tenant", "1000000 100000 100 1"},
	{"memberships", "memberships_in_order", "1000000 100000 100 1"},
	{"pending_assignments", "sqlite_autoindex_pending_assignments_1", "100000 10000 3 2 1"},
	{"pending_assignments", "pending_by_role", "100000 10000 1000"},
	{"pending_assignments", "pending_by_tenant", "100000 10000 100"},
	{"invites", "sqlite_autoindex_invites_1", "100000 10000 1"},
	{"invites", "sqlite_autoindex_invites_2", "100000 10000 1"},
	{"invites", "invites_by_tenant", "100000 10000 100"},
	{"invites", "invites_by_role", "100000 10000 2000 1000"},
	{"invites", "invites_by_node", "100000 10000 10"},
	{"row_counts", "sqlite_autoindex_row_counts_1", "10000 1000 1000 1"},
	{"commits", "sqlite_autoindex_commits_1", "1000000 100000 1"},
	{"commits", "commits_by_actor", "1000000 100000 10000 1"},
	{"commits", "commits_by_time", "1000000 100000 1 1"},
	{"deliveries", "sqlite_autoindex_deliveries_1", "1000000 100000 100000 1"},
	{"deliveries", "deliveries_by_subject", "1000000 100000 100000 50000 5 3 1"},
	{"deliveries", "deliveries_by_arrival", "1000000 100000 1"},
	{"deliveries", "deliveries_by_sent", "1000000 100000 100000 1"},
	{"deliveries", "deliveries_by_event", "1000000 100000 100000 10000 1"},
	{"deliveries", "deliveries_set_aside", "1000 100 100 1"},
	{"history", "sqlite_autoindex_history_1", "3000000 300000 3 1 1"},
	{"history", "history_by_thing", "3000000 300000 60000 3 3 1 1"},
	{"history", "history_by_kind", "3000000 300000 60000 3 1 1"},
	{"history", "history_by_user", "2000000 200000 4 1 1 1"},
	{"history", "history_of_nobody", "1000 1000 3 1 1"},
}

// advise gives SQLite the statistics, unless it has them.
func advise(ctx context.Context, db *sqldb.DB) error {
	if db.Name != "sqlite" {
		return nil
	}
	want := make([][3]string, len(statistics))
	for i, s := range statistics {
		want[i] = [3]string{s.table, s.index, s.rows}
	}
	err := db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, there, err := sqldb.One(ctx, tx, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) }, `SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'`)
		if err == nil && !there {
			err = execute(ctx, tx, `ANALYZE row_counts`) // makes the tables of statistics
		}
		if err != nil {
			return err
		}
		has, err := sqldb.All(ctx, tx, func(r *sql.Rows) (s [3]string, err error) { return s, r.Scan(&s[0], &s[1], &s[2]) },
			`SELECT tbl, COALESCE(idx, ''), stat FROM sqlite_stat1 ORDER BY rowid`)
		if err != nil || slices.Equal(has, want) {
			return err
		}
		err = errors.Join(execute(ctx, tx, `DELETE FROM sqlite_stat1`), execute(ctx, tx, `DELETE FROM sqlite_stat4`))
		for _, s := range want {
			err = errors.Join(err, execute(ctx, tx, `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)`, s[0], s[1], s[2]))
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = db.Writer().ExecContext(ctx, `ANALYZE sqlite_schema`) // the writing connection reads them; others do when they open
	return err
}
