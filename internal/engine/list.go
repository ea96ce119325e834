package engine

import (
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Users returns the first n users after a key for which pass holds, sorted by key.
//
// Keys lie in a trie in no order, so every page looks at all of them; pass is
// asked only about those that could still be among the first n. A page of a
// million users is a million comparisons of keys, and as many calls of pass only
// if it holds for few.
func (s *Snapshot) Users(after authz.UserKey, n int, pass func(authz.UserKey) bool) []authz.UserKey {
	p := first[authz.UserKey]{n: n, after: after, pass: pass}
	s.users.each(func(key string, _ subject) { p.offer(authz.UserKey(key)) })
	return p.sorted()
}

// Instances returns the first n live instances of a type after a key for which
// pass holds, sorted by key: what was put, and what only tuples or assignments
// name. It costs what [Snapshot.Users] costs, over the instances of all types.
func (s *Snapshot) Instances(of authz.ResourceKey, after string, n int, pass func(key string) bool) []string {
	p := first[string]{n: n, after: after, pass: pass}
	prefix := string(of) + ":"
	s.nodes.each(func(name string, is number) {
		key, ok := strings.CutPrefix(name, prefix)
		if !ok {
			return
		}
		if o := s.objects.get(is); s.alive(&o) {
			p.offer(key)
		}
	})
	return p.sorted()
}

// Actions returns the first n actions of a type after a key for which pass holds,
// sorted by key.
func (s *Snapshot) Actions(of authz.ResourceKey, after authz.ActionKey, n int, pass func(authz.ActionKey) bool) []authz.ActionKey {
	p := first[authz.ActionKey]{n: n, after: after, pass: pass}
	t, _ := s.schema.types.get(string(of))
	for _, a := range t.Actions {
		p.offer(a.Key)
	}
	return p.sorted()
}

// A first gathers the first n keys after one, offered in any order.
type first[K ~string] struct {
	n     int
	after K
	pass  func(K) bool

	keys []K // at most 2n
	last *K  // once n are known: no key from here on is among the first n
}

func (p *first[K]) offer(key K) {
	if p.n <= 0 || key <= p.after || p.last != nil && key >= *p.last || !p.pass(key) {
		return
	}
	if p.keys = append(p.keys, key); len(p.keys) == 2*p.n {
		p.sorted()
	}
}

// sorted sorts the keys and drops all but the first n.
func (p *first[K]) sorted() []K {
	slices.Sort(p.keys)
	if len(p.keys) >= p.n && p.n > 0 {
		p.keys = p.keys[:p.n]
		last := p.keys[p.n-1]
		p.last = &last
	}
	return p.keys
}
