// Package manual is the door to the documentation: Markdown files as pages, with
// nothing from elsewhere.
//
// Open manual.go; contents.go is what stands in the margin.
package manual

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Path is where the manual is, with a slash at the end.
const Path = "/docs/"

// source is where files outside of the manual are shown.
const source = "https://github.com/gatehouse-authz/gatehouse/blob/main/"

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	styles []byte

	page = template.Must(template.New("page").Parse(pageText))
)

// reachable lets who uses the keyboard scroll what is wider than the page.
var reachable = strings.NewReplacer("<pre>", `<pre tabindex="0">`, "<table>", `<div class="wide" tabindex="0"><table>`, "</table>", "</table></div>")

// A Door serves a manual. All fields must be set; it is safe for concurrent use.
type Door struct {
	Files fs.FS // Markdown and pictures

	once  sync.Once
	pages map[string][]byte // by name without .md
	err   error
}

// Mount registers the routes.
func (d *Door) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET "+Path+"{name...}", d.serve)
	mux.Handle("GET "+strings.TrimSuffix(Path, "/"), http.RedirectHandler(Path, http.StatusFound))
}

func (d *Door) serve(w http.ResponseWriter, r *http.Request) {
	d.once.Do(func() { d.pages, d.err = render(d.Files) })
	if d.err != nil { // a bug: a test renders what is embedded
		http.Error(w, "the manual cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	name := r.PathValue("name")
	switch body, ok := d.pages[name]; {
	case name == "":
		http.Redirect(w, r, Path+contents[0].Pages[0].Name, http.StatusFound)
	case name == "page.css":
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(styles))
	case ok:
		h.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	case strings.HasSuffix(name, ".md"): // as the repository links
		http.Redirect(w, r, Path+strings.TrimSuffix(name, ".md"), http.StatusFound)
	default:
		d.picture(w, r, name)
	}
}

func (d *Door) picture(w http.ResponseWriter, r *http.Request, name string) {
	data, err := fs.ReadFile(d.Files, name)
	if kind := path.Ext(name); err != nil || kind != ".png" && kind != ".svg" && kind != ".js" {
		http.Error(w, "there is no such page: see "+Path, http.StatusNotFound)
		return
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// render makes the pages of all Markdown files.
func render(files fs.FS) (map[string][]byte, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	pages := map[string][]byte{}
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".md" {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		doc := md.Parser().Parse(text.NewReader(data))
		lead(doc, name)
		var body, out bytes.Buffer
		if err := md.Renderer().Render(&body, data, doc); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		name = strings.TrimSuffix(name, ".md")
		text := reachable.Replace(body.String())
		err = page.Execute(&out, struct {
			Title, Name, Path string
			Contents          []chapter
			Body              template.HTML
		}{title(data), name, Path, contents, template.HTML(text)}) //nolint:gosec // our own files; goldmark drops raw HTML
		pages[name] = out.Bytes()
		return err
	})
	return pages, err
}

// lead makes links between files links between pages, and those to files outside of
// the manual links to the repository.
func lead(doc ast.Node, name string) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = []byte(target(name, string(n.Destination)))
		case *ast.Image:
			n.Destination = []byte(target(name, string(n.Destination)))
		}
		return ast.WalkContinue, nil
	})
}

// target is where a link of a file leads.
func target(from, to string) string {
	file, fragment, _ := strings.Cut(to, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	if file == "" || strings.Contains(file, ":") {
		return to
	}
	file = path.Join("docs", path.Dir(from), file)
	inside, ok := strings.CutPrefix(file, "docs/")
	if !ok {
		return source + file + fragment
	}
	return Path + strings.TrimSuffix(inside, ".md") + fragment
}

// title is the first heading.
func title(data []byte) string {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return strings.TrimPrefix(string(line), "# ")
}
