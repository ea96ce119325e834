// Package httpapi is the toolkit of the doors: what every HTTP interface needs
// and none of them should decide for itself. It knows no door's wire format.
//
// A door writes a [HandlerFunc], which returns its error, and one [Renderer],
// which gives errors the door's own shape; [Handle] joins the two, names the
// request and turns a panic into an error. Input is read strictly and reported
// whole: [Read] for bodies (body.go, check.go), [Query] for query parameters.
// [Log] writes one line per request and nothing secret; [Allowed] tells a
// catch-all route which methods a path does have.
package httpapi
