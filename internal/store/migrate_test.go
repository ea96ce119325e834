package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/needs"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// TestRowsOfTheFirstReleaseAreRanked: a database of the first schema is listed in
// the order of age once it is opened, assignments of both kinds as one list, and
// rows put later stand behind.
func TestRowsOfTheFirstReleaseAreRanked(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "db")
		ranked(t, goose.DialectSQLite3, "sqlite", "file:"+path+"?_pragma=foreign_keys(1)", "sqlite:"+path)
	})
	t.Run("postgres", func(t *testing.T) {
		url := freshDatabase(t, needs.Postgres(t))
		ranked(t, goose.DialectPostgres, "pgx", url, url)
	})
}

// TestHistoryOfOlderVersionsSaysWhoseItIs: rows that a version wrote which did not know
// the column are found by their user once they are looked through.
func TestHistoryOfOlderVersionsSaysWhoseItIs(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "db")
		holders(t, "sqlite", "file:"+path, "sqlite:"+path)
	})
	t.Run("postgres", func(t *testing.T) {
		url := freshDatabase(t, needs.Postgres(t))
		holders(t, "pgx", url, url)
	})
}

func holders(t *testing.T, driver, source, url string) {
	t.Helper()
	s := open(t, url)
	defer func() { _ = s.Close() }()
	_, err := s.Found(t.Context(), store.Founding{
		Organization: authz.Organization{ID: "o", Key: "o"}, Project: authz.Project{ID: "p", Organization: "o", Key: "p"},
		Environment: authz.Environment{ID: "e", Project: "p", Organization: "o", Key: "e"},
		Changes:     []authz.Change{authz.PutTenant{Tenant: authz.Tenant{ID: "t", Key: "default"}}, authz.PutRole{Role: authz.Role{Key: "viewer", ID: "r"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	held := func(user authz.UserKey) authz.Change {
		return authz.PutAssignment{Assignment: authz.Assignment{ID: authz.ID(user), User: user, Role: "viewer", Tenant: "default", GivenBy: []authz.Giver{authz.ByAPI}}}
	}
	var changes []authz.Change
	for i := range 150 { // more than are filled in at once
		key := authz.UserKey(fmt.Sprintf("u%d", i))
		changes = append(changes, authz.PutUser{User: authz.User{Key: key, ID: authz.ID(key)}}, held(key))
	}
	if _, err := s.Commit(t.Context(), "e", "test", func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil }); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `UPDATE history SET user_key = ''`); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		n, err := s.HistoryCount(t.Context(), []authz.EnvID{"e"}, directory.HistoryFilter{User: "u149", Kind: "assignment"}, 9)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 0 {
		t.Errorf("got %d rows of the user before they are looked through, want none", n)
	}
	if err := s.RememberAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 1 {
		t.Errorf("got %d rows of the user, want 1", n)
	}
}

func ranked(t *testing.T, dialect goose.Dialect, driver, source, url string) {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO organizations VALUES ('o', 'o', '', 0)`,
		`INSERT INTO projects VALUES ('p', 'o', 'p', '', 0)`,
		`INSERT INTO environments VALUES ('e', 'p', 'e', '', 0, 1)`, `INSERT INTO environments VALUES ('f', 'p', 'f', '', 0, 1)`,
		`INSERT INTO tenants VALUES ('e', 't', 't', '', '', 'null', 0, 0)`, `INSERT INTO tenants VALUES ('f', 't', 't', '', '', 'null', 0, 0)`,
		`INSERT INTO roles VALUES ('e', 'r', 'r', '', '', 'null', 'null', 'null', 0, 0)`,
		`INSERT INTO resources VALUES ('e', 'doc', 'd', '', '', '', 'null', 'null', 'null', 'null', 'null', FALSE, 0, 0)`,
		`INSERT INTO users VALUES ('e', 'a', '1', '', '', '', 'null', FALSE, '', 3, 3)`,
		`INSERT INTO users VALUES ('e', 'b', '2', '', '', '', 'null', FALSE, '', 1, 1)`,
		`INSERT INTO users VALUES ('f', 'c', '3', '', '', '', 'null', FALSE, '', 2, 2)`,
		`INSERT INTO instances VALUES ('e', 'doc:2', 'doc', '2', 't', 'null', 1, 1)`,
		`INSERT INTO instances VALUES ('e', 'doc:1', 'doc', '1', 't', 'null', 2, 2)`,
		`INSERT INTO tuples VALUES ('e', 'doc:1', 'next', 'doc:2', 'doc', '1', 't', 2)`,
		`INSERT INTO tuples VALUES ('e', 'doc:2', 'next', 'doc:1', 'doc', '2', 't', 1)`,
		`INSERT INTO assignments VALUES ('e', 'a', 'r', 't', '1', 'api', 1)`,
		`INSERT INTO assignments VALUES ('e', 'b', 'r', 't', '3', 'api', 3)`,
		`INSERT INTO instance_assignments VALUES ('e', 'a', 'doc:1', 'doc', 'w', 't', '2', 'api', 2)`,
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%v: %s", err, q)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s := open(t, url)
	defer func() { _ = s.Close() }()
	_, err = s.Commit(t.Context(), "e", "test", func(context.Context, directory.View) ([]authz.Change, error) {
		return []authz.Change{
			authz.PutUser{User: authz.User{Key: "a", ID: "1", Email: "a@b.c"}}, authz.PutUser{User: authz.User{Key: "0", ID: "4"}},
			authz.DeleteAssignment{User: "b", Role: "r", Tenant: "t"},
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), "e", func(ctx context.Context, l directory.Listing) error {
		all := directory.Page{Limit: 9}
		users, n1, err1 := l.Users(ctx, directory.UserFilter{}, all)
		held, n2, err2 := l.Assignments(ctx, directory.AssignmentFilter{}, all)
		instances, n3, err3 := l.Instances(ctx, directory.InstanceFilter{}, all)
		tuples, n4, err4 := l.Tuples(ctx, directory.TupleFilter{}, all)
		tenants, n5, err5 := l.Tenants(ctx, directory.TextFilter{}, all)
		got := []string{}
		for _, u := range users {
			got = append(got, string(u.Key))
		}
		for _, a := range held {
			got = append(got, string(a.ID))
		}
		for _, i := range instances {
			got = append(got, i.Node.Key)
		}
		for _, x := range tuples {
			got = append(got, string(x.ID))
		}
		for _, x := range tenants {
			got = append(got, string(x.Key))
		}
		if want := []string{"b", "a", "0", "1", "2", "2", "1", "2", "1", "t"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := []int{n1, n2, n3, n4, n5}, []int{3, 2, 2, 2, 1}; !slices.Equal(got, want) {
			t.Errorf("counted %v, want %v", got, want)
		}
		for _, err := range []error{err1, err2, err3, err4, err5} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
