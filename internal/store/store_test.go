package store_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the pgx driver

	"github.com/gatehouse-authz/gatehouse/internal/needs"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store {
		return open(t, "sqlite:"+filepath.Join(t.TempDir(), "a ?#%.db"))
	})
}

func TestPostgres(t *testing.T) {
	server := needs.Postgres(t)
	storetest.Run(t, func(t *testing.T) *store.Store {
		return open(t, freshDatabase(t, server))
	})
}

// TestProcessesMigrateTogether: two servers may start on one new database.
func TestProcessesMigrateTogether(t *testing.T) {
	server := needs.Postgres(t)
	name := freshDatabase(t, server)
	done := make(chan error)
	for range 4 {
		go func() {
			s, err := store.Open(t.Context(), name, time.Now)
			if err == nil {
				err = s.Close()
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var databases atomic.Int64

// freshDatabase makes an empty database on the server that address names.
func freshDatabase(t testing.TB, address string) string {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("gatehouse_test_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		_ = db.Close()
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
