package access

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Grant is how much a member may do where.
type Grant struct {
	Level       Level
	Project     authz.ID    // empty at organization level
	Environment authz.EnvID // empty above environment level
	Access      Access
}

// A Person is a member of an organization who is signed in.
type Person struct {
	Member       authz.ID
	Organization authz.ID
	Email        string
	Grants       []Grant
}

// key is the person with one grant, as if it were an API key.
func (p Person) key(g Grant) Key {
	return Key{
		ID: p.Member, Name: p.Email, Member: true, Level: g.Level, Access: g.Access,
		Organization: p.Organization, Project: g.Project, Environment: g.Environment,
	}
}

// Key is the person as a caller that names no environment: the grant that reaches
// furthest, of the same reach the one that may more, else the first. It returns
// Forbidden for a person that may nothing.
func (p Person) Key() (Key, error) {
	best := Key{Access: NoAccess}
	for _, g := range p.Grants {
		k := p.key(g)
		if !k.Access.Covers(Read) {
			continue
		}
		if reaches[k.Level] > reaches[best.Level] || reaches[k.Level] == reaches[best.Level] && heights[k.Access] > heights[best.Access] {
			best = k
		}
	}
	return best, p.allowed(best)
}

// KeyIn is the person as a caller in one environment, with the most that any grant
// gives there. It returns Forbidden if none reaches it.
func (p Person) KeyIn(env authz.Environment) (Key, error) {
	best := p.key(Grant{Level: EnvironmentLevel, Project: env.Project, Environment: env.ID, Access: NoAccess})
	for _, g := range p.Grants {
		if p.key(g).Reaches(env) && heights[g.Access] > heights[best.Access] {
			best.Access = g.Access
		}
	}
	return best, p.allowed(best)
}

func (p Person) allowed(k Key) error {
	if k.Access.Covers(Read) {
		return nil
	}
	return authz.Errorf(authz.Forbidden, "%s may do nothing here: an owner can grant it", p.Email)
}

// signedIn is what stands for the secret of a person that a door has let in; the key
// itself is in the context.
const signedIn = "signed in"

type personKey struct{}

type caller struct {
	person Person
	key    Key
}

// WithPerson returns a context in which [Keys.Authenticate] answers k for the secret
// that it also returns. Anywhere else that secret is nobody's.
func WithPerson(ctx context.Context, p Person, k Key) (in context.Context, secret string) {
	return context.WithValue(ctx, personKey{}, caller{p, k}), signedIn
}

// PersonIn returns who is signed in; ok is false if it is nobody.
func PersonIn(ctx context.Context) (p Person, ok bool) {
	c, ok := ctx.Value(personKey{}).(caller)
	return c.person, ok
}
