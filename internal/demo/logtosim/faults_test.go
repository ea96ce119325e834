package logtosim_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// served is a Sim on the network with a client that has a token.
func served(t *testing.T, s *logtosim.Sim) func(ctx context.Context, path string) (*http.Response, string, error) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	auth := token(t, s, "all")
	return func(ctx context.Context, path string) (*http.Response, string, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+path, nil)
		must(t, err)
		req.Header.Set("Authorization", auth)
		resp, err := srv.Client().Do(req)
		if err != nil {
			return nil, "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp, string(body), err
	}
}

// TestFaultsOfAnswers: a busy, a broken, a cut and a hanging Logto, each for as
// many requests as were asked for.
func TestFaultsOfAnswers(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	s.Import(logtosim.User{ID: "ann"})
	ask := served(t, s)
	s.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{
		{Path: "/api/users", Times: 1, Status: http.StatusTooManyRequests, RetryAfter: "7"},
		{Path: "/api/users", Times: 1, Status: http.StatusServiceUnavailable},
		{Path: "/api/users", Times: 1, Cut: true},
	}})
	resp, _, err := ask(t.Context(), "/api/users")
	must(t, err)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "7" {
		t.Errorf("got %d %v, want 429 and Retry-After", resp.StatusCode, resp.Header)
	}
	if resp, _, err = ask(t.Context(), "/api/roles"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("another path: got %v %v, want 200", resp, err)
	}
	if resp, _, err = ask(t.Context(), "/api/users"); err != nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %v %v, want 503", resp, err)
	}
	if _, body, err := ask(t.Context(), "/api/users"); err == nil {
		t.Errorf("got %s, want an answer that ends in the middle", body)
	}
	if resp, _, err = ask(t.Context(), "/api/users"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("got %v %v, want 200 after the faults", resp, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	s.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Hang: true}}})
	if _, _, err := ask(ctx, "/api/users"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want no answer", err)
	}
}

// TestTokensExpireMidway: tokens end between two pages, and another one goes on.
func TestTokensExpireMidway(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	auth := token(t, s, "all")
	s.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Path: "/api/users", After: 1, Times: 1, Before: s.ExpireTokens}}})
	for i, want := range []int{200, 401, 401} {
		if status, body := send(s, auth, "GET", "/users", ""); status != want {
			t.Errorf("request %d: got %d %s, want %d", i, status, body, want)
		}
	}
	status, body := send(s, auth, "GET", "/users", "")
	if status != 401 || !strings.Contains(string(body), "ERR_JWT_EXPIRED") {
		t.Errorf("got %d %s, want an expired token", status, body)
	}
	if status, _ := send(s, token(t, s, "all"), "GET", "/users", ""); status != 200 {
		t.Errorf("got %d with a fresh token, want 200", status)
	}
}

// TestTokenOfAnotherResource: it is issued, and the Management API refuses it.
func TestTokenOfAnotherResource(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	changed(t, s, "POST", "/resources", `{"name":"Orders","indicator":"https://orders.example"}`)
	r := recorded(t, "token-m2m-client-credentials-basic")
	r.Request.Body = new("grant_type=client_credentials&resource=https://orders.example&scope=all")
	req := r.call(s, basic(appID, appSecret))
	got := decode[struct {
		AccessToken string `json:"access_token"`
		Scope       string
	}](t, req.Body.Bytes())
	if req.Code != 200 || got.Scope != "" {
		t.Fatalf("got %d %s, want a token without scope", req.Code, req.Body)
	}
	status, body := send(s, "Bearer "+got.AccessToken, "GET", "/users", "")
	if status != 401 || !strings.Contains(string(body), `"claim":"aud"`) {
		t.Errorf("got %d %s, want 401 about aud", status, body)
	}
}

