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

// A Proof is the last comparison with Logto, as api/console.yaml has it.
type Proof struct {
	Verdict      ingest.Verdict `json:"verdict"`
	Why          string         `json:"why"`
	SweptAt      *time.Time     `json:"swept_at"`
	At           *time.Time     `json:"at"`
	LastEqualAt  *time.Time     `json:"last_equal_at"`
	Logto        Side           `json:"logto"`
	Here         Side           `json:"here"`
	Total        int            `json:"differences_total"`
	Differences  []Difference   `json:"differences"`
	Waiting      int            `json:"waiting_total"`
	Waits        []Waiting      `json:"waiting"`
	Failing      int            `json:"failing_total"`
	Failures     []Failed       `json:"failing"`
	ChangedSince int            `json:"changed_since_sweep"`
	Unsettled    int            `json:"unsettled"`
	Log          *Reading       `json:"delivery_log"` // null if it has not been read
}

// A Reading is what came of the source's own log of its deliveries.
type Reading struct {
	At       time.Time `json:"at"`
	Known    bool      `json:"webhook_found"`
	Tried    int       `json:"tried"`
	Received int       `json:"received"`
	Repaired int       `json:"repaired"`
	Error    string    `json:"error"`
}

// A Side is what one of the two has; the hash is over all of it.
type Side struct {
	Users         int    `json:"users"`
	Suspended     int    `json:"suspended"`
	Organizations int    `json:"organizations"`
	Memberships   int    `json:"memberships"`
	Roles         int    `json:"roles"`
	Hash          string `json:"hash"`
}

// A Difference is a subject that is not equal, with its cause.
type Difference struct {
	Kind   ingest.SubjectKind `json:"kind"`
	ID     string             `json:"id"`
	Cause  ingest.Cause       `json:"cause"`
	Fields []string           `json:"fields"`
}

// A Failed is an expression of the mapping that could not be evaluated for a user.
type Failed struct {
	User       authz.UserKey `json:"user"`
	Expression string        `json:"expression"`
	Why        string        `json:"why"`
}

// A Waiting is an assignment whose role or tenant is not there yet.
type Waiting struct {
	User   authz.UserKey   `json:"user"`
	Role   authz.RoleKey   `json:"role"`
	Tenant authz.TenantKey `json:"tenant"`
}

func proofOf(p ingest.Proof) Proof {
	out := Proof{
		Verdict: p.Verdict, Why: p.Why, SweptAt: timeOrNil(p.SweptAt), At: timeOrNil(p.At), LastEqualAt: timeOrNil(p.LastEqualAt),
		Logto: Side(p.There), Here: Side(p.Here), Total: p.Total, Differences: []Difference{},
		Waiting: p.Waiting, Waits: []Waiting{}, Failing: p.Failing, Failures: []Failed{}, ChangedSince: p.ChangedSince, Unsettled: p.Unsettled,
	}
	for _, d := range p.Differences {
		out.Differences = append(out.Differences, Difference{
			Kind: d.Subject.Kind, ID: d.Subject.ID, Cause: d.Cause, Fields: append([]string{}, d.Fields...),
		})
	}
	for _, f := range p.Failures {
		out.Failures = append(out.Failures, Failed(f))
	}
	for _, w := range p.Waits {
		out.Waits = append(out.Waits, Waiting(w))
	}
	return out
}

// lastProof is the last proof, with what came of the log of deliveries.
func lastProof(ctx context.Context, s *ingest.Sweep) (Proof, error) {
	p, err := s.Proof(ctx)
	if err != nil || s.Readings == nil {
		return proofOf(p), err
	}
	out := proofOf(p)
	l, err := s.Readings.Reading(ctx, s.Env, s.Source)
	if err == nil && !l.At.IsZero() {
		out.Log = &Reading{At: l.At, Known: l.Known, Tried: l.Tried, Received: l.Received, Repaired: l.Repaired, Error: l.Error}
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
