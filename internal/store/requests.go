package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// requestsAtOnce is how many requests one statement writes.
const requestsAtOnce = 50

// AppendRequests implements [access.RequestStore].
func (s *Store) AppendRequests(ctx context.Context, list []access.Request) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for some := range slices.Chunk(list, requestsAtOnce) {
			var rows []string
			var args []any
			for _, r := range some {
				var row where
				row.args = args
				row.add("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
					r.ID, r.Reach.Organization, r.Reach.Project, r.Reach.Environment, r.Key, micros(r.At), r.Needs, r.Method, r.Path, r.Status,
					r.RequestID, r.Client, r.Body, r.Answer)
				rows, args = append(rows, row.text()), row.args
			}
			if err := execute(ctx, tx, `INSERT INTO requests (`+requestColumns+`, body, answer) VALUES `+strings.Join(rows, ", "), args...); err != nil {
				return err
			}
		}
		return nil
	})
}

const requestColumns = `id, organization_id, project_id, env_id, key_id, at, needs, method, path, status, request_id, client`

// scanRequest reads the columns of a request, and those that follow them.
func scanRequest(r *sql.Rows, q *access.Request, more ...any) error {
	var at int64
	err := r.Scan(append([]any{
		&q.ID, &q.Reach.Organization, &q.Reach.Project, &q.Reach.Environment, &q.Key, &at, &q.Needs, &q.Method, &q.Path, &q.Status,
		&q.RequestID, &q.Client,
	}, more...)...)
	q.At = fromMicros(at)
	return err
}

// within adds that a request was of a part of an organization.
func within(w *where, r access.Reach) {
	w.add("organization_id = ?", r.Organization)
	if r.Project != "" {
		w.add("project_id = ?", r.Project)
	}
	if r.Environment != "" {
		w.add("env_id = ?", r.Environment)
	}
}

func requestsWhere(f access.RequestFilter) where {
	w := where{}
	within(&w, f.Within)
	in(&w, "project_id", f.Projects)
	in(&w, "env_id", f.Environments)
	in(&w, "key_id", f.Keys)
	in(&w, "method", f.Methods)
	in(&w, "path", f.Paths)
	in(&w, "status", f.Statuses)
	in(&w, "client", f.Clients)
	if f.Success != nil {
		w.add(map[bool]string{true: "status < 400", false: "status >= 400"}[*f.Success])
	}
	if !f.From.IsZero() {
		w.add("at >= ?", micros(f.From))
	}
	if !f.To.IsZero() {
		w.add("at <= ?", micros(f.To))
	}
	return w
}

// Requests implements [access.RequestStore].
func (s *Store) Requests(ctx context.Context, f access.RequestFilter, offset, limit int) ([]access.Request, error) {
	w := requestsWhere(f)
	n := len(w.args)
	return sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (q access.Request, err error) { return q, scanRequest(r, &q) },
		fmt.Sprintf(`SELECT %s FROM requests WHERE %s ORDER BY at DESC, id DESC LIMIT $%d OFFSET $%d`, requestColumns, w.text(), n+1, n+2), append(w.args, limit, offset)...)
}

// CountRequests implements [access.RequestStore].
func (s *Store) CountRequests(ctx context.Context, f access.RequestFilter, limit int) (int, error) {
	w := requestsWhere(f)
	n, _, err := sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) },
		fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1 FROM requests WHERE %s LIMIT $%d) AS counted`, w.text(), len(w.args)+1), append(w.args, limit)...)
	return n, err
}

// Request implements [access.RequestStore].
func (s *Store) Request(ctx context.Context, of access.Reach, id authz.ID) (access.Request, bool, error) {
	w := where{}
	w.add("id = ?", id)
	within(&w, of)
	return sqldb.One(ctx, s.db.Read, func(r *sql.Rows) (q access.Request, err error) { return q, scanRequest(r, &q, &q.Body, &q.Answer) },
		`SELECT `+requestColumns+`, body, answer FROM requests WHERE `+w.text(), w.args...)
}

// Requesters implements [access.RequestStore].
func (s *Store) Requesters(ctx context.Context, of access.Reach) ([]authz.ID, error) {
	w := where{}
	within(&w, of)
	return sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (id authz.ID, err error) { return id, r.Scan(&id) },
		`SELECT DISTINCT key_id FROM requests WHERE `+w.text(), w.args...)
}

// forgottenRequests is how many requests one transaction of ForgetRequests deletes.
const forgottenRequests = 500

// ForgetRequests deletes requests made before a time.
func (s *Store) ForgetRequests(ctx context.Context, before time.Time) error {
	for {
		var n int64
		err := s.db.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
			done, err := tx.ExecContext(ctx, `
				DELETE FROM requests WHERE id IN (
					SELECT id FROM requests WHERE organization_id IN (SELECT id FROM organizations) AND at < $1 LIMIT $2)`,
				before.UnixMicro(), forgottenRequests)
			if err != nil {
				return err
			}
			n, err = done.RowsAffected()
			return err
		})
		if err != nil || n < forgottenRequests {
			return err
		}
	}
}
