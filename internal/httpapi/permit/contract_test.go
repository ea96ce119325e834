package permit_test

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
)

// A contract is Permit's own description of its API. It is not ours to
// distribute: GATEHOUSE_FACTS says where it lies, else it is looked for beside
// the repository.
type contract struct{ doc *openapi3.T }

var loadContract = sync.OnceValues(func() (*openapi3.T, error) {
	root := "../../.."
	dir := os.Getenv("GATEHOUSE_FACTS")
	if dir == "" {
		dir = "../shared"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	data, err := os.ReadFile(filepath.Join(dir, "permit", "permit-openapi.json"))
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	// The schema {} means anything; kin-openapi takes null out of that.
	doc.Components.Schemas["ErrorDetails"].Value.Properties["additional_info"].Value.Nullable = true
	return doc, nil
})

// permitContract returns the contract, and nil where it may be missing.
func permitContract(t testing.TB) *contract {
	t.Helper()
	doc, err := loadContract()
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return &contract{doc: doc}
}

// operation returns what the contract says about a request, nil if nothing.
func (c *contract) operation(method, path string) *openapi3.Operation {
	var found *openapi3.Operation
	fewest := 1 << 30 // wildcards: the literal path goes before the template
	parts := strings.Split(path, "/")
	for template, item := range c.doc.Paths.Map() {
		want := strings.Split(template, "/")
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
			found, fewest = item.GetOperation(method), wild
		}
	}
	return found
}

// ours are answers that Permit does not declare: what Gatehouse does not offer,
// and what routing and limits answer before an operation is reached.
var ours = map[int]bool{
	http.StatusBadRequest: true, http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusRequestEntityTooLarge: true,
	http.StatusNotImplemented: true, http.StatusServiceUnavailable: true, http.StatusInternalServerError: true,
}

// check holds one exchange against the contract.
func (c *contract) check(t testing.TB, method, path string, request []byte, status int, answer []byte) {
	t.Helper()
	if status == http.StatusMethodNotAllowed {
		return
	}
	op := c.operation(method, path)
	var declared *openapi3.ResponseRef
	if op != nil {
		declared = op.Responses.Value(strconv.Itoa(status))
	}
	var schema *openapi3.Schema
	switch {
	case ours[status], status == http.StatusConflict && declared == nil && op != nil:
		schema = c.doc.Components.Schemas["ErrorDetails"].Value
	case op == nil:
		t.Fatalf("the contract has no %s %s, yet we answer %d", method, path, status)
	case declared == nil:
		t.Fatalf("the contract has no answer %d to %s %s", status, method, path)
	case len(answer) == 0 && status == http.StatusNoContent:
	default:
		schema = declared.Value.Content.Get("application/json").Schema.Value
	}
	if schema != nil {
		if err := schema.VisitJSON(decoded(t, answer), openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
			t.Errorf("%s %s answers %d against the contract: %v", method, path, status, err)
		}
	}
	// A body that we accept is one that Permit accepts. PUT of a user is the
	// exception: the key may be left to the path.
	if status < 300 && op.RequestBody != nil && (method != http.MethodPut || bytes.Contains(request, []byte(`"key"`))) {
		body := op.RequestBody.Value.Content.Get("application/json").Schema.Value
		if err := body.VisitJSON(decoded(t, request), openapi3.VisitAsRequest(), openapi3.MultiErrors()); err != nil {
			t.Errorf("%s %s accepts what the contract refuses: %v", method, path, err)
		}
	}
}

func decoded(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("not JSON: %v: %.200s", err, data)
	}
	return v
}

// TestEveryRouteIsInTheContract: what we offer is what Permit has.
func TestEveryRouteIsInTheContract(t *testing.T) {
	t.Parallel()
	c := permitContract(t)
	if c == nil {
		t.Skip("Permit's description of its API is not here")
	}
	for _, pattern := range routes() {
		method, path := fill(pattern, "o", "p", "e")
		if c.operation(method, path) == nil {
			t.Errorf("the contract has no %s", pattern)
		}
	}
}
