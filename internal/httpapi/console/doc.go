// Package console is the operator's door: what Gatehouse says about itself and
// the settings of environments, in its own shapes (api/console.yaml), and the
// dashboard. Open status.go, settings.go for settings, changes.go for the history of
// an environment, dashboard.go for the dashboard's files and session.go for how people
// sign in to it: a session is one more way to be a key, for every door.
package console
