package decision

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// Snapshots hands out the latest snapshot of an environment, without blocking;
// ok is false if the environment is not loaded.
type Snapshots interface {
	Snapshot(env authz.EnvID) (s *engine.Snapshot, ok bool)
}

// Waiter waits for a revision.
type Waiter interface {
	// Await returns once the snapshot of env stands at rev or later, and
	// Unavailable if ctx ends first.
	Await(ctx context.Context, env authz.EnvID, rev authz.Revision) error
}

// A Service answers questions. It is safe for concurrent use.
type Service struct {
	Snapshots Snapshots
	Waiter    Waiter

	allowed, denied atomic.Int64
}

// patience is how long a question waits at most for the revision it must have
// seen.
const patience = 2 * time.Second

// Await makes later questions about env see revision rev or later. It returns
// Unavailable if that takes too long: better no answer than one from before.
func (s *Service) Await(ctx context.Context, env authz.EnvID, rev authz.Revision) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.Waiter.Await(ctx, env, rev)
}

// Reach is [Service.Await] until ctx ends, without a patience of its own.
func (s *Service) Reach(ctx context.Context, env authz.EnvID, rev authz.Revision) error {
	return s.Waiter.Await(ctx, env, rev)
}

// Check decides q. It returns Unavailable if the environment is not loaded.
func (s *Service) Check(env authz.EnvID, q authz.Query) (authz.Decision, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return authz.Decision{}, err
	}
	d := snapshot.Decide(q)
	s.count(d)
	return d, nil
}

// Explain decides q and says why. It returns Unavailable if the environment is
// not loaded.
func (s *Service) Explain(env authz.EnvID, q authz.Query) (engine.Explanation, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return engine.Explanation{}, err
	}
	e := snapshot.Explain(q)
	s.count(e.Decision)
	return e, nil
}

// CheckAll decides every question at the same revision, in order. It returns
// Unavailable if the environment is not loaded.
func (s *Service) CheckAll(env authz.EnvID, questions []authz.Query) ([]authz.Decision, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return nil, err
	}
	all := make([]authz.Decision, len(questions))
	for i, q := range questions {
		all[i] = snapshot.Decide(q)
		s.count(all[i])
	}
	return all, nil
}

// ExplainFully decides q as Explain does and says what it was seen against.
func (s *Service) ExplainFully(env authz.EnvID, q authz.Query) (engine.Explanation, engine.Background, error) {
	snapshot, err := s.snapshot(env)
	if err != nil {
		return engine.Explanation{}, engine.Background{}, err
	}
	e := snapshot.Explain(q)
	s.count(e.Decision)
	return e, snapshot.Background(q), nil
}

// Counts returns how many decisions came out which way since the process started.
func (s *Service) Counts() (allowed, denied int64) { return s.allowed.Load(), s.denied.Load() }

func (s *Service) count(d authz.Decision) {
	if d.Allow {
		s.allowed.Add(1)
	} else {
		s.denied.Add(1)
	}
}

func (s *Service) snapshot(env authz.EnvID) (*engine.Snapshot, error) {
	snapshot, ok := s.Snapshots.Snapshot(env)
	if !ok {
		return nil, authz.Errorf(authz.Unavailable, "the environment is not loaded yet")
	}
	return snapshot, nil
}
