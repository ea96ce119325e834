package permitpdp

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// TestEveryKindHasAStatus: an error without one would be answered with status 0.
func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	for kind := authz.Internal; kind <= authz.Unsupported; kind++ {
		if statuses[kind] < 400 {
			t.Errorf("kind %d has status %d", kind, statuses[kind])
		}
	}
	if last := slices.Max(slices.Collect(maps.Keys(statuses))); last != authz.Unsupported {
		t.Errorf("kind %d has a status and is not tested", last)
	}
}

// FuzzParseAllowed: whatever is accepted means what any other reader of the same
// JSON takes it to mean.
func FuzzParseAllowed(f *testing.F) {
	for _, seed := range []string{
		`{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":"acme"}}`,
		`{"user":{"key":"ann","attributes":null},"action":"read","resource":{"type":"doc","tenant":null,"context":{}},"context":{"a":[1e999]}}`,
		`{"user":{"key":"ann"},"User":{"key":"root"},"action":"read","ACTION":"write","resource":{"type":"doc","Type":"img"}}`,
		`{"user":{"key":"ann"},"user":{},"action":"read","resource":{"type":"doc"}}`,
		`{"user":"ann","action":"read","resource":"doc"}`,
		`{"user":{"key":1},"action":[],"resource":{"type":{}}}`,
		`{"user":{"key":"\ud800\u0000<\/"},"action":"","resource":{"type":""}}`,
		`[]`, `null`, ``, `{`, `{} {}`, "{\"user\":{\"key\":\"\xff\"},\"action\":\"a\",\"resource\":{\"type\":\"t\"}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := parseAllowed(body)
		if err != nil {
			if !reflect.DeepEqual(q, authz.Query{}) {
				t.Errorf("got %+v with an error", q)
			}
			return
		}
		var v any
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		text := func(path ...string) string {
			at := v
			for _, p := range path {
				o, _ := at.(map[string]any)
				at = o[p]
			}
			s, ok := at.(string)
			if !ok && path[len(path)-1] != "tenant" {
				t.Errorf("accepted without %v", path)
			}
			return s
		}
		maybe := func(path ...string) string {
			at := v
			for _, p := range path {
				o, _ := at.(map[string]any)
				at = o[p]
			}
			s, _ := at.(string)
			return s
		}
		values := func(path ...string) authz.Attributes {
			at := v
			for _, p := range path {
				o, _ := at.(map[string]any)
				at = o[p]
			}
			o, _ := at.(map[string]any)
			return o
		}
		want := authz.Query{
			User: authz.UserKey(text("user", "key")), Action: authz.ActionKey(text("action")),
			Resource: authz.ResourceKey(text("resource", "type")), Tenant: authz.TenantKey(text("resource", "tenant")),
			Instance:       maybe("resource", "key"),
			UserAttributes: values("user", "attributes"), ResourceAttributes: values("resource", "attributes"), Context: values("context"),
		}
		if diff := cmp.Diff(want, q); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
