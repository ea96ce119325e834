package directory

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Verb says what a commit did to a thing.
type Verb string

// The verbs.
const (
	Put     Verb = "put"
	Deleted Verb = "delete"
	Taken   Verb = "taken" // went with what it belonged to
)

// A HistoryFilter selects entries; empty fields select all.
type HistoryFilter struct {
	Kind     string        // as in [Entry]
	Key      string        // as in [Entry]
	User     authz.UserKey // of this user alone: the user, and the roles and memberships they hold
	Actors   []string      // as in [authz.Commit]
	From, To time.Time
	Before   Cursor // entries before it only; for one environment
}

// A Cursor is where an entry stands in the history of its environment.
type Cursor struct {
	Revision authz.Revision
	Place    int // of the change in its commit
	Part     int // 0 for the change itself; counts what it took
}

// Less reports whether c stands before d.
func (c Cursor) Less(d Cursor) bool {
	return cmp.Or(cmp.Compare(c.Revision, d.Revision), cmp.Compare(c.Place, d.Place), cmp.Compare(c.Part, d.Part)) < 0
}

// An Entry is what one commit did to one thing.
type Entry struct {
	Cursor
	Env   authz.EnvID
	Actor string
	At    time.Time
	Kind  string // one of [Kinds]
	Key   string // see [NameOf]
	Verb  Verb
	// Before and After are what the thing was and what it is, as the change that puts
	// it; nil if it was not, or is not, there.
	Before, After authz.Change
	// BeforeKnown is false if what the thing was, or whether it was there, stands in
	// commits that are not kept any more.
	BeforeKnown bool
}

// A HistoryStore tells what commits did.
type HistoryStore interface {
	// History returns the entries of envs that f selects, latest first, one page of
	// them.
	History(ctx context.Context, envs []authz.EnvID, f HistoryFilter, p Page) ([]Entry, error)

	// HistoryCount returns how many there are in all, counted up to most.
	HistoryCount(ctx context.Context, envs []authz.EnvID, f HistoryFilter, most int) (int, error)

	// HistoryActors returns who made the commits of envs, as the commits say it, each
	// once.
	HistoryActors(ctx context.Context, envs []authz.EnvID) ([]string, error)
}

// History tells what commits did to the things of envs, latest first. A page costs
// what it reaches, and what f passes over on the way.
func (d *Directory) History(ctx context.Context, envs []authz.EnvID, f HistoryFilter, p Page) ([]Entry, error) {
	if len(envs) == 0 {
		return nil, nil
	}
	return d.Past.History(ctx, envs, f, p)
}

// HistoryCount counts what [Directory.History] lists, up to most.
func (d *Directory) HistoryCount(ctx context.Context, envs []authz.EnvID, f HistoryFilter, most int) (int, error) {
	return d.Past.HistoryCount(ctx, envs, f, most)
}

// HistoryActors returns who made the commits of envs, as they say it, each once.
func (d *Directory) HistoryActors(ctx context.Context, envs []authz.EnvID) ([]string, error) {
	return d.Past.HistoryActors(ctx, envs)
}

// Kinds are the kinds of thing that have a history.
var Kinds = []string{
	"assignment", "instance", "invite", "mapping", "membership", "pending", "resource", "role", "rule", "set", "settings", "source_mapping", "tenant", "tuple", "user",
}

// HolderOf is the user who holds the thing of that kind and key: a role, a membership, or
// a role that waits; empty for things that nobody holds.
func HolderOf(kind, key string) authz.UserKey {
	switch kind {
	case "assignment", "membership", "pending":
		user, _, _ := strings.Cut(key, "/") // which no key of a user has
		return authz.UserKey(user)
	default:
		return ""
	}
}

// NameOf is [authz.NameOf].
func NameOf(c authz.Change) (kind, key string, put bool) { return authz.NameOf(c) }
