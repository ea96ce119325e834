package access_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/access"
)

func TestSecretsAreNotInWhatIsKept(t *testing.T) {
	t.Parallel()
	secret := access.NewSecret()
	for body, want := range map[string]string{
		"":     "",
		"  \n": "",
		`{"key": "ann", "n": 12345678901234567890.10, "on": true, "none": null}`: `{"key":"ann","n":12345678901234567890.10,"on":true,"none":null}`,
		`{"secret": "hunter2"}`:                                    `{"secret":"[withheld]"}`,
		`{"Secret": {"X": ["hunter2"]}, "after": []}`:              `{"Secret":"[withheld]","after":[]}`,
		`[{"client-secret": null}, {"x": {"accessToken": 1}}, {}]`: `[{"client-secret":"[withheld]"},{"x":{"accessToken":"[withheld]"}},{}]`,
		`{"name": "` + secret + `"}`:                               `{"name":"[withheld]"}`,
		`{"` + secret + `": 1}`:                                    `{"[withheld]":1}`,
		`"<a&b>"`:                                                  `"<a&b>"`,
		`secret=hunter2`:                                           "",
		`{"secret": "hunter2`:                                      "",
		`{"a": 1`:                                                  "",
	} {
		if got := access.Kept(body); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}

func TestLongBodiesAreCut(t *testing.T) {
	t.Parallel()
	many := `{"operations": [` + strings.Repeat(`{"key": "ann"}, `, access.MostKept/10) + `{}]}`
	for name, body := range map[string]string{
		"as it came, cut":  many[:access.MostKept],
		"a text, cut":      `["` + strings.Repeat("é", access.MostKept/2),
		"a secret, cut":    (`{"password": "` + strings.Repeat("hunter2", access.MostKept))[:access.MostKept],
		"whole, too long":  many,
		"longer than told": `["` + strings.Repeat("<", access.MostKept) + `"]`,
	} {
		got := access.Kept(body)
		if !strings.Contains(got, "… (cut: ") || len(got) > access.MostKept+40 || strings.Contains(got, "hunter2") || !utf8.ValidString(got) {
			t.Errorf("%s: got %d bytes, the last %q", name, len(got), got[max(0, len(got)-40):])
		}
	}
}

// FuzzKept: whatever the body, what is kept is short, is text and holds no secret. What
// was kept whole says what the body said otherwise.
func FuzzKept(f *testing.F) {
	for _, s := range []string{"{}", `{"secret": {"a": [1]}}`, `[{"x-token": "v"}, "b"`, `{"a": {"api_key": 1}} {"b": 2}`, "\"\x00\xff\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := access.Kept(body)
		if len(got) > access.MostKept+40 || !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Fatalf("%q is kept as %q", body, got)
		}
		var said any
		if strings.Contains(got, "… (cut: ") || got == "" || json.Unmarshal([]byte(got), &said) != nil {
			return
		}
		var withheld func(any) bool
		withheld = func(v any) bool {
			switch v := v.(type) {
			case map[string]any:
				for name, e := range v {
					if strings.Contains(strings.ToLower(name), "secret") && e != "[withheld]" || !withheld(e) {
						return false
					}
				}
			case []any:
				for _, e := range v {
					if !withheld(e) {
						return false
					}
				}
			}
			return true
		}
		if !withheld(said) {
			t.Fatalf("%q is kept as %q", body, got)
		}
	})
}
