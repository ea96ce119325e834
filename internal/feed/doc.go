// Package feed keeps snapshots current. A [Follower] folds the commits of a
// [Source] into engine snapshots and hands out the latest one without locks.
//
// The source is the local store in a server and will be another server in an
// edge. The follower cannot tell which. Open follower.go.
package feed
