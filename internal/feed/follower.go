package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A Source yields the commits of environments.
type Source interface {
	// Heads returns the latest revision of every environment.
	Heads(ctx context.Context) (map[authz.EnvID]authz.Revision, error)

	// Load yields what decisions need of the environment at its latest revision, in an
	// order in which it may be put, and returns that revision. It lacks what permits
	// nothing: ids, times, who gave an assignment, what is pending, memberships and
	// invites. A page is yield's to keep; what yield returns in exchange, such as a page
	// that has been put, is filled next. Load stops with the error that yield returns. It
	// returns NotFound if there is no such environment.
	Load(ctx context.Context, env authz.EnvID, yield func(Page) (Page, error)) (authz.Revision, error)

	// Since returns some commits after rev, oldest first and without gaps. No
	// commits means that there are none yet. It returns [ErrForgotten] if the commit
	// after rev is not kept any more: the environment is to be loaded anew.
	Since(ctx context.Context, env authz.EnvID, rev authz.Revision) ([]authz.Commit, error)
}

// A Page is some thousands of things to be put: changes first, or things of which an
// environment has many, without a change around each, since a load of millions would
// leave them all to the collector.
type Page struct {
	Changes     []authz.Change
	Users       []authz.User
	Instances   []authz.Instance
	Tuples      []authz.Tuple
	Assignments []authz.Assignment
}

// Emptied is the page with nothing in it and the room that it has.
func (p Page) Emptied() Page {
	return Page{p.Changes[:0], p.Users[:0], p.Instances[:0], p.Tuples[:0], p.Assignments[:0]}
}

// ErrForgotten says that commits are not kept any more.
var ErrForgotten = errors.New("feed: the commits are not kept any more")

// A Follower follows every environment of a source. It is safe for concurrent use.
type Follower struct {
	Source Source
	Log    *slog.Logger

	envs   sync.Map // authz.EnvID → *environment
	loaded atomic.Bool
}

type environment struct {
	now  atomic.Pointer[engine.Snapshot]
	fold sync.Mutex // held by the one caller that folds
}

// Load loads every environment. Until it has returned, Snapshot knows none.
func (f *Follower) Load(ctx context.Context) error {
	heads, err := f.Source.Heads(ctx)
	if err != nil {
		return err
	}
	for env := range heads {
		if err := f.Follow(ctx, env); err != nil {
			return err
		}
	}
	f.loaded.Store(true)
	return nil
}

// Follow loads env, unless it is followed already: questions about it can be
// answered when it returns. An environment that is not there is followed by nobody,
// which is no error.
func (f *Follower) Follow(ctx context.Context, env authz.EnvID) error {
	if _, ok := f.envs.Load(env); ok {
		return nil
	}
	s, err := f.load(ctx, env)
	if authz.KindOf(err) == authz.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load environment %s: %w", env, err)
	}
	e := &environment{}
	e.now.Store(s)
	f.envs.LoadOrStore(env, e)
	return nil
}

// Drop forgets env.
func (f *Follower) Drop(env authz.EnvID) { f.envs.Delete(env) }

// Followed is how many environments are followed.
func (f *Follower) Followed() int {
	n := 0
	f.envs.Range(func(any, any) bool { n++; return true })
	return n
}

// ahead is how many pages are read before they are folded.
const ahead = 4

