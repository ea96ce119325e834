// Package hooks receives webhooks. It answers 2xx only for what is kept, answers
// fast, and never redirects: a sender that follows a redirect with GET loses the
// event (measured with Logto). Open routes.go.
package hooks
