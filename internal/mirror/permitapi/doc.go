// Package permitapi speaks Permit's REST API v2 as a client: an account of Permit.io, or
// anything that answers alike, as a [mirror.Account].
//
// Every request waits for its turn in a [mirror.Pace], follows no redirect, and says in
// its error whether it may have been done.
package permitapi
