package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

func (a *API) mountThreeWay(mux *http.ServeMux) {
	mux.Handle("GET /console/v1/projects/{proj}/envs/{env}/mirror/three-way", httpapi.Handle(a.inEnvironment(access.Read, a.readThreeWay), a.render))
}

// threeWayRead is Logto, Gatehouse and the account side by side: what of a subject is not
// the same on all three.
type threeWayRead struct {
	Equal    bool         `json:"equal"` // both comparisons have found everything equal
	Logto    comparedRead `json:"logto"`
	Account  comparedRead `json:"account"`
	Subjects []joinedRead `json:"subjects"`
}

// comparedRead is one of the two comparisons.
type comparedRead struct {
	Known bool       `json:"known"` // it has come to an end, and says something
	Equal bool       `json:"equal"`
	Why   string     `json:"why"` // why it is not known
	At    *time.Time `json:"at"`
	Total int        `json:"differences_total"`
}

// joinedRead is what differs of a user, a tenant or another thing. What a user holds is
// the user's.
type joinedRead struct {
	Kind  string     `json:"kind"`
	Key   string     `json:"key"`
	Steps []stepRead `json:"steps"` // of the repair, in their order
}

type stepRead struct {
	Between string   `json:"between"` // logto_gatehouse or gatehouse_account
	Kind    string   `json:"kind"`
	Key     string   `json:"key"`
	Cause   string   `json:"cause"`
	Fields  []string `json:"fields"`
	Plan    string   `json:"plan"` // what a repair does
}

const (
	beforeUs = "logto_gatehouse"
	afterUs  = "gatehouse_account"
)

// logtoPlans are what a repair does about a difference from Logto.
var logtoPlans = map[ingest.Cause]string{
	ingest.MissingHere: "read it from Logto and make it here", ingest.NotThere: "take away here what came from Logto",
	ingest.Differs: "make it here what Logto says", ingest.Unreadable: "ask Logto again",
}

// readThreeWay joins the last comparisons with Logto and with the account, by subject.
func (a *API) readThreeWay(w http.ResponseWriter, r *http.Request, c caller) error {
	m, err := a.mirrorOf(c)
	if err != nil {
		return err
	}
	j := joining{at: map[[2]string]int{}}
	s, err := a.swept(c)
	switch {
	case err != nil:
		j.out.Logto.Why = err.Error()
	default:
		p, err := s.Proof(r.Context())
		if err != nil {
			return err
		}
		j.proof(p)
	}
	j.drift(m)
	j.out.Equal = j.out.Logto.Equal && j.out.Account.Equal
	if j.out.Subjects == nil {
		j.out.Subjects = []joinedRead{}
	}
	return httpapi.Write(w, http.StatusOK, j.out)
}

// joining gathers differences by subject, in the order in which they are met.
type joining struct {
	out threeWayRead
	at  map[[2]string]int
}

func (j *joining) add(kind, key string, s stepRead) {
	i, met := j.at[[2]string{kind, key}]
	if !met {
		i = len(j.out.Subjects)
		j.at[[2]string{kind, key}] = i
		j.out.Subjects = append(j.out.Subjects, joinedRead{Kind: kind, Key: key})
	}
	steps := &j.out.Subjects[i].Steps
	if s.Between == afterUs && slices.ContainsFunc(*steps, func(o stepRead) bool { return o.Between == beforeUs }) {
		s.Plan = "once it is here what Logto says: " + s.Plan
	}
	*steps = append(*steps, s)
}

// proof takes what differs from Logto.
func (j *joining) proof(p ingest.Proof) {
	j.out.Logto = comparedRead{Known: p.Verdict != ingest.Unsure, Equal: p.Verdict == ingest.Equal, Why: p.Why, At: timeOrNil(p.At), Total: p.Total}
	for _, d := range p.Differences {
		kind := string(d.Subject.Kind)
		if d.Subject.Kind == ingest.OrganizationSubject {
			kind = string(mirror.Tenant) // which has the organization's id as its key
		}
		j.add(kind, d.Subject.ID, stepRead{beforeUs, kind, d.Subject.ID, string(d.Cause), append([]string{}, d.Fields...), logtoPlans[d.Cause]})
	}
}

// drift takes what differs in the account.
func (j *joining) drift(m *mirror.Mirror) {
	d, known, running, failed := m.Drift()
	j.out.Account = comparedRead{Known: known && failed == nil && !running, At: timeOrNil(d.At), Total: d.Total}
	switch {
	case running:
		j.out.Account.Why = "the comparison is under way"
	case failed != nil:
		j.out.Account.Why = failed.Error()
	case !known:
		j.out.Account.Why = "nothing has been compared since the start"
	default:
		j.out.Account.Equal = d.Equal()
	}
	for _, x := range d.Differences {
		kind, key := string(x.Kind), x.Key
		if user, _, _, _, ok := authz.ParseHeld(x.Key); ok && x.Kind == mirror.Assignment {
			kind, key = string(mirror.User), string(user)
		}
		j.add(kind, key, stepRead{afterUs, string(x.Kind), x.Key, string(x.Cause), []string{}, plans[x.Cause]})
	}
}
