// Package mirror makes an account of Permit.io equal to an environment, and keeps it
// so: one more follower of commits.
//
// A commit is a hint. What it touched is marked, together with the cursor, in one
// transaction ([Ledger].Follow); then the present state of each marked thing is
// compared with what the account was last told of it, and the difference becomes a
// [Call]. Restarts, doubled work and commits that are not kept any more are therefore
// all the same: look again.
//
//	commits ─▶ Mirror.follow ─▶ marks ─▶ Mirror.remove, Mirror.put ─▶ Account.Do
//	                                          │        ▲
//	                                          ▼        │ [Made]: what the mirror made there
//	                                     Source.Present, Account.Find
//
// What is not known to be the mirror's own is never changed or removed: before a thing
// is made, it is looked whether the account has it already, and that it is about to be
// made is kept before the request goes out. An answer that never came leaves the thing
// alone for a while ([settle]), so that a request that lands late has landed, and then
// the account is asked.
//
// Open mirror.go first, then look.go; pace.go holds the limits. The folder permitapi
// speaks Permit's API.
package mirror
