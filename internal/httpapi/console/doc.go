// Package console is the operator's door: what Gatehouse says about itself, in
// its own shapes (api/console.yaml). The dashboard will be served here.
// Open status.go, and changes.go for the history of an environment.
package console
