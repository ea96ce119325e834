package ingest

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Verdict is what a proof amounts to.
type Verdict string

// The verdicts.
const (
	Equal     Verdict = "equal"
	Different Verdict = "different"
	Unsure    Verdict = "unknown" // nothing may be claimed; Proof.Why says why
)

// A Proof is what the last comparison of everything that a source has with
// everything that the directory keeps of it found.
type Proof struct {
	Verdict     Verdict
	Why         string    // of Unsure
	SweptAt     time.Time // beginning of the sweep that saw the source; zero: there was none
	At          time.Time // of the comparison
	LastEqualAt time.Time // zero: never

	There, Here Side // what the source has of it, and what is here

	Total       int          // differences
	Differences []Difference // the first of them, at most [MaxDifferences]

	// Waiting is how many assignments wait for a role or tenant that is not here.
	// They are kept as the source has them, and so are no differences.
	Waiting int
	Waits   []Wait // the first of them, at most MaxDifferences

	// Failing is how many expressions of the mapping could not be evaluated for users
	// that the sweep saw. They give nothing, on both sides.
	Failing  int
	Failures []Failure // the first of them, at most MaxDifferences

	ChangedSince int // subjects that differed from the sweep, and were equal when asked for again
	Unsettled    int // subjects that waited to be looked at: differences may be no more than that
}

// A Side counts what one of the two has.
type Side struct {
	Users         int
	Suspended     int // of the users
	Organizations int
	Memberships   int
	Roles         int    // given to users, in organizations and everywhere
	Hash          string // over users with suspension, memberships and roles, and organizations, in any order; lower-case hex
}

// A Cause says why something is a difference.
type Cause string

// The causes.
const (
	MissingHere Cause = "missing_here"
	NotThere    Cause = "not_in_source"
	Differs     Cause = "differs"    // Difference.Fields says in what
	Unreadable  Cause = "unreadable" // the source does not say what is true; Difference.Fields says why
)

// A Difference is a user, an organization, or a role made of the source's, by its key
// here, that is not what it is there.
type Difference struct {
	Subject Subject
	Cause   Cause
	Fields  []string
}

// A Wait is an assignment that waits for its role or tenant.
type Wait struct {
	User   authz.UserKey
	Role   authz.RoleKey
	Tenant authz.TenantKey
}

// A Failure is an expression of the mapping that could not be evaluated for a user.
type Failure struct {
	User       authz.UserKey
	Expression string // its name: "rule staff", "attribute plan"
	Why        string
}

// MaxDifferences bounds the lists of a proof, and how many subjects are asked for
// again to make one.
const MaxDifferences = 100

// A ProofStore keeps the last proof of each source of an environment.
type ProofStore interface {
	SaveProof(ctx context.Context, env authz.EnvID, source string, p Proof) error
	// Proof returns it; found is false if there is none.
	Proof(ctx context.Context, env authz.EnvID, source string) (p Proof, found bool, err error)
}
