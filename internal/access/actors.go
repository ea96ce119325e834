package access

import (
	"context"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An Actor is who made a commit, for people to read.
type Actor struct {
	Key  authz.ID // the API key; empty if it was none
	Name string   // the key's name or the member's address, empty if it is gone; else the source
}

// actorPrefix begins the actor of a commit that an API key made; see [Key.Actor].
const actorPrefix = "key:"

// memberPrefix begins the actor of a commit that a signed-in member made.
const memberPrefix = "member:"

// Actors names the actors of commits of an organization, by what the commits say.
func (k *Keys) Actors(ctx context.Context, organization authz.ID, said []string) (map[string]Actor, error) {
	actors := map[string]Actor{}
	var keys, members []authz.ID
	for _, s := range said {
		if _, known := actors[s]; known {
			continue
		}
		if id, ok := strings.CutPrefix(s, actorPrefix); ok {
			actors[s] = Actor{Key: authz.ID(id)}
			keys = append(keys, authz.ID(id))
		} else if id, ok := strings.CutPrefix(s, memberPrefix); ok {
			actors[s] = Actor{}
			members = append(members, authz.ID(id))
		} else {
			actors[s] = Actor{Name: s}
		}
	}
	names, err := k.Store.KeyNames(ctx, organization, keys)
	if err != nil {
		return nil, err
	}
	emails, err := k.Store.MemberEmails(ctx, organization, members)
	for s, a := range actors {
		if id, ok := strings.CutPrefix(s, memberPrefix); ok {
			a.Name = emails[authz.ID(id)]
		} else if a.Key != "" {
			a.Name = names[a.Key]
		}
		actors[s] = a
	}
	return actors, err
}

// Reachable returns the environments that key reaches, oldest first.
func (k *Keys) Reachable(ctx context.Context, key Key) ([]authz.Environment, error) {
	all, err := k.Store.Reachable(ctx, key.Organization)
	var reached []authz.Environment
	for _, e := range all {
		if key.Reaches(e) {
			reached = append(reached, e)
		}
	}
	return reached, err
}
