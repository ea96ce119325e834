// Package demo shows the house to a visitor: one command, nothing to install and
// nothing left behind. It runs three programs in one process, each on an address
// of its own, and they talk to each other over HTTP as strangers would.
//
//	visitor ──▶ Reports Inc. ──sign-in──▶ stand-in Logto ──webhook──▶ Gatehouse
//	                 │                          ▲                     │    ▲
//	                 │                          └── Management API ───┘    │
//	                 └───────────────────────── POST /allowed ─────────────┘
//
// Gatehouse is the whole server on a temporary directory. Everything the demo
// knows about it, it says through the Permit API, as any user would: setup.go.
// What the visitor reads is story.go and teller.go. Read demo.go first.
package demo
