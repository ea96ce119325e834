// Package decision answers questions: it takes the latest snapshot of the
// environment, lets the engine decide, and counts. It never answers allow
// because something broke: what is not loaded is an error, and the doors deny.
//
// Open check.go, list.go for lists.
package decision
