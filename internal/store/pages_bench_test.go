package store_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

var crowdSize = flag.Int("crowd", 1_000_000, "how many users, tenants, instances and tuples BenchmarkPages lists")

// BenchmarkPages: pages of 30 rows, with the total, of a million users, tenants,
// instances and tuples and of three million assignments; and lists that a filter
// narrows to few. On PostgreSQL too if GATEHOUSE_TEST_POSTGRES names a server.
func BenchmarkPages(b *testing.B) {
	onEachDatabase(b, crowd, func(b *testing.B, s *store.Store) {
		readAhead(b, s)
		for _, q := range questions(&directory.Directory{Store: s}) {
			b.Run(q.name, func(b *testing.B) {
				for b.Loop() {
					if n, total, err := q.ask(b.Context()); err != nil || n != q.rows || total < q.rows {
						b.Fatalf("got %d of %d (%v), want %d", n, total, err, q.rows)
					}
				}
			})
		}
	})
}

// onEachDatabase runs a benchmark on a store of SQLite and one of PostgreSQL that have
// been filled past the store.
func onEachDatabase(b *testing.B, fill func(*testing.B, *store.Store, *sql.DB), run func(*testing.B, *store.Store)) {
	path := filepath.Join(b.TempDir(), "db")
	databases := []struct{ name, driver, source, url string }{{"sqlite", "sqlite", "file:" + path, "sqlite:" + path}}
	if server := os.Getenv("GATEHOUSE_TEST_POSTGRES"); server != "" {
		url := freshDatabase(b, server)
		databases = append(databases, struct{ name, driver, source, url string }{"postgres", "pgx", url, url})
	}
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			s, err := store.Open(b.Context(), d.url, time.Now)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			db, err := sql.Open(d.driver, d.source)
			if err != nil {
				b.Fatal(err)
			}
			fill(b, s, db)
			if d.driver == "pgx" {
				write(b, db, []string{`ANALYZE`}) // as autovacuum does in a while
			}
			_ = db.Close()
			run(b, s)
		})
	}
}

