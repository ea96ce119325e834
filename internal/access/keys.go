package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Level is how far a key reaches.
type Level string

// The levels, as the Permit API names them.
const (
	OrganizationLevel Level = "org"
	ProjectLevel      Level = "project"
	EnvironmentLevel  Level = "env"
)

// reaches orders the levels, and names writes them out.
var (
	reaches = map[Level]int{OrganizationLevel: 3, ProjectLevel: 2, EnvironmentLevel: 1}
	names   = map[Level]string{OrganizationLevel: "organization", ProjectLevel: "project", EnvironmentLevel: "environment"}
)

// An Access is how much a key may do where it reaches.
type Access string

// The accesses, as the Permit API names them. Each may do what those below it may.
const (
	Admin    Access = "admin" // everything, API keys and members among it
	Write    Access = "write" // everything but API keys and members
	Read     Access = "read"  // reads and decisions
	NoAccess Access = "no_access"
)

var heights = map[Access]int{Admin: 3, Write: 2, Read: 1}

// Covers reports whether a may do what needs access need. An access that is not
// known may do nothing.
func (a Access) Covers(need Access) bool { return heights[a] >= heights[need] && heights[a] > 0 }

// A Key is an API key without its secret.
type Key struct {
	ID           authz.ID
	Name         string
	Digest       string // see [Digest]
	Level        Level
	Access       Access
	Organization authz.ID
	Project      authz.ID    // empty at organization level
	Environment  authz.EnvID // empty above environment level
	CreatedAt    time.Time
	Member       bool // the key is a person that is signed in, and ID is the member's
}

// Actor is how commits name the key.
func (k Key) Actor() string {
	if k.Member {
		return memberPrefix + string(k.ID)
	}
	return actorPrefix + string(k.ID)
}

// Reaches reports whether the key may be used on env.
func (k Key) Reaches(env authz.Environment) bool {
	switch k.Level {
	case OrganizationLevel:
		return k.Organization == env.Organization
	case ProjectLevel:
		return k.Project == env.Project
	case EnvironmentLevel:
		return k.Environment == env.ID
	}
	return false
}

// Needs returns Forbidden unless the key may do what needs that access.
func (k Key) Needs(need Access) error {
	if k.Access.Covers(need) {
		return nil
	}
	return authz.Errorf(authz.Forbidden, "this call needs an API key with %s access", need)
}

// AtLeast returns Forbidden unless the key is of that level or reaches further.
func (k Key) AtLeast(level Level) error {
	if reaches[k.Level] >= reaches[level] {
		return nil
	}
	return authz.Errorf(authz.Forbidden, "this call needs an API key of %s level", names[level])
}

// secretPrefix and the length of a secret are what Permit's own command line
// insists on: permit_key_ and at least 97 characters in all.
const secretPrefix = "permit_key_"

