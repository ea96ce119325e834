package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// shadowsKept: counts add up, of alike disagreements the last is kept with the number of
// all, the newest shapes stay, and another account begins anew.
func shadowsKept(t *testing.T, s *store.Store) {
	ledger, ctx := s.Shadows(), t.Context()
	first := time.UnixMicro(1_700_000_000_000_000).UTC()
	add := func(account string, n shadow.Counts, found ...shadow.Disagreement) {
		t.Helper()
		answered := time.Time{}
		if len(found) > 0 {
			answered = found[len(found)-1].Last
		}
		if err := ledger.Add(ctx, Env, account, answered, n, found); err != nil {
			t.Fatal(err)
		}
	}
	found := func(account string) shadow.Findings {
		t.Helper()
		f, err := ledger.Findings(ctx, Env, account)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	differs := func(shape string, at time.Time, user authz.UserKey) shadow.Disagreement {
		return shadow.Disagreement{
			Shape: shape, N: 1, First: at, Last: at, Revision: 7, Allow: true, Here: []byte(`{"rbac":{}}`), There: []byte(`{"abac":{}}`),
			Query: authz.Query{User: user, Action: "read", Resource: "doc", Instance: "1", Tenant: "acme", Context: authz.Attributes{"a": "b"}},
		}
	}
	if f := found("one"); !f.Since.IsZero() || len(f.Counts)+len(f.Disagreements) > 0 {
		t.Errorf("before anything: got %+v", f)
	}
	add("one", shadow.Counts{shadow.Agreed: 2, "tenant_roles": 1})
	add("one", shadow.Counts{shadow.Agreed: 3, shadow.Disagreed: 2}, differs("x", first, "ann"), differs("x", first.Add(time.Second), "bob"))
	f := found("one")
	want := differs("x", first.Add(time.Second), "bob")
	want.N, want.First = 2, first
	if diff := cmp.Diff([]shadow.Disagreement{want}, f.Disagreements); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(shadow.Counts{shadow.Agreed: 5, shadow.Disagreed: 2, "tenant_roles": 1}, f.Counts); diff != "" || f.Since.IsZero() || !f.Last.Equal(want.Last) {
		t.Errorf("got %+v (-want +got)\n%s", f, diff)
	}
	for i := range shadow.MostShapes {
		add("one", shadow.Counts{shadow.Disagreed: 1}, differs(fmt.Sprint("shape ", i), first.Add(time.Duration(i+2)*time.Second), "ann"))
	}
	if f := found("one"); len(f.Disagreements) != shadow.MostShapes || f.Disagreements[0].Shape != fmt.Sprint("shape ", shadow.MostShapes-1) || f.Disagreements[shadow.MostShapes-1].Shape != "shape 0" {
		t.Errorf("got %d shapes, want the newest %d", len(f.Disagreements), shadow.MostShapes)
	}
	if f := found("two"); len(f.Counts) > 0 {
		t.Errorf("another account: got %+v", f)
	}
	add("two", shadow.Counts{shadow.Failed: 1})
	if f := found("two"); len(f.Counts) != 1 || len(f.Disagreements) > 0 || len(found("one").Counts) > 0 {
		t.Errorf("after another account: got %+v", f)
	}
	if err := ledger.Forget(ctx, Env); err != nil {
		t.Fatal(err)
	}
	if f := found("two"); len(f.Counts) > 0 {
		t.Errorf("forgotten: got %+v", f)
	}
	if err := ledger.Add(ctx, "no-such-environment", "one", first, shadow.Counts{shadow.Agreed: 1}, nil); err == nil {
		t.Error("an environment that is not there is compared")
	}
}
