package mirrortest

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// Env is the environment of a [House].
const Env = storetest.Env

// A House is what is mirrored: a directory over a real store.
type House struct {
	*directory.Directory
	Database *store.Store
	Feed     *feed.Follower
}

// Open founds a house that tells the time by now. It ends with the test.
func Open(t testing.TB, now func() time.Time) House {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "here.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	_, err = s.Found(t.Context(), store.Founding{
		Organization: authz.Organization{ID: "o", Key: "org", Name: "Org"}, Project: authz.Project{ID: "p", Organization: "o", Key: "default", Name: "Default"},
		Environment: authz.Environment{ID: Env, Project: "p", Organization: "o", Key: "dev", Name: "Dev"}, Changes: directory.Fresh(now().UTC().Truncate(time.Microsecond)),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return House{&directory.Directory{Store: s, Follower: f, Past: s, Readable: engine.CompileConditions, Now: now}, s, f}
}
