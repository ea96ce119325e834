package storetest

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// The secrets of the keys that every test finds, one of each level.
const (
	EnvSecret     = "permit_key_of_the_environment"
	ProjectSecret = "permit_key_of_the_project"
	OrgSecret     = "permit_key_of_the_organization"
)

// Founded returns a store on a fresh SQLite database with the environment [Env]
// in it. It is closed when the test ends.
func Founded(tb testing.TB) *store.Store {
	tb.Helper()
	return FoundedAt(tb, filepath.Join(tb.TempDir(), "house.db"))
}

// FoundedAt is [Founded] with the database at path.
func FoundedAt(tb testing.TB, path string) *store.Store {
	tb.Helper()
	s := Open(tb, path)
	found(tb, s)
	return s
}

// Open returns the store of the SQLite database at path, which another store may
// have open. It is closed when the test ends.
func Open(tb testing.TB, path string) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), "sqlite:"+path, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func keys() []access.Key {
	return []access.Key{
		{ID: "ke", Name: "environment", Digest: access.Digest(EnvSecret), Level: access.EnvironmentLevel, Organization: "o", Project: "p", Environment: Env},
		{ID: "kp", Name: "project", Digest: access.Digest(ProjectSecret), Level: access.ProjectLevel, Organization: "o", Project: "p"},
		{ID: "ko", Name: "organization", Digest: access.Digest(OrgSecret), Level: access.OrganizationLevel, Organization: "o"},
	}
}
