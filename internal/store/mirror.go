package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

var (
	_ mirror.Source = (*Store)(nil)
	_ mirror.Ledger = (*Mirrors)(nil)
)

// Touched implements [mirror.Source].
func (s *Store) Touched(ctx context.Context, env authz.EnvID, rev authz.Revision) ([]mirror.Touch, authz.Revision, error) {
	var touched []mirror.Touch
	last := rev
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		commits, err := sqldb.All(ctx, tx, func(r *sql.Rows) (c authz.Revision, err error) { return c, r.Scan(&c) },
			`SELECT revision FROM commits WHERE env_id = $1 AND revision > $2 ORDER BY revision LIMIT $3`, env, rev, some)
		if err != nil || len(commits) == 0 {
			return err
		}
		if commits[0] != rev+1 {
			return mirror.ErrForgotten
		}
		last = commits[len(commits)-1]
		touched, err = sqldb.All(ctx, tx, func(r *sql.Rows) (t mirror.Touch, err error) {
			var verb directory.Verb
			err = r.Scan(&t.Kind, &t.Key, &verb)
			t.Gone = verb != directory.Put
			return t, err
		}, `SELECT kind, key, verb FROM history WHERE env_id = $1 AND revision > $2 AND revision <= $3 ORDER BY revision, place, part`, env, rev, last)
		return err
	})
	return touched, last, err
}

// Present implements [mirror.Source].
func (s *Store) Present(ctx context.Context, env authz.EnvID, things []mirror.Thing) ([]authz.Change, error) {
	out, at := make([]authz.Change, len(things)), make(map[mirror.Thing]int, len(things))
	for i, t := range things {
		at[t] = i
	}
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		for chunk := range slices.Chunk(things, someKeys) {
			found, err := presentOf(ctx, view{q: tx, env: env}, chunk)
			if err != nil {
				return err
			}
			for _, c := range found {
				if i, wanted := at[mirror.Named(c)]; wanted {
					out[i] = c
				}
			}
		}
		return nil
	})
	return out, err
}

// presentOf reads things of one kind.
func presentOf(ctx context.Context, v view, things []mirror.Thing) ([]authz.Change, error) {
	keys := make([]string, len(things))
	for i, t := range things {
		keys[i] = t.Key
	}
	switch things[0].Kind {
	case mirror.User:
		return those(ctx, v, "users", userColumns, "key", keys, put(scanUser, func(u authz.User) authz.Change { return authz.PutUser{User: u} }))
	case mirror.Tenant:
		return those(ctx, v, "tenants", tenantColumns, "key", keys, put(scanTenant, func(t authz.Tenant) authz.Change { return authz.PutTenant{Tenant: t} }))
	case mirror.Instance:
		return those(ctx, v, "instances", instanceColumns, "node", keys, put(scanInstance, func(i authz.Instance) authz.Change { return authz.PutInstance{Instance: i} }))
	case mirror.Role:
		return those(ctx, v, "roles", roleColumns, "key", keys, put(scanRole, func(r authz.Role) authz.Change { return authz.PutRole{Role: r} }))
	case mirror.Resource:
		return those(ctx, v, "resources", resourceColumns, "key", keys, put(scanResource, func(r authz.Resource) authz.Change { return authz.PutResource{Resource: r} }))
	case mirror.Set:
		return those(ctx, v, "condition_sets", setColumns, "key", keys, put(scanSet, func(c authz.ConditionSet) authz.Change { return authz.PutConditionSet{Set: c} }))
	case mirror.Rule:
		list, err := v.Rules(ctx)
		out := make([]authz.Change, len(list))
		for i, r := range list {
			out[i] = authz.PutRule{Rule: r}
		}
		return out, err
	case mirror.Assignment:
		return heldNow(ctx, v, keys)
	case mirror.Tuple:
		return tuplesNow(ctx, v, keys)
	}
	return nil, authz.Errorf(authz.Unsupported, "nothing mirrors a %s", things[0].Kind)
}

// awake are those whose user is not suspended.
const awake = ` AND NOT EXISTS (SELECT 1 FROM users WHERE users.env_id = $1 AND users.key = user_key AND users.suspended)`

