package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// Workspace implements [workspace.Store]. The organization's row is the lock: all
// writes of one organization's workspace come one after another.
func (s *Store) Workspace(ctx context.Context, organization authz.ID, f func(context.Context, workspace.Tx) error) error {
	err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := execute(ctx, tx, `UPDATE organizations SET name = name WHERE id = $1`, organization); err != nil {
			return err
		}
		return f(ctx, administration{rooms: rooms{q: tx, organization: organization}, tx: tx, store: s})
	})
	return s.classify(err)
}

// ViewWorkspace implements [workspace.Store].
func (s *Store) ViewWorkspace(ctx context.Context, organization authz.ID, f func(context.Context, workspace.View) error) error {
	return s.db.View(ctx, func(tx *sql.Tx) error { return f(ctx, rooms{q: tx, organization: organization}) })
}

// rooms reads the workspace of one organization inside a transaction. It
// implements [workspace.View].
type rooms struct {
	q            sqldb.Queryer
	organization authz.ID
}

func (r rooms) Organization(ctx context.Context) (workspace.Organization, bool, error) {
	return sqldb.One(ctx, r.q, func(rows *sql.Rows) (o workspace.Organization, err error) {
		var created, updated int64
		var settings string
		err = errors.Join(rows.Scan(&o.ID, &o.Key, &o.Name, &created, &updated, &settings), fromJSON(settings, &o.Settings))
		o.CreatedAt, o.UpdatedAt = fromMicros(created), fromMicros(cmp.Or(updated, created))
		return o, err
	}, `SELECT id, key, name, created_at, updated_at, settings FROM organizations WHERE id = $1`, r.organization)
}

func (r rooms) Projects(ctx context.Context) ([]workspace.Project, error) {
	return sqldb.All(ctx, r.q, func(rows *sql.Rows) (p workspace.Project, err error) {
		var created, updated int64
		var settings string
		if err := rows.Scan(&p.ID, &p.Organization, &p.Key, &p.Name, &p.URNNamespace, &p.Description, &settings, &created, &updated); err != nil {
			return p, err
		}
		p.CreatedAt, p.UpdatedAt = fromMicros(created), fromMicros(cmp.Or(updated, created))
		return p, fromJSON(settings, &p.Settings)
	}, `
		SELECT id, organization_id, key, name, urn_namespace, description, settings, created_at, updated_at
		FROM projects WHERE organization_id = $1 ORDER BY created_at, id`, r.organization)
}

func (r rooms) Environments(ctx context.Context) ([]workspace.Environment, error) {
	return sqldb.All(ctx, r.q, func(rows *sql.Rows) (e workspace.Environment, err error) {
		var created, updated int64
		var settings string
		err = rows.Scan(&e.ID, &e.Project, &e.Organization, &e.Key, &e.Name, &created, &e.Description, &e.CustomBranch, &e.JWKS, &settings, &updated)
		if err != nil {
			return e, err
		}
		e.CreatedAt, e.UpdatedAt = fromMicros(created), fromMicros(cmp.Or(updated, created))
		return e, fromJSON(settings, &e.Settings)
	}, `
		SELECT `+environmentColumns+`, e.description, e.custom_branch_name, e.jwks, e.settings, e.updated_at
		FROM environments e JOIN projects p ON p.id = e.project_id
		WHERE p.organization_id = $1 ORDER BY e.created_at, e.id`, r.organization)
}

func (r rooms) Keys(ctx context.Context) ([]workspace.Key, error) {
	return sqldb.All(ctx, r.q, func(rows *sql.Rows) (k workspace.Key, err error) {
		var created, used int64
		err = rows.Scan(&k.ID, &k.Digest, &k.Name, &k.Level, &k.Access, &k.Organization, &k.Project, &k.Environment, &created,
			&k.Owner, &k.CreatedBy, &used, &k.Generation)
		k.CreatedAt, k.LastUsedAt = fromMicros(created), fromMicros(used)
		return k, err
	}, `
		SELECT id, digest, name, level, access_level, organization_id, project_id, env_id, created_at, owner_type, created_by, last_used_at, generation
		FROM api_keys WHERE organization_id = $1 ORDER BY created_at, id`, r.organization)
}

