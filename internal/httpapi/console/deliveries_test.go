package console

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const deliveriesAt = "/console/v1/projects/default/envs/dev/logto/deliveries"

// deliver has the inbox take a body, and returns the id of the delivery.
func deliver(t *testing.T, a *API, body string) string {
	t.Helper()
	mac := hmac.New(sha256.New, []byte("k"))
	mac.Write([]byte(body))
	d, err := a.Inboxes["logto"].Accept(t.Context(), http.Header{"Logto-Signature-Sha-256": {hex.EncodeToString(mac.Sum(nil))}}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return d.Digest
}

func listed(t *testing.T, a *API, query string) (out deliveriesRead) {
	t.Helper()
	w := ask(t, a, storetest.EnvSecret, "GET", deliveriesAt+query, "")
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: got %d %s (%v)", query, w.Code, w.Body, err)
	}
	return out
}

func TestDeliveriesAreListedWithWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	first := deliver(t, a, signIn)
	tried := deliver(t, a, `{"event":"PostSignIn","createdAt":"2026-11-21T18:00:00.000Z","userId":"fake-id","hookId":"h","userAgent":"x","user":{"id":"fake-id"}}`)
	last := deliver(t, a, strings.ReplaceAll(signIn, "bob1", "cy22"))
	all := listed(t, a, "")
	if len(all.Deliveries) != 3 || all.Deliveries[0].ID != last || all.Next != nil {
		t.Fatalf("got %+v, want three, the last first", all)
	}
	if d := all.Deliveries[2]; d.ID != first || d.Outcome != ingest.Waiting || d.Subject == nil || d.Subject.ID != "bob1" || d.DueAt == nil {
		t.Errorf("got %+v, want bob1's to wait", d)
	}
	page := listed(t, a, "?limit=2")
	if len(page.Deliveries) != 2 || page.Next == nil {
		t.Fatalf("got %+v, want two and a cursor", page)
	}
	if rest := listed(t, a, "?limit=2&before="+*page.Next); len(rest.Deliveries) != 1 || rest.Deliveries[0].ID != first || rest.Next != nil {
		t.Errorf("got %+v, want the first alone", rest)
	}
	if of := listed(t, a, "?subject=user/bob1&event=PostSignIn&outcome=waiting"); len(of.Deliveries) != 1 || of.Deliveries[0].ID != first {
		t.Errorf("got %+v, want bob1's", of)
	}
	for _, it := range []string{first, last} {
		items, err := s.Take(t.Context(), 1, time.Minute)
		if err != nil || len(items) != 1 {
			t.Fatalf("%s: got %v (%v), want work", it, items, err)
		}
		if err := s.Finish(t.Context(), items[0]); err != nil {
			t.Fatal(err)
		}
	}
	if settled := listed(t, a, "?outcome=settled"); len(settled.Deliveries) < 2 || len(listed(t, a, "?outcome=waiting").Deliveries) != 0 {
		t.Errorf("got %+v, want all that caused work to be settled", settled)
	}
	for query, want := range map[string]string{
		"?outcome=lost": "outcome", "?before=x": "before", "?before=-1.x": "before", "?subject=bob": "user/k2m3", "?kind=user": "no filter", "?limit=0": "limit",
	} {
		if w := ask(t, a, storetest.EnvSecret, "GET", deliveriesAt+query, ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s, want 400 about %s", query, w.Code, w.Body, want)
		}
	}
	if w := ask(t, a, storetest.EnvSecret, "GET", deliveriesAt+"/"+tried, ""); w.Code != http.StatusOK {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestADeliveryIsToldWithoutSecretsAndPlayedAgain(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	woken := 0
	a.Inboxes["logto"].Wake = func() { woken++ }
	id := deliver(t, a, strings.Replace(signIn, `"username"`, `"password":"hunter2","username"`, 1))
	items, err := s.Take(t.Context(), 9, time.Minute)
	if err != nil || len(items) != 1 {
		t.Fatalf("got %v (%v), want work", items, err)
	}
	if err := s.Finish(t.Context(), items[0]); err != nil {
		t.Fatal(err)
	}
	w := ask(t, a, storetest.EnvSecret, "GET", deliveriesAt+"/"+id, "")
	var got payloadRead
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || got.Outcome != ingest.Settled {
		t.Fatalf("got %d %s (%v)", w.Code, w.Body, err)
	}
	if strings.Contains(got.Payload, "hunter2") || !strings.Contains(got.Payload, `"userId":"bob1"`) {
		t.Errorf("got %s, want what it said without the password", got.Payload)
	}
	if w := ask(t, a, storetest.EnvSecret, "POST", deliveriesAt+"/"+id+"/replay", ""); w.Code != http.StatusAccepted || woken != 2 {
		t.Errorf("got %d %s, and woke %d times", w.Code, w.Body, woken)
	}
	if items, err = s.Take(t.Context(), 9, time.Minute); err != nil || len(items) != 1 {
		t.Errorf("got %v (%v), want the subject to be looked at again", items, err)
	}
	unknown := deliver(t, a, `{"event":"Moon.Rose","createdAt":"2026-11-21T18:00:00.000Z"}`)
	for path, want := range map[string]int{"/" + unknown + "/replay": http.StatusConflict, "/none/replay": http.StatusNotFound} {
		if w := ask(t, a, storetest.EnvSecret, "POST", deliveriesAt+path, ""); w.Code != want {
			t.Errorf("%s: got %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
	if w := ask(t, a, storetest.EnvSecret, "GET", deliveriesAt+"/none", ""); w.Code != http.StatusNotFound {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestWhatLogtoSaysOfAUserHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	a.Connections = connected{}
	w := ask(t, a, storetest.EnvSecret, "GET", "/console/v1/projects/default/envs/dev/logto/users/ann", "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `customData`) || strings.Contains(w.Body.String(), `\"x\"`) {
		t.Errorf("got %d %s, want the user without the digest", w.Code, w.Body)
	}
}