// heldNow are assignments by their names, but for those of suspended users.
func heldNow(ctx context.Context, v view, names []string) ([]authz.Change, error) {
	var users []authz.UserKey
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
		if user, _, _, _, ok := authz.ParseHeld(name); ok {
			users = append(users, user)
		}
	}
	w := where{}
	w.add("env_id = ?", v.env)
	in(&w, "user_key", slices.Compact(slices.Sorted(slices.Values(users))))
	if len(users) == 0 {
		return nil, nil
	}
	inTenants, err := sqldb.All(ctx, v.q, put(scanAssignment, asAssignment), `SELECT `+assignmentColumns+` FROM assignments WHERE `+w.text()+awake, w.args...)
	if err != nil {
		return nil, err
	}
	onInstances, err := sqldb.All(ctx, v.q, put(scanOnInstance, asAssignment), `SELECT `+onInstanceColumns+` FROM instance_assignments WHERE `+w.text()+awake, w.args...)
	return slices.DeleteFunc(append(inTenants, onInstances...), func(c authz.Change) bool { return !wanted[mirror.Named(c).Key] }), err
}

// tuplesNow are tuples by their names.
func tuplesNow(ctx context.Context, v view, names []string) ([]authz.Change, error) {
	var objects []string
	for _, name := range names {
		if _, _, object, ok := authz.ParseTuple(name); ok {
			objects = append(objects, object.String())
		}
	}
	return those(ctx, v, "tuples", tupleColumns, "object", slices.Compact(slices.Sorted(slices.Values(objects))),
		put(scanTuple, func(t authz.Tuple) authz.Change { return authz.PutTuple{Tuple: t} }))
}

