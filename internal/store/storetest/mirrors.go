package storetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

const otherAccount = "https://api.example.com other"

var wanted = mirror.Wanted{Schema: true, Instances: true}

// due is everything that is marked and due, by kind and key.
func due(t *testing.T, s *store.Store) []mirror.Mark {
	t.Helper()
	later := time.Now().Add(time.Hour)
	list, _, err := s.Mirrors().Due(t.Context(), Env, later)
	if err != nil {
		t.Fatal(err)
	}
	var all []mirror.Mark
	for _, b := range list {
		marks, err := s.Mirrors().Take(t.Context(), Env, b.Kind, b.Gone, later, time.Time{}, 100_000)
		if err != nil || len(marks) != b.N {
			t.Fatalf("took %d of %+v (%v)", len(marks), b, err)
		}
		all = append(all, marks...)
	}
	return all
}

// everythingIsMarked: a mirror that begins marks each thing there is, by the name that
// its change has, and reads each as it was put; commits mark what they did, and what
// went with that.
func everythingIsMarked(t *testing.T, s *store.Store) {
	rng := rand.New(rand.NewPCG(rand.Uint64(), 5))
	for step := 0; step < 300 || step < 3000 && len(Tables(t, s)) < 40; step++ { // until there is something to see
		_, _ = s.Commit(t.Context(), Env, "test", randomPlan(rng))
	}
	p, err := s.Mirrors().Begin(t.Context(), Env, "account", wanted)
	if err != nil {
		t.Fatal(err)
	}
	want := map[mirror.Thing]authz.Change{}
	suspended := map[authz.UserKey]bool{}
	for _, c := range Tables(t, s) {
		if put, ok := c.(authz.PutUser); ok {
			suspended[put.User.Key] = put.User.Suspended
		}
		if thing := mirror.Named(c); wanted.Has(thing) {
			want[thing] = c
		}
	}
	got := map[mirror.Thing]authz.Change{}
	for _, mark := range due(t, s) {
		is, err := s.Present(t.Context(), Env, []mirror.Thing{mark.Thing})
		if err != nil {
			t.Fatal(err)
		}
		got[mark.Thing] = is[0]
		if put, ok := want[mark.Thing].(authz.PutAssignment); ok && suspended[put.Assignment.User] {
			want[mark.Thing] = nil // what a suspended user holds is not there
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-tables +marked)\n%s", diff)
	}
	followed(t, s, p.Cursor, want)
}

// followed: what a commit takes away is touched, with what goes with it.
func followed(t *testing.T, s *store.Store, cursor authz.Revision, things map[mirror.Thing]authz.Change) {
	t.Helper()
	commit(t, s, authz.PutTenant{Tenant: authz.Tenant{Key: "leaving", ID: "leaving", Name: "Leaving"}},
		authz.PutUser{User: authz.User{Key: "guest", ID: "guest"}}, authz.PutRole{Role: authz.Role{Key: "visitor", ID: "visitor", Name: "Visitor"}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "visit", User: "guest", Role: "visitor", Tenant: "leaving", GivenBy: []authz.Giver{authz.ByAPI}}})
	rev := commit(t, s, authz.DeleteTenant{Key: "leaving"})
	touched, upTo, err := s.Touched(t.Context(), Env, rev-1)
	want := []mirror.Touch{{Thing: mirror.Thing{Kind: mirror.Tenant, Key: "leaving"}, Gone: true}, {Thing: mirror.Thing{Kind: mirror.Assignment, Key: "guest/visitor/leaving"}, Gone: true}}
	if err != nil || upTo != rev || !cmp.Equal(touched, want) {
		t.Errorf("got %+v up to %d (%v), want %+v up to %d", touched, upTo, err, want, rev)
	}
	if touched, upTo, err := s.Touched(t.Context(), Env, rev); len(touched) > 0 || upTo != rev || err != nil {
		t.Errorf("after the last commit: got %+v, %d (%v)", touched, upTo, err)
	}
	if err := s.Mirrors().Follow(t.Context(), Env, touched, upTo); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Mirrors().Begin(t.Context(), Env, "account", wanted); err != nil || p.Cursor != rev {
		t.Errorf("got %+v (%v), want to go on at %d", p, err, rev)
	}
	if held, err := s.HeldBy(t.Context(), Env, []string{"guest"}); len(held) != 0 || err != nil {
		t.Errorf("got %v (%v), want nothing held", held, err)
	}
	if err := s.Forget(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Touched(t.Context(), Env, cursor); !errors.Is(err, mirror.ErrForgotten) {
		t.Errorf("of commits that are not kept: got %v, want ErrForgotten", err)
	}
	if len(things) < 20 {
		t.Errorf("only %d things were there", len(things))
	}
}

