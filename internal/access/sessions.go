package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A SessionStore keeps how members sign in and who is signed in.
type SessionStore interface {
	// Credential returns the member with that address, in any case of letters, and what
	// is kept of its password; ok is false if there is none who has one.
	Credential(ctx context.Context, email string) (member authz.ID, password string, ok bool, err error)

	// MemberByEmail returns the member with that address, in any case of letters; ok is
	// false if there is none.
	MemberByEmail(ctx context.Context, email string) (member authz.ID, ok bool, err error)

	// KeepSession keeps a session, and drops those that have ended.
	KeepSession(ctx context.Context, digest string, member authz.ID, from, until time.Time) error

	// Session returns whose session that is at that time; ok is false if it has ended.
	Session(ctx context.Context, digest string, at time.Time) (p Person, ok bool, err error)

	// DropSession ends a session.
	DropSession(ctx context.Context, digest string) error

	// SetPassword replaces what is kept of a member's password, and ends the member's
	// sessions.
	SetPassword(ctx context.Context, member authz.ID, password string) error

	// EnvironmentByID returns the environment of that id; ok is false if there is none.
	EnvironmentByID(ctx context.Context, id authz.EnvID) (e authz.Environment, ok bool, err error)
}

// ShortestPassword is how many bytes a password has at least.
const ShortestPassword = 12

// SessionTime is how long a session lasts.
const SessionTime = 12 * time.Hour

// Sessions signs people in and out. It is safe for concurrent use.
type Sessions struct {
	Store SessionStore
	Now   func() time.Time // time.Now if nil

	tries tries

	mu    sync.Mutex // guards links
	links map[string]link
}

// A link signs a member in once.
type link struct {
	member authz.ID
	until  time.Time
}

// errSignIn does not tell whether the address or the password is wrong.
func errSignIn() error {
	return authz.Errorf(authz.Unauthorized, "the e-mail address or the password is not right")
}

// hashing is how many passwords are hashed at once: each takes 19 MiB.
var hashing = make(chan struct{}, 2)

// inTurn hashes when others have done. It returns Unavailable if that takes too long.
func inTurn(ctx context.Context, hash func()) error {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
		hash()
		return nil
	case <-ctx.Done():
		return authz.Errorf(authz.Unavailable, "too many people sign in at once; try again")
	}
}

// nobody's password costs as much to check as somebody's.
var nobody = sync.OnceValue(func() string { return HashPassword(rand.Text()) })

// SignIn begins a session and returns its secret. It returns Unauthorized for a wrong
// address or password. Ask [Sessions.Wait] first; from is where the request comes from.
func (s *Sessions) SignIn(ctx context.Context, email, password, from string) (secret string, err error) {
	member, kept, ok, err := s.Store.Credential(ctx, email)
	if err != nil {
		return "", err
	}
	if !ok {
		kept = nobody()
	}
	var right bool
	if err := inTurn(ctx, func() { right = CheckPassword(kept, password) && ok }); err != nil {
		return "", err
	}
	if !right {
		s.tries.failed(email, from, s.now())
		return "", errSignIn()
	}
	return s.begin(ctx, member)
}

// Vouched begins the session of the member with that address, for which somebody who
// may be believed has vouched. It returns Forbidden if there is none.
func (s *Sessions) Vouched(ctx context.Context, email string) (secret string, err error) {
	member, ok, err := s.Store.MemberByEmail(ctx, email)
	if err == nil && !ok {
		err = authz.Errorf(authz.Forbidden, "no member has the address %.100q: an owner can add it", email)
	}
	if err != nil {
		return "", err
	}
	return s.begin(ctx, member)
}

// Wait is how long an address must wait before it may try again; 0 is not at all.
func (s *Sessions) Wait(email, from string) time.Duration { return s.tries.wait(email, from, s.now()) }

// Link makes a secret that signs a member in once, in this process, before it ends.
func (s *Sessions) Link(member authz.ID, lasts time.Duration) string {
	secret := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.links == nil {
		s.links = map[string]link{}
	}
	s.links[Digest(secret)] = link{member: member, until: s.now().Add(lasts)}
	return secret
}

// Follow begins the session of a link. It returns Unauthorized for one that was
// followed before, or has ended.
func (s *Sessions) Follow(ctx context.Context, secret string) (string, error) {
	s.mu.Lock()
	l, ok := s.links[Digest(secret)]
	delete(s.links, Digest(secret))
	s.mu.Unlock()
	if !ok || !s.now().Before(l.until) {
		return "", authz.Errorf(authz.Unauthorized, "the link was used before, or is too old: sign in with the password")
	}
	return s.begin(ctx, l.member)
}

func (s *Sessions) begin(ctx context.Context, member authz.ID) (secret string, err error) {
	secret = rand.Text() + rand.Text()
	now := s.now()
	return secret, s.Store.KeepSession(ctx, Digest(secret), member, now, now.Add(SessionTime))
}

// Authenticate returns whose session that is, and the key that the person is in env,
// or anywhere if env is empty. It returns Unauthorized for a session that has ended,
// and Forbidden where the person may nothing.
func (s *Sessions) Authenticate(ctx context.Context, secret string, env authz.EnvID) (Person, Key, error) {
	p, ok, err := s.Store.Session(ctx, Digest(secret), s.now())
	if err != nil {
		return p, Key{}, err
	}
	if !ok {
		return p, Key{}, authz.Errorf(authz.Unauthorized, "the session has ended; sign in again")
	}
	if env == "" {
		k, err := p.Key()
		return p, k, err
	}
	e, ok, err := s.Store.EnvironmentByID(ctx, env)
	if err == nil && (!ok || e.Organization != p.Organization) {
		err = authz.Errorf(authz.Forbidden, "%s does not reach environment %q", cmp.Or(p.Email, "the member"), env)
	}
	if err != nil {
		return p, Key{}, err
	}
	k, err := p.KeyIn(e)
	return p, k, err
}

// ChangePassword replaces the password of who is signed in, ends all sessions of that
// person and begins another. Who has a password must know it; who came by a link has
// none yet. It returns Invalid for one that is too short, and Unauthorized for a wrong
// one; see [Sessions.Wait].
func (s *Sessions) ChangePassword(ctx context.Context, p Person, current, next, from string) (secret string, err error) {
	if len(next) < ShortestPassword {
		return "", authz.InvalidField("password", "a password has at least %d characters", ShortestPassword)
	}
	_, kept, ok, err := s.Store.Credential(ctx, p.Email)
	if err != nil {
		return "", err
	}
	var right bool
	var hash string
	if err := inTurn(ctx, func() {
		if right = !ok || CheckPassword(kept, current); right {
			hash = HashPassword(next)
		}
	}); err != nil {
		return "", err
	}
	if !right {
		s.tries.failed(p.Email, from, s.now())
		return "", authz.InvalidField("current", "the password that holds now is not right")
	}
	if err := s.Store.SetPassword(ctx, p.Member, hash); err != nil {
		return "", err
	}
	return s.begin(ctx, p.Member)
}

// SignOut ends a session.
func (s *Sessions) SignOut(ctx context.Context, secret string) error {
	return s.Store.DropSession(ctx, Digest(secret))
}

func (s *Sessions) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
