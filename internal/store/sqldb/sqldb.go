// Package sqldb opens SQLite and PostgreSQL and makes them answer alike. It
// knows nothing of what is stored.
//
// House SQL is the part both databases speak: placeholders $1 $2 …, TEXT,
// BIGINT (also for time, as Unix microseconds), BOOLEAN, JSON kept as TEXT,
// RETURNING, ON CONFLICT … DO UPDATE, row values for paging. No NOW(), no
// SERIAL, no arrays, no ALTER COLUMN.
package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A Dialect is all that differs.
type Dialect struct {
	Name       string         // "sqlite" or "postgres"
	SkipLocked string         // suffix that makes a SELECT take rows nobody else holds
	view       *sql.TxOptions // options that make a transaction see one moment
	unique     func(error) bool
}

var sqliteDialect = Dialect{
	Name: "sqlite",
	unique: func(err error) bool {
		e, ok := errors.AsType[*sqlite.Error](err)
		return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
	},
}

var postgresDialect = Dialect{
	Name:       "postgres",
	SkipLocked: "FOR UPDATE SKIP LOCKED",
	view:       &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	unique: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && e.Code == "23505"
	},
}

// A DB is a database with its dialect. Writes go through Update, consistent
// reads through View.
type DB struct {
	Dialect
	Read, write *sql.DB
	group       *group // SQLite: writes share transactions, since there is one writer
}

// pragmas stand in the DSN so that every pooled connection has them.
// synchronous(FULL) flushes each commit to the disk: a commit earns a 2xx.
const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"

// Pages that a connection to SQLite keeps, in all at most 80 MB: the writer needs some
// room for large commits, and what a reader has not the operating system has at hand.
const (
	writerPages = "&_pragma=cache_size(-16384)"
	readerPages = "&_pragma=cache_size(-4096)"
)

// connections bounds each pool: SQLite readers, PostgreSQL readers and writers.
const connections = 16

// Open opens the database that url names: "sqlite:path" or "postgres://…".
func Open(ctx context.Context, url string) (*DB, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		dsn := "file:" + escape(path) + "?" + pragmas
		d := &sqlite.Driver{}
		db, err := open(ctx, sqliteDialect, sql.OpenDB(keeper{d, dsn + readerPages}), sql.OpenDB(keeper{d, dsn + writerPages + "&_txlock=immediate"}), 1)
		if err == nil {
			db.group = &group{db: db.write}
		}
		return db, err
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		c, err := stdlib.GetDefaultDriver().(driver.DriverContext).OpenConnector(url)
		if err != nil {
			return nil, fmt.Errorf("open postgres: %w", withoutSecret(err))
		}
		return open(ctx, postgresDialect, sql.OpenDB(c), sql.OpenDB(c), connections)
	}
	return nil, errors.New("database must be postgres://… or sqlite:path")
}

// escape protects the characters of a path that mean something in a file URI.
func escape(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

func open(ctx context.Context, d Dialect, read, write *sql.DB, writers int) (*DB, error) {
	db := &DB{Dialect: d, Read: read, write: write}
	write.SetMaxOpenConns(writers)
	write.SetMaxIdleConns(writers)
	read.SetMaxOpenConns(connections)
	read.SetMaxIdleConns(connections)
	if err := write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", d.Name, errors.Join(withoutSecret(err), db.Close()))
	}
	return db, nil
}

// withoutSecret drops the connection URL, and so the password, from an error.
func withoutSecret(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Writer is the writing pool, for migrations.
func (db *DB) Writer() *sql.DB { return db.write }

// Close closes both pools.
func (db *DB) Close() error { return errors.Join(db.Read.Close(), db.write.Close()) }

// Update runs f in a transaction, committed if f returns nil. The transaction
// does not end early when ctx does: f runs whole or not at all. On SQLite it may
// share its commit with other callers' updates, each of which succeeds or fails
// alone.
func (db *DB) Update(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if db.group != nil {
		return db.group.do(ctx, f)
	}
	ctx = context.WithoutCancel(ctx)
	return inTx(ctx, db.write, nil, func(tx *sql.Tx) error { return f(ctx, tx) })
}

// View runs f in a transaction that sees one moment and writes nothing.
func (db *DB) View(ctx context.Context, f func(*sql.Tx) error) error {
	return inTx(ctx, db.Read, db.view, f)
}

func inTx(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, f func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// IsUnique reports whether err says that a key is taken.
func (d Dialect) IsUnique(err error) bool { return d.unique(err) }

// A Queryer is a [sql.DB] or a [sql.Tx].
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// All runs query and scans every row with scan.
func All[T any](ctx context.Context, q Queryer, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// One runs query and scans its first row; ok is false if there is none.
func One[T any](ctx context.Context, q Queryer, scan func(*sql.Rows) (T, error), query string, args ...any) (v T, ok bool, err error) {
	all, err := All(ctx, q, scan, query, args...)
	if err != nil || len(all) == 0 {
		return v, false, err
	}
	return all[0], true, nil
}
