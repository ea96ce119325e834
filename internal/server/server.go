package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/work"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// A Server is the whole house.
type Server struct {
	config   Config
	lock     *flock.Flock
	store    *store.Store
	master   access.Master
	source   *logto.Source
	listener net.Listener
	opa      net.Listener          // nil if there is none
	kong     []permitpdp.KongRoute // nil if Kong is refused

	keys      *access.Keys
	sessions  *access.Sessions
	directory *directory.Directory
	workspace *workspace.Workspace
	follower  *feed.Follower
	decisions *decision.Service
	log       *decision.Log // nil if decisions are not recorded
	requests  *access.Requests
	inbox     *ingest.Inbox
	runner    *work.Runner
	sweep     *ingest.Sweep     // nil if the source is not swept
	newcomers *ingest.Newcomers // nil if nobody is looked for who is not known
	remapper  *ingest.Remapper  // nil if there is no environment to map into
	account   *permitapi.Client // nil if nothing is mirrored
	mirror    *mirror.Mirror    // likewise
	shadow    *shadow.Shadow
	ready     atomic.Bool
}

// reconcilers is how many subjects are looked at at once.
const reconcilers = 8

// drain is how long requests in flight have when the server stops.
const drain = 10 * time.Second

// New opens the database and the listener. The caller must call Run, which
// closes them.
func New(ctx context.Context, c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	source, err := c.source()
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, source: source}
	if s.account, err = c.Mirror.account(); err != nil {
		return nil, err
	}
	if s.kong, err = c.kongRoutes(); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// open takes the data directory, opens the database and listens.
func (s *Server) open(ctx context.Context) error {
	c := s.config
	if c.Database == "" {
		if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
		s.lock = flock.New(filepath.Join(c.DataDir, "gatehouse.lock"))
		if ok, err := s.lock.TryLock(); err != nil || !ok {
			return errors.Join(fmt.Errorf("data directory %s is in use by another process", c.DataDir), err)
		}
	}
	var err error
	if s.store, err = store.Open(ctx, c.databaseURL(), time.Now); err != nil {
		return err
	}
	if s.lock != nil { // the only process: what a crash left leased is free
		if err := s.store.Release(ctx); err != nil {
			return err
		}
	}
	// The address comes before the first start's keys: those are shown only once.
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	if c.OPAListen != "" {
		if s.opa, err = new(net.ListenConfig).Listen(ctx, "tcp", c.OPAListen); err != nil {
			return fmt.Errorf("listen on %s: %w", c.OPAListen, err)
		}
	}
	master, err := c.master()
	if err != nil {
		return err
	}
	s.master = master
	s.wire(master)
	if err := found(ctx, s.store, s.workspace, c); err != nil {
		return err
	}
	if err := s.administrator(ctx); err != nil {
		return err
	}
	return s.furnish(ctx)
}

// furnish gives what is there already what this version wants, and the source the
// environment it feeds: the oldest, which is the one that the first start made.
func (s *Server) furnish(ctx context.Context) error {
	envs, err := s.store.Environments(ctx)
	if err != nil {
		return err
	}
	owned := map[authz.ID]bool{}
	for _, e := range envs {
		if owned[e.Organization] {
			continue
		}
		owned[e.Organization] = true
		if err := s.workspace.Own(ctx, e.Organization); err != nil {
			return err
		}
	}
	var fed authz.EnvID
	if len(envs) > 0 {
		fed = envs[0].ID
	}
	s.feed(fed)
	s.reflect(fed)
	return s.reconnect(ctx)
}

// wire connects the rooms.
func (s *Server) wire(master access.Master) {
	s.keys, s.sessions = &access.Keys{Store: s.store}, &access.Sessions{Store: s.store}
	s.requests = &access.Requests{Store: s.store, Log: s.config.Log}
	s.follower = &feed.Follower{Source: s.store, Log: s.config.Log}
	if s.config.DecisionLog > 0 {
		s.log = &decision.Log{Blocks: s.store, Keep: s.config.DecisionLog, Log: s.config.Log}
	}
	s.decisions = &decision.Service{Snapshots: s.follower, Waiter: s.follower, Log: s.log}
	s.overshadow()
	s.directory = &directory.Directory{Store: s.store, Follower: s.follower, Past: s.store, Readable: engine.CompileConditions, ReadablePattern: engine.CompileURLPattern}
	s.workspace = &workspace.Workspace{
		Store: s.store, Follower: s.follower, Keys: s.keys, Master: master, Fresh: directory.Fresh, NewID: directory.NewID,
	}
}

// feed connects the source; env is where its users go.
func (s *Server) feed(env authz.EnvID) {
	s.workspace.Fed.Environment, s.workspace.Fed.Source = env, s.source.Name()
	s.workspace.Fed.Active = func() bool { return len(s.source.Keys()) > 0 || s.source.API() != nil }
	reconciler := &ingest.Reconciler{
		Env: env, Source: s.source, Store: s.store, Directory: s.directory, First: s.config.onboarding(),
	}
	s.runner = &work.Runner{
		Queue: s.store, Workers: reconcilers, Log: s.config.Log,
		Do:    func(ctx context.Context, it work.Item) error { return reconciler.Run(ctx, it.Key) },
		Limit: func(it work.Item) time.Duration { return ingest.Limit(it.Key) },
	}
	if env != "" {
		reconciler.Sweep = &ingest.Sweep{
			Env: env, Source: s.source.Name(), Census: logto.Census{Source: s.source}, Ready: s.reachable, Store: s.store, Directory: s.directory,
			Truth: s.source, Proofs: s.store, Unsettled: s.unsettled, Attempts: s.source, Readings: s.store,
			Wake: s.runner.Wake, Every: s.config.Logto.SweepEvery, Log: s.config.Log,
		}
		if s.config.Logto.SweepEvery > 0 {
			s.sweep = reconciler.Sweep
		}
		s.lookFor(reconciler)
		s.remapper = &ingest.Remapper{Reconciler: reconciler, Sweeping: s.sweep != nil, Wake: s.runner.Wake}
	}
	s.inbox = &ingest.Inbox{Env: env, Source: s.source, Store: s.store, Wake: s.runner.Wake}
}

