package logto_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

// expectations reads testdata/expected.tsv.
func expectations(t *testing.T) map[string]ingest.Delivery {
	t.Helper()
	f, err := os.Open("testdata/expected.tsv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	all := map[string]ingest.Delivery{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		c := strings.Split(strings.ReplaceAll(lines.Text(), "\t-", "\t"), "\t")
		if strings.HasPrefix(c[0], "#") {
			continue
		}
		version, err := strconv.ParseInt(c[6], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := time.Parse(time.RFC3339, c[7])
		if err != nil {
			t.Fatal(err)
		}
		all[c[0]] = ingest.Delivery{
			Event:    c[1],
			Standing: ingest.Standing(c[2]),
			Subject:  ingest.Subject{Kind: ingest.SubjectKind(c[3]), ID: c[4]},
			Aspect:   ingest.Aspect(c[5]),
			Version:  version,
			SentAt:   sent,
		}
	}
	return all
}

func TestEveryRecordedDeliveryIsUnderstood(t *testing.T) {
	t.Parallel()
	wants := expectations(t)
	for _, r := range recordings(t) {
		want, ok := wants[r.name]
		if !ok {
			t.Errorf("nothing is expected of recording %s", r.name)
			continue
		}
		want.Digest, want.Body = digest(r.body), r.body
		want.Hints, want.Shared = hinted(t, r.body), shared[want.Event] && want.Standing == ingest.Live
		got, err := (&logto.Source{}).Read(r.body)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.name, diff)
		}
	}
}

// shared are the events after which anybody may hold something else.
var shared = map[string]bool{
	"Role.Data.Updated": true, "Role.Deleted": true, "OrganizationRole.Data.Updated": true, "OrganizationRole.Deleted": true,
}

// hinted is who a membership event names.
func hinted(t *testing.T, body []byte) (hints []ingest.Subject) {
	t.Helper()
	var m struct{ AddedUserIds, RemovedUserIds []string }
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Concat(m.AddedUserIds, m.RemovedUserIds) {
		hints = append(hints, ingest.Subject{Kind: ingest.UserSubject, ID: id})
	}
	return hints
}

