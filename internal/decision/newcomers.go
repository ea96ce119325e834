package decision

import (
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// Newcomers looks for users whom an environment does not know where it gets its
// users from.
type Newcomers interface {
	// Look brings in those of users that are found, and reports whether it brought
	// any. It takes a bounded time whatever happens; what it could not find out is
	// the same as nobody found. Snapshots that are taken after it returns know whom
	// it brought.
	Look(env authz.EnvID, users ...authz.UserKey) (found bool)
}

// strangers is how many users are looked for at most for one list of questions.
const strangers = 64

// AtFor is [Service.At] after the users were looked for whom the environment does
// not know and to whom it would therefore say no.
func (s *Service) AtFor(by Asker, questions ...authz.Query) (Moment, error) {
	m, err := s.At(by)
	if err != nil || s.Newcomers == nil {
		return m, err
	}
	var unknown []authz.UserKey
	for i := range questions {
		q := &questions[i]
		if len(unknown) < strangers && stranger(m.snapshot, q.User) && !slices.Contains(unknown, q.User) && !m.snapshot.Decide(*q).Allow {
			unknown = append(unknown, q.User)
		}
	}
	if len(unknown) == 0 || !s.Newcomers.Look(by.Env, unknown...) {
		return m, nil
	}
	return s.At(by)
}

// stranger reports whether the question is about a user that may be looked for.
func stranger(snapshot *engine.Snapshot, user authz.UserKey) bool {
	return user != "" && !snapshot.Knows(user)
}