// readAhead reads ahead what a server does, of nothing that is kept.
func readAhead(b *testing.B, s *store.Store) {
	b.Run("reading ahead", func(b *testing.B) {
		before := processor(b)
		for b.Loop() {
			s.GiveBack(time.Now().Add(time.Hour))
			if err := s.ReadAhead(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric((processor(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	})
}

const crowded authz.EnvID = "0123456789abcdef0123456789abcdef"

// crowd fills a fresh database past the directory.
func crowd(b *testing.B, s *store.Store, db *sql.DB) {
	b.Helper()
	changes := []authz.Change{authz.PutResource{Resource: authz.Resource{
		Key: "doc", ID: "doc", Relations: []authz.Relation{{Key: "parent", ID: "p", Subject: "doc"}},
	}}}
	for i := range 3 {
		changes = append(changes, authz.PutRole{Role: authz.Role{Key: authz.RoleKey(fmt.Sprint("r", i)), ID: authz.ID(fmt.Sprint("r", i))}})
	}
	found(b, s, changes...)
	n := *crowdSize
	numbers := `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2) `
	write(b, db, []string{numbers + `
		INSERT INTO tenants (env_id, key, id, name, description, attributes, created_at, updated_at, seq)
		SELECT $1, 't' || i, 't' || i, '', '', 'null', i, i, i FROM n`}, crowded, n)
	write(b, db, usersAndAssignments, crowded, n)
	write(b, db, []string{
		numbers + `
			INSERT INTO instances (env_id, node, type, id, tenant_key, attributes, created_at, updated_at, seq)
			SELECT $1, 'doc:' || i, 'doc', 'i' || i, 't' || (i % 1000), 'null', i, i, i FROM n`,
		numbers + `
			INSERT INTO tuples (env_id, object, relation, subject, object_type, id, tenant_key, created_at, seq)
			SELECT $1, 'doc:' || i, 'parent', 'doc:' || (i / 2), 'doc', 'u' || i, 't' || (i % 1000), i, i FROM n`,
	}, crowded, n)
	for _, table := range []string{"users", "tenants", "assignments", "instances", "tuples"} {
		write(b, db, []string{`INSERT INTO row_counts (env_id, list, bucket, n)
			SELECT env_id, '` + table + `', seq / 1024, COUNT(*) FROM ` + table + ` GROUP BY env_id, seq / 1024`})
	}
}

// found makes the environment that benchmarks fill.
func found(b *testing.B, s *store.Store, changes ...authz.Change) {
	b.Helper()
	if _, err := s.Found(b.Context(), store.Founding{
		Organization: authz.Organization{ID: "o", Key: "o"}, Project: authz.Project{ID: "p", Organization: "o", Key: "p"},
		Environment: authz.Environment{ID: crowded, Project: "p", Organization: "o", Key: "e"}, Changes: changes,
	}); err != nil {
		b.Fatal(err)
	}
}

// A question lists one page.
type question struct {
	name string
	rows int
	ask  func(context.Context) (rows, total int, err error)
}

func questions(d *directory.Directory) []question {
	var all []question
	add := func(name string, rows int, ask func(context.Context, directory.Page) (int, int, error), offsets ...int) {
		for _, at := range offsets {
			all = append(all, question{strings.TrimSuffix(fmt.Sprint(name, "/", at), "/0"), rows, func(ctx context.Context) (int, int, error) {
				return ask(ctx, directory.Page{Offset: at, Limit: 30})
			}})
		}
	}
	of := func(total int) []int { return []int{0, total / 2, total - 30} }
	users := func(f directory.UserFilter) func(context.Context, directory.Page) (int, int, error) {
		return func(ctx context.Context, p directory.Page) (int, int, error) {
			list, total, err := d.Users(ctx, crowded, f, p)
			return len(list), total, err
		}
	}
	assignments := func(q directory.AssignmentQuery) func(context.Context, directory.Page) (int, int, error) {
		return func(ctx context.Context, p directory.Page) (int, int, error) {
			list, total, err := d.Assignments(ctx, crowded, q, p)
			return len(list), total, err
		}
	}
	instances := func(q directory.InstanceQuery) func(context.Context, directory.Page) (int, int, error) {
		return func(ctx context.Context, p directory.Page) (int, int, error) {
			list, total, err := d.Instances(ctx, crowded, q, p)
			return len(list), total, err
		}
	}
	tuples := func(q directory.TupleQuery) func(context.Context, directory.Page) (int, int, error) {
		return func(ctx context.Context, p directory.Page) (int, int, error) {
			list, total, err := d.Tuples(ctx, crowded, q, p)
			return len(list), total, err
		}
	}
	add("users", 30, users(directory.UserFilter{}), of(*crowdSize)...)
	add("tenants", 30, func(ctx context.Context, p directory.Page) (int, int, error) {
		list, total, err := d.Tenants(ctx, crowded, directory.TextFilter{}, p)
		return len(list), total, err
	}, of(*crowdSize)...)
	add("assignments", 30, assignments(directory.AssignmentQuery{}), of(3**crowdSize)...)
	add("instances", 30, instances(directory.InstanceQuery{}), of(*crowdSize)...)
	add("tuples", 30, tuples(directory.TupleQuery{}), of(*crowdSize)...)
	add("users in a tenant", 30, users(directory.UserFilter{Tenant: "t7"}), 0, *crowdSize/1000-30)
	add("users of a role in a tenant", 30, users(directory.UserFilter{Tenant: "t7", Role: "r1"}), 0, *crowdSize/1000-30)
	add("users of a role", 30, users(directory.UserFilter{Role: "r1"}), of(*crowdSize)...)
	add("users of a role whose key contains much", 30, users(directory.UserFilter{Role: "r1", Search: "user-1"}), 0, *crowdSize/10)
	add("users whose key contains", 1, users(directory.UserFilter{Search: fmt.Sprint("user-", *crowdSize/2+3)}), 0)
	add("users whose key contains much", 30, users(directory.UserFilter{Search: "USER-1"}), 0, *crowdSize/10)
	add("users whose key begins so", 30, users(directory.UserFilter{Search: "user-9", Match: directory.StartsWith}), 0)
	add("users whose key contains, in a tenant", 1, users(directory.UserFilter{Search: fmt.Sprint("user-", *crowdSize/2+7), Tenant: "t7"}), 0)
	add("tenants whose key contains", 30, func(ctx context.Context, p directory.Page) (int, int, error) {
		list, total, err := d.Tenants(ctx, crowded, directory.TextFilter{Search: "t12"}, p)
		return len(list), total, err
	}, 0)
	add("instances whose key contains, of a type", 30, instances(directory.InstanceQuery{Search: []string{"34"}, Resource: "doc"}), 0, *crowdSize/100)
	add("assignments of a user", 3, assignments(directory.AssignmentQuery{Users: []authz.Ident{"user-7777"}}), 0)
	add("assignments of a hundred users", 30, assignments(directory.AssignmentQuery{Users: hundred()}), 0)
	add("assignments in a tenant", 30, assignments(directory.AssignmentQuery{Tenants: []authz.Ident{"t7"}}), 0)
	add("assignments of a role in a tenant", 30, assignments(directory.AssignmentQuery{Tenants: []authz.Ident{"t7"}, Roles: []authz.Ident{"r1"}}), 0)
	add("instances in a tenant", 30, instances(directory.InstanceQuery{Tenant: "t7"}), 0)
	add("tuples of a subject", 2, tuples(directory.TupleQuery{Subject: "doc:400"}), 0)
	add("tuples of an object", 1, tuples(directory.TupleQuery{Object: "doc:400"}), 0)
	add("tuples in a tenant", 30, tuples(directory.TupleQuery{Tenant: "t7"}), 0)
	return all
}

func hundred() []authz.Ident {
	var list []authz.Ident
	for i := range 100 {
		list = append(list, authz.Ident(fmt.Sprint("user-", *crowdSize/100*i)))
	}
	return list
}
