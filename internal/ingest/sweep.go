package ingest

import (
	"context"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Sweep goes through everything that a source has, and marks what differs from
// the directory, for the reconciler to look at. It writes nothing itself: what a
// list says may be past by the time it is read.
type Sweep struct {
	Env       authz.EnvID
	Source    string
	Census    Census
	Store     DeliveryStore
	Directory Directory
	Ready     func() bool // whether the source can be listed; always, if nil
	Truth     Source      // asked again about what differs, for proofs
	Proofs    ProofStore
	Attempts  AttemptLog // read with each sweep; nil: the source has no log
	Readings  ReadingStore
	Unsettled func(context.Context) (int, error) // how many subjects wait to be looked at and have not failed
	Wake      func()                             // called after subjects were marked; must not block
	Every     time.Duration                      // between the beginnings of two sweeps
	Log       *slog.Logger

	once  sync.Once
	asked chan struct{}

	mu       sync.Mutex
	progress Progress // guarded by mu
	unkept   []string // guarded by mu; what the last sweep found of roles that is not kept, and why
	told     *count   // guarded by mu; what the last sweep that came to its end was told
}

const (
	// kept is how many things of the directory are compared at a time.
	kept = 500
	// breath is the least time from the end of a sweep to the next.
	breath = 2 * time.Second
)

// Active reports whether the source is swept: it may be connected later.
func (s *Sweep) Active() bool { return s != nil && (s.Ready == nil || s.Ready()) }

func (s *Sweep) init() { s.once.Do(func() { s.asked = make(chan struct{}, 1) }) }

// Ask has a sweep begin soon. It never blocks.
func (s *Sweep) Ask() {
	s.init()
	select {
	case s.asked <- struct{}{}:
	default:
	}
}

// Progress returns how far it is.
func (s *Sweep) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress
}

// Run sweeps at once and then regularly, until ctx ends. A sweep that fails begins
// again after a while. Of several processes on one store each sweeps at its start and
// when it is asked; of the others one makes those that are due.
func (s *Sweep) Run(ctx context.Context) error {
	s.init()
	for {
		if !s.Active() {
			if _, on := s.pause(ctx, s.Every, s.asked); !on {
				return nil
			}
			continue
		}
		started := time.Now()
		if err := s.Once(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("the sweep failed and comes again", "source", s.Source, "error", err)
		} else if err == nil {
			s.settle(ctx, started.Add(s.Every))
		}
		if _, on := s.pause(ctx, breath, nil); !on || !s.rest(ctx, started) {
			return nil
		}
	}
}

// pause waits, at most until early, and reports whether that came and whether to go on.
func (s *Sweep) pause(ctx context.Context, d time.Duration, early <-chan struct{}) (woken, on bool) {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-early:
		woken = true
	}
	return woken, ctx.Err() == nil
}

// rest waits until a sweep is asked for or due, and reports whether to go on. A sweep
// that another process has brought to its end since is as good as one of ours. The next
// is that process's too, and ours only if it has not come to its end a quarter later.
func (s *Sweep) rest(ctx context.Context, started time.Time) bool {
	last := started
	for due := started.Add(s.Every); ; {
		if asked, on := s.pause(ctx, time.Until(due), s.asked); asked || !on {
			return on
		}
		p, err := s.Proof(ctx)
		if err != nil || !p.SweptAt.After(last) {
			return ctx.Err() == nil
		}
		last, due = p.SweptAt, p.SweptAt.Add(s.Every+s.Every/4)
		if latest := time.Now().Add(s.Every + s.Every/4); due.After(latest) {
			due = latest // its clock is ahead of ours
		}
		s.note(func(is *Progress) { is.CompletedAt = p.At })
	}
}

// Once goes through everything once. What differs is marked when it returns nil.
func (s *Sweep) Once(ctx context.Context) error {
	started := time.Now()
	s.note(func(p *Progress) {
		*p = Progress{Phase: "organizations", StartedAt: started, Whole: true, CompletedAt: p.CompletedAt, Took: p.Took, Completed: p.Completed}
	})
	if err := s.Catch(ctx); err != nil && ctx.Err() == nil {
		s.Log.Warn("the log of deliveries cannot be read", "source", s.Source, "error", err)
	}
	err := s.through(ctx)
	s.note(func(p *Progress) {
		p.Phase = ""
		if err != nil {
			p.Error = err.Error()
			return
		}
		p.CompletedAt, p.Took = time.Now(), time.Since(started)
		p.Completed++
	})
	return err
}

func (s *Sweep) note(f func(*Progress)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.progress)
}

// through is the work of a sweep.
func (s *Sweep) through(ctx context.Context) error {
	m, err := s.Directory.Compiled(ctx, s.Env)
	if err != nil {
		return err
	}
	users, organizations, err := s.Census.Size(ctx)
	if err != nil {
		return err
	}
	s.note(func(p *Progress) { p.UsersTotal, p.OrganizationsTotal = users, organizations })
	// Hashes by a fresh seed stand for ids: should two of them meet, they do not
	// meet again in the next sweep.
	c := &count{Sweep: s, mapping: m, seed: maphash.MakeSeed(), organizations: map[uint64]struct{}{}, roles: map[uint64]uint64{}, tally: newTally()}
	if m.HasRules() {
		c.roster = newRoster(c.hash)
	}
	for _, phase := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"templates", c.throughTemplates},
		{"organizations", c.throughOrganizations},
		{"roles", c.throughRoles},
		{"users", c.throughUsers},
		{"kept", c.throughKept},
	} {
		s.note(func(p *Progress) { p.Phase = phase.name })
		if err := phase.run(ctx); err != nil {
			return err
		}
	}
	c.forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = c
	return nil
}

// mark has subjects looked at.
func (s *Sweep) mark(ctx context.Context, work []string) error {
	if len(work) == 0 {
		return nil
	}
	s.note(func(p *Progress) { p.Found += len(work) })
	if err := s.Store.Mark(ctx, work); err != nil {
		return err
	}
	s.Wake()
	return nil
}

func (s *Sweep) markUsers(ctx context.Context, users []authz.UserKey) error {
	return s.mark(ctx, keys(s.Env, s.Source, UserSubject, users))
}

// members goes through the members of one organization, and through those whom
// the directory holds for members. tell, if there is one, is told of them first.
func (s *Sweep) members(ctx context.Context, id string, tell func(string, []authz.Member)) (whole bool, err error) {
	o, seed, seen := authz.Origin{Source: s.Source, ID: id}, maphash.MakeSeed(), map[uint64]struct{}{}
	whole, err = s.Census.Members(ctx, id, func(members []authz.Member) error {
		for _, m := range members {
			seen[maphash.String(seed, string(m.User))] = struct{}{}
		}
		if tell != nil {
			tell(id, members)
		}
		stale, err := s.Directory.StaleMembers(ctx, s.Env, o, members)
		if err != nil {
			return err
		}
		return s.markUsers(ctx, stale)
	})
	for after := authz.UserKey(""); err == nil; {
		var users, gone []authz.UserKey
		users, after, err = s.Directory.Members(ctx, s.Env, o, after, kept)
		for _, u := range users {
			if _, is := seen[maphash.String(seed, string(u))]; !is {
				gone = append(gone, u)
			}
		}
		if err == nil {
			err = s.markUsers(ctx, gone)
		}
		if after == "" {
			break
		}
	}
	return whole, err
}
