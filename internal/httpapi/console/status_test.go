package console

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
	"github.com/gatehouse-authz/gatehouse/internal/work"
)

const signIn = `{"event":"PostSignIn","userId":"bob1"}`

// open is the door over a real store with one inbox of this environment and one
// of another.
func open(t *testing.T) (*API, *store.Store) {
	t.Helper()
	s := storetest.Founded(t)
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	inbox := func(env authz.EnvID) *ingest.Inbox {
		return &ingest.Inbox{Env: env, Source: &logto.Source{SigningKeys: []string{"k"}}, Store: s, Wake: func() {}}
	}
	return &API{
		Directory: &directory.Directory{Store: s, Follower: f, Past: s}, Keys: &access.Keys{Store: s},
		Inboxes: map[string]*ingest.Inbox{"logto": inbox(storetest.Env), "elsewhere": inbox("elsewhere")},
		Backlog: s.Backlog, Log: slog.New(slog.DiscardHandler),
	}, s
}

func status(t *testing.T, a *API, authorization string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	a.Mount(mux)
	w := exchange(t, mux, http.Header{"Authorization": {authorization}}, http.MethodGet, "/console/v1/status", "")
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("got Content-Type %q, want JSON", got)
	}
	return w
}

func TestAQuietHouse(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	w := status(t, a, "Bearer "+storetest.EnvSecret)
	const want = `{"sources":[{"name":"logto","deliveries_since_start":{"accepted":0,"duplicate":0,"refused":0},"last_delivery_at":null,"sweep":null,"proof":null}],"work":{"waiting":0,"failing":0,"oldest":null,"worst":[]},"pending_assignments":[],"decision_log":null}` + "\n"
	if w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("got %d %s\nwant %s", w.Code, w.Body, want)
	}
}

// TestMissingDecisionsAreShown where decisions are recorded.
func TestMissingDecisionsAreShown(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	var gaps []Gap
	a.Gaps = func(_ context.Context, env authz.EnvID) ([]Gap, error) {
		if env != storetest.Env {
			t.Errorf("got asked about %q", env)
		}
		return gaps, nil
	}
	for want, is := range map[string][]Gap{
		`"decision_log":{"gaps":[]}}`: nil,
		`"decision_log":{"gaps":[{"from":"1970-01-01T00:00:01Z","to":"1970-01-01T00:00:02Z","missed":3}]}}`: {{From: time.Unix(1, 0).UTC(), To: time.Unix(2, 0).UTC(), Missed: 3}},
	} {
		gaps = is
		if w := status(t, a, "Bearer "+storetest.EnvSecret); !strings.Contains(w.Body.String(), want) {
			t.Errorf("got %s, want %s", w.Body, want)
		}
	}
}

