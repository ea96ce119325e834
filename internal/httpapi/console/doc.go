// Package console is the operator's door: what Gatehouse says about itself, in
// its own shapes (api/console.yaml). The dashboard will be served here.
// Open status.go.
package console
