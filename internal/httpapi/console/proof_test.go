package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const logtoAt = "/console/v1/projects/default/envs/dev/logto/"

// TestAProofIsTold: none, one with everything in it, and one after a real sweep.
func TestAProofIsTold(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	sweep := &ingest.Sweep{
		Env: storetest.Env, Source: "logto", Store: s, Directory: a.Directory, Proofs: s, Readings: s, Wake: func() {}, Log: slog.New(slog.DiscardHandler),
		Census: someUsers{}, Unsettled: func(context.Context) (int, error) { return 2, nil },
	}
	a.Sweeps = map[string]*ingest.Sweep{"logto": sweep}
	read := func() (p Proof) {
		w := ask(t, a, storetest.EnvSecret, "GET", logtoAt+"proof", "")
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusOK {
			t.Fatalf("got %d %s (%v)", w.Code, w.Body, err)
		}
		return p
	}
	if p := read(); p.Verdict != ingest.Unsure || p.Why == "" || p.At != nil || p.LastEqualAt != nil {
		t.Errorf("before any sweep: got %+v", p)
	}
	at := time.Unix(1, 0).UTC()
	everything := ingest.Proof{
		Verdict: ingest.Different, SweptAt: at, At: at, LastEqualAt: at, There: ingest.Side{Users: 1, Hash: "ab"}, Total: 3, Waiting: 1, ChangedSince: 4,
		Differences: []ingest.Difference{
			{Subject: ingest.Subject{Kind: ingest.UserSubject, ID: "ann"}, Cause: ingest.Differs, Fields: []string{"suspended"}},
			{Subject: ingest.Subject{Kind: ingest.OrganizationSubject, ID: "acme"}, Cause: ingest.Unreadable, Fields: []string{"logto answered 500"}},
		},
		Waits:   []ingest.Wait{{User: "bob", Role: "ghost", Tenant: "acme"}},
		Failing: 1, Failures: []ingest.Failure{{User: "cid", Expression: "rule staff", Why: "no such key"}},
	}
	if err := s.SaveProof(t.Context(), storetest.Env, "logto", everything); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveReading(t.Context(), storetest.Env, "logto", ingest.Reading{At: at, Known: true, Tried: 3, Received: 2, Repaired: 1}); err != nil {
		t.Fatal(err)
	}
	const want = `"differences":[{"kind":"user","id":"ann","cause":"differs","fields":["suspended"]},{"kind":"organization","id":"acme","cause":"unreadable","fields":["logto answered 500"]}],"waiting_total":1,"waiting":[{"user":"bob","role":"ghost","tenant":"acme"}],"failing_total":1,"failing":[{"user":"cid","expression":"rule staff","why":"no such key"}],"changed_since_sweep":4,"unsettled":0,"delivery_log":{"at":"1970-01-01T00:00:01Z","webhook_found":true,"tried":3,"received":2,"repaired":1,"error":""}`
	if w := ask(t, a, storetest.OrgSecret, "GET", logtoAt+"proof", ""); !strings.Contains(w.Body.String(), want) {
		t.Errorf("got %s, want %s", w.Body, want)
	}
	if w := ask(t, a, storetest.EnvSecret, "POST", logtoAt+"repair", ""); w.Code != http.StatusAccepted || !strings.Contains(w.Body.String(), `"subjects":2`) {
		t.Errorf("got %d %s, want both looked at again", w.Code, w.Body)
	}
	if b, err := s.Backlog(t.Context()); err != nil || b.Waiting != 2 {
		t.Errorf("got %+v (%v), want work for both", b, err)
	}
	if err := sweep.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := sweep.Prove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := read(); p.Verdict != ingest.Different || p.Total != 2 || p.Differences[0].Cause != ingest.MissingHere || p.Unsettled != 2 || p.Logto.Users != 2 {
		t.Errorf("after a sweep: got %+v", p)
	}
	if w := ask(t, a, storetest.EnvSecret, "GET", "/console/v1/status", ""); !strings.Contains(w.Body.String(), `"differences_total":2`) {
		t.Errorf("the status does not tell the proof: %s", w.Body)
	}
}

// TestSweepsBeginWhenAskedFor by whoever may.
func TestSweepsBeginWhenAskedFor(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	for _, r := range [][2]string{{"GET", "proof"}, {"POST", "sweep"}, {"POST", "repair"}} {
		if w := ask(t, a, storetest.EnvSecret, r[0], logtoAt+r[1], ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "GATEHOUSE_LOGTO_ENDPOINT") {
			t.Errorf("%s without a sweep: got %d %s", r, w.Code, w.Body)
		}
		if w := ask(t, a, "wrong", r[0], logtoAt+r[1], ""); w.Code != http.StatusUnauthorized {
			t.Errorf("%s with a wrong key: got %d", r, w.Code)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	swept := make(chan struct{}, 8)
	sweep := &ingest.Sweep{
		Env: storetest.Env, Source: "logto", Store: s, Directory: a.Directory, Proofs: s, Wake: func() {}, Log: slog.New(slog.DiscardHandler),
		Census: told{swept: swept}, Every: time.Hour,
	}
	a.Sweeps = map[string]*ingest.Sweep{"logto": sweep}
	go sweep.Run(ctx) //nolint:errcheck // it ends with ctx
	<-swept
	w := ask(t, a, storetest.EnvSecret, "POST", logtoAt+"sweep", "")
	var started startedRead
	if err := json.Unmarshal(w.Body.Bytes(), &started); err != nil || w.Code != http.StatusAccepted || time.Since(started.AskedAt) > time.Minute {
		t.Errorf("got %d %s (%v)", w.Code, w.Body, err)
	}
	<-swept
}

// told is a source without users that says when it is gone through.
type told struct {
	someUsers
	swept chan<- struct{}
}

func (c told) Users(context.Context, func([]authz.Account) error) (bool, error) {
	c.swept <- struct{}{}
	return true, nil
}
