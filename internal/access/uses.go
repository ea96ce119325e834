package access

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// usesEvery is how often Run keeps when keys were used.
const usesEvery = time.Minute

// Run keeps when keys were used last, every minute and when ctx ends: a request
// itself writes nothing.
func (k *Keys) Run(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(usesEvery)
	defer tick.Stop()
	kept := map[authz.ID]int64{}
	for {
		ended := false
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		if err := k.keepUses(context.WithoutCancel(ctx), kept); err != nil {
			log.Error("keep when API keys were used", "error", err)
		}
		if ended {
			return nil
		}
	}
}

// keepUses gives the store what is later than kept, and adds it there.
func (k *Keys) keepUses(ctx context.Context, kept map[authz.ID]int64) error {
	later := map[authz.ID]time.Time{}
	k.uses.Range(func(id, used any) bool {
		if s := used.(*atomic.Int64).Load(); s > kept[id.(authz.ID)] {
			later[id.(authz.ID)] = time.Unix(s, 0).UTC()
		}
		return true
	})
	if len(later) == 0 {
		return nil
	}
	if err := k.Store.Used(ctx, later); err != nil {
		return err
	}
	for id, at := range later {
		kept[id] = at.Unix()
	}
	return nil
}
