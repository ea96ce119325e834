package access_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
)

// A pile is a store of requests that can refuse them.
type pile struct {
	access.RequestStore
	refuses bool
	list    []access.Request
	written chan struct{} // told of each write, if it is not nil
}

func (p *pile) AppendRequests(_ context.Context, list []access.Request) error {
	if p.refuses {
		return errors.New("the disk is full")
	}
	p.list = append(p.list, list...)
	if p.written != nil {
		p.written <- struct{}{}
	}
	return nil
}

// TestWhatTheStoreRefusesWaitsAndTheRestIsCounted, and nobody who asks waits for it.
func TestWhatTheStoreRefusesWaitsAndTheRestIsCounted(t *testing.T) {
	t.Parallel()
	p := &pile{refuses: true}
	l := &access.Requests{Store: p}
	const mib = 1 << 20
	for range 20 {
		l.Keep(access.Request{Body: `"` + strings.Repeat("x", mib) + `"`})
	}
	if err := l.Flush(t.Context()); err == nil {
		t.Error("a refusal is not told")
	}
	p.refuses = false
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, missed := l.Counts()
	if int(kept) != len(p.list) || kept+missed != 20 || missed < 3 || kept < 10 {
		t.Errorf("%d are kept, %d counted as kept and %d as missed, want 20 in all and 16 MiB of them kept", len(p.list), kept, missed)
	}
	for _, r := range p.list {
		if len(r.Body) > access.MostKept+40 {
			t.Fatalf("%d bytes are kept", len(r.Body))
		}
	}
	l.Keep(access.Request{Body: `{"secret": "hunter2"}`})
	if err := l.Flush(t.Context()); err != nil || p.list[len(p.list)-1].Body != `{"secret":"[withheld]"}` {
		t.Errorf("got %v (%v): there is no room again, or a secret", p.list[len(p.list)-1].Body, err)
	}
}

// TestRequestsAreWrittenSoonAndAtTheEnd.
func TestRequestsAreWrittenSoonAndAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pile{written: make(chan struct{}, 2)}
		l := &access.Requests{Store: p, Log: slog.New(slog.DiscardHandler)}
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		began := time.Now()
		l.Keep(access.Request{ID: "1"})
		<-p.written
		if took := time.Since(began); len(p.list) != 1 || took > time.Second {
			t.Errorf("%d are written after %v, want one within a second", len(p.list), took)
		}
		l.Keep(access.Request{ID: "2"})
		end()
		if err := <-done; err != nil || len(p.list) != 2 {
			t.Errorf("%d are written (%v), want both", len(p.list), err)
		}
	})
}
