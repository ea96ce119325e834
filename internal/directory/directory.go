package directory

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A View reads one environment inside the transaction of a write, under the
// environment's lock: what it returns stays true until the commit. Lookups by
// [authz.Ident] try the key, then the id; ok is false if there is no such thing.
type View interface {
	User(ctx context.Context, id authz.Ident) (u authz.User, ok bool, err error)
	Tenant(ctx context.Context, id authz.Ident) (t authz.Tenant, ok bool, err error)
	Role(ctx context.Context, id authz.Ident) (r authz.Role, ok bool, err error)
	Resource(ctx context.Context, id authz.Ident) (r authz.Resource, ok bool, err error)
	ConditionSet(ctx context.Context, id authz.Ident) (c authz.ConditionSet, ok bool, err error)
	// Instance looks "type:key" up, or the id.
	Instance(ctx context.Context, id authz.Ident) (i authz.Instance, ok bool, err error)
	// Assignment looks up what is held on an instance, or in the tenant if on is
	// the zero Node.
	Assignment(ctx context.Context, user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey, on authz.Node) (a authz.Assignment, ok bool, err error)
	Tuple(ctx context.Context, subject authz.Node, relation authz.RelationKey, object authz.Node) (t authz.Tuple, ok bool, err error)

	// Invite looks an invite up by its key, or the id.
	Invite(ctx context.Context, id authz.Ident) (i authz.Invite, ok bool, err error)

	// UsersNamed looks many users up, as User does each, and returns those that are
	// there by what was looked for.
	UsersNamed(ctx context.Context, ids []authz.Ident) (map[authz.Ident]authz.User, error)
	// InTenants returns which of these assignments in tenants there are, as they are.
	InTenants(ctx context.Context, list []authz.Assignment) ([]authz.Assignment, error)

	// Held returns all assignments of the given users, by user, oldest first.
	Held(ctx context.Context, users []authz.UserKey) ([]authz.Assignment, error)
	// Memberships returns all memberships of the given users, by user.
	Memberships(ctx context.Context, users []authz.UserKey) ([]authz.Membership, error)

	// TenantOf returns the tenant that is kept equal to an organization of a source.
	TenantOf(ctx context.Context, o authz.Origin) (t authz.Tenant, ok bool, err error)
	// MembersOf returns memberships of a tenant, by user: the next after a user, at
	// most limit.
	MembersOf(ctx context.Context, tenant authz.TenantKey, after authz.UserKey, limit int) ([]authz.Membership, error)
	// UsersOf returns users that a source keeps, and TenantsOf the tenants that are
	// its organizations, by key: the next after one, at most limit.
	UsersOf(ctx context.Context, source string, after authz.UserKey, limit int) ([]authz.User, error)
	TenantsOf(ctx context.Context, source string, after authz.TenantKey, limit int) ([]authz.Tenant, error)

	// Roles returns all roles of the environment, by key.
	Roles(ctx context.Context) ([]authz.Role, error)
	// AllResources returns all resources of the environment, by key.
	AllResources(ctx context.Context) ([]authz.Resource, error)
	// ConditionSets returns all condition sets of the environment, oldest first.
	ConditionSets(ctx context.Context) ([]authz.ConditionSet, error)
	// Rules returns all rules of condition sets, oldest first.
	Rules(ctx context.Context) ([]authz.Rule, error)
	URLMapping(ctx context.Context, id authz.Ident) (m authz.URLMapping, ok bool, err error)
	// URLMappings returns all URL mappings with their secrets, oldest first.
	URLMappings(ctx context.Context) ([]authz.URLMapping, error)
	// Instances and Tuples list as [Listing] does.
	Instances(ctx context.Context, f InstanceFilter, p Page) ([]authz.Instance, int, error)
	Tuples(ctx context.Context, f TupleFilter, p Page) ([]authz.Tuple, int, error)
	// ResourcesByKey returns those of the resources that are there, in any order.
	ResourcesByKey(ctx context.Context, keys []authz.ResourceKey) ([]authz.Resource, error)
	// Pending returns the pending assignments that f selects.
	Pending(ctx context.Context, f PendingFilter) ([]authz.PendingAssignment, error)
	// SourceMapping says what sources' organizations and roles are here.
	SourceMapping(ctx context.Context) (authz.Mapping, error)
	// Settings returns the settings of the environment.
	Settings(ctx context.Context) (authz.Settings, error)
}