func (r rooms) Members(ctx context.Context) ([]workspace.Member, error) {
	return sqldb.All(ctx, r.q, func(rows *sql.Rows) (m workspace.Member, err error) {
		var created int64
		var settings, grants string
		if err := rows.Scan(&m.ID, &m.Email, &m.Onboarding, &settings, &grants, &created); err != nil {
			return m, err
		}
		m.CreatedAt = fromMicros(created)
		return m, allJSON(pair{settings, &m.Settings}, pair{grants, &m.Grants})
	}, `
		SELECT id, email, onboarding_step, settings, grants, created_at
		FROM members WHERE organization_id = $1 ORDER BY created_at, id`, r.organization)
}

func (r rooms) Counts(ctx context.Context, envs ...authz.EnvID) (c workspace.Counts, err error) {
	if len(envs) == 0 {
		return c, nil
	}
	for _, part := range []struct {
		into  *int
		table string
	}{
		{&c.Users, "users"}, {&c.Roles, "roles"}, {&c.Tenants, "tenants"}, {&c.Rules, "rules"}, {&c.Resources, "resources"},
	} {
		w := where{}
		in(&w, "env_id", envs)
		if part.table == "resources" {
			w.add("built_in = ?", false)
		}
		*part.into, _, err = sqldb.One(ctx, r.q, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) },
			`SELECT COUNT(*) FROM `+part.table+` WHERE `+w.text(), w.args...)
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

func (r rooms) Copy(ctx context.Context, id authz.ID) (workspace.Copy, bool, error) {
	return sqldb.One(ctx, r.q, func(rows *sql.Rows) (c workspace.Copy, err error) {
		var created int64
		var kind authz.Kind
		var message string
		err = rows.Scan(&c.ID, &c.Source, &c.Target, &kind, &message, &created)
		c.CreatedAt = fromMicros(created)
		if message != "" {
			c.Err = &authz.Error{Kind: kind, Message: message}
		}
		return c, err
	}, `SELECT id, env_id, target_id, kind, message, created_at FROM copies WHERE id = $1`, id)
}

// administration writes the workspace of one organization. It implements
// [workspace.Tx].
type administration struct {
	rooms
	tx    *sql.Tx
	store *Store
}

func (a administration) PutOrganization(ctx context.Context, o workspace.Organization) error {
	return execute(ctx, a.tx, `UPDATE organizations SET name = $2, settings = $3, updated_at = $4 WHERE id = $1`,
		o.ID, o.Name, jsonText(o.Settings), micros(o.UpdatedAt))
}

func (a administration) PutProject(ctx context.Context, p workspace.Project) error {
	return execute(ctx, a.tx, `
		INSERT INTO projects (id, organization_id, key, name, urn_namespace, description, settings, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, urn_namespace = excluded.urn_namespace,
			description = excluded.description, settings = excluded.settings, updated_at = excluded.updated_at`,
		p.ID, a.organization, p.Key, p.Name, p.URNNamespace, p.Description, jsonText(p.Settings), micros(p.CreatedAt), micros(p.UpdatedAt))
}

func (a administration) DeleteProject(ctx context.Context, id authz.ID) error {
	envs, err := a.Environments(ctx)
	if err != nil {
		return err
	}
	for _, e := range envs {
		if e.Project != id {
			continue
		}
		if err := a.DeleteEnvironment(ctx, e.ID); err != nil {
			return err
		}
	}
	return errors.Join(
		execute(ctx, a.tx, `DELETE FROM projects WHERE id = $1`, id),
		execute(ctx, a.tx, `DELETE FROM api_keys WHERE organization_id = $1 AND project_id = $2`, a.organization, id))
}