// load folds what the source has read while it reads on.
func (f *Follower) load(ctx context.Context, env authz.EnvID) (*engine.Snapshot, error) {
	group, ctx := errgroup.WithContext(ctx)
	read, folded := make(chan Page, ahead), make(chan Page, ahead+2)
	var rev authz.Revision
	group.Go(func() (err error) {
		defer close(read)
		rev, err = f.Source.Load(ctx, env, func(page Page) (Page, error) {
			select {
			case <-ctx.Done():
				return Page{}, ctx.Err()
			case read <- page:
			}
			select {
			case again := <-folded:
				return again, nil
			default:
				return Page{}, nil
			}
		})
		return err
	})
	var loading engine.Loading
	for page := range read {
		loading.Put(page.Changes)
		loading.PutUsers(page.Users)
		loading.PutInstances(page.Instances)
		loading.PutTuples(page.Tuples)
		loading.PutAssignments(page.Assignments)
		select {
		case folded <- page:
		default: // so many are never under way
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return loading.Snapshot(rev), nil
}

// Snapshot returns the latest snapshot of env, without blocking; ok is false if
// the environment is not followed.
func (f *Follower) Snapshot(env authz.EnvID) (*engine.Snapshot, bool) {
	e, ok := f.envs.Load(env)
	if !ok {
		return nil, false
	}
	return e.(*environment).now.Load(), true
}

// Reach folds what is new until the snapshot of env stands at rev or later. The
// caller does the folding itself, or waits for the one who does: a write has
// reached the engine before its answer goes out.
func (f *Follower) Reach(ctx context.Context, env authz.EnvID, rev authz.Revision) error {
	v, ok := f.envs.Load(env)
	if !ok && f.loaded.Load() { // another process has just made it
		if err := f.Follow(ctx, env); err != nil {
			return err
		}
		v, ok = f.envs.Load(env)
	}
	if !ok {
		return authz.Errorf(authz.Unavailable, "environment %q is not loaded", env)
	}
	e := v.(*environment)
	for e.now.Load().Revision() < rev {
		if err := f.step(ctx, env, e, rev); err != nil {
			return err
		}
	}
	return nil
}

// again is how often Await looks for a commit that another process makes.
const again = 10 * time.Millisecond

// Await is Reach for a revision that may not be there yet: it waits for it until
// ctx ends, and then returns Unavailable.
func (f *Follower) Await(ctx context.Context, env authz.EnvID, rev authz.Revision) error {
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		err := f.Reach(ctx, env, rev)
		if err == nil || ctx.Err() == nil && authz.KindOf(err) != authz.Unavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return &authz.Error{Kind: authz.Unavailable, Message: fmt.Sprintf("revision %d is not there yet", rev), Err: err}
		case <-tick.C:
		}
	}
}

// step folds the next commits, unless another caller got to rev meanwhile.
func (f *Follower) step(ctx context.Context, env authz.EnvID, e *environment, rev authz.Revision) error {
	e.fold.Lock()
	defer e.fold.Unlock()
	if e.now.Load().Revision() >= rev {
		return nil
	}
	moved, err := f.advance(ctx, env, e)
	if err == nil && !moved {
		return authz.Errorf(authz.Unavailable, "revision %d of environment %q is not there yet", rev, env)
	}
	return err
}

// advance folds the next commits, or loads the environment anew where they are not
// kept any more; moved is false if there is none. The caller holds e.fold.
func (f *Follower) advance(ctx context.Context, env authz.EnvID, e *environment) (moved bool, err error) {
	s := e.now.Load()
	commits, err := f.Source.Since(ctx, env, s.Revision())
	switch {
	case errors.Is(err, ErrForgotten):
		if s, err = f.load(ctx, env); err != nil {
			return false, fmt.Errorf("load environment %s anew: %w", env, err)
		}
		e.now.Store(s)
		f.Log.Info("environment loaded anew: it was further behind than commits are kept", "environment", env, "revision", s.Revision())
		return true, nil
	case err != nil || len(commits) == 0:
		return false, err
	}
	e.now.Store(s.With(commits...))
	return true, nil
}

// poll is how often Run looks for commits that came from elsewhere.
const poll = time.Second

// Run folds commits that did not come through this process, and follows and drops
// environments that others create and delete, until ctx ends.
func (f *Follower) Run(ctx context.Context) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			f.Log.Error("follow environments", "error", err)
		}
	}
}

// look catches up with the source once. What was followed before the source was
// asked, and is not there, is gone; what is followed since may be younger than the
// answer.
func (f *Follower) look(ctx context.Context) error {
	before := map[authz.EnvID]*environment{}
	f.envs.Range(func(id, e any) bool {
		before[id.(authz.EnvID)] = e.(*environment)
		return true
	})
	heads, err := f.Source.Heads(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for env, head := range heads {
		switch e := before[env]; {
		case e == nil:
			errs = append(errs, f.Follow(ctx, env))
		case e.now.Load().Revision() < head:
			errs = append(errs, f.catchUp(ctx, env, e))
		}
	}
	for env := range before {
		if _, there := heads[env]; !there {
			f.Drop(env)
		}
	}
	return errors.Join(errs...)
}

// catchUp folds everything that is new.
func (f *Follower) catchUp(ctx context.Context, env authz.EnvID, e *environment) error {
	e.fold.Lock()
	defer e.fold.Unlock()
	for {
		if moved, err := f.advance(ctx, env, e); err != nil || !moved {
			return err
		}
	}
}
