// Package store keeps everything in SQLite or PostgreSQL through one code path:
// one schema, one text per query. The few things the two databases do
// differently are fields of [sqldb.Dialect].
//
// It implements the ports of the rooms below it: directory.Store (commit.go,
// listing.go), feed.Source (load.go), ingest.DeliveryStore (inbox.go),
// work.Queue (queue.go) and access.Store (workspace.go). What each promises is
// tested once, in storetest, on both databases.
package store
