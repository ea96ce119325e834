package ingest_test

import (
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestWhatWasTriedAndNeverArrivedIsTakenFromTheLog, once.
func TestWhatWasTriedAndNeverArrivedIsTakenFromTheLog(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	b.sweep.Attempts, b.sweep.Readings = b.reconciler.Source.(*logto.Source), b.store
	read := func(tried, received, repaired int) {
		t.Helper()
		b.ok(b.sim.Flush(t.Context()))
		b.ok(b.sweep.Catch(t.Context()))
		r, err := b.store.Reading(t.Context(), storetest.Env, "logto")
		b.ok(err)
		if !r.Known || r.Tried != tried || r.Received != received || r.Repaired != repaired || r.Error != "" || r.At.IsZero() {
			t.Errorf("got %+v, want %d tried, %d received, %d repaired", r, tried, received, repaired)
		}
	}
	read(0, 0, 0)
	ann, err := b.sim.Create(t.Context(), logtosim.Fields{"username": "ann"})
	b.ok(err)
	bob, err := b.sim.Create(t.Context(), logtosim.Fields{"username": "bob", "name": "<ü &>"})
	b.ok(err)
	first := b.sim.Deliveries()[0]
	_, err = b.inbox.Accept(t.Context(), first.Header, first.Body)
	b.ok(err)
	read(2, 1, 1)
	b.work(0)
	state := b.state()
	if state["user "+ann.ID] == "" || state["user "+bob.ID] == "" {
		t.Errorf("somebody is missing: %v", state)
	}
	read(2, 1, 1)

	b.sim.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Path: "/api/hooks", Status: 403}}})
	if err := b.sweep.Catch(t.Context()); err == nil {
		t.Error("a log that cannot be read is taken for one that was")
	}
	b.ok(b.sim.Delete(t.Context(), bob.ID))
	if r, err := b.store.Reading(t.Context(), storetest.Env, "logto"); err != nil || r.Error == "" || r.Tried != 2 || r.Until.IsZero() {
		t.Errorf("got %+v (%v), want the numbers kept and the failure told", r, err)
	}
	b.sim.SetFaults(logtosim.Faults{})
	read(3, 1, 2)
	b.work(0)
	if b.state()["user "+bob.ID] != "" {
		t.Error("a deletion whose delivery was lost has not come")
	}
}

// TestALogOfSomebodyElseIsNotRead: webhooks that others sign are not ours.
func TestALogOfSomebodyElseIsNotRead(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	source := &logto.Source{SigningKeys: []string{"", "another"}, Client: b.reconciler.Source.(*logto.Source).Client}
	known, err := source.Attempts(t.Context(), time.Time{}, func([]ingest.Attempt) error {
		t.Error("it was read")
		return nil
	})
	if known || err != nil {
		t.Errorf("got %v (%v)", known, err)
	}
}
