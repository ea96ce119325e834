package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
	"github.com/gatehouse-authz/gatehouse/internal/work"
)

var (
	_ access.Store           = (*Store)(nil)
	_ access.RequestStore    = (*Store)(nil)
	_ decision.Blocks        = (*Store)(nil)
	_ directory.Store        = (*Store)(nil)
	_ directory.HistoryStore = (*Store)(nil)
	_ feed.Source            = (*Store)(nil)
	_ ingest.DeliveryStore   = (*Store)(nil)
	_ work.Queue             = (*Store)(nil)
)

//go:embed migrations/*.sql
var migrations embed.FS

// A Store keeps everything. It is safe for concurrent use.
type Store struct {
	db      *sqldb.DB
	now     func() time.Time
	kept    keeping
	lookups lookups
}

// Open opens the database that url names ("sqlite:path" or "postgres://…") and
// brings its schema up to date; several processes may do so at once. The caller
// closes the store.
func Open(ctx context.Context, url string, now func() time.Time) (*Store, error) {
	db, err := sqldb.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("migrate: %w", errors.Join(err, db.Close()))
	}
	if err := advise(ctx, db); err != nil {
		return nil, fmt.Errorf("advise the planner: %w", errors.Join(err, db.Close()))
	}
	return &Store{db: db, now: now}, nil
}

// migrate applies what is new, under an advisory lock on PostgreSQL; a SQLite
// file has one process and one writer.
func migrate(ctx context.Context, db *sqldb.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	var options []goose.ProviderOption
	if db.Name == "postgres" {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, db.Writer(), files, options...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.Read.PingContext(ctx) }

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

// classify turns what the database said into what it means.
func (s *Store) classify(err error) error {
	if err != nil && s.db.IsUnique(err) {
		return &authz.Error{Kind: authz.Conflict, Message: "key is taken", Err: err}
	}
	return err
}
