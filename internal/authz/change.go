package authz

import "time"

// A Commit is what one write did, in order. It is what the store keeps, the
// feed carries, the engine folds and the edge replays.
type Commit struct {
	Env      EnvID
	Revision Revision
	Actor    string // who: "key:<id>" of an API key, or a source's name
	At       time.Time
	Changes  []Change
}

// A Change is one alteration of an environment. The set is closed: see the
// types below. A new kind of fact is a new Change; the type checks of
// `make check` and TestEveryChangeHasAHome then name every place that must
// learn of it.
//
//sumtype:decl
type Change interface{ change() }

// The changes. A put replaces the whole thing of that key. Deleting a user
// deletes its assignments, pending assignments and memberships; deleting a tenant
// or a role deletes the assignments and invites that name it, and a tenant's
// instances and memberships; deleting an instance deletes its tuples and the
// assignments and invites on it; deleting a resource
// deletes its instances, the tuples to every one of them and its resource sets; replacing it deletes what names a
// role or relation it lost; deleting a condition set, role or resource deletes the
// rules that name it. Deleting what is not there does nothing.
type (
	PutUser          struct{ User User }
	DeleteUser       struct{ Key UserKey }
	PutTenant        struct{ Tenant Tenant }
	DeleteTenant     struct{ Key TenantKey }
	PutRole          struct{ Role Role }
	DeleteRole       struct{ Key RoleKey }
	PutResource      struct{ Resource Resource }
	DeleteResource   struct{ Key ResourceKey }
	PutAssignment    struct{ Assignment Assignment }
	DeleteAssignment struct {
		User     UserKey
		Role     RoleKey
		Tenant   TenantKey
		Instance Node
	}
	PutInstance    struct{ Instance Instance }
	DeleteInstance struct{ Node Node }
	PutTuple       struct{ Tuple Tuple }
	DeleteTuple    struct {
		Subject  Node
		Relation RelationKey
		Object   Node
	}
	PutConditionSet    struct{ Set ConditionSet }
	DeleteConditionSet struct{ Key SetKey }
	PutRule            struct{ Rule Rule }
	// DeleteRule names a rule by what it says; its ID is not looked at.
	DeleteRule       struct{ Rule Rule }
	PutURLMapping    struct{ Mapping URLMapping }
	DeleteURLMapping struct{ Key string }
	PutPending       struct{ Pending PendingAssignment }
	DeletePending    struct {
		User   UserKey
		Role   RoleKey
		Tenant TenantKey
	}
	// PutSettings replaces all settings; the zero ones are those of a fresh environment.
	PutSettings      struct{ Settings Settings }
	PutMembership    struct{ Membership Membership }
	DeleteMembership struct {
		User   UserKey
		Tenant TenantKey
	}
	PutInvite    struct{ Invite Invite }
	DeleteInvite struct{ Key UserKey }
	// PutSourceMapping replaces the mapping; the zero one is that of a fresh environment.
	PutSourceMapping struct{ Mapping Mapping }
)

func (PutUser) change()          {}
func (DeleteUser) change()       {}
func (PutTenant) change()        {}
func (DeleteTenant) change()     {}
func (PutRole) change()          {}
func (DeleteRole) change()       {}
func (PutResource) change()      {}
func (DeleteResource) change()   {}
func (PutAssignment) change()    {}
func (DeleteAssignment) change() {}
func (PutPending) change()       {}
func (DeletePending) change()    {}

func (PutInstance) change()        {}
func (DeleteInstance) change()     {}
func (PutTuple) change()           {}
func (DeleteTuple) change()        {}
func (PutConditionSet) change()    {}
func (DeleteConditionSet) change() {}
func (PutRule) change()            {}
func (DeleteRule) change()         {}
func (PutSettings) change()        {}

func (PutURLMapping) change()    {}
func (DeleteURLMapping) change() {}

func (PutMembership) change()    {}
func (DeleteMembership) change() {}
func (PutInvite) change()        {}
func (DeleteInvite) change()     {}

func (PutSourceMapping) change() {}
