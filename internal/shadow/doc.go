// Package shadow asks a share of an environment's checks also of the decision point of an
// account of Permit.io, and keeps where the two disagree: whether it is safe to switch.
//
//	decision.Service ─▶ Shadow.Saw ─▶ queue ─▶ watch.compare ─▶ PDP
//	                      │ full:                  │ differs
//	                      ▼ dropped, counted       ▼
//	                                          watch.recheck ─▶ late, disagreed, unsettled
//
// A decision is made before it is shown, and showing it is an append to a bounded queue
// or nothing: whatever the account does, no decision waits or fails. Nothing is asked
// where nobody has set it.
//
// An account is behind, by nature. So an answer that differs is asked for again once the
// mirror has applied what was true here, and some time has passed; only what differs
// still is a disagreement, and it is kept with both explanations.
//
// Open shadow.go first, then watch.go; report.go holds the verdict.
package shadow
