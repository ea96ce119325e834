package directory

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Verb says what a commit did to a thing.
type Verb string

// The verbs.
const (
	Put     Verb = "put"
	Deleted Verb = "delete"
	Taken   Verb = "taken" // went with what it belonged to
)

// A HistoryFilter selects entries; empty fields select all.
type HistoryFilter struct {
	Kind     string   // as in [Entry]
	Key      string   // as in [Entry]
	Actors   []string // as in [authz.Commit]
	From, To time.Time
	Before   Cursor // entries before it only; for one environment
}

// A Cursor is where an entry stands in the history of its environment.
type Cursor struct {
	Revision authz.Revision
	Place    int // of the change in its commit
	Part     int // 0 for the change itself; counts what it took
}

// Less reports whether c stands before d.
func (c Cursor) Less(d Cursor) bool {
	return cmp.Or(cmp.Compare(c.Revision, d.Revision), cmp.Compare(c.Place, d.Place), cmp.Compare(c.Part, d.Part)) < 0
}

// An Entry is what one commit did to one thing.
type Entry struct {
	Cursor
	Env   authz.EnvID
	Actor string
	At    time.Time
	Kind  string // one of [Kinds]
	Key   string // see [NameOf]
	Verb  Verb
	// Before and After are what the thing was and what it is, as the change that puts
	// it; nil if it was not, or is not, there.
	Before, After authz.Change
	// BeforeKnown is false if what the thing was, or whether it was there, stands in
	// commits that are not kept any more.
	BeforeKnown bool
}

// A HistoryStore tells what commits did.
type HistoryStore interface {
	// History returns the entries of envs that f selects, latest first, one page of
	// them.
	History(ctx context.Context, envs []authz.EnvID, f HistoryFilter, p Page) ([]Entry, error)

	// HistoryCount returns how many there are in all, counted up to most.
	HistoryCount(ctx context.Context, envs []authz.EnvID, f HistoryFilter, most int) (int, error)

	// HistoryActors returns who made the commits of envs, as the commits say it, each
	// once.
	HistoryActors(ctx context.Context, envs []authz.EnvID) ([]string, error)
}

// History tells what commits did to the things of envs, latest first. A page costs
// what it reaches, and what f passes over on the way.
func (d *Directory) History(ctx context.Context, envs []authz.EnvID, f HistoryFilter, p Page) ([]Entry, error) {
	if len(envs) == 0 {
		return nil, nil
	}
	return d.Past.History(ctx, envs, f, p)
}

// HistoryCount counts what [Directory.History] lists, up to most.
func (d *Directory) HistoryCount(ctx context.Context, envs []authz.EnvID, f HistoryFilter, most int) (int, error) {
	return d.Past.HistoryCount(ctx, envs, f, most)
}

// HistoryActors returns who made the commits of envs, as they say it, each once.
func (d *Directory) HistoryActors(ctx context.Context, envs []authz.EnvID) ([]string, error) {
	return d.Past.HistoryActors(ctx, envs)
}

// Kinds are the kinds of thing that have a history.
var Kinds = []string{
	"assignment", "instance", "invite", "mapping", "membership", "pending", "resource", "role", "rule", "set", "settings", "source_mapping", "tenant", "tuple", "user",
}

// NameOf is what the history calls the thing that a change is about, and whether
// the change puts it. Things without a key of their own are named by what they say:
// an assignment or a pending one "user/role/tenant" or "user/role/type:key", a
// membership "user/tenant", a tuple "object#relation@subject", a rule "set/set/resource:action", where role:key and
// resource:key stand in the place of a set.
func NameOf(c authz.Change) (kind, key string, put bool) {
	switch c := c.(type) {
	case authz.PutUser:
		return "user", string(c.User.Key), true
	case authz.DeleteUser:
		return "user", string(c.Key), false
	case authz.PutTenant:
		return "tenant", string(c.Tenant.Key), true
	case authz.DeleteTenant:
		return "tenant", string(c.Key), false
	case authz.PutRole:
		return "role", string(c.Role.Key), true
	case authz.DeleteRole:
		return "role", string(c.Key), false
	case authz.PutResource:
		return "resource", string(c.Resource.Key), true
	case authz.DeleteResource:
		return "resource", string(c.Key), false
	case authz.PutAssignment:
		return "assignment", heldName(c.Assignment.User, c.Assignment.Role, c.Assignment.Tenant, c.Assignment.Instance), true
	case authz.DeleteAssignment:
		return "assignment", heldName(c.User, c.Role, c.Tenant, c.Instance), false
	case authz.PutPending:
		return "pending", heldName(c.Pending.User, c.Pending.Role, c.Pending.Tenant, authz.Node{}), true
	case authz.DeletePending:
		return "pending", heldName(c.User, c.Role, c.Tenant, authz.Node{}), false
	case authz.PutInstance:
		return "instance", c.Instance.Node.String(), true
	case authz.DeleteInstance:
		return "instance", c.Node.String(), false
	case authz.PutTuple:
		return "tuple", tupleName(c.Tuple.Subject, c.Tuple.Relation, c.Tuple.Object), true
	case authz.DeleteTuple:
		return "tuple", tupleName(c.Subject, c.Relation, c.Object), false
	case authz.PutConditionSet:
		return "set", string(c.Set.Key), true
	case authz.DeleteConditionSet:
		return "set", string(c.Key), false
	case authz.PutRule:
		return "rule", ruleName(c.Rule), true
	case authz.DeleteRule:
		return "rule", ruleName(c.Rule), false
	case authz.PutMembership:
		return "membership", memberName(c.Membership.User, c.Membership.Tenant), true
	case authz.DeleteMembership:
		return "membership", memberName(c.User, c.Tenant), false
	case authz.PutInvite:
		return "invite", string(c.Invite.Key), true
	case authz.DeleteInvite:
		return "invite", string(c.Key), false
	case authz.PutURLMapping:
		return "mapping", c.Mapping.Key, true
	case authz.DeleteURLMapping:
		return "mapping", c.Key, false
	case authz.PutSettings:
		return "settings", "settings", true
	case authz.PutSourceMapping:
		return "source_mapping", "source_mapping", true
	}
	return "", "", false
}

func heldName(user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey, on authz.Node) string {
	where := string(tenant)
	if on != (authz.Node{}) {
		where = on.String()
	}
	return string(user) + "/" + string(role) + "/" + where
}

func memberName(user authz.UserKey, tenant authz.TenantKey) string {
	return string(user) + "/" + string(tenant)
}

// escaped keeps keys of instances, which may hold anything, apart from what stands
// between them.
var escaped = strings.NewReplacer("%", "%25", "#", "%23", "@", "%40")

func tupleName(subject authz.Node, relation authz.RelationKey, object authz.Node) string {
	return escaped.Replace(object.String()) + "#" + string(relation) + "@" + escaped.Replace(subject.String())
}

func ruleName(r authz.Rule) string {
	users, things := string(r.UserSet), string(r.ResourceSet)
	if r.UserSet == "" {
		users = "role:" + string(r.Role)
	}
	if r.ResourceSet == "" {
		things = "resource:" + string(r.Resource)
	}
	return users + "/" + things + "/" + string(r.Permission.Resource) + ":" + string(r.Permission.Action)
}
