package manual

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/docs"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	(&Door{Files: docs.Files}).Mount(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func TestTheManualIsServed(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{
		"/docs": http.StatusFound, "/docs/": http.StatusFound, "/docs/operations.md": http.StatusFound,
		"/docs/quick-start": http.StatusOK, "/docs/decisions/0001-keys-are-identity": http.StatusOK, "/docs/concepts.svg": http.StatusOK,
		"/docs/page.css": http.StatusOK, "/docs/nothing": http.StatusNotFound, "/docs/docs.go": http.StatusNotFound,
	} {
		if w := get(t, path); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
	w := get(t, "/docs/operations")
	for _, want := range []string{"<title>Running Gatehouse · Gatehouse</title>", `aria-current="page">Operate`, `<div class="wide" tabindex="0"><table>`, `href="/docs/logto-claims"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("got %q", csp)
	}
}

var (
	link    = regexp.MustCompile(`(?:href|src)="([^"]+)"`)
	heading = regexp.MustCompile(`<h[1-6] id="([^"]+)"`)
)

// TestEveryLinkOfTheManualLeadsSomewhere: to a page, a picture, or a heading.
func TestEveryLinkOfTheManualLeadsSomewhere(t *testing.T) {
	t.Parallel()
	pages, err := render(docs.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contents {
		for _, e := range c.Pages {
			if pages[e.Name] == nil {
				t.Errorf("the contents have %s, which is no page", e.Name)
			}
		}
	}
	for name, page := range pages {
		for _, m := range link.FindAllStringSubmatch(string(page), -1) {
			to, fragment, _ := strings.Cut(m[1], "#")
			if to == "" {
				to = Path + name
			}
			to, ours := strings.CutPrefix(to, Path)
			if !ours || to == "" || to == "page.css" {
				continue
			}
			if pages[to] == nil {
				if _, err := fs.Stat(docs.Files, to); err != nil {
					t.Errorf("%s leads to %s, which is not there", name, m[1])
				}
				continue
			}
			var ids []string
			for _, h := range heading.FindAllStringSubmatch(string(pages[to]), -1) {
				ids = append(ids, h[1])
			}
			if fragment != "" && fragment != "text" && !slices.Contains(ids, fragment) {
				t.Errorf("%s leads to %s, which has only the headings %q", name, m[1], ids)
			}
		}
	}
}