func TestWhatWaitsAndWhatFailsIsShown(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	began := time.Now().Add(-time.Second)
	inbox := a.Inboxes["logto"]
	mac := hmac.New(sha256.New, []byte("k"))
	mac.Write([]byte(signIn))
	header := http.Header{"Logto-Signature-Sha-256": {hex.EncodeToString(mac.Sum(nil))}}
	for range 2 {
		if _, err := inbox.Accept(t.Context(), header, []byte(signIn)); err != nil {
			t.Fatal(err)
		}
	}
	inbox.Refuse()
	items, err := s.Take(t.Context(), 1, time.Minute)
	if err != nil || len(items) != 1 {
		t.Fatalf("got %v (%v), want one item", items, err)
	}
	if err := s.Retry(t.Context(), items[0], time.Hour, "it rained"); err != nil {
		t.Fatal(err)
	}
	_, err = a.Directory.Reflect(t.Context(), storetest.Env, authz.Account{Source: "logto", Key: "bob1", Exists: true}, authz.Onboarding{Role: "guest", Tenant: "lobby"})
	if err != nil {
		t.Fatal(err)
	}
	w := status(t, a, "bearer "+storetest.EnvSecret)
	var got statusRead
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s (%v)", w.Code, w.Body, err)
	}
	recent := func(what string, at, from time.Time) {
		if at.Before(from) || at.After(from.Add(time.Minute)) {
			t.Errorf("%s: got %v, want a moment after %v", what, at, from)
		}
	}
	if len(got.Sources) != 1 || got.Sources[0].LastAt == nil || len(got.Work.Worst) != 1 || len(got.Pending) != 1 || got.Work.Oldest == nil {
		t.Fatalf("got %+v, want one delivery, one failure and one pending assignment", got)
	}
	recent("last delivery", *got.Sources[0].LastAt, began)
	recent("oldest", *got.Work.Oldest, began)
	recent("due at", got.Work.Worst[0].DueAt, began.Add(time.Hour))
	recent("since", got.Pending[0].Since, began)
	got.Sources[0].LastAt = nil
	got.Work.Oldest, got.Work.Worst[0].DueAt, got.Pending[0].Since = nil, time.Time{}, time.Time{}
	want := statusRead{
		Sources: []sourceRead{{Name: "logto", Deliveries: map[string]int64{"accepted": 1, "duplicate": 1, "refused": 1}}},
		Work: workRead{Waiting: 1, Failing: 1, Worst: []failureRead{{
			Kind: ingest.WorkKind, Key: string(storetest.Env) + "/logto/user/bob1", Attempts: 1, Error: "it rained",
		}}},
		Pending: []pendingRead{{User: "bob1", Role: "guest", Tenant: "lobby", GivenBy: []string{"logto"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestOnlyEnvironmentKeysAreTold(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	for name, c := range map[string]struct {
		authorization string
		status        int
	}{
		"no key":           {"", 401},
		"wrong key":        {"Bearer wrong", 401},
		"another scheme":   {"Basic " + storetest.EnvSecret, 401},
		"project key":      {"Bearer " + storetest.ProjectSecret, 403},
		"organization key": {"Bearer " + storetest.OrgSecret, 403},
	} {
		w := status(t, a, c.authorization)
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != c.status || len(got) != 1 || got["error"] == "" {
			t.Errorf("%s: got %d %s, want %d with an error and nothing else", name, w.Code, w.Body, c.status)
		}
	}
}

func TestAFailureIsNotShown(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	a.Backlog = func(context.Context) (work.Backlog, error) {
		return work.Backlog{}, errors.New("secret detail of the database")
	}
	w := status(t, a, "Bearer "+storetest.EnvSecret)
	if w.Code != http.StatusInternalServerError || w.Body.String() != "{\"error\":\"an unexpected error occurred\"}\n" {
		t.Errorf("got %d %s, want 500 without detail", w.Code, w.Body)
	}
}

// TestASweepIsTold: how far it is, and no more than that.
func TestASweepIsTold(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	sweep := &ingest.Sweep{
		Env: storetest.Env, Source: "logto", Store: s, Directory: a.Directory, Proofs: s, Wake: func() {}, Log: slog.New(slog.DiscardHandler),
		Census: someUsers{},
	}
	a.Sweeps = map[string]*ingest.Sweep{"logto": sweep}
	if err := sweep.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := status(t, a, "bearer "+storetest.EnvSecret)
	var got statusRead
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s (%v)", w.Code, w.Body, err)
	}
	if r := got.Sources[0].Sweep; r == nil || r.Users != 2 || r.Found != 2 || !r.Whole || r.Completed != 1 || r.CompletedAt == nil || r.StartedAt == nil || r.Phase != "" {
		t.Errorf("got %+v, want two users found by one sweep", r)
	}
}

// someUsers is a source with two users and nothing else.
type someUsers struct{}

func (someUsers) Users(_ context.Context, yield func([]authz.Account) error) (bool, error) {
	return true, yield([]authz.Account{{Source: "logto", Key: "a", Exists: true}, {Source: "logto", Key: "b", Exists: true}})
}

func (someUsers) Templates(context.Context) ([]authz.SourceRole, bool, error) { return nil, true, nil }

func (someUsers) Size(context.Context) (users, organizations int, err error) { return 2, 0, nil }

func (someUsers) Organizations(context.Context, func([]authz.SourceOrganization) error) (bool, error) {
	return true, nil
}

func (someUsers) Members(context.Context, string, func([]authz.Member) error) (bool, error) {
	return true, nil
}

func (someUsers) Roles(context.Context, func(string, []authz.UserKey) error) (bool, error) {
	return true, nil
}
