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

// A list is rows that are listed as one. Each row has a number, seq, that grows
// with every row put into the list and is kept when the row is put again. How many
// rows have numbers of each bucket stands in row_counts, so that the row of any
// rank is found without walking or counting those before it.
type list string

// The lists. Roles held in tenants and on instances are one.
const (
	userList       list = "users"
	tenantList     list = "tenants"
	assignmentList list = "assignments"
	instanceList   list = "instances"
	tupleList      list = "tuples"
)

// tables are those that hold the rows of each list.
var tables = map[list][]string{
	userList: {"users"}, tenantList: {"tenants"}, assignmentList: {"assignments", "instance_assignments"},
	instanceList: {"instances"}, tupleList: {"tuples"},
}

// bucketSize is how many numbers a bucket has. It is part of the kept format: the
// migration that made row_counts says it too.
const bucketSize = 1024

// A tally writes the rows of one commit and gathers what that changes of
// row_counts. The environment's lock keeps its numbers from being given twice.
type tally struct {
	tx    *sql.Tx
	env   authz.EnvID
	next  map[list]int64 // the number of the next row
	delta map[bucket]int64
}

type bucket struct {
	list  list
	index int64
}

func newTally(tx *sql.Tx, env authz.EnvID) *tally {
	return &tally{tx: tx, env: env, next: map[list]int64{}, delta: map[bucket]int64{}}
}

// put runs an INSERT of one row of l that takes the row's number as its last
// argument. Where conflict says that it is there, update says what is kept of this
// one; the row keeps its number.
//
// SQLite would write what RETURNING is about to change into a journal of the
// statement, which costs as much as the row.
func (t *tally) put(ctx context.Context, l list, insert, conflict, update string, args ...any) error {
	n, err := t.number(ctx, l)
	if err != nil {
		return err
	}
	args = append(args, n)
	done, err := t.tx.ExecContext(ctx, insert+conflict+` DO NOTHING`, args...)
	if err != nil {
		return err
	}
	switch put, err := done.RowsAffected(); {
	case err != nil:
		return err
	case put > 0:
		t.next[l] = n + 1
		t.delta[bucket{l, n / bucketSize}]++
		return nil
	case update == "":
		return nil
	}
	return execute(ctx, t.tx, insert+conflict+update, args...)
}

// number is the number of the next row of l.
func (t *tally) number(ctx context.Context, l list) (int64, error) {
	if n, known := t.next[l]; known {
		return n, nil
	}
	var last []string
	for _, table := range tables[l] {
		last = append(last, `SELECT MAX(seq) AS seq FROM `+table+` WHERE env_id = $1`)
	}
	var n int64
	err := t.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq) + 1, 0) FROM (`+strings.Join(last, ` UNION ALL `)+`) AS last`, t.env).Scan(&n)
	t.next[l] = n
	return n, err
}

// remove runs a DELETE of rows of l. What foreign keys would delete with them must
// have been removed before, or it stays counted.
func (t *tally) remove(ctx context.Context, l list, remove string, args ...any) error {
	rows, err := t.tx.QueryContext(ctx, remove+` RETURNING seq`, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return err
		}
		t.delta[bucket{l, seq / bucketSize}]--
	}
	return rows.Err()
}

// keep writes what has been gathered to row_counts.
func (t *tally) keep(ctx context.Context) error {
	const rows = 500 // in one statement: three parameters each, of the 32,766 that SQLite takes
	changed := slices.Collect(maps.Keys(t.delta))
	for part := range slices.Chunk(changed, rows) {
		values, args := make([]string, len(part)), []any{t.env}
		for i, b := range part {
			// PostgreSQL would take a parameter of a VALUES list for text.
			values[i] = fmt.Sprintf("($1, $%d, CAST($%d AS BIGINT), CAST($%d AS BIGINT))", len(args)+1, len(args)+2, len(args)+3)
			args = append(args, b.list, b.index, t.delta[b])
		}
		err := execute(ctx, t.tx, `
			INSERT INTO row_counts (env_id, list, bucket, n) VALUES `+strings.Join(values, ", ")+`
			ON CONFLICT (env_id, list, bucket) DO UPDATE SET n = row_counts.n + excluded.n`, args...)
		if err != nil {
			return err
		}
	}
	for _, b := range changed {
		if t.delta[b] >= 0 {
			continue
		}
		err := execute(ctx, t.tx, `DELETE FROM row_counts WHERE env_id = $1 AND list = $2 AND bucket = $3 AND n = 0`, t.env, b.list, b.index)
		if err != nil {
			return err
		}
	}
	return nil
}

// A span is where the rows of a page stand: skip rows after the first of those
// whose number is at least from and below to.
type span struct {
	from, to int64
	skip     int
}

// A count says how many rows of a list have numbers of a bucket.
type count struct{ bucket, n int64 }

// counts are those of l, by bucket.
func (v view) counts(ctx context.Context, l list) ([]count, error) {
	return sqldb.All(ctx, v.q, func(r *sql.Rows) (c count, err error) { return c, r.Scan(&c.bucket, &c.n) },
		`SELECT bucket, n FROM row_counts WHERE env_id = $1 AND list = $2 ORDER BY bucket`, v.env, l)
}

// span finds the rows of a page of l, and how many rows l has.
func (v view) span(ctx context.Context, l list, p directory.Page) (s span, total int, err error) {
	counts, err := v.counts(ctx, l)
	found := false
	for _, c := range counts {
		before := total
		total += int(c.n)
		if !found && total > p.Offset {
			s.from, s.skip, found = c.bucket*bucketSize, p.Offset-before, true
		}
		if before < p.Offset+p.Limit {
			s.to = (c.bucket + 1) * bucketSize
		}
	}
	if !found {
		s = span{}
	}
	return s, total, err
}
