package authz

import (
	"slices"
	"strings"
	"time"
)

// Identifiers are distinct types so that they cannot be passed for one another.
// A key is the caller's name for a thing: unique per environment and kind, and
// immutable. An [ID] is ours, opaque, and only ever shown or looked up.
type (
	EnvID       string // 32 lower-case hex digits
	ID          string // 32 lower-case hex digits
	UserKey     string
	TenantKey   string
	RoleKey     string
	ResourceKey string
	ActionKey   string
)

// An Ident is how a caller names a thing: by its key or by its id. Lookups try
// the key first, since a key may look like an id.
type Ident string

// A Giver is who gave an assignment: a person through the API, or a source.
type Giver string

// ByAPI is the giver of everything written through a door.
const ByAPI Giver = "api"

// A Revision orders the commits of one environment: 1, 2, 3 … without gaps.
// The zero Revision is before every commit.
type Revision int64

// Attributes are named values of a user, tenant or role: nil, bool,
// json.Number, string, []any and map[string]any, as a JSON decoder with
// UseNumber gives them. They are never modified in place.
type Attributes map[string]any

// An Organization owns projects.
type Organization struct {
	ID        ID
	Key       string
	Name      string
	CreatedAt time.Time
}

// A Project gathers environments.
type Project struct {
	ID           ID
	Organization ID
	Key          string
	Name         string
	CreatedAt    time.Time
}

// An Environment is one isolated set of users, rules and facts.
type Environment struct {
	ID           EnvID
	Project      ID
	Organization ID
	Key          string
	Name         string
	CreatedAt    time.Time
}

