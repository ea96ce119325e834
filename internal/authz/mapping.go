package authz

import (
	"cmp"
	"slices"
)

// A Mapping says what an identity source's organizations and roles are here. The
// zero Mapping makes each organization a tenant under its id, takes roles by
// their names, and gives what is held everywhere in the tenant "default".
type Mapping struct {
	// NoOrganizations: organizations do not become tenants.
	NoOrganizations bool
	// OnlyOrganizations are the ids of those that become tenants; none means all.
	OnlyOrganizations []string
	// TenantKeys are by the organization's id; the others have their id for a key.
	TenantKeys map[string]TenantKey
	// OrganizationRoles and GlobalRoles are by the source's names. A role that is
	// not named has its name for a key; an empty key gives nothing.
	OrganizationRoles map[string]RoleKey
	GlobalRoles       map[string]RoleKey
	// GlobalTenant is where roles held everywhere are given; empty: "default".
	GlobalTenant TenantKey
	// GlobalEverywhere gives them in all tenants of the user's organizations instead.
	GlobalEverywhere bool

	// Roles says whether the source's roles become roles by themselves.
	Roles SourceRoles

	// Rules give roles by what is true of a user.
	Rules []MappingRule
	// Attributes are what attributes users have of the source, beside those that it
	// always states; TenantAttributes are the same of organizations and their tenants.
	Attributes       []MappedAttribute
	TenantAttributes []MappedAttribute
}

// SourceRoles says what the roles of a source become that are the key of no role here.
type SourceRoles struct {
	Create bool // they become roles, under the keys that the mapping calls them
	// Scopes is how the source calls a permission: "action", a separator and "resource",
	// or the other way round. A role has the permissions that its scopes name, of
	// resources and actions that are here. Empty: it has none by them.
	Scopes string
}

// A MappingRule gives roles to users of whom its condition is true, for as long as
// it is. Conditions are in CEL; package mapping says what they can look at.
type MappingRule struct {
	Name      string // a key, unique in the mapping, and part of the giver: see [ByMappingRule]
	Condition string // true or false
	Roles     []RoleKey
	// EachOrganization: the condition is asked for each organization of the user. Where
	// neither Tenants nor TenantsFrom say where, the roles are given in its tenant.
	EachOrganization bool
	Tenants          []TenantKey // where the roles are given
	TenantsFrom      string      // in CEL, instead of Tenants: a key, or a list of them
}

// OwnTenants reports whether the rule gives its roles in the tenants of the
// organizations that its condition is asked for.
func (r MappingRule) OwnTenants() bool {
	return r.EachOrganization && len(r.Tenants) == 0 && r.TenantsFrom == ""
}

// A MappedAttribute is an attribute that follows from what a source says.
type MappedAttribute struct {
	Key        string
	Path       string // dotted names in the source's record, as "customData.plan"; what is not there is null
	Expression string // in CEL, instead of Path
}

// Rule returns the rule of that name.
func (m Mapping) Rule(name string) (MappingRule, bool) {
	i := slices.IndexFunc(m.Rules, func(r MappingRule) bool { return r.Name == name })
	if i < 0 {
		return MappingRule{}, false
	}
	return m.Rules[i], true
}

// TenantKey is the key of the tenant that an organization becomes; ok is false if
// it becomes none.
func (m Mapping) TenantKey(organization string) (key TenantKey, ok bool) {
	if m.NoOrganizations || len(m.OnlyOrganizations) > 0 && !slices.Contains(m.OnlyOrganizations, organization) {
		return "", false
	}
	return cmp.Or(m.TenantKeys[organization], TenantKey(organization)), true
}

// RoleKey is the key of the role that a role of the source is; empty if it is none.
func (m Mapping) RoleKey(r SourceRole) RoleKey {
	if r.Organization {
		return named(m.OrganizationRoles, r.Name)
	}
	return named(m.GlobalRoles, r.Name)
}

// InOrganization are the gifts that follow from being in the organization of
// tenant with those roles, the membership first.
func (m Mapping) InOrganization(source string, tenant TenantKey, roles []string) []Gift {
	by := ByOrganization(source)
	gifts := []Gift{{Tenant: tenant, By: by}}
	for _, name := range roles {
		if key := named(m.OrganizationRoles, name); key != "" {
			gifts = append(gifts, Gift{Role: key, Tenant: tenant, By: by})
		}
	}
	return unique(gifts)
}

// EverywhereTenant is where roles that are held everywhere are given, unless that
// is in all tenants of the user's organizations.
func (m Mapping) EverywhereTenant() TenantKey { return cmp.Or(m.GlobalTenant, "default") }

// Everywhere are the gifts that follow from roles that a user holds everywhere;
// tenants are those of its organizations.
func (m Mapping) Everywhere(source string, roles []string, tenants []TenantKey) []Gift {
	if !m.GlobalEverywhere {
		tenants = []TenantKey{m.EverywhereTenant()}
	}
	var gifts []Gift
	for _, name := range roles {
		key := named(m.GlobalRoles, name)
		for _, t := range tenants {
			if key != "" {
				gifts = append(gifts, Gift{Role: key, Tenant: t, By: ByRole(source)})
			}
		}
	}
	return unique(gifts)
}

func named(keys map[string]RoleKey, name string) RoleKey {
	if key, ok := keys[name]; ok {
		return key
	}
	return RoleKey(name)
}

// unique are the gifts in order, each once.
func unique(gifts []Gift) []Gift {
	slices.SortFunc(gifts, Gift.Compare)
	return slices.Compact(gifts)
}
