package authzen_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/authzen"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	evaluation     = "/access/v1/evaluation"
	evaluations    = "/access/v1/evaluations"
	searchSubject  = "/access/v1/search/subject"
	searchResource = "/access/v1/search/resource"
	searchAction   = "/access/v1/search/action"
	wellKnown      = "/.well-known/authzen-configuration"

	publicURL = "https://pdp.example.com"
	key       = "Bearer " + storetest.EnvSecret
)

// A door is the API over a real store and engine.
type door struct {
	http.Handler
	decisions *decision.Service
}

// open opens a door to an environment of these changes.
func open(t testing.TB, loaded bool, changes ...authz.Change) door {
	t.Helper()
	s := storetest.Founded(t)
	_, err := s.Commit(t.Context(), storetest.Env, "test", func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil })
	if err != nil {
		t.Fatal(err)
	}
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if loaded {
		if err := f.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return doorOf(t, f, &access.Keys{Store: s}, publicURL)
}

func doorOf(t testing.TB, snapshots decision.Snapshots, keys *access.Keys, public string) door {
	t.Helper()
	at, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	d := &decision.Service{Snapshots: snapshots}
	mux := http.NewServeMux()
	(&authzen.API{Decisions: d, Keys: keys, PublicURL: at, Log: slog.New(slog.DiscardHandler)}).Mount(mux)
	return door{mux, d}
}

// An answer is what came back, its body also as JSON.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// send sends a request; headers are names and values, and a name with the value
// "" is left out. Every answer must be a JSON object.
func (d door) send(t testing.TB, method, path, body string, header ...string) answer {
	t.Helper()
	return d.sendIn(t, t.Context(), method, path, body, header...)
}

func (d door) sendIn(t testing.TB, ctx context.Context, method, path, body string, header ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("Authorization", key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Del(header[i])
		if header[i+1] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	res := w.Result()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	if got := res.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s %s: got Content-Type %q, want JSON", method, path, got)
	}
	if err := json.Unmarshal(text, &a.body); err != nil {
		t.Errorf("%s %s: got %q, want a JSON object", method, path, text)
	}
	return a
}

func (d door) post(t testing.TB, path, body string, header ...string) answer {
	t.Helper()
	return d.send(t, http.MethodPost, path, body, header...)
}

// ids are the ids or names of the results of a search.
func (a answer) ids(t testing.TB) []string {
	t.Helper()
	list, ok := a.body["results"].([]any)
	if a.status != http.StatusOK || !ok {
		t.Fatalf("got %d %s, want results", a.status, a.text)
	}
	out := []string{}
	for _, e := range list {
		entity := e.(map[string]any)
		id, ok := entity["id"].(string)
		if !ok {
			id = entity["name"].(string)
		}
		out = append(out, id)
	}
	return out
}

// nextToken is that of the answer's page.
func (a answer) nextToken(t testing.TB) string {
	t.Helper()
	page, _ := a.body["page"].(map[string]any)
	next, ok := page["next_token"].(string)
	if !ok {
		t.Fatalf("got %s, want a page with a next_token", a.text)
	}
	return next
}

// fixture is the environment that the certification scenario requires (its
// section 1), in condition sets: a request names no tenant, so no role applies.
func fixture() []authz.Change {
	instance := func(key string, id authz.ID, status string) authz.Change {
		return authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "record", Key: key}, ID: id, Tenant: "acme", Attributes: authz.Attributes{"status": status}}}
	}
	set := func(id authz.ID, kind authz.SetKind, key authz.SetKey, conditions string) authz.Change {
		s := authz.ConditionSet{Key: key, ID: id, Kind: kind, Conditions: conditions}
		if kind == authz.ResourceSet {
			s.Resource = "record"
		}
		return authz.PutConditionSet{Set: s}
	}
	rule := func(id authz.ID, users authz.SetKey, action authz.ActionKey, records authz.SetKey) authz.Change {
		r := authz.Rule{ID: id, UserSet: users, ResourceSet: records, Permission: authz.Permission{Resource: "record", Action: action}}
		if records == "" {
			r.Resource = "record"
		}
		return authz.PutRule{Rule: r}
	}
	return []authz.Change{
		authz.PutTenant{Tenant: authz.Tenant{Key: "acme", ID: "1"}},
		authz.PutUser{User: authz.User{Key: "alice", ID: "2"}},
		authz.PutUser{User: authz.User{Key: "bob", ID: "3", Attributes: authz.Attributes{"role": "admin"}}},
		authz.PutResource{Resource: authz.Resource{Key: "record", ID: "4", Actions: []authz.Action{{Key: "delete"}, {Key: "read"}, {Key: "write"}}}},
		instance("record-1", "5", "active"), instance("record-2", "6", "archived"),
		set("10", authz.UserSet, "readers", `{"user.key":{"in":["alice","bob"]}}`),
		set("11", authz.UserSet, "alice", `{"user.key":"alice"}`),
		set("12", authz.UserSet, "admins", `{"user.role":"admin"}`),
		set("13", authz.UserSet, "alice-softly", `{"allOf":[{"user.key":"alice"},{"context.action.soft":true}]}`),
		set("14", authz.ResourceSet, "active", `{"resource.status":"active"}`),
		set("15", authz.ResourceSet, "archived", `{"resource.status":"archived"}`),
		rule("20", "readers", "read", ""), rule("21", "alice", "write", "active"),
		rule("22", "admins", "write", "archived"), rule("23", "alice-softly", "delete", ""),
	}
}
