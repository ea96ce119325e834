package console

import (
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

func (a *API) mountMirror(mux *http.ServeMux) {
	const path = " /console/v1/projects/{proj}/envs/{env}/mirror"
	mux.Handle("GET"+path, httpapi.Handle(a.inEnvironment(access.Read, a.readMirror), a.render))
	mux.Handle("GET"+path+"/letters", httpapi.Handle(a.inEnvironment(access.Read, a.listLetters), a.render))
	mux.Handle("POST"+path+"/retry", httpapi.Handle(a.inEnvironment(access.Write, a.retryLetters), a.render))
	mux.Handle("GET"+path+"/drift", httpapi.Handle(a.inEnvironment(access.Read, a.readDrift), a.render))
	mux.Handle("POST"+path+"/drift", httpapi.Handle(a.inEnvironment(access.Write, a.startDrift), a.render))
	a.mountThreeWay(mux)
	mux.Handle("POST"+path+"/repair", httpapi.Handle(a.inEnvironment(access.Write, a.repairDrift), a.render))
}

type mirrorRead struct {
	Account   string              `json:"account"` // empty before it has been reached
	Mirrored  []mirror.Kind       `json:"mirrored"`
	Revision  authz.Revision      `json:"revision"` // of the environment
	Cursor    authz.Revision      `json:"cursor"`   // commits up to it are marked
	Waiting   int                 `json:"waiting"`
	Refused   int                 `json:"refused"`   // of these, and tried again
	GivenUp   int                 `json:"given_up"`  // see letters
	Conflicts int                 `json:"conflicts"` // of these
	Oldest    *time.Time          `json:"oldest"`
	Made      map[mirror.Kind]int `json:"made"`
	Filled    int                 `json:"filled"`
	FilledAt  *time.Time          `json:"filled_at"`
	Limits    map[string]limit    `json:"limits"`
	PausedTo  *time.Time          `json:"paused_until"`
	Error     string              `json:"error"` // why nothing is mirrored; empty if it is
	Since     *time.Time          `json:"since"`
}

type limit struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
}

type letterRead struct {
	Kind     mirror.Kind `json:"kind"`
	Key      string      `json:"key"`
	Reason   string      `json:"reason"`
	Attempts int         `json:"attempts"`
	MarkedAt time.Time   `json:"marked_at"`
}

type driftRead struct {
	Running     bool                 `json:"running"`
	Error       string               `json:"error"` // why the last comparison came to no end
	At          *time.Time           `json:"at"`    // when the last one began; null if there is none since the start
	Revision    authz.Revision       `json:"revision"`
	Equal       bool                 `json:"equal"` // nothing that a repair would do
	Waiting     int                  `json:"waiting"`
	Here        map[mirror.Kind]int  `json:"here"`
	There       map[mirror.Kind]int  `json:"there"`
	Total       int                  `json:"differences_total"`
	ByCause     map[mirror.Cause]int `json:"differences_by_cause"`
	Differences []mirrorDifference   `json:"differences"`
}

type mirrorDifference struct {
	Kind  mirror.Kind  `json:"kind"`
	Key   string       `json:"key"`
	Cause mirror.Cause `json:"cause"`
	Plan  string       `json:"plan"` // what a repair does
}

// plans are what a repair does about a difference.
var plans = map[mirror.Cause]string{
	mirror.MissingThere: "make it in the account", mirror.Differs: "change it back in the account", mirror.LeftOver: "remove it from the account",
	mirror.ByOthers: "leave it: the mirror has not made it", mirror.OnlyThere: "leave it: the mirror has not made it",
}

type countRead struct {
	Things int `json:"things"`
}

// mirrorOf is the mirror of the caller's environment.
func (a *API) mirrorOf(c caller) (*mirror.Mirror, error) {
	if a.Mirror == nil || a.Mirror.Env != c.env.ID {
		return nil, authz.Errorf(authz.NotFound, "the environment is not mirrored: set GATEHOUSE_MIRROR_API_URL and GATEHOUSE_MIRROR_KEY_FILE")
	}
	return a.Mirror, nil
}

