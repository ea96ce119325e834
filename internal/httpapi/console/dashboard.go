package console

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// DashboardPath is where the dashboard is served, without a slash at the end.
const DashboardPath = "/dashboard"

// nonceHere stands in index.html where the nonce of an answer goes.
const nonceHere = "GATEHOUSE_NONCE"

// A Dashboard serves the files of the dashboard: what has a hash in its name for ever,
// and the page for every other path, since the page has paths of its own.
type Dashboard struct {
	Files fs.FS // index.html, and assets/ with what has a hash in its name
}

// Mount registers the routes.
func (d *Dashboard) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET "+DashboardPath+"/", d.serve)
	to := http.RedirectHandler(DashboardPath+"/", http.StatusFound)
	mux.Handle("GET "+DashboardPath, to)
	mux.Handle("GET /{$}", to)
}

func (d *Dashboard) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	name := strings.TrimPrefix(path.Clean(r.URL.Path), DashboardPath+"/")
	if data, err := fs.ReadFile(d.Files, name); err == nil && name != "index.html" {
		h.Set("Cache-Control", "no-cache")
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
		return
	}
	if strings.HasPrefix(name, "assets/") { // of another version: the page would be no script
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	d.page(w)
}

// page answers index.html with a nonce of its own. Styles need it, since components
// make style elements; scripts are files and need none.
func (d *Dashboard) page(w http.ResponseWriter) {
	page, err := fs.ReadFile(d.Files, "index.html")
	if err != nil {
		_ = httpapi.Write(w, http.StatusNotFound, failure{Error: "this build has no dashboard: make web builds it"})
		return
	}
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self'; font-src 'self'; "+
		"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'", nonce))
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	_, _ = w.Write(bytes.ReplaceAll(page, []byte(nonceHere), []byte(nonce)))
}
