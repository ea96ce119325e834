package logto_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func mac(key string, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(key))
	m.Write(body)
	return m.Sum(nil)
}

// fatal is what *testing.T and *rapid.T have in common.
type fatal interface {
	Helper()
	Fatal(args ...any)
}

func subject(id string) ingest.Subject { return ingest.Subject{Kind: ingest.UserSubject, ID: id} }

// fold observes a user from payloads alone.
func fold(t fatal, id string, ds ...ingest.Delivery) (authz.Account, bool) {
	t.Helper()
	account, ok, err := (&logto.Source{}).Observe(context.Background(), subject(id),
		func(context.Context) ([]ingest.Delivery, error) { return ds, nil })
	if err != nil {
		t.Fatal(err)
	}
	return account, ok
}

func observed(t fatal, id string, ds ...ingest.Delivery) authz.Account {
	t.Helper()
	account, ok := fold(t, id, ds...)
	if !ok {
		t.Fatal("nothing is known of " + id)
	}
	return account
}

func delivered(t fatal, bodies ...string) []ingest.Delivery {
	t.Helper()
	var ds []ingest.Delivery
	for _, body := range bodies {
		d, err := (&logto.Source{}).Read([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		ds = append(ds, d)
	}
	return ds
}

// number is a JSON number as the house keeps it.
func number(s string) json.Number { return json.Number(s) }

// TestAUserBecomesAnAccount folds what was recorded of y3c0awfivwdt.
func TestAUserBecomesAnAccount(t *testing.T) {
	t.Parallel()
	alpha := map[string]any{"nested": []any{"x", nil, number("1"), number("1e+21"), number("0.1"), number("0"), number("12345678901234567000")}}
	want := authz.Account{
		Source: "logto", Key: "y3c0awfivwdt", Exists: true,
		Email: "full@example.org", FirstName: "Zoë", LastName: "加藤",
		Attributes: authz.Attributes{
			"username": "full_user", "phone": "8613800000001", "suspended": false,
			"custom_data": map[string]any{"html": "</script>&<>", "zeta": number("1"), "alpha": alpha, "ключ": "значение", "emoji😀": true},
		},
	}
	created := string(recorded(t, "016"))
	if diff := cmp.Diff(want, observed(t, "y3c0awfivwdt", delivered(t, created)...), noFacts); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	suspended := observed(t, "y3c0awfivwdt", delivered(t, created, string(recorded(t, "031")))...)
	if !suspended.Suspended || suspended.Attributes["suspended"] != true {
		t.Errorf("got %+v, want suspended", suspended)
	}
	gone := delivered(t, string(recorded(t, "084")), string(recorded(t, "033")), created)
	if diff := cmp.Diff(authz.Account{Source: "logto", Key: "y3c0awfivwdt"}, observed(t, "y3c0awfivwdt", gone...)); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
}

func TestNamesAndAddresses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changes            []string
		first, last, email string
	}{
		"none":             {nil, "", "", ""},
		"profile":          {[]string{`profile={"givenName":"A","familyName":"B"}`, `name="C D"`}, "A", "B", ""},
		"givenOnly":        {[]string{`profile={"givenName":"A"}`, `name="C D"`}, "A", "", ""},
		"familyOnly":       {[]string{`profile={"familyName":"B"}`, `name="C D"`}, "", "B", ""},
		"profileEmpty":     {[]string{`profile={"givenName":"","familyName":null}`, `name="C D"`}, "C", "D", ""},
		"oneWord":          {[]string{`name="C"`}, "C", "", ""},
		"manyWords":        {[]string{`name="  C\u3000D  E "`}, "C", "D  E", ""},
		"nul":              {[]string{`name="C\u0000c D\u0000"`}, "Cc", "D", ""},
		"address":          {[]string{`primaryEmail="a.b+c@example.org"`}, "", "", "a.b+c@example.org"},
		"addressWithName":  {[]string{`primaryEmail="A <a@example.org>"`}, "", "", ""},
		"addressSpaces":    {[]string{`primaryEmail=" a@example.org"`}, "", "", ""},
		"notAnAddress":     {[]string{`primaryEmail="a"`}, "", "", ""},
		"addressWithNUL":   {[]string{`primaryEmail="a\u0000@example.org"`}, "", "", ""},
		"addressNewline":   {[]string{`primaryEmail="a@example.org\nBcc: b"`}, "", "", ""},
		"addressTooLong":   {[]string{`primaryEmail="` + strings.Repeat("a", 250) + `@b.example"`}, "", "", ""},
		"emptyAddress":     {[]string{`primaryEmail=""`}, "", "", ""},
		"addressNotLatin1": {[]string{`primaryEmail="ü@exämple.org"`}, "", "", "ü@exämple.org"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := observed(t, "u1", delivered(t, updated("/users/:userId", "u1", wholeUser("u1", c.changes...)))...)
			if got.FirstName != c.first || got.LastName != c.last || got.Email != c.email {
				t.Errorf("got %q %q %q, want %q %q %q", got.FirstName, got.LastName, got.Email, c.first, c.last, c.email)
			}
		})
	}
}

