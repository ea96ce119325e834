// Package mapping says what an identity source's users, organizations and roles
// amount to in an environment: it compiles an [authz.Mapping], with its expressions,
// and applies it.
//
// Expressions are CEL. They see what the source says and nothing else: no clock, no
// network, no state of the environment. So the same account always amounts to the
// same gifts, whoever asks: the reconciler, a sweep, a proof or a preview. An
// expression that fails gives nothing, says so by name, and stops nobody.
//
// Read variables.go for what expressions see, then compile.go and gifts.go.
package mapping
