package logtosim

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// kept is how many deliveries are remembered.
const kept = 1000

// An outbox remembers deliveries and counts those under way.
type outbox struct {
	mu      sync.Mutex // guards the fields below
	changed *sync.Cond // on mu; flight has gone to zero, or somebody stops waiting
	flight  int
	last    chan struct{} // closed when the delivery before the next has ended; nil without order
	sent    []*Delivery   // oldest first, at most kept
}

// Flush waits until no delivery is under way, or until ctx ends, which is its
// error. Deliveries begun meanwhile are waited for too.
func (s *Sim) Flush(ctx context.Context) error {
	o := &s.outbox
	stop := context.AfterFunc(ctx, func() {
		o.mu.Lock() // without it the broadcast could come between the check and the wait
		defer o.mu.Unlock()
		o.changed.Broadcast()
	})
	defer stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.flight > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.changed.Wait()
	}
	return nil
}

// Deliveries returns the last thousand deliveries, oldest first, those under way
// included. The bodies are shared and must not be written to.
func (s *Sim) Deliveries() []Delivery {
	o := &s.outbox
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]Delivery, len(o.sent))
	for i, d := range o.sent {
		list[i] = *d
	}
	return list
}

// send begins the delivery of an event to every hook that asks for it, and
// returns at once. The caller holds s.mu.
func (s *Sim) send(event, userID string, body object) {
	for _, h := range s.hooks {
		if !h.wants(event) {
			continue
		}
		d := &Delivery{Webhook: h.seal(event, userID, body), HookID: h.ID, At: s.config.Now()}
		o := &s.outbox
		o.mu.Lock()
		if len(o.sent) == kept {
			o.sent = slices.Delete(o.sent, 0, 1)
		}
		o.sent = append(o.sent, d)
		o.mu.Unlock()
		s.dispatch(h.Config, d)
	}
}

// dispatch starts a delivery, or does to it what the faults want. The caller
// holds s.mu.
func (s *Sim) dispatch(config hookConfig, d *Delivery) {
	c := s.chaos
	if c.chance(c.faults.Drop) {
		s.outbox.mu.Lock()
		d.Done, d.Lost = true, true
		s.outbox.mu.Unlock()
		return
	}
	copies := 1
	if c.chance(c.faults.Duplicate) {
		copies = 2
	}
	for range copies {
		var wait time.Duration
		if c.faults.Delay > 0 {
			wait = time.Duration(c.rng.Int64N(int64(c.faults.Delay)))
		}
		life := s.life
		start := func() { s.start(life, config, d, wait) }
		if c.chance(c.faults.Hold) {
			c.held = append(c.held, start)
			continue
		}
		start()
	}
}

// start begins one attempt, which ends with life. If deliveries are in order, it
// begins after the one before it has ended.
func (s *Sim) start(life context.Context, config hookConfig, d *Delivery, wait time.Duration) {
	o := &s.outbox
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flight++
	before, ended := o.last, make(chan struct{})
	if s.config.InOrder {
		o.last = ended
	}
	go func() {
		defer close(ended)
		if before != nil {
			<-before
		}
		if wait > 0 {
			select {
			case <-time.After(wait):
			case <-life.Done():
			}
		}
		s.deliver(life, config, d)
	}()
}

// deliver makes one attempt. It has no context of a caller: the change has
// happened, and Logto tells of it after its caller has gone. Of one that a kill
// ends nothing is logged.
func (s *Sim) deliver(life context.Context, config hookConfig, d *Delivery) {
	got := s.post(life, config.URL, d.Webhook)
	if got.err != nil {
		s.config.Log.Warn("webhook not delivered", "event", d.Event, "user", d.UserID, "err", got.err)
	}
	s.mu.Lock()
	if life.Err() == nil {
		s.note(s.logged(d.HookID, d.Event, d.Body, config, got))
	}
	s.mu.Unlock()
	o := &s.outbox
	o.mu.Lock()
	defer o.mu.Unlock()
	d.Done, d.Status, d.Err = true, got.status, got.err
	if o.flight--; o.flight == 0 {
		o.changed.Broadcast()
	}
}

// post sends one delivery and returns what came of it.
func (s *Sim) post(ctx context.Context, url string, w Webhook) answered {
	req, err := w.Request(ctx, url)
	if err != nil {
		return answered{err: err}
	}
	resp, err := s.config.Client.Do(req)
	if err != nil {
		return answered{err: err}
	}
	defer resp.Body.Close() //nolint:errcheck // the answer has been read
	var got answered
	got.read(resp)
	return got
}

// Request returns the delivery as a request to url. Every call makes another, so
// a test can deliver the same bytes twice.
func (w Webhook) Request(ctx context.Context, url string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(w.Body))
	if err != nil {
		return nil, err
	}
	req.Header = w.Header.Clone()
	return req, nil
}
