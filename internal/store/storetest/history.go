package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

func history(t *testing.T, s *store.Store, f directory.HistoryFilter) []directory.Entry {
	t.Helper()
	var all []directory.Entry
	for {
		page, err := s.History(t.Context(), []authz.EnvID{Env}, f, directory.Page{Offset: len(all), Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page...); len(page) < 500 {
			break
		}
	}
	for _, most := range []int{1, len(all), 1 << 20} {
		if n, err := s.HistoryCount(t.Context(), []authz.EnvID{Env}, f, most); n != min(most, len(all)) || err != nil {
			t.Errorf("counted %d up to %d (%v), want %d", n, most, err, len(all))
		}
	}
	return all
}

// historyEndsInTables: what the history says last of each thing, with what
// deletions took, is what the tables hold.
func historyEndsInTables(t *testing.T, s *store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	for range 400 {
		_, _ = s.Commit(t.Context(), Env, "test", randomPlan(rng))
	}
	want := map[string]authz.Change{}
	for _, c := range Tables(t, s) {
		kind, key, _ := directory.NameOf(c)
		want[kind+" "+key] = c
	}
	got, seen, verbs := map[string]authz.Change{}, map[string]bool{}, map[directory.Verb]int{}
	for _, e := range history(t, s, directory.HistoryFilter{}) {
		verbs[e.Verb]++
		if name := e.Kind + " " + e.Key; !seen[name] {
			seen[name] = true
			if e.Verb == directory.Put {
				got[name] = e.After
			}
		}
	}
	for name, c := range want {
		switch c.(type) {
		case authz.PutUser, authz.PutTenant, authz.PutRole, authz.PutResource, authz.PutInstance, authz.PutConditionSet:
			if diff := cmp.Diff(c, got[name]); diff != "" {
				t.Errorf("%s (-table +history)\n%s", name, diff)
			}
		default: // of these a second put keeps the id of the first
			if got[name] == nil {
				t.Errorf("%s is there, and not by the history", name)
			}
		}
		delete(got, name)
	}
	if put, ok := got["settings settings"].(authz.PutSettings); ok { // which listings do not have
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			settings, err := l.Settings(ctx)
			if settings != put.Settings {
				t.Errorf("got settings %+v, the history has %+v", settings, put.Settings)
			}
			return err
		})
		delete(got, "settings settings")
	}
	if put, ok := got["source_mapping source_mapping"].(authz.PutSourceMapping); ok { // nor that
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			mapping, err := l.SourceMapping(ctx)
			if diff := cmp.Diff(mapping, put.Mapping); diff != "" {
				t.Errorf("the mapping of sources (-table +history)\n%s", diff)
			}
			return err
		})
		delete(got, "source_mapping source_mapping")
	}
	for name := range got {
		t.Errorf("%s is there by the history only", name)
	}
	if verbs[directory.Taken] < 20 {
		t.Errorf("only %d things were taken; the test proves little", verbs[directory.Taken])
	}
	// The history of commits that were made without one says the same of what was
	// done by itself.
	if err := s.RememberAll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func historySaysWhatWas(t *testing.T, s *store.Store) {
	user := func(mail string) authz.Change {
		return authz.PutUser{User: authz.User{Key: "ann", ID: "ann", Email: mail}}
	}
	role := authz.PutRole{Role: authz.Role{Key: "viewer", ID: "viewer"}}
	held := authz.PutAssignment{Assignment: authz.Assignment{ID: "a", User: "ann", Role: "viewer", Tenant: "default", GivenBy: []authz.Giver{authz.ByAPI}}}
	commit(t, s, user("a@example.com"), role, held)
	commit(t, s, user("b@example.com"), user("c@example.com"))
	commit(t, s, authz.DeleteUser{Key: "ann"})
	var got []string
	show := func(c authz.Change) string {
		if u, ok := c.(authz.PutUser); ok {
			return u.User.Email
		}
		return fmt.Sprintf("%T", c)
	}
	for _, e := range history(t, s, directory.HistoryFilter{}) {
		got = append(got, fmt.Sprintf("%d.%d.%d %s %s %s: %s -> %s", e.Revision, e.Place, e.Part, e.Verb, e.Kind, e.Key, show(e.Before), show(e.After)))
	}
	want := []string{
		"4.0.1 taken assignment ann/viewer/default: authz.PutAssignment -> <nil>",
		"4.0.0 delete user ann: c@example.com -> <nil>",
		"3.1.0 put user ann: b@example.com -> c@example.com",
		"3.0.0 put user ann: a@example.com -> b@example.com",
		"2.2.0 put assignment ann/viewer/default: <nil> -> authz.PutAssignment",
		"2.1.0 put role viewer: <nil> -> authz.PutRole",
		"2.0.0 put user ann: <nil> -> a@example.com",
		"1.0.0 put tenant default: <nil> -> authz.PutTenant",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for name, c := range map[string]struct {
		f    directory.HistoryFilter
		want int
	}{
		"a kind":         {directory.HistoryFilter{Kind: "user"}, 4},
		"a thing":        {directory.HistoryFilter{Kind: "assignment", Key: "ann/viewer/default"}, 2},
		"a user":         {directory.HistoryFilter{User: "ann"}, 6},
		"what is held":   {directory.HistoryFilter{User: "ann", Kind: "assignment"}, 2},
		"a user alone":   {directory.HistoryFilter{User: "ann", Kind: "user"}, 4},
		"a user and who": {directory.HistoryFilter{User: "ann", Actors: []string{"test", "nobody"}}, 6},
		"a part of one":  {directory.HistoryFilter{User: "an"}, 0},
		"an actor":       {directory.HistoryFilter{Actors: []string{"test"}}, 7},
		"nobody":         {directory.HistoryFilter{Actors: []string{"nobody"}}, 0},
		"before":         {directory.HistoryFilter{Before: directory.Cursor{Revision: 3}}, 4},
		"from the start": {directory.HistoryFilter{From: time.Unix(0, 0), To: time.Now().Add(time.Hour)}, 8},
		"the future":     {directory.HistoryFilter{From: time.Now().Add(time.Hour)}, 0},
		"the past":       {directory.HistoryFilter{To: time.Unix(1, 0)}, 0},
	} {
		if got := history(t, s, c.f); len(got) != c.want {
			t.Errorf("%s: got %d entries, want %d", name, len(got), c.want)
		}
	}
}

func blocksScanned(t *testing.T, s *store.Store) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0).UTC() }
	var blocks []decision.Block
	for i := range 600 { // more than are read at once
		blocks = append(blocks, decision.Block{
			Head: decision.Head{ID: fmt.Sprintf("%032d", i), Env: Env, First: at(i), Last: at(i + 1), Allowed: i, Keys: []byte{0, 255}},
			Data: []byte{byte(i), 0, 255},
		})
	}
	blocks[7].Env = "elsewhere"
	if err := s.Append(t.Context(), blocks); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), []decision.Block{{Head: decision.Head{ID: "x"}}, blocks[3]}); err == nil {
		t.Error("a block is kept twice")
	}
	scan := func(from, to int, want func(decision.Head) bool) (got []decision.Block) {
		t.Helper()
		err := s.Scan(t.Context(), Env, at(from), at(to), want, func(b decision.Block) bool {
			got = append(got, b)
			return len(got) < 500
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	every := func(decision.Head) bool { return true }
	if diff := cmp.Diff([]decision.Block{blocks[9], blocks[8], blocks[6], blocks[5]}, scan(6, 9, every)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := scan(0, 1000, every); len(got) != 500 || got[499].ID != blocks[100].ID {
		t.Errorf("got %d blocks, want the 500 that are asked for", len(got))
	}
	if got := scan(0, 1000, func(h decision.Head) bool { return h.Allowed < 3 }); len(got) != 3 {
		t.Errorf("got %d blocks, want the 3 that are wanted", len(got))
	}
	if err := s.Prune(t.Context(), at(500)); err != nil {
		t.Fatal(err)
	}
	if got := scan(0, 1000, every); len(got) != 101 {
		t.Errorf("got %d blocks after the pruning, want 101", len(got))
	}
}

// blocksReplaced: small blocks are found oldest first, and one takes the place of
// others if they are all there.
func blocksReplaced(t *testing.T, s *store.Store) {
	at := func(n int) time.Time { return time.Unix(int64(n)+100, 0).UTC() }
	var blocks []decision.Block
	for i := range 10 {
		blocks = append(blocks, decision.Block{
			Head: decision.Head{ID: fmt.Sprintf("%032d", i), Env: Env, First: at(i), Last: at(i + 1), Denied: 1, Keys: []byte{1}}, Data: []byte{byte(i)},
		})
	}
	blocks[2].Lists, blocks[4].Env = 9, "elsewhere"
	blocks[6].Denied, blocks[6].Missed = 0, 3
	blocks[7].Denied, blocks[7].Missed = 0, 4
	if err := s.Append(t.Context(), blocks); err != nil {
		t.Fatal(err)
	}
	small := func(after decision.Head, limit int) (ids []byte) {
		t.Helper()
		found, err := s.Small(t.Context(), after, at(10), 5, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range found {
			ids = append(ids, b.ID[31])
			if n := b.ID[31] - '0'; n < 10 && !cmp.Equal(b, blocks[n]) {
				t.Errorf("got %+v, want %+v", b, blocks[n])
			}
		}
		return ids
	}
	if a, b, c := small(decision.Head{Env: Env}, 9), small(blocks[1].Head, 2), small(decision.Head{Env: Env, Last: at(6)}, 9); string(a) != "01358" || string(b) != "35" || string(c) != "58" {
		t.Errorf("got %s, %s, %s", a, b, c)
	}
	if envs, err := s.Recorded(t.Context()); err != nil || len(envs) != 2 || envs[0] != Env {
		t.Errorf("got %v (%v), want two environments", envs, err)
	}
	if gaps, err := s.Gaps(t.Context(), Env, 9); err != nil || len(gaps) != 2 || gaps[0].Missed != 4 {
		t.Errorf("got %+v (%v), want two gaps", gaps, err)
	}
	merged := decision.Block{Head: decision.Head{ID: "m", Env: Env, First: at(0), Last: at(9), Denied: 3}, Data: []byte{}}
	merged.ID = fmt.Sprintf("%032d", 0)[:31] + "m"
	replace := func(want string, old ...string) {
		t.Helper()
		if err := s.Replace(t.Context(), old, merged); err != nil {
			t.Fatal(err)
		}
		if got := small(decision.Head{Env: Env}, 9); string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	replace("01358", blocks[0].ID, blocks[1].ID, "gone")
	replace("35m", blocks[0].ID, blocks[1].ID, blocks[8].ID)
}
