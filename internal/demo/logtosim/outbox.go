package logtosim

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
)

// kept is how many deliveries are remembered.
const kept = 1000

// An outbox remembers deliveries and counts those under way.
type outbox struct {
	mu      sync.Mutex // guards the fields below
	changed *sync.Cond // on mu; flight has gone to zero, or somebody stops waiting
	flight  int
	sent    []*Delivery // oldest first, at most kept
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

// send begins the delivery of an event, if there is a hook, and returns at once.
// The caller holds s.mu.
func (s *Sim) send(event, userID string, body object) {
	if s.webhookURL == "" {
		return
	}
	d := &Delivery{Webhook: s.seal(event, userID, body), At: s.config.Now()}
	o := &s.outbox
	o.mu.Lock()
	o.flight++
	if len(o.sent) == kept {
		o.sent = slices.Delete(o.sent, 0, 1)
	}
	o.sent = append(o.sent, d)
	o.mu.Unlock()
	go s.deliver(s.webhookURL, d)
}

// deliver makes the one attempt there is. It has no context of a caller: the
// change has happened, and Logto tells of it after its caller has gone.
func (s *Sim) deliver(url string, d *Delivery) {
	status, err := s.post(url, d.Webhook)
	if err != nil {
		s.config.Log.Warn("webhook not delivered", "event", d.Event, "user", d.UserID, "err", err)
	}
	o := &s.outbox
	o.mu.Lock()
	defer o.mu.Unlock()
	d.Done, d.Status, d.Err = true, status, err
	if o.flight--; o.flight == 0 {
		o.changed.Broadcast()
	}
}

// post sends one delivery and returns the status of the answer. The answer's
// body does not matter, not even whether it ends.
func (s *Sim) post(url string, w Webhook) (int, error) {
	req, err := w.Request(context.Background(), url)
	if err != nil {
		return 0, err
	}
	resp, err := s.config.Client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()                                       //nolint:errcheck // the answer is in the status
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	return resp.StatusCode, nil
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
