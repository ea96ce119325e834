package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// ask asks for changes and holds the answer against api/console.yaml.
func askChanges(t *testing.T, a *API, secret, query string) (int, []byte) {
	t.Helper()
	mux := http.NewServeMux()
	a.Mount(mux)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/console/v1/projects/default/envs/dev/changes"+query, nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("..", "..", "..", "api", "console.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	declared := doc.Paths.Find("/console/v1/projects/{proj}/envs/{env}/changes").Get.Responses.Status(w.Code)
	if declared == nil {
		t.Fatalf("%s: the contract has no answer %d: %s", query, w.Code, w.Body)
	}
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if err := declared.Value.Content.Get("application/json").Schema.Value.VisitJSON(v); err != nil {
		t.Errorf("%s against the contract: %v", query, err)
	}
	return w.Code, w.Body.Bytes()
}

func write(t *testing.T, s *store.Store, actor string, changes ...authz.Change) {
	t.Helper()
	_, err := s.Commit(t.Context(), storetest.Env, actor, func(context.Context, directory.View) ([]authz.Change, error) { return changes, nil })
	if err != nil {
		t.Fatal(err)
	}
}

func TestChangesShowWhoDidWhat(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	write(t, s, "key:ke", authz.PutUser{User: authz.User{Key: "ann", ID: "u", Email: "a@example.com"}})
	write(t, s, "logto", authz.PutUser{User: authz.User{Key: "ann", ID: "u", Email: "b@example.com"}}, authz.PutRole{Role: authz.Role{Key: "viewer", ID: "r"}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "x", User: "ann", Role: "viewer", Tenant: "default", GivenBy: []authz.Giver{"logto"}}})
	write(t, s, "key:gone", authz.DeleteUser{Key: "ann"})
	type change struct {
		Cursor string
		Actor  struct {
			KeyID *string `json:"key_id"`
			Name  *string
		}
		Kind, Key, Verb string
		Before, After   map[string]any
	}
	pages := func(secret, query string) (all []string) {
		t.Helper()
		next := ""
		for {
			status, body := askChanges(t, a, secret, "?limit=2"+query+next)
			var page struct {
				Changes []change
				Next    *string
			}
			if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			for _, c := range page.Changes {
				who := "-"
				if c.Actor.Name != nil {
					who = *c.Actor.Name
				}
				all = append(all, fmt.Sprintf("%s %s %s %s by %s: %v -> %v", c.Cursor, c.Verb, c.Kind, c.Key, who, c.Before["email"], c.After["email"]))
			}
			if page.Next == nil {
				return all
			}
			next = "&before=" + *page.Next
		}
	}
	want := []string{
		"4.0.1 taken assignment ann/viewer/default by -: <nil> -> <nil>",
		"4.0.0 delete user ann by -: b@example.com -> <nil>",
		"3.2.0 put assignment ann/viewer/default by logto: <nil> -> <nil>",
		"3.1.0 put role viewer by logto: <nil> -> <nil>",
		"3.0.0 put user ann by logto: a@example.com -> b@example.com",
		"2.0.0 put user ann by environment: <nil> -> a@example.com",
	}
	if diff := cmp.Diff(want, pages(storetest.OrgSecret, "")[:6]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for query, n := range map[string]int{
		"&kind=user&key=ann": 3, "&user=ann": 5, "&user=ann&kind=assignment": 2, "&user=an": 0, "&actor=logto": 3, "&actor=key:ke&actor=key:gone": 3, "&before=3": 2, "&kind=rule": 0,
		"&from=2000-01-01T00:00:00Z": 7, "&to=2000-01-01T00:00:00Z": 0,
	} {
		if got := pages(storetest.EnvSecret, query); len(got) != n {
			t.Errorf("%s: got %q, want %d", query, got, n)
		}
	}
}

// TestAPastThatIsNotKeptIsNotShownAsNothing: both are null, and told apart.
func TestAPastThatIsNotKeptIsNotShownAsNothing(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	ann := authz.PutUser{User: authz.User{Key: "ann", ID: "u", CreatedAt: time.Now().Truncate(time.Microsecond)}}
	write(t, s, "key:ke", ann)
	write(t, s, "key:ke", authz.PutSettings{})
	if err := s.Forget(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	write(t, s, "key:ke", ann, authz.PutUser{User: authz.User{Key: "bob", ID: "b", CreatedAt: time.Now().Truncate(time.Microsecond)}})
	_, body := askChanges(t, a, storetest.EnvSecret, "?kind=user")
	var page struct {
		Changes []struct {
			Key    string
			Before any
			Known  bool `json:"before_known"`
		}
	}
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(page.Changes); got != "[{bob <nil> true} {ann <nil> false}]" {
		t.Errorf("got %s", got)
	}
}

// TestEveryThingIsShown: a change that puts a thing has a shape here.
func TestEveryThingIsShown(t *testing.T) {
	t.Parallel()
	for _, c := range []authz.Change{
		authz.PutUser{}, authz.PutTenant{}, authz.PutRole{}, authz.PutAssignment{}, authz.PutPending{}, authz.PutInstance{}, authz.PutTuple{},
		authz.PutConditionSet{Set: authz.ConditionSet{Conditions: `{"a":1}`}}, authz.PutRule{},
		authz.PutResource{Resource: authz.Resource{
			Actions: []authz.Action{{Key: "read"}}, Attributes: []authz.ResourceAttribute{{Key: "a"}}, Relations: []authz.Relation{{Key: "parent"}},
			Roles: []authz.ResourceRole{{Key: "viewer", Derivations: []authz.Derivation{{}}}},
		}},
	} {
		kind, _, put := directory.NameOf(c)
		text, err := json.Marshal(readThing(c))
		if err != nil || !put || !strings.HasPrefix(string(text), "{") {
			t.Errorf("%s: got %s (%v)", kind, text, err)
		}
	}
	if readThing(nil) != nil || readThing(authz.DeleteUser{}) != nil {
		t.Error("nothing is shown as something")
	}
}

func TestChangesRefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	for query, want := range map[string]string{
		"?kind=dog": "kind", "?person=ann": "there is no filter", "?before=x": "cursor", "?before=1.2": "cursor", "?before=1.2.3.4": "cursor",
		"?from=yesterday": "from", "?limit=101": "limit", "?limit=0": "limit", "?key=%00": "key",
	} {
		if status, body := askChanges(t, a, storetest.EnvSecret, query); status != http.StatusBadRequest || !strings.Contains(string(body), want) {
			t.Errorf("%s: got %d %s, want 400 and %q", query, status, body, want)
		}
	}
	if status, _ := askChanges(t, a, "wrong", ""); status != http.StatusUnauthorized {
		t.Errorf("a wrong key: got %d", status)
	}
}

// FuzzParseCursor: what is read as a cursor says itself again, but for a revision
// alone.
func FuzzParseCursor(f *testing.F) {
	for _, text := range []string{"4.0.1", "12", "1.2", "", "-1", "+1.02.3", "9999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			return
		}
		if again, err := parseCursor(cursorText(c)); err != nil || again != c {
			t.Errorf("%q: got %v (%v), want %v", text, again, err, c)
		}
	})
}
