package store

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

const (
	membershipColumns = `user_key, tenant_key, given_by, created_at`
	inviteColumns     = `key, id, email, first_name, last_name, role_key, tenant_key, node, approved, created_at, updated_at`
)

func putMembership(ctx context.Context, tx *sql.Tx, env authz.EnvID, m authz.Membership) error {
	return execute(ctx, tx, `
		INSERT INTO memberships (env_id, user_key, tenant_key, given_by, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (env_id, user_key, tenant_key) DO UPDATE SET given_by = excluded.given_by`,
		env, m.User, m.Tenant, cmp.Or(joinGivers(m.GivenBy), string(authz.ByAPI)), micros(m.CreatedAt))
}

func putInvite(ctx context.Context, tx *sql.Tx, env authz.EnvID, i authz.Invite) error {
	return execute(ctx, tx, `
		INSERT INTO invites (env_id, key, id, email, first_name, last_name, role_key, tenant_key, node, type, approved, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (env_id, key) DO UPDATE SET email = excluded.email, first_name = excluded.first_name, last_name = excluded.last_name,
			role_key = excluded.role_key, tenant_key = excluded.tenant_key, node = excluded.node, type = excluded.type,
			approved = excluded.approved, updated_at = excluded.updated_at`,
		env, i.Key, i.ID, i.Email, i.FirstName, i.LastName, i.Role, i.Tenant, i.Instance.String(), i.Instance.Type, i.Approved,
		micros(i.CreatedAt), micros(i.UpdatedAt))
}

func scanMembership(r *sql.Rows) (authz.Membership, error) {
	var m authz.Membership
	var givers string
	var created int64
	err := r.Scan(&m.User, &m.Tenant, &givers, &created)
	m.GivenBy, m.CreatedAt = splitGivers(givers), fromMicros(created)
	return m, err
}

func scanInvite(r *sql.Rows) (authz.Invite, error) {
	var i authz.Invite
	var node string
	var created, updated int64
	err := r.Scan(&i.Key, &i.ID, &i.Email, &i.FirstName, &i.LastName, &i.Role, &i.Tenant, &node, &i.Approved, &created, &updated)
	i.Instance, _ = authz.ParseNode(node)
	i.CreatedAt, i.UpdatedAt = fromMicros(created), fromMicros(updated)
	return i, err
}

func (v view) Memberships(ctx context.Context, users []authz.UserKey) ([]authz.Membership, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	in(&w, "user_key", users)
	return sqldb.All(ctx, v.q, scanMembership, `SELECT `+membershipColumns+` FROM memberships WHERE `+w.text()+` ORDER BY user_key, created_at, tenant_key`, w.args...)
}

func (v view) Invite(ctx context.Context, id authz.Ident) (authz.Invite, bool, error) {
	return byIdent(ctx, v, "invites", inviteColumns, scanInvite, id)
}

func (v view) Invites(ctx context.Context, f directory.InviteFilter, p directory.Page) ([]authz.Invite, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.Search != "" {
		w.like("%"+literal(f.Search)+"%", "key", "email", "first_name", "last_name")
	}
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	in(&w, "key", f.Keys)
	if f.Pending {
		w.add("approved = ?", false)
	}
	if len(f.Roles) > 0 {
		either := where{args: w.args}
		for _, r := range f.Roles {
			either.add("(type = ? AND role_key = ?)", r.Resource, r.Role)
		}
		w.args = either.args
		w.conditions = append(w.conditions, "("+either.any()+")")
	}
	return page(ctx, v, "invites", inviteColumns, "created_at, key", w, p, scanInvite)
}
