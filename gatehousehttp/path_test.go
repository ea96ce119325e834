package gatehousehttp

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

// FuzzPlain: a path that is taken has the same segments however often it is decoded
// and cleaned.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"/", "/a/b", "/a/../b", "/a%2fb", "/%252e%252e/b", "/a%20b", "/%C3%A4", "//a", "/a;b", "/%61"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if !plain(p) {
			return
		}
		decoded := p
		for range 3 {
			next, err := url.PathUnescape(decoded)
			if err != nil {
				t.Fatalf("%q cannot be decoded: %v", p, err)
			}
			decoded = next
			if strings.Count(decoded, "/") != strings.Count(p, "/") || path.Clean(decoded) != strings.TrimSuffix(decoded, "/") && decoded != "/" {
				t.Fatalf("%q is read as %q", p, decoded)
			}
		}
	})
}
