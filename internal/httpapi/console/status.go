package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/access/openid"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
	"github.com/gatehouse-authz/gatehouse/internal/work"
)

// API is the door. All fields must be set but Gaps, Activity, PublicURL, Provider, Remapper and
// Mirror; it is safe for concurrent use.
type API struct {
	Directory *directory.Directory
	Keys      *access.Keys
	Sessions  *access.Sessions
	Provider  *openid.Provider         // where people may sign in instead; nil if nowhere
	PublicURL *url.URL                 // where callers reach the server; nil if that is not known
	Inboxes   map[string]*ingest.Inbox // by the name of their source
	Sweeps    map[string]*ingest.Sweep // likewise, of the sources that are swept
	Backlog   func(context.Context) (work.Backlog, error)
	Log       *slog.Logger
	// Stated tells what sources say by themselves, by their names.
	Stated map[string]Stated
	// Connections connects environments to Logto.
	Connections Connections
	// Remapper sees to what follows from mappings; nil if no source feeds an environment.
	Remapper *ingest.Remapper
	// Roles tells which roles a user holds in each tenant; key asks, by the route door.
	Roles func(env authz.EnvID, key authz.ID, door string, user authz.UserKey) (map[authz.TenantKey][]authz.RoleKey, error)
	// Mirror makes an account of Permit.io equal to its environment; nil if none does.
	Mirror *mirror.Mirror
	// Shadow compares checks with accounts of Permit.io.
	Shadow *shadow.Shadow
	// SetShadow says what is compared. An error means that nothing has changed.
	SetShadow func(ctx context.Context, env authz.EnvID, w ShadowWish) error
	// Gaps tells the latest gaps of the decision log, latest first; nil if decisions
	// are not recorded.
	Gaps func(context.Context, authz.EnvID) ([]Gap, error)
	// Activity counts decisions; nil if they are not recorded.
	Activity Activity
}

// A Gap is a time of which decisions are missing in the log.
type Gap struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Missed int       `json:"missed"`
}

// Mount registers the routes.
func (a *API) Mount(mux *http.ServeMux) {
	mux.Handle("GET /console/v1/status", httpapi.Handle(a.status, a.render))
	a.mountSettings(mux)
	a.mountMapping(mux)
	a.mountClaims(mux)
	a.mountConnection(mux)
	a.mountProof(mux)
	a.mountDeliveries(mux)
	a.mountMirror(mux)
	a.mountSession(mux)
	a.mountOpenID(mux)
	a.mountActivity(mux)
	a.mountUser(mux)
	a.mountTenant(mux)
	a.mountNames(mux)
	a.mountShadow(mux)
	mux.Handle("GET /console/v1/projects/{proj}/envs/{env}/changes", httpapi.Handle(a.changes, a.render))
}

type statusRead struct {
	Sources []sourceRead  `json:"sources"`
	Work    workRead      `json:"work"`
	Pending []pendingRead `json:"pending_assignments"`
	// DecisionLog is null if decisions are not recorded.
	DecisionLog *decisionLogRead `json:"decision_log"`
}

type decisionLogRead struct {
	Gaps []Gap `json:"gaps"`
}

type sourceRead struct {
	Name       string           `json:"name"`
	Deliveries map[string]int64 `json:"deliveries_since_start"`
	LastAt     *time.Time       `json:"last_delivery_at"`
	Sweep      *sweepRead       `json:"sweep"` // null if the source is not swept
	Proof      *Proof           `json:"proof"` // likewise
}

// sweepRead is how far the sweep under way is, or what the last one found.
type sweepRead struct {
	Phase         string     `json:"phase"` // empty if none is under way
	StartedAt     *time.Time `json:"started_at"`
	Users         int        `json:"users"`
	Organizations int        `json:"organizations"`
	Found         int        `json:"found"`
	Whole         bool       `json:"whole"`
	Error         string     `json:"error"`
	UsersTotal    int        `json:"users_total"`
	OrgsTotal     int        `json:"organizations_total"`
	Remaining     int        `json:"remaining"`
	Percent       int        `json:"percent"`
	Completed     int        `json:"completed_since_start"`
	CompletedAt   *time.Time `json:"completed_at"`
	Seconds       float64    `json:"completed_seconds"`
	Unkept        []string   `json:"roles_not_kept"`
}

func sweepOf(ctx context.Context, s *ingest.Sweep) (*sweepRead, error) {
	if !s.Active() {
		return nil, nil //nolint:nilnil // null is what the answer says then
	}
	p, waiting := s.Progress(), 0
	if s.Unsettled != nil {
		var err error
		if waiting, err = s.Unsettled(ctx); err != nil {
			return nil, err
		}
	}
	out := &sweepRead{
		Phase: p.Phase, Users: p.Users, Organizations: p.Organizations, Found: p.Found, Whole: p.Whole, Error: p.Error,
		UsersTotal: p.UsersTotal, OrgsTotal: p.OrganizationsTotal, StartedAt: timeOrNil(p.StartedAt),
		Completed: p.Completed, CompletedAt: timeOrNil(p.CompletedAt), Seconds: p.Took.Seconds(),
		Unkept: append([]string{}, s.Unkept()...),
	}
	out.Remaining, out.Percent = p.Remaining(waiting)
	return out, nil
}

