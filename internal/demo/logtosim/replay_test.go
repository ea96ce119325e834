package logtosim_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// A told is a recorded delivery of the Management API with what caused it.
type told struct {
	name    string
	Body    string
	Trigger *struct {
		Method, Path string
		Status       int
		RequestBody  json.RawMessage `json:"request_body"`
	}
}

// silently are the requests between recorded deliveries that fired nothing, or
// whose delivery was not kept; by the name of the delivery that follows.
var silently = map[string][]step{
	"024": {did("PATCH", "/users/{y3c0awfivwdt}", `{"name":null,"avatar":""}`, 200, "")},
	"035": {did("POST", "/resources", `{"name":"Orders API","indicator":"https://orders.example.org/api"}`, 201, "5snznrc1gytf5ls6pk3kq")},
	"063": {did("DELETE", "/organization-scopes/nope", ``, 404, "")},
	"069": {did("PUT", "/organizations/{j559qs7he415}/users", `{"userIds":["{y3c0awfivwdt}"]}`, 204, "")},
	"081": {
		did("PATCH", "/users/sc8nrbdgxfnt", `{"primaryEmail":"bob@example.org"}`, 200, ""),
		did(
			"POST", "/organization-invitations", `{"invitee":"bob@example.org","organizationId":"{2yvq87w9l9nl}","expiresAt":9999999999999}`,
			201, "fclhokqrll1m8b62j0j9a",
		),
	},
	"088": {did("POST", "/resources", `{"name":"tmp","indicator":"https://tmp.example"}`, 201, "39pp2f6n8vv767zxkohg5")},
	"095": {did("POST", "/applications", `{"name":"tmp","type":"MachineToMachine"}`, 200, "z84dmy7qr7v1w4du74r47")},
}

// notReplayed are deliveries whose cause or state is elsewhere, with the reason.
var notReplayed = map[string]string{
	"077": "a sign-up, compared by TestJustInTimeSignUp", "078": "as 077", "079": "as 077",
	"085": "the user signed up, which the replay does not",
	"132": "a test delivery, compared by TestHookTests", "136": "as 132", "150": "as 132", "160": "as 132",
}

// unstable is what differs between two runs of the same story.
var unstable = regexp.MustCompile(`"(createdAt|updatedAt|lastSignInAt)":(\d+|"[^"]*")|"hookId":"[^"]*"|"(ip|userAgent)":"[^"]*"`)

func blank(s string) string {
	return unstable.ReplaceAllStringFunc(s, func(m string) string { return m[:strings.Index(m, ":")] + `:"-"` })
}

// TestTheRecordedStoryIsToldAgain makes the recorded changes in their order, and
// compares every delivery to the byte but for ids, times and the caller.
func TestTheRecordedStoryIsToldAgain(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusOK)
	s := newSim(logtosim.Config{WebhookURL: rc.URL, InOrder: true})
	s.Import(logtosim.User{ID: "ixnhp5grhkar"}, logtosim.User{ID: "sc8nrbdgxfnt"})
	auth, ids := token(t, s, "all"), map[string]string{}
	ours := func(text string) string {
		for recorded, id := range ids {
			text = strings.ReplaceAll(text, recorded, id)
		}
		return text
	}
	list := recordedStory(t)
	for i := 0; i < len(list); i++ {
		d := list[i]
		for _, c := range silently[d.name[:3]] {
			status, answer := send(s, auth, c.Method, fill(c.Path, ids), fill(c.Body, ids))
			if status != c.Status {
				t.Fatalf("before %s: got %d %s", d.name, status, answer)
			}
			if c.As != "" {
				ids[c.As] = decode[struct{ ID string }](t, answer).ID
			}
			rc.all(t, s)
		}
		status, answer := send(s, auth, d.Trigger.Method, strings.TrimPrefix(ours(d.Trigger.Path), "/api"), ours(string(d.Trigger.RequestBody)))
		if status != d.Trigger.Status {
			t.Fatalf("%s: got status %d %s, want %d", d.name, status, answer, d.Trigger.Status)
		}
		got := rc.all(t, s)
		for n, w := range got {
			if n > 0 {
				i++ // the same request was recorded once per event
			}
			if i == len(list) {
				t.Fatalf("%s: got %d deliveries too many", d.name, len(got)-n)
			}
			learn(t, ids, list[i].Body, string(w.Body))
			if g, want := blank(string(w.Body)), blank(ours(list[i].Body)); g != want {
				t.Errorf("%s: got\n%s\nwant\n%s", list[i].name, g, want)
			}
		}
		if len(got) == 0 {
			t.Errorf("%s: got no delivery", d.name)
		}
	}
}

// learn finds out which id of ours stands for a recorded one.
func learn(t *testing.T, ids map[string]string, recorded, got string) {
	t.Helper()
	type made struct {
		Method                     string
		RoleID, OrganizationRoleID string
		Data                       json.RawMessage
	}
	want, have := decode[made](t, []byte(recorded)), decode[made](t, []byte(got))
	var wantID, haveID struct{ ID string }
	_ = json.Unmarshal(want.Data, &wantID) // a list has no id
	_ = json.Unmarshal(have.Data, &haveID)
	for _, pair := range [][2]string{
		{wantID.ID, haveID.ID}, {want.RoleID, have.RoleID}, {want.OrganizationRoleID, have.OrganizationRoleID},
	} {
		if pair[0] != "" && pair[1] != "" && want.Method == http.MethodPost {
			ids[pair[0]] = pair[1]
		}
	}
}

// recordedStory reads the deliveries that the Management API caused.
func recordedStory(t *testing.T) []told {
	t.Helper()
	files, err := os.ReadDir(filepath.Join("testdata", "webhooks"))
	if err != nil {
		t.Fatal(err)
	}
	var list []told
	for _, f := range files {
		if _, skip := notReplayed[f.Name()[:3]]; skip {
			continue
		}
		d := read[told](t, "webhooks", f.Name())
		if d.name = f.Name(); d.Trigger != nil && strings.HasPrefix(d.Trigger.Path, "/api/") && !strings.HasPrefix(d.Trigger.Path, "/api/experience/") {
			list = append(list, d)
		}
	}
	if len(list) < 70 {
		t.Fatalf("got %d recorded deliveries, want the whole story", len(list))
	}
	return list
}
