package storetest

import (
	"context"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// settingsKept: an environment begins without settings, and each is replaced
// without touching another.
func settingsKept(t *testing.T, s *store.Store) {
	is := func(want authz.Settings) {
		t.Helper()
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			got, err := l.Settings(ctx)
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			return err
		})
	}
	is(authz.Settings{})
	for _, name := range authz.EverySetting() {
		one := authz.Settings{}.With(name)
		commit(t, s, authz.PutSettings{Settings: one})
		is(one)
	}
	commit(t, s, authz.PutSettings{})
	is(authz.Settings{})
}