// readMirror answers how far the account is behind, and why.
func (a *API) readMirror(w http.ResponseWriter, r *http.Request, c caller) error {
	m, err := a.mirrorOf(c)
	if err != nil {
		return err
	}
	s, err := m.Status(r.Context())
	if err != nil {
		return err
	}
	out := mirrorRead{
		Account: s.Account, Mirrored: s.Wanted.Kinds(), Revision: s.Head, Cursor: s.Cursor, Waiting: s.Waiting, Refused: s.Failing,
		GivenUp: s.Dead, Conflicts: s.Conflicts, Oldest: timeOrNil(s.Oldest), Made: s.Made, Filled: s.Filled, FilledAt: timeOrNil(s.FilledAt),
		Limits: map[string]limit{}, PausedTo: timeOrNil(s.Paused), Since: timeOrNil(s.Since),
	}
	for name, l := range map[string]mirror.Limit{"requests": s.Limits.All, "writes": s.Limits.Writes, "removals": s.Limits.Removes, "schema_writes": s.Limits.Schema, "bulk": s.Limits.Bulk} {
		out.Limits[name] = limit{l.Requests, l.In.Seconds()}
	}
	if s.Failed != nil {
		out.Error = s.Failed.Error()
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// listLetters answers what is given up, a page of it.
func (a *API) listLetters(w http.ResponseWriter, r *http.Request, c caller) error {
	m, err := a.mirrorOf(c)
	if err != nil {
		return err
	}
	q := httpapi.QueryOf(r)
	after := mirror.Thing{Kind: mirror.Kind(q.Text("after_kind")), Key: q.Text("after_key")}
	most := q.Int("limit", 100, 1, 1000)
	if err := q.Err(); err != nil {
		return err
	}
	list, err := m.Letters(r.Context(), after, most)
	out := struct {
		Letters []letterRead `json:"letters"`
	}{[]letterRead{}}
	for _, k := range list {
		out.Letters = append(out.Letters, letterRead{k.Kind, k.Key, k.Reason, k.Attempts, k.MarkedAt})
	}
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// retryLetters has what is given up tried again: everything, or what the query names.
func (a *API) retryLetters(w http.ResponseWriter, r *http.Request, c caller) error {
	m, err := a.mirrorOf(c)
	if err != nil {
		return err
	}
	q := httpapi.QueryOf(r)
	kind, key := q.Text("kind"), q.Text("key")
	if err := q.Err(); err != nil {
		return err
	}
	var things []mirror.Thing
	switch {
	case (kind == "") != (key == ""):
		return authz.InvalidField("key", "kind and key go together; leave both out to retry everything")
	case kind != "":
		things = []mirror.Thing{{Kind: mirror.Kind(kind), Key: key}}
	}
	n, err := m.Retry(r.Context(), things)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusAccepted, countRead{n})
}

// readDrift answers what the last comparison of everything found.
func (a *API) readDrift(w http.ResponseWriter, _ *http.Request, c caller) error {
	m, err := a.mirrorOf(c)
	if err != nil {
		return err
	}
	d, known, running, failed := m.Drift()
	out := driftRead{Running: running, Here: map[mirror.Kind]int{}, There: map[mirror.Kind]int{}, ByCause: map[mirror.Cause]int{}, Differences: []mirrorDifference{}}
	if failed != nil {
		out.Error = failed.Error()
	}
	if !known {
		return httpapi.Write(w, http.StatusOK, out)
	}
	out.At, out.Revision, out.Equal, out.Waiting, out.Total = &d.At, d.Head, d.Equal(), d.Waiting, d.Total
	out.Here, out.There, out.ByCause = d.Here, d.There, d.ByCause
	for _, x := range d.Differences {
		out.Differences = append(out.Differences, mirrorDifference{x.Kind, x.Key, x.Cause, plans[x.Cause]})
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// startDrift has everything compared soon.
func (a *API) startDrift(w http.ResponseWriter, _ *http.Request, c caller) error {
	m, err := a.mirrorOf(c)
	if err != nil {
		return err
	}
	m.Compare()
	return httpapi.Write(w, http.StatusAccepted, struct{}{})
}

// repairDrift has looked at again what the last comparison lists.
func (a *API) repairDrift(w http.ResponseWriter, r *http.Request, c caller) error {
	m, err := a.mirrorOf(c)
	if err != nil {
		return err
	}
	n, err := m.Repair(r.Context())
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusAccepted, countRead{n})
}
