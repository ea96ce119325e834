package authz

import (
	"cmp"
	"strings"
)

// An Origin names an organization of an identity source: the one that a tenant is
// kept equal to. The zero Origin is none.
type Origin struct {
	Source string
	ID     string // the source's own
}

// A SourceOrganization is what an identity source says is true of one of its
// organizations now.
type SourceOrganization struct {
	Origin
	Exists      bool // false: the source has no such organization; the other fields are empty
	Name        string
	Description string
	Attributes  Attributes // replaces these attributes only; others of the tenant stay
	Facts       Facts      // nil if they could not be read
}

// Facts are what a source's own record of a thing says, in the source's words, for
// the expressions of a [Mapping]. Values are those of JSON, numbers as json.Number.
// They are shared and must not be changed.
type Facts map[string]any

// A SourceRole is a role that a source knows, whoever holds it.
type SourceRole struct {
	Organization bool // it is held in organizations, and else everywhere
	Name         string
	Description  string
	Scopes       []string // what it permits, by the source's names, sorted
}

// A Place is an organization that a user is a member of.
type Place struct {
	Organization SourceOrganization
	Roles        []string // by the source's names, sorted; none: a member only
}

// A Member is a user that a source says is in an organization.
type Member struct {
	User  UserKey
	Roles []string // by the source's names, sorted
}

// A Gift is a role that a source gives a user in a tenant, or, with an empty role,
// the membership.
type Gift struct {
	Role   RoleKey
	Tenant TenantKey
	By     Giver
}

// Compare orders gifts by tenant, role and giver.
func (g Gift) Compare(other Gift) int {
	return cmp.Or(cmp.Compare(g.Tenant, other.Tenant), cmp.Compare(g.Role, other.Role), cmp.Compare(g.By, other.By))
}

// A Mirrored is a user that a source keeps, and what it has given, pending
// assignments among it.
type Mirrored struct {
	User      UserKey
	Suspended bool
	Gifts     []Gift
	Waiting   []Gift // those of Gifts that wait for a role or tenant
}

// A Comparison says in what a user is not what a source says of it. The two are
// equal if the user is here, or not, as the source says, and there are no Fields.
type Comparison struct {
	Here   bool     // the user is here
	Fields []string // what differs, in words: "suspended", "role editor in acme"
}

// ByOrganization is the giver of what follows from an organization's membership
// and roles, and ByRole of what follows from roles held everywhere. The source's
// name by itself gives the first role, once.
func ByOrganization(source string) Giver { return Giver(source + ":organization") }

// ByRole is explained at [ByOrganization].
func ByRole(source string) Giver { return Giver(source + ":role") }

// ByMappingRule is the giver of what a rule of a [Mapping] gives.
func ByMappingRule(source, rule string) Giver { return Giver(source + ":rule:" + rule) }

// RuleOf is the name of the rule that g stands for; ok is false if it is no rule of
// the source.
func RuleOf(source string, g Giver) (rule string, ok bool) {
	return strings.CutPrefix(string(g), source+":rule:")
}

// Mirrors reports whether g is the giver of facts of a source, which come and go
// with the source's state.
func Mirrors(source string, g Giver) bool {
	_, rule := RuleOf(source, g)
	return rule || g == ByOrganization(source) || g == ByRole(source)
}

// Without returns givers without g.
func Without(givers []Giver, g Giver) []Giver {
	var rest []Giver
	for _, other := range givers {
		if other != g {
			rest = append(rest, other)
		}
	}
	return rest
}
