// Package logtosim is a stand-in for Logto: its token endpoint, the part of its
// Management API that is about people and their organizations, its webhooks, and
// a page on which people sign up. The demo, the tests and the crash tests talk
// to it as they would to the real one.
//
//	Management API ─┐
//	page (a person) ─┼─▶ Sim ─▶ state in memory, one lock
//	Go methods ─────┘      └──▶ webhook: signed, sent once, never retried, nobody waits for it
//
// What it offers it does as Logto 1.42 was measured to do, warts included: Link
// headers without the /api prefix, an unknown client answered with 400, one
// delivery attempt, custom data as the whole payload. The recordings in testdata
// hold it to that. What it does not offer answers 404, as an unknown route of
// Logto does. Changes that fire no webhook there (roles) fire none here.
//
// Read sim.go first, then users.go for what happens to a user, webhook.go for
// what is told about it, and api.go for the door.
package logtosim