type workRead struct {
	Waiting int           `json:"waiting"`
	Failing int           `json:"failing"`
	Oldest  *time.Time    `json:"oldest"`
	Worst   []failureRead `json:"worst"`
}

type failureRead struct {
	Kind     string    `json:"kind"`
	Key      string    `json:"key"`
	Attempts int       `json:"attempts"`
	Error    string    `json:"error"`
	DueAt    time.Time `json:"due_at"`
}

type pendingRead struct {
	User    authz.UserKey   `json:"user"`
	Role    authz.RoleKey   `json:"role"`
	Tenant  authz.TenantKey `json:"tenant"`
	GivenBy []string        `json:"given_by"`
	Since   time.Time       `json:"since"`
}

// status answers what is received, what is waiting and what is failing. It needs
// an API key of environment level.
func (a *API) status(w http.ResponseWriter, r *http.Request) error {
	env, err := a.environment(r)
	if err != nil {
		return err
	}
	out := statusRead{Sources: []sourceRead{}, Pending: []pendingRead{}}
	for name, inbox := range a.Inboxes {
		if inbox.Env != env.ID {
			continue
		}
		read, err := a.source(r.Context(), name, inbox)
		if err != nil {
			return err
		}
		out.Sources = append(out.Sources, read)
	}
	var backlog work.Backlog
	if len(out.Sources) > 0 { // work is what sources cause, and is none of the other environments' business
		if backlog, err = a.Backlog(r.Context()); err != nil {
			return err
		}
	}
	out.Work = workOf(backlog)
	pending, err := a.Directory.Pending(r.Context(), env.ID)
	if err != nil {
		return err
	}
	for _, p := range pending {
		out.Pending = append(out.Pending, pendingRead{User: p.User, Role: p.Role, Tenant: p.Tenant, GivenBy: texts(p.GivenBy), Since: p.CreatedAt})
	}
	if a.Gaps != nil {
		gaps, err := a.Gaps(r.Context(), env.ID)
		if err != nil {
			return err
		}
		out.DecisionLog = &decisionLogRead{Gaps: append([]Gap{}, gaps...)}
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// source is what is received from a source, and how it is swept.
func (a *API) source(ctx context.Context, name string, inbox *ingest.Inbox) (read sourceRead, err error) {
	c := inbox.Counts()
	read = sourceRead{Name: name, Deliveries: map[string]int64{"accepted": c.Accepted, "duplicate": c.Duplicate, "refused": c.Refused}}
	last, _, err := inbox.LastKept(ctx)
	if err != nil {
		return read, err
	}
	read.LastAt = timeOrNil(last)
	s := a.Sweeps[name]
	if read.Sweep, err = sweepOf(ctx, s); err != nil || s == nil {
		return read, err
	}
	proof, err := lastProof(ctx, s)
	read.Proof = &proof
	return read, err
}

// environment is the one whose key the caller has.
func (a *API) environment(r *http.Request) (authz.Environment, error) {
	key, err := a.key(r)
	if err != nil {
		return authz.Environment{}, err
	}
	return a.Keys.Own(r.Context(), key)
}

// key is the caller's API key.
func (a *API) key(r *http.Request) (access.Key, error) {
	secret, ok := httpapi.Bearer(r)
	if !ok {
		return access.Key{}, authz.Errorf(authz.Unauthorized, "an API key is required, as Authorization: Bearer")
	}
	return a.Keys.Authenticate(r.Context(), secret)
}

func workOf(b work.Backlog) workRead {
	out := workRead{Waiting: b.Waiting, Failing: b.Failing, Worst: []failureRead{}}
	if !b.Oldest.IsZero() {
		out.Oldest = &b.Oldest
	}
	for _, f := range b.Worst {
		out.Worst = append(out.Worst, failureRead{Kind: f.Kind, Key: f.Key, Attempts: f.Attempts, Error: f.Error, DueAt: f.DueAt})
	}
	return out
}

type failure struct {
	Error string `json:"error"`
}

func (a *API) render(w http.ResponseWriter, r *http.Request, err error) {
	switch e := err.(type) { //nolint:errorlint // the toolkit returns these unwrapped
	case *httpapi.BodyError:
		_ = httpapi.Write(w, http.StatusUnprocessableEntity, failure{Error: e.Error()})
		return
	case *httpapi.QueryError:
		_ = httpapi.Write(w, http.StatusUnprocessableEntity, failure{Error: e.Error()})
		return
	case *httpapi.StatusError:
		_ = httpapi.Write(w, e.Status, failure{Error: e.Message})
		return
	}
	kind := authz.KindOf(err)
	message := "an unexpected error occurred"
	if e, ok := errors.AsType[*authz.Error](err); ok && kind != authz.Internal {
		message = e.Message
	}
	if kind == authz.Internal {
		a.Log.Error("console request failed", "path", r.URL.Path, "id", httpapi.RequestID(r.Context()), "error", err)
	}
	_ = httpapi.Write(w, httpapi.StatusOf(kind), failure{Error: message}) // always JSON
}
