package storetest

import (
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// connectionsKept: what is kept is of one source of one environment, and replaced.
func connectionsKept(t *testing.T, s *store.Store) {
	for _, sealed := range []string{"first", "second"} {
		if err := s.KeepConnection(t.Context(), Env, "logto", sealed); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := s.Connection(t.Context(), Env, "logto"); err != nil || !ok || got != sealed {
			t.Errorf("got %q, %t (%v), want %q", got, ok, err, sealed)
		}
	}
	if all, err := s.Connections(t.Context(), "logto"); err != nil || len(all) != 1 || all[Env] != "second" {
		t.Errorf("of all environments: got %v (%v)", all, err)
	}
	if got, ok, err := s.Connection(t.Context(), Env, "other"); err != nil || ok {
		t.Errorf("another source: got %q, %t (%v)", got, ok, err)
	}
	if err := s.KeepConnection(t.Context(), "no-such-environment", "logto", "x"); err == nil {
		t.Error("a connection of no environment is kept")
	}
}
