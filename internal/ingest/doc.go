// Package ingest takes in what other systems say about their users.
//
//	webhook ─▶ Inbox.Accept: verify, read, keep once, mark the subject dirty (one transaction) ─▶ 2xx
//	work    ─▶ Reconciler.Run: ask what is true of the subject now ─▶ directory
//	sweep   ─▶ Sweep.Once: go through everything there is, mark what differs ─▶ work
//	mapping ─▶ Remapper: say what another mapping would do, and look at everybody after
//	proof   ─▶ Sweep.Prove: what the sweep was told against what is kept, as a whole
//
// A delivery is a hint that something about a subject changed; what changed is
// read when the work runs. Lost order, repeats and bursts therefore do no harm.
//
// Read inbox.go first, then reconcile.go. What a [Source] must tell is in
// source.go; the sources are sub-packages.
package ingest
