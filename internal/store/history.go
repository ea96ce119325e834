package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

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

// rowsAtOnce is how many rows of the history one statement writes: for SQLite, each
// parameter of a statement makes all others dearer.
const rowsAtOnce = 25

// remember writes what a commit did into the history.
func remember(ctx context.Context, tx *sql.Tx, env authz.EnvID, rev authz.Revision, all []happening) error {
	for len(all) > 0 {
		some := all[:min(len(all), rowsAtOnce)]
		all = all[len(some):]
		var text strings.Builder
		text.WriteString(`INSERT INTO history (env_id, revision, place, part, kind, key, verb, user_key) VALUES `)
		args := []any{env, rev}
		for i, h := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			n := len(args)
			fmt.Fprintf(&text, "($1, $2, $%d, $%d, $%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4, n+5, n+6)
			args = append(args, h.place, h.part, h.kind, h.key, h.verb, directory.HolderOf(h.kind, h.key))
		}
		text.WriteString(` ON CONFLICT DO NOTHING`) // two processes may fill in the same past
		if err := execute(ctx, tx, text.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// takenBy are the things that c, which loses parts of a resource, is about to take
// with it; see [apply].
func takenBy(ctx context.Context, tx *sql.Tx, env authz.EnvID, place int, c authz.Change, l lost) ([]happening, error) {
	takings := belonging(env, c)
	for _, role := range l.roles {
		takings = append(takings, onThings.of(env, "type = ? AND role_key = ?", l.of, role), invited.of(env, "type = ? AND role_key = ?", l.of, role))
	}
	for _, relation := range l.relations {
		takings = append(takings, relations.of(env, "object_type = ? AND relation = ?", l.of, relation))
	}
	var all []happening
	for _, q := range takings {
		found, err := sqldb.All(ctx, tx, q.scan, q.selects+q.where.text(), q.where.args...)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			kind, key, _ := directory.NameOf(f)
			all = append(all, happening{place: place, part: len(all) + 1, kind: kind, key: key, verb: directory.Taken})
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
			relations.of(env, "object = ? AND subject NOT IN (SELECT i.node FROM instances i WHERE i.env_id = ? AND i.type = ?)", everyOf(c.Key), env, c.Key),
			rules.of(env, `resource_key = ? OR on_resource = ? OR resource_set IN (SELECT s.key FROM condition_sets s WHERE s.env_id = rules.env_id AND s.kind = ? AND s.resource_key = ?)`,
				c.Key, c.Key, authz.ResourceSet, c.Key))
	case authz.DeleteInstance:
		node := c.Node.String()
		return []taking{onThings.of(env, "node = ?", node), relations.of(env, "object = ?", node),
			relations.of(env, "subject = ? AND object <> ?", node, node),
			invited.of(env, "node IN (SELECT i.node FROM instances i WHERE i.env_id = ? AND i.node = ?)", env, node)}
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
		relations.of(env, "object IN "+among, env, key),
		relations.of(env, "subject IN "+among+" AND object NOT IN "+among, env, key, env, key),
		invited.of(env, "node IN "+among, env, key),
	}
}

// backfilled is how many commits, or rows, RememberAll writes in a transaction.
const backfilled = 100

// RememberAll writes the history of commits that a version without it made. What
// those took with them is not known, and so not in it. Of rows that a version made
// which did not say whose they are, it says it. It returns when all are written.
func (s *Store) RememberAll(ctx context.Context) error {
	if err := s.rememberCommits(ctx); err != nil {
		return err
	}
	for {
		if n, err := s.rememberHolders(ctx); err != nil || n < backfilled {
			return err
		}
	}
}

// rememberHolders says of some rows whose they are, and how many it found.
func (s *Store) rememberHolders(ctx context.Context) (n int, err error) {
	err = s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list, err := sqldb.All(ctx, tx, scanEntry, `SELECT `+entryColumns+entries+`
			h.user_key = '' AND h.kind IN ('assignment', 'membership', 'pending') ORDER BY h.env_id, h.revision, h.place, h.part LIMIT $1`, backfilled)
		n = len(list)
		for _, e := range list {
			if err == nil {
				_, err = tx.ExecContext(ctx, `UPDATE history SET user_key = $1 WHERE env_id = $2 AND revision = $3 AND place = $4 AND part = $5`,
					directory.HolderOf(e.Kind, e.Key), e.Env, e.Revision, e.Place, e.Part)
			}
		}
		return err
	})
	return n, err
}

func (s *Store) rememberCommits(ctx context.Context) error {
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
