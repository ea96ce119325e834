package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// The columns of an arrival, but for its body. Work is on the subject of a delivery.
const (
	arrivalColumns = `d.digest, d.event, d.standing, d.subject_kind, d.subject_id, d.aspect, d.version, d.sent_at, d.received_at, d.copies,
		w.key IS NOT NULL, COALESCE(w.attempts, 0), COALESCE(w.last_error, ''), COALESCE(w.due_at, 0)`
	arrivals = ` FROM deliveries d LEFT JOIN work w ON w.kind = $1 AND d.standing = $2 AND d.subject_id <> ''
		AND w.key = d.env_id || '/' || d.source || '/' || d.subject_kind || '/' || d.subject_id WHERE `
)

func scanArrival(r *sql.Rows, more ...any) (a ingest.Arrival, err error) {
	var sent, received, due int64
	var waits bool
	err = r.Scan(append([]any{
		&a.Digest, &a.Event, &a.Standing, &a.Subject.Kind, &a.Subject.ID, &a.Aspect, &a.Version, &sent, &received, &a.Copies,
		&waits, &a.Attempts, &a.Error, &due,
	}, more...)...)
	a.SentAt, a.ReceivedAt, a.DueAt = fromMicros(sent), fromMicros(received), fromMicros(due)
	switch {
	case a.Standing != ingest.Live:
		a.Outcome = ingest.SetAside
	case !waits:
		a.Outcome = ingest.Settled
	case a.Error == "":
		a.Outcome = ingest.Waiting
	default:
		a.Outcome = ingest.Failing
	}
	return a, err
}

// outcomes are the conditions of the outcomes, as scanArrival says them.
var outcomes = map[ingest.Outcome]string{
	ingest.SetAside: `d.standing <> ?`,
	ingest.Settled:  `d.standing = ? AND w.key IS NULL`,
	ingest.Waiting:  `d.standing = ? AND w.last_error = ''`,
	ingest.Failing:  `d.standing = ? AND w.last_error <> ''`,
}

// arrived begins the conditions on the deliveries of a source.
func arrived(env authz.EnvID, source string) where {
	w := where{args: []any{ingest.WorkKind, ingest.Live}}
	w.add("d.env_id = ?", env)
	w.add("d.source = ?", source)
	return w
}

// Arrivals implements [ingest.ArrivalStore].
func (s *Store) Arrivals(ctx context.Context, env authz.EnvID, source string, f ingest.ArrivalFilter, limit int) ([]ingest.Arrival, error) {
	w := arrived(env, source)
	if f.Event != "" {
		w.add("d.event = ?", f.Event)
	}
	if f.Subject != (ingest.Subject{}) {
		w.add("d.subject_kind = ?", f.Subject.Kind)
		w.add("d.subject_id = ?", f.Subject.ID)
	}
	if condition, ok := outcomes[f.Outcome]; ok {
		w.add(condition, ingest.Live)
	}
	if b := f.Before; b != (ingest.ArrivalCursor{}) {
		w.add("(d.received_at, d.digest) < (?, ?)", micros(b.At), b.Digest)
	}
	return sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (ingest.Arrival, error) { return scanArrival(r) },
		`SELECT `+arrivalColumns+arrivals+w.text()+fmt.Sprintf(` ORDER BY d.received_at DESC, d.digest DESC LIMIT %d`, limit), w.args...)
}

// Arrival implements [ingest.ArrivalStore].
func (s *Store) Arrival(ctx context.Context, env authz.EnvID, source, digest string) (ingest.Arrival, bool, error) {
	w := arrived(env, source)
	w.add("d.digest = ?", digest)
	return sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (ingest.Arrival, error) {
		var body string
		a, err := scanArrival(r, &body)
		a.Body = []byte(body)
		return a, err
	}, `SELECT `+arrivalColumns+`, d.body`+arrivals+w.text(), w.args...)
}
