package permit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permit"
)

// A recorder is a mux that remembers what was mounted on it.
type recorder struct {
	*http.ServeMux
	patterns []string
}

func (r *recorder) Handle(pattern string, h http.Handler) {
	r.patterns = append(r.patterns, pattern)
	r.ServeMux.Handle(pattern, h)
}

// routes are all routes of the door but the one that answers what no route does.
func routes() []string {
	r := &recorder{ServeMux: http.NewServeMux()}
	(&permit.API{}).Mount(r)
	return slices.DeleteFunc(r.patterns, func(p string) bool { return strings.HasPrefix(p, "/") }) // those of all methods
}

// A demand is what a route asks of a key beyond reaching what the path names.
type demand struct {
	level  access.Level
	access access.Access
}

// demandOf is what the paper says about a route: environment routes need to reach
// the environment, projects and keys a project, members and the organization all;
// reading needs read access, keys and members admin, the rest write.
func demandOf(pattern string) demand {
	method, path, _ := strings.Cut(pattern, " ")
	d := demand{level: access.EnvironmentLevel, access: access.Write}
	if method == http.MethodGet {
		d.access = access.Read
	}
	switch {
	case path == "/v2/api-key/scope", strings.HasPrefix(path, "/v2/facts/"), strings.HasPrefix(path, "/v2/schema/"):
	case strings.HasPrefix(path, "/v2/api-key"):
		return demand{access.ProjectLevel, access.Admin}
	case strings.HasPrefix(path, "/v2/members"), pattern == "GET /v2/orgs/{org}/invites":
		return demand{access.OrganizationLevel, access.Admin}
	case strings.HasPrefix(path, "/v2/orgs"):
		if method != http.MethodGet || strings.HasSuffix(path, "/stats") {
			d.level = access.OrganizationLevel
		}
	case pattern == "POST /v2/projects":
		d.level = access.OrganizationLevel
	case strings.HasPrefix(path, "/v2/projects"):
		if method != http.MethodGet || strings.Contains(path, "/copy/") {
			d.level = access.ProjectLevel
		}
	}
	return d
}

var rank = map[access.Level]int{access.EnvironmentLevel: 1, access.ProjectLevel: 2, access.OrganizationLevel: 3}

// fill puts names in the place of what a pattern leaves open. None of the things in
// an environment exist; nor does a key, a member or a task. The part of a group is
// one of a few words.
func fill(pattern, org, proj, env string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.NewReplacer("{org}", org, "{proj}", proj, "{env}", env, "{part}", "users").Replace(path)
	for strings.Contains(path, "{") {
		i, j := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:i] + id("f") + path[j+1:]
	}
	return method, path
}

// keyed makes a key of each level and access for the first environment, and a
// second project and environments that most of them do not reach.
func (h *house) keyed(t *testing.T) map[demand]string {
	t.Helper()
	as := http.Header{"Authorization": {"Bearer " + h.secrets["org"]}}
	for target, body := range map[string]string{
		"/v2/projects":           `{"key":"second","name":"Second"}`,
		"/v2/projects/acme/envs": `{"key":"sibling","name":"Sibling"}`,
	} {
		if res, data := h.do(t, http.MethodPost, target, as, body); res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", target, res.StatusCode, data)
		}
	}
	keys := map[demand]string{}
	for _, level := range []access.Level{access.EnvironmentLevel, access.ProjectLevel, access.OrganizationLevel} {
		for _, may := range []access.Access{access.Admin, access.Write, access.Read, access.NoAccess} {
			object := map[access.Level]string{
				access.EnvironmentLevel: `,"project_id":"acme","environment_id":"dev"`, access.ProjectLevel: `,"project_id":"acme"`,
			}[level]
			body := fmt.Sprintf(`{"organization_id":"home","object_type":%q,"access_level":%q%s}`, level, may, object)
			res, data := h.do(t, http.MethodPost, "/v2/api-key", as, body)
			made, ok := decoded(t, data).(map[string]any)
			if res.StatusCode != http.StatusOK || !ok {
				t.Fatalf("%s: %d %s", body, res.StatusCode, data)
			}
			keys[demand{level, may}], _ = made["secret"].(string)
		}
	}
	return keys
}

// ask sends a request with an unreadable body, so that whoever may go on is told so
// and changes nothing, and returns the status and what is said.
func (h *house) ask(t *testing.T, secret, method, path string) (int, string) {
	t.Helper()
	body := "{"
	if method == http.MethodGet {
		body = ""
	}
	res, data := h.do(t, method, path, http.Header{"Authorization": {"Bearer " + secret}, "X-Request-Id": {id("9")}}, body)
	return res.StatusCode, string(data)
}

