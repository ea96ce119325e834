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
	by       Asker
}

// At is the present moment of the environment of by. It returns Unavailable if the
// environment is not loaded.
func (s *Service) At(by Asker) (Moment, error) {
	snapshot, err := s.snapshot(by.Env)
	return Moment{service: s, snapshot: snapshot, by: by}, err
}

// Check decides q.
func (m Moment) Check(q authz.Query) authz.Decision {
	d := m.snapshot.Decide(q)
	m.decided(&q, d, "")
	return d
}

// Explain decides q and says why.
func (m Moment) Explain(q authz.Query) engine.Explanation {
	e := m.snapshot.Explain(q)
	reason := e.Reason
	if e.Decision.Allow {
		reason = engine.Allowed
	}
	m.decided(&q, e.Decision, reason)
	return e
}

// URL is the rule of the URL mappings for a request, and what its URL says by name.
// If there is none, ok is false and q, which names no resource then, is denied.
func (m Moment) URL(q authz.Query, method, address string) (rule engine.URLRule, values map[string]string, ok bool) {
	if rule, values, ok = m.snapshot.URLs().Match(method, address); !ok {
		m.decided(&q, authz.Decision{Revision: m.snapshot.Revision()}, engine.NoSuchResource)
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

// decided counts and records a decision. An empty reason is found out later.
func (m Moment) decided(q *authz.Query, d authz.Decision, reason engine.Reason) {
	m.service.count(d)
	if m.service.Log != nil {
		m.service.Log.record(answer{snapshot: m.snapshot, by: m.by, kind: Check, query: *q, decision: d, reason: reason})
	}
	if m.service.Witness != nil && !m.by.Shadow {
		m.service.Witness.Saw(m.by.Env, *q, d, m.snapshot)
	}
}

// listed records a list.
func (m Moment) listed(kind Kind, q *authz.Query, list *List) {
	if m.service.Log != nil {
		d := authz.Decision{Revision: m.snapshot.Revision()}
		m.service.Log.record(answer{snapshot: m.snapshot, by: m.by, kind: kind, query: *q, decision: d, list: list})
	}
}

// Nobody is the answer to a search for what nothing is known of.
func (m Moment) Nobody(kind Kind, q authz.Query) { m.listed(kind, &q, &List{}) }

// Users are the first n users after a key that q would allow, sorted; the user of
// q is not looked at. The decisions a search is made of are not counted. It
// returns the error of ctx if that ends before.
func (m Moment) Users(ctx context.Context, q authz.Query, after authz.UserKey, n int) ([]authz.UserKey, error) {
	asked := q
	found := m.snapshot.Users(after, n, while(ctx, func(key authz.UserKey) bool {
		q.User = key
		return m.snapshot.Decide(q).Allow
	}))
	m.searched(ctx, SearchUsers, &asked, string(after), len(found))
	return found, ctx.Err()
}

// Instances are the first n instances of the type of q after a key that q would
// allow, sorted; the instance of q is not looked at. See [Moment.Users].
func (m Moment) Instances(ctx context.Context, q authz.Query, after string, n int) ([]string, error) {
	asked := q
	found := m.snapshot.Instances(q.Resource, after, n, while(ctx, func(key string) bool {
		q.Instance = key
		return m.snapshot.Decide(q).Allow
	}))
	m.searched(ctx, SearchInstances, &asked, after, len(found))
	return found, ctx.Err()
}

// Actions are the first n actions of the type of q after a key that q would
// allow, sorted; the action of q is not looked at. See [Moment.Users].
func (m Moment) Actions(ctx context.Context, q authz.Query, after authz.ActionKey, n int) ([]authz.ActionKey, error) {
	asked := q
	found := m.snapshot.Actions(q.Resource, after, n, while(ctx, func(key authz.ActionKey) bool {
		q.Action = key
		return m.snapshot.Decide(q).Allow
	}))
	m.searched(ctx, SearchActions, &asked, string(after), len(found))
	return found, ctx.Err()
}

// searched records a search that came to its end.
func (m Moment) searched(ctx context.Context, kind Kind, q *authz.Query, after string, found int) {
	if ctx.Err() == nil {
		m.listed(kind, q, &List{Found: found, After: after, Rules: true})
	}
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
