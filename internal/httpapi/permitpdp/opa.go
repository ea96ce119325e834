package permitpdp

import (
	"encoding/json"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// The policy that Permit's PDP runs can be asked without its front: the same
// questions as {input}, the same answers as {result}.

type opaResult struct {
	Result any `json:"result"`
}

// within reads what stands as the input.
func within[T any](read func(*reader, json.RawMessage) T) func(*reader, json.RawMessage) T {
	return func(r *reader, v json.RawMessage) (out T) {
		in := r.root(v)
		if in == nil {
			return out
		}
		if input := r.raw(in, required, []string{"input"}); input != nil {
			r.below("input", func() { out = read(r, input) })
		}
		return out
	}
}

// opa answers a question of the policy.
func opa[T any](limit int64, read func(*reader, json.RawMessage) T, answer func(r *http.Request, by decision.Asker, q T) (any, error)) asked {
	return func(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
		q, err := receive(w, r, limit, within(read))
		if err != nil {
			return err
		}
		result, err := answer(r, by, q)
		if err != nil {
			return err
		}
		return httpapi.Write(w, http.StatusOK, opaResult{Result: result})
	}
}

func (a *API) opaRoot() asked {
	return opa(maxQuery, (*reader).question, func(r *http.Request, by decision.Asker, q question) (any, error) {
		if q.explain || r.Header.Get(explainHeader) != "" {
			return a.explained(by, q.Query)
		}
		d, err := a.Decisions.Check(by, q.Query)
		return result{Allow: d.Allow, Result: d.Allow}, err
	})
}

func (a *API) opaBulk() asked {
	return opa(maxBulk, (*reader).questions, func(r *http.Request, by decision.Asker, q []question) (any, error) { return a.answers(r, by, q) })
}

func (a *API) opaTenants() asked {
	return opa(maxQuery, (*reader).question, func(r *http.Request, by decision.Asker, q question) (any, error) { return a.tenantsOf(r, by, q) })
}

func (a *API) opaPermissions() asked {
	return opa(maxQuery, (*reader).permissions, func(_ *http.Request, by decision.Asker, q engine.PermissionsQuery) (any, error) {
		all, err := a.permissions(by, q)
		return map[string]any{"permissions": all}, err
	})
}

// opaOnlyPermissions answers what the Java client asks for: the permissions
// without the object around them.
func (a *API) opaOnlyPermissions() asked {
	return opa(maxQuery, (*reader).permissions, func(_ *http.Request, by decision.Asker, q engine.PermissionsQuery) (any, error) {
		return a.permissions(by, q)
	})
}
