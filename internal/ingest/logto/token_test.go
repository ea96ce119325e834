package logto_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		grant played
		says  string
	}{
		"wrongSecret":     {recordedAnswer(t, "token-m2m-error-wrong-secret"), `401 oidc.invalid_client: it does not know the app "app/1" with this secret`},
		"unknownClient":   {recordedAnswer(t, "token-m2m-error-unknown-client"), "400 oidc.invalid_client"},
		"unknownResource": {recordedAnswer(t, "token-m2m-error-unknown-resource"), `400 oidc.invalid_target: it does not know the resource "https://default`},
		"badGrant":        {recordedAnswer(t, "token-m2m-error-bad-grant"), "400 oidc.unsupported_grant_type"},
		"html":            {played{200, "text/html", []byte("<html>")}, "it gave no bearer token"},
		"noToken":         {played{200, "application/json", []byte(`{"token_type":"Bearer"}`)}, "it gave no bearer token"},
		"anotherType":     {played{200, "application/json", []byte(`{"access_token":"token-1","token_type":"mac"}`)}, "it gave no bearer token"},
		"tokenWithLines":  {played{200, "application/json", []byte(`{"access_token":"a\r\nx: token-1","token_type":"Bearer"}`)}, "it gave no bearer token"},
		"notFound":        {recordedAnswer(t, "users-get-404"), "404 entity.not_found: asked for a token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, recordedAnswer(t, "users-get"))
			s.grant = func(_ int64, w http.ResponseWriter) { c.grant.play(w) }
			_, _, err := ask(t.Context(), s.client(), "ixnhp5grhkar")
			wantUnavailable(t, err, c.says)
			if s.asks.Load() != 0 {
				t.Error("a user was asked for without a token")
			}
		})
	}
}

func TestTokensAreRenewedBeforeTheyExpire(t *testing.T) {
	t.Parallel()
	s := newStage(t, recordedAnswer(t, "users-get"))
	now := time.Unix(1795284000, 0)
	c := s.client()
	c.Now = func() time.Time { return now }
	for _, step := range []struct {
		after time.Duration
		want  int64
	}{{0, 1}, {58 * time.Minute, 1}, {59*time.Minute - time.Second, 1}, {59 * time.Minute, 2}, {2 * time.Hour, 3}} {
		now = time.Unix(1795284000, 0).Add(step.after)
		if _, _, err := ask(t.Context(), c, "ixnhp5grhkar"); err != nil {
			t.Fatal(err)
		}
		if s.grants.Load() != step.want {
			t.Errorf("after %v: %d tokens, want %d", step.after, s.grants.Load(), step.want)
		}
	}
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, played{})
	good, bad := recordedAnswer(t, "users-get"), recordedAnswer(t, "error-401-tampered-signature")
	var valid atomic.Value
	valid.Store("Bearer token-1")
	s.answer = func(_ int64, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != valid.Load() {
			bad.play(w)
			return
		}
		good.play(w)
	}
	c := s.client()
	for i, want := range []struct{ valid, asks, grants any }{
		{"Bearer token-1", int64(1), int64(1)},
		{"Bearer token-2", int64(3), int64(2)}, // refused, replaced, answered
		{"Bearer token-2", int64(4), int64(2)},
		{"Bearer nothing", int64(6), int64(3)}, // refused twice
	} {
		valid.Store(want.valid)
		_, ok, err := ask(t.Context(), c, "ixnhp5grhkar")
		if ok != (i < 3) || s.asks.Load() != want.asks || s.grants.Load() != want.grants {
			t.Errorf("step %d: ok %v (%v) after %d questions and %d tokens, want %v", i, ok, err, s.asks.Load(), s.grants.Load(), want)
		}
	}
}

func TestOneTokenRequestServesAll(t *testing.T) {
	t.Parallel()
	s := newStage(t, recordedAnswer(t, "users-get"))
	asked, release := make(chan struct{}), make(chan struct{})
	grant := s.grant
	s.grant = func(n int64, w http.ResponseWriter) {
		close(asked) // panics if there is a second request
		<-release
		grant(n, w)
	}
	c := s.client()
	first, giveUp := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, _, err := ask(first, c, "ixnhp5grhkar")
		failed <- err
	}()
	<-asked
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, ok, err := ask(t.Context(), c, "ixnhp5grhkar"); !ok {
				t.Errorf("a caller beside the one who gave up: %v", err)
			}
		})
	}
	giveUp()
	if err := <-failed; authz.KindOf(err) != authz.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("the caller who gave up got %v", err)
	}
	close(release)
	all.Wait()
	if s.grants.Load() != 1 {
		t.Errorf("got %d token requests, want 1", s.grants.Load())
	}
}

func TestAFailedTokenRequestIsNotKept(t *testing.T) {
	t.Parallel()
	s := newStage(t, recordedAnswer(t, "users-get"))
	grant := s.grant
	s.grant = func(n int64, w http.ResponseWriter) {
		if n == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		grant(n, w)
	}
	c := s.client()
	_, _, err := ask(t.Context(), c, "ixnhp5grhkar")
	wantUnavailable(t, err, "logto answered 502")
	if _, ok, err := ask(t.Context(), c, "ixnhp5grhkar"); !ok {
		t.Errorf("the next question: %v", err)
	}
}

// TestAGoodTokenIsNotThrownAway: a refusal of the token before arrives after it
// has been replaced.
func TestAGoodTokenIsNotThrownAway(t *testing.T) {
	t.Parallel()
	s := newStage(t, played{})
	good, bad := recordedAnswer(t, "users-get"), recordedAnswer(t, "error-401-tampered-signature")
	bothAsked, replaced := make(chan struct{}), make(chan struct{})
	s.answer = func(n int64, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer token-1":
			good.play(w)
			return
		case n == 1:
			<-bothAsked
		case n == 2:
			close(bothAsked)
			<-replaced
		}
		bad.play(w)
	}
	c := s.client()
	done := make(chan error, 2)
	for range 2 {
		go func() {
			_, _, err := ask(t.Context(), c, "ixnhp5grhkar")
			done <- err
		}()
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	close(replaced)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if s.grants.Load() != 2 {
		t.Errorf("got %d tokens, want 2", s.grants.Load())
	}
}