// reachable reports whether Logto can be asked.
func (s *Server) reachable() bool { return s.source.API() != nil }

// lookFor has users looked for whom the environment does not know, if it is wanted.
func (s *Server) lookFor(reconciler *ingest.Reconciler) {
	if s.config.Logto.JIT == 0 {
		return
	}
	s.newcomers = &ingest.Newcomers{
		Reconciler: reconciler, Limit: s.config.Logto.JIT, AtOnce: s.config.Logto.JITAtOnce,
		Plausible: func(u authz.UserKey) bool { return s.reachable() && logto.MayBeUser(u) }, Wake: s.runner.Wake, Log: s.config.Log,
	}
	s.decisions.Newcomers = s.newcomers
}

// unsettled is how many subjects wait to be looked at, without those that have
// failed: these may wait for long.
func (s *Server) unsettled(ctx context.Context) (int, error) {
	b, err := s.store.Backlog(ctx)
	return b.Waiting - b.Failing, err
}

// Addr is the address the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// OPAAddr is the address of the second listener, empty if there is none.
func (s *Server) OPAAddr() string {
	if s.opa == nil {
		return ""
	}
	return s.opa.Addr().String()
}

// Run serves until ctx ends, lets what is in flight finish, and closes
// everything. Webhooks are taken from the first moment; everything else answers
// 503 until the engine has loaded.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.close()) }()
	s.greet()
	doors := s.doors()
	group, ctx := errgroup.WithContext(ctx)
	var webs []*http.Server
	watch := newWatch(allowedTimes, time.Second)
	serve := func(l net.Listener, h http.Handler) {
		web := &http.Server{Handler: h, ConnState: watch.turn, MaxHeaderBytes: 64 << 10}
		webs = append(webs, web)
		group.Go(func() error {
			if err := web.Serve(watch.listener(l)); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	}
	serve(s.listener, s.handler(doors))
	if s.opa != nil {
		serve(s.opa, s.opaHandler(doors))
	}
	// Work goes on until the last request has been answered.
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error {
		defer stopWork()
		<-ctx.Done()
		s.ready.Store(false)
		drained, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		return shutdown(drained, webs)
	})
	group.Go(func() error {
		watch.run(working)
		return nil
	})
	group.Go(func() error { return s.follow(ctx, working) })
	group.Go(func() error { return s.requests.Run(working) })
	if s.log != nil {
		group.Go(func() error { return s.log.Run(working) })
	}
	return group.Wait()
}

// shutdown lets what is in flight finish on all listeners at once, until ctx ends.
func shutdown(ctx context.Context, webs []*http.Server) error {
	var group errgroup.Group
	for _, web := range webs {
		group.Go(func() error {
			if err := web.Shutdown(ctx); err != nil {
				return errors.Join(fmt.Errorf("requests in flight did not finish within %v", drain), web.Close())
			}
			return nil
		})
	}
	return group.Wait()
}

// follow loads the engine and then keeps it current and reconciles.
func (s *Server) follow(ctx, working context.Context) error {
	start := time.Now()
	if err := s.follower.Load(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("load the engine: %w", err)
	}
	s.ready.Store(ctx.Err() == nil)
	s.config.Log.Info("ready", "address", s.Addr(), "load", time.Since(start)) // whoever reads it may ask at once
	group, working := errgroup.WithContext(working)
	group.Go(func() error { return s.follower.Run(working) })
	group.Go(func() error { return s.runner.Run(working) })
	group.Go(func() error { return s.keys.Run(working, s.config.Log) })
	if s.sweep != nil {
		group.Go(func() error { return s.sweep.Run(working) })
	}
	if s.mirror != nil {
		group.Go(func() error { return s.mirror.Run(working) })
	}
	group.Go(func() error { return s.shadow.Run(working) })
	group.Go(func() error { return s.forget(working) })
	group.Go(func() error { return s.readAhead(working) })
	group.Go(func() error {
		if err := s.store.RememberAll(working); err != nil && working.Err() == nil {
			s.config.Log.Error("the history of earlier versions is not complete", "error", err)
		}
		return nil
	})
	return group.Wait()
}

// greet says in the log what the settings amount to.
func (s *Server) greet() {
	log := s.config.Log
	if len(s.source.Keys()) == 0 {
		log.Warn("no webhook is accepted: GATEHOUSE_LOGTO_SIGNING_KEY is not set")
	}
	if s.inbox.Env == "" {
		log.Warn("no webhook is accepted: there is no environment; create one and start again")
	}
	mode := "management-api"
	if s.source.API() == nil {
		mode = "payloads-only"
	}
	log.Info("listening", "address", s.Addr(), "logto", mode, "sweep_every", s.config.Logto.SweepEvery)
	if s.opa != nil {
		log.Info("listening for questions to the policy", "address", s.OPAAddr())
	}
}

func (s *Server) close() error {
	var errs []error
	for _, l := range []net.Listener{s.listener, s.opa} {
		if l == nil {
			continue
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}
