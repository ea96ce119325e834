// Package access says who may call us: API keys and what each of them reaches.
//
// A key is a long random secret of which only the SHA-256 digest is kept. Its
// level says how far it reaches: one environment, all environments of a project,
// or the whole organization. Open keys.go.
package access
