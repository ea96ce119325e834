package directory

import (
	"encoding/json"
	"fmt"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Page selects part of a listing.
type Page struct {
	Offset int // rows skipped, >= 0
	Limit  int // rows at most, >= 1
}

// A TextFilter selects by text; the zero filter selects everything.
type TextFilter struct {
	Search     string          // part of the key or the name, ignoring case
	Attributes []AttributeText // all of them must match
}

// An AttributeText selects things by one attribute: one that is a string, number
// or boolean and is written so.
type AttributeText struct{ Name, Text string }

// Matches reports whether attributes are as the filter asks.
func (f TextFilter) Matches(attributes authz.Attributes) bool {
	for _, a := range f.Attributes {
		switch v := attributes[a.Name].(type) {
		case string, bool, json.Number:
			if fmt.Sprint(v) != a.Text {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// A UserFilter selects users; the zero filter selects everybody.
type UserFilter struct {
	// Search is a part of key, e-mail, first or last name, ignoring case; where Match is
	// Contains, of two of them with a space between, such as first and last name.
	Search   string
	Match    Match           // where Search must stand
	Tenant   authz.TenantKey // users who belong to it, or hold a role there or on an instance there
	Role     authz.RoleKey   // users who hold the role in any tenant, or in Tenant
	Roleless bool            // users without any role
	On       authz.Node      // users who hold the role OnRole on it
	OnRole   authz.RoleKey
}

// A Match says where in a text a search must be found.
type Match int

// The matches.
const (
	Contains Match = iota
	StartsWith
	EndsWith
)

// A ResourceFilter selects resources; the zero filter selects those that are
// not built in.
type ResourceFilter struct {
	Search  string // part of key or name, ignoring case; * stands for any text and then the whole must match
	BuiltIn bool   // built-in resources too
}

// An AssignmentFilter selects assignments: any of the values of each non-empty
// list, all lists together. Roles and InstanceRoles are one list.
type AssignmentFilter struct {
	Users         []authz.UserKey
	Roles         []authz.RoleKey // held in tenants
	InstanceRoles []InstanceRole  // held on instances
	Tenants       []authz.TenantKey
	Resource      authz.ResourceKey // held on instances of it
	Instance      authz.Node        // held on it
}

// An InstanceRole is a role of a resource.
type InstanceRole struct {
	Resource authz.ResourceKey
	Role     authz.RoleKey
}

// An InstanceFilter selects instances: those whose non-empty fields match.
type InstanceFilter struct {
	Tenant   authz.TenantKey
	Resource authz.ResourceKey
	Types    []authz.ResourceKey // of one of these resources
	Search   []string            // any of them: a part of the key, ignoring case
	Exactly  []string            // any of them: the key, "type:key" or the id
}

// A TupleFilter selects tuples: those whose non-empty fields match.
type TupleFilter struct {
	Tenant      authz.TenantKey
	Subject     authz.Node
	Relation    authz.RelationKey
	Object      authz.Node
	SubjectType authz.ResourceKey
	ObjectType  authz.ResourceKey
}

// An InviteFilter selects invites: those whose non-empty fields match.
type InviteFilter struct {
	Search  string          // part of key, e-mail, first or last name, ignoring case
	Roles   []InstanceRole  // any of them; a role of tenants has no resource
	Tenant  authz.TenantKey // offered there
	Keys    []authz.UserKey // any of them
	Pending bool            // not yet approved
}

// A PendingFilter selects pending assignments: those whose non-empty fields match.
type PendingFilter struct {
	User   authz.UserKey
	Users  []authz.UserKey // any of them
	Role   authz.RoleKey
	Tenant authz.TenantKey
	Limit  int // at most so many, the oldest; 0 is all
}

// pageOf is the page p of list.
func pageOf[T any](list []T, p Page) []T {
	from := min(p.Offset, len(list))
	return list[from:min(from+p.Limit, len(list))]
}
