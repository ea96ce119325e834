package console

import (
	"context"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

func (a *API) mountProof(mux *http.ServeMux) {
	const path = " /console/v1/projects/{proj}/envs/{env}/logto/"
	mux.Handle("GET"+path+"proof", httpapi.Handle(a.inEnvironment(access.Read, a.readProof), a.render))
	mux.Handle("GET"+path+"sweep", httpapi.Handle(a.inEnvironment(access.Read, a.readSweep), a.render))
	mux.Handle("POST"+path+"sweep", httpapi.Handle(a.inEnvironment(access.Write, a.startSweep), a.render))
	mux.Handle("POST"+path+"repair", httpapi.Handle(a.inEnvironment(access.Write, a.repair), a.render))
}

type proofRead struct {
	Verdict      ingest.Verdict   `json:"verdict"`
	Why          string           `json:"why"`
	SweptAt      *time.Time       `json:"swept_at"`
	At           *time.Time       `json:"at"`
	LastEqualAt  *time.Time       `json:"last_equal_at"`
	Logto        sideRead         `json:"logto"`
	Here         sideRead         `json:"here"`
	Total        int              `json:"differences_total"`
	Differences  []differenceRead `json:"differences"`
	Waiting      int              `json:"waiting_total"`
	Waits        []waitRead       `json:"waiting"`
	Failing      int              `json:"failing_total"`
	Failures     []failedRead     `json:"failing"`
	ChangedSince int              `json:"changed_since_sweep"`
	Unsettled    int              `json:"unsettled"`
	Log          *readingRead     `json:"delivery_log"` // null if it has not been read
}

// readingRead is what came of the source's own log of its deliveries.
type readingRead struct {
	At       time.Time `json:"at"`
	Known    bool      `json:"webhook_found"`
	Tried    int       `json:"tried"`
	Received int       `json:"received"`
	Repaired int       `json:"repaired"`
	Error    string    `json:"error"`
}

type sideRead struct {
	Users         int    `json:"users"`
	Suspended     int    `json:"suspended"`
	Organizations int    `json:"organizations"`
	Memberships   int    `json:"memberships"`
	Roles         int    `json:"roles"`
	Hash          string `json:"hash"`
}

type differenceRead struct {
	Kind   ingest.SubjectKind `json:"kind"`
	ID     string             `json:"id"`
	Cause  ingest.Cause       `json:"cause"`
	Fields []string           `json:"fields"`
}

// failedRead is an expression of the mapping that could not be evaluated for a user.
type failedRead struct {
	User       authz.UserKey `json:"user"`
	Expression string        `json:"expression"`
	Why        string        `json:"why"`
}

type waitRead struct {
	User   authz.UserKey   `json:"user"`
	Role   authz.RoleKey   `json:"role"`
	Tenant authz.TenantKey `json:"tenant"`
}

func proofOf(p ingest.Proof) proofRead {
	out := proofRead{
		Verdict: p.Verdict, Why: p.Why, SweptAt: timeOrNil(p.SweptAt), At: timeOrNil(p.At), LastEqualAt: timeOrNil(p.LastEqualAt),
		Logto: sideRead(p.There), Here: sideRead(p.Here), Total: p.Total, Differences: []differenceRead{},
		Waiting: p.Waiting, Waits: []waitRead{}, Failing: p.Failing, Failures: []failedRead{}, ChangedSince: p.ChangedSince, Unsettled: p.Unsettled,
	}
	for _, d := range p.Differences {
		out.Differences = append(out.Differences, differenceRead{
			Kind: d.Subject.Kind, ID: d.Subject.ID, Cause: d.Cause, Fields: append([]string{}, d.Fields...),
		})
	}
	for _, f := range p.Failures {
		out.Failures = append(out.Failures, failedRead(f))
	}
	for _, w := range p.Waits {
		out.Waits = append(out.Waits, waitRead(w))
	}
	return out
}

// lastProof is the last proof, with what came of the log of deliveries.
func lastProof(ctx context.Context, s *ingest.Sweep) (proofRead, error) {
	p, err := s.Proof(ctx)
	if err != nil || s.Readings == nil {
		return proofOf(p), err
	}
	out := proofOf(p)
	l, err := s.Readings.Reading(ctx, s.Env, s.Source)
	if err == nil && !l.At.IsZero() {
		out.Log = &readingRead{At: l.At, Known: l.Known, Tried: l.Tried, Received: l.Received, Repaired: l.Repaired, Error: l.Error}
	}
	return out, err
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// swept is the sweep of the caller's environment.
func (a *API) swept(c caller) (*ingest.Sweep, error) {
	for _, s := range a.Sweeps {
		if s != nil && s.Env == c.env.ID {
			return s, nil
		}
	}
	return nil, authz.Errorf(authz.NotFound, "no Logto is gone through for this environment: set GATEHOUSE_LOGTO_ENDPOINT, and GATEHOUSE_LOGTO_SWEEP_EVERY to more than 0")
}

// readProof answers whether the environment is equal to Logto.
func (a *API) readProof(w http.ResponseWriter, r *http.Request, c caller) error {
	s, err := a.swept(c)
	if err != nil {
		return err
	}
	p, err := lastProof(r.Context(), s)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, p)
}

// readSweep answers how far the sweep is.
func (a *API) readSweep(w http.ResponseWriter, r *http.Request, c caller) error {
	s, err := a.swept(c)
	if err != nil {
		return err
	}
	read, err := sweepOf(r.Context(), s)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, read)
}

// startedRead says what to wait for: a proof that was swept then or later.
type startedRead struct {
	AskedAt  time.Time `json:"asked_at"`
	Subjects int       `json:"subjects"`
}

// startSweep has a sweep begin soon.
func (a *API) startSweep(w http.ResponseWriter, _ *http.Request, c caller) error {
	s, err := a.swept(c)
	if err != nil {
		return err
	}
	asked := time.Now()
	s.Ask()
	return httpapi.Write(w, http.StatusAccepted, startedRead{AskedAt: asked})
}

// repair has everything looked at again that the last proof lists, and then sweeps.
func (a *API) repair(w http.ResponseWriter, r *http.Request, c caller) error {
	s, err := a.swept(c)
	if err != nil {
		return err
	}
	asked := time.Now()
	n, err := s.Repair(r.Context())
	if err != nil {
		return err
	}
	s.Ask()
	return httpapi.Write(w, http.StatusAccepted, startedRead{AskedAt: asked, Subjects: n})
}
