// Package gatehouse_test holds the plan of the house: which rooms there are and
// which of them may know which. docs/ARCHITECTURE.md is the same plan in words.
package gatehouse_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gatehouse-authz/gatehouse"

// plan is every room and the rooms it may import, from the ground up. An arrow
// may only point to a line above.
var plan = map[string][]string{
	"authz": {},

	"engine":  {"authz"},
	"mapping": {"authz"},

	"access":        {"authz"},
	"access/openid": {"authz"},
	"decision":      {"authz", "engine"},
	"directory":     {"authz", "mapping"},
	"feed":          {"authz", "engine"},
	"ingest":        {"authz", "mapping"},
	"ingest/logto":  {"authz", "ingest"},
	"mirror":        {"authz"},
	"needs":         {},
	"work":          {},
	"workspace":     {"access", "authz"},

	"mirror/permitapi": {"authz", "mirror"},
	"shadow":           {"authz", "decision", "engine", "mirror"},

	"store/sqldb":     {},
	"store":           {"access", "authz", "decision", "directory", "feed", "ingest", "mirror", "shadow", "store/sqldb", "work", "workspace"},
	"store/storetest": {"access", "authz", "decision", "directory", "engine", "feed", "ingest", "mirror", "shadow", "store", "work", "workspace"},

	"httpapi":              {"authz"},
	"httpapi/contracttest": {"needs"},
	"httpapi/authzen":      {"access", "authz", "decision", "engine", "httpapi"},
	"httpapi/console":      {"access", "access/openid", "authz", "directory", "httpapi", "ingest", "mapping", "mirror", "shadow", "work"},
	"httpapi/hooks":        {"authz", "httpapi", "ingest"},
	"httpapi/manual":       {},
	"httpapi/permit":       {"access", "authz", "decision", "directory", "httpapi", "workspace"},
	"httpapi/permitpdp":    {"access", "authz", "decision", "engine", "httpapi"},

	"docs": {}, // at the top of the tree, as web: a project of its own
	"web":  {},

	"server": {"access", "access/openid", "authz", "decision", "directory", "docs", "engine", "feed", "httpapi", "httpapi/authzen", "httpapi/console", "httpapi/hooks", "httpapi/manual", "httpapi/permit", "httpapi/permitpdp", "ingest", "ingest/logto", "mirror", "mirror/permitapi", "shadow", "store", "web", "work", "workspace"},

	"mirror/mirrortest": {"authz", "directory", "engine", "feed", "server", "store", "store/storetest"},

	"demo/logtosim": {},
	"demo/simtest":  {"demo/logtosim"},
	"demo/sample":   {},
	"demo":          {"demo/logtosim", "demo/sample", "httpapi", "server"},
	"demo/stage":    {"demo", "demo/logtosim", "needs", "server"},
}

func TestArrowsPointDown(t *testing.T) {
	for dir, files := range packages(t) {
		room, ok := strings.CutPrefix(dir, "internal/")
		if !ok {
			continue
		}
		may, ok := plan[room]
		if !ok {
			t.Errorf("%s is not in the plan of the house", room)
		}
		for _, f := range files {
			for _, imp := range f.Imports {
				p := strings.Trim(imp.Path.Value, `"`)
				to, ours := strings.CutPrefix(p, module+"/")
				to = strings.TrimPrefix(to, "internal/")
				if ours && !slices.Contains(may, to) {
					t.Errorf("%s may not import %s", room, to)
				}
				if first, _, _ := strings.Cut(p, "/"); room == "authz" && strings.Contains(first, ".") {
					t.Errorf("authz may import the standard library only, not %s", p)
				}
			}
		}
	}
}

// TestTheMiddlewareIsForOthers: what services import carries no room with it, and
// what only Envoy needs is not in the middleware.
func TestTheMiddlewareIsForOthers(t *testing.T) {
	for room, without := range map[string][]string{
		"gatehousehttp":          {module + "/internal/", "google.golang.org/", "github.com/envoyproxy/"},
		"gatehousehttp/extauthz": {module + "/internal/"},
	} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./"+room).Output()
		if err != nil {
			t.Fatal(err)
		}
		for dep := range strings.FieldsSeq(string(out)) {
			for _, bad := range without {
				if strings.HasPrefix(dep, bad) {
					t.Errorf("%s depends on %s", room, dep)
				}
			}
		}
	}
}

// TestNoCircles checks the plan itself: no room reaches itself.
func TestNoCircles(t *testing.T) {
	var reaches func(from, to string, seen map[string]bool) bool
	reaches = func(from, to string, seen map[string]bool) bool {
		for _, next := range plan[from] {
			if next == to {
				return true
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if reaches(next, to, seen) {
				return true
			}
		}
		return false
	}
	for _, room := range slices.Sorted(maps.Keys(plan)) {
		if reaches(room, room, map[string]bool{}) {
			t.Errorf("%s reaches itself", room)
		}
	}
}

func TestEveryPackageIsDocumentedOnce(t *testing.T) {
	for dir, files := range packages(t) {
		n := 0
		for _, f := range files {
			if f.Doc != nil {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s has %d package comments, want 1", dir, n)
		}
	}
}

// TestTheDomainHasNoWireNames: a struct tag in the language or the engine is a
// third party's name leaking in.
func TestTheDomainHasNoWireNames(t *testing.T) {
	for _, room := range []string{"internal/authz", "internal/engine", "internal/directory", "internal/workspace"} {
		for _, f := range packages(t)[room] {
			ast.Inspect(f, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok && field.Tag != nil {
					t.Errorf("%s: field %v has tag %s", room, field.Names, field.Tag.Value)
				}
				return true
			})
		}
	}
}

// TestDecidingNeedsNoDatabase: what an edge will be made of carries no database
// and cannot write.
func TestDecidingNeedsNoDatabase(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./internal/decision", "./internal/feed", "./internal/httpapi/authzen", "./internal/httpapi/permitpdp").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		for _, bad := range []string{"database/sql", "modernc.org", "github.com/jackc", module + "/internal/store", module + "/internal/directory", module + "/internal/ingest"} {
			if strings.HasPrefix(dep, bad) {
				t.Errorf("deciding depends on %s", dep)
			}
		}
	}
}

// TestSleepsAreOfVirtualTime: a test may let the clock of a synctest bubble run on,
// and waits for a condition where time is real.
func TestSleepsAreOfVirtualTime(t *testing.T) {
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, "_test.go") {
			return nil
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, p, nil, 0)
		if err != nil {
			return err
		}
		for _, call := range calls(f, "time", "Sleep") {
			if !slices.ContainsFunc(calls(f, "synctest", "Test"), func(bubble *ast.CallExpr) bool {
				return bubble.Pos() < call.Pos() && call.End() < bubble.End()
			}) {
				t.Errorf("%s sleeps in real time: wait for a condition", files.Position(call.Pos()))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// calls are a file's calls of a package's function.
func calls(f *ast.File, pkg, name string) []*ast.CallExpr {
	var found []*ast.CallExpr
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == name {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
					found = append(found, call)
				}
			}
		}
		return true
	})
	return found
}

// packages parses every non-test Go file of the module, by folder.
func packages(t *testing.T) map[string][]*ast.File {
	t.Helper()
	all := map[string][]*ast.File{}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "clients" || d.Name() == "tools") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments)
		dir := filepath.ToSlash(filepath.Dir(p))
		all[dir] = append(all[dir], f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