func (a administration) CreateEnvironment(ctx context.Context, e workspace.Environment, actor string, first []authz.Change) error {
	err := execute(ctx, a.tx, `
		INSERT INTO environments (id, project_id, key, name, created_at, revision, description, custom_branch_name, jwks, settings, updated_at)
		VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10)`,
		e.ID, e.Project, e.Key, e.Name, micros(e.CreatedAt), e.Description, e.CustomBranch, e.JWKS, jsonText(e.Settings), micros(e.UpdatedAt))
	if err != nil {
		return err
	}
	return a.store.write(ctx, a.tx, authz.Commit{Env: e.ID, Revision: 1, Actor: actor, At: a.store.now(), Changes: first})
}

func (a administration) PutEnvironment(ctx context.Context, e workspace.Environment) error {
	return execute(ctx, a.tx, `
		UPDATE environments SET name = $2, description = $3, custom_branch_name = $4, jwks = $5, settings = $6, updated_at = $7 WHERE id = $1`,
		e.ID, e.Name, e.Description, e.CustomBranch, e.JWKS, jsonText(e.Settings), micros(e.UpdatedAt))
}

// DeleteEnvironment deletes the environment's row first: that waits for commits and
// deliveries in flight, and those that come later find no environment. What has no
// foreign key goes after it, and so whole.
func (a administration) DeleteEnvironment(ctx context.Context, id authz.EnvID) error {
	prefix := string(id) + "/" // see ingest.WorkKey
	return errors.Join(
		execute(ctx, a.tx, `DELETE FROM environments WHERE id = $1`, id),
		execute(ctx, a.tx, `DELETE FROM api_keys WHERE organization_id = $1 AND env_id = $2`, a.organization, id),
		execute(ctx, a.tx, `DELETE FROM work WHERE substr(key, 1, $2) = $1`, prefix, len(prefix)))
}

func (a administration) PutKey(ctx context.Context, k workspace.Key) error {
	return putKey(ctx, a.tx, k)
}

func putKey(ctx context.Context, tx *sql.Tx, k workspace.Key) error {
	return execute(ctx, tx, `
		INSERT INTO api_keys (id, digest, name, level, access_level, organization_id, project_id, env_id, created_at, owner_type, created_by, generation)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, name = excluded.name, access_level = excluded.access_level,
			generation = excluded.generation`,
		k.ID, k.Digest, k.Name, k.Level, cmp.Or(k.Access, access.Admin), k.Organization, k.Project, k.Environment, micros(k.CreatedAt),
		cmp.Or(k.Owner, workspace.MemberOwner), k.CreatedBy, k.Generation)
}

func (a administration) DeleteKey(ctx context.Context, id authz.ID) error {
	return execute(ctx, a.tx, `DELETE FROM api_keys WHERE organization_id = $1 AND id = $2`, a.organization, id)
}

func (a administration) PutMember(ctx context.Context, m workspace.Member) error {
	return execute(ctx, a.tx, `
		INSERT INTO members (id, organization_id, email, onboarding_step, settings, grants, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET onboarding_step = excluded.onboarding_step, settings = excluded.settings, grants = excluded.grants`,
		m.ID, a.organization, m.Email, m.Onboarding, jsonText(m.Settings), jsonText(m.Grants), micros(m.CreatedAt))
}

func (a administration) DeleteMember(ctx context.Context, id authz.ID) error {
	return execute(ctx, a.tx, `DELETE FROM members WHERE organization_id = $1 AND id = $2`, a.organization, id)
}

// copiesFor is how long it is kept what became of a copy.
const copiesFor = 7 * 24 * time.Hour

func (a administration) PutCopy(ctx context.Context, c workspace.Copy) error {
	kind, message := authz.Internal, ""
	if c.Err != nil {
		kind, message = c.Err.Kind, c.Err.Message
	}
	return errors.Join(
		execute(ctx, a.tx, `DELETE FROM copies WHERE env_id = $1 AND created_at < $2`, c.Source, micros(c.CreatedAt.Add(-copiesFor))),
		execute(ctx, a.tx, `INSERT INTO copies (id, env_id, target_id, kind, message, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.ID, c.Source, c.Target, kind, message, micros(c.CreatedAt)))
}