// TestCustomDataCannotNameAnotherUser: in recording 117 the custom data of
// j5ilneyzor3t is {"id": "ixnhp5grhkar", "event": "User.Deleted", ...}.
func TestCustomDataCannotNameAnotherUser(t *testing.T) {
	t.Parallel()
	got, err := (&logto.Source{}).Read(recorded(t, "117"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (ingest.Subject{Kind: ingest.UserSubject, ID: "j5ilneyzor3t"}); got.Subject != want || got.Aspect != ingest.CustomDataAspect {
		t.Errorf("got %v %s, want %v and its custom data", got.Subject, got.Aspect, want)
	}
}

// wholeUser is a user with every field that is read, after changes.
func wholeUser(id string, changes ...string) string {
	m := map[string]any{
		"id": id, "username": nil, "primaryEmail": nil, "primaryPhone": nil, "name": nil,
		"customData": map[string]any{}, "profile": map[string]any{}, "isSuspended": false, "updatedAt": 1000,
	}
	for _, change := range changes {
		key, value, set := strings.Cut(change, "=")
		if !set {
			delete(m, key)
			continue
		}
		m[key] = json.RawMessage(value)
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// updated is a User.Data.Updated by a route of the Management API.
func updated(route, id, data string) string {
	return fmt.Sprintf(`{"event":"User.Data.Updated","createdAt":"2026-11-21T18:00:00.000Z","matchedRoute":%q,"params":{"userId":%q},"data":%s}`, route, id, data)
}

func TestWhatIsNotTheWholeUserIsAHint(t *testing.T) {
	t.Parallel()
	user := ingest.Subject{Kind: ingest.UserSubject, ID: "u1"}
	for name, c := range map[string]struct {
		body string
		want ingest.Aspect
	}{
		"whole":                    {updated("/users/:userId", "u1", wholeUser("u1")), ingest.WholeAspect},
		"anotherUser":              {updated("/users/:userId", "u1", wholeUser("u2")), ingest.NoAspect},
		"routeNobodyKnows":         {updated("/users/:userId/avatar", "u1", wholeUser("u1")), ingest.NoAspect},
		"noRoute":                  {`{"event":"User.Data.Updated","params":{"userId":"u1"},"data":` + wholeUser("u1") + `}`, ingest.NoAspect},
		"idInUpperCase":            {updated("/users/:userId", "u1", wholeUser("u1", "id", `ID="u1"`)), ingest.NoAspect},
		"suspendedMissing":         {updated("/users/:userId", "u1", wholeUser("u1", "isSuspended")), ingest.NoAspect},
		"suspendedText":            {updated("/users/:userId", "u1", wholeUser("u1", `isSuspended="false"`)), ingest.NoAspect},
		"emailMissing":             {updated("/users/:userId", "u1", wholeUser("u1", "primaryEmail")), ingest.NoAspect},
		"emailNumber":              {updated("/users/:userId", "u1", wholeUser("u1", "primaryEmail=1")), ingest.NoAspect},
		"customDataList":           {updated("/users/:userId", "u1", wholeUser("u1", "customData=[]")), ingest.NoAspect},
		"customDataNull":           {updated("/users/:userId", "u1", wholeUser("u1", "customData=null")), ingest.NoAspect},
		"profileNameNumber":        {updated("/users/:userId", "u1", wholeUser("u1", `profile={"givenName":1}`)), ingest.NoAspect},
		"updatedAtFraction":        {updated("/users/:userId", "u1", wholeUser("u1", "updatedAt=1.5")), ingest.NoAspect},
		"updatedAtNegative":        {updated("/users/:userId", "u1", wholeUser("u1", "updatedAt=-1")), ingest.NoAspect},
		"updatedAtText":            {updated("/users/:userId", "u1", wholeUser("u1", `updatedAt="1"`)), ingest.NoAspect},
		"customDataThatIsAUser":    {updated("/users/:userId/custom-data", "u1", wholeUser("u1")), ingest.CustomDataAspect},
		"customDataThatIsAnother":  {updated("/users/:userId/custom-data", "u1", wholeUser("u2")), ingest.CustomDataAspect},
		"customDataThatIsText":     {updated("/users/:userId/custom-data", "u1", `"x"`), ingest.NoAspect},
		"profile":                  {updated("/users/:userId/profile", "u1", `{"givenName":"A"}`), ingest.ProfileAspect},
		"profileNull":              {updated("/users/:userId/profile", "u1", `null`), ingest.NoAspect},
		"profileNumber":            {updated("/users/:userId/profile", "u1", `{"familyName":1}`), ingest.NoAspect},
		"customDataWithoutTime":    {`{"event":"User.Data.Updated","matchedRoute":"/users/:userId/custom-data","params":{"userId":"u1"},"data":{}}`, ingest.NoAspect},
		"interactionOfTwo":         {`{"event":"PostSignIn","userId":"u1","user":` + wholeUser("u2") + `}`, ingest.NoAspect},
		"interactionWithoutUser":   {`{"event":"PostSignIn","userId":"u1"}`, ingest.NoAspect},
		"createdByAnotherRoute":    {`{"event":"User.Created","matchedRoute":"/imports","params":{},"data":` + wholeUser("u1") + `}`, ingest.NoAspect},
		"deleted":                  {`{"event":"User.Deleted","params":{"userId":"u1"}}`, ingest.GoneAspect},
		"deletedNamesAnotherUser":  {`{"event":"User.Deleted","params":{"userId":"u1"},"data":{"id":"u2"}}`, ingest.NoAspect},
		"deletedNamesANumber":      {`{"event":"User.Deleted","params":{"userId":"u1"},"data":{"id":2}}`, ingest.NoAspect},
		"grantNeverStatesAnything": {`{"event":"Grant.LimitExceeded","userId":"u1","user":` + wholeUser("u1") + `}`, ingest.NoAspect},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := (&logto.Source{}).Read([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if got.Standing != ingest.Live || got.Subject != user || got.Aspect != c.want {
				t.Errorf("got %s %v %q, want live %v %q", got.Standing, got.Subject, got.Aspect, user, c.want)
			}
		})
	}
}

func TestWhatCannotBeReadIsInvalid(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 129)
	for name, c := range map[string]struct{ body, field string }{
		"empty":             {``, ""},
		"null":              {`null`, ""},
		"list":              {`[{"event":"PostSignIn"}]`, ""},
		"text":              {`"PostSignIn"`, ""},
		"cut":               {`{"event":"PostSignIn"`, ""},
		"two":               {`{"event":"X"}{"event":"X"}`, ""},
		"trailing":          {`{"event":"X"} x`, ""},
		"byteOrderMark":     {"\ufeff" + `{"event":"X"}`, ""},
		"notUTF8":           {"{\"event\":\"X\xff\"}", ""},
		"rawNUL":            {"{\"event\":\"X\"}\x00", ""},
		"tooDeep":           {`{"event":"X","data":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`, ""},
		"noEvent":           {`{}`, "event"},
		"emptyEvent":        {`{"event":""}`, "event"},
		"eventNumber":       {`{"event":1}`, "event"},
		"eventInUpperCase":  {`{"Event":"PostSignIn"}`, "event"},
		"eventWithNUL":      {`{"event":"a\u0000"}`, "event"},
		"eventTooLong":      {`{"event":"` + long + `"}`, "event"},
		"noUserID":          {`{"event":"PostSignIn","user":{"id":"u1"}}`, "userId"},
		"userIDNumber":      {`{"event":"PostSignIn","userId":1}`, "userId"},
		"userIDEmpty":       {`{"event":"PostSignIn","userId":""}`, "userId"},
		"userIDLong":        {`{"event":"PostSignIn","userId":"` + long + `"}`, "userId"},
		"userIDPath":        {`{"event":"PostSignIn","userId":"../x"}`, "userId"},
		"userIDDots":        {`{"event":"PostSignIn","userId":".."}`, "userId"},
		"userIDNotASCII":    {`{"event":"PostSignIn","userId":"é"}`, "userId"},
		"userIDNewline":     {`{"event":"PostSignIn","userId":"a\n"}`, "userId"},
		"createdWithoutID":  {`{"event":"User.Created","data":{}}`, "data.id"},
		"updatedWithoutID":  {`{"event":"User.Data.Updated"}`, "data.id"},
		"idOnlyInData":      {`{"event":"User.Data.Updated","params":{},"data":` + wholeUser("u1") + `}`, "params.userId"},
		"idOnlyInDataRoute": {`{"event":"User.Data.Updated","matchedRoute":"/x","data":` + wholeUser("u1") + `}`, "params.userId"},
		"paramsNull":        {`{"event":"User.Data.Updated","params":null,"data":` + wholeUser("u1") + `}`, "params.userId"},
		"deletedOnlyInData": {`{"event":"User.Deleted","params":{},"data":{"id":"u1"}}`, "params.userId"},
		"roleWithoutID":     {`{"event":"Role.Deleted","params":{"0":"/x"}}`, "params.id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := (&logto.Source{}).Read([]byte(c.body))
			e, ok := err.(*authz.Error) //nolint:errorlint // the error itself, not one in it
			if !ok || e.Kind != authz.Invalid || e.Field != c.field {
				t.Fatalf("got %v (field %q), want Invalid about %q", err, fieldOf(e), c.field)
			}
			if diff := cmp.Diff(ingest.Delivery{}, got); diff != "" {
				t.Errorf("a delivery beside the error: %s", diff)
			}
		})
	}
}

func fieldOf(e *authz.Error) string {
	if e == nil {
		return ""
	}
	return e.Field
}

func TestUnknownEventsAreKept(t *testing.T) {
	t.Parallel()
	body := []byte(`{"event":"TrustedDevice.Created","createdAt":"2026-11-21T18:00:00.5Z","userId":"u1"}`)
	want := ingest.Delivery{
		Digest: digest(body), Event: "TrustedDevice.Created", Standing: ingest.Unknown, Body: body,
		Version: 1795284000500, SentAt: time.UnixMilli(1795284000500).UTC(),
	}
	got, err := (&logto.Source{}).Read(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDeepCustomDataDoesNotHideAUser: a user can nest custom data as deep as
// Logto bears, and must not escape a suspension by it.
func TestDeepCustomDataDoesNotHideAUser(t *testing.T) {
	t.Parallel()
	deep := `customData={"x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`
	body := []byte(updated("/users/:userId/is-suspended", "u1", wholeUser("u1", deep, "isSuspended=true")))
	d, err := (&logto.Source{}).Read(body)
	if err != nil || d.Aspect != ingest.WholeAspect {
		t.Fatalf("got %q, %v, want the whole user", d.Aspect, err)
	}
	account := observed(t, "u1", d)
	if !account.Suspended || account.Attributes["custom_data"] != nil {
		t.Errorf("got %+v, want a suspended user without custom data", account)
	}
}
