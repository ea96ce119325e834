package store_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// BenchmarkDeliveries: the first page of the deliveries of each outcome, of a million
// about 250,000 users; three of the earliest users fail, two wait, and one delivery was
// a test. On PostgreSQL too if GATEHOUSE_TEST_POSTGRES names a server.
func BenchmarkDeliveries(b *testing.B) {
	onEachDatabase(b, deliver, func(b *testing.B, s *store.Store) {
		for _, q := range []struct {
			name    string
			outcome ingest.Outcome
			rows    int
		}{
			{"all", "", 50},
			{"settled", ingest.Settled, 50},
			{"failing", ingest.Failing, 3 * 4},
			{"waiting", ingest.Waiting, 2 * 4},
			{"set aside", ingest.SetAside, 1},
		} {
			b.Run(q.name, func(b *testing.B) {
				for b.Loop() {
					list, err := s.Arrivals(b.Context(), crowded, "logto", ingest.ArrivalFilter{Outcome: q.outcome}, 50)
					if err != nil || len(list) != q.rows {
						b.Fatalf("got %d (%v), want %d", len(list), err, q.rows)
					}
				}
			})
		}
	})
}

// deliver fills a fresh database past the inbox.
func deliver(b *testing.B, s *store.Store, db *sql.DB) {
	b.Helper()
	found(b, s)
	write(b, db, []string{`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
		INSERT INTO deliveries (env_id, source, digest, event, standing, subject_kind, subject_id, aspect, version, sent_at, received_at, copies, body)
		SELECT $1, 'logto', 'digest-' || i, 'User.Data.Updated', CASE WHEN i = 5 THEN 'test' ELSE 'live' END, 'user',
			'user-' || ((i + 3) / 4), 'data', i, i, i, 1, '{"event":"User.Data.Updated","data":{"id":"user-' || ((i + 3) / 4) || '"}}' FROM n`}, crowded, *crowdSize)
	for i, failure := range []string{"no answer", "no answer", "no answer", "", ""} {
		who := ingest.Subject{Kind: ingest.UserSubject, ID: fmt.Sprint("user-", 10+i)}
		write(b, db, []string{`INSERT INTO work (kind, key, generation, due_at, leased_until, attempts, last_error, created_at)
			VALUES ($1, $2, 1, 0, 0, 0, $3, 0)`}, ingest.WorkKind, ingest.WorkKey(crowded, "logto", who), failure)
	}
}
