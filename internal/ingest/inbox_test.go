package ingest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	signingKey = "the-signing-key"
	signIn     = `{"event":"PostSignIn","createdAt":"2026-11-21T18:00:00.000Z","userId":"bob1","user":{"id":"bob1","username":"bob"}}`
)

func signed(key, body string) http.Header {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return http.Header{"Logto-Signature-Sha-256": {hex.EncodeToString(mac.Sum(nil))}}
}

// inbox is an inbox over a real store, and how often it woke somebody.
func inbox(t *testing.T) (i *ingest.Inbox, s *store.Store, wakes *int) {
	t.Helper()
	s, wakes = storetest.Founded(t), new(int)
	return &ingest.Inbox{
		Env: storetest.Env, Source: &logto.Source{SigningKeys: []string{signingKey}}, Store: s, Wake: func() { *wakes++ },
	}, s, wakes
}

// work is the keys of the work that is kept.
func work(t *testing.T, s *store.Store) (keys []string) {
	t.Helper()
	items, err := s.Take(t.Context(), 99, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.Kind != ingest.WorkKind {
			t.Errorf("got work of kind %q, want %q", it.Kind, ingest.WorkKind)
		}
		keys = append(keys, it.Key)
	}
	return keys
}

func TestWhatIsNoDeliveryIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header http.Header
		body   string
		want   authz.Kind
	}{
		"unsigned":          {http.Header{}, signIn, authz.Unauthorized},
		"another key":       {signed("another", signIn), signIn, authz.Unauthorized},
		"another body":      {signed(signingKey, signIn), signIn + " ", authz.Unauthorized},
		"truncated":         {signed(signingKey, signIn), signIn[:40], authz.Unauthorized},
		"empty, unsigned":   {http.Header{}, "", authz.Unauthorized},
		"empty":             {signed(signingKey, ""), "", authz.Invalid},
		"not JSON":          {signed(signingKey, "hello"), "hello", authz.Invalid},
		"no object":         {signed(signingKey, "[]"), "[]", authz.Invalid},
		"cut before signed": {signed(signingKey, signIn[:40]), signIn[:40], authz.Invalid},
		"no event":          {signed(signingKey, "{}"), "{}", authz.Invalid},
		"no user":           {signed(signingKey, `{"event":"PostSignIn"}`), `{"event":"PostSignIn"}`, authz.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, s, wakes := inbox(t)
			got, err := i.Accept(t.Context(), c.header, []byte(c.body))
			if err == nil || authz.KindOf(err) != c.want {
				t.Errorf("got %v, want kind %d", err, c.want)
			}
			if diff := cmp.Diff(ingest.Delivery{}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if counts := i.Counts(); counts != (ingest.Counts{Refused: 1}) {
				t.Errorf("got %+v, want one refused", counts)
			}
			if kept := work(t, s); len(kept) > 0 || *wakes > 0 {
				t.Errorf("it caused the work %q and %d wakes", kept, *wakes)
			}
			// Nothing is kept: the real one is still the first of its body.
			if _, err := i.Accept(t.Context(), signed(signingKey, signIn), []byte(signIn)); err != nil || i.Counts().Accepted != 1 {
				t.Errorf("the real one afterwards: %v, %+v", err, i.Counts())
			}
		})
	}
}

