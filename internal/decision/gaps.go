package decision

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Gap is a time in which answers were given that are not recorded.
type Gap struct {
	From, To time.Time
	Missed   int // answers; others of this time may be recorded
}

// mostGaps is how many gaps are told.
const mostGaps = 10

// Gaps returns the latest gaps of env, latest first, at most ten of them.
func (l *Log) Gaps(ctx context.Context, env authz.EnvID) ([]Gap, error) {
	heads, err := l.Blocks.Gaps(ctx, env, mostGaps)
	if err != nil {
		return nil, err
	}
	var gaps []Gap
	l.mu.Lock()
	if g, there := l.gaps[env]; there { // that the store has not taken yet
		gaps = append(gaps, Gap{From: time.UnixMicro(g.first).UTC(), To: time.UnixMicro(g.last).UTC(), Missed: g.n})
	}
	l.mu.Unlock()
	for _, h := range heads {
		gaps = append(gaps, Gap{From: h.First, To: h.Last, Missed: h.Missed})
	}
	return gaps[:min(len(gaps), mostGaps)], nil
}
