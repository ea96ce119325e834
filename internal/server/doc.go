// Package server puts the whole house together: it is the only place where the
// rooms meet. One process, one listener.
//
// config.go is what an operator may set, server.go the wiring and the life of
// the process, found.go its first start.
package server
