package decision_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// moving are blocks that are merged by another process whenever they are looked
// through.
type moving struct {
	decision.Blocks
	before func()
}

func (m *moving) Scan(ctx context.Context, e authz.EnvID, from, to time.Time, want func(decision.Head) bool, yield func(decision.Block) bool) error {
	if m.before != nil {
		m.before()
	}
	return m.Blocks.Scan(ctx, e, from, to, want, yield)
}

func count(t *testing.T, b decision.Blocks) (blocks, records int) {
	t.Helper()
	for _, e := range []authz.EnvID{env, "other"} {
		err := b.Scan(t.Context(), e, time.UnixMicro(0), time.Now().AddDate(1, 0, 0), func(h decision.Head) bool {
			blocks, records = blocks+1, records+h.Allowed+h.Denied+h.Lists
			return false
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	return blocks, records
}

// TestMergedBlocksReadAsBefore: whatever was asked, by several processes, at whatever
// distance in time, each listing, page and record is the same after the merging, and
// while it goes on.
func TestMergedBlocksReadAsBefore(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 4))
	blocks := &moving{Blocks: storetest.Founded(t)}
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	process := func() *decision.Service {
		return &decision.Service{Snapshots: newWorld(), Log: &decision.Log{
			Blocks: blocks, Keep: 100 * 24 * time.Hour, Now: func() time.Time { return at }, Log: slog.New(slog.DiscardHandler),
		}}
	}
	services := []*decision.Service{process(), process()}
	const rounds = 600
	for range rounds {
		s := services[rng.IntN(20)/19] // mostly one of them
		for range 1 + rng.IntN(3) {
			by := decision.Asker{Env: []authz.EnvID{env, env, "other"}[rng.IntN(3)], Key: authz.ID(fmt.Sprint("k", rng.IntN(3))), Door: "/allowed"}
			at = at.Add(time.Duration(rng.IntN(1000)) * time.Microsecond)
			q := authz.Query{User: authz.UserKey([]string{"ann", "bob", fmt.Sprint("u", rng.IntN(50))}[rng.IntN(3)]), Action: "read", Resource: "doc", Tenant: "t"}
			if rng.IntN(9) == 0 {
				q.Context = authz.Attributes{"n": fmt.Sprint(rng.IntN(9))}
			}
			if _, err := s.Check(by, q); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Duration(rng.IntN(20)) * time.Second)
		if rng.IntN(100) == 0 {
			at = at.Add(2 * time.Hour)
		}
	}
	deny := false
	filters := []decision.Filter{{}, {Users: []authz.UserKey{"ann", "u7"}}, {Allow: &deny}, {Key: "k1"}, {From: at.Add(-3 * time.Hour), To: at.Add(-time.Hour)}}
	s := services[0]
	read := func() (got [][]decision.Record) {
		t.Helper()
		for _, f := range filters {
			got = append(got, all(t, s, env, f), all(t, s, "other", f))
		}
		return got
	}
	want := read()
	were, records := count(t, blocks)
	at = at.Add(time.Minute) // the youngest are left alone
	compact := func() {
		t.Helper()
		if err := services[1].Log.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	blocks.before = func() { // each reading of several steps has one in between
		blocks.before = nil
		compact()
	}
	if diff := gocmp.Diff(want, read()); diff != "" {
		t.Errorf("while it goes on (-want +got)\n%s", diff)
	}
	for range 3 {
		at = at.Add(time.Hour)
		compact()
		if diff := gocmp.Diff(want, read()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	for _, r := range want[0][:20] {
		if again, err := s.Log.Find(t.Context(), env, r.ID); err != nil || !gocmp.Equal(again, r) {
			t.Errorf("found %+v (%v), want %+v", again, err, r)
		}
	}
	are, still := count(t, blocks)
	if still != records || are > were/5 {
		t.Errorf("got %d blocks of %d records, want few of the %d blocks of %d", are, still, were, records)
	}
}

// TestARecordThatMovesWhileItIsReadIsFound: the block in which a search found it is
// merged before it is read.
func TestARecordThatMovesWhileItIsReadIsFound(t *testing.T) {
	t.Parallel()
	blocks := &moving{Blocks: storetest.Founded(t)}
	s := open(t, blocks)
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	s.Log.Now = func() time.Time { return now }
	for range 20 {
		now = now.Add(time.Second)
		if _, err := s.Check(asker, authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "t"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Hour)
	scans := 0
	blocks.before = func() {
		if scans++; scans == 2 {
			if err := s.Log.Compact(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	if got := all(t, s, env, decision.Filter{}); len(got) != 20 {
		t.Errorf("got %d records, want 20", len(got))
	}
	if n, _ := count(t, blocks); n != 1 || scans < 3 {
		t.Errorf("got %d blocks after %d scans; the test proves nothing", n, scans)
	}
}
