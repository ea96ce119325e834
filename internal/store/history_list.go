package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

const entryColumns = `h.env_id, h.revision, h.place, h.part, h.kind, h.key, h.verb, c.actor, c.at`

const (
	entries      = ` FROM history h JOIN commits c ON c.env_id = h.env_id AND c.revision = h.revision WHERE `
	commitsFirst = ` FROM commits c CROSS JOIN history h WHERE c.env_id = h.env_id AND c.revision = h.revision AND `
)

// entriesOf selects the entries of env that f selects.
func entriesOf(env authz.EnvID, f directory.HistoryFilter) where {
	w := where{}
	w.add("h.env_id = ?", env)
	if f.Kind != "" {
		w.add("h.kind = ?", f.Kind)
	}
	if f.Key != "" {
		w.add("h.key = ?", f.Key)
	}
	if f.User != "" {
		w.add("h.user_key = ? AND h.user_key <> ''", f.User) // the index has no others
	}
	if b := f.Before; b != (directory.Cursor{}) {
		w.add("(h.revision, h.place, h.part) < (?, ?, ?)", b.Revision, b.Place, b.Part)
	}
	if len(f.Actors) > 0 {
		w.add("c.env_id = ?", env)
		in(&w, "c.actor", f.Actors)
	}
	if !f.From.IsZero() {
		w.add("c.at >= ?", f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		w.add("c.at <= ?", f.To.UnixMicro())
	}
	return w
}

// strands are filters that together select what f does, each by one thing or actor
// where f is: an index yields each of them in order.
func strands(f directory.HistoryFilter) []directory.HistoryFilter {
	all := []directory.HistoryFilter{f}
	if f.User != "" {
		all = ofUser(f)
	} else if f.Key != "" && f.Kind == "" {
		all = nil
		for _, kind := range directory.Kinds {
			f.Kind = kind
			all = append(all, f)
		}
	}
	if len(f.Actors) < 2 {
		return all
	}
	var each []directory.HistoryFilter
	for _, one := range all {
		for _, actor := range f.Actors {
			one.Actors = []string{actor}
			each = append(each, one)
		}
	}
	return each
}

// ofUser are the strands of a user: the user, and what they hold.
func ofUser(f directory.HistoryFilter) (all []directory.HistoryFilter) {
	if key := string(f.User); (f.Kind == "" || f.Kind == "user") && (f.Key == "" || f.Key == key) {
		itself := f
		itself.User, itself.Kind, itself.Key = "", "user", key
		all = append(all, itself)
	}
	if f.Kind != "user" {
		all = append(all, f)
	}
	return all
}

// selection is the condition of a strand in env; ok is false if nothing meets it.
// Clocks of several processes may differ, so that times narrow revisions and do not
// replace them.
func selection(ctx context.Context, q sqldb.Queryer, env authz.EnvID, f directory.HistoryFilter) (w where, ok bool, err error) {
	w = entriesOf(env, f)
	if f.From.IsZero() && f.To.IsZero() {
		return w, true, nil
	}
	to := int64(far)
	if !f.To.IsZero() {
		to = f.To.UnixMicro()
	}
	type span struct{ first, last sql.Null[authz.Revision] }
	s, _, err := sqldb.One(ctx, q, func(r *sql.Rows) (s span, err error) { return s, r.Scan(&s.first, &s.last) },
		`SELECT MIN(revision), MAX(revision) FROM commits WHERE env_id = $1 AND at >= $2 AND at <= $3`, env, micros(f.From), to)
	w.add("h.revision >= ?", s.first.V)
	w.add("h.revision <= ?", s.last.V)
	return w, s.first.Valid, err
}

// History implements [directory.HistoryStore]. Each strand is read in the order of an
// index and no further than the page reaches.
func (s *Store) History(ctx context.Context, envs []authz.EnvID, f directory.HistoryFilter, p directory.Page) ([]directory.Entry, error) {
	all := strands(f)
	reach, skip := p.Offset+p.Limit, p.Offset
	if len(envs)*len(all) == 1 { // the database skips
		reach, skip = p.Limit, 0
	}
	var list []directory.Entry
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		for _, env := range envs {
			var here []directory.Entry
			for _, f := range all {
				some, err := strand(ctx, tx, env, f, reach, p.Offset-skip)
				if err != nil {
					return err
				}
				here = merged(here, some, reach, func(a, b directory.Entry) bool { return b.Less(a.Cursor) })
			}
			list = merged(list, here, reach, func(a, b directory.Entry) bool { return !a.At.Before(b.At) })
		}
		list = list[min(skip, len(list)):]
		return fill(ctx, tx, list)
	})
	return list, err
}

// strand are the latest entries of env that f selects, limit of them after skip.
func strand(ctx context.Context, tx *sql.Tx, env authz.EnvID, f directory.HistoryFilter, limit, skip int) ([]directory.Entry, error) {
	w, ok, err := selection(ctx, tx, env, f)
	if err != nil || !ok {
		return nil, err
	}
	from, by := entriesFor(f), "h.revision"
	if from == commitsFirst {
		by = "c.revision"
	}
	n := len(w.args)
	return sqldb.All(ctx, tx, scanEntry, fmt.Sprintf(`SELECT %s%s%s ORDER BY %s DESC, h.place DESC, h.part DESC LIMIT $%d OFFSET $%d`,
		entryColumns, from, w.text(), by, n+1, n+2), append(w.args, limit, skip)...)
}

// entriesFor joins as f is best read: SQLite walks commits_by_actor only if it must.
func entriesFor(f directory.HistoryFilter) string {
	if len(f.Actors) > 0 && f.Kind == "" {
		return commitsFirst
	}
	return entries
}

