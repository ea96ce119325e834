package decision

import (
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A Witness is shown checks that have been decided.
type Witness interface {
	// Saw shows a question, what was decided, and the snapshot that decided. It returns at
	// once, whatever happens, and changes nothing of what it is given.
	Saw(env authz.EnvID, q authz.Query, d authz.Decision, s *engine.Snapshot)
}

// Weight is about how many bytes a question holds in memory.
func Weight(q *authz.Query) int { return weight(&answer{query: *q}) }
