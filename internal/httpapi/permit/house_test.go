package permit_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permit"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// A house is a door on a store of its own, with one environment and a key of
// each level.
type house struct {
	handler http.Handler
	decided *decision.Log
	store   *store.Store
	log     *strings.Builder
	secrets map[string]string // by the name a conversation calls the key
	ids     map[string]string // text in answers → the name a conversation calls it
}

func id(digit string) string { return strings.Repeat(digit, 32) }

func open(t testing.TB) *house {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "gatehouse.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // twice, where a test has closed it
	h := &house{store: s, log: &strings.Builder{}, secrets: map[string]string{}, ids: map[string]string{id("0"): "org", id("1"): "project", id("2"): "env"}}
	now := clock()()
	f := store.Founding{
		Organization: authz.Organization{ID: authz.ID(id("0")), Key: "home", Name: "Home", CreatedAt: now},
		Project:      authz.Project{ID: authz.ID(id("1")), Organization: authz.ID(id("0")), Key: "acme", Name: "Acme", CreatedAt: now},
		Environment:  authz.Environment{ID: authz.EnvID(id("2")), Project: authz.ID(id("1")), Organization: authz.ID(id("0")), Key: "dev", Name: "Development", CreatedAt: now},
		Changes: []authz.Change{
			authz.PutTenant{Tenant: authz.Tenant{Key: "default", ID: directory.NewID(), Name: "Default Tenant", CreatedAt: now, UpdatedAt: now}},
			authz.PutResource{Resource: authz.Resource{Key: "__user", ID: directory.NewID(), Name: "User", BuiltIn: true, CreatedAt: now, UpdatedAt: now}},
		},
	}
	for _, k := range []access.Key{
		{Name: "org", Level: access.OrganizationLevel},
		{Name: "project", Level: access.ProjectLevel, Project: f.Project.ID},
		{Name: "env", Level: access.EnvironmentLevel, Project: f.Project.ID, Environment: f.Environment.ID},
	} {
		h.secrets[k.Name] = access.NewSecret()
		k.ID, k.Digest, k.Organization, k.CreatedAt = directory.NewID(), access.Digest(h.secrets[k.Name]), f.Organization.ID, now
		f.Keys = append(f.Keys, k)
	}
	if founded, err := s.Found(t.Context(), f); err != nil || !founded {
		t.Fatal(founded, err)
	}
	h.decided = &decision.Log{Blocks: s, Keep: time.Hour, Now: clock(), Log: slog.New(slog.DiscardHandler)}
	keys := &access.Keys{Store: s}
	api := &permit.API{
		Decisions: h.decided,
		Directory: &directory.Directory{Store: s, Follower: follower{}, Past: s, Now: clock(), Readable: engine.CompileConditions, ReadablePattern: engine.CompileURLPattern},
		Workspace: &workspace.Workspace{
			Store: s, Follower: follower{}, Keys: keys, Master: "the master of the tests", Fresh: directory.Fresh, NewID: directory.NewID, Now: clock(),
		},
		Keys:     keys,
		Requests: &access.Requests{Store: s, Log: slog.New(slog.DiscardHandler)},
		Log:      slog.New(slog.NewTextHandler(h.log, nil)),
	}
	if err := api.Workspace.Own(t.Context(), f.Organization.ID); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	api.Mount(mux)
	h.handler = mux
	return h
}

// A follower is there already: nothing is decided behind this door.
type follower struct{}

func (follower) Reach(context.Context, authz.EnvID, authz.Revision) error { return nil }
func (follower) Follow(context.Context, authz.EnvID) error                { return nil }
func (follower) Drop(authz.EnvID)                                         {}

// clock returns a clock that goes on by a second whenever it is read, so that
// «oldest first» has one meaning.
func clock() func() time.Time {
	var ticks atomic.Int64
	start := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	return func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Second) }
}

// do sends a request and returns the answer and its body.
func (h *house) do(t testing.TB, method, target string, header http.Header, body string) (*http.Response, []byte) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Header = header.Clone()
	if _, ok := r.Header["Authorization"]; !ok {
		r.Header.Set("Authorization", "Bearer "+h.secrets["env"])
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	res := w.Result()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if c := contracttest.REST(t); c != nil {
		c.Check(t, method, r.URL.EscapedPath(), []byte(body), res.StatusCode, data)
	}
	return res, data
}
