// Package golang holds acceptance tests that meet a running Gatehouse through
// Permit's published Go client, pointed there by the client's own options. It is
// a module of its own, so that Gatehouse does not depend on the client.
//
// "go test ./clients" in the root of the repository starts a Gatehouse with the
// schema of Logto's guide and runs these tests against it; by hand they need its
// address in GATEHOUSE_URL and a key of environment level in GATEHOUSE_API_KEY.
package golang
