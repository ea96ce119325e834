package decision

import (
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// An Asker is who asks, and where.
type Asker struct {
	Env  authz.EnvID
	Key  authz.ID // of the API key
	Door string   // the route by which the question came, as "/allowed"
	// Shadow: the question is itself a comparison, which no [Witness] is shown.
	Shadow bool
}

// A Kind says what was asked.
type Kind string

// The kinds. All but Check are lists.
const (
	Check           Kind = "check"
	Permissions     Kind = "permissions"
	UserTenants     Kind = "user_tenants"
	AllowedTenants  Kind = "allowed_tenants"
	AuthorizedUsers Kind = "authorized_users"
	SearchUsers     Kind = "search_users"
	SearchInstances Kind = "search_instances"
	SearchActions   Kind = "search_actions"
)

// A RecordID names a record: 32 lower-case hex digits that begin with its time.
type RecordID string

// A Record is one answer with its question, as the log keeps it.
type Record struct {
	ID       RecordID
	At       time.Time
	Revision authz.Revision // it was answered at
	Asker
	Kind  Kind
	Query authz.Query // what a list is about stands empty in it

	// Of a check.
	Allow  bool
	Reason engine.Reason // [engine.Allowed], or why roles in the tenant do not allow
	By     authz.Model   // which allowed
	Role   authz.RoleKey // which allowed, if one did

	List *List // of a list; nil for a check
}

// A List is what a record says of a list beside its question.
type List struct {
	Found int // how many it held
	// What the question was narrowed to; nil is everything.
	Tenants   []authz.TenantKey
	Resources []string
	Types     []authz.ResourceKey
	Rules     bool   // by rules too, and of the allowed tenants by roles on instances
	After     string // the last of the page before
}