// TestNULIsRemovedEverywhere: PostgreSQL's text cannot hold it.
func TestNULIsRemovedEverywhere(t *testing.T) {
	t.Parallel()
	got := observed(t, "u1", delivered(t, updated("/users/:userId", "u1", wholeUser("u1",
		`username="a\u0000b"`, `primaryPhone="\u00001"`,
		`customData={"\u0000k":1,"k":"v\u0000","l\u0000":["\u0000",{"\u0000":"\u0000"}],"\u0000m":1,"m\u0000":2}`)))...)
	want := authz.Attributes{
		"username": "ab", "phone": "1", "suspended": false,
		"custom_data": map[string]any{"k": "v", "l": []any{"", map[string]any{"": ""}}, "m": number("1")},
	}
	if diff := cmp.Diff(want, got.Attributes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPartsReplaceTheirPartOnly(t *testing.T) {
	t.Parallel()
	whole := updated("/users/:userId", "u1", wholeUser("u1", `name="N"`, `customData={"a":1}`, `profile={"givenName":"G"}`, "updatedAt=1795284000000"))
	part := func(route, createdAt, data string) string {
		return fmt.Sprintf(`{"event":"User.Data.Updated","createdAt":%q,"matchedRoute":"/users/:userId/%s","params":{"userId":"u1"},"data":%s}`, createdAt, route, data)
	}
	const before, same, after, last = "2026-11-21T17:59:59.999Z", "2026-11-21T18:00:00.000Z", "2026-11-21T18:00:00.001Z", "2026-11-21T18:00:00.002Z"
	a1, b2 := map[string]any{"a": number("1")}, map[string]any{"b": number("2")}
	for name, c := range map[string]struct {
		bodies []string
		first  string
		custom map[string]any
	}{
		"wholeAlone":        {[]string{whole}, "G", a1},
		"olderParts":        {[]string{whole, part("custom-data", before, `{"b":2}`), part("profile", before, `{}`)}, "G", a1},
		"partsOfSameTime":   {[]string{whole, part("custom-data", same, `{"b":2}`), part("profile", same, `{}`)}, "G", a1},
		"newerCustomData":   {[]string{whole, part("custom-data", after, `{"b":2}`)}, "G", b2},
		"newerProfile":      {[]string{whole, part("profile", after, `{}`)}, "N", a1},
		"newestCustomData":  {[]string{whole, part("custom-data", last, `{"b":2}`), part("custom-data", after, `{"c":3}`)}, "G", b2},
		"partOfAnotherUser": {[]string{whole, updated("/users/:userId/custom-data", "u2", `{"id":"u1"}`)}, "G", a1},
		"hints":             {[]string{whole, `{"event":"Grant.LimitExceeded","createdAt":"2026-11-21T19:00:00.000Z","userId":"u1"}`}, "G", a1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := observed(t, "u1", delivered(t, c.bodies...)...)
			if got.FirstName != c.first || !cmp.Equal(got.Attributes["custom_data"], any(c.custom)) {
				t.Errorf("got %q %v, want %q %v", got.FirstName, got.Attributes["custom_data"], c.first, c.custom)
			}
		})
	}
	if account, ok := fold(t, "u1", delivered(t, part("custom-data", after, `{}`), part("profile", after, `{}`))...); ok {
		t.Errorf("got %+v from parts alone, want nothing known", account)
	}
}

// TestTestsNeverCount: a test payload's user is whole and made up.
func TestTestsNeverCount(t *testing.T) {
	t.Parallel()
	if account, ok := fold(t, "fake-id", delivered(t, string(recorded(t, "132")), string(recorded(t, "137")))...); ok {
		t.Errorf("got %+v, want nothing known", account)
	}
}

// TestFoldingForgetsOrder: any order and any repetition of the payloads of a
// user give the same account.
func TestFoldingForgetsOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bodies := rapid.SliceOfN(rapid.Custom(drawBody), 1, 8).Draw(t, "bodies")
		ds := delivered(t, bodies...)
		repeated := append(ds[:len(ds):len(ds)], rapid.SliceOf(rapid.SampledFrom(ds)).Draw(t, "repeated")...)
		shuffled := rapid.Permutation(repeated).Draw(t, "shuffled")
		want, wantOK := fold(t, "u1", ds...)
		got, gotOK := fold(t, "u1", shuffled...)
		if diff := cmp.Diff(want, got); diff != "" || wantOK != gotOK {
			t.Fatalf("%v %v (-want +got):\n%s", wantOK, gotOK, diff)
		}
	})
}

