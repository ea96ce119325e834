package server

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
)

// How often what is too old is deleted: a look at commits reads few rows, one at
// deliveries all that are old enough.
const (
	forgetEvery = time.Minute
	sweepEvery  = time.Hour
)

// searchIdle is how long memory of searches is kept without one: making it again
// takes a second or two of a million rows.
const searchIdle = 30 * time.Minute

// forget deletes commits, requests and deliveries that are too old, and gives back what
// nobody searches any more, until ctx ends.
func (s *Server) forget(ctx context.Context) error {
	forget, sweep := time.NewTicker(forgetEvery), time.NewTicker(sweepEvery)
	defer forget.Stop()
	defer sweep.Stop()
	s.tidy(ctx, "commits", s.config.History, s.store.Forget)
	s.tidy(ctx, "requests", s.config.History, s.store.ForgetRequests)
	s.tidy(ctx, "deliveries", s.config.Deliveries, s.store.Sweep)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-forget.C:
			s.store.GiveBack(time.Now().Add(-searchIdle))
			s.tidy(ctx, "commits", s.config.History, s.store.Forget)
			s.tidy(ctx, "requests", s.config.History, s.store.ForgetRequests)
		case <-sweep.C:
			s.tidy(ctx, "deliveries", s.config.Deliveries, s.store.Sweep)
		}
	}
}

// tidy deletes what is older than kept, unless that is 0.
func (s *Server) tidy(ctx context.Context, what string, kept time.Duration, remove func(context.Context, time.Time) error) {
	if kept == 0 {
		return
	}
	if err := remove(ctx, time.Now().Add(-kept)); err != nil && ctx.Err() == nil {
		s.config.Log.Error("what is too old is not deleted", "of", what, "error", err)
	}
}

// gaps tells the console what is missing in the decision log; nil if there is none.
func (s *Server) gaps() func(context.Context, authz.EnvID) ([]console.Gap, error) {
	if s.log == nil {
		return nil
	}
	return func(ctx context.Context, env authz.EnvID) ([]console.Gap, error) {
		gaps, err := s.log.Gaps(ctx, env)
		var out []console.Gap
		for _, g := range gaps {
			out = append(out, console.Gap(g))
		}
		return out, err
	}
}

// activity counts decisions for the console; nil if they are not recorded.
func (s *Server) activity() console.Activity {
	if s.log == nil {
		return nil
	}
	return s.log.Activity
}
