package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// What one transaction of Forget deletes at most; writers wait meanwhile.
const (
	forgottenCommits = 100
	forgottenText    = 1 << 20 // characters of changes, unless one commit has more
)

// Forget deletes the commits made before a time, and their history, oldest first:
// what stays of an environment is without gaps and never less than its newest
// commit. A [feed.Follower] that is further behind loads anew.
func (s *Store) Forget(ctx context.Context, before time.Time) error {
	envs, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	for env := range envs {
		for more := true; more; {
			if more, err = s.forgetSome(ctx, env, before.UnixMicro()); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetSome deletes what fits one transaction, and reports whether more is left.
func (s *Store) forgetSome(ctx context.Context, env authz.EnvID, before int64) (more bool, err error) {
	old, more, err := s.forgettable(ctx, env, before)
	if err != nil || len(old) == 0 {
		return false, err
	}
	last, latest := old[len(old)-1].rev, int64(0)
	for _, c := range old {
		latest = max(latest, c.at)
	}
	err = s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := execute(ctx, tx, `UPDATE environments SET forgotten_at = $2 WHERE id = $1 AND forgotten_at < $2`, env, latest)
		if err != nil {
			return err
		}
		return execute(ctx, tx, `DELETE FROM commits WHERE env_id = $1 AND revision <= $2`, env, last) // their history goes with them
	})
	return more, err
}

// An aged is a commit that may be deleted.
type aged struct {
	rev      authz.Revision
	at, text int64
}

// forgettable are the oldest commits of env, as many as one transaction deletes, and
// whether more may follow. Clocks of several processes may differ, so it stops at the
// first that is young enough: what is deleted is a beginning.
func (s *Store) forgettable(ctx context.Context, env authz.EnvID, before int64) (old []aged, more bool, err error) {
	oldest, err := sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (c aged, err error) { return c, r.Scan(&c.rev, &c.at, &c.text) }, `
		SELECT revision, at, LENGTH(changes) FROM commits
		WHERE env_id = $1 AND revision < (SELECT MAX(revision) FROM commits WHERE env_id = $1)
		ORDER BY revision LIMIT $2`, env, forgottenCommits)
	if err != nil {
		return nil, false, err
	}
	text := int64(0)
	for i, c := range oldest {
		if text += c.text; c.at >= before {
			return oldest[:i], false, nil
		}
		if i > 0 && text > forgottenText {
			return oldest[:i], true, nil
		}
	}
	return oldest, len(oldest) == forgottenCommits, nil
}

// swept is how many deliveries Sweep looks at, and deletes at most, at a time.
const swept = 500

// Sweep deletes the deliveries received before a time that [Store.Latest] does not
// yield: of a subject the latest of each aspect stays, and of one that is gone only
// the delivery that says so. A body that comes again afterwards is taken as fresh.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	envs, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	for env := range envs {
		from := arrival{}
		for more := true; more; {
			seen, err := s.arrivals(ctx, env, from, before.UnixMicro())
			if err != nil {
				return err
			}
			if err := s.sweep(ctx, env, seen); err != nil {
				return err
			}
			if more = len(seen) == swept; more {
				from = seen[len(seen)-1]
			}
		}
	}
	return nil
}

// An arrival is a delivery and whether it is still needed.
type arrival struct {
	at             int64
	source, digest string
	needed         bool
}

// arrivals are deliveries of env after another, in the order in which they came. What
// is not needed never becomes needed: what replaced it stays.
func (s *Store) arrivals(ctx context.Context, env authz.EnvID, after arrival, before int64) ([]arrival, error) {
	return sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (a arrival, err error) {
		return a, r.Scan(&a.at, &a.source, &a.digest, &a.needed)
	}, `SELECT d.received_at, d.source, d.digest, d.standing = $7 AND d.aspect <> $8 AND NOT EXISTS (
			SELECT 1 FROM deliveries o
			WHERE o.env_id = d.env_id AND o.source = d.source AND o.subject_kind = d.subject_kind AND o.subject_id = d.subject_id AND o.standing = $7
				AND (o.aspect = d.aspect AND (o.version, o.sent_at, o.digest) > (d.version, d.sent_at, d.digest) OR o.aspect = $9 AND d.aspect <> $9)
		) FROM deliveries d
		WHERE d.env_id = $1 AND d.received_at < $2 AND (d.received_at, d.source, d.digest) > ($3, $4, $5)
		ORDER BY d.received_at, d.source, d.digest LIMIT $6`,
		env, before, after.at, after.source, after.digest, swept, ingest.Live, ingest.NoAspect, ingest.GoneAspect)
}

// sweep deletes those of seen that are not needed.
func (s *Store) sweep(ctx context.Context, env authz.EnvID, seen []arrival) error {
	w := where{}
	for _, a := range seen {
		if !a.needed {
			w.add("env_id = ? AND source = ? AND digest = ?", env, a.source, a.digest)
		}
	}
	if len(w.conditions) == 0 {
		return nil
	}
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `DELETE FROM deliveries WHERE `+w.any(), w.args...)
	})
}
