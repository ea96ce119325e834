package ingest

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// WorkKind is the kind of the durable work that deliveries cause.
const WorkKind = "reconcile"

// WorkKey is the key of the work on one subject.
func WorkKey(env authz.EnvID, source string, s Subject) string {
	return strings.Join([]string{string(env), source, string(s.Kind), s.ID}, "/")
}

// ParseWorkKey is the reverse of [WorkKey]. Environment ids, source names and
// kinds hold no slash; the rest is the subject's id.
func ParseWorkKey(key string) (env authz.EnvID, source string, s Subject, ok bool) {
	part := strings.SplitN(key, "/", 4)
	if len(part) != 4 {
		return "", "", s, false
	}
	return authz.EnvID(part[0]), part[1], Subject{Kind: SubjectKind(part[2]), ID: part[3]}, true
}

// A DeliveryStore keeps deliveries.
type DeliveryStore interface {
	ArrivalStore

	// Keep keeps d and marks the work dirty, in one transaction that is durable
	// when Keep returns. fresh is false if the same body was kept before: then only
	// a copy is counted.
	Keep(ctx context.Context, env authz.EnvID, source string, d Delivery, work ...string) (fresh bool, err error)
	// Mark marks work dirty, all in one transaction that is durable when it returns.
	Mark(ctx context.Context, work []string) error

	// Latest returns, per aspect of the subject, the Live delivery that states
	// it and has the greatest version, then SentAt, then Digest.
	Latest(ctx context.Context, env authz.EnvID, source string, s Subject) ([]Delivery, error)

	// LastKept returns when the last delivery was kept, whatever its standing; ok is
	// false if none is.
	LastKept(ctx context.Context, env authz.EnvID, source string) (at time.Time, ok bool, err error)
}

// Counts are what an inbox has seen since the process started.
type Counts struct {
	Accepted  int64 // kept, tests and unknown events among them
	Duplicate int64 // the same body again
	Refused   int64 // answered 4xx and not kept
}

// An Inbox takes in the deliveries of one source for one environment. It is safe
// for concurrent use.
type Inbox struct {
	Env    authz.EnvID // empty if there is none
	Source Source
	Store  DeliveryStore
	Wake   func() // called after a delivery caused work; must not block

	accepted, duplicate, refused atomic.Int64
}

// Accept verifies and keeps one delivery. When it returns nil, the delivery and
// the need to look at its subject survive a crash. It returns Unauthorized or
// Invalid for what is no delivery of the source, and then keeps nothing.
//
// Without an environment it returns Unavailable: sources try again.
func (i *Inbox) Accept(ctx context.Context, header http.Header, body []byte) (Delivery, error) {
	if err := i.Source.Verify(header, body); err != nil {
		i.refused.Add(1)
		return Delivery{}, err
	}
	d, err := i.Source.Read(body)
	if err != nil {
		i.refused.Add(1)
		return Delivery{}, err
	}
	if i.Env == "" {
		return Delivery{}, authz.Errorf(authz.Unavailable, "there is no environment for what %s tells", i.Source.Name())
	}
	work := workOf(i.Env, i.Source.Name(), d)
	fresh, err := i.Store.Keep(ctx, i.Env, i.Source.Name(), d, work...)
	switch {
	case err != nil:
		return Delivery{}, err
	case !fresh:
		i.duplicate.Add(1)
	default:
		i.accepted.Add(1)
		if len(work) > 0 {
			i.Wake()
		}
	}
	return d, nil
}

// reconciled reports whether a delivery causes work: users and organizations are
// what a [Reconciler] knows how to look at, and a role that is renamed or deleted
// makes it look at everybody. What is said of others is kept; see [templates].
func reconciled(d Delivery) bool {
	switch d.Subject.Kind {
	case UserSubject, OrganizationSubject:
		return d.Standing == Live
	case RoleSubject, OrgRoleSubject:
		return d.Standing == Live && d.Shared
	case NoSubject, ScopeSubject, OrgScopeSubject, TemplateSubject:
	}
	return false
}

// LastKept returns when the last delivery was kept, also before the process started
// and by others; ok is false if none is.
func (i *Inbox) LastKept(ctx context.Context) (at time.Time, ok bool, err error) {
	return i.Store.LastKept(ctx, i.Env, i.Source.Name())
}

// Refuse counts a request that was turned away before it reached Accept.
func (i *Inbox) Refuse() { i.refused.Add(1) }

// Counts returns what the inbox has seen since the process started.
func (i *Inbox) Counts() Counts {
	return Counts{Accepted: i.accepted.Load(), Duplicate: i.duplicate.Load(), Refused: i.refused.Load()}
}
