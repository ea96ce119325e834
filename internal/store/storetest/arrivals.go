package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// arrivalsListed holds every filter and page against what was put.
func arrivalsListed(t *testing.T, s *store.Store) {
	var all []string
	for i, id := range []string{"ann", "bob", "ann", "cy", "", "dee"} {
		d := ingest.Delivery{
			Digest: fmt.Sprint("d", i), Event: []string{"User.Created", "PostSignIn"}[i%2], Standing: ingest.Live,
			Subject: ingest.Subject{Kind: ingest.UserSubject, ID: id}, SentAt: time.UnixMicro(int64(i)).UTC(), Body: fmt.Appendf(nil, `{"n":%d}`, i),
		}
		work := ingest.WorkKey(Env, "logto", d.Subject)
		if id == "" {
			d.Standing, d.Subject, work = ingest.Test, ingest.Subject{}, ""
		}
		if _, err := s.Keep(t.Context(), Env, "logto", d, work); err != nil {
			t.Fatal(err)
		}
		all = append([]string{d.Digest}, all...)
	}
	for _, it := range take(t, s, 9, time.Minute) {
		var err error
		switch it.Key {
		case ingest.WorkKey(Env, "logto", subject):
			err = s.Retry(t.Context(), it, time.Hour, "it rained")
		case ingest.WorkKey(Env, "logto", ingest.Subject{Kind: ingest.UserSubject, ID: "bob"}):
		default:
			err = s.Finish(t.Context(), it)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	listed := func(f ingest.ArrivalFilter, limit int) (digests []string) {
		t.Helper()
		list, err := s.Arrivals(t.Context(), Env, "logto", f, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			if a.Body != nil {
				t.Errorf("%s: a list has a body", a.Digest)
			}
			digests = append(digests, a.Digest)
		}
		return digests
	}
	for want, f := range map[string]ingest.ArrivalFilter{
		fmt.Sprint(all):     {},
		"[d5 d3 d1]":        {Event: "PostSignIn"},
		"[d2 d0]":           {Subject: subject},
		"[d4]":              {Outcome: ingest.SetAside},
		"[d5 d3]":           {Outcome: ingest.Settled},
		"[d1]":              {Outcome: ingest.Waiting},
		fmt.Sprint(all[3:]): {Before: cursorOf(t, s, "d3")},
	} {
		if got := listed(f, 99); fmt.Sprint(got) != want {
			t.Errorf("%+v: got %v, want %s", f, got, want)
		}
	}
	if got := listed(ingest.ArrivalFilter{Outcome: ingest.Failing}, 1); !slices.Equal(got, []string{"d2"}) {
		t.Errorf("failing: got %v, want d2 alone", got)
	}
	for want, f := range map[string]ingest.ArrivalFilter{
		"[d2 d0]": {Outcome: ingest.Failing, Event: "User.Created", Before: cursorOf(t, s, "d3")},
		"[d0]":    {Outcome: ingest.Failing, Before: cursorOf(t, s, "d1")},
		"[]":      {Outcome: ingest.Waiting, Subject: subject},
	} {
		if got := listed(f, 99); fmt.Sprint(got) != want {
			t.Errorf("%+v: got %v, want %s", f, got, want)
		}
	}
	a, ok, err := s.Arrival(t.Context(), Env, "logto", "d0")
	if err != nil || !ok || string(a.Body) != `{"n":0}` || a.Error != "it rained" || a.Attempts != 1 || a.Copies != 1 || a.DueAt.Before(time.Now()) || a.Outcome != ingest.Failing {
		t.Errorf("got %+v %v (%v)", a, ok, err)
	}
	if _, ok, err := s.Arrival(t.Context(), Env, "elsewhere", "d0"); ok || err != nil {
		t.Errorf("another source's is taken for ours (%v)", err)
	}
}

func cursorOf(t *testing.T, s *store.Store, digest string) ingest.ArrivalCursor {
	t.Helper()
	a, ok, err := s.Arrival(t.Context(), Env, "logto", digest)
	if err != nil || !ok {
		t.Fatalf("%s is not kept (%v)", digest, err)
	}
	return a.Cursor()
}

// failingListed holds that the deliveries about many failing subjects come by arrival,
// whatever their subjects are, and those of nobody else's source or environment.
func failingListed(t *testing.T, s *store.Store) {
	const users, limit = 1_300, 700
	keep := func(env authz.EnvID, source, digest, user string) {
		who := ingest.Subject{Kind: ingest.UserSubject, ID: user}
		if _, err := s.Keep(t.Context(), env, source, ingest.Delivery{Digest: digest, Event: "User.Created", Standing: ingest.Live, Subject: who}, ingest.WorkKey(env, source, who)); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for i := range users {
		digest := fmt.Sprintf("d%04d", i)
		keep(Env, "logto", digest, fmt.Sprint("u_", (i*7919)%users))
		want = append(want, digest)
	}
	keep(Env, "log", "another source's", "u_1")
	for items := take(t, s, limit, time.Minute); len(items) > 0; items = take(t, s, limit, time.Minute) {
		for _, it := range items {
			if err := s.Retry(t.Context(), it, time.Hour, "no answer"); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got []string
	f := ingest.ArrivalFilter{Outcome: ingest.Failing}
	for len(got) < users {
		list, err := s.Arrivals(t.Context(), Env, "logto", f, limit)
		if err != nil || len(list) == 0 {
			t.Fatalf("got %d, then %v (%v)", len(got), list, err)
		}
		for _, a := range list {
			got = append(got, a.Digest)
		}
		f.Before = list[len(list)-1].Cursor()
	}
	if slices.Sort(want); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("got %d deliveries, want %d, each once", len(got), users)
	}
	whole, err := s.Arrivals(t.Context(), Env, "logto", ingest.ArrivalFilter{}, users)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range whole {
		if a.Digest != got[i] {
			t.Fatalf("the failing are not in the order of all: %d is %s, want %s", i, got[i], a.Digest)
		}
	}
}
