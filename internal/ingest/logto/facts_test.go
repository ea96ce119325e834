package logto_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// noFacts leaves out what expressions see, which is compared here.
var noFacts = cmpopts.IgnoreTypes(authz.Facts{})

// TestWhatExpressionsSeeOfAUser is the whole user as the payloads that are newest
// have it, clean and without nulls.
func TestWhatExpressionsSeeOfAUser(t *testing.T) {
	t.Parallel()
	user := func(id string, version int, rest string) string {
		return `{"event":"User.Data.Updated","createdAt":"2026-01-01T00:00:00.000Z","params":{"userId":"` + id + `"},"matchedRoute":"/users/:userId","data":{"id":"` + id + `",
			"username":null,"primaryPhone":null,"name":"A\u0000nn","avatar":null,"customData":{"a":1},"identities":{"github":{"userId":"7"}},
			"lastSignInAt":null,"createdAt":5,"updatedAt":` + string(rune('0'+version)) + `,"profile":{"locale":"de"},"applicationId":null,"isSuspended":false,` + rest + `}}`
	}
	part := `{"event":"User.Data.Updated","createdAt":"2026-01-01T00:00:01.000Z","params":{"userId":"u1"},"matchedRoute":"/users/:userId/profile","data":{"nickname":"x"}}`
	got := observed(t, "u1", delivered(t, user("u1", 4, `"primaryEmail":"Ann <ann@acme.com>"`), part)...).Facts
	want := authz.Facts{
		"id": "u1", "username": "", "primaryEmail": "", "primaryPhone": "", "name": "Ann", "avatar": "", "applicationId": "",
		"customData": map[string]any{"a": json.Number("1")}, "identities": map[string]any{"github": map[string]any{"userId": "7"}},
		"profile": map[string]any{"nickname": "x"}, "isSuspended": false, "createdAt": json.Number("5"), "lastSignInAt": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
