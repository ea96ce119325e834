package contracttest

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// A Description is our own description of a door, api/console.yaml. It is safe for
// concurrent use.
type Description struct {
	doc    *openapi3.T
	router routers.Router
}

var described = sync.OnceValues(func() (*Description, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromFile(filepath.Join(root, "api", "console.yaml"))
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, err
	}
	router, err := legacy.NewRouter(doc)
	return &Description{doc: doc, router: router}, err
})

// Console returns the description of the console's API.
func Console(t testing.TB) *Description {
	t.Helper()
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Routes are all operations, as "GET /console/v1/status", sorted.
func (d *Description) Routes() []string {
	var all []string
	for path, item := range d.doc.Paths.Map() {
		for method := range item.Operations() {
			all = append(all, method+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

// Check holds one exchange against the description: what is accepted must be as it
// says, and the answer with its status, whatever it is. body is that of the request,
// whose own is not read. A failure that is ours alone, 500, is declared nowhere.
func (d *Description) Check(t testing.TB, r *http.Request, body []byte, status int, header http.Header, answer []byte) {
	t.Helper()
	r = r.Clone(t.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.URL.Scheme, r.URL.Host, r.Host = "", "", "" // the description is of any server
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		t.Errorf("api/console.yaml has no %s %s: %v", r.Method, r.URL.Path, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: status != http.StatusInternalServerError},
	}
	if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil && status < 300 {
		t.Errorf("%s %s %s is accepted against the contract: %v", r.Method, r.URL, body, err)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: status, Header: header, Options: in.Options}
	out.SetBodyBytes(answer)
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("%s %s answers %d against the contract: %v", r.Method, r.URL, status, err)
	}
	if status >= http.StatusInternalServerError && !strings.HasPrefix(string(answer), `{"error":`) {
		t.Errorf("%s %s answers %d with %.200s", r.Method, r.URL, status, answer)
	}
}
