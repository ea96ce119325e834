package workspace

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An Organization with what people say about it.
type Organization struct {
	authz.Organization
	Settings  authz.Attributes // free-form; nil if none
	UpdatedAt time.Time
}

// A Project with what people say about it.
type Project struct {
	authz.Project
	URNNamespace string
	Description  string
	Settings     authz.Attributes // free-form; nil if none
	UpdatedAt    time.Time
}

// An Environment with what people say about it.
type Environment struct {
	authz.Environment
	Description  string
	CustomBranch string
	JWKS         string           // JSON, in the syntax of the Permit API; empty if none
	Settings     authz.Attributes // free-form; nil if none
	UpdatedAt    time.Time
}

// A Key is an API key with what people say about it.
type Key struct {
	access.Key
	Owner      string    // what kind of thing it is for, as the Permit API names them
	CreatedBy  string    // the actor; empty for the keys of the first start
	LastUsedAt time.Time // to the minute; zero if never
	Generation int64     // of an environment's own key, from 1; 0 for all others
}

// A Grant is how much a member may do where.
type Grant = access.Grant

// A Member is a person of the organization, who may sign in to the dashboard and do
// there what is granted.
type Member struct {
	ID         authz.ID
	Email      string
	Onboarding string // a step, as the Permit API names them
	Settings   authz.Attributes
	Grants     []Grant // sorted, one for each object
	CreatedAt  time.Time
}

// Counts are how many things there are.
type Counts struct{ Users, Roles, Resources, Tenants, Rules int }

// A Copy is what became of copying an environment.
type Copy struct {
	ID        authz.ID
	Source    authz.EnvID
	Target    authz.EnvID // empty if it failed
	Err       *authz.Error
	CreatedAt time.Time
}

// A View reads one consistent moment of one organization. Lists are oldest first.
type View interface {
	Organization(ctx context.Context) (o Organization, ok bool, err error)
	Projects(ctx context.Context) ([]Project, error)
	// Environments returns those of all projects.
	Environments(ctx context.Context) ([]Environment, error)
	Keys(ctx context.Context) ([]Key, error)
	Members(ctx context.Context) ([]Member, error)
	// Counts counts what the given environments hold.
	Counts(ctx context.Context, envs ...authz.EnvID) (Counts, error)
	// Copy returns what became of a copy; ok is false if it is not known.
	Copy(ctx context.Context, id authz.ID) (c Copy, ok bool, err error)
}

// A Tx is a View under the organization's lock, and writes. A put replaces the
// whole thing of that id; deleting what is not there does nothing.
type Tx interface {
	View
	PutOrganization(ctx context.Context, o Organization) error
	PutProject(ctx context.Context, p Project) error
	// DeleteProject deletes a project, its environments and their keys.
	DeleteProject(ctx context.Context, id authz.ID) error
	// CreateEnvironment makes an environment with its first commit.
	CreateEnvironment(ctx context.Context, e Environment, actor string, first []authz.Change) error
	PutEnvironment(ctx context.Context, e Environment) error
	// DeleteEnvironment deletes an environment with everything in it.
	DeleteEnvironment(ctx context.Context, id authz.EnvID) error
	PutKey(ctx context.Context, k Key) error
	DeleteKey(ctx context.Context, id authz.ID) error
	PutMember(ctx context.Context, m Member) error
	DeleteMember(ctx context.Context, id authz.ID) error
	PutCopy(ctx context.Context, c Copy) error
}

// A Store keeps workspaces.
type Store interface {
	// Workspace runs f under the lock of an organization, in one transaction, which
	// is undone if f fails. f may be run again. It returns what f returns.
	Workspace(ctx context.Context, organization authz.ID, f func(ctx context.Context, tx Tx) error) error

	// ViewWorkspace runs f on one moment of an organization, without locking.
	ViewWorkspace(ctx context.Context, organization authz.ID, f func(ctx context.Context, v View) error) error
}

// A Follower keeps the engine of this process.
type Follower interface {
	// Follow returns once questions about env can be answered.
	Follow(ctx context.Context, env authz.EnvID) error
	// Drop forgets env.
	Drop(env authz.EnvID)
}

// A Workspace administers organizations. It is safe for concurrent use. Callers
// are named by their key: what it does not reach is Forbidden, be it there or not.
type Workspace struct {
	Store    Store
	Follower Follower
	Keys     *access.Keys  // forgets keys that are changed
	Master   access.Master // what own keys are derived from; empty: they cannot be shown
	// Fresh is the first commit of an environment.
	Fresh func(now time.Time) []authz.Change
	NewID func() authz.ID
	Now   func() time.Time // time.Now if nil
	// Fed is the environment that an identity source feeds, which cannot be
	// deleted, and the name of the source; empty if there is none.
	Fed struct {
		Environment authz.EnvID
		Source      string
		Active      func() bool // whether it feeds; always, if nil
	}
}

// now is the present, in the precision that is kept.
func (w *Workspace) now() time.Time {
	if w.Now != nil {
		return w.Now().UTC().Truncate(time.Microsecond)
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}

// view reads what k's organization holds.
func (w *Workspace) view(ctx context.Context, k access.Key, f func(ctx context.Context, v View) error) error {
	return w.Store.ViewWorkspace(ctx, k.Organization, f)
}

// write changes what k's organization holds.
func (w *Workspace) write(ctx context.Context, k access.Key, f func(ctx context.Context, tx Tx) error) error {
	return w.Store.Workspace(ctx, k.Organization, f)
}

// settle lets the engine drop what was deleted, and asks for keys again.
func (w *Workspace) settle(deleted ...authz.EnvID) {
	for _, env := range deleted {
		w.Follower.Drop(env)
	}
	w.Keys.Forget()
}

func forbidden(kind string, id authz.Ident) error {
	return authz.Errorf(authz.Forbidden, "this API key does not reach %s %q", kind, id)
}

func notFound(kind string, id authz.Ident) error {
	return authz.Errorf(authz.NotFound, "%s %q not found", kind, id)
}

// named finds what id names: by key, else by id.
func named[T any](list []T, id authz.Ident, of func(T) (key string, id authz.ID)) (found T, ok bool) {
	for _, x := range list {
		if key, _ := of(x); key == string(id) {
			return x, true
		}
	}
	for _, x := range list {
		if _, is := of(x); is == id.ID() {
			return x, true
		}
	}
	return found, false
}

// set replaces what an update gives.
func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}
