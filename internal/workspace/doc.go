// Package workspace keeps what there is to reach: the organization, its projects
// and environments, its members, and the API keys. None of it decides anything, so
// none of it is in the commit stream of an environment.
//
// Every write is made under the organization's lock, in one transaction. An
// environment is created together with its first commit and its own key, and the
// engine follows it before the answer goes out; deleting one takes everything in
// it. What a caller may reach is decided here, by the [access.Key] that every
// call names; how much it may do there is the business of the door.
//
// Open workspace.go, then environments.go; copy.go duplicates a schema.
package workspace
