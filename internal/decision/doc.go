// Package decision answers questions: it takes the latest snapshot of the
// environment, lets the engine decide, counts, and records the answer in the decision log. It never answers allow
// because something broke: what is not loaded is an error, and the doors deny.
//
// Open check.go, list.go for lists; log.go for how answers are recorded, read.go
// for how they are found again.
package decision