// A User is somebody a decision may be asked about.
type User struct {
	Key       UserKey
	ID        ID
	Email     string // empty if unknown
	FirstName string
	LastName  string
	// Attributes are what conditions read; nil means none.
	Attributes Attributes
	// Suspended users hold their assignments and are denied everything. Only a
	// source sets it; writes through a door keep it.
	Suspended bool
	// Source names the identity source that keeps this user equal to an
	// account, and so has given it its first role; empty for users made by API.
	Source string
	// Mapped are the keys of attributes that a mapping of the source has given, sorted:
	// those that it maps no more go.
	Mapped    []string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// A Tenant is a customer or workspace in which users hold roles.
type Tenant struct {
	Key         TenantKey
	ID          ID
	Name        string
	Description string
	Attributes  Attributes
	// Origin is the organization of a source that the tenant is kept equal to, and
	// Adopted says that the tenant was there before: it outlives the organization.
	Origin    Origin
	Adopted   bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// A Permission is one action on one resource, or what an action group of the
// resource holds.
type Permission struct {
	Resource ResourceKey
	Action   ActionKey // or the key of an action group
}

// A Role gathers permissions under one name. Holding it means holding the
// permissions of every role it extends, transitively.
type Role struct {
	Key         RoleKey
	ID          ID
	Name        string
	Description string
	Permissions []Permission // in the order given, no duplicates
	Extends     []RoleKey
	Attributes  Attributes
	// Source names the identity source whose role it is, which made it and keeps it;
	// empty for roles that people made. Granted are those of the permissions that the
	// source has given: it takes back no others.
	Source    string
	Granted   []Permission
	CreatedAt time.Time
	UpdatedAt time.Time
}

// An Action is something that may be done to a resource.
type Action struct {
	Key         ActionKey
	ID          ID
	Name        string
	Description string
	Attributes  Attributes
}

// An ActionGroup names actions of a resource together. A role that has the group
// for a permission has the actions that are in it at the time of a decision. The
// key is of no action of the resource.
type ActionGroup struct {
	Key         ActionKey
	ID          ID
	Name        string
	Description string
	Actions     []ActionKey // in the order given, no duplicates
	Attributes  Attributes
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// A ResourceAttribute declares an attribute of a resource's instances.
type ResourceAttribute struct {
	Key         string
	ID          ID
	Type        string // bool, number, string, time, array, json, object, object_array
	Description string
}

// A Resource is a type of thing.
type Resource struct {
	Key         ResourceKey
	ID          ID
	Name        string
	URN         string
	Description string
	Actions     []Action // sorted by key
	// ActionGroups are sorted by key, which is of no action.
	ActionGroups []ActionGroup
	Attributes   []ResourceAttribute // sorted by key
	// TypeAttributes describe the type itself, not its instances.
	TypeAttributes Attributes
	Relations      []Relation     // of which instances are the object, sorted by key
	Roles          []ResourceRole // sorted by key
	// BuiltIn resources (__user, __tenant) come with the environment.
	BuiltIn   bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// An Assignment is a role that a user holds in a tenant, or on one instance.
type Assignment struct {
	ID     ID
	User   UserKey
	Role   RoleKey // of the tenant's roles, or of the instance's resource
	Tenant TenantKey
	// Instance is what the role is held on; the zero Node for the whole tenant.
	Instance Node
	// GivenBy is who gave it, sorted, never empty. A source takes away only what
	// it gave: the assignment stays while another giver remains.
	GivenBy   []Giver
	CreatedAt time.Time
}

// A PendingAssignment waits for its role or its tenant to exist. It becomes an
// [Assignment] in the commit that creates the missing one.
type PendingAssignment struct {
	User      UserKey
	Role      RoleKey
	Tenant    TenantKey
	GivenBy   []Giver // as with an Assignment
	CreatedAt time.Time
}

// A Membership says that a user belongs to a tenant whatever it holds there. It
// permits nothing.
type Membership struct {
	User   UserKey
	Tenant TenantKey
	// GivenBy is who made it, sorted, as with an [Assignment]; commits of earlier
	// versions name nobody, which means people.
	GivenBy   []Giver
	CreatedAt time.Time
}

// An Invite offers somebody who may not be a user yet a role. It permits nothing
// until it is approved, which makes the user and gives the role.
type Invite struct {
	Key       UserKey // as who the user is invited; unique among invites
	ID        ID
	Email     string
	FirstName string
	LastName  string
	Role      RoleKey // of the tenant's roles, or of the instance's resource
	Tenant    TenantKey
	Instance  Node // the zero Node for the whole tenant
	Approved  bool // else it is pending
	CreatedAt time.Time
	UpdatedAt time.Time
}

// An Account is what an identity source says is true of one user now.
type Account struct {
	Source     string // the source's name, which is also the giver of its assignments
	Key        UserKey
	Exists     bool // false: the source has no such user; the other fields are empty
	Email      string
	FirstName  string
	LastName   string
	Attributes Attributes // replaces these attributes only; others of the user stay
	Mapped     []string   // the keys of those that are mapped, sorted, if Facts are there
	Suspended  bool

	// Placed: the source also says where the user is and what it holds there. If
	// not, what the directory has of that stays.
	Placed bool
	Places []Place  // the organizations it is in, by id
	Roles  []string // held everywhere, by the source's names, sorted

	Facts       Facts // of the user; nil if they could not be read
	Application Facts // of the application that the user came by; nil if it was not asked for
}

// An Onboarding is what a source gives a user it brings in for the first time.
// The zero Onboarding gives nothing.
type Onboarding struct {
	Role   RoleKey
	Tenant TenantKey
}

// A Query asks whether User may do Action on a resource of type Resource in
// Tenant. Keys are compared whole and case-sensitively.
type Query struct {
	User     UserKey
	Action   ActionKey
	Resource ResourceKey
	Instance string    // key of the instance; empty: none was named
	Tenant   TenantKey // empty: none was named, and no role applies

	// Attributes that the caller passes; they lie over the stored ones. Values
	// are those of [Attributes], or numbers of Go.
	UserAttributes     Attributes
	ResourceAttributes Attributes
	TenantAttributes   Attributes
	Context            Attributes
	// NoAttributes: something in the place of attributes was not an object, so
	// that no condition can hold.
	NoAttributes bool
}

// A Model is a way of giving permissions.
type Model string

// The models, as the PDP names them in its debug output.
const (
	RBAC  Model = "rbac"
	ABAC  Model = "abac"
	ReBAC Model = "rebac"
)

// A Decision answers a [Query].
type Decision struct {
	Allow    bool
	Revision Revision // the revision of the environment it was answered at
	By       Model    // the model that allowed it; empty when denied
	Role     RoleKey  // a role that allowed it, if one did; which of several is not promised
}

// With returns givers with g among them, sorted.
func With(givers []Giver, g Giver) []Giver {
	i, ok := slices.BinarySearch(givers, g)
	if ok {
		return givers
	}
	return slices.Insert(slices.Clone(givers), i, g)
}

// ID is the ident read as an id: dashes of a UUID and upper case are dropped,
// since some clients print ids as dashed UUIDs.
func (i Ident) ID() ID {
	s := strings.ToLower(string(i))
	if len(s) == 36 {
		s = strings.ReplaceAll(s, "-", "")
	}
	return ID(s)
}
