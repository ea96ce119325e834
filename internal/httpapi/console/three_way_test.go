package console

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestThreeSidesAreJoinedBySubject: what differs from Logto comes before what differs in the
// account, and a side that is not known is not taken for equal.
func TestThreeSidesAreJoinedBySubject(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	says := func(texts ...string) {
		t.Helper()
		w := ask(t, a, storetest.EnvSecret, "GET", mirrorAt+"/three-way", "")
		for _, text := range texts {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("got %d %s, want %s in it", w.Code, w.Body, text)
			}
		}
	}
	says("GATEHOUSE_MIRROR_API_URL")
	a.Mirror = mirrorInto(s, &emptyAccount{})
	says(`"equal":false`, `no Logto is gone through`, `nothing has been compared since the start`, `"subjects":[]`)
	a.Sweeps = map[string]*ingest.Sweep{"logto": {
		Env: storetest.Env, Source: "logto", Store: s, Directory: a.Directory, Proofs: s, Wake: func() {}, Log: slog.New(slog.DiscardHandler), Census: someUsers{},
	}}
	at := time.Unix(1, 0).UTC()
	proof := ingest.Proof{Verdict: ingest.Different, SweptAt: at, At: at, Total: 2, Differences: []ingest.Difference{
		{Subject: ingest.Subject{Kind: ingest.UserSubject, ID: "by-hand"}, Cause: ingest.MissingHere},
		{Subject: ingest.Subject{Kind: ingest.OrganizationSubject, ID: "default"}, Cause: ingest.Differs, Fields: []string{"name"}},
	}}
	if err := s.SaveProof(t.Context(), storetest.Env, "logto", proof); err != nil {
		t.Fatal(err)
	}
	ask(t, a, storetest.EnvSecret, "POST", mirrorAt+"/drift", "")
	says(`the comparison is under way`)
	if _, err := a.Mirror.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	says(`{"equal":false,"logto":{"known":true,"equal":false,"why":"","at":"1970-01-01T00:00:01Z","differences_total":2},"account":{"known":true,"equal":false,"why":""`,
		`{"kind":"user","key":"by-hand","steps":[{"between":"logto_gatehouse","kind":"user","key":"by-hand","cause":"missing_here","fields":[],"plan":"read it from Logto and make it here"},`+
			`{"between":"gatehouse_account","kind":"user","key":"by-hand","cause":"only_there","fields":[],"plan":"once it is here what Logto says: leave it: the mirror has not made it"}]}`,
		`{"kind":"tenant","key":"default","steps":[{"between":"logto_gatehouse","kind":"tenant","key":"default","cause":"differs","fields":["name"],"plan":"make it here what Logto says"},`+
			`{"between":"gatehouse_account","kind":"tenant","key":"default","cause":"missing_there","fields":[],"plan":"once it is here what Logto says: make it in the account"}]}`)
}
