// Package contracttest holds what our doors say against Permit's own descriptions
// of its APIs, and keeps the table of what is compatible (table.go); and what the
// console says against our own (console.go).
//
// The descriptions are not ours to distribute: GATEHOUSE_FACTS says where they lie,
// else they are looked for in ../shared. Without them exchanges are not held against
// them, and tests that are about nothing else skip; where CI is true both fail.
package contracttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/gatehouse-authz/gatehouse/internal/needs"
)

// A Contract is one of Permit's descriptions. It is safe for concurrent use.
type Contract struct {
	doc *openapi3.T
	// fault is the shape of the errors that the description does not declare.
	fault *openapi3.Schema
	// lenient are the templates where we read less of a body than Permit wants.
	lenient map[string]bool

	mu     sync.Mutex
	earned map[string]bool // by method and template: an exchange succeeded
}

var (
	rest = sync.OnceValues(func() (*Contract, error) { return load("permit-openapi.json", "ErrorDetails") })
	pdp  = sync.OnceValues(loadPDP)
)

func loadPDP() (*Contract, error) {
	c, err := load("pdp-openapi.json", "ErrorDetails", "ErrorDetail", "HTTPValidationError")
	if err == nil {
		// Kong's plugin says more than a question needs; Permit's two servers take different lists.
		c.lenient = map[string]bool{"/kong": true, "/allowed/bulk": true}
	}
	return c, err
}

// REST returns the contract of the REST API, nil where it may be missing.
func REST(t testing.TB) *Contract { return present(t, rest) }

// PDP returns the contract of the PDP, nil where it may be missing.
func PDP(t testing.TB) *Contract { return present(t, pdp) }

// NeedREST is REST for a test that is about nothing else.
func NeedREST(t testing.TB) *Contract { return need(t, rest) }

// NeedPDP is PDP for a test that is about nothing else.
func NeedPDP(t testing.TB) *Contract { return need(t, pdp) }

func need(t testing.TB, load func() (*Contract, error)) *Contract {
	t.Helper()
	c := present(t, load)
	if c == nil {
		needs.Missing(t, "Permit's description of its API", "set GATEHOUSE_FACTS to the folder that holds permit/permit-openapi.json and permit/pdp-openapi.json")
	}
	return c
}

func present(t testing.TB, load func() (*Contract, error)) *Contract {
	t.Helper()
	c, err := load()
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func load(name string, faults ...string) (*Contract, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	dir := os.Getenv("GATEHOUSE_FACTS")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	data, err := os.ReadFile(filepath.Join(dir, "permit", name))
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	// The schema {} means anything; kin-openapi takes null out of that.
	doc.Components.Schemas["ErrorDetails"].Value.Properties["additional_info"].Value.Nullable = true
	c := &Contract{doc: doc, fault: openapi3.NewSchema(), earned: map[string]bool{}}
	for _, fault := range faults {
		c.fault.AnyOf = append(c.fault.AnyOf, doc.Components.Schemas[fault])
	}
	return c, nil
}

// repository is the folder of this module.
func repository() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fs.ErrNotExist
		}
		dir = parent
	}
	return "", err
}

// Operation returns the template of a path and what the contract says about a
// request to it, nil if nothing.
func (c *Contract) Operation(method, path string) (string, *openapi3.Operation) {
	var (
		template string
		found    *openapi3.Operation
	)
	fewest := 1 << 30 // wildcards: the literal path goes before the template
	parts := strings.Split(path, "/")
	for name, item := range c.doc.Paths.Map() {
		want := strings.Split(name, "/")
		if len(want) != len(parts) || item.GetOperation(method) == nil {
			continue
		}
		wild, same := 0, true
		for i := range want {
			if strings.HasPrefix(want[i], "{") {
				wild++
			} else if want[i] != parts[i] {
				same = false
			}
		}
		if same && wild < fewest {
			template, found, fewest = name, item.GetOperation(method), wild
		}
	}
	return template, found
}

// ours are answers that Permit does not declare: what Gatehouse does not offer,
// and what routing and limits answer before an operation is reached.
var ours = map[int]bool{
	http.StatusBadRequest: true, http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusRequestEntityTooLarge: true,
	http.StatusNotImplemented: true, http.StatusServiceUnavailable: true, http.StatusInternalServerError: true,
}

// Check holds one exchange against the contract. Path is escaped and without query. A
// nil request goes beyond the contract on purpose: the answer alone is held against it.
func (c *Contract) Check(t testing.TB, method, path string, request []byte, status int, answer []byte) {
	t.Helper()
	if status == http.StatusMethodNotAllowed {
		return
	}
	template, op := c.Operation(method, path)
	var declared *openapi3.ResponseRef
	if op != nil {
		declared = op.Responses.Value(strconv.Itoa(status))
	}
	switch {
	case ours[status], status >= 400 && op != nil && content(declared) == nil:
		c.visit(t, method, path, status, c.fault, answer)
	case op == nil:
		t.Fatalf("the contract has no %s %s, yet we answer %d", method, path, status)
	case declared == nil:
		t.Fatalf("the contract has no answer %d to %s %s", status, method, path)
	case content(declared) != nil:
		c.visit(t, method, path, status, content(declared), answer)
	case status == http.StatusNoContent && len(answer) > 0:
		t.Errorf("%s %s answers 204 with a body", method, path)
	}
	if status >= 400 || request == nil {
		return
	}
	if err := accepted(t, op, method, request); err != nil {
		if !c.lenient[template] {
			t.Errorf("%s %s accepts what the contract refuses: %s", method, path, places(err))
		}
		return
	}
	if !t.Failed() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.earned[method+" "+template] = true
	}
}

// accepted says what is wrong with a body that we accept: Permit must accept it. PUT
// of a user is the exception: the key may be left to the path.
func accepted(t testing.TB, op *openapi3.Operation, method string, request []byte) error {
	t.Helper()
	if op.RequestBody == nil || method == http.MethodPut && !bytes.Contains(request, []byte(`"key"`)) {
		return nil
	}
	body := op.RequestBody.Value.Content.Get("application/json").Schema.Value
	return body.VisitJSON(decoded(t, request), openapi3.VisitAsRequest(), openapi3.MultiErrors())
}

// content is the schema of a declared answer, nil if it says none in JSON.
func content(declared *openapi3.ResponseRef) *openapi3.Schema {
	if declared == nil || declared.Value.Content.Get("application/json") == nil {
		return nil
	}
	return declared.Value.Content.Get("application/json").Schema.Value
}

func (c *Contract) visit(t testing.TB, method, path string, status int, schema *openapi3.Schema, answer []byte) {
	t.Helper()
	if err := schema.VisitJSON(decoded(t, answer), openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
		t.Errorf("%s %s answers %d against the contract: %s", method, path, status, places(err))
	}
}

func decoded(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	read := json.NewDecoder(bytes.NewReader(data))
	read.UseNumber()
	if err := read.Decode(&v); err != nil {
		t.Fatalf("not JSON: %v: %.200s", err, data)
	}
	return v
}

// places are where a value is not of its schema; the schema is in the contract.
func places(err error) string {
	var several openapi3.MultiError
	if errors.As(err, &several) {
		var all []string
		for _, one := range several {
			all = append(all, places(one))
		}
		return strings.Join(all, "; ")
	}
	if one, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		text := "/" + strings.Join(one.JSONPointer(), "/") + ": " + one.Reason
		if one.Origin != nil {
			text += " (" + places(one.Origin) + ")"
		}
		return text
	}
	return err.Error()
}
