package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestAnAuthZENClientFindsAndAsks: from the metadata, read without a key, to
// decisions and searches over what Permit's API was told.
func TestAnAuthZENClientFindsAndAsks(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.schema()
	for _, key := range []string{"ann", "bob", "cat"} {
		h.must("POST", "/v2/facts/default/dev/users", object{"key": key}, nil)
	}
	for _, key := range []string{"ann", "cat"} {
		h.must("POST", "/v2/facts/default/dev/role_assignments", object{"user": key, "role": "viewer", "tenant": "default"}, nil)
	}

	res, err := http.Get(h.url + "/.well-known/authzen-configuration") //nolint:noctx // as any client would
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var at map[string]string
	if err := json.NewDecoder(res.Body).Decode(&at); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", res.StatusCode, err)
	}
	if at["policy_decision_point"] != h.url {
		t.Fatalf("the metadata speaks for %q, not for %q", at["policy_decision_point"], h.url)
	}
	path := func(endpoint string) string { return strings.TrimPrefix(at[endpoint], h.url) }

	user := func(key string) object { return object{"type": "user", "id": key} }
	view := object{"name": "view"}
	report := object{"type": "reports", "id": "7", "properties": object{"tenant": "default"}}
	var one struct{ Decision bool }
	for key, want := range map[string]bool{"ann": true, "bob": false} {
		h.must("POST", path("access_evaluation_endpoint"), object{"subject": user(key), "action": view, "resource": report}, &one)
		if one.Decision != want {
			t.Errorf("%s: got %v, want %v", key, one.Decision, want)
		}
	}
	var many struct{ Evaluations []struct{ Decision bool } }
	h.must("POST", path("access_evaluations_endpoint"), object{"subject": user("ann"), "resource": report,
		"evaluations": []object{{"action": object{"name": "edit"}}, {"action": view}}}, &many)
	if e := many.Evaluations; len(e) != 2 || e[0].Decision || !e[1].Decision {
		t.Errorf("got %v, want false and true", e)
	}
	var who struct {
		Page struct {
			Next string `json:"next_token"`
		}
		Results []struct{ Type, ID string }
	}
	question := object{"subject": object{"type": "user"}, "action": view, "resource": report, "page": object{"limit": 1}}
	h.must("POST", path("search_subject_endpoint"), question, &who)
	if len(who.Results) != 1 || who.Results[0].ID != "ann" {
		t.Errorf("got %v, want ann", who)
	}
	question["page"] = object{"token": who.Page.Next}
	h.must("POST", path("search_subject_endpoint"), question, &who)
	if len(who.Results) != 1 || who.Results[0].ID != "cat" || who.Page.Next != "" {
		t.Errorf("got %v, want cat and no more", who)
	}
	var what struct{ Results []struct{ Name string } }
	h.must("POST", path("search_action_endpoint"), object{"subject": user("ann"), "resource": report}, &what)
	if len(what.Results) != 1 || what.Results[0].Name != "view" {
		t.Errorf("got %v, want view", what)
	}
	if status, _ := h.call("POST", "/access/v1/evaluation", object{}); status != http.StatusBadRequest {
		t.Errorf("got %d for nothing, want 400", status)
	}
}

func TestThePublicURLIsWhatTheMetadataSays(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"https://authz.example.com":       "https://authz.example.com",
		"https://authz.example.com/":      "https://authz.example.com",
		"https://example.com:8443/authz/": "https://example.com:8443/authz",
	} {
		h := start(t, t.TempDir(), func(c *server.Config) { c.PublicURL = setting })
		var at map[string]string
		h.must("GET", "/.well-known/authzen-configuration", nil, &at)
		if at["policy_decision_point"] != want || at["search_action_endpoint"] != want+"/access/v1/search/action" {
			t.Errorf("%s: got %v", setting, at)
		}
	}
	for _, setting := range []string{
		"authz.example.com", "ftp://authz.example.com", "https://", "https://:80", "https:authz", "https://u:p@authz.example.com",
		"https://authz.example.com?x", "https://authz.example.com#x", "https://authz.example.com/a/../b", "https://authz.example.com/a//b", "://", "https://a b",
	} {
		if _, err := server.New(t.Context(), server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), PublicURL: setting}); err == nil || !strings.Contains(err.Error(), "GATEHOUSE_PUBLIC_URL") {
			t.Errorf("%s: got %v, want a refusal that names the setting", setting, err)
		}
	}
}
