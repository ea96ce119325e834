package logtosim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// TestNobodyWaitsForAReceiver: the change returns while the receiver hangs, and
// Flush waits for it or for its context.
func TestNobodyWaitsForAReceiver(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusNoContent)
	rc.open = make(chan struct{})
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	if _, err := s.Create(t.Context(), logtosim.Fields{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() { waited <- s.Flush(ctx) }()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("Flush under a hanging receiver: got %v, want %v", err, context.Canceled)
	}
	if d := s.Deliveries(); len(d) != 1 || d[0].Done {
		t.Errorf("got %+v, want one delivery under way", d)
	}
	close(rc.open)
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := s.Deliveries()[0]; !d.Done || d.Status != http.StatusNoContent || d.Err != nil || d.Event != "User.Created" {
		t.Errorf("got %+v, want User.Created answered with 204", d)
	}
}

// TestOneAttempt: whatever the receiver says, it is asked once.
func TestOneAttempt(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 401, 404, 408, 410, 429, 500, 502, 503, 504} {
		rc := newReceiver(t, status)
		s := newSim(logtosim.Config{WebhookURL: rc.URL})
		if _, err := s.Create(t.Context(), logtosim.Fields{}); err != nil {
			t.Fatal(err)
		}
		rc.one(t, s)
		if d := s.Deliveries()[0]; d.Status != status {
			t.Errorf("got status %d, want %d", d.Status, status)
		}
	}
}

// TestRedirectsLoseTheEvent: a 302 becomes a GET without a body, and counts as
// delivered; a 307 repeats the POST. So does Logto.
func TestRedirectsLoseTheEvent(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{301: "GET", 302: "GET", 307: "POST"} {
		got := make(chan string, 1)
		mux := http.NewServeMux()
		mux.Handle("/from", http.RedirectHandler("/to", status))
		mux.HandleFunc("/to", func(_ http.ResponseWriter, r *http.Request) { got <- r.Method })
		srv := httptest.NewServer(mux)
		t.Cleanup(srv.Close)
		s := newSim(logtosim.Config{WebhookURL: srv.URL + "/from"})
		if _, err := s.Create(t.Context(), logtosim.Fields{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if g := <-got; g != want || s.Deliveries()[0].Status != http.StatusOK {
			t.Errorf("%d: got %s and %+v, want %s and 200", status, g, s.Deliveries()[0], want)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	rc.Close()
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	for _, url := range []string{rc.URL, "not a url", ""} {
		s.SetWebhookURL(url)
		if _, err := s.Create(t.Context(), logtosim.Fields{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := s.Deliveries()
	if len(sent) != 2 {
		t.Fatalf("got %d deliveries, want 2: none without a hook", len(sent))
	}
	for _, d := range sent {
		if !d.Done || d.Err == nil || d.Status != 0 {
			t.Errorf("got %+v, want an error and no status", d)
		}
	}
}

// TestImportIsSilent, as are roles: no webhook tells of either.
func TestImportIsSilent(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	s.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "ann", Name: new("Ann")})
	s.ImportOrganizations(logtosim.Organization{ID: "acme"})
	s.ImportMember("acme", "ann", logtosim.OrganizationRole{ID: "r", Name: "admin"})
	s.GiveRoles("ann", logtosim.Role{ID: "r", Name: "viewer"})
	if n := len(rc.all(t, s)); n != 0 {
		t.Errorf("got %d deliveries, want none", n)
	}
	if u, ok := s.User("ann"); !ok || *u.Name != "Ann" || len(s.Users()) != 1 {
		t.Errorf("got %+v, want the second Ann only", u)
	}
}

// TestManyAtOnce: everything at the same time, under the race detector; every
// change is delivered once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	auth := token(t, s, "all")
	list := recorded(t, "users-list-page1-size2")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				u, err := s.SignUp(t.Context(), logtosim.SignUp{Username: fmt.Sprintf("user_%d_%d", i, j)}) // two deliveries
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.Patch(t.Context(), u.ID, logtosim.Fields{"name": "x"}); err != nil {
					t.Error(err)
				}
				if w := list.call(s, auth); w.Code != http.StatusOK {
					t.Errorf("list: got %d", w.Code)
				}
				s.Deliveries()
			}
		})
	}
	wg.Wait()
	if n := len(rc.all(t, s)); n != 240 {
		t.Errorf("got %d deliveries, want 240", n)
	}
	if n := len(s.Users()); n != 80 {
		t.Errorf("got %d people, want 80", n)
	}
}

// An answerer answers every request without a network.
type answerer int

func (status answerer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: int(status), Body: http.NoBody}, nil
}

// TestTheLastThousand: older deliveries are forgotten.
func TestTheLastThousand(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{WebhookURL: "http://gatehouse.example", Client: &http.Client{Transport: answerer(200)}})
	s.Import(logtosim.User{ID: "ann"})
	for range 500 {
		if _, err := s.Suspend(t.Context(), "ann", true); err != nil {
			t.Fatal(err)
		}
	}
	for range 501 {
		if _, err := s.SignIn(t.Context(), "ann"); err == nil {
			t.Fatal("a suspended user signed in")
		}
		if _, err := s.Patch(t.Context(), "ann", logtosim.Fields{"name": "Ann"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := s.Deliveries()
	if len(sent) != 1000 || sent[498].Event != "User.SuspensionStatus.Updated" || sent[499].Event != "User.Data.Updated" {
		t.Errorf("got %d deliveries, want the last 1000 in order", len(sent))
	}
}