// Everything implements [mirror.Source].
func (s *Store) Everything(ctx context.Context, env authz.EnvID, kind mirror.Kind, w mirror.Wanted) ([]mirror.Thing, error) {
	var all []mirror.Thing
	for _, query := range namesOf(kind, w) {
		list, err := sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (mirror.Thing, error) {
			t := mirror.Thing{Kind: kind}
			return t, r.Scan(&t.Key)
		}, query, env)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// HeldBy implements [mirror.Source].
func (s *Store) HeldBy(ctx context.Context, env authz.EnvID, users []string) ([]mirror.Thing, error) {
	keys := make([]authz.UserKey, len(users))
	for i, u := range users {
		keys[i] = authz.UserKey(u)
	}
	held, err := view{q: s.db.Read, env: env}.Held(ctx, keys)
	out := make([]mirror.Thing, len(held))
	for i, a := range held {
		out[i] = mirror.Named(authz.PutAssignment{Assignment: a})
	}
	return out, err
}

// Mirrors keeps how far mirrors are. It is part of the store.
type Mirrors struct{ *Store }

// Mirrors is the ledger of mirrors.
func (s *Store) Mirrors() *Mirrors { return &Mirrors{s} }

// Begin implements [mirror.Ledger].
func (m *Mirrors) Begin(ctx context.Context, env authz.EnvID, account string, w mirror.Wanted) (mirror.Progress, error) {
	var wanted string
	p, known, err := sqldb.One(ctx, m.db.Read, func(r *sql.Rows) (p mirror.Progress, err error) { return p, r.Scan(&p.Account, &wanted, &p.Cursor) },
		`SELECT account, wanted, cursor FROM mirrors WHERE env_id = $1`, env)
	if err != nil || known && p.Account == account && wanted == w.String() {
		return p, err
	}
	p.Account = account
	p.Cursor, err = m.Refill(ctx, env, account, w)
	return p, err
}

// everything is how everything of a kind is named, see [authz.NameOf].
var everything = map[mirror.Kind][]string{
	mirror.Resource:   {`SELECT key AS name FROM resources WHERE env_id = $1`},
	mirror.Role:       {`SELECT key AS name FROM roles WHERE env_id = $1`},
	mirror.Set:        {`SELECT key AS name FROM condition_sets WHERE env_id = $1`},
	mirror.Tenant:     {`SELECT key AS name FROM tenants WHERE env_id = $1`},
	mirror.User:       {`SELECT key AS name FROM users WHERE env_id = $1`},
	mirror.Instance:   {`SELECT node AS name FROM instances WHERE env_id = $1`},
	mirror.Assignment: {`SELECT user_key || '/' || role_key || '/' || tenant_key AS name FROM assignments WHERE env_id = $1`},
	mirror.Rule: {`SELECT CASE WHEN user_set = '' THEN 'role:' || role_key ELSE user_set END || '/' ||
		CASE WHEN resource_set = '' THEN 'resource:' || resource_key ELSE resource_set END || '/' || on_resource || ':' || on_action AS name
		FROM rules WHERE env_id = $1`},
	mirror.Tuple: {`SELECT ` + escapedColumn("object") + ` || '#' || relation || '@' || ` + escapedColumn("subject") + ` AS name FROM tuples WHERE env_id = $1`},
}

// onInstanceNames are how assignments on instances are named.
const onInstanceNames = `SELECT user_key || '/' || role_key || '/' || node AS name FROM instance_assignments WHERE env_id = $1`

func escapedColumn(column string) string {
	return `REPLACE(REPLACE(REPLACE(` + column + `, '%', '%25'), '#', '%23'), '@', '%40')`
}

// namesOf are the queries that name everything of a kind.
func namesOf(kind mirror.Kind, w mirror.Wanted) []string {
	list := everything[kind]
	if kind == mirror.Assignment && w.Instances {
		list = append(slices.Clone(list), onInstanceNames)
	}
	return list
}

// Refill implements [mirror.Ledger].
func (m *Mirrors) Refill(ctx context.Context, env authz.EnvID, account string, w mirror.Wanted) (rev authz.Revision, err error) {
	now := micros(m.now())
	err = m.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT revision FROM environments WHERE id = $1`, env).Scan(&rev); err != nil {
			return err
		}
		if err := execute(ctx, tx, `DELETE FROM mirror_marks WHERE env_id = $1`, env); err != nil {
			return err
		}
		const mark = `INSERT INTO mirror_marks (env_id, kind, key, gone, generation, attempts, marked_at, due_at, dead, reason) `
		for _, kind := range w.Kinds() {
			for _, names := range namesOf(kind, w) {
				err := execute(ctx, tx, mark+`SELECT $1, $2, name, FALSE, 1, 0, CAST($3 AS BIGINT), CAST($3 AS BIGINT), FALSE, '' FROM (`+names+`) AS named WHERE TRUE`, env, kind, now)
				if err != nil {
					return err
				}
			}
			err := execute(ctx, tx, mark+`SELECT env_id, kind, key, TRUE, 1, 0, CAST($4 AS BIGINT), CAST($4 AS BIGINT), FALSE, '' FROM mirror_made
				WHERE env_id = $1 AND account = $2 AND kind = $3 ON CONFLICT DO NOTHING`, env, account, kind, now)
			if err != nil {
				return err
			}
		}
		return execute(ctx, tx, `
			INSERT INTO mirrors (env_id, account, wanted, cursor, filled, filled_at, owner, leased_until)
			VALUES ($1, $2, $3, $4, (SELECT COUNT(*) FROM mirror_marks WHERE env_id = $1), $5, '', 0)
			ON CONFLICT (env_id) DO UPDATE SET account = excluded.account, wanted = excluded.wanted, cursor = excluded.cursor,
				filled = excluded.filled, filled_at = excluded.filled_at`, env, account, w.String(), rev, now)
	})
	return rev, err
}

// Hold implements [mirror.Ledger].
func (m *Mirrors) Hold(ctx context.Context, env authz.EnvID, owner string, now time.Time, d time.Duration) (held bool, err error) {
	err = m.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO mirrors (env_id, account, wanted, cursor, filled, filled_at, owner, leased_until) VALUES ($1, '', '', 0, 0, 0, $2, $3)
			ON CONFLICT (env_id) DO UPDATE SET owner = excluded.owner, leased_until = excluded.leased_until
			WHERE mirrors.owner = excluded.owner OR mirrors.leased_until < $4`, env, owner, micros(now.Add(d)), micros(now))
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		held = n == 1
		return err
	})
	return held, err
}

// Rest implements [mirror.Ledger].
func (m *Mirrors) Rest(ctx context.Context, env authz.EnvID, limited string, until time.Time) error {
	return m.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `
			INSERT INTO mirror_rests (env_id, limited, until) VALUES ($1, $2, $3)
			ON CONFLICT (env_id, limited) DO UPDATE SET until = CASE WHEN excluded.until > mirror_rests.until THEN excluded.until ELSE mirror_rests.until END`,
			env, limited, micros(until))
	})
}

// Rested implements [mirror.Ledger].
func (m *Mirrors) Rested(ctx context.Context, env authz.EnvID, limited string) (time.Time, error) {
	until, _, err := sqldb.One(ctx, m.db.Read, func(r *sql.Rows) (until int64, err error) { return until, r.Scan(&until) },
		`SELECT until FROM mirror_rests WHERE env_id = $1 AND limited = $2`, env, limited)
	return fromMicros(until), err
}

// conflicts are letters about things that somebody else made.
var conflicts = fmt.Sprintf(`reason LIKE '%s%%'`, mirror.Conflict)
