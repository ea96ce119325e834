package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestTheStatisticsNameEveryIndex: SQLite would plan as if an index without
// statistics found ten rows at most.
func TestTheStatisticsNameEveryIndex(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	storetest.FoundedAt(t, path)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	type index struct {
		name, statistics string
		columns          int
	}
	all, err := sqldb.All(t.Context(), db, func(r *sql.Rows) (i index, err error) { return i, r.Scan(&i.name, &i.columns, &i.statistics) }, `
		SELECT m.name, (SELECT COUNT(*) FROM pragma_index_info(m.name)), COALESCE(s.stat, '') FROM sqlite_schema m
		LEFT JOIN sqlite_stat1 s ON s.tbl = m.tbl_name AND s.idx = m.name
		WHERE m.type = 'index' AND m.tbl_name IN (SELECT tbl FROM sqlite_stat1)`)
	if err != nil || len(all) < 30 {
		t.Fatalf("got %d indexes (%v)", len(all), err)
	}
	for _, i := range all {
		if got := len(strings.Fields(i.statistics)); got != i.columns+1 {
			t.Errorf("%s has %d columns, and statistics %q", i.name, i.columns, i.statistics)
		}
	}
	unknown, err := sqldb.All(t.Context(), db, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) },
		`SELECT idx FROM sqlite_stat1 WHERE idx NOT IN (SELECT name FROM sqlite_schema)`)
	if err != nil || len(unknown) > 0 {
		t.Errorf("got statistics of %v (%v), which are not there", unknown, err)
	}
}
