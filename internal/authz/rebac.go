package authz

import (
	"strings"
	"time"
)

// Keys of what attribute- and relationship-based rules are made of.
type (
	RelationKey string
	SetKey      string
)

// A Node names a resource instance: a type and a key inside it. The zero Node
// is none.
type Node struct {
	Type ResourceKey
	Key  string
}

// String is the node as callers write it, "type:key", or nothing for none.
func (n Node) String() string {
	if n == (Node{}) {
		return ""
	}
	return string(n.Type) + ":" + n.Key
}

// ParseNode reads "type:key"; ok is false if a part is missing. A key may hold
// colons, a type cannot.
func ParseNode(s string) (n Node, ok bool) {
	t, key, ok := strings.Cut(s, ":")
	return Node{Type: ResourceKey(t), Key: key}, ok && t != "" && key != ""
}

// EveryKey is the key by which a [Node] names every instance of its type. No
// instance has it.
const EveryKey = "*"

// IsEvery reports whether n names every instance of its type.
func (n Node) IsEvery() bool { return n.Key == EveryKey }

// A Relation is how instances of one resource may stand to those of another. It
// belongs to the resource of the object.
type Relation struct {
	Key         RelationKey
	ID          ID
	Name        string
	Description string
	Subject     ResourceKey // the type of the subject
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// A ResourceRole is a role that is held on instances of one resource.
type ResourceRole struct {
	Key         RoleKey
	ID          ID
	Name        string
	Description string
	Actions     []ActionKey // and action groups, on instances of the resource itself
	Extends     []RoleKey   // other roles of the same resource
	Attributes  Attributes
	Derivations []Derivation
	// NoDirectRoles: nobody derives this role on an instance on which he holds
	// any role directly.
	NoDirectRoles bool
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// A Derivation gives a role on an object to whoever has Role on a subject of
// type On that stands in the relation Through to it.
type Derivation struct {
	Role          RoleKey
	On            ResourceKey
	Through       RelationKey
	NoDirectRoles bool // as in [ResourceRole], for this derivation only
}

// An Instance is one thing of a resource.
type Instance struct {
	Node       Node
	ID         ID
	Tenant     TenantKey
	Attributes Attributes
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// A Tuple says that Subject stands in Relation to Object. The object may be every
// instance of its type; then Tenant says which: those that lie in it, which is the
// tenant of the subject.
type Tuple struct {
	ID        ID
	Subject   Node
	Relation  RelationKey
	Object    Node
	Tenant    TenantKey
	CreatedAt time.Time
}

// A SetKind says what a condition set selects.
type SetKind string

// The kinds of condition set, as the Permit API names them.
const (
	UserSet     SetKind = "userset"
	ResourceSet SetKind = "resourceset"
)

// A ConditionSet selects users or resources by conditions on attributes. A set
// with a parent selects what the parent selects and its own conditions too.
type ConditionSet struct {
	Key         SetKey
	ID          ID
	Kind        SetKind
	Name        string
	Description string
	Resource    ResourceKey // of a resource set: the type it is about
	Parent      SetKey      // empty if none
	Conditions  string      // JSON, in the syntax of the Permit API
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// A Rule permits an action on a type to the users of a set on the resources of a
// set. In the place of a user set may stand a tenant role, in the place of a
// resource set the whole type: exactly one of each pair is given.
type Rule struct {
	ID          ID
	UserSet     SetKey
	Role        RoleKey
	ResourceSet SetKey
	Resource    ResourceKey
	Permission  Permission
	CreatedAt   time.Time
}
