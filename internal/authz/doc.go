// Package authz is the language of the house: the people, things and rules an
// authorization decision speaks about, the [Change] that alters them, the
// [Commit] and [Revision] that order changes, and the [Error] every room returns.
//
// The words, one per idea:
//
//	environment  one isolated set of users, rules and facts; keys are unique inside it
//	user         somebody a decision may be asked about
//	tenant       a customer or workspace in which users hold roles
//	role         permissions under one name, held by a user in a tenant
//	resource     a type of thing; actions are what may be done to it
//	permission   one action on one resource
//	assignment   a user holds a role in a tenant; it remembers who gave it
//	pending      an assignment that waits for its role or tenant to exist
//	membership   a user belongs to a tenant, whatever it holds there
//	invite       a role offered to somebody who may not be a user yet
//	account      what an identity source says is true of a user
//	settings     where the environment decides more strictly than Permit
//	URL mapping  which permissions requests to an application's URLs need
//
// Things are identified by their key, which never changes; see
// docs/decisions/0001-keys-are-identity.md. The package imports the standard
// library only and knows no SQL, no HTTP and no third party's field names.
package authz
