package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/sample"
)

// A teller tells the visitor the story, and then, line by line, what happens. It
// carries the webhooks of the stand-in, since they are part of it.
type teller struct {
	mu  sync.Mutex
	out io.Writer
	on  bool   // the story has been told
	app string // address of the sample application
}

// begins tells the story of a running demo.
func (t *teller) begins(r Running) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := r.tell(t.out); err != nil {
		return err
	}
	t.on, t.app = true, r.App
	return nil
}

// line tells of one thing that happened.
func (t *teller) line(who, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.on {
		_, _ = fmt.Fprintf(t.out, "%s  %-12s  %s\n", time.Now().Format("15:04:05"), who, fmt.Sprintf(format, args...))
	}
}

// happened tells what somebody did in the sample application. Names are quoted,
// for people choose them and a terminal obeys what it is sent.
func (t *teller) happened(e sample.Event) {
	switch e.Kind {
	case sample.SignedIn:
		t.line("Reports Inc.", "%q has signed in", e.Person.Name)
	case sample.Shown:
		t.line("Reports Inc.", "%q is shown the reports", e.Person.Name)
	case sample.Refused:
		t.line("Reports Inc.", "%q is refused: %q  %s/reports", e.Person.Name, e.Reason, t.app)
	case sample.SignedOut:
		t.line("Reports Inc.", "%q has signed out", e.Person.Name)
	}
}

// RoundTrip sends a webhook and tells of it.
func (t *teller) RoundTrip(r *http.Request) (*http.Response, error) {
	var hook struct {
		Event  string
		UserID string
		Data   struct{ ID string }
	}
	if body, err := io.ReadAll(r.Body); err == nil {
		_ = json.Unmarshal(body, &hook)
		_ = r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	about := hook.UserID
	if about == "" {
		about = hook.Data.ID
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.line("Logto", "webhook %s about %q: no answer", hook.Event, about)
		return nil, err
	}
	t.line("Logto", "webhook %s about %q: Gatehouse answers %d", hook.Event, about, resp.StatusCode)
	return resp, nil
}