func TestTheSameBodyTwiceIsOneDeliveryAndOneWork(t *testing.T) {
	t.Parallel()
	i, s, wakes := inbox(t)
	first, err := i.Accept(t.Context(), signed(signingKey, signIn), []byte(signIn))
	if err != nil || first.Subject != (ingest.Subject{Kind: ingest.UserSubject, ID: "bob1"}) || first.Standing != ingest.Live {
		t.Fatalf("got %+v (%v)", first, err)
	}
	want := ingest.WorkKey(storetest.Env, "logto", first.Subject)
	if diff := cmp.Diff([]string{want}, work(t, s)); diff != "" || *wakes != 1 {
		t.Errorf("%d wakes, work (-want +got)\n%s", *wakes, diff)
	}
	if err := s.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := i.Accept(t.Context(), signed(signingKey, signIn), []byte(signIn))
	if err != nil || *wakes != 1 {
		t.Errorf("the same again: %v, %d wakes, want 1", err, *wakes)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("(-first +again)\n%s", diff)
	}
	items, err := s.Take(t.Context(), 9, time.Minute)
	if err != nil || len(items) != 1 || items[0].Generation != 1 {
		t.Errorf("got %+v (%v), want the work of the first", items, err)
	}
	if got, want := i.Counts(), (ingest.Counts{Accepted: 1, Duplicate: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestOnlyLiveNewsIsWork: tests, unknown events and what is about nobody are kept,
// since somebody will want to know that they came. What is about a role or a scope has
// all roles read again.
func TestOnlyLiveNewsIsWork(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a test":        `{"event":"PostSignIn","userId":"fake-id","user":{"id":"fake-id"}}`,
		"unknown event": `{"event":"Comet.Seen","data":{"id":"x"}}`,
		"no subject":    `{"event":"Identifier.Lockout"}`,
	} {
		i, s, wakes := inbox(t)
		if _, err := i.Accept(t.Context(), signed(signingKey, body), []byte(body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := i.Accept(t.Context(), signed(signingKey, body), []byte(body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, want := i.Counts(), (ingest.Counts{Accepted: 1, Duplicate: 1}); got != want {
			t.Errorf("%s: got %+v, want it kept: %+v", name, got, want)
		}
		if kept := work(t, s); len(kept) > 0 || *wakes > 0 {
			t.Errorf("%s: it caused the work %q and %d wakes", name, kept, *wakes)
		}
	}
	for _, body := range []string{
		`{"event":"Role.Created","data":{"id":"r1"}}`, `{"event":"Scope.Deleted","params":{"scopeId":"s1"}}`,
		`{"event":"OrganizationScope.Created","data":{"id":"s1"}}`,
	} {
		i, s, wakes := inbox(t)
		_, err := i.Accept(t.Context(), signed(signingKey, body), []byte(body))
		if kept := work(t, s); err != nil || !slices.Equal(kept, []string{string(storetest.Env) + "/logto/template/all"}) || *wakes != 1 {
			t.Errorf("%s caused the work %q and %d wakes (%v)", body, kept, *wakes, err)
		}
	}
}

// aTest is a source whose tests name a user.
type aTest struct{ ingest.Source }

func (aTest) Name() string { return "fake" }

func (aTest) Verify(http.Header, []byte) error { return nil }

func (aTest) Read(body []byte) (ingest.Delivery, error) {
	return ingest.Delivery{Digest: "d", Standing: ingest.Test, Subject: ingest.Subject{Kind: ingest.UserSubject, ID: "bob"}, Body: body}, nil
}

func TestATestThatNamesAUserIsNoWork(t *testing.T) {
	t.Parallel()
	i, s, wakes := inbox(t)
	i.Source = aTest{}
	if _, err := i.Accept(t.Context(), nil, []byte("{}")); err != nil || i.Counts().Accepted != 1 {
		t.Errorf("got %v, %+v; want it kept", err, i.Counts())
	}
	if kept := work(t, s); len(kept) > 0 || *wakes > 0 {
		t.Errorf("it caused the work %q and %d wakes", kept, *wakes)
	}
}

// broken is a store of deliveries that fails.
type broken struct{ ingest.DeliveryStore }

var errDisk = errors.New("the disk is full")

func (broken) Keep(context.Context, authz.EnvID, string, ingest.Delivery, ...string) (bool, error) {
	return true, errDisk
}

func (broken) Latest(context.Context, authz.EnvID, string, ingest.Subject) ([]ingest.Delivery, error) {
	return nil, errDisk
}

func TestWhatIsNotKeptIsNotAccepted(t *testing.T) {
	t.Parallel()
	i, _, wakes := inbox(t)
	i.Store = broken{}
	_, err := i.Accept(t.Context(), signed(signingKey, signIn), []byte(signIn))
	if !errors.Is(err, errDisk) || authz.KindOf(err) != authz.Internal || i.Counts() != (ingest.Counts{}) || *wakes != 0 {
		t.Errorf("got %v, %+v and %d wakes; want the error and nothing else", err, i.Counts(), *wakes)
	}
}

// source is a source that says what it is told to say.
type source struct {
	ingest.Source
	account authz.Account
	known   bool
	err     error
	folds   bool // asks for the latest deliveries
	asked   []ingest.Subject
}

func (s *source) Name() string { return "fake" }

func (s *source) Observe(ctx context.Context, user ingest.Subject, latest func(context.Context) ([]ingest.Delivery, error)) (authz.Account, bool, error) {
	s.asked = append(s.asked, user)
	if s.folds {
		if _, err := latest(ctx); err != nil {
			return authz.Account{}, false, err
		}
	}
	return s.account, s.known, s.err
}

// mirror is a directory that remembers what it is told.
type mirror struct {
	ingest.Directory
	told []authz.Account
	with []authz.Onboarding
	err  error
}

func (m *mirror) Compiled(context.Context, authz.EnvID) (*mapping.Compiled, error) {
	return mapping.Compile(authz.Mapping{})
}

func (m *mirror) Reflect(_ context.Context, env authz.EnvID, a authz.Account, first authz.Onboarding) (authz.Revision, error) {
	if env != storetest.Env {
		return 0, errors.New("another environment")
	}
	m.told, m.with = append(m.told, a), append(m.with, first)
	return 1, m.err
}

func TestAReconcilerReflectsWhatTheSourceSays(t *testing.T) {
	t.Parallel()
	account, first := authz.Account{Source: "fake", Key: "bob", Exists: true}, authz.Onboarding{Role: "viewer", Tenant: "acme"}
	bob := ingest.Subject{Kind: ingest.UserSubject, ID: "bob"}
	away := authz.Errorf(authz.Unavailable, "the source is away")
	for name, c := range map[string]struct {
		source source
		mirror mirror
		want   error
		told   int
	}{
		"known":               {source: source{account: account, known: true}, told: 1},
		"not known":           {source: source{account: account}},
		"the source is away":  {source: source{account: account, known: true, err: away}, want: away},
		"latest fails":        {source: source{account: account, known: true, folds: true}, want: errDisk},
		"the directory fails": {source: source{account: account, known: true}, mirror: mirror{err: errDisk}, want: errDisk, told: 1},
	} {
		r := &ingest.Reconciler{Env: storetest.Env, Source: &c.source, Store: broken{}, Directory: &c.mirror, First: first}
		err := r.Run(t.Context(), ingest.WorkKey(storetest.Env, "fake", bob))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if diff := cmp.Diff([]ingest.Subject{bob}, c.source.asked); diff != "" {
			t.Errorf("%s: asked about (-want +got)\n%s", name, diff)
		}
		if len(c.mirror.told) != c.told || c.told == 1 && (c.mirror.told[0].Key != "bob" || c.mirror.with[0] != first) {
			t.Errorf("%s: the directory was told %+v with %+v, want %d accounts", name, c.mirror.told, c.mirror.with, c.told)
		}
	}
}

func TestWorkOfOthersIsRefused(t *testing.T) {
	t.Parallel()
	user := ingest.Subject{Kind: ingest.UserSubject, ID: "bob"}
	for _, key := range []string{
		"", "a", "a/b/c", string(storetest.Env) + "/fake/user",
		ingest.WorkKey("another", "fake", user), ingest.WorkKey(storetest.Env, "another", user),
		ingest.WorkKey(storetest.Env, "fake", ingest.Subject{Kind: ingest.ScopeSubject, ID: "bob"}),
	} {
		s, m := &source{known: true}, &mirror{}
		r := &ingest.Reconciler{Env: storetest.Env, Source: s, Store: broken{}, Directory: m}
		if err := r.Run(t.Context(), key); authz.KindOf(err) != authz.Unsupported || len(s.asked)+len(m.told) > 0 {
			t.Errorf("%q: got %v, want Unsupported and nobody asked", key, err)
		}
	}
}

// TestAWorkKeyNamesItsSubject, whatever characters its id has.
func TestAWorkKeyNamesItsSubject(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := ingest.Subject{Kind: ingest.UserSubject, ID: rapid.OneOf(rapid.String(), rapid.StringMatching(`[a/|.%\\ ]*`)).Draw(rt, "id")}
		s := &source{}
		r := &ingest.Reconciler{Env: storetest.Env, Source: s, Store: broken{}, Directory: &mirror{}}
		if err := r.Run(context.Background(), ingest.WorkKey(storetest.Env, "fake", want)); err != nil {
			rt.Fatal(err)
		}
		if len(s.asked) != 1 || s.asked[0] != want {
			rt.Fatalf("got %+v, want %+v", s.asked, want)
		}
	})
}
