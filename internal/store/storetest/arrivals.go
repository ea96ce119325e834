package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

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
