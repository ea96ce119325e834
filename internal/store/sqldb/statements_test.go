package sqldb_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

func TestParametersAreFoundByTheirPlace(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]struct {
		text  string
		order []int
		plain bool
	}{
		`SELECT 1`: {text: `SELECT 1`},
		`SELECT a FROM t WHERE b = $1 AND c = $2`: {text: `SELECT a FROM t WHERE b = ? AND c = ?`},
		`SELECT $2, $1`:                              {text: `SELECT ?, ?`, order: []int{1, 0}},
		`SELECT $1 UNION SELECT $1`:                  {text: `SELECT ? UNION SELECT ?`, order: []int{0, 0}},
		`SELECT '$1', 'it''s $2', $12`:               {text: `SELECT '$1', 'it''s $2', ?`, order: []int{11}},
		`SELECT LOWER(k) LIKE $1 ESCAPE '\'`:         {text: `SELECT LOWER(k) LIKE ? ESCAPE '\'`},
		`SELECT ?`:                                   {plain: true},
		`SELECT :name`:                               {plain: true},
		`SELECT $name`:                               {plain: true},
		`SELECT $0`:                                  {plain: true},
		`SELECT 1; SELECT 2`:                         {plain: true},
		"SELECT 1 -- $1":                             {plain: true},
		"SELECT 1 /* $1 */":                          {plain: true},
		`SELECT "a$1"`:                               {plain: true},
		`SELECT 'open`:                               {plain: true},
		`SELECT $99999999999999999999`:               {plain: true},
		`SELECT a-1 FROM t WHERE b/2 = $1 OR $1 = 3`: {text: `SELECT a-1 FROM t WHERE b/2 = ? OR ? = 3`, order: []int{0, 0}},
	} {
		text, order, ok := sqldb.Positional(query)
		if ok == want.plain || text != want.text || !slices.Equal(order, want.order) {
			t.Errorf("%s: got %s, %v, %v", query, text, order, ok)
		}
	}
}

// A statement that is kept answers as one that is read each time: with other
// arguments, while its own rows are read, after it has failed, and after the table
// has changed.
func TestKeptStatementsAnswerAsFreshOnes(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	numbers := func(q sqldb.Queryer, from int) []int {
		all, err := sqldb.All(ctx, q, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) }, `SELECT n FROM n WHERE n >= $1 ORDER BY n`, from)
		if err != nil {
			t.Error(err)
		}
		return all
	}
	update(t, db, func(ctx context.Context, tx *sql.Tx) error {
		for n := range 5 {
			if err := insert(ctx, tx, n); err != nil {
				return err
			}
			if err := insert(ctx, tx, n); err == nil {
				t.Error("the same number was taken twice")
			}
		}
		rows, err := tx.QueryContext(ctx, `SELECT n FROM n WHERE n >= $1 ORDER BY n`, 1)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		seen := 0
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return err
			}
			if got := numbers(tx, n); len(got) != 5-n || got[0] != n {
				t.Errorf("got %v inside the loop at %d", got, n)
			}
			seen++
		}
		if seen != 4 {
			t.Errorf("got %d rows, want 4", seen)
		}
		return rows.Err()
	})
	update(t, db, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `ALTER TABLE n ADD COLUMN word TEXT`)
		return err
	})
	for from, want := range map[int]int{0: 5, 3: 2, 9: 0} {
		if got := numbers(db.Read, from); len(got) != want {
			t.Errorf("from %d: got %v, want %d", from, got, want)
		}
	}
}

// More statements than a connection keeps, and long ones, run all the same.
func TestConnectionsKeepFewStatements(t *testing.T) {
	t.Parallel()
	db := open(t)
	update(t, db, func(ctx context.Context, tx *sql.Tx) error {
		for n := range 400 {
			query := fmt.Sprintf(`SELECT $1 + %d`, n)
			if n%10 == 0 {
				query += strings.Repeat(" ", 5000)
			}
			got, _, err := sqldb.One(ctx, tx, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) }, query, 1)
			if err != nil || got != n+1 {
				t.Fatalf("got %d (%v), want %d", got, err, n+1)
			}
		}
		return nil
	})
	if got := sqldb.Kept(t, db); got > 128 {
		t.Errorf("%d statements are kept, want 128 at most", got)
	}
}

func update(t *testing.T, db *sqldb.DB, f func(context.Context, *sql.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}
