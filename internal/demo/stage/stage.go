// Package stage is a whole Gatehouse beside a stand-in for Logto, for tests of what
// stands before them: the middleware, the gateways and the examples. Somebody is
// there who may view reports, and in the tenant of an organization delete them. For
// tests of all of it there are the demo, and visits of web/browser in Chromium.
package stage

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// Who is there: a member of an organization.
const (
	User         = "ann000000000"
	Organization = "theirs000000"
)

// application is that for which tokens are.
const application = "application0000000000"

// patience is how long a test waits for a server, which takes milliseconds.
const patience = 20 * time.Second

// A Stage is a Gatehouse and a stand-in for Logto that run. Addresses have no slash
// at the end.
type Stage struct {
	Gatehouse string
	Key       string // of environment level
	Logto     string
	Sim       *logtosim.Sim

	t          testing.TB
	logto      *httptest.Server
	keyFetches atomic.Int64
}

// New starts both. They are stopped when the test ends.
func New(t testing.TB, change ...func(*server.Config)) *Stage {
	t.Helper()
	s := &Stage{t: t, Sim: logtosim.New(logtosim.Config{})}
	s.logto = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oidc/jwks" {
			s.keyFetches.Add(1)
		}
		s.Sim.ServeHTTP(w, r)
	}))
	t.Cleanup(s.logto.Close)
	s.Logto = s.logto.URL
	s.Sim.Import(logtosim.User{ID: User, Username: new("ann")})
	s.Sim.ImportOrganizations(logtosim.Organization{ID: Organization, Name: "Theirs"})
	s.Sim.ImportMember(Organization, User)
	s.serve(change)
	s.Post("/v2/schema/default/dev/resources", `{"key":"reports","name":"Reports","actions":{"view":{},"delete":{}}}`)
	s.Post("/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer","permissions":["reports:view"]}`)
	s.Post("/v2/schema/default/dev/roles", `{"key":"owner","name":"Owner","permissions":["reports:delete"]}`)
	s.Post("/v2/facts/default/dev/tenants", `{"key":"`+Organization+`","name":"Theirs"}`)
	s.Post("/v2/facts/default/dev/users", `{"key":"`+User+`"}`)
	s.Post("/v2/facts/default/dev/role_assignments", `{"user":"`+User+`","role":"viewer","tenant":"default"}`)
	s.Post("/v2/facts/default/dev/role_assignments", `{"user":"`+User+`","role":"owner","tenant":"`+Organization+`"}`)
	return s
}

// serve runs a server until the test ends.
func (s *Stage) serve(change []func(*server.Config)) {
	s.t.Helper()
	c := server.Config{
		Listen: "127.0.0.1:0", DataDir: s.t.TempDir(), Log: slog.New(slog.NewTextHandler(s.t.Output(), nil)),
		Announce: func(a server.Announcement) { s.Key = a.APIKey },
	}
	for _, f := range change {
		f(&c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	gatehouse, err := server.New(ctx, c)
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	s.Gatehouse = "http://" + gatehouse.Addr()
	ended := make(chan error, 1)
	go func() { ended <- gatehouse.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
	ticker, deadline := time.NewTicker(10*time.Millisecond), time.After(patience)
	defer ticker.Stop()
	for !s.ready() {
		select {
		case <-ticker.C:
		case <-deadline:
			s.t.Fatal("Gatehouse is not ready")
		}
	}
}

func (s *Stage) ready() bool {
	resp, err := http.Get(s.Gatehouse + "/readyz")
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Post makes something in Gatehouse.
func (s *Stage) Post(path, body string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.Gatehouse+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	said, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: got %s %s (%v)", path, resp.Status, said, err)
	}
}

// Resource makes an API resource in Logto.
func (s *Stage) Resource(indicator string) {
	s.t.Helper()
	if err := s.Sim.ImportResource(indicator); err != nil {
		s.t.Fatal(err)
	}
}

// Token is an access token of the user; see [logtosim.Sim.AccessToken].
func (s *Stage) Token(resource, organization string) string {
	s.t.Helper()
	token, err := s.Sim.AccessToken(s.Logto, User, application, resource, organization)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// KeyFetches is how often Logto's keys have been fetched.
func (s *Stage) KeyFetches() int64 { return s.keyFetches.Load() }

// CloseLogto stops the stand-in.
func (s *Stage) CloseLogto() { s.logto.Close() }