// drawBody draws a delivery about u1, or rarely about u2, in two
// milliseconds so that versions often tie.
func drawBody(t *rapid.T) string {
	at := 1795284000000 + rapid.Int64Range(0, 1).Draw(t, "at")
	sent := time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z")
	id := rapid.SampledFrom([]string{"u1", "u1", "u1", "u2"}).Draw(t, "id")
	tag := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "tag")
	data := fmt.Sprintf(`{"givenName":%q}`, tag)
	event, route := "User.Data.Updated", "/users/:userId"
	switch rapid.IntRange(0, 9).Draw(t, "event") {
	case 0:
		event = "User.Deleted"
		data = fmt.Sprintf(`{"id":%q}`, id)
	case 1, 2, 3:
		route += "/custom-data"
	case 4, 5, 6:
		route += "/profile"
	default:
		data = wholeUser(id, fmt.Sprintf("name=%q", tag), fmt.Sprintf("updatedAt=%d", 1795284000000+rapid.Int64Range(0, 1).Draw(t, "updated")))
	}
	return fmt.Sprintf(`{"event":%q,"createdAt":%q,"matchedRoute":%q,"params":{"userId":%q},"data":%s}`, event, sent, route, id, data)
}

func TestWithoutPayloadsNothingIsKnown(t *testing.T) {
	t.Parallel()
	if _, ok := fold(t, "u1"); ok {
		t.Error("something is known from nothing")
	}
	gone := errors.New("the store is gone")
	_, _, err := (&logto.Source{}).Observe(t.Context(), subject("u1"), func(context.Context) ([]ingest.Delivery, error) { return nil, gone })
	if !errors.Is(err, gone) {
		t.Errorf("got %v, want what the store said", err)
	}
	for _, s := range []ingest.Subject{{}, {Kind: ingest.RoleSubject, ID: "r1"}, subject(""), subject("../x"), subject("..")} {
		if _, _, err := (&logto.Source{}).Observe(t.Context(), s, nil); authz.KindOf(err) != authz.Invalid {
			t.Errorf("%v: got %v, want Invalid", s, err)
		}
	}
}

// TestTwinsFoldTheSame: two payloads that tie in everything but their bytes.
func TestTwinsFoldTheSame(t *testing.T) {
	t.Parallel()
	ds := delivered(t, updated("/users/:userId", "u1", wholeUser("u1", `name="A"`)), updated("/users/:userId", "u1", wholeUser("u1", `name="B"`)))
	if diff := cmp.Diff(observed(t, "u1", ds[0], ds[1]), observed(t, "u1", ds[1], ds[0])); diff != "" {
		t.Errorf("(-one way +the other):\n%s", diff)
	}
}

// TestTheLastSentWinsATie: of whole users with one updatedAt the payload built
// last counts, whatever their digests.
func TestTheLastSentWinsATie(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"A", "B", "C", "D", "E", "F"} {
		body := func(sent, name string) string {
			return fmt.Sprintf(`{"event":"User.Created","createdAt":%q,"data":%s}`, sent, wholeUser("u1", fmt.Sprintf("name=%q", name)))
		}
		ds := delivered(t, body("2026-11-21T18:00:00.002Z", "last"+tag), body("2026-11-21T18:00:00.001Z", "first"+tag))
		if got := observed(t, "u1", ds...); got.FirstName != "last"+tag {
			t.Errorf("got %q, want %q", got.FirstName, "last"+tag)
		}
	}
}
