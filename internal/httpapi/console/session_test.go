package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// TestASessionBeginsAndEnds as the contract says it, and reaches what is granted.
func TestASessionBeginsAndEnds(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	a.Sessions = &access.Sessions{Store: s}
	member := workspace.Member{ID: "m", Email: "ann@example.com", Grants: []access.Grant{{Level: access.EnvironmentLevel, Project: "p", Environment: storetest.Env, Access: access.Write}}}
	if made, err := s.FirstPassword(t.Context(), "o", member, access.HashPassword("the password")); err != nil || !made {
		t.Fatalf("got %v (%v), want a member", made, err)
	}
	mux := http.NewServeMux()
	a.Mount(mux)
	h := a.SignedIn(mux)
	var cookie *http.Cookie
	send := func(method, path, body string) *httptest.ResponseRecorder {
		t.Helper()
		header := http.Header{dashboardHeader: {"1"}}
		if cookie != nil {
			header.Set("Cookie", cookie.String())
		}
		return exchange(t, h, header, method, path, body)
	}
	for body, want := range map[string]int{
		`{"email":"ann@example.com","password":"another"}`: http.StatusUnauthorized,
		`{"link":"none"}`: http.StatusUnauthorized,
		`{"email":""}`:    http.StatusBadRequest,
		`{"name":"ann"}`:  http.StatusUnprocessableEntity,
		`{"email":"ann@example.com","password":"` + strings.Repeat("x", 9000) + `"}`: http.StatusRequestEntityTooLarge,
	} {
		if w := send("POST", sessionPath, body); w.Code != want || len(w.Result().Cookies()) > 0 {
			t.Errorf("%.60s: got %d %s, want %d and no cookie", body, w.Code, w.Body, want)
		}
	}
	w := send("POST", sessionPath, `{"email":"ann@example.com","password":"the password"}`)
	if w.Code != http.StatusOK || len(w.Result().Cookies()) != 1 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	cookie = w.Result().Cookies()[0]
	var got sessionRead
	if err := json.Unmarshal(send("GET", sessionPath, "").Body.Bytes(), &got); err != nil || got.Access != access.Write || len(got.Environments) != 1 || got.Environments[0].ID != storetest.Env {
		t.Errorf("got %+v (%v), want the environment that is granted", got, err)
	}
	if w := send("PUT", sessionPath+"/password", `{"current":"wrong","password":"another password"}`); w.Code != http.StatusBadRequest {
		t.Errorf("got %d %s by a wrong password", w.Code, w.Body)
	}
	if w = send("PUT", sessionPath+"/password", `{"current":"the password","password":"another password"}`); w.Code != http.StatusNoContent || len(w.Result().Cookies()) != 1 {
		t.Fatalf("got %d %s, want another session", w.Code, w.Body)
	}
	cookie = w.Result().Cookies()[0]
	if w := ask(t, a, storetest.OrgSecret, "POST", "/console/v1/members/m/link", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), DashboardPath) {
		t.Errorf("got %d %s, want a link for the member", w.Code, w.Body)
	}
	for secret, want := range map[string]int{storetest.EnvSecret: http.StatusForbidden, "": http.StatusUnauthorized} {
		if w := ask(t, a, secret, "POST", "/console/v1/members/m/link", ""); w.Code != want {
			t.Errorf("got %d %s, want %d", w.Code, w.Body, want)
		}
	}
	if w := send("DELETE", sessionPath, ""); w.Code != http.StatusNoContent {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := send("GET", sessionPath, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("got %d %s after the end", w.Code, w.Body)
	}
}

func TestAUserIsToldWithWhoGaveWhat(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	name := "Lobby"
	if _, _, err := a.Directory.CreateTenant(t.Context(), storetest.Env, "test", "lobby", directory.TenantInput{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Directory.CreateRole(t.Context(), storetest.Env, "test", "guest", directory.RoleInput{Name: &name}); err != nil {
		t.Fatal(err)
	}
	_, err := a.Directory.Reflect(t.Context(), storetest.Env, authz.Account{Source: "logto", Key: "bob", Exists: true}, authz.Onboarding{Role: "guest", Tenant: "lobby"})
	if err != nil {
		t.Fatal(err)
	}
	var got userRead
	w := ask(t, a, storetest.EnvSecret, "GET", "/console/v1/projects/default/envs/dev/users/bob", "")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s (%v)", w.Code, w.Body, err)
	}
	if len(got.Assignments) != 1 || got.Total != 1 || got.Source != "logto" {
		t.Fatalf("got %s, want one role", w.Body)
	}
	if h := got.Assignments[0]; h.Role != "guest" || h.TenantName != "Lobby" || len(h.GivenBy) != 1 || h.GivenBy[0] != "logto" {
		t.Errorf("got %+v", h)
	}
	if w := ask(t, a, storetest.EnvSecret, "GET", "/console/v1/projects/default/envs/dev/users/nobody", ""); w.Code != http.StatusNotFound {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestActivityIsCounted(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	const path = "/console/v1/projects/default/envs/dev/activity"
	if w := ask(t, a, storetest.EnvSecret, "GET", path, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"recorded":false`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	a.Activity = func(_ context.Context, env authz.EnvID, _ time.Time, _ time.Duration, steps int) (allowed, denied []int, err error) {
		allowed, denied = make([]int, steps), make([]int, steps)
		allowed[0], denied[steps-1] = 7, len(env)
		return allowed, denied, nil
	}
	if w := ask(t, a, storetest.EnvSecret, "GET", path, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"allowed":[7,0,`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
