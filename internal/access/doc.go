// Package access says who may call us: API keys, people who are signed in, and what
// each of them reaches.
//
// A key is a long random secret of which only the SHA-256 digest is kept. Its
// level says how far it reaches: one environment, all environments of a project,
// or the whole organization; its access, how much it may do there. The own key of
// an environment is derived from a master secret and can be shown again.
//
// A person signs in with a password or a link that works once (sessions.go) and is a
// key from then on: each grant of the member is a level and an access (people.go), so
// that whatever holds for keys holds for people.
//
// Requests that want to change something are kept with their answers, without the
// secrets in them.
//
// Open keys.go; master.go is the derivation, uses.go when keys were used last,
// requests.go what was asked, redact.go what of it is kept.
package access
