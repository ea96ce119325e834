package decision

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Activity counts the checks of env by outcome, step by step from a time on. It reads
// heads of blocks alone: what a block holds counts at the time of its last record.
func (l *Log) Activity(ctx context.Context, env authz.EnvID, from time.Time, step time.Duration, steps int) (allowed, denied []int, err error) {
	if err := l.Flush(ctx); err != nil {
		return nil, nil, err
	}
	allowed, denied = make([]int, steps), make([]int, steps)
	count := func(h Head) bool {
		if i := int(h.Last.Sub(from) / step); i >= 0 && i < steps && !h.Last.Before(from) {
			allowed[i] += h.Allowed
			denied[i] += h.Denied
		}
		return false
	}
	err = l.Blocks.Scan(ctx, env, from, far, count, func(Block) bool { return true })
	return allowed, denied, err
}
