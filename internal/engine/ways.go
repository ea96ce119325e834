package engine

import (
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Way is a way in which an environment can allow something.
type Way string

// The ways.
const (
	TenantRoles   Way = "tenant_roles"
	InstanceRoles Way = "instance_roles" // held on the instance itself
	DerivedRoles  Way = "derived_roles"  // held on another instance
	ConditionSets Way = "condition_sets"
)

// Ways are those in which the environment can allow something at all, in the order of
// the constants.
func (s *Snapshot) Ways() []Way {
	if s.policy == nil {
		return nil
	}
	has := map[Way]bool{
		ConditionSets: slices.ContainsFunc(s.policy.rules, func(r []rule) bool { return len(r) > 0 }),
	}
	for _, r := range s.policy.roles {
		switch {
		case r == nil || !slices.ContainsFunc(r.permits, func(word uint64) bool { return word != 0 }):
		case r.resource == "":
			has[TenantRoles] = true
		default:
			has[InstanceRoles] = true
			has[DerivedRoles] = has[DerivedRoles] || len(r.derive) > 0
		}
	}
	return slices.DeleteFunc([]Way{TenantRoles, InstanceRoles, DerivedRoles, ConditionSets}, func(w Way) bool { return !has[w] })
}

// WayOf is the way in which d, the decision of q, allows; empty if it does not. Of roles
// on instances it costs as much as [Snapshot.Explain].
func (s *Snapshot) WayOf(q authz.Query, d authz.Decision) Way {
	switch {
	case !d.Allow:
		return ""
	case d.By == authz.RBAC:
		return TenantRoles
	case d.By == authz.ABAC:
		return ConditionSets
	}
	e := s.Explain(q)
	if e.Instance != nil && slices.ContainsFunc(e.Instance.Paths, func(p Path) bool { return len(p) == 1 }) {
		return InstanceRoles
	}
	return DerivedRoles
}