// TestPagesShiftUnderAScan: a user who comes between two pages pushes one that was
// read into the second page, and one that leaves hides one.
func TestPagesShiftUnderAScan(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	for _, id := range []string{"a", "b", "c", "d"} {
		s.Import(logtosim.User{ID: id, CreatedAt: 1})
	}
	auth := token(t, s, "all")
	scan := func(before func()) (seen []string) {
		s.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Method: "GET", Path: "/api/users", After: 1, Times: 1, Before: before}}})
		for _, page := range []string{"1", "2"} {
			_, body := send(s, auth, "GET", "/users?page_size=2&page="+page, "")
			for _, u := range decode[[]logtosim.User](t, body) {
				seen = append(seen, u.ID)
			}
		}
		return seen
	}
	if got := scan(func() { s.Import(logtosim.User{ID: "e", CreatedAt: 2}) }); !slices.Equal(got, []string{"d", "c", "c", "b"}) {
		t.Errorf("an insertion: got %q, want c twice", got)
	}
	if got := scan(func() { must(t, s.Delete(t.Context(), "e")) }); !slices.Equal(got, []string{"e", "d", "b", "a"}) {
		t.Errorf("a deletion: got %q, want c missing", got)
	}
}

// TestFaultsOfDeliveries: with the same seed the same deliveries are lost, doubled
// and held; what is held comes when it is released.
func TestFaultsOfDeliveries(t *testing.T) {
	t.Parallel()
	run := func() (arrived, lost, late int) {
		rc := newReceiver(t, http.StatusOK)
		s := newSim(logtosim.Config{WebhookURL: rc.URL})
		s.SetFaults(logtosim.Faults{Seed: 3, Drop: .2, Duplicate: .2, Hold: .3, Delay: time.Millisecond})
		for range 100 {
			changed(t, s, "POST", "/users", `{}`)
		}
		for _, d := range s.Deliveries() {
			if d.Lost {
				lost++
			}
		}
		arrived = len(rc.all(t, s))
		if n := s.Release(); n == 0 {
			t.Error("nothing was held")
		}
		return arrived, lost, len(rc.all(t, s))
	}
	arrived, lost, late := run()
	if again, lostAgain, lateAgain := run(); again != arrived || lostAgain != lost || lateAgain != late {
		t.Errorf("got %d %d %d and then %d %d %d with the same seed", arrived, lost, late, again, lostAgain, lateAgain)
	}
	if lost == 0 || late == 0 || arrived+late <= 100-lost {
		t.Errorf("got %d arrived, %d lost, %d late of 100; want some of each and some twice", arrived, lost, late)
	}
}

// TestInOrder: the switch makes deliveries arrive as they were begun.
func TestInOrder(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL, InOrder: true})
	var want []string
	for range 50 {
		want = append(want, decode[struct{ ID string }](t, changed(t, s, "POST", "/users", `{}`)).ID)
	}
	var got []string
	for _, w := range rc.all(t, s) {
		got = append(got, decode[struct{ Data struct{ ID string } }](t, w.Body).Data.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRandomOperations: a seed repeats a whole history; the state never refers to
// what is gone, and every kind of thing comes to be.
func TestRandomOperations(t *testing.T) {
	t.Parallel()
	run := func() (*logtosim.Sim, []string) {
		s := newSim(logtosim.Config{Seed: 5, Now: at(1795284927000)})
		s.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Status: 500}}}) // does not strike them
		rng := rand.New(rand.NewPCG(5, 0))
		var story []string
		for range 1000 {
			op := s.RandomOperation(rng)
			if op.Status >= 500 || op.Status == 307 || op.Status == 301 {
				t.Errorf("got %s", op)
			}
			story = append(story, op.String())
		}
		return s, story
	}
	s, story := run()
	if _, again := run(); !slices.Equal(story, again) {
		t.Error("the same seed made another story")
	}
	st := s.State()
	if len(st.Users) == 0 || len(st.Roles) == 0 || len(st.Organizations) == 0 || len(st.OrganizationRoles) == 0 || len(st.Scopes) < 2 {
		t.Errorf("got %d users, %d roles, %d organizations, %d organization roles, %d scopes, want some of each",
			len(st.Users), len(st.Roles), len(st.Organizations), len(st.OrganizationRoles), len(st.Scopes))
	}
	members := 0
	for id, u := range st.Users {
		refer(t, "user "+id, u.Roles, st.Roles)
	}
	for id, r := range st.Roles {
		refer(t, "role "+id, r.Scopes, st.Scopes)
	}
	for id, o := range st.Organizations {
		for user, roles := range o.Members {
			refer(t, "organization "+id, []string{user}, st.Users)
			refer(t, "member "+user, roles, st.OrganizationRoles)
			members++
		}
		for app, roles := range o.Applications {
			refer(t, "organization "+id, []string{app}, st.Applications)
			refer(t, "member "+app, roles, st.OrganizationRoles)
		}
	}
	if members == 0 {
		t.Error("nobody is a member of anything")
	}
}

