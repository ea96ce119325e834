package httpapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type part struct {
	Role string `json:"role" api:"required"`
}

type named struct {
	Name  *string `json:"name" api:"nullable"`
	Count *int    `json:"count"`
}

type sample struct {
	Key string `json:"key" api:"required"`
	named
	On    bool                         `json:"on"`
	Ratio json.Number                  `json:"ratio"`
	Any   map[string]any               `json:"any" api:"nullable"`
	Parts []part                       `json:"parts" api:"nullable"`
	Named map[string]part              `json:"named"`
	Mail  httpapi.Opt[string]          `json:"mail" api:"nullable"`
	Bag   httpapi.Opt[map[string]any]  `json:"bag" api:"nullable"`
	Must  httpapi.Opt[map[string]part] `json:"must"`
}

// faults says which fields are wrong and how: "parts.0.role missing".
func faults(t *testing.T, err error) []string {
	t.Helper()
	b, ok := errors.AsType[*httpapi.BodyError](err)
	if !ok {
		t.Fatalf("got %v, want a BodyError", err)
	}
	var out []string
	for _, f := range b.Fields {
		out = append(out, strings.TrimSpace(strings.Join(f.Path, ".")+" "+string(f.Code)))
	}
	return out
}

func TestEverythingWrongWithABodyIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body string
		want []string
	}{
		{``, []string{"missing"}},
		{` `, []string{"missing"}},
		{`null`, []string{"null"}},
		{`[]`, []string{"object"}},
		{`"x"`, []string{"object"}},
		{`{`, []string{"0 syntax"}},
		{`{"key":"a"} x`, []string{"12 syntax"}},
		{`{"key":"a"}{}`, []string{"11 syntax"}},
		{"{\"key\":\"\xff\"}", []string{"0 syntax"}},
		{`{}`, []string{"key missing"}},
		{`{"Key":"a"}`, []string{"key missing", "Key unknown"}},
		{`{"key":"a","zoo":1,"alf":2}`, []string{"alf unknown", "zoo unknown"}},
		{`{"key":null,"on":null,"parts":null,"mail":null,"must":null,"named":null}`, []string{"key null", "on null", "named null", "must null"}},
		{`{"key":1,"name":true,"count":"1","on":"true","ratio":"1","any":[],"parts":{},"named":[],"mail":1,"bag":1}`, []string{
			"key string", "name string", "count integer", "on boolean", "ratio number",
			"any object", "parts list", "named object", "mail string", "bag object",
		}},
		{`{"key":"a","count":1.5}`, []string{"count integer"}},
		{`{"key":"a","count":99999999999999999999}`, []string{"count integer"}},
		{`{"key":"a","parts":[{"role":"r"},{},null,7,{"role":null,"x":1}]}`, []string{
			"parts.1.role missing", "parts.2 null", "parts.3 object", "parts.4.role null", "parts.4.x unknown",
		}},
		{`{"key":"a","named":{"b":{},"a":null},"must":{"m":{"role":[]}}}`, []string{"named.a null", "named.b.role missing", "must.m.role string"}},
		{`{"key":"a","key":"b"}`, []string{"key duplicate"}},
		{`{"key":"a","any":{"x":{"y":1,"y":2}}}`, []string{"any.x.y duplicate"}},
		{`{"key":"a\u0000b"}`, []string{"key text"}},
	} {
		_, err := httpapi.Decode[sample]([]byte(c.body))
		if diff := cmp.Diff(c.want, faults(t, err)); diff != "" {
			t.Errorf("%.80s: -want +got\n%s", c.body, diff)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	t.Parallel()
	deep := func(n int) []byte {
		return fmt.Appendf(nil, `{"key":"a","any":%s1%s}`, strings.Repeat(`{"a":`, n), strings.Repeat(`}`, n))
	}
	if _, err := httpapi.Decode[sample](deep(63)); err != nil {
		t.Errorf("64 levels: got %v, want none", err)
	}
	_, err := httpapi.Decode[sample](deep(64))
	if got := faults(t, err); len(got) != 1 || !strings.HasSuffix(got[0], " deep") {
		t.Errorf("65 levels: got %v, want deep", got)
	}
}

func TestAListAsABody(t *testing.T) {
	t.Parallel()
	got, err := httpapi.Decode[[]part]([]byte(`[{"role":"a"},{"role":"b"}]`))
	if diff := cmp.Diff([]part{{"a"}, {"b"}}, got); err != nil || diff != "" {
		t.Errorf("got %v, %v, want two parts", got, err)
	}
}

func TestABodyIsReadAsItStands(t *testing.T) {
	t.Parallel()
	got, err := httpapi.Decode[sample]([]byte(`{
		"key": "k", "name": null, "count": 3, "on": true, "ratio": 1e400,
		"any": {"n": 12345678901234567890, "l": [1.0, null]},
		"parts": [{"role": "r"}], "named": {"x": {"role": "s"}},
		"mail": null, "bag": {"n": 1.10}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	three := 3
	want := sample{
		Key: "k", named: named{Count: &three}, On: true, Ratio: "1e400",
		Any:   map[string]any{"n": json.Number("12345678901234567890"), "l": []any{json.Number("1.0"), nil}},
		Parts: []part{{"r"}}, Named: map[string]part{"x": {"s"}},
		Mail: httpapi.Opt[string]{Given: true, Null: true},
		Bag:  httpapi.Opt[map[string]any]{Given: true, Value: map[string]any{"n": json.Number("1.10")}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAValueOfAnyShapeIsReadStrictly(t *testing.T) {
	t.Parallel()
	got, err := httpapi.Value([]byte(` {"a":[1.0,null,{"b":true}],"c":"d"} `))
	want := map[string]any{"a": []any{json.Number("1.0"), nil, map[string]any{"b": true}}, "c": "d"}
	if diff := cmp.Diff(any(want), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for body, want := range map[string]string{``: "missing", `{`: "0 syntax", "\"\xff\"": "0 syntax", `{"a":{"b":1,"\u0062":2}}`: "a.b duplicate"} {
		got, err := httpapi.Value([]byte(body))
		if f := faults(t, err); got != nil || len(f) != 1 || f[0] != want {
			t.Errorf("%s: got %v and %v, want %s", body, got, f, want)
		}
	}
}

func TestOptTellsAbsenceNullAndValueApart(t *testing.T) {
	t.Parallel()
	absent, null, value := httpapi.Opt[string]{}, httpapi.Opt[string]{Given: true, Null: true}, httpapi.Opt[string]{Given: true, Value: "v"}
	if absent.Ptr() != nil || absent.Set() != nil {
		t.Error("an absent field points to something")
	}
	if p := null.Ptr(); p == nil || *p != "" || null.Set() != nil {
		t.Error("null must point to the zero value, and set nothing")
	}
	if p, s := value.Ptr(), value.Set(); p == nil || s == nil || *p != "v" || *s != "v" {
		t.Error("a value must point to itself")
	}
}

func TestOverlongBodiesAreRefusedWhateverTheirType(t *testing.T) {
	t.Parallel()
	read := func(contentType, body string) error {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		_, err := httpapi.ReadMax[part](httptest.NewRecorder(), r, 20)
		return err
	}
	s, ok := errors.AsType[*httpapi.StatusError](read("application/json", `{"role":"12345678901"}`))
	if !ok || s.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("overlong: got %v, want 413", s)
	}
	for _, ct := range []string{"", "application/json", "application/json; charset=utf-8", "application/scim+json", "application/x-www-form-urlencoded"} {
		if err := read(ct, `{"role":"r"}`); err != nil {
			t.Errorf("%q: got %v, want none", ct, err)
		}
	}
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	body := []byte(`{"key":"a","parts":[` + strings.TrimSuffix(strings.Repeat(`{},`, 5000), ",") + `]}`)
	_, err := httpapi.Decode[sample](body)
	if n := len(faults(t, err)); n != 100 {
		t.Errorf("got %d errors, want 100", n)
	}
}

// FuzzDecode: whatever the bytes, either every fault has a code or the value is
// what encoding/json reads of them.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"key":"a"}`, `{"key":"a","parts":[{"role":"b"}],"any":{"x":[1,null,{"y":1e9}]}}`,
		`{"key":"a","key":"b"}`, `{"KEY":null,"mail":null,"must":{"":{}}}`, `[`, `{"key":"\ud800"}`, "\xff", `{"count":-0}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := httpapi.Decode[sample](data)
		if err != nil {
			b, ok := errors.AsType[*httpapi.BodyError](err)
			if !ok || len(b.Fields) == 0 {
				t.Fatalf("got %v, want a BodyError with fields", err)
			}
			return
		}
		var want sample
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		dec.DisallowUnknownFields()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); diff != "" {
			t.Fatal(diff)
		}
	})
}
