package mirror

import (
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Kind is a kind of thing that is mirrored, by the name that its history has.
type Kind string

// The kinds.
const (
	Resource   Kind = "resource"
	Role       Kind = "role"
	Set        Kind = "set"
	Rule       Kind = "rule"
	Tenant     Kind = "tenant"
	User       Kind = "user"
	Instance   Kind = "instance"
	Assignment Kind = "assignment"
	Tuple      Kind = "tuple"
)

// Order are the kinds in the order in which things are made, so that what a thing
// names is there before it. Things are removed the other way.
var Order = []Kind{Resource, Role, Set, Rule, Tenant, User, Instance, Assignment, Tuple}

// A Wanted says what is mirrored besides users, tenants and the roles they hold there.
type Wanted struct {
	Schema    bool // resources, roles, condition sets and their rules
	Instances bool // instances, tuples and roles held on instances
}

// Has reports whether a thing is mirrored.
func (w Wanted) Has(t Thing) bool {
	if t.Kind == Assignment {
		_, _, _, on, ok := authz.ParseHeld(t.Key)
		return ok && (w.Instances || on == authz.Node{})
	}
	return slices.Contains(w.Kinds(), t.Kind)
}

// Kinds are the kinds that are mirrored, in [Order].
func (w Wanted) Kinds() []Kind {
	return slices.DeleteFunc(slices.Clone(Order), func(k Kind) bool {
		switch k {
		case Resource, Role, Set, Rule:
			return !w.Schema
		case Instance, Tuple:
			return !w.Instances
		case Tenant, User, Assignment:
		}
		return false
	})
}

// String names what is mirrored, for people.
func (w Wanted) String() string {
	var names []string
	for _, k := range w.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// A Thing names one thing, as [authz.NameOf] does.
type Thing struct {
	Kind Kind
	Key  string
}

// Named is the thing that a change is about.
func Named(c authz.Change) Thing {
	kind, key, _ := authz.NameOf(c)
	return Thing{Kind(kind), key}
}

// A Touch is what a commit did to a thing.
type Touch struct {
	Thing
	Gone bool // it was removed; only a hint, as the touch itself
}
