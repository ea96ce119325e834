package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// BenchmarkStart: a database of a million users with three assignments each is
// opened and loaded into the engine.
func BenchmarkStart(b *testing.B) {
	const n = 1_000_000
	path := filepath.Join(b.TempDir(), "db")
	url := "sqlite:" + path
	s, err := store.Open(b.Context(), url, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	const env authz.EnvID = "0123456789abcdef0123456789abcdef"
	changes := []authz.Change{
		authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "doc", Actions: []authz.Action{{Key: "read"}}}},
	}
	for i := range 3 {
		changes = append(changes, authz.PutRole{Role: authz.Role{Key: authz.RoleKey(fmt.Sprint("r", i)), ID: authz.ID(fmt.Sprint("r", i)), Permissions: []authz.Permission{{Resource: "doc", Action: "read"}}}})
	}
	for i := range 1000 {
		changes = append(changes, authz.PutTenant{Tenant: authz.Tenant{Key: authz.TenantKey(fmt.Sprint("t", i)), ID: authz.ID(fmt.Sprint("t", i))}})
	}
	if _, err := s.Found(b.Context(), store.Founding{
		Organization: authz.Organization{ID: "o", Key: "o"}, Project: authz.Project{ID: "p", Organization: "o", Key: "p"},
		Environment: authz.Environment{ID: env, Project: "p", Organization: "o", Key: "e"}, Changes: changes,
	}); err != nil {
		b.Fatal(err)
	}
	fill(b, path, env, n)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := store.Open(b.Context(), url, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
		if err := f.Load(b.Context()); err != nil {
			b.Fatal(err)
		}
		snapshot, _ := f.Snapshot(env)
		if !snapshot.Decide(authz.Query{User: "user-999999", Action: "read", Resource: "doc", Tenant: "t999"}).Allow {
			b.Fatal("denied")
		}
		_ = s.Close()
	}
}

// fill writes users and their assignments past the directory, which would make a
// commit of each.
func fill(b *testing.B, path string, env authz.EnvID, n int) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	write(b, db, usersAndAssignments, env, n)
}

// Statements that write $2 users with three assignments each to the environment $1.
var usersAndAssignments = []string{
	`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
		INSERT INTO users (env_id, key, id, email, first_name, last_name, attributes, suspended, source, created_at, updated_at, seq)
		SELECT $1, 'user-' || i, 'u' || i, '', '', '', 'null', FALSE, '', i, i, i FROM n`,
	`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
		INSERT INTO assignments (env_id, user_key, role_key, tenant_key, id, given_by, created_at, seq)
		SELECT $1, 'user-' || i, 'r' || j.k, 't' || (i % 1000), 'a' || i || '-' || j.k, 'api', i, 3 * i + j.k
		FROM n, (SELECT 0 AS k UNION SELECT 1 UNION SELECT 2) j`,
}

// write runs statements in one transaction.
func write(b *testing.B, db *sql.DB, statements []string, args ...any) {
	b.Helper()
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range statements {
		if _, err := tx.ExecContext(b.Context(), q, args...); err != nil {
			b.Fatalf("%v: %.60s", err, q)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// processor is the time that the two cores have worked for this process.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkCommit: commits of one change and of many, one after the other.
func BenchmarkCommit(b *testing.B) {
	user := func(n int) authz.Change {
		return authz.PutUser{User: authz.User{Key: authz.UserKey(fmt.Sprint("u", n)), ID: authz.ID(fmt.Sprint("u", n))}}
	}
	for _, size := range []int{1, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := storetest.Founded(b)
			n := 0
			before := processor(b)
			for b.Loop() {
				_, err := s.Commit(b.Context(), storetest.Env, "bench", func(context.Context, directory.View) (all []authz.Change, err error) {
					for range size {
						n++
						all = append(all, user(n))
					}
					return all, nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*size), "µs/change")
			b.ReportMetric(float64((processor(b)-before).Microseconds())/float64(b.N*size), "cpu-µs/change")
		})
	}
}
