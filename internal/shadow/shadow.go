package shadow

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

const (
	// reload is how often the settings are read that another process may have changed.
	reload = 5 * time.Second
	// save is how often what is counted is kept.
	save = time.Second
	// lastSave is how long that is tried at the end.
	lastSave = 5 * time.Second
)

// usualDelays are how long an answer that differs is left alone each time before it is
// asked for again: a decision point follows its account within seconds.
var usualDelays = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

// A Shadow compares environments with accounts. It is safe for concurrent use.
type Shadow struct {
	Settings  Settings
	Ledger    Ledger
	Snapshots decision.Snapshots
	// Dial makes the decision point of a setting.
	Dial func(Setting) PDP
	// Mirror tells how far the mirror of an environment is; ok is false if none mirrors it.
	Mirror func(ctx context.Context, env authz.EnvID) (s mirror.Summary, ok bool, err error)
	// Explain explains q as a decision point does, as JSON.
	Explain func(s *engine.Snapshot, q authz.Query) []byte
	Delays  []time.Duration // before each time that an answer is asked for again; nil is the usual
	Log     *slog.Logger

	watches atomic.Pointer[map[authz.EnvID]*watch] // nil if nothing is compared
	wake    chan struct{}
	once    sync.Once

	mu     sync.Mutex // guards totals
	totals Counts     // since the start
}

var _ decision.Witness = (*Shadow)(nil)

// Saw implements [decision.Witness].
func (s *Shadow) Saw(env authz.EnvID, q authz.Query, d authz.Decision, snapshot *engine.Snapshot) {
	all := s.watches.Load()
	if all == nil {
		return
	}
	if w := (*all)[env]; w != nil {
		w.offer(q, d, snapshot)
	}
}

// Reload has the settings read soon.
func (s *Shadow) Reload() {
	select {
	case s.woken() <- struct{}{}:
	default:
	}
}

func (s *Shadow) woken() chan struct{} {
	s.once.Do(func() { s.wake = make(chan struct{}, 1) })
	return s.wake
}

// Run compares until ctx ends.
func (s *Shadow) Run(ctx context.Context) error {
	reloaded, saved := time.NewTicker(reload), time.NewTicker(save)
	defer reloaded.Stop()
	defer saved.Stop()
	running := map[authz.EnvID]*watch{}
	defer func() {
		s.watches.Store(nil)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
		defer cancel()
		for _, w := range running {
			w.end(last)
		}
	}()
	s.take(ctx, running)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-reloaded.C:
			s.take(ctx, running)
		case <-s.woken():
			s.take(ctx, running)
		case <-saved.C:
			for _, w := range running {
				w.save(ctx)
			}
		}
	}
}

// take makes running what the settings say.
func (s *Shadow) take(ctx context.Context, running map[authz.EnvID]*watch) {
	settings, err := s.Settings.Compared(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("which environments are compared is not known", "error", err)
		}
		return
	}
	before := maps.Clone(running)
	for env, w := range before {
		if settings[env] != w.setting {
			delete(running, env)
		}
	}
	for env, setting := range settings {
		if running[env] == nil && setting.Share > 0 {
			running[env] = newWatch(s, env, setting)
			running[env].begin(ctx)
		}
	}
	shown := maps.Clone(running)
	s.watches.Store(&shown)
	if len(shown) == 0 {
		s.watches.Store(nil)
	}
	for env, w := range before {
		if running[env] != w {
			w.end(ctx)
		}
	}
}

// Totals is what was counted since the process started.
func (s *Shadow) Totals() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.totals)
}

func (s *Shadow) count(c Count, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.totals == nil {
		s.totals = Counts{}
	}
	s.totals[c] += n
}

// Forget deletes what was found in an environment: comparing begins anew.
func (s *Shadow) Forget(ctx context.Context, env authz.EnvID) error {
	if w := s.watched(env); w != nil {
		w.drop()
	}
	return s.Ledger.Forget(ctx, env)
}

// watched is the watch of an environment; nil if it is not compared.
func (s *Shadow) watched(env authz.EnvID) *watch {
	if all := s.watches.Load(); all != nil {
		return (*all)[env]
	}
	return nil
}

// Compares reports whether checks of an environment are compared by this process.
func (s *Shadow) Compares(env authz.EnvID) bool { return s.watched(env) != nil }
