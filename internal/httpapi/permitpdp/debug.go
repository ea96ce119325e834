package permitpdp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// allowedResult is the answer to POST /allowed with its debug block.
type allowedResult struct {
	Allow  bool  `json:"allow"`
	Result bool  `json:"result"`
	Debug  debug `json:"debug"`
}

type debug struct {
	RBAC rbacDebug `json:"rbac"`
}

// rbacDebug is the rbac block of the PDP's debug payload.
type rbacDebug struct {
	Allow         bool            `json:"allow"`
	Code          engine.Reason   `json:"code"`
	Reason        string          `json:"reason"`
	AllowingRoles []authz.RoleKey `json:"allowing_roles,omitempty"`
}

func (a *API) explained(w http.ResponseWriter, env authz.EnvID, q authz.Query) error {
	e, err := a.Decisions.Explain(env, q)
	if err != nil {
		return err
	}
	block := rbacDebug{Allow: e.Decision.Allow, Code: e.Reason, Reason: reason(e, q)}
	if e.Decision.Allow {
		block.AllowingRoles = e.Roles
	}
	return httpapi.Write(w, http.StatusOK, allowedResult{Allow: e.Decision.Allow, Result: e.Decision.Allow, Debug: debug{RBAC: block}})
}

// reason says in a sentence what the code means.
func reason(e engine.Explanation, q authz.Query) string {
	switch e.Reason {
	case engine.Allowed:
		return fmt.Sprintf("user '%s' has the role '%s' in tenant '%s', role '%s' has the '%s' permission on resources of type '%s'",
			q.User, e.Decision.Role, q.Tenant, e.Decision.Role, q.Action, q.Resource)
	case engine.Suspended:
		return fmt.Sprintf("user '%s' is suspended", q.User)
	case engine.NoSuchResource:
		return fmt.Sprintf("resource type '%s' is not defined", q.Resource)
	case engine.NoSuchAction:
		return fmt.Sprintf("action '%s' is not defined on resource type '%s'", q.Action, q.Resource)
	case engine.NoSuchTenant:
		return fmt.Sprintf("tenant '%s' does not exist", q.Tenant)
	case engine.NotSynced:
		return fmt.Sprintf("user '%s' is not synced and therefore has no known role assignments", q.User)
	case engine.NoRoles:
		return fmt.Sprintf("no roles assigned to user '%s'", q.User)
	case engine.NoRoleInTenant:
		return fmt.Sprintf("user '%s' has no assigned roles in tenant '%s'. user has roles in these tenants: %s", q.User, q.Tenant, quoted(e.Tenants))
	default:
		return fmt.Sprintf("user '%s' does not have any role that grants him the '%s' permission on resources of type '%s'", q.User, q.Action, q.Resource)
	}
}

// shown is how many names a sentence lists.
const shown = 10

func quoted[T ~string](names []T) string {
	parts := make([]string, 0, shown+1)
	for i, n := range names {
		if i == shown {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, "'"+string(n)+"'")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
