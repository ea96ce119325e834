// Package logtosim is a stand-in for Logto: OpenID Connect as Logto's SDKs use it,
// the part of its Management API that is about people, roles, organizations and
// hooks, its webhooks, and a page on which people sign up and sign in. The demo,
// the tests and the crash tests talk to it as they would to the real one.
//
//	Management API ─┐
//	page (a person) ─┼─▶ Sim ─▶ state in memory, one lock
//	Go methods ─────┘      └──▶ webhooks: signed, sent once, never retried, nobody waits for them
//
// What it offers it does as Logto 1.42 was measured to do, warts included: Link
// headers without the /api prefix, an unknown client answered with 400, one
// delivery attempt, custom data as the whole payload. The recordings in testdata
// hold it to that. What it does not offer answers 404, as an unknown route of
// Logto does. Changes that fire no webhook there (who holds a role, most of what
// a deletion takes along) fire none here.
//
// Tests make things go wrong with [Faults], compare with [Sim.State] and change
// at random with [Sim.RandomOperation].
//
// Read sim.go first, then routes.go for what is offered, users.go for what happens
// to a user, webhook.go for what is told about it, api.go for the door, and
// authorization.go and grant.go for signing in.
package logtosim
