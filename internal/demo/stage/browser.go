package stage

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/needs"
)

// web is the dashboard's folder, from that of a test two folders below the module's.
var web = filepath.Join("..", "..", "web")

// Visit runs a visit of web/browser in Chromium. It may be told where things are by
// additions to the environment.
func Visit(t testing.TB, name string, environ ...string) {
	t.Helper()
	needs.File(t, filepath.Join(web, "dist", "app", "index.html"), "make web builds the dashboard")
	browser := needs.Program(t, cmp.Or(os.Getenv("GATEHOUSE_CHROMIUM"), "chromium"), "install it (apt-get install chromium), or set GATEHOUSE_CHROMIUM to its path")
	Tool(t, append(environ, "GATEHOUSE_CHROMIUM="+browser), "--test", "--test-reporter=spec", "browser/"+name+".test.mjs")
}

// Tool runs a script of the dashboard's folder in Node, which must succeed.
func Tool(t testing.TB, environ []string, args ...string) {
	t.Helper()
	needs.File(t, filepath.Join(web, "node_modules", "typescript"), "make web-tools brings what the dashboard's tests need")
	node := exec.CommandContext(t.Context(), "node", args...)
	node.Dir, node.Env = web, append(os.Environ(), environ...)
	if out, err := node.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
