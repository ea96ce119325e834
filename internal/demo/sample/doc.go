// Package sample is Reports Inc., an application whose people sign in with Logto
// and that lets Gatehouse decide who may see its reports. It knows nothing of
// either but an address and a key, and uses Logto's official SDK as it is
// published. Gatehouse it asks over HTTP, as an application in any language would:
//
//	page /sign-in ──▶ Logto ──▶ /callback: who is it?
//	page /reports ──POST /allowed {user, action, resource}──▶ Gatehouse
//	              ◀── {allow, debug.rbac{code, reason}} ─────
//
// It fails closed: whatever is not a clear yes is a no, and the page says so.
//
// Read ask.go first, which is all an application needs of Gatehouse; then
// session.go for the sign-in, app.go for the pages and refusal.go for what people
// are told.
package sample
