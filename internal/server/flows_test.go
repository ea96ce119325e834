package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestFlows holds testdata/flows/*.txtar: what Permit's clients send, in the order in
// which they send it, each against a server of its own.
//
// The comment of a file says which client it is, and its headers. Each file in it is a
// step: a request (method and path, headers, body) and, after ->, the status and parts
// of the answer. Objects may have more fields than are named, lists may not have more
// elements. F/ and S/ stand for facts and schema of the environment. A string $name in
// an answer is kept, or compared if it has been kept before; $name in a request is what
// was kept, $-name the same as an id with dashes; $env and $org are keys from the
// beginning. A line that begins with ! says why a request goes beyond the contract, and
// Await, as a header, is a text that the answer has to the request at last.
func TestFlows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/flows/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no flows", err)
	}
	t.Run("flow", func(t *testing.T) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				t.Parallel()
				follow(t, file)
			})
		}
	})
	// All of them, and no selection of them, are what the table is made from.
	t.Run("compatibility", holdCompatibility)
}

// A flow is a conversation under way.
type flow struct {
	*house
	headers http.Header       // of every request
	kept    map[string]string // by name
	dashed  bool              // the client writes its project and environment so
}

func follow(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := start(t, t.TempDir(), withAll)
	f := &flow{house: h, headers: http.Header{}, kept: map[string]string{"env": apiKey, "org": orgAPIKey}}
	for line := range strings.Lines(string(archive.Comment)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			f.headers.Set(name, value)
		}
	}
	f.dashed = f.headers.Get("Ids") == "dashed"
	f.headers.Del("Ids")
	for _, step := range archive.Files {
		if !f.step(t, string(step.Data)) {
			t.Fatalf("step %q of %s", step.Name, file)
		}
	}
}

// withAll sets up what is off unless it is set up.
func withAll(c *server.Config) {
	c.KongRoutes = []byte(`[["^/docs", "doc"]]`)
	c.DecisionLog = time.Hour
}

var (
	flowHeader = regexp.MustCompile(`^([A-Z][A-Za-z-]+): ?(.*)$`)
	aVariable  = regexp.MustCompile(`\$(-?)(\w+)`)
)

// step does one step and reports whether it went as it is written.
func (f *flow) step(t *testing.T, text string) bool {
	t.Helper()
	asked, expected, ok := strings.Cut(text, "\n-> ")
	if !ok {
		t.Fatalf("no answer in\n%s", text)
	}
	method, target, header, body, beyond := f.request(asked)
	awaited := header.Get("Await")
	header.Del("Await")
	status, answer := f.exchange(t, method, target, header, body)
	if awaited != "" {
		f.await(awaited, func() bool {
			status, answer = f.exchange(t, method, target, header, body)
			return strings.Contains(string(answer), awaited)
		})
	}
	code, parts, _ := strings.Cut(strings.TrimSpace(expected), "\n")
	want, err := strconv.Atoi(strings.TrimSpace(code))
	if err != nil {
		t.Fatalf("no status in %q", expected)
	}
	if status != want {
		t.Errorf("%s %s: got %d %s, want %d", method, target, status, answer, want)
		return false
	}
	path, _, _ := strings.Cut(target, "?")
	sent := []byte(body)
	if beyond {
		sent = nil
	}
	holdAgainst(t, method, path, sent, status, answer)
	if parts = strings.TrimSpace(parts); parts != "" {
		var wanted, got any
		if err := json.Unmarshal([]byte(parts), &wanted); err != nil {
			t.Fatalf("%v in %s", err, parts)
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatalf("%v in %s", err, answer)
		}
		for _, difference := range f.differences("", wanted, got) {
			t.Errorf("%s %s: %s\nin %s", method, target, difference, answer)
		}
	}
	return !t.Failed()
}

// request reads what is sent.
func (f *flow) request(text string) (method, target string, header http.Header, body string, beyond bool) {
	first, rest, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	method, target, _ = strings.Cut(first, " ")
	place := "default/dev"
	switch {
	case f.kept["project"] == "": // the client has not asked for the scope of its key
	case f.dashed:
		place = "$-project/$-environment"
	default:
		place = "$project/$environment"
	}
	for short, base := range map[string]string{"F/": "/v2/facts/", "S/": "/v2/schema/"} {
		if after, ok := strings.CutPrefix(target, short); ok {
			target = base + place + "/" + after
		}
	}
	header = f.headers.Clone()
	for {
		line, after, _ := strings.Cut(rest, "\n")
		if m := flowHeader.FindStringSubmatch(line); m != nil {
			header.Set(m[1], f.meant(m[2]))
		} else if strings.HasPrefix(line, "!") {
			beyond = true
		} else {
			break
		}
		rest = after
	}
	if header.Get("Authorization") == "" {
		header.Set("Authorization", "Bearer $env")
	}
	for name := range header {
		header.Set(name, f.meant(header.Get(name)))
	}
	return method, f.meant(target), header, f.meant(strings.TrimSpace(rest)), beyond
}

var flowDashes = regexp.MustCompile(`^(.{8})(.{4})(.{4})(.{4})(.{12})$`)

func (f *flow) meant(text string) string {
	return aVariable.ReplaceAllStringFunc(text, func(s string) string {
		m := aVariable.FindStringSubmatch(s)
		value, ok := f.kept[m[2]]
		switch {
		case !ok:
			return s
		case m[1] != "":
			return flowDashes.ReplaceAllString(value, "$1-$2-$3-$4-$5")
		}
		return value
	})
}

func (f *flow) exchange(t *testing.T, method, target string, header http.Header, body string) (int, []byte) {
	t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
		if header.Get("Content-Type") == "" {
			header.Set("Content-Type", "application/json")
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, f.url+target, in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, bytes.TrimSpace(answer)
}

// holdAgainst holds an exchange against the description that has it, if they are here.
func holdAgainst(t *testing.T, method, path string, request []byte, status int, answer []byte) {
	t.Helper()
	rest, pdp := contracttest.REST(t), contracttest.PDP(t)
	if rest == nil || pdp == nil {
		return
	}
	if _, op := pdp.Operation(method, path); op != nil {
		pdp.Check(t, method, path, request, status, answer)
		return
	}
	if strings.HasPrefix(path, "/v2/") {
		rest.Check(t, method, path, request, status, answer)
	}
}

// differences are where got is not what is wanted of it.
func (f *flow) differences(at string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		fields, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: got %v, want an object", at, got)}
		}
		var all []string
		for name, value := range want {
			if _, ok := fields[name]; !ok {
				all = append(all, fmt.Sprintf("%s/%s is not there", at, name))
				continue
			}
			all = append(all, f.differences(at+"/"+name, value, fields[name])...)
		}
		return all
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return []string{fmt.Sprintf("%s: got %v, want a list of %d", at, got, len(want))}
		}
		var all []string
		for i := range want {
			all = append(all, f.differences(fmt.Sprintf("%s/%d", at, i), want[i], list[i])...)
		}
		return all
	case string:
		text, _ := got.(string)
		if name, ok := strings.CutPrefix(want, "$"); ok && f.kept[name] == "" {
			f.kept[name] = text
			return nil
		}
		want = f.meant(want)
		if text != want {
			return []string{fmt.Sprintf("%s: got %v, want %q", at, got, want)}
		}
	default:
		if got != want {
			return []string{fmt.Sprintf("%s: got %v, want %v", at, got, want)}
		}
	}
	return nil
}
