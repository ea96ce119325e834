package console

import (
	"context"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountActivity(mux *http.ServeMux) {
	mux.Handle("GET /console/v1/projects/{proj}/envs/{env}/activity", httpapi.Handle(a.inEnvironment(access.Read, a.activity), a.render))
}

// How activity is told: so many steps, so long each.
const (
	activitySteps = 60
	activityStep  = 15 * time.Second
)

// Activity counts decisions of an environment, step by step from a time on.
type Activity func(ctx context.Context, env authz.EnvID, from time.Time, step time.Duration, steps int) (allowed, denied []int, err error)

type activityRead struct {
	Recorded    bool      `json:"recorded"` // false: decisions are not recorded
	From        time.Time `json:"from"`
	StepSeconds int       `json:"step_seconds"`
	Allowed     []int     `json:"allowed"`
	Denied      []int     `json:"denied"`
}

// activity answers how many decisions of which outcome there were lately.
func (a *API) activity(w http.ResponseWriter, r *http.Request, c caller) error {
	now := time.Now().UTC().Truncate(activityStep)
	out := activityRead{
		From: now.Add(-(activitySteps - 1) * activityStep), StepSeconds: int(activityStep.Seconds()),
		Allowed: make([]int, activitySteps), Denied: make([]int, activitySteps),
	}
	if a.Activity != nil {
		var err error
		out.Recorded = true
		if out.Allowed, out.Denied, err = a.Activity(r.Context(), c.env.ID, out.From, activityStep, activitySteps); err != nil {
			return err
		}
	}
	return httpapi.Write(w, http.StatusOK, out)
}
