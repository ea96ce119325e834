package authz

import (
	"strings"
	"testing"
)

// FuzzParseNode: what is read has both parts, and is written as it was read.
func FuzzParseNode(f *testing.F) {
	for _, s := range []string{"doc:1", "doc:a:b", "doc:", ":1", "doc", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, ok := ParseNode(text)
		whole := strings.Contains(text, ":") && !strings.HasPrefix(text, ":") && strings.Index(text, ":") < len(text)-1
		if ok != whole || ok && n.String() != text {
			t.Fatalf("%q is read as %+v (%v)", text, n, ok)
		}
	})
}
