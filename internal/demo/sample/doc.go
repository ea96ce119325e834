// Package sample is Reports Inc., an application that lets Gatehouse decide who
// may see its reports. It knows nothing of Gatehouse but an address and an API
// key, and asks over HTTP, as an application in any language would:
//
//	page /reports ──POST /allowed {user, action, resource}──▶ Gatehouse
//	              ◀── {allow, debug.rbac{code, reason}} ─────
//
// It fails closed: whatever is not a clear yes is a no, and the page says so.
// Who somebody is, is not checked; a real application would use Logto's sign-in,
// and the pages say that.
//
// Read ask.go first, which is all an application needs; then app.go for the
// pages and refusal.go for what people are told.
package sample
