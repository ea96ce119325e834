package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// requestsKept: requests are listed the latest first, by what a filter says and within
// what they are asked for, and are forgotten by their age.
func requestsKept(t *testing.T, s *store.Store) {
	ctx := t.Context()
	home, _, err := s.EnvironmentByID(ctx, Env)
	if err != nil {
		t.Fatal(err)
	}
	at := func(n int) time.Time { return time.UnixMicro(int64(n) * 1000).UTC() }
	var all []access.Request
	for i, reach := range []access.Reach{
		{Organization: home.Organization, Project: "p", Environment: "e"}, {Organization: home.Organization, Project: "p", Environment: "e"},
		{Organization: home.Organization, Project: "p", Environment: "f"}, {Organization: home.Organization, Project: "q"}, {Organization: home.Organization}, {Organization: "x", Project: "p", Environment: "e"},
	} {
		all = append(all, access.Request{
			ID: authz.ID(fmt.Sprint(i)), At: at(i), Key: authz.ID("k" + fmt.Sprint(i%2)), Needs: access.Write, Reach: reach,
			Method: []string{"POST", "PUT", "DELETE"}[i%3], Path: "/" + fmt.Sprint(i%2), Status: []int{200, 409, 204}[i%3], RequestID: "r", Client: "::" + fmt.Sprint(i),
			Body: `{"n":` + fmt.Sprint(i) + `}`, Answer: "☃",
		})
	}
	if err := s.AppendRequests(ctx, all); err != nil {
		t.Fatal(err)
	}
	org := access.Reach{Organization: home.Organization}
	yes, no := true, false
	for want, f := range map[string]access.RequestFilter{
		"4 3 2 1 0 of 5": {Within: org},
		"2 1 0 of 3":     {Within: access.Reach{Organization: home.Organization, Project: "p"}},
		"1 0 of 2":       {Within: access.Reach{Organization: home.Organization, Project: "p", Environment: "e"}},
		"5 of 1":         {Within: access.Reach{Organization: "x"}},
		"3 of 1":         {Within: org, Projects: []authz.ID{"q", "r"}},
		"2 of 1":         {Within: org, Environments: []authz.EnvID{"f"}, Projects: []authz.ID{"p"}},
		"3 1 of 2":       {Within: org, Keys: []authz.ID{"k1"}},
		"3 0 of 2":       {Within: org, Methods: []string{"POST"}},
		"4 2 0 of 3":     {Within: org, Paths: []string{"/0"}},
		"4 1 of 2":       {Within: org, Success: &no},
		"3 2 0 of 3":     {Within: org, Success: &yes},
		"4 2 1 of 3":     {Within: org, Statuses: []int{409, 204}},
		"0 of 1":         {Within: org, Clients: []string{"::0"}},
		"3 2 of 2":       {Within: org, From: at(2), To: at(3)},
		" of 0":          {Within: access.Reach{Organization: home.Organization, Project: "q", Environment: "e"}},
	} {
		list, err := s.Requests(ctx, f, 0, 9)
		n, err2 := s.CountRequests(ctx, f, 9)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		listed(t, fmt.Sprintf("%+v", f), names(list, func(r access.Request) string { return string(r.ID) }), n, want)
	}
	page, err := s.Requests(ctx, access.RequestFilter{Within: org}, 1, 2)
	if n, _ := s.CountRequests(ctx, access.RequestFilter{Within: org}, 2); err != nil || n != 2 || len(page) != 2 || page[0].ID != "3" {
		t.Errorf("got %v and %d (%v), want two from the second on", page, n, err)
	}
	got, ok, err := s.Request(ctx, all[1].Reach, "1")
	if diff := cmp.Diff(all[1], got, cmpopts.IgnoreUnexported(access.Request{})); err != nil || !ok || diff != "" {
		t.Errorf("%v %v (-put +read)\n%s", ok, err, diff)
	}
	if _, ok, err := s.Request(ctx, access.Reach{Organization: home.Organization, Project: "q"}, "1"); ok || err != nil {
		t.Errorf("%v %v: a request of another project is shown", ok, err)
	}
	if keys, err := s.Requesters(ctx, all[1].Reach); err != nil || len(keys) != 2 {
		t.Errorf("got %v (%v), want both keys", keys, err)
	}
	if err := s.ForgetRequests(ctx, at(3)); err != nil {
		t.Fatal(err)
	}
	if n, err := s.CountRequests(ctx, access.RequestFilter{Within: org}, 9); err != nil || n != 2 {
		t.Errorf("%d requests are left (%v), want those that are young enough", n, err)
	}
}