// merged are the first of two lists, limit of them. Each list stays in its order;
// before reports whether an entry of a precedes one of b.
func merged(a, b []directory.Entry, limit int, before func(a, b directory.Entry) bool) []directory.Entry {
	if len(a) == 0 {
		return b
	}
	both := make([]directory.Entry, 0, min(limit, len(a)+len(b)))
	for len(both) < limit && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && before(a[0], b[0]) {
			both, a = append(both, a[0]), a[1:]
		} else {
			both, b = append(both, b[0]), b[1:]
		}
	}
	return both
}

// HistoryCount implements [directory.HistoryStore].
func (s *Store) HistoryCount(ctx context.Context, envs []authz.EnvID, f directory.HistoryFilter, most int) (int, error) {
	total := 0
	for _, env := range envs {
		for _, f := range strands(f) {
			w, ok, err := selection(ctx, s.db.Read, env, f)
			if err != nil {
				return 0, err
			}
			if !ok {
				continue
			}
			n, _, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) },
				fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1%s%s LIMIT $%d) AS counted`, entriesFor(f), w.text(), len(w.args)+1), append(w.args, most-total)...)
			if total += n; err != nil || total >= most {
				return total, err
			}
		}
	}
	return total, nil
}

// HistoryActors implements [directory.HistoryStore]. The index is read once for each
// actor, however many commits they made.
func (s *Store) HistoryActors(ctx context.Context, envs []authz.EnvID) ([]string, error) {
	var actors []string
	for _, env := range envs {
		some, err := sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (actor string, err error) { return actor, r.Scan(&actor) }, `
			WITH RECURSIVE made (actor) AS (
				SELECT MIN(actor) FROM commits WHERE env_id = $1
				UNION ALL
				SELECT (SELECT MIN(c.actor) FROM commits c WHERE c.env_id = $1 AND c.actor > made.actor) FROM made WHERE made.actor IS NOT NULL
			) SELECT actor FROM made WHERE actor IS NOT NULL`, env)
		if err != nil {
			return nil, err
		}
		actors = append(actors, some...)
	}
	slices.Sort(actors)
	return slices.Compact(actors), nil
}

func scanEntry(r *sql.Rows) (directory.Entry, error) {
	var e directory.Entry
	var at int64
	err := r.Scan(&e.Env, &e.Revision, &e.Place, &e.Part, &e.Kind, &e.Key, &e.Verb, &e.Actor, &at)
	e.At = fromMicros(at)
	return e, err
}

// fill reads what things were and became.
func fill(ctx context.Context, tx *sql.Tx, list []directory.Entry) error {
	read := map[commitKey][]authz.Change{}
	until := map[authz.EnvID]int64{}
	for i := range list {
		e := &list[i]
		var err error
		if e.After, err = became(ctx, tx, read, *e); err != nil {
			return err
		}
		was, ok, err := sqldb.One(ctx, tx, scanEntry, `SELECT `+entryColumns+entries+`
			h.env_id = $1 AND h.kind = $2 AND h.key = $3 AND (h.revision, h.place, h.part) < ($4, $5, $6)
			ORDER BY h.revision DESC, h.place DESC, h.part DESC LIMIT 1`, e.Env, e.Kind, e.Key, e.Revision, e.Place, e.Part)
		if err != nil {
			return err
		}
		if ok {
			if e.Before, err = became(ctx, tx, read, was); err != nil {
				return err
			}
		}
		if _, known := until[e.Env]; !known {
			until[e.Env], _, err = sqldb.One(ctx, tx, func(r *sql.Rows) (at int64, err error) { return at, r.Scan(&at) },
				`SELECT forgotten_at FROM environments WHERE id = $1`, e.Env)
			if err != nil {
				return err
			}
		}
		e.BeforeKnown = ok || until[e.Env] == 0 || micros(madeAt(e.After)) > until[e.Env]
	}
	return nil
}

// madeAt is when the thing that c puts was first put, not later than its commit; zero
// if c does not say.
func madeAt(c authz.Change) time.Time {
	switch c := c.(type) {
	case authz.PutUser:
		return c.User.CreatedAt
	case authz.PutTenant:
		return c.Tenant.CreatedAt
	case authz.PutRole:
		return c.Role.CreatedAt
	case authz.PutResource:
		return c.Resource.CreatedAt
	case authz.PutInstance:
		return c.Instance.CreatedAt
	case authz.PutConditionSet:
		return c.Set.CreatedAt
	case authz.PutInvite:
		return c.Invite.CreatedAt
	case authz.PutURLMapping:
		return c.Mapping.CreatedAt
	default:
		return time.Time{} // a second put of the others says its own time
	}
}

type commitKey struct {
	env authz.EnvID
	rev authz.Revision
}

// became is what an entry made of its thing; nil if it is gone. Commits are read
// once.
func became(ctx context.Context, tx *sql.Tx, read map[commitKey][]authz.Change, e directory.Entry) (authz.Change, error) {
	if e.Verb != directory.Put {
		return nil, nil
	}
	key := commitKey{e.Env, e.Revision}
	changes, ok := read[key]
	if !ok {
		text, _, err := sqldb.One(ctx, tx, func(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) },
			`SELECT changes FROM commits WHERE env_id = $1 AND revision = $2`, e.Env, e.Revision)
		if err != nil {
			return nil, err
		}
		if changes, err = decode(text); err != nil {
			return nil, err
		}
		read[key] = changes
	}
	return changes[e.Place], nil
}
