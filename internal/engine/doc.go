// Package engine decides. A [Snapshot] is one environment at one revision,
// immutable and indexed for questions; [Snapshot.With] folds commits into the
// next one and copies only what they touch; [Snapshot.Decide] answers, and
// [Snapshot.Explain] says why.
//
// Nothing here waits, logs, starts goroutines or returns an error: given the
// same snapshot and query the answer is the same for ever. Whatever a snapshot
// does not know is denied.
//
// Open snapshot.go for what is kept, decide.go for the rules, permissions.go and
// authorized.go for lists. [URLMap] stands by itself.
package engine
