package ingest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// shared is a store of proofs that another process writes to as well.
type shared struct{ swept time.Time }

func (s *shared) SaveProof(context.Context, authz.EnvID, string, Proof) error { return nil }

func (s *shared) Proof(context.Context, authz.EnvID, string) (Proof, bool, error) {
	return Proof{SweptAt: s.swept, At: s.swept.Add(time.Second)}, true, nil
}

// TestASweepOfAnotherProcessIsAsGoodAsOurs: while it comes to its end in time, again
// and again, none begins here; when it does not, one does a quarter later.
func TestASweepOfAnotherProcessIsAsGoodAsOurs(t *testing.T) {
	t.Parallel()
	const every = 4 * time.Minute
	for name, c := range map[string]struct {
		others []time.Duration // after our last, when the other process's sweeps began
		due    time.Duration   // likewise, ours
	}{
		"alone":                 {nil, every},
		"our own proof":         {[]time.Duration{0}, every},
		"an earlier one":        {[]time.Duration{-time.Second}, every},
		"one, and then no more": {[]time.Duration{time.Minute}, time.Minute + every + every/4},
		"one by a fast clock":   {[]time.Duration{time.Hour}, 2*every + every/4},
		"one after the other":   {[]time.Duration{time.Second, time.Minute}, time.Minute + every + every/4},
		"one too late":          {[]time.Duration{every + time.Second}, every},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				proofs := &shared{swept: began.Add(-time.Hour)}
				s := &Sweep{Proofs: proofs, Every: every}
				s.init()
				for _, at := range c.others { // a clock that is ahead is by whole hours
					time.AfterFunc(at%time.Hour, func() { proofs.swept = began.Add(at) })
				}
				if !s.rest(t.Context(), began) || time.Since(began) != c.due {
					t.Errorf("got %v, want %v", time.Since(began), c.due)
				}
				if at := s.Progress().CompletedAt; (len(c.others) > 0 && c.due > every) != !at.IsZero() {
					t.Errorf("got the end of the last sweep at %v", at)
				}
			})
		})
	}
}

// TestASweepThatIsAskedForBegins, whatever others do.
func TestASweepThatIsAskedForBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &Sweep{Proofs: &shared{swept: began.Add(time.Second)}, Every: 2 * time.Minute}
		s.init()
		time.AfterFunc(121*time.Second, s.Ask)
		if !s.rest(t.Context(), began) || time.Since(began) != 121*time.Second {
			t.Errorf("got %v, want a second more than two minutes", time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if s.rest(ctx, time.Now()) {
			t.Error("goes on after its end")
		}
	})
}
