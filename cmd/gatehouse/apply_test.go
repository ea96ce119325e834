package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// FuzzParseFile: whatever a file holds, it is refused as Invalid or becomes what JSON
// can say.
func FuzzParseFile(f *testing.F) {
	f.Add("logto:\n  mapping:\n    rules:\n      - name: staff\n        condition: 'true'\nsettings:\n  missing_denies: true\n")
	f.Add("{\"settings\": {}}")
	f.Add("a: &a [*a]")
	f.Add("settings: {x: 1e400, y: 2020-01-01, z: !!binary aGk=, 1: 2}")
	f.Add("logto:\n")
	f.Add("---\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := parseFile("f", []byte(text))
		if err != nil {
			if authz.KindOf(err) != authz.Invalid {
				t.Fatalf("got %v, want it Invalid", err)
			}
			return
		}
		if _, err := json.Marshal([]any{w.mapping, w.settings}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAFileIsAppliedAndThenChangesNothing: the plan, the doing and the second time.
func TestAFileIsAppliedAndThenChangesNothing(t *testing.T) {
	t.Parallel()
	command := connected(t)
	path := filepath.Join(t.TempDir(), "gatehouse.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	apply := func(want int, says []string, args ...string) {
		t.Helper()
		code, out := command(append([]string{"apply", "--file", path}, args...)...)
		if code != want {
			t.Errorf("apply %v: got %d, want %d\n%s", args, code, want, out)
		}
		for _, s := range says {
			if !strings.Contains(out, s) {
				t.Errorf("apply %v: %q is not in\n%s", args, s, out)
			}
		}
	}
	const text = `
logto:
  mapping:
    rules:
      - name: staff
        condition: user.primaryEmail.endsWith('@acme.com')
        roles: [viewer]
        tenants: [default]
settings:
  missing_denies: true
`
	write(text)
	plan := []string{"logto.mapping + rules: staff", "settings ~ missing_denies: true, was false", "+ ann: viewer in default (logto:rule:staff)"}
	for range 2 { // the first has changed nothing
		apply(exitDifferent, append(plan, "Nothing was changed"), "--dry-run")
	}
	apply(exitOK, append(plan, "Done."))
	for _, args := range [][]string{{"--dry-run"}, {}} {
		apply(exitOK, []string{"The environment is what the file says."}, args...)
	}
	write("settings: {}\n")
	apply(exitOK, []string{"settings ~ missing_denies: false, was true"})
	write("logto: {mapping: {}}\n")
	apply(exitDifferent, []string{"- rules: staff"}, "--dry-run")

	for bad, says := range map[string]string{
		strings.Replace(text, "primaryEmail", "mail", 1):      "rules[0].condition: line 1, column 5: undefined field 'mail'",
		strings.Replace(text, "missing_denies", "missing", 1): "settings.missing: there is no such setting",
		strings.Replace(text, "    rules:", "    rule:", 1):   `logto.mapping has no field "rule"`,
		strings.Replace(text, "settings:", "setting:", 1):     "line 9: field setting not found",
		strings.Replace(text, "[viewer]", "[nobody]", 1):      `there is no role "nobody"`,
		"a: [": "line 1",
		strings.Replace(text, "missing_denies: true", "x: !!binary a", 1): "gatehouse.yaml",
	} {
		write(bad)
		apply(exitUsage, []string{says})
		apply(exitUsage, []string{says}, "--dry-run")
	}
	if code, out := command("apply", "--file", path+".none"); code != exitUsage || !strings.Contains(out, "cannot be read") {
		t.Errorf("without a file: got %d %s", code, out)
	}
}
