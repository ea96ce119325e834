package server_test

import (
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

var crowdSize = flag.Int("crowd", 1_000_000, "how many users BenchmarkTheUsersPage lists")

// BenchmarkTheUsersPage: what the dashboard's page of users asks of a server, with the
// session of an administrator, of a million users with a role each, and a second one for
// every eleventh. The first answer of each kind is a figure of its own.
func BenchmarkTheUsersPage(b *testing.B) {
	dir := b.TempDir()
	administered := func(c *server.Config) { c.AdminEmail, c.AdminPassword = adminEmail, adminPassword }
	h := start(b, dir, administered)
	h.schema()
	h.must("POST", "/v2/schema/default/dev/roles", object{"key": "editor", "name": "Editor"}, nil)
	h.stop()
	populate(b, filepath.Join(dir, "gatehouse.db"))
	h = start(b, dir, administered)
	who := h.browser().signIn(adminEmail, adminPassword)
	const users, tenant = "/v2/facts/default/dev/users?per_page=25", "/v2/facts/default/dev/tenants/t7/users?per_page=25"
	page(b, who, users+"&search=ada") // waits for what the server reads ahead when it starts
	for _, q := range []struct{ name, path string }{
		{"the first page", users},
		{"the second page", users + "&page=2"},
		{"a page in the middle", users + fmt.Sprint("&page=", *crowdSize/50)},
		{"search for one", users + fmt.Sprint("&search=user-", *crowdSize/2+3)},
		{"search for a name", users + "&search=carvalho"},
		{"search for a name, next page", users + "&search=carvalho&page=2"},
		{"users of a tenant", tenant},
		{"users of a tenant, next page", tenant + "&page=2"},
		{"users of a role that all hold", users + "&role=viewer"},
		{"users of a role that few hold", users + "&role=editor"},
		{"users of a role, next page", users + "&role=editor&page=2"},
		{"users of a role in a tenant", tenant + "&role=editor"},
		{"search among those of a role", users + "&role=editor&search=carvalho"},
	} {
		b.Run(q.name, func(b *testing.B) {
			began := time.Now()
			found := page(b, who, q.path)
			first := time.Since(began)
			var took latencies
			for b.Loop() {
				began := time.Now()
				if got := page(b, who, q.path); got != found {
					b.Fatalf("got %d users, then %d", found, got)
				}
				took.add(time.Since(began))
			}
			took.report(b)
			b.ReportMetric(float64(first.Microseconds())/1000, "first-ms")
			b.ReportMetric(float64(found), "users")
		})
	}
}

// page asks for a page, and returns of how many users it is.
func page(b *testing.B, who *browser, path string) (total int) {
	b.Helper()
	res, out := who.ask(http.MethodGet, path, nil)
	var page struct {
		Data  []struct{ Key string }
		Total int `json:"total_count"`
	}
	if err := json.Unmarshal(out, &page); err != nil || res.StatusCode != http.StatusOK || len(page.Data) == 0 {
		b.Fatalf("%s: %d %.300s (%v)", path, res.StatusCode, out, err)
	}
	return page.Total
}

// populate fills the only environment of a SQLite database past the directory.
func populate(b *testing.B, path string) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	do := func(query string, args ...any) {
		if _, err := db.ExecContext(b.Context(), query, args...); err != nil {
			b.Fatalf("%v: %.80s", err, query)
		}
	}
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 1000 + $1), e(id) AS (SELECT id FROM environments) `
	do(numbers+`INSERT INTO tenants (env_id, key, id, name, description, attributes, created_at, updated_at, seq)
		SELECT e.id, 't' || (i - 1000), 't' || i, 'Tenant ' || i, '', 'null', i, i, i FROM n, e`, 1000)
	do(numbers+`INSERT INTO users (env_id, key, id, email, first_name, last_name, attributes, suspended, source, created_at, updated_at, seq)
		SELECT e.id, 'user-' || i, 'u' || i, 'user' || i || '@example.com',
			json_extract('["Ada","Bruno","Chiara","Dmitri","Esra","Femi","Greta","Hiro","Ines","Jamal"]', '$[' || (i % 10) || ']'),
			json_extract('["Adler","Bianchi","Carvalho","Duarte","Eriksen","Fischer","Gallo","Hansen","Ivanova","Jansen","Kowalski","Lindqvist","Moreau"]', '$[' || (i % 13) || ']'),
			'null', FALSE, '', i, i, i FROM n, e`, *crowdSize)
	const assignments = `INSERT INTO assignments (env_id, user_key, role_key, tenant_key, id, given_by, created_at, seq) `
	do(numbers+assignments+`SELECT e.id, 'user-' || i, 'viewer', 't' || (i % 1000), 'v' || i, 'api', i, i FROM n, e`, *crowdSize)
	do(numbers+assignments+`SELECT e.id, 'user-' || i, 'editor', 't' || (i % 1000), 'e' || i, 'api', i, 1000 + $1 + i FROM n, e WHERE i % 11 = 7`, *crowdSize)
	for _, list := range []string{"users", "tenants", "assignments"} {
		do(`DELETE FROM row_counts WHERE list = $1`, list)
		do(`INSERT INTO row_counts (env_id, list, bucket, n) SELECT env_id, '` + list + `', seq / 1024, COUNT(*) FROM ` + list + ` GROUP BY env_id, seq / 1024`)
	}
}
