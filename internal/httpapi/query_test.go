package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzQuery: what is read without an error is text that can be kept, and within the
// bounds that were given; no page overflows.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"page=2&per_page=10&search=a", "page=9223372036854775807&per_page=100", "page=%zz", "search=%ff&search=a%00", "number=NaN&flag=maybe", "page= 3 &number=1e309"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.RawQuery = raw
		q := QueryOf(r)
		p, texts, number := q.Page(100), q.Texts("search", 3), q.Number("number", 1, 9)
		choice, all := q.Choice("choice", "a", "b"), q.Choices("choices", 2, "a", "b")
		q.Bool("flag")
		if p.Number < 1 || p.Size < 1 || p.Size > 100 || p.Offset() < 0 || !(number >= 0 && number <= 9) || len(texts) > 3 || len(all) > 2 {
			t.Fatalf("got %+v, %q, %v and %q", p, texts, number, all)
		}
		for _, s := range append(append([]string{choice}, texts...), all...) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Fatalf("got %q, which cannot be kept", s)
			}
		}
	})
}
