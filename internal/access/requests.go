package access

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Request is a request that wanted to change something, and how it was answered.
type Request struct {
	ID          authz.ID
	At          time.Time // when it came
	Key         authz.ID  // who asked
	Needs       Access    // how much it needed
	Reach       Reach     // what it was about, or as far as its key reaches
	Method      string
	Path        string // without its query
	Status      int
	RequestID   string // as errors and logs name it
	Client      string // the address it came from
	Body        string // as it is kept: see [Kept]; empty if there is none
	Answer      string
	size, taken int // in memory
}

// A Reach is an organization, and a project and an environment in it unless they are
// empty.
type Reach struct {
	Organization authz.ID
	Project      authz.ID
	Environment  authz.EnvID
}

// Reach is as far as the key reaches.
func (k Key) Reach() Reach {
	return Reach{Organization: k.Organization, Project: k.Project, Environment: k.Environment}
}

// A RequestFilter selects requests: any of the values of each non-empty list, all
// lists together.
type RequestFilter struct {
	Within       Reach // of which the requests were
	Projects     []authz.ID
	Environments []authz.EnvID
	Keys         []authz.ID
	Methods      []string
	Paths        []string
	Statuses     []int
	Success      *bool // whether the status is below 400
	Clients      []string
	From, To     time.Time // both included; zero is no bound
}

// A RequestStore keeps requests.
type RequestStore interface {
	// AppendRequests keeps requests, all or none.
	AppendRequests(ctx context.Context, list []Request) error
	// Requests returns requests without their bodies, the latest first: at most
	// limit, behind offset.
	Requests(ctx context.Context, f RequestFilter, offset, limit int) ([]Request, error)
	// CountRequests counts requests, at most to limit.
	CountRequests(ctx context.Context, f RequestFilter, limit int) (int, error)
	// Request returns one with its bodies; ok is false if it is not within.
	Request(ctx context.Context, within Reach, id authz.ID) (r Request, ok bool, err error)
	// Requesters returns the keys that made requests within.
	Requesters(ctx context.Context, within Reach) ([]authz.ID, error)
}

// How the log of requests gathers.
const (
	requestBuffer    = 16 << 20               // bytes of requests that wait to be written
	requestsEvery    = 500 * time.Millisecond // how long one waits at most
	requestsPerWrite = 200                    // in one transaction
	lastRequests     = 10 * time.Second       // how long the log tries to write when it ends
)

// Requests keeps what was asked to be changed. Keeping costs the request a copy of
// its bodies: a writer of its own ([Requests.Run]) takes the secrets out of them and
// stores what has gathered. What does not fit the buffer, since the store cannot
// follow, is counted. It is safe for concurrent use.
type Requests struct {
	Store RequestStore
	Log   *slog.Logger

	mu      sync.Mutex // guards the fields below
	queue   []Request
	waiting int // bytes of queue and of what is being written

	writing      sync.Mutex // held by the one who writes
	kept, missed atomic.Int64
}

// Keep takes a request with its bodies as they came. It never waits for the store.
func (l *Requests) Keep(r Request) {
	r.size = 512 + len(r.Path) + len(r.Body) + len(r.Answer)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting+r.size > requestBuffer {
		l.missed.Add(1)
		return
	}
	l.queue = append(l.queue, r)
	l.waiting += r.size
}

// Run writes what is kept until ctx ends; then it writes the rest.
func (l *Requests) Run(ctx context.Context) error {
	tick := time.NewTicker(requestsEvery)
	defer tick.Stop()
	stuck, told := false, int64(0)
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRequests)
			defer cancel()
			if err := l.Flush(last); err != nil {
				l.Log.Error("the last requests are not kept", "error", err)
			}
			return nil
		case <-tick.C:
		}
		err := l.Flush(ctx)
		if failed := err != nil; failed != stuck && ctx.Err() == nil {
			if stuck = failed; failed {
				l.Log.Error("requests wait to be kept", "error", err)
			} else {
				l.Log.Info("requests are kept again")
			}
		}
		if missed := l.missed.Load(); missed > told {
			l.Log.Error("requests are not kept", "count", missed-told)
			told = missed
		}
	}
}

// Flush writes everything that was kept before it was called. What cannot be written
// stays for the next time.
func (l *Requests) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	queue := l.queue
	l.queue = nil
	l.mu.Unlock()
	for len(queue) > 0 {
		some := queue[:min(len(queue), requestsPerWrite)]
		for i := range some {
			some[i] = some[i].presentable()
		}
		if err := l.Store.AppendRequests(ctx, some); err != nil {
			l.mu.Lock()
			l.queue = append(queue, l.queue...)
			l.mu.Unlock()
			return err
		}
		queue = queue[len(some):]
		l.written(some)
	}
	return nil
}

// written gives back the room of what is written.
func (l *Requests) written(list []Request) {
	l.kept.Add(int64(len(list)))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range list {
		l.waiting -= r.size
	}
}

// Counts returns how many requests are kept and how many could not be, since the
// process started.
func (l *Requests) Counts() (kept, missed int64) { return l.kept.Load(), l.missed.Load() }
