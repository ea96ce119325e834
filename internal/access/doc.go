// Package access says who may call us: API keys and what each of them reaches.
//
// A key is a long random secret of which only the SHA-256 digest is kept. Its
// level says how far it reaches: one environment, all environments of a project,
// or the whole organization; its access, how much it may do there. The own key of
// an environment is derived from a master secret and can be shown again.
//
// Requests that want to change something are kept with their answers, without the
// secrets in them.
//
// Open keys.go; master.go is the derivation, uses.go when keys were used last,
// requests.go what was asked, redact.go what of it is kept.
package access