// NewSecret returns a fresh secret: 512 random bits behind Permit's prefix.
func NewSecret() string {
	var b [66]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return secretPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// Digest is what is kept of a secret: its SHA-256, as lower-case hex. Secrets
// are long and random, so a plain digest cannot be searched back.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// A Store keeps keys and environments.
type Store interface {
	// KeyByDigest returns the key of that digest; ok is false if there is none.
	KeyByDigest(ctx context.Context, digest string) (k Key, ok bool, err error)

	// Environment returns an environment by the keys or ids of its project and
	// itself, inside one organization; ok is false if there is none.
	Environment(ctx context.Context, organization authz.ID, project, env authz.Ident) (e authz.Environment, ok bool, err error)

	// KeyNames returns the names of those of the keys that are in the organization.
	KeyNames(ctx context.Context, organization authz.ID, keys []authz.ID) (map[authz.ID]string, error)

	// MemberEmails returns the addresses of those of the members that are in the
	// organization.
	MemberEmails(ctx context.Context, organization authz.ID, members []authz.ID) (map[authz.ID]string, error)

	// Reachable returns the environments of an organization, oldest first.
	Reachable(ctx context.Context, organization authz.ID) ([]authz.Environment, error)

	// EnvironmentByID returns the environment of that id; ok is false if there is none.
	EnvironmentByID(ctx context.Context, id authz.EnvID) (e authz.Environment, ok bool, err error)

	// Used keeps when keys were used last. Keys that are gone are skipped.
	Used(ctx context.Context, at map[authz.ID]time.Time) error
}

// freshFor is how long a key is believed without asking the store again, and so
// the longest that a key deleted by another process still works here.
const freshFor = 5 * time.Second

// Keys authenticates and authorizes callers. It is safe for concurrent use.
type Keys struct {
	Store Store
	Now   func() time.Time // time.Now if nil

	mu        sync.Mutex                          // held to replace known, and for forgotten
	known     atomic.Pointer[map[[32]byte]*known] // by digest; replaced whole, read without waiting
	forgotten int                                 // how often known was forgotten

	uses sync.Map // authz.ID → *atomic.Int64
}

type known struct {
	key   Key
	until time.Time
	used  *atomic.Int64 // Unix seconds
}

// Authenticate returns the key whose secret this is, or who is signed in; see
// [WithPerson]. It returns Unauthorized for a secret that is no key's, and Forbidden
// for a key that may nothing.
func (k *Keys) Authenticate(ctx context.Context, secret string) (Key, error) {
	if secret == signedIn {
		if c, ok := ctx.Value(personKey{}).(caller); ok {
			return c.key, nil
		}
	}
	sum := sha256.Sum256([]byte(secret))
	now := k.now()
	if all := k.known.Load(); all != nil {
		if was, ok := (*all)[sum]; ok && now.Before(was.until) {
			return was.authenticated(now)
		}
	}
	is, err := k.look(ctx, sum, now)
	if err != nil {
		return Key{}, err
	}
	return is.authenticated(now)
}

// Decider is Authenticate for who asks for decisions: it returns Forbidden for a key
// that is not of environment level, since decisions are of one environment.
func (k *Keys) Decider(ctx context.Context, secret string) (Key, error) {
	key, err := k.Authenticate(ctx, secret)
	if err == nil && key.Level != EnvironmentLevel {
		return Key{}, authz.Errorf(authz.Forbidden, "decisions need an API key of environment level")
	}
	return key, err
}

// look asks the store for a key, and remembers it unless keys were forgotten
// meanwhile: what the store said may be what was to be forgotten.
func (k *Keys) look(ctx context.Context, sum [32]byte, now time.Time) (*known, error) {
	k.mu.Lock()
	forgotten := k.forgotten
	k.mu.Unlock()
	digest := hex.EncodeToString(sum[:])
	key, ok, err := k.Store.KeyByDigest(ctx, digest)
	if err != nil {
		return nil, err
	}
	if !ok || subtle.ConstantTimeCompare([]byte(key.Digest), []byte(digest)) != 1 {
		return nil, authz.Errorf(authz.Unauthorized, "the API key is not valid")
	}
	used, _ := k.uses.LoadOrStore(key.ID, new(atomic.Int64))
	is := &known{key: key, until: now.Add(freshFor), used: used.(*atomic.Int64)}
	k.remember(sum, is, now, forgotten)
	return is, nil
}

// authenticated is the key of n, noting that it is used.
func (n *known) authenticated(now time.Time) (Key, error) {
	if err := n.key.Needs(Read); err != nil {
		return Key{}, err
	}
	if s := now.Unix(); s-n.used.Load() >= 60 { // to the minute, so that callers seldom share a write
		n.used.Store(s)
	}
	return n.key, nil
}

// remember keeps is for the next callers, and forgets those that are not fresh.
func (k *Keys) remember(sum [32]byte, is *known, now time.Time, forgotten int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.forgotten != forgotten {
		return
	}
	next := map[[32]byte]*known{sum: is}
	if all := k.known.Load(); all != nil {
		for other, was := range *all {
			if other != sum && now.Before(was.until) {
				next[other] = was
			}
		}
	}
	k.known.Store(&next)
}

// Forget lets the store be asked about every key again: call it when a key has
// been changed or deleted, and it has no effect in this process from then on.
func (k *Keys) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten++
	k.known.Store(nil)
}

func (k *Keys) now() time.Time {
	if k.Now != nil {
		return k.Now()
	}
	return time.Now()
}

// Environment returns the environment that project and env name, if key reaches
// it. It returns NotFound or Forbidden, and Forbidden too where telling the two
// apart would show an environment-level key what else exists.
func (k *Keys) Environment(ctx context.Context, key Key, project, env authz.Ident) (authz.Environment, error) {
	e, ok, err := k.Store.Environment(ctx, key.Organization, project, env)
	if err != nil {
		return e, err
	}
	if ok && key.Reaches(e) {
		return e, nil
	}
	if !ok && key.Level == OrganizationLevel {
		return e, authz.Errorf(authz.NotFound, "environment %q of project %q not found", env, project)
	}
	return authz.Environment{}, authz.Errorf(authz.Forbidden, "this API key does not reach environment %q of project %q", env, project)
}

// Own returns the environment of an environment-level key. It returns Forbidden
// for a key of another level.
func (k *Keys) Own(ctx context.Context, key Key) (authz.Environment, error) {
	if key.Level != EnvironmentLevel {
		return authz.Environment{}, authz.Errorf(authz.Forbidden, "this call needs an API key of environment level")
	}
	e, ok, err := k.Store.EnvironmentByID(ctx, key.Environment)
	if err == nil && !ok {
		err = authz.Errorf(authz.Forbidden, "the environment of this API key is gone")
	}
	return e, err
}
