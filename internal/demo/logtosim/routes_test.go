package logtosim_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
)

// subjects are the paths whose changes are changes of users, roles, organizations
// or of what they refer to.
var subjects = regexp.MustCompile(`^/api/(users|roles|resources|applications|organizations|organization-roles|organization-scopes|organization-invitations|hooks)(/|$)`)

// notOffered are mutating routes under these paths that the stand-in leaves out:
// they change how an application is shown or protected, and nobody's rights.
var notOffered = regexp.MustCompile(`/(access-control|sign-in-experience|user-consent-scopes|legacy-secret|protected-app-metadata|secrets|consent-organizations)(/|$)`)

// mutatingRoutes are the measured routes under the subjects, in net/http's
// notation, with the events each can fire.
func mutatingRoutes(t *testing.T) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "mutating-routes.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	event := regexp.MustCompile(`[A-Z]\w+(\.[A-Z]\w+)+`)
	routes := map[string][]string{}
	for line := range strings.Lines(string(raw)) {
		columns := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(columns) < 4 || !subjects.MatchString(columns[1]) || notOffered.MatchString(columns[1]) {
			continue
		}
		routes[columns[0]+" "+columns[1]] = nil
		if columns[2] == "registered" || columns[2] == "explicit" {
			routes[columns[0]+" "+columns[1]] = event.FindAllString(columns[3], -1)
		}
	}
	return routes
}

// TestEveryMutatingRouteIsOffered: what was measured to change users, roles or
// organizations is there, and nothing else changes anything.
func TestEveryMutatingRouteIsOffered(t *testing.T) {
	t.Parallel()
	var offered []string
	colon := regexp.MustCompile(`:(\w+)`)
	for _, r := range newSim(logtosim.Config{}).Routes() {
		if r.Method != http.MethodGet {
			offered = append(offered, r.Method+" "+colon.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	measured := mutatingRoutes(t)
	for route := range measured {
		if !slices.Contains(offered, route) {
			t.Errorf("%s is not offered", route)
		}
	}
	for _, route := range offered {
		if _, ok := measured[route]; !ok {
			t.Errorf("%s was never measured", route)
		}
	}
}

type step = simtest.Step

func did(method, path, body string, status int, as string) step {
	return step{Method: method, Path: path, Body: body, Status: status, As: as}
}

var fill = simtest.Fill

// send makes one request and returns the answer's status and body.
func send(s http.Handler, auth, method, path, body string) (int, []byte) {
	r := recording{}
	r.Request.Method, r.Request.Path, r.Request.Body = method, "/api"+path, &body
	r.Request.Headers = map[string]string{"user-agent": "node"}
	w := r.call(s, auth)
	return w.Code, w.Body.Bytes()
}

// TestEveryMutatingRouteFiresWhatItDid takes the story, and after each step
// compares the events with those that Logto was measured to fire on that route.
func TestEveryMutatingRouteFiresWhatItDid(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	auth, ids, left := token(t, s, "all"), map[string]string{}, mutatingRoutes(t)
	measured := mutatingRoutes(t)
	for _, c := range simtest.EveryRoute {
		status, answer := send(s, auth, c.Method, fill(c.Path, ids), fill(c.Body, ids))
		if status != c.Status {
			t.Fatalf("%s %s: got %d %s, want %d", c.Method, c.Path, status, answer, c.Status)
		}
		if c.As != "" {
			ids[c.As] = decode[struct{ ID string }](t, answer).ID
		}
		route := c.Route()
		want, ok := measured[route]
		if !ok {
			t.Errorf("%s was never measured", route)
		}
		delete(left, route)
		var got []string
		for _, w := range rc.all(t, s) {
			got = append(got, decode[struct{ Event string }](t, w.Body).Event)
		}
		for _, event := range got {
			if !slices.Contains(want, event) {
				t.Errorf("%s fired %s, want only %q", route, event, want)
			}
		}
		if len(want) > 0 && !slices.Contains(got, want[0]) {
			t.Errorf("%s fired %q, want %s", route, got, want[0])
		}
	}
	for route := range left {
		t.Errorf("the story does not take %s", route)
	}
}
