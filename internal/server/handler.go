package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gatehouse-authz/gatehouse/docs"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/authzen"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/hooks"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/manual"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permit"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/web"
)

// Doors are what the listeners share.
type doors struct {
	hooks     http.Handler
	allowed   http.Handler // POST /allowed, of decisions
	decisions *http.ServeMux
	control   http.Handler // logs
	// signedIn lets people in where keys are.
	signedIn func(http.Handler) http.Handler
}

func (s *Server) doors() doors {
	log := s.config.Log
	inboxes := map[string]*ingest.Inbox{s.source.Name(): s.inbox}
	sweeps := map[string]*ingest.Sweep{s.source.Name(): s.sweep}
	control := http.NewServeMux()
	(&permit.API{Directory: s.directory, Workspace: s.workspace, Decisions: s.log, Keys: s.keys, Requests: s.requests, Log: log}).Mount(control)
	operator := &console.API{
		Directory: s.directory, Keys: s.keys, Sessions: s.sessions, Provider: s.config.provider(s.Addr()), PublicURL: s.config.publicURL(s.Addr()), Inboxes: inboxes, Sweeps: sweeps,
		Backlog: s.store.Backlog, Gaps: s.gaps(), Activity: s.activity(), Roles: s.tenantRoles, Connections: &connector{Server: s},
		Remapper: s.remapper, Mirror: s.mirror, Shadow: s.shadow, SetShadow: s.setShadow, Log: log,
		Stated: map[string]console.Stated{s.source.Name(): {Users: logto.UserAttributes(), Tenants: logto.OrganizationAttributes()}},
	}
	operator.Mount(control)
	(&console.Dashboard{Files: web.Files()}).Mount(control)
	(&manual.Door{Files: docs.Files}).Mount(control)
	control.Handle("GET /metrics", s.metrics())
	control.Handle("/", http.HandlerFunc(nothingHere))

	pdp := &permitpdp.API{
		Decisions: s.decisions, Keys: s.keys, Log: log, KongRoutes: s.kong,
		Ready: s.answers, ControlPlane: httpapi.Log(log, control),
	}
	decisions := http.NewServeMux()
	pdp.Mount(decisions)
	(&authzen.API{Decisions: s.decisions, Keys: s.keys, PublicURL: s.config.publicURL(s.Addr()), Log: log}).Mount(decisions)
	allowed, _ := decisions.Handler(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/allowed"}})
	return doors{hooks: httpapi.Log(log, &hooks.Door{Inboxes: inboxes, Log: log}), allowed: allowed, decisions: decisions, control: pdp.Synced(), signedIn: operator.SignedIn}
}

// handler is all doors on one listener. Health and webhooks come before the
// router: a router redirects unusual spellings of a path, and a redirected
// webhook is lost.
func (s *Server) handler(d doors) http.Handler {
	inner := s.routes(d)
	people := d.signedIn(inner)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["Cookie"] != nil && s.ready.Load() {
			people.ServeHTTP(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// routes is what answers a request whose caller is known, or is not.
func (s *Server) routes(d doors) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/allowed" && s.ready.Load():
			d.allowed.ServeHTTP(w, r) // past the router: it is asked on every request of an application
		case hooks.Serves(r):
			d.hooks.ServeHTTP(w, r)
		case permitpdp.IsHealth(r):
			d.decisions.ServeHTTP(w, r)
		case r.URL.Path == "/healthz":
			_ = httpapi.Write(w, http.StatusOK, health{Status: "ok"})
		case r.URL.Path == "/readyz":
			s.readyz(w, r)
		case !s.ready.Load():
			w.Header().Set("Retry-After", "1")
			_ = httpapi.Write(w, http.StatusServiceUnavailable, starting)
		default:
			collapse(r)
			if h, pattern := d.decisions.Handler(r); pattern != "" {
				h.ServeHTTP(w, r) // unlogged: it is asked on every request of an application
				return
			}
			d.control.ServeHTTP(w, r)
		}
	})
}

// opaHandler is what Permit's clients ask of the policy itself, and its health.
func (s *Server) opaHandler(d doors) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		collapse(r)
		switch {
		case permitpdp.IsHealth(r):
			d.decisions.ServeHTTP(w, r)
		case !s.ready.Load():
			w.Header().Set("Retry-After", "1")
			_ = httpapi.Write(w, http.StatusServiceUnavailable, starting)
		case strings.HasPrefix(r.URL.Path, "/v1/data/permit/"):
			d.decisions.ServeHTTP(w, r)
		default:
			nothingHere(w, r)
		}
	})
}

// collapse drops repeated slashes at the start of the path: an SDK whose base
// address ends in a slash sends //v2, and a redirect would lose its body.
func collapse(r *http.Request) {
	for strings.HasPrefix(r.URL.Path, "//") {
		r.URL.Path = r.URL.Path[1:]
		r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, "/")
	}
}

type health struct {
	Status string `json:"status"`
}

// starting is the answer before the engine has loaded, in both error shapes.
var starting = map[string]string{"message": "gatehouse is starting or stopping", "detail": "gatehouse is starting or stopping"}

// readyz is true only when the store is open and the engine answers.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	status, body := http.StatusOK, health{Status: "ready"}
	if !s.ready.Load() {
		status, body = http.StatusServiceUnavailable, health{Status: "loading"}
	} else if err := s.answers(r); err != nil {
		s.config.Log.Error("not ready", "error", err)
		status, body = http.StatusServiceUnavailable, health{Status: "failing"}
	}
	_ = httpapi.Write(w, status, body)
}

// answers asks the store and the engine one question each, once the engine has
// loaded. An environment that was made by another process a moment ago makes nobody
// unready: of those there are, one must be followed.
func (s *Server) answers(r *http.Request) error {
	if !s.ready.Load() {
		return authz.Errorf(authz.Unavailable, "the engine is loading, or the server stops")
	}
	if err := s.store.Ping(r.Context()); err != nil {
		return err
	}
	heads, err := s.store.Heads(r.Context())
	if err == nil && len(heads) > 0 && s.follower.Followed() == 0 {
		return authz.Errorf(authz.Unavailable, "no environment is loaded")
	}
	return err
}

func nothingHere(w http.ResponseWriter, _ *http.Request) {
	_ = httpapi.Write(w, http.StatusNotFound, map[string]string{"detail": "Not Found"})
}

// metrics serves Prometheus metrics to callers with an API key.
func (s *Server) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&collector{server: s})
	serve := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret, _ := httpapi.Bearer(r)
		if _, err := s.keys.Authenticate(r.Context(), secret); err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			_ = httpapi.Write(w, http.StatusUnauthorized, map[string]string{"detail": "an API key is required, as Authorization: Bearer"})
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// tenantRoles is who asks for the roles of a user, and the answer.
func (s *Server) tenantRoles(env authz.EnvID, key authz.ID, door string, user authz.UserKey) (map[authz.TenantKey][]authz.RoleKey, error) {
	return s.decisions.TenantRoles(decision.Asker{Env: env, Key: key, Door: door}, user)
}
