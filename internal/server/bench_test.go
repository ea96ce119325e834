package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// latencies collects durations and reports their percentiles.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

func (l *latencies) report(b *testing.B) {
	slices.Sort(l.all)
	at := func(p float64) float64 {
		return float64(l.all[int(p*float64(len(l.all)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.50), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "per-s")
}

// client keeps enough connections open for the benchmarks' callers.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}

func post(b *testing.B, url string, header http.Header, body []byte) []byte {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header = header
	res, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		b.Fatalf("%d %s (%v)", res.StatusCode, out, err)
	}
	return out
}

// BenchmarkWebhook: deliveries verified, kept with their work and flushed to the
// disk, per second, from 32 senders. Users are reconciled at the same time.
func BenchmarkWebhook(b *testing.B) {
	sim, settings := standIn(b)
	h := start(b, b.TempDir(), func(c *server.Config) { c.Logto = settings })
	h.schema()
	hooks := make([]logtosim.Webhook, b.N)
	for i := range hooks {
		hooks[i] = newUser(b, sim, i)
	}
	next := make(chan logtosim.Webhook, b.N)
	for _, w := range hooks {
		next <- w
	}
	close(next)
	var took latencies
	b.ResetTimer()
	var senders sync.WaitGroup
	for range 32 {
		senders.Go(func() {
			for w := range next {
				start := time.Now()
				post(b, h.url+"/hooks/logto", w.Header, w.Body)
				took.add(time.Since(start))
			}
		})
	}
	senders.Wait()
	b.StopTimer()
	took.report(b)
	h.settled()
}

// newUser makes a user in Logto, silently, and returns the webhook of it.
func newUser(b *testing.B, sim *logtosim.Sim, n int) logtosim.Webhook {
	name := fmt.Sprintf("user_%d", n)
	u := logtosim.User{ID: fmt.Sprintf("bench%07d", n), Username: &name}
	sim.Import(u)
	u, _ = sim.User(u.ID)
	w, err := sim.Compose("User.Created", u)
	if err != nil {
		b.Fatal(err)
	}
	return w
}

// BenchmarkDeliveryToDecision: from the moment a webhook is sent to the first
// check that it turned from deny to allow, one after the other. Between them lie
// the inbox, a question to Logto's Management API and the commit.
func BenchmarkDeliveryToDecision(b *testing.B) {
	sim, settings := standIn(b)
	h := start(b, b.TempDir(), func(c *server.Config) { c.Logto = settings })
	h.schema()
	var took latencies
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		w := newUser(b, sim, i)
		b.StartTimer()
		start := time.Now()
		post(b, h.url+"/hooks/logto", w.Header, w.Body)
		for !h.allowed(w.UserID, "view") {
			if time.Since(start) > 10*time.Second {
				b.Fatal("the decision does not change")
			}
		}
		took.add(time.Since(start))
	}
	took.report(b)
}

// BenchmarkSignUpToAllowed: from the sign-up in Logto, whose webhook tells of it, to
// the first check that allows, one after the other.
func BenchmarkSignUpToAllowed(b *testing.B) {
	h, sim := hearing(b)
	var took latencies
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		u, err := sim.SignUp(b.Context(), logtosim.SignUp{Username: fmt.Sprint("user_", i)})
		if err != nil {
			b.Fatal(err)
		}
		h.until(b, u.ID, true)
		took.add(time.Since(start))
	}
	took.report(b)
}

// BenchmarkSuspendedToDenied: from the suspension in Logto to the first check that
// denies.
func BenchmarkSuspendedToDenied(b *testing.B) {
	h, sim := hearing(b)
	var took latencies
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		u, err := sim.SignUp(b.Context(), logtosim.SignUp{Username: fmt.Sprint("user_", i)})
		if err != nil {
			b.Fatal(err)
		}
		h.until(b, u.ID, true)
		h.settled()
		b.StartTimer()
		start := time.Now()
		if _, err := sim.Suspend(b.Context(), u.ID, true); err != nil {
			b.Fatal(err)
		}
		h.until(b, u.ID, false)
		took.add(time.Since(start))
	}
	took.report(b)
}

// hearing is a house that hears of a stand-in by webhook, and looks for nobody.
func hearing(b *testing.B) (*house, *logtosim.Sim) {
	sim, settings := standIn(b)
	h := start(b, b.TempDir(), func(c *server.Config) { c.Logto = settings })
	h.schema()
	sim.SetWebhookURL(h.url + "/hooks/logto")
	return h, sim
}

// until asks until the user may view, or may not.
func (h *house) until(b *testing.B, user string, allow bool) {
	for start := time.Now(); h.allowed(user, "view") != allow; {
		if time.Since(start) > 10*time.Second {
			b.Fatal("the decision does not change")
		}
	}
}

// BenchmarkAllowed: POST /allowed over HTTP from 8 connections, with 10,000 users.
func BenchmarkAllowed(b *testing.B) {
	h := start(b, b.TempDir(), nil)
	h.schema()
	for i := range 10_000 {
		h.must("PUT", fmt.Sprintf("/v2/facts/default/dev/users/u%d", i), object{
			"key": fmt.Sprint("u", i), "role_assignments": []object{{"role": "viewer", "tenant": "default"}},
		}, nil)
	}
	header := http.Header{"Authorization": {"Bearer " + apiKey}, "Content-Type": {"application/json"}}
	var took latencies
	left := make(chan int, b.N)
	for i := range b.N {
		left <- i
	}
	close(left)
	b.ResetTimer()
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for i := range left {
				body := fmt.Appendf(nil, `{"user":{"key":"u%d"},"action":"view","resource":{"type":"reports","tenant":"default"}}`, i%10_000)
				start := time.Now()
				if out := post(b, h.url+"/allowed", header, body); !bytes.Contains(out, []byte(`"allow":true`)) {
					b.Errorf("got %s", out)
				}
				took.add(time.Since(start))
			}
		})
	}
	callers.Wait()
	b.StopTimer()
	took.report(b)
}
