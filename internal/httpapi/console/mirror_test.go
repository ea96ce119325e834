package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const mirrorAt = "/console/v1/projects/default/envs/dev/mirror"

// emptyAccount has nothing and refuses everything, or is not there.
type emptyAccount struct{ down bool }

func (a *emptyAccount) Begin(context.Context) (string, error) {
	if a.down {
		return "", errors.New("the account is not reached")
	}
	return "https://api.example.com 1", nil
}

func (*emptyAccount) Find(_ context.Context, things []mirror.Thing, _ bool) ([]authz.Change, error) {
	return make([]authz.Change, len(things)), nil
}

func (*emptyAccount) Everything(_ context.Context, kind mirror.Kind, yield func([]authz.Change) error) error {
	if kind == mirror.User {
		return yield([]authz.Change{authz.PutUser{User: authz.User{Key: "by-hand"}}})
	}
	return nil
}

func (*emptyAccount) Do(context.Context, mirror.Call) error {
	return &mirror.Refusal{Status: 422, Reason: "it says no"}
}

func (*emptyAccount) Most(mirror.Kind, mirror.Verb) int { return 1 }
func (*emptyAccount) Many() int                         { return 2 }

func mirrorInto(s *store.Store, account mirror.Account) *mirror.Mirror {
	return &mirror.Mirror{
		Env: storetest.Env, Source: s, Ledger: s.Mirrors(), Account: account, Owner: "test", Log: slog.New(slog.DiscardHandler),
		Pace: &mirror.Pace{Limits: mirror.DefaultLimits, Clock: mirror.Wall{}},
	}
}

func TestTheMirrorIsToldAndAskedForMore(t *testing.T) {
	t.Parallel()
	a, s := open(t)
	if w := ask(t, a, storetest.EnvSecret, "GET", mirrorAt, ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "GATEHOUSE_MIRROR_API_URL") {
		t.Errorf("without a mirror: got %d %s", w.Code, w.Body)
	}
	account := &emptyAccount{down: true}
	a.Mirror = mirrorInto(s, account)
	says := func(method, path string, code int, texts ...string) {
		t.Helper()
		w := ask(t, a, storetest.EnvSecret, method, mirrorAt+path, "")
		for _, text := range texts {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s %s: got %d %s, want %s in it", method, path, w.Code, w.Body, text)
			}
		}
		if w.Code != code {
			t.Errorf("%s %s: got %d %s, want %d", method, path, w.Code, w.Body, code)
		}
	}
	says("GET", "", 200, `"account":""`, `"mirrored":["tenant","user","assignment"]`, `"writes":{"requests":300,"seconds":60}`)
	says("GET", "/drift", 200, `"at":null`, `"running":false`)
	says("POST", "/repair", 409, "compared")
	if _, err := a.Mirror.Step(t.Context()); err == nil {
		t.Error("a mirror into nothing does not fail")
	}
	says("GET", "", 200, `"error":"mirror: the account is not reached"`)

	account.down = false
	says("POST", "/drift", 202)
	if _, err := a.Mirror.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	says("GET", "", 200, `"account":"https://api.example.com 1"`, `"error":""`, `"waiting":1`, `"refused":1`)
	says("GET", "/drift", 200, `"equal":false`, `"differences_by_cause":{"missing_there":1,"only_there":1}`,
		`{"kind":"tenant","key":"default","cause":"missing_there","plan":"make it in the account"}`, `{"kind":"user","key":"by-hand","cause":"only_there","plan":"leave it: the mirror has not made it"}`)
	says("POST", "/repair", 202, `"things":1`)

	dead := mirror.Mark{Thing: mirror.Thing{Kind: mirror.Tenant, Key: "default"}, Dead: true, Generation: 2, Reason: "it says no"}
	if err := s.Mirrors().Settle(t.Context(), storetest.Env, "https://api.example.com 1", nil, []mirror.Mark{dead}); err != nil {
		t.Fatal(err)
	}
	says("GET", "/letters", 200, `"kind":"tenant","key":"default","reason":"it says no"`)
	says("GET", "/letters?after_kind=tenant&after_key=default", 200, `{"letters":[]}`)
	says("POST", "/retry?kind=tenant", 400, "go together")
	says("POST", "/retry?kind=tenant&key=other", 202, `"things":0`)
	says("POST", "/retry", 202, `"things":1`)
}
