package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

var _ shadow.Ledger = (*Shadows)(nil)

// Shadows keeps what comparing with accounts came to. It is part of the store.
type Shadows struct{ *Store }

// Shadows is the ledger of comparisons with accounts.
func (s *Store) Shadows() *Shadows { return &Shadows{s} }

// Add implements [shadow.Ledger].
func (s *Shadows) Add(ctx context.Context, env authz.EnvID, account string, answered time.Time, n shadow.Counts, found []shadow.Disagreement) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := execute(ctx, tx, `DELETE FROM shadows WHERE env_id = $1 AND account <> $2`, env, account); err != nil {
			return err
		}
		err := execute(ctx, tx, `
			INSERT INTO shadows (env_id, account, since, answered) VALUES ($1, $2, $3, $4)
			ON CONFLICT (env_id) DO UPDATE SET answered = CASE WHEN excluded.answered > shadows.answered THEN excluded.answered ELSE shadows.answered END`,
			env, account, micros(s.now()), micros(answered))
		if err != nil {
			return err
		}
		for name, count := range n {
			err := execute(ctx, tx, `
				INSERT INTO shadow_counts (env_id, name, n) VALUES ($1, $2, $3)
				ON CONFLICT (env_id, name) DO UPDATE SET n = shadow_counts.n + excluded.n`, env, name, count)
			if err != nil {
				return err
			}
		}
		for _, d := range found {
			if err := addDisagreement(ctx, tx, env, d); err != nil {
				return err
			}
		}
		if len(found) == 0 {
			return nil
		}
		return execute(ctx, tx, `
			DELETE FROM shadow_disagreements WHERE env_id = $1 AND shape NOT IN
				(SELECT shape FROM shadow_disagreements WHERE env_id = $1 ORDER BY last_at DESC, shape LIMIT $2)`, env, shadow.MostShapes)
	})
}

// A question is how a query is kept.
type question struct {
	User               authz.UserKey     `json:"user"`
	Action             authz.ActionKey   `json:"action"`
	Resource           authz.ResourceKey `json:"resource"`
	Instance           string            `json:"instance,omitempty"`
	Tenant             authz.TenantKey   `json:"tenant,omitempty"`
	UserAttributes     authz.Attributes  `json:"user_attributes,omitempty"`
	ResourceAttributes authz.Attributes  `json:"resource_attributes,omitempty"`
	Context            authz.Attributes  `json:"context,omitempty"`
}

func addDisagreement(ctx context.Context, tx *sql.Tx, env authz.EnvID, d shadow.Disagreement) error {
	q := d.Query
	text, err := json.Marshal(question{q.User, q.Action, q.Resource, q.Instance, q.Tenant, q.UserAttributes, q.ResourceAttributes, q.Context})
	if err != nil {
		return err
	}
	return execute(ctx, tx, `
		INSERT INTO shadow_disagreements (env_id, shape, n, first_at, last_at, query, revision, allow, here, there)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (env_id, shape) DO UPDATE SET n = shadow_disagreements.n + excluded.n, last_at = excluded.last_at,
			query = excluded.query, revision = excluded.revision, allow = excluded.allow, here = excluded.here, there = excluded.there`,
		env, d.Shape, d.N, micros(d.First), micros(d.Last), string(text), d.Revision, d.Allow, string(d.Here), string(d.There))
}

// Findings implements [shadow.Ledger].
func (s *Shadows) Findings(ctx context.Context, env authz.EnvID, account string) (f shadow.Findings, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		known := false
		f, known, err = sqldb.One(ctx, tx, func(r *sql.Rows) (f shadow.Findings, err error) {
			var since, answered int64
			err = r.Scan(&since, &answered)
			f.Since, f.Last = fromMicros(since), fromMicros(answered)
			return f, err
		}, `SELECT since, answered FROM shadows WHERE env_id = $1 AND account = $2`, env, account)
		f.Counts = shadow.Counts{}
		if err != nil || !known {
			return err
		}
		_, err = sqldb.All(ctx, tx, func(r *sql.Rows) (none struct{}, err error) {
			var name shadow.Count
			var n int64
			err = r.Scan(&name, &n)
			f.Counts[name] = n
			return none, err
		}, `SELECT name, n FROM shadow_counts WHERE env_id = $1`, env)
		if err != nil {
			return err
		}
		f.Disagreements, err = sqldb.All(ctx, tx, scanDisagreement, `
			SELECT shape, n, first_at, last_at, query, revision, allow, here, there FROM shadow_disagreements
			WHERE env_id = $1 ORDER BY last_at DESC, shape`, env)
		return err
	})
	return f, err
}

func scanDisagreement(r *sql.Rows) (d shadow.Disagreement, err error) {
	var first, last int64
	var query, here, there string
	if err := r.Scan(&d.Shape, &d.N, &first, &last, &query, &d.Revision, &d.Allow, &here, &there); err != nil {
		return d, err
	}
	d.First, d.Last = fromMicros(first), fromMicros(last)
	if d.Here = []byte(here); there != "" {
		d.There = []byte(there)
	}
	var q question
	err = json.Unmarshal([]byte(query), &q)
	d.Query = authz.Query{
		User: q.User, Action: q.Action, Resource: q.Resource, Instance: q.Instance, Tenant: q.Tenant,
		UserAttributes: q.UserAttributes, ResourceAttributes: q.ResourceAttributes, Context: q.Context,
	}
	return d, err
}

// Forget implements [shadow.Ledger].
func (s *Shadows) Forget(ctx context.Context, env authz.EnvID) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `DELETE FROM shadows WHERE env_id = $1`, env)
	})
}
