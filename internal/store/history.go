package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// A happening is a row of the history before it is written.
type happening struct {
	place, part int
	kind, key   string
	verb        directory.Verb
}

// happened is what a change does by itself.
func happened(place int, c authz.Change) happening {
	kind, key, put := directory.NameOf(c)
	h := happening{place: place, kind: kind, key: key, verb: directory.Deleted}
	if put {
		h.verb = directory.Put
	}
	return h
}

// rowsAtOnce is how many rows of the history one statement writes.
const rowsAtOnce = 100

// remember writes what a commit did into the history.
func remember(ctx context.Context, tx *sql.Tx, env authz.EnvID, rev authz.Revision, all []happening) error {
	for len(all) > 0 {
		some := all[:min(len(all), rowsAtOnce)]
		all = all[len(some):]
		var text strings.Builder
		text.WriteString(`INSERT INTO history (env_id, revision, place, part, kind, key, verb) VALUES `)
		args := []any{env, rev}
		for i, h := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			n := len(args)
			fmt.Fprintf(&text, "($1, $2, $%d, $%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4, n+5)
			args = append(args, h.place, h.part, h.kind, h.key, h.verb)
		}
		text.WriteString(` ON CONFLICT DO NOTHING`) // two processes may fill in the same past
		if err := execute(ctx, tx, text.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// takenBy are the things that c is about to take with it; see [apply].
func takenBy(ctx context.Context, tx *sql.Tx, env authz.EnvID, place int, c authz.Change) ([]happening, error) {
	takings := belonging(env, c)
	if c, ok := c.(authz.PutResource); ok {
		roles, lost, err := lostBy(ctx, tx, env, c.Resource)
		if err != nil {
			return nil, err
		}
		for _, role := range roles {
			takings = append(takings, onThings.of(env, "type = ? AND role_key = ?", c.Resource.Key, role), invited.of(env, "type = ? AND role_key = ?", c.Resource.Key, role))
		}
		for _, relation := range lost {
			takings = append(takings, relations.of(env, "object_type = ? AND relation = ?", c.Resource.Key, relation))
		}
	}
	var all []happening
	for _, q := range takings {
		err := stream(ctx, tx, q.scan, func(found []authz.Change) error {
			for _, f := range found {
				kind, key, _ := directory.NameOf(f)
				all = append(all, happening{place: place, part: len(all) + 1, kind: kind, key: key, verb: directory.Taken})
			}
			return nil
		}, q.selects+q.where.text(), q.where.args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// A taking selects things that go with another.
type taking struct {
	selects string
	scan    func(*sql.Rows) (authz.Change, error)
	where   where
}

func asAssignment(a authz.Assignment) authz.Change { return authz.PutAssignment{Assignment: a} }

var (
	inTenants  = taking{selects: `SELECT ` + assignmentColumns + ` FROM assignments WHERE `, scan: put(scanAssignment, asAssignment)}
	onThings   = taking{selects: `SELECT ` + onInstanceColumns + ` FROM instance_assignments WHERE `, scan: put(scanOnInstance, asAssignment)}
	waiting    = taking{selects: `SELECT ` + pendingColumns + ` FROM pending_assignments WHERE `, scan: put(scanPending, func(p authz.PendingAssignment) authz.Change { return authz.PutPending{Pending: p} })}
	things     = taking{selects: `SELECT ` + instanceColumns + ` FROM instances WHERE `, scan: put(scanInstance, func(i authz.Instance) authz.Change { return authz.PutInstance{Instance: i} })}
	relations  = taking{selects: `SELECT ` + tupleColumns + ` FROM tuples WHERE `, scan: put(scanTuple, func(t authz.Tuple) authz.Change { return authz.PutTuple{Tuple: t} })}
	conditions = taking{selects: `SELECT ` + setColumns + ` FROM condition_sets WHERE `, scan: put(scanSet, func(c authz.ConditionSet) authz.Change { return authz.PutConditionSet{Set: c} })}
	belongs    = taking{selects: `SELECT ` + membershipColumns + ` FROM memberships WHERE `, scan: put(scanMembership, func(m authz.Membership) authz.Change { return authz.PutMembership{Membership: m} })}
	invited    = taking{selects: `SELECT ` + inviteColumns + ` FROM invites WHERE `, scan: put(scanInvite, func(i authz.Invite) authz.Change { return authz.PutInvite{Invite: i} })}
	rules      = taking{selects: `SELECT ` + ruleColumns + ` FROM rules WHERE `, scan: put(scanRule, func(r authz.Rule) authz.Change { return authz.PutRule{Rule: r} })}
)

// of is t for rows of env that meet a condition.
func (t taking) of(env authz.EnvID, condition string, args ...any) taking {
	t.where = where{}
	t.where.add("env_id = ?", env)
	t.where.add("("+condition+")", args...)
	return t
}

// belonging are the rows that go with a change: what foreign keys and [remove]
// delete.
func belonging(env authz.EnvID, c authz.Change) []taking {
	switch c := c.(type) {
	case authz.DeleteUser:
		return []taking{inTenants.of(env, "user_key = ?", c.Key), onThings.of(env, "user_key = ?", c.Key), waiting.of(env, "user_key = ?", c.Key), belongs.of(env, "user_key = ?", c.Key)}
	case authz.DeleteTenant:
		return append(ofInstances(env, "tenant_key", string(c.Key)), inTenants.of(env, "tenant_key = ?", c.Key),
			belongs.of(env, "tenant_key = ?", c.Key), invited.of(env, "tenant_key = ?", c.Key))
	case authz.DeleteRole:
		return []taking{inTenants.of(env, "role_key = ?", c.Key), rules.of(env, "role_key = ?", c.Key), invited.of(env, "type = '' AND role_key = ?", c.Key)}
	case authz.DeleteResource:
		const sets = `kind = ? AND resource_key = ?`
		return append(ofInstances(env, "type", string(c.Key)), conditions.of(env, sets, authz.ResourceSet, c.Key),
			rules.of(env, `resource_key = ? OR on_resource = ? OR resource_set IN (SELECT s.key FROM condition_sets s WHERE s.env_id = rules.env_id AND s.kind = ? AND s.resource_key = ?)`,
				c.Key, c.Key, authz.ResourceSet, c.Key))
	case authz.DeleteInstance:
		return []taking{onThings.of(env, "node = ?", c.Node.String()), relations.of(env, "object = ? OR subject = ?", c.Node.String(), c.Node.String()), invited.of(env, "node = ?", c.Node.String())}
	case authz.DeleteConditionSet:
		return []taking{rules.of(env, "user_set = ? OR resource_set = ?", c.Key, c.Key)}
	default:
		return nil
	}
}

// ofInstances are the instances whose column is key, and what goes with them.
func ofInstances(env authz.EnvID, column, key string) []taking {
	among := fmt.Sprintf(`(SELECT i.node FROM instances i WHERE i.env_id = ? AND i.%s = ?)`, column)
	return []taking{
		things.of(env, column+" = ?", key),
		onThings.of(env, "node IN "+among, env, key),
		relations.of(env, "object IN "+among+" OR subject IN "+among, env, key, env, key),
		invited.of(env, "node IN "+among, env, key),
	}
}

const entryColumns = `h.env_id, h.revision, h.place, h.part, h.kind, h.key, h.verb, c.actor, c.at`

const entries = ` FROM history h JOIN commits c ON c.env_id = h.env_id AND c.revision = h.revision WHERE `

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
	if b := f.Before; b != (directory.Cursor{}) {
		w.add("(h.revision, h.place, h.part) < (?, ?, ?)", b.Revision, b.Place, b.Part)
	}
	in(&w, "c.actor", f.Actors)
	if !f.From.IsZero() {
		w.add("c.at >= ?", f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		w.add("c.at <= ?", f.To.UnixMicro())
	}
	return w
}

// History implements [directory.HistoryStore]. Each environment is read in the order
// of its key and no further than the page reaches.
func (s *Store) History(ctx context.Context, envs []authz.EnvID, f directory.HistoryFilter, p directory.Page) ([]directory.Entry, error) {
	limit, skip := p.Offset+p.Limit, p.Offset
	if len(envs) == 1 { // the database skips
		limit, skip = p.Limit, 0
	}
	var list []directory.Entry
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		for _, env := range envs {
			w := entriesOf(env, f)
			n := len(w.args)
			some, err := sqldb.All(ctx, tx, scanEntry, fmt.Sprintf(`SELECT %s%s%s ORDER BY h.revision DESC, h.place DESC, h.part DESC LIMIT $%d OFFSET $%d`,
				entryColumns, entries, w.text(), n+1, n+2), append(w.args, limit, p.Offset-skip)...)
			if err != nil {
				return err
			}
			list = merged(list, some, limit)
		}
		list = list[min(skip, len(list)):]
		return fill(ctx, tx, list)
	})
	return list, err
}

// merged are the latest of two lists, limit of them. Each list stays in its order,
// whatever the clocks of the processes that wrote it said.
func merged(a, b []directory.Entry, limit int) []directory.Entry {
	if len(a) == 0 {
		return b
	}
	both := make([]directory.Entry, 0, min(limit, len(a)+len(b)))
	for len(both) < limit && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && !a[0].At.Before(b[0].At) {
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
		w := entriesOf(env, f)
		n, _, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) },
			fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1%s%s LIMIT $%d) AS counted`, entries, w.text(), len(w.args)+1), append(w.args, most-total)...)
		if total += n; err != nil || total >= most {
			return total, err
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

// backfilled is how many commits RememberAll writes in a transaction.
const backfilled = 100

// RememberAll writes the history of commits that a version without it made. What
// those took with them is not known, and so not in it. It returns when all are
// written.
func (s *Store) RememberAll(ctx context.Context) error {
	var last authz.Commit
	for {
		n := 0
		err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
			commits, err := sqldb.All(ctx, tx, func(r *sql.Rows) (c authz.Commit, err error) {
				var text string
				if err := r.Scan(&c.Env, &c.Revision, &text); err != nil {
					return c, err
				}
				c.Changes, err = decode(text)
				return c, err
			}, `SELECT env_id, revision, changes FROM commits c
				WHERE (env_id, revision) > ($1, $2)
					AND NOT EXISTS (SELECT 1 FROM history h WHERE h.env_id = c.env_id AND h.revision = c.revision)
				ORDER BY env_id, revision LIMIT $3`, last.Env, last.Revision, backfilled)
			if err != nil {
				return err
			}
			n = len(commits)
			for _, c := range commits {
				var all []happening
				for place, change := range c.Changes {
					all = append(all, happened(place, change))
				}
				if err := remember(ctx, tx, c.Env, c.Revision, all); err != nil {
					return err
				}
				last = c
			}
			return nil
		})
		if err != nil || n < backfilled {
			return err
		}
	}
}
