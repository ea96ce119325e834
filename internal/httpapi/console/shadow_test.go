package console

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// compared are the settings of one environment.
type compared struct{ shadow.Setting }

func (c compared) Compared(context.Context) (map[authz.EnvID]shadow.Setting, error) {
	return map[authz.EnvID]shadow.Setting{storetest.Env: c.Setting}, nil
}

// overshadow gives the door a comparison that has found something.
func overshadow(t *testing.T, a *API, s *store.Store) {
	t.Helper()
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Shadow = &shadow.Shadow{
		Settings: compared{shadow.Setting{Share: 0.5, Address: "https://pdp.test", Key: "secret-key", Account: "one"}}, Ledger: s.Shadows(), Snapshots: f, Log: slog.New(slog.DiscardHandler),
	}
	a.SetShadow = func(context.Context, authz.EnvID, ShadowWish) error { return nil }
	at := time.UnixMicro(1_700_000_000_000_000).UTC()
	err := s.Shadows().Add(t.Context(), storetest.Env, "one", at, shadow.Counts{shadow.Agreed: 7, shadow.Denied: 3, shadow.Disagreed: 1, shadow.Dropped: 2}, []shadow.Disagreement{{
		Shape: "0123", N: 1, First: at, Last: at, Revision: 4, Allow: true, Here: []byte(`{"rbac":{"allow":true}}`),
		Query: authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "default", UserAttributes: authz.Attributes{"level": "high"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAComparisonWithAnAccountIsToldSetAndForgotten(t *testing.T) {
	t.Parallel()
	const at = "/console/v1/projects/default/envs/dev/shadow"
	a, s := open(t)
	overshadow(t, a, s)
	says := func(method, path, body string, code int, texts ...string) {
		t.Helper()
		w := ask(t, a, storetest.EnvSecret, method, at+path, body)
		for _, text := range texts {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s %s: got %d %s, want %s in it", method, path, w.Code, w.Body, text)
			}
		}
		if w.Code != code || strings.Contains(w.Body.String(), "secret-key") {
			t.Errorf("%s %s: got %d %s, want %d and no key", method, path, w.Code, w.Body, code)
		}
	}
	says("GET", "", "", 200, `"verdict":"unsafe"`, `1 checks were answered differently`, `7 checks have agreed, wanted are 1000`, `wanted are 24h0m0s`,
		`"share":0.5,"pdp_url":"https://pdp.test"`, `"asked":8,"agreed":7`, `"dropped":2`, `{"way":"denied","agreed":3}`,
		`"question":{"user":{"key":"ann","attributes":{"level":"high"}},"action":"read","resource":{"type":"doc","tenant":"default"}}`,
		`"here":{"allow":true,"debug":{"rbac":{"allow":true}}},"there":{"allow":false,"debug":null}`)
	says("GET", "?checks=5&hours=0", "", 200, `"why":["1 checks were answered differently: see the disagreements, make the two sides equal, and have what was found forgotten"]`)
	says("GET", "?checks=0", "", 422, "checks")
	says("GET", "?hours=9000", "", 422, "hours")
	says("PUT", "", `{"share":1.5}`, 400, "share is not between 0")
	says("PUT", "", `{"share":-1}`, 400, "share is not between 0")
	says("PUT", "", `{"share":"1"}`, 422, "share")
	says("PUT", "", `{}`, 422, "share")
	says("PUT", "", `{"share":1e999}`, 400, "share is not between 0")
	says("POST", "/forget", "", 200)
	says("GET", "?checks=5&hours=0", "", 200, `"verdict":"not_yet"`, `"since":null`, `"disagreements":[]`)
}
