package permitpdp

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// debug is why an answer is as it is. A model that denied is left out where
// another allowed; what each says is in debugmodels.go.
type debug struct {
	Request debugRequest `json:"request"`
	RBAC    *rbacDebug   `json:"rbac,omitempty"`
	ABAC    *abacDebug   `json:"abac,omitempty"`
	ReBAC   *rebacDebug  `json:"rebac,omitempty"`
}

type debugRequest struct {
	User struct {
		Key        authz.UserKey    `json:"key"`
		Synced     bool             `json:"synced"`
		Attributes authz.Attributes `json:"attributes"`
	} `json:"user"`
	Tenant   *authz.TenantKey `json:"tenant"` // null if there is no such tenant
	Action   authz.ActionKey  `json:"action"`
	Resource struct {
		Type       authz.ResourceKey `json:"type"`
		Attributes authz.Attributes  `json:"attributes"`
	} `json:"resource"`
}

// A verdict is what every block begins with.
type verdict struct {
	Allow       bool          `json:"allow"`
	Code        engine.Reason `json:"code"`
	Reason      string        `json:"reason"`
	SupportLink string        `json:"support_link,omitempty"`
	// Settings of the environment without which the model would answer as Permit's.
	Settings []authz.Setting `json:"settings,omitempty"`
}

// supportLink is where Permit explains its codes. It knows none of those that are
// ours.
const supportLink = "https://docs.permit.io/errors/"

func verdictOf(code engine.Reason, reason string) verdict {
	v := verdict{Allow: code == engine.Allowed, Code: code, Reason: reason}
	if !v.Allow && code != engine.Suspended && code != engine.ClosedBySetting {
		v.SupportLink = supportLink + string(code)
	}
	return v
}

// under is the verdict with the settings that decide it, and a denial by them in
// words.
func (v verdict) under(settings []authz.Setting) verdict {
	v.Settings = settings
	if v.Code == engine.ClosedBySetting {
		v.Reason = fmt.Sprintf("it would be allowed without these settings of the environment: %s", quoted(settings))
	}
	return v
}

func (a *API) explained(by decision.Asker, q authz.Query) (result, error) {
	e, b, err := a.Decisions.ExplainFully(by, q)
	if err != nil {
		return result{}, err
	}
	return result{Allow: e.Decision.Allow, Result: e.Decision.Allow, Debug: debugOf(&q, &e, &b)}, nil
}

// DebugBlock is the debug block of an answer, as JSON.
func DebugBlock(s *engine.Snapshot, q authz.Query) []byte {
	e, b := s.Explain(q), s.Background(q)
	text, err := json.Marshal(debugOf(&q, &e, &b))
	if err != nil {
		return nil // attributes that came as JSON are JSON
	}
	return text
}

// illustrated is the debug block of an entry of a list.
func (a *API) illustrated(by decision.Asker, q authz.Query) (*debug, error) {
	e, b, err := a.Decisions.Illustrate(by, q)
	if err != nil {
		return nil, err
	}
	return debugOf(&q, &e, &b), nil
}

func debugOf(q *authz.Query, e *engine.Explanation, b *engine.Background) *debug {
	return explainer{q: q, e: e, b: b}.debug()
}

// An explainer puts an explanation into the PDP's words.
type explainer struct {
	q *authz.Query
	e *engine.Explanation
	b *engine.Background
}

// debug are the blocks that the PDP shows: of each model that allows; where
// neither roles in tenants nor rules allow, of both; of roles on instances where
// nothing allows.
func (x explainer) debug() *debug {
	d := &debug{Request: x.request()}
	rbac := x.e.Reason == engine.Allowed
	abac := x.e.Rules != nil && x.e.Rules.Reason == engine.Allowed
	if rbac || !abac {
		d.RBAC = x.rbac()
	}
	if x.e.Rules != nil && (abac || !rbac) {
		d.ABAC = x.abac()
	}
	if i := x.e.Instance; i != nil && (i.Reason == engine.Allowed || !x.e.Decision.Allow) {
		d.ReBAC = x.rebac()
	}
	return d
}

func (x explainer) request() (r debugRequest) {
	r.User.Key, r.User.Synced, r.User.Attributes = x.q.User, x.b.Known, x.b.UserAttributes
	if x.b.KnownTenant {
		r.Tenant = &x.q.Tenant
	}
	r.Action = x.q.Action
	r.Resource.Type, r.Resource.Attributes = x.q.Resource, x.b.ResourceAttributes
	return r
}

// undefined says what is meant by the codes that roles in tenants and roles on
// instances share.
func (x explainer) undefined(code engine.Reason) string {
	q := x.q
	switch code {
	case engine.NoSuchResource:
		return fmt.Sprintf("resource type '%s' is not defined. known resource types: %s", q.Resource, quoted(x.b.Types))
	case engine.NoSuchAction:
		return fmt.Sprintf("action '%s' is not defined on resource type '%s'. known actions on '%s': %s", q.Action, q.Resource, q.Resource, quoted(x.b.Actions))
	case engine.NoSuchTenant:
		return fmt.Sprintf("tenant '%s' does not exist. existing tenants: %s", q.Tenant, quoted(x.b.Tenants))
	case engine.NotSynced:
		return fmt.Sprintf("user '%s' is not synced and therefore has no known role assignments", q.User)
	default:
		return fmt.Sprintf("user '%s' does not have any role that grants him the '%s' permission on resources of type '%s'", q.User, q.Action, q.Resource)
	}
}

// listed is how many names a sentence lists.
const listed = 10

func quoted[T ~string](names []T) string {
	parts := make([]string, 0, listed+1)
	for i, n := range names {
		if i == listed {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, "'"+string(n)+"'")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
