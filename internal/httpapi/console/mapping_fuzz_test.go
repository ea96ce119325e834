package console

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// FuzzMapping: a body is refused, or is a mapping that reads the same once it was
// written, and does not differ from itself.
func FuzzMapping(f *testing.F) {
	f.Add([]byte(usual))
	f.Add([]byte(unusual))
	f.Add([]byte(`{"rules":[{"name":"a"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := httpapi.Decode[mappingWire](body)
		if err != nil {
			return
		}
		m, err := in.mapping()
		if err != nil {
			if authz.KindOf(err) != authz.Invalid {
				t.Fatalf("got %v, want it Invalid", err)
			}
			return
		}
		written := mappingOf(m)
		text, err := json.Marshal(written)
		if err != nil {
			t.Fatal(err)
		}
		back, err := httpapi.Decode[mappingWire](text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.mapping()
		if err != nil {
			t.Fatal(err)
		}
		if m.GlobalTenant == "" { // which is written as what it means
			m.GlobalTenant = again.GlobalTenant
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatalf("(-read +read again)\n%s", diff)
		}
		if changes := mappingChanges(written, back); len(changes) > 0 {
			t.Fatalf("it differs from itself: %v", changes)
		}
	})
}