// mirrorsKept: what is known of an account is kept by account; marks are settled unless
// they were made again; letters come back when asked for.
func mirrorsKept(t *testing.T, s *store.Store) {
	m, ctx := s.Mirrors(), t.Context()
	ann, bob := mirror.Thing{Kind: mirror.User, Key: "ann"}, mirror.Thing{Kind: mirror.User, Key: "bob"}
	if _, err := m.Begin(ctx, Env, "account", mirror.Wanted{}); err != nil {
		t.Fatal(err)
	}
	made := mirror.Made{Thing: ann, State: mirror.Mine, Digest: "d", ID: "i", Suspended: true, At: time.Unix(9, 0).UTC()}
	for range 2 { // the same again changes nothing
		if err := m.Settle(ctx, Env, "account", []mirror.Made{made}, due(t, s)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := m.Made(ctx, Env, "account", []mirror.Thing{ann, bob})
	if diff := cmp.Diff(map[mirror.Thing]mirror.Made{ann: made}, got); diff != "" || err != nil {
		t.Errorf("%v (-kept +read)\n%s", err, diff)
	}
	if got, err := m.Made(ctx, Env, otherAccount, []mirror.Thing{ann}); len(got) != 0 || err != nil {
		t.Errorf("of another account: got %v (%v)", got, err)
	}
	if left := due(t, s); len(left) != 0 {
		t.Errorf("got %+v, want nothing left", left)
	}

	mark := func() mirror.Mark {
		if err := m.Follow(ctx, Env, []mirror.Touch{{Thing: ann}}, 1); err != nil {
			t.Fatal(err)
		}
		return due(t, s)[0]
	}
	first := mark()
	again := mark()
	if err := m.Settle(ctx, Env, "account", nil, []mirror.Mark{first}); err != nil {
		t.Fatal(err)
	}
	if left := due(t, s); len(left) != 1 || left[0].Generation != again.Generation {
		t.Errorf("got %+v, want the mark that was made again", left)
	}
	again.Dead, again.Reason = true, mirror.Conflict+"why"
	if err := m.Settle(ctx, Env, "account", nil, []mirror.Mark{again}); err != nil {
		t.Fatal(err)
	}
	letters, err := m.Letters(ctx, Env, mirror.Thing{}, 10)
	if err != nil || len(letters) != 1 || letters[0].Reason != again.Reason || len(due(t, s)) != 0 {
		t.Errorf("got %+v (%v), want one letter", letters, err)
	}
	sum, err := m.Summary(ctx, Env)
	if err != nil || sum.Dead != 1 || sum.Conflicts != 1 || sum.Waiting != 0 || sum.Made[mirror.User] != 1 || sum.Head != 1 || sum.Account != "account" {
		t.Errorf("got %+v (%v)", sum, err)
	}
	for _, c := range []struct {
		things []mirror.Thing
		want   int
	}{{[]mirror.Thing{bob}, 0}, {[]mirror.Thing{ann}, 1}, {nil, 0}} {
		if n, err := m.Revive(ctx, Env, c.things); n != c.want || err != nil {
			t.Errorf("%v: revived %d (%v), want %d", c.things, n, err, c.want)
		}
	}
	if _, err := m.Begin(ctx, Env, otherAccount, mirror.Wanted{}); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(due(t, s), func(k mirror.Mark) bool { return k.Thing == ann }) {
		t.Error("what was made in one account is looked for in another")
	}
	contenders(t, m)
}

// contenders: one at a time.
func contenders(t *testing.T, m *store.Mirrors) {
	t.Helper()
	now := time.Now()
	for _, c := range []struct {
		owner string
		at    time.Duration
		want  bool
	}{{"a", 0, true}, {"b", 1, false}, {"a", 2, true}, {"b", time.Minute, false}, {"b", 2 * time.Minute, true}, {"a", 2 * time.Minute, false}} {
		if held, err := m.Hold(t.Context(), Env, c.owner, now.Add(c.at), time.Minute); held != c.want || err != nil {
			t.Errorf("%s after %v: got %v (%v), want %v", c.owner, c.at, held, err, c.want)
		}
	}
}

// restsKept: of what an account wanted, the latest time counts, and for that account.
func restsKept(t *testing.T, s *store.Store) {
	m, ctx := s.Mirrors(), t.Context()
	at := time.UnixMicro(1_700_000_000_000_000).UTC()
	for _, until := range []time.Time{at, at.Add(time.Minute), at.Add(time.Second)} {
		if err := m.Rest(ctx, Env, "one", until); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := m.Rested(ctx, Env, "one"); err != nil || !got.Equal(at.Add(time.Minute)) {
		t.Errorf("got %s (%v), want the latest", got, err)
	}
	if got, err := m.Rested(ctx, Env, "two"); err != nil || !got.IsZero() {
		t.Errorf("of another account: got %s (%v)", got, err)
	}
}
