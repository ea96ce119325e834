package authzen

import (
	"net/http"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// explainHeader asks for the reason in the context of a decision.
const explainHeader = "X-Gatehouse-Explain"

// Decisions without a reason are always one of two bodies.
var (
	yes      = []byte(`{"decision":true}` + "\n")
	no       = []byte(`{"decision":false}` + "\n")
	jsonType = []string{"application/json"}
)

// evaluation answers POST /access/v1/evaluation.
func (a *API) evaluation(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	data, err := body(w, r)
	if err != nil {
		return err
	}
	q, err := parseEvaluation(data)
	if err != nil {
		return err
	}
	return a.answer(w, r, by, q)
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, by decision.Asker, q authz.Query) error {
	if r.Header.Get(explainHeader) != "" {
		e, err := a.Decisions.Explain(by, q)
		if err != nil {
			return err
		}
		return httpapi.Write(w, http.StatusOK, explained(e))
	}
	d, err := a.Decisions.Check(by, q)
	if err != nil {
		return err
	}
	body := no
	if d.Allow {
		body = yes
	}
	w.Header()["Content-Type"] = jsonType
	_, _ = w.Write(body) // a caller that went away is nobody's error
	return nil
}

// A decided is a Decision (section 5.5).
type decided struct {
	Decision bool `json:"decision"`
	Context  any  `json:"context,omitempty"` // a reason, or a failure
}

// A reason says why. The codes are those of [engine.Reason], which are stable.
type reason struct {
	Reason engine.Reason `json:"reason"`          // allow, or why roles in the tenant do not
	Model  authz.Model   `json:"model,omitempty"` // which allowed
	Role   authz.RoleKey `json:"role,omitempty"`  // which allowed, if one did

	RBAC  engine.Reason `json:"rbac"`
	ReBAC engine.Reason `json:"rebac,omitempty"` // if the question names an instance
	ABAC  engine.Reason `json:"abac,omitempty"`  // if the environment has rules

	// Settings of the environment without which a model would answer as Permit's.
	Settings []authz.Setting `json:"settings,omitempty"`
}

func explained(e engine.Explanation) decided {
	why := reason{Reason: e.Reason, Model: e.Decision.By, Role: e.Decision.Role, RBAC: e.Reason}
	settings := e.Settings
	if e.Decision.Allow {
		why.Reason = engine.Allowed
	}
	if e.Instance != nil {
		why.ReBAC = e.Instance.Reason
		settings = slices.Concat(settings, e.Instance.Settings)
	}
	if e.Rules != nil {
		why.ABAC = e.Rules.Reason
		settings = slices.Concat(settings, e.Rules.Settings)
	}
	why.Settings = slices.Compact(slices.Sorted(slices.Values(settings)))
	return decided{Decision: e.Decision.Allow, Context: why}
}

type evaluationsResult struct {
	Evaluations []decided `json:"evaluations"`
}

// evaluations answers POST /access/v1/evaluations.
func (a *API) evaluations(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	data, err := body(w, r)
	if err != nil {
		return err
	}
	b, err := parseEvaluations(data)
	if err != nil {
		return err
	}
	if b.single != nil {
		return a.answer(w, r, by, *b.single)
	}
	questions := make([]authz.Query, len(b.items))
	for i, it := range b.items {
		questions[i] = it.query
	}
	now, err := a.Decisions.AtFor(by, questions...)
	if err != nil {
		return err
	}
	explain := r.Header.Get(explainHeader) != ""
	out := make([]decided, 0, len(b.items))
	for _, it := range b.items {
		if err := r.Context().Err(); err != nil {
			return err
		}
		var d decided
		switch {
		case len(it.wrong) > 0:
			d.Context = failure{Error: fault{Status: http.StatusBadRequest, Message: describe(it.wrong)}}
		case explain:
			d = explained(now.Explain(it.query))
		default:
			d.Decision = now.Check(it.query).Allow
		}
		out = append(out, d)
		if b.semantic.ends(d.Decision) {
			break
		}
	}
	return httpapi.Write(w, http.StatusOK, evaluationsResult{Evaluations: out})
}
