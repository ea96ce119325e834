package decision_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const env = storetest.Env

// world is an environment in which viewers of the tenant t may read doc, and ann
// is one.
type world struct{ snapshot *engine.Snapshot }

func (w world) Snapshot(e authz.EnvID) (*engine.Snapshot, bool) {
	return w.snapshot, e == env || e == "other"
}

func newWorld() world {
	return world{new(engine.Snapshot).With(authz.Commit{Revision: 7, Changes: []authz.Change{
		authz.PutTenant{Tenant: authz.Tenant{Key: "t", ID: "t"}},
		authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "doc", Actions: []authz.Action{{Key: "read"}, {Key: "write"}}}},
		authz.PutRole{Role: authz.Role{Key: "viewer", ID: "viewer", Permissions: []authz.Permission{{Resource: "doc", Action: "read"}}}},
		authz.PutUser{User: authz.User{Key: "ann", ID: "ann"}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "a", User: "ann", Role: "viewer", Tenant: "t", GivenBy: []authz.Giver{authz.ByAPI}}},
	}})}
}

// clock is a clock that goes on by a millisecond whenever it is read.
func clock() func() time.Time {
	var ticks atomic.Int64
	start := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	return func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Millisecond) }
}

func open(t testing.TB, blocks decision.Blocks) *decision.Service {
	t.Helper()
	return &decision.Service{Snapshots: newWorld(), Log: &decision.Log{
		Blocks: blocks, Keep: time.Hour, Now: clock(), Log: slog.New(slog.DiscardHandler),
	}}
}

func all(t testing.TB, s *decision.Service, e authz.EnvID, f decision.Filter) []decision.Record {
	t.Helper()
	var records []decision.Record
	for {
		page, err := s.Log.List(t.Context(), e, f, len(records), 100)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, page.Records...)
		if len(records) >= page.Total {
			return records
		}
	}
}

var asker = decision.Asker{Env: env, Key: "k1", Door: "/allowed"}

