// Package authzen speaks the OpenID AuthZEN Authorization API 1.0: evaluations,
// searches and the metadata that leads to them. Nothing outside this package
// knows its field names.
//
// Open routes.go for the surface, question.go for how a request becomes a
// question to the engine; the README says what differs on purpose.
package authzen
