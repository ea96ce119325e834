package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

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

// inWork are the conditions on the work of the outcomes that its work decides.
var inWork = map[ingest.Outcome]string{
	ingest.Waiting: `last_error = ''`,
	ingest.Failing: `last_error <> ''`,
}

const live = `d.standing = '` + string(ingest.Live) + `'`

// outcomes are the conditions of the outcomes, as scanArrival says them. Those that are
// not live have an index of their own.
var outcomes = map[ingest.Outcome]string{
	ingest.SetAside: `d.standing <> '` + string(ingest.Live) + `'`,
	ingest.Settled:  live + ` AND w.key IS NULL`,
	ingest.Waiting:  live + ` AND w.` + inWork[ingest.Waiting],
	ingest.Failing:  live + ` AND w.` + inWork[ingest.Failing],
}

// arrived begins the conditions on the deliveries of a source.
func arrived(env authz.EnvID, source string) where {
	w := where{args: []any{ingest.WorkKind, ingest.Live}}
	w.add("d.env_id = ?", env)
	w.add("d.source = ?", source)
	return w
}

// selected are the conditions on the deliveries of a source that a filter selects.
func selected(env authz.EnvID, source string, f ingest.ArrivalFilter) where {
	w := arrived(env, source)
	if f.Event != "" {
		w.add("d.event = ?", f.Event)
	}
	if f.Subject != (ingest.Subject{}) {
		w.add("d.subject_kind = ?", f.Subject.Kind)
		w.add("d.subject_id = ?", f.Subject.ID)
	}
	if condition, ok := outcomes[f.Outcome]; ok {
		w.add(condition)
	}
	if b := f.Before; b != (ingest.ArrivalCursor{}) {
		w.add("(d.received_at, d.digest) < (?, ?)", micros(b.At), b.Digest)
	}
	return w
}

// Arrivals implements [ingest.ArrivalStore].
func (s *Store) Arrivals(ctx context.Context, env authz.EnvID, source string, f ingest.ArrivalFilter, limit int) (list []ingest.Arrival, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		v := view{q: tx, env: env}
		if condition, works := inWork[f.Outcome]; works && f.Subject == (ingest.Subject{}) {
			subjects, all, err := v.worked(ctx, source, condition)
			if err != nil {
				return err
			}
			if all {
				list, err = v.arrivalsOf(ctx, source, f, subjects, limit)
				return err
			}
		}
		list, err = v.arrivals(ctx, selected(env, source, f), limit)
		return err
	})
	return list, err
}

// arrivals goes through the deliveries, the latest first, until there are as many as
// the limit.
func (v view) arrivals(ctx context.Context, w where, limit int) ([]ingest.Arrival, error) {
	return sqldb.All(ctx, v.q, func(r *sql.Rows) (ingest.Arrival, error) { return scanArrival(r) },
		`SELECT `+arrivalColumns+arrivals+w.text()+fmt.Sprintf(` ORDER BY d.received_at DESC, d.digest DESC LIMIT %d`, limit), w.args...)
}

// mostWorked are as many subjects as are looked up one by one: where more wait, a page
// of their deliveries is found soon by going through all.
const mostWorked = 20_000

// worked are the ids, by kind, of the subjects whose work meets a condition, and whether
// they are all.
func (v view) worked(ctx context.Context, source, condition string) (subjects map[ingest.SubjectKind][]string, all bool, err error) {
	prefix := strings.TrimSuffix(ingest.WorkKey(v.env, source, ingest.Subject{}), "/") // of every kind
	keys, err := sqldb.All(ctx, v.q, func(r *sql.Rows) (key string, err error) { return key, r.Scan(&key) },
		fmt.Sprintf(`SELECT key FROM work WHERE kind = $1 AND key LIKE $2 ESCAPE '\' AND %s LIMIT %d`, condition, mostWorked+1),
		ingest.WorkKind, literal(prefix)+"%")
	subjects = map[ingest.SubjectKind][]string{}
	for _, key := range keys {
		_, _, subject, _ := ingest.ParseWorkKey(key)
		subjects[subject.Kind] = append(subjects[subject.Kind], subject.ID)
	}
	return subjects, len(keys) <= mostWorked, err
}

// arrivalsOf are the latest deliveries about subjects that a filter selects.
func (v view) arrivalsOf(ctx context.Context, source string, f ingest.ArrivalFilter, subjects map[ingest.SubjectKind][]string, limit int) (list []ingest.Arrival, err error) {
	for kind, ids := range subjects {
		for some := range slices.Chunk(ids, someKeys) {
			w := selected(v.env, source, f)
			w.add("d.subject_kind = ?", kind)
			in(&w, "d.subject_id", some)
			these, err := v.arrivals(ctx, w, limit)
			if err != nil {
				return nil, err
			}
			list = append(list, these...)
		}
	}
	slices.SortFunc(list, func(a, b ingest.Arrival) int {
		return cmp.Or(b.ReceivedAt.Compare(a.ReceivedAt), cmp.Compare(b.Digest, a.Digest))
	})
	return list[:min(limit, len(list))], nil
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
