package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var example = regexp.MustCompile("(?s)```yaml\n(.*?)```\n\n```text\n(.*?)```")

// TestTheExamplesOfTheMappingAreTrue: each file of docs/mapping.md can be applied, and
// does to its users what stands below it.
func TestTheExamplesOfTheMappingAreTrue(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "mapping.md"))
	if err != nil {
		t.Fatal(err)
	}
	command := connected(t)
	if code, out := command("sync", "verify"); code != exitOK {
		t.Fatalf("the sweep before: got %d\n%s", code, out)
	}
	all := example.FindAllStringSubmatch(string(doc), -1)
	if n := strings.Count(string(doc), "```yaml"); n != len(all) || n < 8 {
		t.Fatalf("%d examples of %d say what they do", len(all), n)
	}
	for i, e := range all {
		path := filepath.Join(t.TempDir(), "gatehouse.yaml")
		if err := os.WriteFile(path, []byte(e[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out := command("apply", "--file", path, "--dry-run")
		if code != exitDifferent {
			t.Errorf("example %d: got %d\n%s", i, code, out)
		}
		for line := range strings.Lines(e[2]) {
			if !strings.Contains(out, "  "+line) {
				t.Errorf("example %d: %q is not in\n%s", i, line, out)
			}
		}
		if strings.Count(out, "  + ") != strings.Count(e[2], "+ ") || strings.Count(out, "  ! ") != strings.Count(e[2], "! ") {
			t.Errorf("example %d: more than the document says\n%s", i, out)
		}
	}
}
