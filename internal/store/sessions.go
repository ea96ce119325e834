package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

type credential struct {
	member   authz.ID
	password string
}

// Credential implements [access.SessionStore]. Of members of several organizations
// it is the oldest.
func (s *Store) Credential(ctx context.Context, email string) (member authz.ID, password string, ok bool, err error) {
	c, ok, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (c credential, err error) { return c, r.Scan(&c.member, &c.password) }, `
		SELECT m.id, c.password FROM members m JOIN credentials c ON c.member_id = m.id
		WHERE LOWER(m.email) = LOWER($1) ORDER BY m.created_at, m.id LIMIT 1`, email)
	return c.member, c.password, ok, err
}

// MemberByEmail implements [access.SessionStore]. Of members of several organizations
// it is the oldest.
func (s *Store) MemberByEmail(ctx context.Context, email string) (member authz.ID, ok bool, err error) {
	return sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (id authz.ID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM members WHERE LOWER(email) = LOWER($1) ORDER BY created_at, id LIMIT 1`, email)
}

// KeepSession implements [access.SessionStore].
func (s *Store) KeepSession(ctx context.Context, digest string, member authz.ID, from, until time.Time) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(
			execute(ctx, tx, `DELETE FROM sessions WHERE expires_at <= $1`, micros(from)),
			execute(ctx, tx, `INSERT INTO sessions (digest, member_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
				digest, member, micros(from), micros(until)))
	})
}

// Session implements [access.SessionStore].
func (s *Store) Session(ctx context.Context, digest string, at time.Time) (access.Person, bool, error) {
	return sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (p access.Person, err error) {
		var grants string
		if err := r.Scan(&p.Member, &p.Organization, &p.Email, &grants); err != nil {
			return p, err
		}
		return p, allJSON(pair{grants, &p.Grants})
	}, `
		SELECT m.id, m.organization_id, m.email, m.grants FROM sessions s JOIN members m ON m.id = s.member_id
		WHERE s.digest = $1 AND s.expires_at > $2`, digest, micros(at))
}

// DropSession implements [access.SessionStore].
func (s *Store) DropSession(ctx context.Context, digest string) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return execute(ctx, tx, `DELETE FROM sessions WHERE digest = $1`, digest)
	})
}

// FirstPassword gives a new member a password, unless somebody of the organization
// can sign in already.
func (s *Store) FirstPassword(ctx context.Context, organization authz.ID, m workspace.Member, password string) (made bool, err error) {
	err = s.Workspace(ctx, organization, func(ctx context.Context, w workspace.Tx) error {
		tx := w.(administration).tx
		made = false
		n := 0
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM credentials c JOIN members m ON m.id = c.member_id WHERE m.organization_id = $1`, organization).Scan(&n)
		if err != nil || n > 0 {
			return err
		}
		all, err := w.Members(ctx)
		if err != nil {
			return err
		}
		for _, is := range all { // who was a member before there were passwords
			if strings.EqualFold(is.Email, m.Email) {
				m.ID, m.Email, m.Onboarding, m.Settings, m.CreatedAt = is.ID, is.Email, is.Onboarding, is.Settings, is.CreatedAt
			}
		}
		made = true
		return errors.Join(w.PutMember(ctx, m), setPassword(ctx, tx, m.ID, password, s.now()))
	})
	return made, err
}

// SetPassword replaces what is kept of a member's password, and ends the member's
// sessions.
func (s *Store) SetPassword(ctx context.Context, member authz.ID, password string) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(execute(ctx, tx, `DELETE FROM sessions WHERE member_id = $1`, member), setPassword(ctx, tx, member, password, s.now()))
	})
}

func setPassword(ctx context.Context, tx *sql.Tx, member authz.ID, password string, at time.Time) error {
	return execute(ctx, tx, `
		INSERT INTO credentials (member_id, password, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (member_id) DO UPDATE SET password = excluded.password, updated_at = excluded.updated_at`,
		member, password, micros(at))
}

// MemberEmails implements [access.Store].
func (s *Store) MemberEmails(ctx context.Context, organization authz.ID, members []authz.ID) (map[authz.ID]string, error) {
	return s.named(ctx, `SELECT id, email FROM members WHERE `, organization, members)
}
