package permitpdp

import (
	"fmt"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// rbacDebug is the block of roles in tenants.
type rbacDebug struct {
	verdict
	AllowingRoles []authz.RoleKey `json:"allowing_roles,omitempty"`
}

func (x explainer) rbac() *rbacDebug {
	e, q := x.e, x.q
	reason := ""
	switch e.Reason {
	case engine.Allowed:
		reason = fmt.Sprintf("user '%s' has the role '%s' in tenant '%s', role '%s' has the '%s' permission on resources of type '%s'",
			q.User, e.Roles[0], q.Tenant, e.Roles[0], q.Action, q.Resource)
	case engine.Suspended:
		reason = fmt.Sprintf("user '%s' is suspended", q.User)
	case engine.NoRoles:
		reason = fmt.Sprintf("no roles assigned to user '%s'", q.User)
	case engine.NoRoleInTenant:
		reason = fmt.Sprintf("user '%s' has no assigned roles in tenant '%s'. user has roles in these tenants: %s", q.User, q.Tenant, quoted(e.Tenants))
	default:
		reason = x.undefined(e.Reason)
	}
	block := &rbacDebug{verdict: verdictOf(e.Reason, reason).under(e.Settings)}
	if block.Allow {
		block.AllowingRoles = e.Roles
	}
	return block
}

// rebacDebug is the block of roles on instances.
type rebacDebug struct {
	verdict
	AllowingRoles []instanceRole `json:"allowing_roles,omitempty"`
}

// An instanceRole is a role on the instance that allows, and where it comes from.
type instanceRole struct {
	Resource string       `json:"resource"`
	Role     string       `json:"role"`
	Reason   string       `json:"reason"`
	Sources  []roleSource `json:"sources"`
}

// A roleSource is one step from the role that was assigned towards the one that
// allows, the last of them first.
type roleSource struct {
	Type     string            `json:"type"` // role_assignment or role_derivation
	Role     string            `json:"role"` // assigned, or derived from
	Resource string            `json:"resource"`
	Relation authz.RelationKey `json:"relation,omitempty"` // derived by
}

func (x explainer) rebac() *rebacDebug {
	i, q := x.e.Instance, x.q
	if i.Reason != engine.Allowed {
		return &rebacDebug{verdict: verdictOf(i.Reason, x.undefined(i.Reason)).under(i.Settings)}
	}
	block := &rebacDebug{}
	for _, p := range i.Paths {
		block.AllowingRoles = append(block.AllowingRoles, roleBy(p))
	}
	first := block.AllowingRoles[0]
	block.verdict = verdictOf(i.Reason, fmt.Sprintf("user '%s' has the '%s' permission on resource '%s' in tenant '%s', %s", q.User, q.Action, first.Resource, q.Tenant, first.Reason))
	return block
}

func fullRole(s engine.Step) string { return string(s.Node.Type) + "#" + string(s.Role) }

func roleBy(p engine.Path) instanceRole {
	last := p[len(p)-1]
	out := instanceRole{Resource: last.Node.String(), Role: fullRole(last)}
	var said []string
	for i := len(p) - 1; i > 0; i-- {
		from := p[i-1]
		out.Sources = append(out.Sources, roleSource{Type: "role_derivation", Role: fullRole(from), Resource: from.Node.String(), Relation: p[i].Relation})
		said = append(said, fmt.Sprintf("role '%s' on '%s' is derived from role '%s' on '%s' by relation '%s'", fullRole(p[i]), p[i].Node, fullRole(from), from.Node, p[i].Relation))
	}
	out.Sources = append(out.Sources, roleSource{Type: "role_assignment", Role: fullRole(p[0]), Resource: p[0].Node.String()})
	said = append(said, fmt.Sprintf("role '%s' on '%s' is assigned", fullRole(p[0]), p[0].Node))
	out.Reason = strings.Join(said, ", ")
	return out
}

// abacDebug is the block of rules.
type abacDebug struct {
	verdict
	AllowingRules        []allowingRule `json:"allowing_rules,omitempty"`
	MatchingUserSets     []authz.SetKey `json:"matching_usersets,omitempty"`
	MatchingResourceSets []authz.SetKey `json:"matching_resourcesets,omitempty"`
}

// An allowingRule names a set, or what stands in its place, on each side.
type allowingRule struct {
	UserSet      string `json:"userset,omitempty"`
	Role         string `json:"role,omitempty"`
	ResourceSet  string `json:"resourceset,omitempty"`
	ResourceType string `json:"resource_type,omitempty"`
}

// generated begins the name of a set that stands for a role or a type.
const generated = "__autogen_"

func (x explainer) abac() *abacDebug {
	rules, q := x.e.Rules, x.q
	block := &abacDebug{}
	reason := ""
	switch rules.Reason {
	case engine.Allowed:
		reason = x.ruleSaid(rules.Allowing[0])
		for _, pair := range rules.Allowing {
			block.AllowingRules = append(block.AllowingRules, ruleBy(pair))
		}
	case engine.NoUserSet:
		reason = fmt.Sprintf("user '%s' did not match any userset conditions. known usersets: %s", q.User, quoted(x.b.UserSets))
	case engine.NoResourceSet:
		reason = fmt.Sprintf("the given resource did not match any resourceset conditions. known resourcesets: %s", quoted(x.b.ResourceSets))
		block.MatchingUserSets = rules.UserSets
	default:
		reason = fmt.Sprintf("user '%s' does not match any rule that grants him the '%s' permission on the given resource of type '%s'", q.User, q.Action, q.Resource)
		block.MatchingUserSets, block.MatchingResourceSets = rules.UserSets, rules.ResourceSets
	}
	block.verdict = verdictOf(rules.Reason, reason).under(rules.Settings)
	return block
}

func ruleBy(pair engine.SetPair) (r allowingRule) {
	var ok bool
	if r.Role, ok = strings.CutPrefix(string(pair.Users), generated); !ok {
		r.Role, r.UserSet = "", string(pair.Users)
	}
	if r.ResourceType, ok = strings.CutPrefix(string(pair.Resources), generated); !ok {
		r.ResourceType, r.ResourceSet = "", string(pair.Resources)
	}
	return r
}

// ruleSaid says in a sentence why a rule allows.
func (x explainer) ruleSaid(pair engine.SetPair) string {
	q, r := x.q, ruleBy(pair)
	user, users := fmt.Sprintf("user '%s' has the role '%s'", q.User, r.Role), fmt.Sprintf("users with the role '%s'", r.Role)
	if r.UserSet != "" {
		user, users = fmt.Sprintf("user '%s' matched '%s' userset conditions", q.User, r.UserSet), fmt.Sprintf("users matching '%s' userset conditions", r.UserSet)
	}
	resource, which := fmt.Sprintf("the given resource is of type '%s'", r.ResourceType), ""
	if r.ResourceSet != "" {
		resource, which = fmt.Sprintf("the given resource matched the '%s' resourceset conditions", r.ResourceSet), fmt.Sprintf(" matching '%s' resourceset conditions", r.ResourceSet)
	}
	return fmt.Sprintf("%s, %s, %s has the '%s' permission on resources of type '%s'%s", user, resource, users, q.Action, q.Resource, which)
}
