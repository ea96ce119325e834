package contracttest

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Update is what go test is told to write: the answers of conversations, and the
// tables of docs/compatibility.md, one package at a time.
var Update = flag.Bool("update", false, "write the answers and the tables; read the diff before believing it")

// methods are in the order of a row.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// Operations are all methods and templates of the contract, in the order of the table.
func (c *Contract) Operations() [][2]string {
	var all [][2]string
	for _, template := range slices.Sorted(maps.Keys(c.doc.Paths.Map())) {
		for _, method := range methods {
			if c.doc.Paths.Value(template).GetOperation(method) != nil {
				all = append(all, [2]string{method, template})
			}
		}
	}
	return all
}

// A Claim is what is said of the operations that match.
type Claim struct {
	Operation *regexp.Regexp // of "METHOD template"
	Says      string
}

// Claims are claims by patterns of "METHOD template"; both ends are anchored.
func Claims(pairs ...string) []Claim {
	var all []Claim
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, Claim{regexp.MustCompile("^(?:" + pairs[i] + ")$"), pairs[i+1]})
	}
	return all
}

func said(claims []Claim, operation string) (string, bool) {
	for _, c := range claims {
		if c.Operation.MatchString(operation) {
			return c.Says, true
		}
	}
	return "", false
}

// A Compatibility is what the contract's operations come to.
type Compatibility struct {
	Contract *Contract
	Section  string            // of docs/compatibility.md
	Differs  []Claim           // offered, and how it differs from Permit
	Lacks    []Claim           // not offered, and why
	Named    map[string]string // what stands in a path for its parameters; x for others
	// Refused sends a request of the operation, which must be answered 501.
	Refused func(t *testing.T, method, path string)
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// Hold holds the document against what the tests before it have seen: whatever no
// exchange of theirs did with success must be refused, for a reason that is known.
func (y Compatibility) Hold(t *testing.T) {
	t.Helper()
	c := y.Contract
	c.mu.Lock()
	earned := maps.Clone(c.earned)
	c.mu.Unlock()
	y.claimsAreOfUse(t)
	rows := map[string]*row{}
	for _, op := range c.Operations() {
		method, template := op[0], op[1]
		operation := method + " " + template
		r := rows[template]
		if r == nil {
			r = &row{}
			rows[template] = r
		}
		how, differs := said(y.Differs, operation)
		why, lacks := said(y.Lacks, operation)
		switch {
		case earned[operation] && lacks:
			t.Errorf("%s is said to be lacking and works", operation)
		case differs:
			if !earned[operation] && !strings.HasPrefix(how, "always ") {
				t.Errorf("no exchange of the tests did %s with success, which is said to differ", operation)
			}
			r.add(1, method, how)
		case earned[operation]:
			r.add(0, method, "")
		case !lacks:
			t.Errorf("no exchange of the tests did %s with success, and nothing says why it is not offered", operation)
		default:
			y.Refused(t, method, y.filled(template))
			r.add(2, method, why)
		}
	}
	compareSection(t, y.Section, table(rows))
}

// claimsAreOfUse: a claim about no operation is one that the contract has left behind.
func (y Compatibility) claimsAreOfUse(t *testing.T) {
	t.Helper()
	for _, claim := range slices.Concat(y.Differs, y.Lacks) {
		if !slices.ContainsFunc(y.Contract.Operations(), func(op [2]string) bool { return claim.Operation.MatchString(op[0] + " " + op[1]) }) {
			t.Errorf("%s is no operation of the contract", claim.Operation)
		}
	}
}

// filled is a path of the template.
func (y Compatibility) filled(template string) string {
	return wildcard.ReplaceAllStringFunc(template, func(parameter string) string {
		if name, ok := y.Named[strings.Trim(parameter, "{}")]; ok {
			return name
		}
		return "x"
	})
}

// A row is the methods of a path that work, differ and are refused.
type row struct {
	methods [3][]string
	notes   []string
}

func (r *row) add(column int, method, note string) {
	r.methods[column] = append(r.methods[column], method)
	if note != "" && !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}

func table(rows map[string]*row) string {
	var out strings.Builder
	out.WriteString("| path | works | differs | not offered | how, or why not |\n|---|---|---|---|---|\n")
	for _, template := range slices.Sorted(maps.Keys(rows)) {
		r := rows[template]
		fmt.Fprintf(&out, "| `%s` |", template)
		for _, column := range r.methods {
			fmt.Fprintf(&out, " %s |", strings.Join(column, ", "))
		}
		fmt.Fprintf(&out, " %s |\n", strings.Join(r.notes, "; "))
	}
	return regexp.MustCompile(` +\|`).ReplaceAllString(out.String(), " |")
}

// compareSection holds the generated section of docs/compatibility.md against text,
// or writes it if told to.
func compareSection(t *testing.T, name, text string) {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "docs", "compatibility.md")
	document, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+": written by the tests -->\n", "<!-- end of "+name+" -->\n"
	before, rest, found := strings.Cut(string(document), begin)
	present, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no section %q", file, name)
	}
	if present == text || t.Failed() {
		return
	}
	if !*Update {
		t.Errorf("the section %s of docs/compatibility.md is not what the tests have seen; write it with: go test ./%s -update", name, mustRel(t, root))
		return
	}
	if err := os.WriteFile(file, []byte(before+begin+text+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustRel(t *testing.T, root string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}
