package server

import (
	"context"
	"time"
)

// How often what lists keep in memory is made equal to the present, and how much of the
// time that may take: where commits come fast it rests longer.
const (
	readAheadEvery = 20 * time.Second
	readAheadRests = 30 // times as long as it took
)

// readAhead reads what the first search of a large list would wait for, until ctx ends.
func (s *Server) readAhead(ctx context.Context) error {
	for {
		start := time.Now()
		if err := s.store.ReadAhead(ctx); err != nil && ctx.Err() == nil {
			s.config.Log.Error("lists are not read ahead: the first to search a large one waits for it", "error", err)
		}
		rest := time.NewTimer(max(readAheadEvery, readAheadRests*time.Since(start)))
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil
		case <-rest.C:
		}
	}
}
