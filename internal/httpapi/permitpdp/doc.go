// Package permitpdp speaks the Permit PDP's decision API: what an application
// asks on every request. Nothing outside this package knows its field names.
//
// Open routes.go for the surface, allowed.go for the question asked most and
// read.go for how bodies are read; the README says what differs from Permit's own
// PDP.
package permitpdp
