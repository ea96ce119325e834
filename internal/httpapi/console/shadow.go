package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
)

func (a *API) mountShadow(mux *http.ServeMux) {
	const path = " /console/v1/projects/{proj}/envs/{env}/shadow"
	mux.Handle("GET"+path, httpapi.Handle(a.inEnvironment(access.Read, a.readShadow), a.render))
	mux.Handle("PUT"+path, httpapi.Handle(a.inEnvironment(access.Admin, a.putShadow), a.render))
	mux.Handle("POST"+path+"/forget", httpapi.Handle(a.inEnvironment(access.Write, a.forgetShadow), a.render))
}

// A ShadowWish is which checks are to be compared, and with what. Without a key the one
// that is kept is used, if the address is the same.
type ShadowWish struct {
	Share   json.Number `json:"share" api:"required"` // from 0 to 1
	Address string      `json:"pdp_url"`
	Key     string      `json:"key"`
}

type shadowRead struct {
	Verdict  shadow.Verdict `json:"verdict"`
	Why      []string       `json:"why"`
	Share    float64        `json:"share"`
	Address  string         `json:"pdp_url"`
	Since    *time.Time     `json:"since"`
	LastAt   *time.Time     `json:"last_answered_at"`
	Asked    int64          `json:"asked"`
	Agreed   int64          `json:"agreed"`
	Late     int64          `json:"agreed_late"`
	Differs  int64          `json:"disagreed"`
	Again    int            `json:"asked_again"`
	Unsure   int64          `json:"unsettled"`
	Failed   int64          `json:"failed"`
	Dropped  int64          `json:"dropped"`
	Error    string         `json:"error"`
	Covered  []coveredRead  `json:"covered"`
	Disagree []differsRead  `json:"disagreements"`
}

// coveredRead is how many checks agreed that were answered in one way.
type coveredRead struct {
	Way    string `json:"way"`
	Agreed int64  `json:"agreed"`
}

type differsRead struct {
	Shape    string         `json:"shape"`
	N        int64          `json:"n"`
	First    time.Time      `json:"first_at"`
	Last     time.Time      `json:"last_at"`
	Revision authz.Revision `json:"revision"`
	Question questionRead   `json:"question"`
	Here     explainedRead  `json:"here"`
	There    explainedRead  `json:"there"`
}

type explainedRead struct {
	Allow bool            `json:"allow"`
	Debug json.RawMessage `json:"debug"`
}

// questionRead is a question as Permit's decision point is asked it.
type questionRead struct {
	User     shadowUser       `json:"user"`
	Action   authz.ActionKey  `json:"action"`
	Resource shadowResource   `json:"resource"`
	Context  authz.Attributes `json:"context,omitempty"`
}

type shadowUser struct {
	Key        authz.UserKey    `json:"key"`
	Attributes authz.Attributes `json:"attributes,omitempty"`
}

type shadowResource struct {
	Type       authz.ResourceKey `json:"type"`
	Key        string            `json:"key,omitempty"`
	Tenant     authz.TenantKey   `json:"tenant,omitempty"`
	Attributes authz.Attributes  `json:"attributes,omitempty"`
}

// maxHours is a year.
const maxHours = 8784

// readShadow answers what comparing checks with an account came to.
func (a *API) readShadow(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	need := shadow.Need{
		Checks: q.Int("checks", shadow.UsualNeed.Checks, 1, 1_000_000_000),
		Over:   time.Duration(q.Int("hours", int(shadow.UsualNeed.Over/time.Hour), 0, maxHours)) * time.Hour,
	}
	if err := q.Err(); err != nil {
		return err
	}
	report, err := a.Shadow.Report(r.Context(), c.env.ID, need)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, shadowOf(report))
}

func shadowOf(r shadow.Report) shadowRead {
	out := shadowRead{
		Verdict: r.Verdict, Why: append([]string{}, r.Why...), Share: r.Share, Address: r.Address, Since: timeOrNil(r.Since), LastAt: timeOrNil(r.Last),
		Asked: r.Asked(), Agreed: r.Counts[shadow.Agreed], Late: r.Counts[shadow.Late], Differs: r.Counts[shadow.Disagreed], Again: r.Doubted,
		Unsure: r.Counts[shadow.Unsettled], Failed: r.Counts[shadow.Failed], Dropped: r.Counts[shadow.Dropped], Covered: []coveredRead{}, Disagree: []differsRead{},
	}
	if r.Failing != nil {
		out.Error = r.Failing.Error()
	}
	for _, way := range r.Ways {
		out.Covered = append(out.Covered, coveredRead{string(way), r.Counts[shadow.Count(way)]})
	}
	out.Covered = append(out.Covered, coveredRead{string(shadow.Denied), r.Counts[shadow.Denied]})
	for _, d := range r.Disagreements {
		q := d.Query
		out.Disagree = append(out.Disagree, differsRead{
			Shape: d.Shape, N: d.N, First: d.First, Last: d.Last, Revision: d.Revision,
			Question: questionRead{shadowUser{q.User, q.UserAttributes}, q.Action, shadowResource{q.Resource, q.Instance, q.Tenant, q.ResourceAttributes}, q.Context},
			Here:     explainedRead{d.Allow, d.Here}, There: explainedRead{!d.Allow, d.There},
		})
	}
	return out
}

// putShadow says what is compared. Questions go to the address that it names, so it needs
// a key that may do everything.
func (a *API) putShadow(w http.ResponseWriter, r *http.Request, c caller) error {
	wish, err := httpapi.Read[ShadowWish](w, r)
	if err != nil {
		return err
	}
	if share, err := wish.Share.Float64(); err != nil || share < 0 || share > 1 {
		return authz.InvalidField("share", "share is not between 0, which compares nothing, and 1, which compares every check")
	}
	if err := a.SetShadow(r.Context(), c.env.ID, wish); err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, struct{}{})
}

// forgetShadow has comparing begin anew.
func (a *API) forgetShadow(w http.ResponseWriter, r *http.Request, c caller) error {
	if err := a.Shadow.Forget(r.Context(), c.env.ID); err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, struct{}{})
}
