package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A digest stands for a set: the sum of the digests of what is in it.
type digest [2]uint64

func (d digest) plus(other digest) digest { return digest{d[0] + other[0], d[1] + other[1]} }

func (d digest) String() string {
	return hex.EncodeToString(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, d[0]), d[1]))
}

// digestOf is the digest of one thing, said in words. Each is preceded by its length.
func digestOf(words ...string) digest {
	var b []byte
	for _, w := range words {
		b = append(binary.AppendUvarint(b, uint64(len(w))), w...)
	}
	sum := sha256.Sum256(b)
	return digest{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])}
}

// A side is a Side that is being counted.
type side struct {
	Side
	sum digest
}

// user counts a user whose facts have that sum, and returns what stands for it.
// suspended is "true", "false" or that it is not known.
func (s *side) user(key authz.UserKey, suspended string, facts digest) digest {
	d := digestOf("user", string(key), suspended, facts.String())
	s.Users++
	if suspended == "true" {
		s.Suspended++
	}
	s.sum = s.sum.plus(d)
	return d
}

func (s *side) organization(id string) {
	s.Organizations++
	s.sum = s.sum.plus(digestOf("organization", id))
}

// fact counts one gift; place is where, in words that are the same on both sides.
func (s *side) fact(place string, g authz.Gift) digest {
	if g.Role == "" {
		s.Memberships++
	} else {
		s.Roles++
	}
	return digestOf(place, string(g.Role), string(g.By))
}

func (s *side) result() Side {
	s.Hash = s.sum.String()
	return s.Side
}

// inOrganization and inTenant are the places of facts: an organization's tenant may
// have any key, so the organization stands for it.
func inOrganization(id string) string     { return "organization " + id }
func inTenant(key authz.TenantKey) string { return "tenant " + string(key) }
func suspension(known bool, suspended bool) string {
	if !known {
		return "unreadable"
	}
	return strconv.FormatBool(suspended)
}

// A tally is what a sweep was told, kept until the next for proofs. Users are named
// by the sweep's hashes.
type tally struct {
	there  side
	facts  map[uint64]digest          // by user
	given  map[uint64][]authz.RoleKey // held everywhere, by user
	places map[uint64][]string        // organizations, by user, if roles held everywhere are given in them
	users  map[uint64]digest          // what stands for each
	names  map[uint64]authz.UserKey   // of users who differed, at most maxNames
	wanted map[string]struct{}        // organizations that are to be tenants
	ruled  map[uint64]digest          // what rules give, by user

	failing  int // expressions that failed
	failures []Failure
}

// maxNames bounds what a tally remembers by name.
const maxNames = 100_000

func newTally() *tally {
	return &tally{
		facts: map[uint64]digest{}, given: map[uint64][]authz.RoleKey{}, places: map[uint64][]string{},
		users: map[uint64]digest{}, names: map[uint64]authz.UserKey{}, wanted: map[string]struct{}{}, ruled: map[uint64]digest{},
	}
}

// organizations takes in the organizations that are to be tenants.
func (c *count) tellOrganization(id string) {
	if _, again := c.tally.wanted[id]; !again {
		c.tally.wanted[id] = struct{}{}
		c.tally.there.organization(id)
	}
}

// tellMembers takes in some members of an organization.
func (c *count) tellMembers(id string, members []authz.Member) {
	t := c.tally
	if c.roster != nil {
		c.roster.addMembers(id, members)
	}
	if _, wanted := t.wanted[id]; !wanted {
		return
	}
	for _, m := range members {
		u := c.hash(string(m.User))
		for _, g := range c.mapping.InOrganization(c.Source, "*", m.Roles) {
			t.facts[u] = t.facts[u].plus(t.there.fact(inOrganization(id), g))
		}
		if c.mapping.GlobalEverywhere {
			t.places[u] = append(t.places[u], id)
		}
	}
}

// tellUsers takes in some users, when all is known of what they hold.
func (c *count) tellUsers(ctx context.Context, accounts []authz.Account) error {
	t := c.tally
	for _, a := range accounts {
		u := c.hash(string(a.Key))
		places := []string{inTenant(c.mapping.EverywhereTenant())}
		if c.mapping.GlobalEverywhere {
			places = places[:0]
			for _, id := range t.places[u] {
				places = append(places, inOrganization(id))
			}
		}
		for _, role := range t.given[u] {
			for _, place := range places {
				t.facts[u] = t.facts[u].plus(t.there.fact(place, authz.Gift{Role: role, By: authz.ByRole(c.Source)}))
			}
		}
		if err := c.tellRuled(ctx, u, a); err != nil {
			return err
		}
		t.users[u] = t.there.user(a.Key, suspension(a.Attributes != nil, a.Suspended), t.facts[u])
	}
	return nil
}

// name remembers by name users who differed.
func (c *count) name(users []authz.UserKey) {
	for _, user := range users {
		if len(c.tally.names) < maxNames {
			c.tally.names[c.hash(string(user))] = user
		}
	}
}
