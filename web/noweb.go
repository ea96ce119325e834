//go:build noweb

package web

import (
	"embed"
	"io/fs"
)

// Files are none.
func Files() fs.FS { return embed.FS{} }
