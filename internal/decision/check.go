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
	Newcomers Newcomers // nil: nobody is looked for
	Log       *Log      // nil records nothing
	Witness   Witness   // nil: nobody is shown what was decided

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

// Check decides q. A user whom the environment does not know is looked for before
// it says no. It returns Unavailable if the environment is not loaded.
func (s *Service) Check(by Asker, q authz.Query) (authz.Decision, error) {
	m, err := s.At(by)
	if err != nil {
		return authz.Decision{}, err
	}
	d := m.snapshot.Decide(q)
	if !d.Allow && s.Newcomers != nil && stranger(m.snapshot, q.User) && s.Newcomers.Look(by.Env, q.User) {
		if m, err = s.At(by); err != nil {
			return authz.Decision{}, err
		}
		d = m.snapshot.Decide(q)
	}
	m.decided(&q, d, "")
	return d, nil
}

// Deny is the answer to a question that names no user or no type, and so is not
// asked of the engine. It returns Unavailable if the environment is not loaded.
func (s *Service) Deny(by Asker, q authz.Query, reason engine.Reason) error {
	m, err := s.At(by)
	if err != nil {
		return err
	}
	m.decided(&q, authz.Decision{Revision: m.snapshot.Revision()}, reason)
	return nil
}

// Explain decides q and says why. It returns Unavailable if the environment is
// not loaded.
func (s *Service) Explain(by Asker, q authz.Query) (engine.Explanation, error) {
	m, err := s.AtFor(by, q)
	if err != nil {
		return engine.Explanation{}, err
	}
	return m.Explain(q), nil
}

// CheckAll decides every question at the same revision, in order. It returns
// Unavailable if the environment is not loaded.
func (s *Service) CheckAll(by Asker, questions []authz.Query) ([]authz.Decision, error) {
	m, err := s.AtFor(by, questions...)
	if err != nil {
		return nil, err
	}
	all := make([]authz.Decision, len(questions))
	for i, q := range questions {
		all[i] = m.Check(q)
	}
	return all, nil
}

// ExplainFully decides q as Explain does and says what it was seen against.
func (s *Service) ExplainFully(by Asker, q authz.Query) (engine.Explanation, engine.Background, error) {
	m, err := s.AtFor(by, q)
	if err != nil {
		return engine.Explanation{}, engine.Background{}, err
	}
	return m.Explain(q), m.snapshot.Background(q), nil
}

// Illustrate explains an entry of a list, which is neither counted nor recorded by
// itself.
func (s *Service) Illustrate(by Asker, q authz.Query) (engine.Explanation, engine.Background, error) {
	snapshot, err := s.snapshot(by.Env)
	if err != nil {
		return engine.Explanation{}, engine.Background{}, err
	}
	return snapshot.Explain(q), snapshot.Background(q), nil
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
