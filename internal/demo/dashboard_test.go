package demo_test

import (
	"compress/gzip"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/stage"
	"github.com/gatehouse-authz/gatehouse/internal/needs"
	"github.com/gatehouse-authz/gatehouse/web"
)

// TestADashboardVisit visits every page in a browser, on a demo. With
// GATEHOUSE_SCREENSHOTS it takes the pictures of docs/dashboard.
func TestADashboardVisit(t *testing.T) { visit(t, "dashboard") }

// TestADashboardVisitThatEditsThePolicy goes through the policy editor.
func TestADashboardVisitThatEditsThePolicy(t *testing.T) { visit(t, "policy") }

// TestADashboardVisitAlongRelationships goes along what things are related to.
func TestADashboardVisitAlongRelationships(t *testing.T) { visit(t, "relations") }

// TestADashboardVisitThatEditsTheDirectory makes, edits and deletes users, tenants and
// instances, beside those that Logto keeps.
func TestADashboardVisitThatEditsTheDirectory(t *testing.T) {
	running, _, _ := start(t, anywhere)
	organization := logtosim.Fields{"name": "Harbour Coffee", "description": "Roasts by the sea", "customData": map[string]any{"seats": 12}}
	if _, err := running.Sim.CreateOrganization(t.Context(), organization); err != nil {
		t.Fatal(err)
	}
	stage.Visit(t, "directory", stage.Environ(running)...)
}

// TestTheStoryInABrowser signs somebody up and changes their role in the dashboard.
// With GATEHOUSE_STORY it takes the pictures of the README.
func TestTheStoryInABrowser(t *testing.T) { visit(t, "story") }

// TestADashboardVisitThatLooksAtLogto goes through what there is about Logto, and signs in
// by it.
func TestADashboardVisitThatLooksAtLogto(t *testing.T) { visit(t, "logto") }

// visit runs a visit of web/browser on a demo of its own.
func visit(t *testing.T, name string) {
	t.Helper()
	running, _, _ := start(t, anywhere)
	stage.Visit(t, name, stage.Environ(running)...)
}

// initialLimit is how much the first page may load, in bytes, compressed.
const initialLimit = 300_000

var asset = regexp.MustCompile(`assets/[\w-]+\.(?:js|css)`)

// TestTheDashboardLoadsFast: what the overview loads first is small. The files of a
// page name those they need.
func TestTheDashboardLoadsFast(t *testing.T) {
	t.Parallel()
	needs.File(t, "../../web/dist/app/index.html", "make web builds the dashboard")
	files := web.Files()
	entry := "index.html"
	overview, err := fs.Glob(files, "assets/overview-*.js")
	if err != nil || len(overview) != 1 {
		t.Fatalf("got %v (%v), want one file of the overview", overview, err)
	}
	letters, err := fs.Glob(files, "assets/inter-latin-wght-normal-*.woff2") // those of English
	if err != nil || len(letters) != 1 {
		t.Fatalf("got %v (%v), want one file of letters", letters, err)
	}
	total, seen := 0, map[string]bool{}
	for queue := []string{entry, overview[0], letters[0]}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if seen[name] {
			continue
		}
		seen[name] = true
		data, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		total += compressed(t, data)
		if name == entry {
			queue = append(queue, asset.FindAllString(string(data), -1)...)
			continue
		}
		for _, needed := range imports.FindAllStringSubmatch(string(data), -1) {
			queue = append(queue, path.Join("assets", needed[1]))
		}
	}
	t.Logf("the overview loads %d bytes in %d files", total, len(seen))
	if total > initialLimit {
		t.Errorf("the overview loads %d bytes, compressed; want at most %d", total, initialLimit)
	}
}

// imports finds what a file of JavaScript imports at once; import() comes later.
var imports = regexp.MustCompile(`(?:from|import)\s*["'\x60]\./([\w-]+\.js)["'\x60]`)

func compressed(t *testing.T, data []byte) int {
	t.Helper()
	var b strings.Builder
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// TestTheDashboardsTypesAreWhatTheContractsSay: npm run types writes them.
func TestTheDashboardsTypesAreWhatTheContractsSay(t *testing.T) {
	t.Parallel()
	stage.Tool(t, nil, "types.mjs", "--check")
}

// TestTheDashboardIsWellTyped: npm run build does not look at types.
func TestTheDashboardIsWellTyped(t *testing.T) {
	t.Parallel()
	stage.Tool(t, nil, "node_modules/typescript/bin/tsc", "--noEmit")
}