func TestARecordIsTheWholeQuestionAndItsAnswer(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.Founded(t))
	values := func(n string) authz.Attributes {
		return authz.Attributes{"n": json.Number(n), "deep": map[string]any{"list": []any{"ü\x00<", true, nil}}}
	}
	q := authz.Query{
		User: "ann", Action: "read", Resource: "doc", Instance: "1:2", Tenant: "t",
		UserAttributes: values("1"), ResourceAttributes: values("1.50"), TenantAttributes: values("1e9"), Context: values("-0"), NoAttributes: true,
	}
	if _, err := s.Check(asker, q); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Explain(decision.Asker{Env: env, Key: "k2", Door: "/kong"}, authz.Query{User: "bob"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Deny(asker, authz.Query{User: "cid"}, engine.NotSynced); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Permissions(asker, engine.PermissionsQuery{User: "ann", Tenants: []authz.TenantKey{}, Types: []authz.ResourceKey{"doc"}}); err != nil {
		t.Fatal(err)
	}
	got := all(t, s, env, decision.Filter{})
	for i, r := range got {
		if again, err := s.Log.Find(t.Context(), env, r.ID); err != nil || !gocmp.Equal(again, r) {
			t.Errorf("record %d: found %+v (%v) by its id, want %+v", i, again, err, r)
		}
		if _, err := s.Log.Find(t.Context(), "other", r.ID); authz.KindOf(err) != authz.NotFound {
			t.Errorf("another environment finds it: %v", err)
		}
		got[i].ID, got[i].At = "", time.Time{}
	}
	want := []decision.Record{
		{Revision: 7, Asker: asker, Kind: decision.Permissions, Query: authz.Query{User: "ann"}, List: &decision.List{Tenants: []authz.TenantKey{}, Types: []authz.ResourceKey{"doc"}}},
		{Revision: 7, Asker: asker, Kind: decision.Check, Query: authz.Query{User: "cid"}, Reason: engine.NotSynced},
		{Revision: 7, Asker: decision.Asker{Env: env, Key: "k2", Door: "/kong"}, Kind: decision.Check, Query: authz.Query{User: "bob"}, Reason: engine.NoSuchResource},
		{Revision: 7, Asker: asker, Kind: decision.Check, Query: q, Allow: true, Reason: engine.Allowed, By: authz.RBAC, Role: "viewer"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFiltersSelectWhatANaiveFilterDoes, over blocks of drawn sizes and several
// environments.
func TestFiltersSelectWhatANaiveFilterDoes(t *testing.T) {
	t.Parallel()
	kept := storetest.Founded(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := kept.Prune(t.Context(), time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			rt.Fatal(err)
		}
		s := open(t, kept)
		pick := func(name, of string) string {
			return string(rapid.SampledFrom([]rune(of)).Draw(rt, name))
		}
		for range rapid.IntRange(1, 40).Draw(rt, "questions") {
			by := decision.Asker{Env: env, Key: authz.ID(pick("key", "kl")), Door: "/allowed"}
			if pick("env", "eeeo") == "o" {
				by.Env = "other"
			}
			q := authz.Query{User: authz.UserKey(pick("user", "abc")), Action: authz.ActionKey(pick("action", "rw")), Resource: "doc", Tenant: authz.TenantKey(pick("tenant", "tu")), Instance: strings.TrimSpace(pick("instance", " 12"))}
			if q.User == "a" && q.Action == "r" {
				q.User, q.Action = "ann", "read"
			}
			var err error
			if pick("kind", "cccl") == "l" {
				_, err = s.UserTenants(by, q.User)
			} else {
				_, err = s.Check(by, q)
			}
			if err != nil {
				rt.Fatal(err)
			}
			if pick("flush", "ynnn") == "y" {
				if err := s.Log.Flush(t.Context()); err != nil {
					rt.Fatal(err)
				}
			}
		}
		everything := all(t, s, env, decision.Filter{})
		var f decision.Filter
		some := func() bool { return rapid.Bool().Draw(rt, "filter") }
		if some() {
			f.Users = []authz.UserKey{"ann", authz.UserKey(pick("by user", "abcz"))}
		}
		if some() {
			f.Resources = [][]string{{"doc"}, {"doc:1"}, {"doc:2", "doc:1"}, {"zip", "doc:"}}[rapid.IntRange(0, 3).Draw(rt, "resources")]
		}
		if some() {
			f.Tenant = authz.TenantKey(pick("by tenant", "tuz"))
		}
		if some() {
			f.Action = authz.ActionKey(rapid.SampledFrom([]string{"r", "w", "read", "z"}).Draw(rt, "by action"))
		}
		if some() {
			allow := rapid.Bool().Draw(rt, "allow")
			f.Allow = &allow
		}
		if some() {
			f.Kinds = []decision.Kind{decision.Check}
		}
		if some() {
			f.Key = authz.ID(pick("by key", "klz"))
		}
		if some() && len(everything) > 0 {
			f.From = everything[rapid.IntRange(0, len(everything)-1).Draw(rt, "from")].At
		}
		if some() && len(everything) > 0 {
			f.To = everything[rapid.IntRange(0, len(everything)-1).Draw(rt, "to")].At
		}
		var want []decision.Record
		for _, r := range everything {
			if naive(f, r) {
				want = append(want, r)
			}
		}
		if diff := gocmp.Diff(want, all(t, s, env, f)); diff != "" {
			rt.Fatalf("%+v (-want +got)\n%s", f, diff)
		}
	})
}

func naive(f decision.Filter, r decision.Record) bool {
	named := len(f.Resources) == 0
	for _, w := range f.Resources {
		named = named || w == string(r.Query.Resource) || r.Query.Instance != "" && w == string(r.Query.Resource)+":"+r.Query.Instance
	}
	return named &&
		(len(f.Users) == 0 || slices.Contains(f.Users, r.Query.User)) &&
		(f.Tenant == "" || f.Tenant == r.Query.Tenant) && (f.Action == "" || f.Action == r.Query.Action) &&
		(f.Key == "" || f.Key == r.Key) && (len(f.Kinds) == 0 || slices.Contains(f.Kinds, r.Kind)) &&
		(f.Allow == nil || r.Kind == decision.Check && *f.Allow == r.Allow) &&
		(f.From.IsZero() || !r.At.Before(f.From)) && (f.To.IsZero() || !r.At.After(f.To))
}

// failing is blocks that fail while it is told to.
type failing struct {
	decision.Blocks
	fails atomic.Bool
}

func (f *failing) Append(ctx context.Context, b []decision.Block) error {
	if f.fails.Load() {
		return errors.New("the disk is full")
	}
	return f.Blocks.Append(ctx, b)
}

func TestWhatTheBufferCannotTakeIsCounted(t *testing.T) {
	t.Parallel()
	f := &failing{Blocks: storetest.Founded(t)}
	s := open(t, f)
	f.fails.Store(true)
	// Much in memory, and little to write.
	long := authz.Attributes{"list": slices.Repeat([]any{map[string]any{}}, 20_000)}
	const n = 100
	for range n {
		if _, err := s.Check(asker, authz.Query{User: "ann", Context: long}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Log.Flush(t.Context()); err == nil {
		t.Fatal("the store fails and the log does not say so")
	}
	_, missed := s.Log.Counts()
	if missed == 0 || missed == n {
		t.Fatalf("missed %d of %d, want some: a bound, and not nothing", missed, n)
	}
	f.fails.Store(false)
	page, err := s.Log.List(t.Context(), env, decision.Filter{}, 0, 1)
	if err != nil || page.Total != n-int(missed) || page.Missed != int(missed) {
		t.Errorf("got %d records and %d missed (%v), want %d and %d", page.Total, page.Missed, err, n-missed, missed)
	}
	if recorded, _ := s.Log.Counts(); recorded != n-missed {
		t.Errorf("%d are counted as recorded, want %d", recorded, n-missed)
	}
	if _, err := s.Check(asker, authz.Query{User: "ann", Context: long}); err != nil {
		t.Fatal(err)
	}
	if page, err := s.Log.List(t.Context(), env, decision.Filter{}, 0, 1); err != nil || page.Total != n-int(missed)+1 {
		t.Errorf("got %d records (%v); the room of what is written is not given back", page.Total, err)
	}
}

func TestTheEndWritesWhatIsLeft(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	kept := storetest.FoundedAt(t, path)
	s := open(t, kept)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Log.Run(ctx) }()
	for range 10 {
		if _, err := s.Check(asker, authz.Query{User: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	after := open(t, storetest.Open(t, path))
	if got := all(t, after, env, decision.Filter{}); len(got) != 10 {
		t.Errorf("got %d records after the end, want 10", len(got))
	}
}

func TestOldBlocksAreDeleted(t *testing.T) {
	t.Parallel()
	kept := storetest.Founded(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &decision.Service{Snapshots: newWorld(), Log: &decision.Log{
		Blocks: kept, Keep: time.Hour, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}}
	for range 3 {
		if _, err := s.Check(asker, authz.Query{User: "ann"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(40 * time.Minute)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := kept.Prune(t.Context(), now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Log.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if got := all(t, s, env, decision.Filter{}); len(got) != 1 {
		t.Errorf("got %d records, want the one of the last hour", len(got))
	}
}

func TestPagesEnd(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.Founded(t))
	const n = decision.MostListed + 500
	for i := range n {
		if _, err := s.Check(asker, authz.Query{User: authz.UserKey(fmt.Sprint("u", i))}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.Log.List(t.Context(), env, decision.Filter{}, decision.MostListed-100, 100)
	if err != nil || page.Total != decision.MostListed || len(page.Records) != 100 {
		t.Fatalf("got %d records of %d (%v)", len(page.Records), page.Total, err)
	}
	if got, want := page.Records[99].Query.User, authz.UserKey(fmt.Sprint("u", n-decision.MostListed)); got != want {
		t.Errorf("the last that can be reached is %s, want %s", got, want)
	}
	if _, err := s.Log.List(t.Context(), env, decision.Filter{}, decision.MostListed-99, 100); !errors.Is(err, decision.ErrFar) {
		t.Errorf("got %v, want ErrFar", err)
	}
	one, err := s.Log.List(t.Context(), env, decision.Filter{Users: []authz.UserKey{"u3"}}, 0, 10)
	if err != nil || one.Total != 1 {
		t.Errorf("got %d (%v), want the one of u3, behind more than can be paged", one.Total, err)
	}
}

// TestEveryoneIsRecordedOnce while many ask and others read.
func TestEveryoneIsRecordedOnce(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.Founded(t))
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- s.Log.Run(ctx) }()
	const askers, each = 8, 1000
	var group sync.WaitGroup
	for i := range askers {
		group.Go(func() {
			for j := range each {
				by := asker
				if j%3 == 0 {
					by.Env = "other"
				}
				if _, err := s.Check(by, authz.Query{User: authz.UserKey(fmt.Sprintf("%d-%d", i, j))}); err != nil {
					t.Error(err)
				}
				if j%500 == 0 {
					if _, err := s.Log.List(t.Context(), env, decision.Filter{}, 0, 10); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	cancel()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	seen, ids := map[authz.UserKey]int{}, map[decision.RecordID]bool{}
	for _, e := range []authz.EnvID{env, "other"} {
		records := all(t, s, e, decision.Filter{})
		for _, r := range records {
			seen[r.Query.User]++
			ids[r.ID] = true
		}
		if !slices.IsSortedFunc(records, func(a, b decision.Record) int { return cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()) }) {
			t.Error("records are not latest first")
		}
	}
	if len(seen) != askers*each || len(ids) != askers*each {
		t.Errorf("%d questions and %d ids are recorded, want %d", len(seen), len(ids), askers*each)
	}
}

var _ decision.Blocks = (*store.Store)(nil)
