package access_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// ledger is a store of one key that writes down when keys were used.
type ledger struct {
	access.Store
	key    access.Key
	asking func() // called while the key is looked up

	mu     sync.Mutex // guards writes
	writes []map[authz.ID]time.Time
}

// written is what was written down so far.
func (l *ledger) written() []map[authz.ID]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}

func (l *ledger) KeyByDigest(_ context.Context, digest string) (access.Key, bool, error) {
	key := l.key
	if l.asking != nil {
		l.asking()
	}
	return key, digest == key.Digest, nil
}

func (l *ledger) Used(_ context.Context, at map[authz.ID]time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, at)
	return nil
}

func keyed(secret string, may access.Access) *ledger {
	return &ledger{key: access.Key{ID: "k", Digest: access.Digest(secret), Level: access.OrganizationLevel, Access: may}}
}

// TestUsesAreKeptByTheMinute: a thousand requests are one write, silence is none, and
// what was not kept yet is kept at the end.
func TestUsesAreKeptByTheMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := keyed("secret", access.Read)
		k := &access.Keys{Store: l}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- k.Run(ctx, slog.New(slog.DiscardHandler)) }()
		start := time.Now()
		for range 1000 {
			authenticate(t, k, "secret")
		}
		if len(l.written()) != 0 {
			t.Error("a request wrote")
		}
		time.Sleep(3*time.Minute + time.Second)
		if w := l.written(); len(w) != 1 || !w[0]["k"].Equal(start.Truncate(time.Second)) {
			t.Errorf("got %v, want one write of %v", w, start)
		}
		authenticate(t, k, "secret")
		cancel()
		if err := <-done; err != nil || len(l.written()) != 2 {
			t.Errorf("got %d writes (%v), want the last use kept too", len(l.written()), err)
		}
	})
}

func TestAKeyThatMayNothingIsForbidden(t *testing.T) {
	t.Parallel()
	for may, want := range map[access.Access]bool{access.Admin: true, access.Write: true, access.Read: true, access.NoAccess: false, "": false, "root": false} {
		_, err := (&access.Keys{Store: keyed("secret", may)}).Authenticate(t.Context(), "secret")
		if (err == nil) != want || err != nil && authz.KindOf(err) != authz.Forbidden {
			t.Errorf("%q: got %v, want it to be let in: %v", may, err, want)
		}
	}
	order := []access.Access{access.Read, access.Write, access.Admin}
	for i, a := range order {
		for j, need := range order {
			if got := a.Covers(need); got != (i >= j) {
				t.Errorf("%s covers %s: got %v", a, need, got)
			}
		}
		if access.NoAccess.Covers(a) || access.NoAccess.Covers(access.NoAccess) {
			t.Error("no access covers something")
		}
	}
}

// TestWhatIsForgottenWhileItIsLookedUpIsNotRemembered: the answer may be older than
// the deletion.
func TestWhatIsForgottenWhileItIsLookedUpIsNotRemembered(t *testing.T) {
	t.Parallel()
	l := keyed("secret", access.Admin)
	k := &access.Keys{Store: l}
	l.asking = func() {
		l.key = access.Key{} // deleted by another request, which then forgets
		k.Forget()
	}
	authenticate(t, k, "secret") // it was a key when it was looked up
	l.asking = nil
	if _, err := k.Authenticate(t.Context(), "secret"); authz.KindOf(err) != authz.Unauthorized {
		t.Errorf("got %v, want Unauthorized", err)
	}
}

func TestAForgottenKeyIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := &forgetful{Store: storetest.Founded(t)}
	k := &access.Keys{Store: s}
	authenticate(t, k, storetest.EnvSecret)
	s.empty = true
	authenticate(t, k, storetest.EnvSecret)
	k.Forget()
	if _, err := k.Authenticate(t.Context(), storetest.EnvSecret); authz.KindOf(err) != authz.Unauthorized {
		t.Errorf("got %v, want Unauthorized", err)
	}
}

// TestOwnSecretsAreDerived: the same for the same, another for anything else, and of
// the form that Permit's tools expect.
func TestOwnSecretsAreDerived(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range []access.Master{"one", "two"} {
		for _, env := range []authz.EnvID{"a", "b"} {
			for generation := range int64(3) {
				s := m.Secret(env, generation)
				if s != m.Secret(env, generation) || seen[s] || len(s) < 97 || !strings.HasPrefix(s, "permit_key_") || strings.ContainsAny(s, "+/= ") {
					t.Errorf("got %q for %s, %s, %d", s, m, env, generation)
				}
				seen[s] = true
			}
		}
	}
	if s := access.Master("").Secret("a", 1); s != "" {
		t.Errorf("got %q without a master, want nothing", s)
	}
}
