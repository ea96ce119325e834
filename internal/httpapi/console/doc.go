// Package console is the operator's door: what Gatehouse says about itself and
// the settings of environments, in its own shapes (api/console.yaml). The
// dashboard will be served here. Open status.go, settings.go for settings, and
// changes.go for the history of an environment.
package console
