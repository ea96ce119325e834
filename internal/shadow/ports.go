package shadow

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Setting says what share of an environment's checks is asked of which decision point.
type Setting struct {
	Share   float64 // from 0, nothing, to 1, everything
	Address string  // of the decision point, as https://pdp.example.com
	Key     string  // API key that it takes
	// Account is another text for every other account: what was found of one is
	// forgotten when another is compared.
	Account string
}

// Settings says which environments are compared.
type Settings interface {
	// Compared returns the settings of all environments that have one.
	Compared(ctx context.Context) (map[authz.EnvID]Setting, error)
}

// A PDP is the decision point of an account.
type PDP interface {
	// Allowed asks q. If explain, why is what the decision point says of its answer, as
	// JSON, or nil. An error may be a [mirror.Pause].
	Allowed(ctx context.Context, q authz.Query, explain bool) (allow bool, why []byte, err error)
}

// A Count names what is counted.
type Count string

// The counts. Every question that was asked is one of the first five in the end.
const (
	Agreed    Count = "agreed"
	Late      Count = "late"      // agreed when it was asked again: the account was behind
	Disagreed Count = "disagreed" // differed still
	Unsettled Count = "unsettled" // differed, and the account stayed behind for too long
	Failed    Count = "failed"    // the decision point did not answer
	Dropped   Count = "dropped"   // not asked: too much waited
	// Denied counts what agreed and was denied; what was allowed is counted by its
	// [engine.Way].
	Denied Count = "denied"
)

// Counts is how often what happened.
type Counts map[Count]int64

// A Disagreement is questions of one shape that are answered differently.
type Disagreement struct {
	Shape       string // names it
	N           int64
	First, Last time.Time
	// Of the last of these questions:
	Query    authz.Query
	Revision authz.Revision // of the environment
	Allow    bool           // what is decided here; the account says the opposite
	Here     []byte         // why, as JSON
	There    []byte         // what the account says of its answer, as JSON; nil if nothing
}

// Findings is what comparisons came to.
type Findings struct {
	Since         time.Time // the first was counted; zero if none was
	Last          time.Time // the last question that was answered; zero if none was
	Counts        Counts
	Disagreements []Disagreement // the last first
}

// A Ledger keeps what comparisons came to.
type Ledger interface {
	// Add adds counts, and disagreements to those of their shape; of shapes, the newest
	// [MostShapes] stay. Answered says when the last question was answered; zero if none
	// was. What was found of another account is forgotten. All is kept, or nothing.
	Add(ctx context.Context, env authz.EnvID, account string, answered time.Time, n Counts, found []Disagreement) error
	// Findings returns what was kept of an account.
	Findings(ctx context.Context, env authz.EnvID, account string) (Findings, error)
	// Forget deletes what was kept.
	Forget(ctx context.Context, env authz.EnvID) error
}

// MostShapes is how many disagreements of an environment are kept.
const MostShapes = 200
