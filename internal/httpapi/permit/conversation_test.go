package permit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
)

// TestConversations holds testdata/*.txtar: each file is one conversation with
// an empty environment, requests and the answers to them.
//
// A request is a line with method and path, where F/ and S/ stand for facts and
// schema of the environment, then headers, then a body. In an answer each id
// has a name, <1> for the first that is seen, every time is <time>, and every secret
// of an API key is <secret>. A
// request may use those names; <uuid 1> is the same id with dashes, and {org},
// {project} and {env} are the secrets of keys.
func TestConversations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	t.Run("conversation", func(t *testing.T) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				t.Parallel()
				converse(t, file)
			})
		}
	})
	// All of them, and no selection of them, are what the table is made from.
	t.Run("compatibility", holdCompatibility)
}

func converse(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := open(t)
	var said []txtar.File
	for i, f := range archive.Files {
		if f.Name != "request" {
			continue
		}
		got := h.exchange(t, string(f.Data))
		said = append(said, f, txtar.File{Name: "answer", Data: []byte(got)})
		want := ""
		if i+1 < len(archive.Files) && archive.Files[i+1].Name == "answer" {
			want = string(archive.Files[i+1].Data)
		}
		if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" && !*contracttest.Update {
			t.Errorf("%s\n-want +got\n%s", f.Data, diff)
		}
	}
	if !*contracttest.Update {
		return
	}
	archive.Files = said
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

var headerLine = regexp.MustCompile(`^([A-Z][A-Za-z-]+): ?(.*)$`)

// exchange sends a request as it is written and writes the answer down.
func (h *house) exchange(t *testing.T, text string) string {
	t.Helper()
	text = h.meant(text)
	first, rest, _ := strings.Cut(text, "\n")
	method, target, _ := strings.Cut(first, " ")
	target = strings.Replace(target, "F/", "/v2/facts/acme/dev/", 1)
	target = strings.Replace(target, "S/", "/v2/schema/acme/dev/", 1)
	header := http.Header{}
	for {
		line, after, _ := strings.Cut(rest, "\n")
		m := headerLine.FindStringSubmatch(line)
		if m == nil {
			break
		}
		header.Set(m[1], m[2])
		rest = after
	}
	res, body := h.do(t, method, target, header, strings.TrimSpace(rest))
	var out strings.Builder
	fmt.Fprintln(&out, res.StatusCode)
	for _, name := range []string{"X-Gatehouse-Revision", "Allow", "Www-Authenticate", "Retry-After"} {
		if v := res.Header.Get(name); v != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, v)
		}
	}
	if got := res.Header.Get("Content-Type"); (got == "application/json") != (len(body) > 0) || len(body) == 0 && got != "" {
		t.Errorf("%s: content type %q for a body of %d bytes", first, got, len(body))
	}
	if len(body) > 0 {
		out.WriteString(h.named(pretty(t, body, "")))
		out.WriteString("\n")
	}
	return out.String()
}

var (
	anID    = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	aTime   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00`)
	aSecret = regexp.MustCompile(`\bpermit_key_[\w-]{86,}`)
	aName   = regexp.MustCompile(`<(uuid )?(\w+)>`)
	aKey    = regexp.MustCompile(`\{(org|project|env)\}`)
	dashes  = regexp.MustCompile(`^(.{8})(.{4})(.{4})(.{4})(.{12})$`)
)

// named gives ids and times their names. The id of an error is its request's.
func (h *house) named(text string) string {
	text = regexp.MustCompile(`("id": )"[0-9a-f]{32}"(,\s+"title")`).ReplaceAllString(text, `$1"<request>"$2`)
	text = anID.ReplaceAllStringFunc(text, func(s string) string {
		if h.ids[s] == "" {
			h.ids[s] = fmt.Sprint(len(h.ids) - 2) // three are there from the beginning
		}
		return "<" + h.ids[s] + ">"
	})
	return aSecret.ReplaceAllString(aTime.ReplaceAllString(text, "<time>"), "<secret>")
}

// meant puts ids and secrets in the place of their names.
func (h *house) meant(text string) string {
	text = aKey.ReplaceAllStringFunc(text, func(s string) string { return h.secrets[strings.Trim(s, "{}")] })
	return aName.ReplaceAllStringFunc(text, func(s string) string {
		m := aName.FindStringSubmatch(s)
		for id, name := range h.ids {
			if name == m[2] && m[1] != "" {
				return dashes.ReplaceAllString(id, "$1-$2-$3-$4-$5")
			}
			if name == m[2] {
				return id
			}
		}
		return s
	})
}

// pretty writes JSON over as few lines as it can be read in.
func pretty(t *testing.T, data []byte, indent string) string {
	t.Helper()
	var flat bytes.Buffer
	if err := json.Compact(&flat, data); err != nil {
		t.Fatalf("not JSON: %v: %s", err, data)
	}
	line := spaced(flat.Bytes())
	if len(indent)+len(line) <= 120 || !strings.ContainsAny(line[:1], "{[") {
		return line
	}
	dec := json.NewDecoder(bytes.NewReader(flat.Bytes()))
	open, _ := dec.Token()
	var lines []string
	for dec.More() {
		line := indent + "  "
		if open == json.Delim('{') {
			key, _ := dec.Token()
			line += fmt.Sprintf("%q: ", key)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line+pretty(t, value, indent+"  "))
	}
	end, _ := dec.Token()
	return fmt.Sprintf("%v\n%s\n%s%v", open, strings.Join(lines, ",\n"), indent, end)
}

// spaced puts a space after each colon and comma outside of strings.
func spaced(flat []byte) string {
	var out strings.Builder
	quoted := false
	for i, b := range flat {
		if b == '"' && (i == 0 || flat[i-1] != '\\') {
			quoted = !quoted
		}
		out.WriteByte(b)
		if !quoted && (b == ':' || b == ',') {
			out.WriteByte(' ')
		}
	}
	return out.String()
}
