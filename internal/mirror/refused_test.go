package mirror_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/mirrortest"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
)

// TestAnAccountThatCannotBeUsedIsLeftAsItIs: whatever is wrong with it, the message says
// what to do, the key is not in it, and nothing there has changed.
func TestAnAccountThatCannotBeUsedIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	there := begin(t)
	there.Must("POST", schema+"/roles", object{"key": "viewer", "name": "Viewer"}, nil)
	before := there.there()
	reads := readKey(t, there)
	target, err := url.Parse(there.URL)
	ok(t, err)
	through := func(change func(w http.ResponseWriter, r *http.Request) bool) string {
		forward := httputil.NewSingleHostReverseProxy(target)
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !change(w, r) {
				forward.ServeHTTP(w, r)
			}
		}))
		t.Cleanup(web.Close)
		return web.URL
	}
	answer := func(status int, body, prefix string) string {
		return through(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, prefix) {
				return false
			}
			w.Header().Set("Location", "https://elsewhere.example.com")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		})
	}
	for name, c := range map[string]struct{ api, key, project, env, says string }{
		"a wrong key":              {there.URL, "permit_key_of_nobody", "", "", "does not know the API key: is GATEHOUSE_MIRROR_KEY right?"},
		"a key that only reads":    {there.URL, reads, "", "", "the account answered 403"},
		"a key of several":         {there.URL, mirrortest.OrgKey, "", "", "set GATEHOUSE_MIRROR_PROJECT and GATEHOUSE_MIRROR_ENVIRONMENT"},
		"an environment not there": {there.URL, mirrortest.OrgKey, "default", "nowhere", "and the environment right?"},
		"nobody there":             {"http://127.0.0.1:1", accountKey, "", "", "the account is not reached"},
		"a web page":               {answer(200, "<html>", "/"), accountKey, "", "", "is GATEHOUSE_MIRROR_API_URL the address of Permit's API"},
		"a redirect":               {answer(302, "", "/"), accountKey, "", "", "is not its final address"},
		"a failing account":        {answer(500, "{}", "/"), accountKey, "", "", "the account answered 500"},
		"half of the API":          {answer(404, `{"detail":"Not Found"}`, "/v2/facts"), accountKey, "", "", "is GATEHOUSE_MIRROR_API_URL the address of Permit's API"},
		"other lists":              {answer(200, `{"rows":[]}`, "/v2/facts"), accountKey, "", "", "it does not answer as Permit's API does"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRun(t, 1, mirror.Wanted{Schema: true}, 0, 0)
			r.house.furnish(t)
			r.mirror.Account = &permitapi.Client{API: c.api, Key: c.key, Project: c.project, Env: c.env, Pace: r.mirror.Pace, Setting: "GATEHOUSE_MIRROR_"}
			var failed error
			for range 20 {
				if _, err := r.mirror.Step(t.Context()); err != nil {
					failed = err
				}
			}
			if failed == nil || !strings.Contains(failed.Error(), c.says) || strings.Contains(failed.Error(), c.key) {
				t.Errorf("got %v, want %q in it", failed, c.says)
			}
			if diff := cmp.Diff(before, there.there()); diff != "" {
				t.Errorf("the account has changed (-before +after)\n%s", diff)
			}
			if letters, err := r.mirror.Letters(t.Context(), mirror.Thing{}, 10); len(letters) > 0 || err != nil {
				t.Errorf("got %+v (%v), want nothing given up", letters, err)
			}
		})
	}
}

// readKey makes a key of the account that may read only.
func readKey(t *testing.T, a *account) string {
	t.Helper()
	var scope struct {
		Organization string `json:"organization_id"`
		Project      string `json:"project_id"`
		Environment  string `json:"environment_id"`
	}
	a.Must("GET", "/v2/api-key/scope", nil, &scope)
	var made struct{ Secret string }
	a.as(accountKey+"_of_the_organization").Must("POST", "/v2/api-key", object{"organization_id": scope.Organization, "project_id": scope.Project, "environment_id": scope.Environment,
		"object_type": "env", "access_level": "read", "owner_type": "member", "name": "reads"}, &made)
	return made.Secret
}

func TestAnAccountsSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client *permitapi.Client
		field  string
	}{
		"no scheme":       {&permitapi.Client{API: "api.permit.io", Key: "k"}, "API_URL"},
		"a password":      {&permitapi.Client{API: "https://u:secret@api.permit.io", Key: "k"}, "API_URL"},
		"a query":         {&permitapi.Client{API: "https://api.permit.io?x=1", Key: "k"}, "API_URL"},
		"no key":          {&permitapi.Client{API: "https://api.permit.io"}, "KEY"},
		"a broken key":    {&permitapi.Client{API: "https://api.permit.io", Key: "two\nlines"}, "KEY"},
		"only a project":  {&permitapi.Client{API: "https://api.permit.io", Key: "k", Project: "p"}, "PROJECT"},
		"nothing amiss":   {&permitapi.Client{API: "https://api.permit.io/", Key: "k", Project: "p", Env: "e"}, ""},
		"nor here either": {&permitapi.Client{API: "http://127.0.0.1:7766", Key: "k"}, ""},
	} {
		c.client.Setting = "GATEHOUSE_MIRROR_"
		err := c.client.Validate()
		if c.field == "" && err == nil {
			continue
		}
		if c.field == "" || authz.KindOf(err) != authz.Invalid || !strings.Contains(err.Error(), "GATEHOUSE_MIRROR_"+c.field) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want Invalid about %s", name, err, c.field)
		}
	}
}

// FuzzNames: every name that is made of a change is read back.
func FuzzNames(f *testing.F) {
	f.Add("user", "doc:1#a@b", "doc", "x/y")
	f.Fuzz(func(t *testing.T, user, subject, kind, key string) {
		if strings.ContainsAny(user, "/") || strings.ContainsAny(kind, ":") || user == "" || kind == "" || key == "" || subject == "" {
			return
		}
		node := authz.Node{Type: authz.ResourceKey(kind), Key: key}
		name := mirror.Named(authz.PutAssignment{Assignment: authz.Assignment{User: authz.UserKey(user), Role: "r", Instance: node}}).Key
		if u, role, _, on, ok := authz.ParseHeld(name); !ok || string(u) != user || role != "r" || on != node {
			t.Errorf("%q is read as %q %q %v", name, u, role, on)
		}
		other := authz.Node{Type: "folder", Key: subject}
		name = mirror.Named(authz.PutTuple{Tuple: authz.Tuple{Subject: other, Relation: "in", Object: node}}).Key
		if s, relation, o, ok := authz.ParseTuple(name); !ok || s != other || relation != "in" || o != node {
			t.Errorf("%q is read as %v %q %v", name, s, relation, o)
		}
		if _, err := json.Marshal(name); err != nil {
			t.Error(err)
		}
	})
}
