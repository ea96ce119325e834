package logto_test

import (
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

// FuzzVerify: whatever is accepted was signed by a known key, and what a known
// key signed is accepted. second is a second header line, absent if empty.
func FuzzVerify(f *testing.F) {
	for _, r := range recordings(f) {
		if len(r.body) < 2000 {
			f.Add(r.key, "another", r.head.Get(signature), "", r.body)
		}
	}
	r := recordings(f)[0]
	f.Add(r.key, "", "spoof, "+r.head.Get(signature), "", r.body)
	f.Add(r.key, r.key, strings.ToUpper(r.head.Get(signature)), r.head.Get(signature), r.body)
	f.Add("", "", hex.EncodeToString(mac("", r.body)), "", r.body)
	f.Fuzz(func(t *testing.T, key, other, given, second string, body []byte) {
		s := logto.Source{SigningKeys: []string{key, other}}
		head := http.Header{signature: {given}}
		if second != "" {
			head.Add(signature, second)
		}
		signed := false
		for _, k := range s.SigningKeys {
			raw, err := hex.DecodeString(given)
			signed = signed || k != "" && second == "" && err == nil && given == strings.ToLower(given) && hmac.Equal(raw, mac(k, body))
		}
		err := s.Verify(head, body)
		if signed != (err == nil) {
			t.Fatalf("signed %v, but Verify says %v", signed, err)
		}
		if err != nil && authz.KindOf(err) != authz.Unauthorized {
			t.Fatalf("got %v, want Unauthorized", err)
		}
	})
}

var anID = regexp.MustCompile(`^[A-Za-z0-9|@+\-._]{1,128}$`)

// FuzzRead: reading never panics, says the same twice, and what it accepts can
// be kept and folded.
func FuzzRead(f *testing.F) {
	for _, r := range recordings(f) {
		if len(r.body) < 2000 {
			f.Add(r.body)
		}
	}
	f.Add([]byte(updated("/users/:userId", "u1", wholeUser("u1", `customData={"a\u0000":["\u0000"]}`, `name="a b"`))))
	f.Add([]byte(`{"event":"User.Deleted","params":{"userId":"u1"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := &logto.Source{}
		d, err := s.Read(body)
		again, errAgain := s.Read(body)
		if diff := cmp.Diff(d, again); diff != "" || (err == nil) != (errAgain == nil) {
			t.Fatalf("reading twice differs: %v %v %s", err, errAgain, diff)
		}
		if err != nil {
			if authz.KindOf(err) != authz.Invalid {
				t.Fatalf("got %v, want Invalid", err)
			}
			return
		}
		checkDelivery(t, d, body)
		if d.Subject.Kind == ingest.UserSubject {
			checkAccount(t, d)
		}
	})
}

func checkDelivery(t *testing.T, d ingest.Delivery, body []byte) {
	t.Helper()
	switch {
	case d.Digest != digest(body) || string(d.Body) != string(body) || !utf8.Valid(body):
		t.Fatal("the body is not kept as it came")
	case d.Event == "" || len(d.Event) > 128 || strings.ContainsRune(d.Event, 0):
		t.Fatalf("event %q cannot be kept", d.Event)
	case d.Version < 0 || !d.SentAt.IsZero() && d.SentAt.UnixMilli() <= 0:
		t.Fatalf("version %d, sent at %v", d.Version, d.SentAt)
	case d.Standing != ingest.Live && (d.Subject != ingest.Subject{} || d.Aspect != ingest.NoAspect):
		t.Fatalf("a delivery that is %s names %v", d.Standing, d.Subject)
	case d.Subject.Kind == ingest.NoSubject && (d.Subject.ID != "" || d.Aspect != ingest.NoAspect):
		t.Fatalf("no subject, but %v %q", d.Subject, d.Aspect)
	case d.Subject.Kind != ingest.NoSubject && !anID.MatchString(d.Subject.ID):
		t.Fatalf("%q is no id", d.Subject.ID)
	case d.Subject.Kind != ingest.UserSubject && d.Subject.Kind != ingest.OrganizationSubject && d.Aspect != ingest.NoAspect:
		t.Fatalf("%v has aspect %q", d.Subject, d.Aspect)
	}
}

func checkAccount(t *testing.T, d ingest.Delivery) {
	t.Helper()
	account, ok := fold(t, d.Subject.ID, d, d)
	if want := d.Aspect == ingest.WholeAspect || d.Aspect == ingest.GoneAspect; ok != want {
		t.Fatalf("aspect %q, but known is %v", d.Aspect, ok)
	}
	if !ok {
		return
	}
	if account.Key != authz.UserKey(d.Subject.ID) || account.Source != "logto" || account.Exists == (d.Aspect == ingest.GoneAspect) {
		t.Fatalf("aspect %q gives %+v", d.Aspect, account)
	}
	if hasNUL(account.FirstName) || hasNUL(account.LastName) || hasNUL(account.Email) || hasNUL(map[string]any(account.Attributes)) {
		t.Fatalf("NUL in %+v", account)
	}
}

func hasNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, e := range v {
			if hasNUL(e) {
				return true
			}
		}
	case map[string]any:
		for k, e := range v {
			if hasNUL(k) || hasNUL(e) {
				return true
			}
		}
	}
	return false
}