// TestEveryRouteAsksForItsLevelAndAccess walks the whole route table with every kind
// of key. Whoever may not is told 403, and whoever may is not.
func TestEveryRouteAsksForItsLevelAndAccess(t *testing.T) {
	t.Parallel()
	h := open(t)
	keys := h.keyed(t)
	all := routes()
	if len(all) < 130 {
		t.Errorf("found %d routes, want all of them", len(all))
	}
	// Deletions without a body and what has no body at all go through: they come last.
	destroys := map[string]bool{"DELETE /v2/projects/{proj}": true, "DELETE /v2/projects/{proj}/envs/{env}": true}
	for _, pattern := range all {
		method, path := fill(pattern, "home", "acme", "dev")
		want := demandOf(pattern)
		for _, k := range slices.SortedFunc(maps.Keys(keys), func(a, b demand) int {
			return strings.Compare(string(a.level+"/")+string(a.access), string(b.level+"/")+string(b.access))
		}) {
			may := k.access.Covers(want.access) && rank[k.level] >= rank[want.level]
			if destroys[pattern] && may || pattern == "GET /v2/members/me" {
				continue
			}
			status, said := h.ask(t, keys[k], method, path)
			if (status != http.StatusForbidden) != may || status == http.StatusUnauthorized || status >= 500 && status != http.StatusNotImplemented {
				t.Errorf("%s with a key of level %s and access %s: got %d %s, want it allowed: %v", pattern, k.level, k.access, status, said, may)
			}
		}
	}
}

// TestNobodyLearnsWhatIsOutOfReach: what exists beyond a key's reach is answered as
// what does not exist, word for word but for the name that was sent.
func TestNobodyLearnsWhatIsOutOfReach(t *testing.T) {
	t.Parallel()
	h := open(t)
	keys := h.keyed(t)
	for _, level := range []access.Level{access.EnvironmentLevel, access.ProjectLevel} {
		secret := keys[demand{level, access.Admin}]
		for _, pattern := range routes() {
			if !strings.Contains(pattern, "{proj}") {
				continue
			}
			beyond := [][2][2]string{{{"second", "dev"}, {"absent", "dev"}}}
			if level == access.EnvironmentLevel && strings.Contains(pattern, "{env}") {
				beyond = append(beyond, [2][2]string{{"acme", "sibling"}, {"acme", "absentx"}})
			}
			for _, pair := range beyond {
				method, there := fill(pattern, "home", pair[0][0], pair[0][1])
				_, nowhere := fill(pattern, "home", pair[1][0], pair[1][1])
				status, said := h.ask(t, secret, method, there)
				other, same := h.ask(t, secret, method, nowhere)
				same = strings.NewReplacer(pair[1][0]+`\"`, pair[0][0]+`\"`, pair[1][1]+`\"`, pair[0][1]+`\"`, nowhere, there).Replace(same)
				if status != other || said != same || status != http.StatusForbidden {
					t.Errorf("%s of level %s: got %d %s for what is there and %d %s for what is not", pattern, level, status, said, other, same)
				}
			}
		}
	}
}

// TestADeletedOrRotatedKeyStopsAtOnce, and so do the keys of what is deleted.
func TestADeletedOrRotatedKeyStopsAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	org := http.Header{"Authorization": {"Bearer " + h.secrets["org"]}}
	call := func(method, target, body string, want int) map[string]any {
		t.Helper()
		res, data := h.do(t, method, target, org, body)
		if res.StatusCode != want {
			t.Fatalf("%s %s: got %d %s, want %d", method, target, res.StatusCode, data, want)
		}
		if len(data) == 0 {
			return nil
		}
		object, _ := decoded(t, data).(map[string]any)
		return object
	}
	works := func(secret string, want int) {
		t.Helper()
		if status, said := h.ask(t, secret, http.MethodGet, "/v2/api-key/scope"); status != want {
			t.Errorf("got %d %s, want %d", status, said, want)
		}
	}
	made := call("POST", "/v2/api-key", `{"organization_id":"home","environment_id":"`+id("2")+`"}`, 200)
	first, _ := made["secret"].(string)
	works(first, 200)
	rotated := call("POST", fmt.Sprint("/v2/api-key/", made["id"], "/rotate-secret"), "", 200)
	second, _ := rotated["secret"].(string)
	works(first, 401)
	works(second, 200)
	call("DELETE", fmt.Sprint("/v2/api-key/", made["id"]), "", 204)
	works(second, 401)

	own := call("GET", "/v2/api-key/acme/dev", "", 200)
	shown, _ := own["secret"].(string)
	if len(shown) < 97 || call("GET", "/v2/api-key/acme/dev", "", 200)["secret"] != shown {
		t.Errorf("got %q, want the same secret of 97 characters or more every time", shown)
	}
	works(shown, 200)
	raised, _ := call("POST", fmt.Sprint("/v2/api-key/", own["id"], "/rotate-secret"), "", 200)["secret"].(string)
	works(shown, 401)
	works(raised, 200)
	if got := call("GET", "/v2/api-key/acme/dev", "", 200)["secret"]; got != raised || raised == shown {
		t.Errorf("got %v, want the secret after the rotation", got)
	}
	call("DELETE", fmt.Sprint("/v2/api-key/", own["id"]), "", 400)

	call("POST", "/v2/projects", `{"key":"second","name":"Second"}`, 200)
	env, _ := call("GET", "/v2/api-key/second/dev", "", 200)["secret"].(string)
	project, _ := call("POST", "/v2/api-key", `{"organization_id":"home","object_type":"project","project_id":"second"}`, 200)["secret"].(string)
	works(env, 200)
	works(project, 200)
	call("DELETE", "/v2/projects/second/envs/dev", "", 204)
	works(env, 401)
	works(project, 200)
	call("DELETE", "/v2/projects/second", "", 204)
	works(project, 401)
}

func decoded(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("not JSON: %v: %.200s", err, data)
	}
	return v
}
