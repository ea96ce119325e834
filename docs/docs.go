// Package docs is the manual: Markdown and pictures, which the binary carries and
// serves at /docs/.
package docs

import "embed"

// Files are the pages and their pictures, by the paths that they have in the repository.
//
//go:embed *.md *.js *.png *.svg dashboard/overview.png decisions/*.md
var Files embed.FS
