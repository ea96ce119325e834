// Package logto speaks with Logto: it checks and reads its webhooks, and asks
// its Management API what is true of a user.
//
//	webhook ─▶ Source.Verify: HMAC over the raw bytes ─▶ Source.Read: what is it about, what does it state
//	work    ─▶ Source.Observe ─┬─ with a Client: GET /api/users/{id}, its organizations, its roles
//	                           └─ without: fold the payloads received
//	sweep   ─▶ Client.Users, Organizations, Members, Roles: lists, paged so that nobody is missed
//
// It promises never to take the subject of a delivery from a place that a user
// of Logto can write, never to report a user as deleted unless Logto itself says
// so, and never to put a secret or a token in an error.
//
// Read read.go first: the table of events is there, and with it where each event
// keeps its id. user.go says what a user must look like and turns it into an
// [authz.Account]; fold.go works without the API; client.go and token.go speak
// with it. README.md tells what differs from the obvious way, and why.
package logto
