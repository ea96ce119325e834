package server_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// A recording is a real delivery of Logto, with the exact bytes it sent.
type recording struct {
	name   string
	header http.Header
	body   []byte
}

// recordings returns the real deliveries in the order in which they were made.
func recordings(t testing.TB) []recording {
	t.Helper()
	names, err := filepath.Glob("../ingest/logto/testdata/webhooks/*.json")
	if err != nil || len(names) != 145 {
		t.Fatalf("found %d recordings (%v), want 145", len(names), err)
	}
	slices.Sort(names)
	list := make([]recording, len(names))
	for i, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Headers map[string]string `json:"headers"`
			Body    []byte            `json:"body_base64"`
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		r := recording{name: filepath.Base(name), header: http.Header{}, body: file.Body}
		for k, v := range file.Headers {
			if k != "host" && k != "connection" && k != "content-length" {
				r.header.Set(k, v)
			}
		}
		list[i] = r
	}
	return list
}

func TestRealDeliveriesAreAcceptedAndKept(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	all := recordings(t)
	for _, r := range all {
		if status := h.deliver(r.header, r.body); status/100 != 2 {
			t.Errorf("%s: got %d, want 2xx", r.name, status)
		}
	}
	var status struct {
		Sources []struct {
			Deliveries map[string]int `json:"deliveries_since_start"`
		}
	}
	h.must("GET", "/console/v1/status", nil, &status)
	want := map[string]int{"accepted": 145, "duplicate": 0, "refused": 0}
	if diff := cmp.Diff(want, status.Sources[0].Deliveries); diff != "" {
		t.Errorf("counts (-want +got)\n%s", diff)
	}
}

// TestTheOrderOfDeliveriesDoesNotMatter: the real deliveries in the order they
// were made, in reverse, and each twice end in the same directory, which is the
// one Logto's state describes; reading from Logto or from the payloads alone.
func TestTheOrderOfDeliveriesDoesNotMatter(t *testing.T) {
	t.Parallel()
	all := recordings(t)
	reverse := slices.Clone(all)
	slices.Reverse(reverse)
	var twice []recording
	for _, r := range all {
		twice = append(twice, r, r)
	}
	truth := finalUsers(t, all)
	if len(truth) < 10 {
		t.Fatalf("the recordings leave %d users; the test proves little", len(truth))
	}
	for mode, asks := range map[string]bool{"management API": true, "payloads alone": false} {
		var first map[string]person
		for order, list := range map[string][]recording{"recorded": all, "reverse": reverse, "twice": twice} {
			got := replay(t, list, truth, asks)
			if first == nil {
				first = got
			}
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%s: order %q ends in another directory (-other +this)\n%s", mode, order, diff)
			}
			if len(got) != len(truth) {
				t.Errorf("%s, %s: got %d users, want the %d that Logto has", mode, order, len(got), len(truth))
			}
			compareWithTruth(t, mode+", "+order, truth, got)
		}
	}
}

// replay delivers to a fresh house whose Logto has the given users, and returns
// the directory that comes of it.
func replay(t *testing.T, list []recording, truth map[string]logtosim.User, asks bool) map[string]person {
	t.Helper()
	h := start(t, t.TempDir(), func(c *server.Config) {
		if !asks {
			return
		}
		var sim *logtosim.Sim
		sim, c.Logto = standIn(t)
		for _, u := range truth {
			sim.Import(u)
		}
	})
	defer h.stop()
	h.schema()
	for _, r := range list {
		if status := h.deliver(r.header, r.body); status/100 != 2 {
			t.Fatalf("%s: %d", r.name, status)
		}
	}
	h.settled()
	return h.people()
}

// finalUsers is the state of Logto's users after all recordings, told from them
// in the order they were made: what a reader of FACTS would do by hand.
func finalUsers(t *testing.T, all []recording) map[string]logtosim.User {
	t.Helper()
	users := map[string]logtosim.User{}
	for _, r := range all {
		var p struct {
			Event, MatchedRoute string
			Params              struct{ UserID string }
			Data, User          json.RawMessage
		}
		if err := json.Unmarshal(r.body, &p); err != nil {
			t.Fatal(err)
		}
		whole := p.Data
		if p.User != nil {
			whole = p.User
		}
		isUser := strings.HasPrefix(p.Event, "User.") || strings.HasPrefix(p.Event, "Post")
		if strings.Contains(r.name, "test-webhook") || !isUser {
			continue
		}
		u := users[p.Params.UserID]
		switch {
		case p.Event == "User.Deleted":
			delete(users, p.Params.UserID)
			continue
		case strings.HasSuffix(p.MatchedRoute, "/custom-data"):
			u.CustomData = p.Data
		case strings.HasSuffix(p.MatchedRoute, "/profile"):
			u.Profile = p.Data
		default:
			u = logtosim.User{}
			if err := json.Unmarshal(whole, &u); err != nil {
				t.Fatalf("%s: %v", r.name, err)
			}
		}
		users[u.ID] = u
	}
	return users
}

// compareWithTruth holds the directory to Logto's users, field by field.
func compareWithTruth(t *testing.T, label string, truth map[string]logtosim.User, got map[string]person) {
	t.Helper()
	for id, u := range truth {
		p, ok := got[id]
		if !ok {
			t.Errorf("%s: user %s is missing", label, id)
			continue
		}
		want := object{"username": u.Username, "phone": u.PrimaryPhone, "custom_data": u.CustomData, "suspended": u.IsSuspended}
		if diff := cmp.Diff(plain(t, want), plain(t, p.Attributes)); diff != "" {
			t.Errorf("%s: attributes of %s (-logto +gatehouse)\n%s", label, id, diff)
		}
		if diff := cmp.Diff(u.PrimaryEmail, p.Email); diff != "" {
			t.Errorf("%s: e-mail of %s (-logto +gatehouse)\n%s", label, id, diff)
		}
		if diff := cmp.Diff([]object{{"role": "viewer", "tenant": "default"}}, p.Roles); diff != "" {
			t.Errorf("%s: roles of %s (-want +got)\n%s", label, id, diff)
		}
	}
}

// plain is v as JSON reads it.
func plain(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOneChangedByteIsRefused: over HTTP, with the real signatures.
func TestOneChangedByteIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	r := recordings(t)[0]
	changed := slices.Clone(r.body)
	changed[len(changed)/2] ^= 1
	for name, body := range map[string][]byte{
		"changed":   changed,
		"truncated": r.body[:len(r.body)-1],
		"empty":     nil,
		"base64":    []byte(base64.StdEncoding.EncodeToString(r.body)),
	} {
		if status := h.deliver(r.header, body); status != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", name, status)
		}
	}
	if status := h.deliver(http.Header{"Content-Type": {"application/json"}}, r.body); status != http.StatusUnauthorized {
		t.Errorf("unsigned: got %d, want 401", status)
	}
	if n := len(h.people()); n != 0 {
		t.Errorf("refused deliveries made %d users", n)
	}
}
