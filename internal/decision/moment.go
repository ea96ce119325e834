package decision

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A Moment answers questions about one environment as it is at one moment: all
// answers are of one revision. Make one with [Service.At].
type Moment struct {
	service  *Service
	snapshot *engine.Snapshot
}

// At is the present moment of an environment. It returns Unavailable if the
// environment is not loaded.
func (s *Service) At(env authz.EnvID) (Moment, error) {
	snapshot, err := s.snapshot(env)
	return Moment{service: s, snapshot: snapshot}, err
}

// Check decides q.
func (m Moment) Check(q authz.Query) authz.Decision {
	d := m.snapshot.Decide(q)
	m.service.count(d)
	return d
}

// Explain decides q and says why.
func (m Moment) Explain(q authz.Query) engine.Explanation {
	e := m.snapshot.Explain(q)
	m.service.count(e.Decision)
	return e
}

// URL is the rule of the URL mappings for a request, and what its URL says by name;
// ok is false, and a denial counted, if there is none.
func (m Moment) URL(method, address string) (rule engine.URLRule, values map[string]string, ok bool) {
	if rule, values, ok = m.snapshot.URLs().Match(method, address); !ok {
		m.service.count(authz.Decision{})
	}
	return rule, values, ok
}

// URLRules are the rules of all URL mappings, in the order in which they are tried.
func (m Moment) URLRules() []engine.URLRule { return m.snapshot.URLs().Rules() }

// Assignments are n assignments that f selects, after offset others; see
// [engine.Snapshot.Assignments].
func (m Moment) Assignments(f engine.AssignmentFilter, offset, n int) []engine.Assignment {
	return m.snapshot.Assignments(f, offset, n)
}

// Users are the first n users after a key that q would allow, sorted; the user of
// q is not looked at. The decisions a search is made of are not counted. It
// returns the error of ctx if that ends before.
func (m Moment) Users(ctx context.Context, q authz.Query, after authz.UserKey, n int) ([]authz.UserKey, error) {
	found := m.snapshot.Users(after, n, while(ctx, func(key authz.UserKey) bool {
		q.User = key
		return m.snapshot.Decide(q).Allow
	}))
	return found, ctx.Err()
}

// Instances are the first n instances of the type of q after a key that q would
// allow, sorted; the instance of q is not looked at. See [Moment.Users].
func (m Moment) Instances(ctx context.Context, q authz.Query, after string, n int) ([]string, error) {
	found := m.snapshot.Instances(q.Resource, after, n, while(ctx, func(key string) bool {
		q.Instance = key
		return m.snapshot.Decide(q).Allow
	}))
	return found, ctx.Err()
}

// Actions are the first n actions of the type of q after a key that q would
// allow, sorted; the action of q is not looked at. See [Moment.Users].
func (m Moment) Actions(ctx context.Context, q authz.Query, after authz.ActionKey, n int) ([]authz.ActionKey, error) {
	found := m.snapshot.Actions(q.Resource, after, n, while(ctx, func(key authz.ActionKey) bool {
		q.Action = key
		return m.snapshot.Decide(q).Allow
	}))
	return found, ctx.Err()
}

// while is pass until ctx ends, and then false: a search nobody waits for any
// more runs out fast.
func while[K ~string](ctx context.Context, pass func(K) bool) func(K) bool {
	asked, ended := 0, false
	return func(key K) bool {
		if asked++; asked%1024 == 0 {
			ended = ctx.Err() != nil
		}
		return !ended && pass(key)
	}
}