// A Plan decides what a write changes. It may be run again if the transaction
// has to be repeated, so it must not have effects of its own.
type Plan func(ctx context.Context, v View) ([]authz.Change, error)

// A Store keeps environments.
type Store interface {
	// Commit locks the environment, runs plan, applies its changes and appends
	// them to the environment's feed: all in one transaction, or nothing. It
	// returns the new revision, or the present one if plan changes nothing.
	//
	// It returns what plan returns, NotFound if the environment does not exist
	// and Conflict if a key is taken.
	Commit(ctx context.Context, env authz.EnvID, actor string, plan Plan) (authz.Revision, error)

	// View runs f on one consistent moment of the environment, without locking.
	View(ctx context.Context, env authz.EnvID, f func(ctx context.Context, l Listing) error) error
}

// A Listing reads one consistent moment of an environment. Each listing returns
// one page, oldest first, and how many there are in all.
type Listing interface {
	View
	Users(ctx context.Context, f UserFilter, p Page) ([]authz.User, int, error)
	Tenants(ctx context.Context, f TextFilter, p Page) ([]authz.Tenant, int, error)
	RolePage(ctx context.Context, f TextFilter, p Page) ([]authz.Role, int, error)
	Resources(ctx context.Context, f ResourceFilter, p Page) ([]authz.Resource, int, error)
	// Assignments lists what is held in tenants and on instances.
	Assignments(ctx context.Context, f AssignmentFilter, p Page) ([]authz.Assignment, int, error)
	Invites(ctx context.Context, f InviteFilter, p Page) ([]authz.Invite, int, error)

	// AllUsers, AllTenants and AllInstances return those that are there of the given
	// keys, in no order.
	AllUsers(ctx context.Context, keys []authz.UserKey) ([]authz.User, error)
	AllTenants(ctx context.Context, keys []authz.TenantKey) ([]authz.Tenant, error)
	AllInstances(ctx context.Context, nodes []authz.Node) ([]authz.Instance, error)
	// Related returns the tuples of which node is the subject or the object, oldest
	// first, at most limit.
	Related(ctx context.Context, node authz.Node, limit int) ([]authz.Tuple, error)
}

// A Follower tells when a commit has reached the engine of this process.
type Follower interface {
	// Reach returns once the snapshot of env stands at rev or later.
	Reach(ctx context.Context, env authz.EnvID, rev authz.Revision) error
}

// A Directory writes and lists environments. It is safe for concurrent use.
type Directory struct {
	Store    Store
	Follower Follower
	Past     HistoryStore
	Now      func() time.Time // time.Now if nil
	// Readable says what is wrong with the conditions of a set; whatever the
	// engine cannot read selects nothing. Nil takes everything.
	Readable func(conditions string) error
	// ReadablePattern says what is wrong with the regular expression of a URL rule;
	// one that the engine cannot read matches nothing. Nil takes everything.
	ReadablePattern func(pattern string) error

	mappings mappings
}

// write takes plan through the store and waits until the engine has it.
func (d *Directory) write(ctx context.Context, env authz.EnvID, actor string, plan Plan) (authz.Revision, error) {
	checked := func(ctx context.Context, v View) ([]authz.Change, error) {
		changes, err := plan(ctx, v)
		if err != nil {
			return nil, err
		}
		return changes, checkAll(changes)
	}
	rev, err := d.Store.Commit(ctx, env, actor, checked)
	if err != nil {
		return 0, err
	}
	// The write is durable whatever happens here: a caller that went away must
	// not turn it into a failure.
	return rev, d.Follower.Reach(context.WithoutCancel(ctx), env, rev)
}

// now is the present, in the precision that is kept.
func (d *Directory) now() time.Time {
	if d.Now != nil {
		return d.Now().UTC().Truncate(time.Microsecond)
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}

// NewID returns a fresh random id.
func NewID() authz.ID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return authz.ID(hex.EncodeToString(b[:]))
}

// find turns a lookup into the thing or a NotFound that names it.
func find[T any](ctx context.Context, kind string, id authz.Ident, look func(context.Context, authz.Ident) (T, bool, error)) (T, error) {
	v, ok, err := look(ctx, id)
	if err == nil && !ok {
		err = authz.Errorf(authz.NotFound, "%s %q not found", kind, id)
	}
	return v, err
}
