package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestAPreviewSaysWhatAMappingWouldDo, page by page and without doing it; here by
// what webhooks have told.
func TestAPreviewSaysWhatAMappingWouldDo(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	employ(t, a)
	x := &ingest.Reconciler{Env: storetest.Env, Source: &logto.Source{}, Store: s, Directory: a.Directory}
	a.Remapper = &ingest.Remapper{Reconciler: x, Wake: func() {}}
	const previewAt = mappingAt + "/preview"
	body := strings.Replace(usual, `"rules":[]`, `"rules":[{"name":"staff","condition":"user.primaryEmail.endsWith('@acme.com') || user.customData.x","roles":["admin"],"tenants":["default"]}]`, 1)
	preview := func(rest string) (p previewRead) {
		t.Helper()
		w := ask(t, a, storetest.EnvSecret, "POST", previewAt, `{"mapping":`+body+rest+`}`)
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusOK {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		return p
	}
	if p := preview(""); p.From != "nothing" || len(p.List) != 0 || len(p.Changes) != 1 || p.Changes[0] != "+ rules: staff" {
		t.Errorf("without users: got %+v", p)
	}
	for i, mail := range []string{"a@acme.com", "b@acme.com", "c@other.com"} {
		user := fmt.Sprintf(`{"event":"User.Created","createdAt":"2026-01-01T00:00:00.000Z","data":{"id":"u%d","username":null,"primaryEmail":%q,"primaryPhone":null,"name":null,
			"customData":{},"identities":{},"profile":{},"createdAt":1,"updatedAt":1,"lastSignInAt":null,"avatar":null,"applicationId":null,"isSuspended":false}}`, i, mail)
		d, err := x.Source.Read([]byte(user))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Keep(t.Context(), storetest.Env, "logto", d); err != nil {
			t.Fatal(err)
		}
		if err := x.Run(t.Context(), ingest.WorkKey(storetest.Env, "logto", d.Subject)); err != nil {
			t.Fatal(err)
		}
	}
	a.Remapper = &ingest.Remapper{Reconciler: x, Wake: func() {}}
	before, _ := a.Directory.Mapping(t.Context(), storetest.Env)
	p := preview(`,"limit":2`)
	if p.From != "payloads" || !p.Whole || p.Users != 3 || p.Changed != 2 || p.Given != 2 || p.Taken != 0 || p.Failing != 1 || p.Next != "u1" ||
		len(p.List) != 2 || p.List[0].User != "u0" || p.List[0].Given[0] != (giftRead{"admin", "default", "logto:rule:staff"}) {
		t.Errorf("the first page: got %+v", p)
	}
	if p := preview(`,"limit":2,"after":"u1"`); len(p.List) != 1 || p.Next != "" || p.List[0].User != "u2" || p.List[0].Failing[0].Expression != "rule staff" {
		t.Errorf("the last page: got %+v", p)
	}
	after, err := a.Directory.Mapping(t.Context(), storetest.Env)
	held, userErr := a.Directory.User(t.Context(), storetest.Env, authz.Ident("u0"))
	if err != nil || userErr != nil || len(before.Rules)+len(after.Rules)+len(held.Assignments) != 0 {
		t.Errorf("the preview has changed something: %+v %+v", after, held)
	}
	for name, bad := range map[string]string{
		"a limit": `{"mapping":` + usual + `,"limit":1001}`, "a mapping": `{"mapping":{}}`,
		"a rule": `{"mapping":` + strings.Replace(body, "user.", "users.", 1) + `}`,
	} {
		if w := ask(t, a, storetest.EnvSecret, "POST", previewAt, bad); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusBadRequest {
			t.Errorf("%s that cannot be meant: got %d %s", name, w.Code, w.Body)
		}
	}

	// Saved, everybody is looked at again.
	if w := ask(t, a, storetest.EnvSecret, "PUT", mappingAt, body); w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if b, err := s.Backlog(t.Context()); err != nil || b.Waiting != 3 {
		t.Errorf("got %+v (%v), want three users to wait", b, err)
	}
}