// refer fails for an id that is not in the map.
func refer[T any](t *testing.T, who string, ids []string, in map[string]T) {
	t.Helper()
	for _, id := range ids {
		if _, ok := in[id]; !ok {
			t.Errorf("%s refers to %s, which is gone", who, id)
		}
	}
}

// TestRandomOperationsTakeEveryRoute that was measured, but those of hooks, at
// least once with success.
func TestRandomOperationsTakeEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{Seed: 7})
	left := mutatingRoutes(t)
	mux := http.NewServeMux()
	for route := range left {
		mux.Handle(route, http.NotFoundHandler())
	}
	maps.DeleteFunc(left, func(route string, _ []string) bool { return strings.Contains(route, "/api/hooks") || noChange[route] })
	rng := rand.New(rand.NewPCG(7, 0))
	for n := 0; n < 40_000 && len(left) > 0; n++ {
		op := s.RandomOperation(rng)
		r, err := http.NewRequest(op.Method, "http://logto.internal"+op.Path, http.NoBody)
		must(t, err)
		if _, route := mux.Handler(r); op.Status < 300 {
			delete(left, route)
		}
	}
	for route := range left {
		t.Errorf("no random operation took %s", route)
	}
}

// noChange are routes that never answer with success here.
var noChange = map[string]bool{
	"POST /api/users/{userId}/password/verify":        true, // every password is wrong
	"DELETE /api/users/{userId}/sessions/{sessionId}": true, // there are none
	"DELETE /api/users/{userId}/grants/{grantId}":     true, // there are none
}

// TestAKillLosesDeliveriesAndKeepsChanges: what waits, is held or is under way is
// not sent and not logged; what comes after the kill is.
func TestAKillLosesDeliveriesAndKeepsChanges(t *testing.T) {
	t.Parallel()
	arrived, stay := make(chan struct{}), make(chan struct{})
	first := true
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			arrived <- struct{}{}
			select {
			case <-stay:
			case <-r.Context().Done():
			}
		}
	}))
	t.Cleanup(web.Close)
	t.Cleanup(func() { close(stay) })
	s := newSim(logtosim.Config{WebhookURL: web.URL})
	changed(t, s, "POST", "/users", `{}`)
	<-arrived
	s.SetFaults(logtosim.Faults{Hold: 1})
	changed(t, s, "POST", "/users", `{}`)
	s.SetFaults(logtosim.Faults{Delay: time.Hour})
	changed(t, s, "POST", "/users", `{}`)
	s.Kill()
	must(t, s.Flush(t.Context()))
	if n := s.Release(); n != 0 || len(s.State().Users) != 3 {
		t.Errorf("after the kill %d deliveries are held, and %d users are left of 3", n, len(s.State().Users))
	}
	s.SetFaults(logtosim.Faults{})
	changed(t, s, "POST", "/users", `{}`)
	must(t, s.Flush(t.Context()))
	_, body := send(s, token(t, s, "all"), "GET", "/hooks/"+s.Deliveries()[0].HookID+"/recent-logs", "")
	if n := strings.Count(string(body), `"TriggerHook.User.Created"`); n == 0 || strings.Count(string(body), `"hookId"`)/2 > 1 {
		t.Errorf("want one delivery in the log, got %s", body)
	}
}
