//go:build !noweb

package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files are the files of the dashboard. Where it was not built, there is only a page
// that says how to.
func Files() fs.FS {
	dir := "dist/app"
	if _, err := fs.Stat(dist, dir+"/index.html"); err != nil {
		dir = "dist"
	}
	files, err := fs.Sub(dist, dir)
	if err != nil {
		panic(err) // a bug: the names are constants
	}
	return files
}
