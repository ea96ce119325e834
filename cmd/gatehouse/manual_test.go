package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/stage"
	"github.com/gatehouse-authz/gatehouse/internal/needs"
)

// block finds the commands of a page, and who else runs them.
var block = regexp.MustCompile("(?s)(?:<!-- run by (\\S+) -->\n)?```sh\n(.*?)```")

// TestTheCommandsOfTheManualWork runs the commands of each page of docs, one after the
// other, beside a demo. A block that something else runs says what.
func TestTheCommandsOfTheManualWork(t *testing.T) {
	t.Parallel()
	needs.Program(t, "bash", "install it")
	needs.Program(t, "curl", "install it")
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("got %d pages (%v)", len(pages), err)
	}
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var script strings.Builder
		for _, b := range block.FindAllStringSubmatch(string(data), -1) {
			switch {
			case b[1] != "":
				isThere(t, page, b[1])
			case strings.Contains(b[2], "go test "):
				namesBenchmarks(t, page, b[2])
			default:
				script.WriteString(b[2])
			}
		}
		if script.Len() == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			where := stage.Demo(t)
			cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script.String())
			cmd.Env = append(cmd.Environ(), "PERMIT_API_URL="+where.Gatehouse, "PERMIT_PDP_URL="+where.Gatehouse, "PERMIT_API_KEY="+where.APIKey,
				"GATEHOUSE_URL="+where.Gatehouse, "GATEHOUSE_API_KEY="+where.APIKey)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// isThere holds that what is said to run a block, a test or a program, exists.
func isThere(t *testing.T, page, name string) {
	t.Helper()
	if !strings.HasPrefix(name, "Test") {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
			t.Errorf("%s: %v", page, err)
		}
		return
	}
	if len(functions(t, ".", regexp.MustCompile("^"+name+"$"))) == 0 {
		t.Errorf("%s: there is no %s here", page, name)
	}
}

var (
	measured = regexp.MustCompile(`-(?:bench|run) '?([^' ]+)'?`)
	folder   = regexp.MustCompile(`\./\S+`)
	function = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark)\w+)`)
)

// namesBenchmarks holds that each pattern of go test finds something in its folders:
// to run the benchmarks takes hours.
func namesBenchmarks(t *testing.T, page, commands string) {
	t.Helper()
	for line := range strings.Lines(commands) {
		patterns, found := measured.FindAllStringSubmatch(line, -1), 0
		for _, pattern := range patterns {
			for _, dir := range folder.FindAllString(line, -1) {
				found += len(functions(t, filepath.Join("../..", dir), regexp.MustCompile(pattern[1])))
			}
		}
		if found == 0 {
			t.Errorf("%s: %q runs nothing", page, line)
		}
	}
}

// functions are the tests and benchmarks of a folder of whose names a pattern finds a part.
func functions(t *testing.T, dir string, pattern *regexp.Regexp) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range function.FindAllStringSubmatch(string(data), -1) {
			if pattern.MatchString(f[1]) {
				names = append(names, f[1])
			}
		}
	}
	return names
}
