package logto

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

const attempted = `[{"id":"l1","key":"TriggerHook.User.Created","createdAt":1700000000000,"payload":{"hookRequest":{"body":` +
	`{"event":"User.Created","createdAt":"2023-11-14T22:13:20.000Z","hookId":"h","path":"/users","method":"POST","status":200,` +
	`"data":{"id":"u1","username":"ann","createdAt":1700000000000,"updatedAt":1700000000000}}}}}]`

// FuzzReadAttempts: whatever Logto's log of its deliveries holds, an attempt that is
// taken in is a delivery that can be kept, and says the same when it is read again.
func FuzzReadAttempts(f *testing.F) {
	f.Add([]byte(attempted))
	f.Add([]byte(`[{"id":"l1","key":"TriggerHook.User.Deleted","createdAt":1e400,"payload":{"hookRequest":{"body":{"event":"User.Deleted","createdAt":"x","params":{"userId":"u1"}}}}}]`))
	f.Add([]byte(`[{"key":"TriggerHook.","payload":{"hookRequest":{"body":[]}}},{"key":"Interaction.","payload":null},null]`))
	f.Fuzz(func(t *testing.T, page []byte) {
		rows, err := decodeAs[[]message](page)
		if err != nil {
			return
		}
		for _, row := range rows {
			a := readAttempt(row)
			if !a.Readable {
				if diff := cmp.Diff(ingest.Delivery{}, a.Delivery); diff != "" {
					t.Fatalf("unreadable, and yet a delivery: %s", diff)
				}
				continue
			}
			again, err := (&Source{}).Read(a.Delivery.Body)
			if diff := cmp.Diff(a.Delivery, again); err != nil || diff != "" {
				t.Fatalf("read again it differs: %v %s", err, diff)
			}
			if !json.Valid(a.Delivery.Body) || a.Delivery.SentAt.IsZero() || a.Delivery.Digest == "" {
				t.Fatalf("got %+v, which cannot be kept", a.Delivery)
			}
		}
	})
}

// TestAnAttemptIsReadWhole: when it was noted, and what was tried.
func TestAnAttemptIsReadWhole(t *testing.T) {
	t.Parallel()
	rows, err := decodeAs[[]message]([]byte(attempted))
	if err != nil || len(rows) != 1 {
		t.Fatalf("got %v (%v)", rows, err)
	}
	a := readAttempt(rows[0])
	want := ingest.Subject{Kind: ingest.UserSubject, ID: "u1"}
	if !a.Readable || !a.At.Equal(time.UnixMilli(1700000000000)) || a.Delivery.Subject != want || a.Delivery.Event != "User.Created" {
		t.Errorf("got %+v", a)
	}
}
