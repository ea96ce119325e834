package engine

import "github.com/gatehouse-authz/gatehouse/internal/authz"

// A policy is what the roles of an environment permit, compiled: permissions are
// numbered, and each role is the set of the numbers it permits, those of the
// roles it extends among them.
type policy struct {
	permissions map[authz.Permission]int
	permits     []bitset        // by the number of a role; empty for a dead one
	keys        []authz.RoleKey // by the number of a role
}

type bitset []uint64

func (b bitset) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) with(i int) bitset {
	for i>>6 >= len(b) {
		b = append(b, 0)
	}
	b[i>>6] |= 1 << (i & 63)
	return b
}

func compile(roles trie[role], last number) *policy {
	p := &policy{
		permissions: map[authz.Permission]int{},
		permits:     make([]bitset, last+1),
		keys:        make([]authz.RoleKey, last+1),
	}
	roles.each(func(_ string, r role) {
		p.keys[r.number] = r.Key
		p.permits[r.number] = p.closure(roles, r, map[authz.RoleKey]bool{}, nil)
	})
	return p
}

// closure adds to b what r and the roles it extends permit. A parent that does
// not exist permits nothing, and a circle ends where it began.
func (p *policy) closure(roles trie[role], r role, seen map[authz.RoleKey]bool, b bitset) bitset {
	if seen[r.Key] {
		return b
	}
	seen[r.Key] = true
	for _, perm := range r.Permissions {
		n, ok := p.permissions[perm]
		if !ok {
			n = len(p.permissions)
			p.permissions[perm] = n
		}
		b = b.with(n)
	}
	for _, parent := range r.Extends {
		if up, ok := roles.get(string(parent)); ok {
			b = p.closure(roles, up, seen, b)
		}
	}
	return b
}
