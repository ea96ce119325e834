// Package directory is where an environment is written and listed. Every write —
// from the API, from a webhook, from an import — is planned under the
// environment's lock against what is true at that moment, checked against the
// rules of the house, and committed as one [authz.Commit]; it returns once the
// engine of this process has folded it.
//
// Open directory.go for the one path all writes take, then the file named after
// the thing: users.go, tenants.go, roles.go, resources.go, assignments.go.
// accounts.go is the door of the reconciler.
package directory
