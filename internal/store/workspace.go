package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// A Founding is what the first start of a house creates.
type Founding struct {
	Organization authz.Organization
	Project      authz.Project
	Environment  authz.Environment
	Keys         []access.Key   // of admins unless they say otherwise
	Changes      []authz.Change // the first commit of the environment
}

// Found creates the first organization with all that f holds, in one
// transaction. founded is false, with nothing changed, if there is one already.
func (s *Store) Found(ctx context.Context, f Founding) (founded bool, err error) {
	err = s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM organizations`).Scan(&n); err != nil || n > 0 {
			return err
		}
		o, p, e := f.Organization, f.Project, f.Environment
		err := errors.Join(
			execute(ctx, tx, `INSERT INTO organizations (id, key, name, created_at) VALUES ($1, $2, $3, $4)`,
				o.ID, o.Key, o.Name, micros(o.CreatedAt)),
			execute(ctx, tx, `INSERT INTO projects (id, organization_id, key, name, created_at) VALUES ($1, $2, $3, $4, $5)`,
				p.ID, p.Organization, p.Key, p.Name, micros(p.CreatedAt)),
			execute(ctx, tx, `INSERT INTO environments (id, project_id, key, name, created_at, revision) VALUES ($1, $2, $3, $4, $5, 1)`,
				e.ID, e.Project, e.Key, e.Name, micros(e.CreatedAt)))
		if err != nil {
			return err
		}
		for _, k := range f.Keys {
			if err := putKey(ctx, tx, workspace.Key{Key: k}); err != nil {
				return err
			}
		}
		founded = true
		return s.write(ctx, tx, authz.Commit{Env: e.ID, Revision: 1, Actor: "gatehouse", At: s.now(), Changes: f.Changes})
	})
	return founded && err == nil, s.classify(err)
}

const environmentColumns = `e.id, e.project_id, p.organization_id, e.key, e.name, e.created_at`

func scanEnvironment(r *sql.Rows) (authz.Environment, error) {
	var e authz.Environment
	var created int64
	err := r.Scan(&e.ID, &e.Project, &e.Organization, &e.Key, &e.Name, &created)
	e.CreatedAt = fromMicros(created)
	return e, err
}

// Environments returns all environments, oldest first.
func (s *Store) Environments(ctx context.Context) ([]authz.Environment, error) {
	return sqldb.All(ctx, s.db.Read, scanEnvironment, `
		SELECT `+environmentColumns+` FROM environments e JOIN projects p ON p.id = e.project_id ORDER BY e.created_at, e.id`)
}

// Environment implements [access.Store]. A key goes before an id.
func (s *Store) Environment(ctx context.Context, organization authz.ID, project, env authz.Ident) (authz.Environment, bool, error) {
	return sqldb.One(ctx, s.db.Read, scanEnvironment, `
		SELECT `+environmentColumns+` FROM environments e JOIN projects p ON p.id = e.project_id
		WHERE p.organization_id = $1 AND (p.key = $2 OR p.id = $3) AND (e.key = $4 OR e.id = $5)
		ORDER BY CASE WHEN p.key = $2 THEN 0 ELSE 1 END, CASE WHEN e.key = $4 THEN 0 ELSE 1 END LIMIT 1`,
		organization, string(project), project.ID(), string(env), env.ID())
}

// EnvironmentByID implements [access.Store].
func (s *Store) EnvironmentByID(ctx context.Context, id authz.EnvID) (authz.Environment, bool, error) {
	return sqldb.One(ctx, s.db.Read, scanEnvironment, `
		SELECT `+environmentColumns+` FROM environments e JOIN projects p ON p.id = e.project_id WHERE e.id = $1`, id)
}

// Reachable implements [access.Store].
func (s *Store) Reachable(ctx context.Context, organization authz.ID) ([]authz.Environment, error) {
	return sqldb.All(ctx, s.db.Read, scanEnvironment, `
		SELECT `+environmentColumns+` FROM environments e JOIN projects p ON p.id = e.project_id
		WHERE p.organization_id = $1 ORDER BY e.created_at, e.id`, organization)
}

// KeyNames implements [access.Store].
func (s *Store) KeyNames(ctx context.Context, organization authz.ID, keys []authz.ID) (map[authz.ID]string, error) {
	return s.named(ctx, `SELECT id, name FROM api_keys WHERE `, organization, keys)
}

// named reads what those of an organization with these ids are called, by a statement
// that selects id and name.
func (s *Store) named(ctx context.Context, statement string, organization authz.ID, ids []authz.ID) (map[authz.ID]string, error) {
	names := map[authz.ID]string{}
	if len(ids) == 0 {
		return names, nil
	}
	w := where{}
	w.add("organization_id = ?", organization)
	in(&w, "id", ids)
	_, err := sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (_ struct{}, err error) {
		var id authz.ID
		var name string
		err = r.Scan(&id, &name)
		names[id] = name
		return struct{}{}, err
	}, statement+w.text(), w.args...)
	return names, err
}

// KeyByDigest implements [access.Store].
func (s *Store) KeyByDigest(ctx context.Context, digest string) (access.Key, bool, error) {
	return sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (access.Key, error) {
		var k access.Key
		var created int64
		err := r.Scan(&k.ID, &k.Digest, &k.Name, &k.Level, &k.Access, &k.Organization, &k.Project, &k.Environment, &created)
		k.CreatedAt = fromMicros(created)
		return k, err
	}, `SELECT id, digest, name, level, access_level, organization_id, project_id, env_id, created_at FROM api_keys WHERE digest = $1`, digest)
}

// Used implements [access.Store].
func (s *Store) Used(ctx context.Context, at map[authz.ID]time.Time) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(at)) { // in one order, so that processes do not wait for each other in a circle
			err := execute(ctx, tx, `UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2`, id, micros(at[id]))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Heads implements [feed.Source].
func (s *Store) Heads(ctx context.Context) (map[authz.EnvID]authz.Revision, error) {
	heads := map[authz.EnvID]authz.Revision{}
	_, err := sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (none struct{}, err error) {
		var env authz.EnvID
		var rev authz.Revision
		err = r.Scan(&env, &rev)
		heads[env] = rev
		return none, err
	}, `SELECT id, revision FROM environments`)
	return heads, err
}
