package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// proofsKept: the last proof and the last reading of each source are kept whole, and
// a delivery is known by what it says, not by its bytes.
func proofsKept(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if p, found, err := s.Proof(ctx, Env, "logto"); found || err != nil {
		t.Errorf("got %+v (%v), want none", p, err)
	}
	if r, err := s.Reading(ctx, Env, "logto"); err != nil || r != (ingest.Reading{}) {
		t.Errorf("got %+v (%v), want none", r, err)
	}
	at := time.Unix(7, 1000).UTC()
	for _, p := range []ingest.Proof{
		{Verdict: ingest.Unsure, Why: "why"},
		{
			Verdict: ingest.Different, SweptAt: at, At: at, LastEqualAt: at, There: ingest.Side{Users: 1, Hash: "a"}, Here: ingest.Side{Roles: 2},
			Total: 2, Differences: []ingest.Difference{{Subject: ingest.Subject{Kind: ingest.UserSubject, ID: "ann"}, Cause: ingest.Differs, Fields: []string{"x"}}},
			Waiting: 1, Waits: []ingest.Wait{{User: "u", Role: "r", Tenant: "t"}}, ChangedSince: 3, Unsettled: 4,
		},
	} {
		if err := s.SaveProof(ctx, Env, "logto", p); err != nil {
			t.Fatal(err)
		}
		got, found, err := s.Proof(ctx, Env, "logto")
		if diff := cmp.Diff(p, got); diff != "" || !found || err != nil {
			t.Errorf("%v (-saved +read)\n%s", err, diff)
		}
	}
	if _, found, _ := s.Proof(ctx, Env, "other"); found {
		t.Error("a proof of one source is taken for another's")
	}
	want := ingest.Reading{At: at, Until: at, Known: true, Tried: 3, Received: 2, Repaired: 1, Error: "e"}
	for _, r := range []ingest.Reading{{Tried: 1}, want} {
		if err := s.SaveReading(ctx, Env, "logto", r); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := s.Reading(ctx, Env, "logto"); err != nil || r != want {
		t.Errorf("got %+v (%v), want %+v", r, err, want)
	}

	d := ingest.Delivery{Digest: "1", Event: "User.Created", Standing: ingest.Live, Subject: ingest.Subject{Kind: ingest.UserSubject, ID: "ann"}, SentAt: at, Body: []byte("{}")}
	if _, err := s.Keep(ctx, Env, "logto", d); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change  func(*ingest.Delivery)
		arrived bool
	}{
		"other bytes":     {func(d *ingest.Delivery) { d.Digest, d.Body = "2", nil }, true},
		"another event":   {func(d *ingest.Delivery) { d.Event = "User.Deleted" }, false},
		"another subject": {func(d *ingest.Delivery) { d.Subject.ID = "bob" }, false},
		"another kind":    {func(d *ingest.Delivery) { d.Subject.Kind = ingest.OrganizationSubject }, false},
		"another time":    {func(d *ingest.Delivery) { d.SentAt = at.Add(time.Millisecond) }, false},
	} {
		other := d
		c.change(&other)
		if arrived, err := s.Arrived(ctx, Env, "logto", other); arrived != c.arrived || err != nil {
			t.Errorf("%s: got %v (%v)", name, arrived, err)
		}
	}
}

// lastKept is of the environment and the source, and whatever came.
func lastKept(t *testing.T, s *store.Store) {
	if at, ok, err := s.LastKept(t.Context(), Env, "logto"); ok || err != nil || !at.IsZero() {
		t.Errorf("before any: got %v %v (%v)", at, ok, err)
	}
	keep(t, s, "d1", ingest.WholeAspect, 1, "")
	first, ok, err := s.LastKept(t.Context(), Env, "logto")
	if err != nil || !ok || time.Since(first).Abs() > time.Minute {
		t.Errorf("got %v %v (%v), want a moment ago", first, ok, err)
	}
	keep(t, s, "d2", ingest.NoAspect, 0, "")
	if last, _, err := s.LastKept(t.Context(), Env, "logto"); err != nil || !last.After(first) {
		t.Errorf("got %v (%v), want a moment after %v", last, err, first)
	}
	if _, ok, err := s.LastKept(t.Context(), Env, "other"); ok || err != nil {
		t.Errorf("another source's are taken for ours (%v)", err)
	}
}
