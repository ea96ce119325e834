package engine

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// A trie is a persistent map from strings: put and drop leave the trie they are
// called on as it was and share with it everything they do not touch. The zero
// trie is empty. It is a hash-array-mapped trie with 64 branches per node, so a
// look-up in ten million keys visits four nodes.
type trie[V any] struct {
	root *node[V]
	len  int
}

// A node holds the slots whose bit is set, in the order of their bits. owner is
// the [edit] that made it and may still change it in place.
type node[V any] struct {
	owner *edit
	set   uint64
	slots []slot[V]
}

// A slot is a key with its value or, if below is set, everything further down.
type slot[V any] struct {
	below *node[V]
	key   string
	value V
}

// An edit marks the nodes made since it was created: nobody else has seen them,
// so they may be changed in place. Loading a million users in one edit does not
// copy a node a million times.
type edit struct{ _ byte } // not empty, so that each has its own address

const (
	fanBits = 6
	fanMask = 1<<fanBits - 1
	// deepest is the level at which the hash is used up; below it keys of equal
	// hash lie side by side in one node.
	deepest = 64 / fanBits
)

var seed = maphash.MakeSeed()

func hash(key string) uint64 { return maphash.String(seed, key) }

func (t trie[V]) get(key string) (V, bool) { return t.root.get(0, hash(key), key) }

func (t trie[V]) put(e *edit, key string, v V) trie[V] {
	root, added := t.root.put(e, 0, hash(key), key, v)
	t.root = root
	if added {
		t.len++
	}
	return t
}

func (t trie[V]) drop(e *edit, key string) trie[V] {
	if _, ok := t.get(key); !ok {
		return t
	}
	t.root = t.root.drop(e, 0, hash(key), key)
	t.len--
	return t
}

// each calls f for every key, in no particular order. f must not change the
// trie: what an edit has copied once it changes in place.
func (t trie[V]) each(f func(key string, v V)) { t.root.each(f) }

// keys are those of the values that f wants, to be changed or dropped.
func (t trie[V]) keys(f func(V) bool) (wanted []string) {
	t.each(func(key string, v V) {
		if f(v) {
			wanted = append(wanted, key)
		}
	})
	return wanted
}

func (n *node[V]) each(f func(key string, v V)) {
	if n == nil {
		return
	}
	for i := range n.slots {
		if s := &n.slots[i]; s.below != nil {
			s.below.each(f)
		} else {
			f(s.key, s.value)
		}
	}
}

// among finds key in a node below the deepest level.
func (n *node[V]) among(key string) int {
	return slices.IndexFunc(n.slots, func(s slot[V]) bool { return s.key == key })
}

// own is n, or a copy of it that e may change.
func (n *node[V]) own(e *edit) *node[V] {
	if n == nil {
		return &node[V]{owner: e}
	}
	if n.owner == e {
		return n
	}
	return &node[V]{owner: e, set: n.set, slots: slices.Clone(n.slots)}
}

// get looks for key, whose hash is h without the bits that the levels above used.
func (n *node[V]) get(level int, h uint64, key string) (v V, ok bool) {
	for ; n != nil; level++ {
		if level == deepest {
			if i := n.among(key); i >= 0 {
				return n.slots[i].value, true
			}
			return v, false
		}
		bit := uint64(1) << (h & fanMask)
		if n.set&bit == 0 {
			return v, false
		}
		s := &n.slots[bits.OnesCount64(n.set&(bit-1))]
		if s.below == nil {
			if s.key == key {
				return s.value, true
			}
			return v, false
		}
		n, h = s.below, h>>fanBits
	}
	return v, false
}

func (n *node[V]) put(e *edit, level int, h uint64, key string, v V) (_ *node[V], added bool) {
	n = n.own(e)
	if level == deepest {
		if i := n.among(key); i >= 0 {
			n.slots[i].value = v
			return n, false
		}
		n.slots = append(n.slots, slot[V]{key: key, value: v})
		return n, true
	}
	bit := uint64(1) << (h & fanMask)
	i := bits.OnesCount64(n.set & (bit - 1))
	if n.set&bit == 0 {
		n.set |= bit
		n.slots = slices.Insert(n.slots, i, slot[V]{key: key, value: v})
		return n, true
	}
	s := &n.slots[i]
	if s.below == nil {
		if s.key == key {
			s.value = v
			return n, false
		}
		// Two keys share the branch: the one that was here moves a level down.
		s.below, _ = (*node[V])(nil).put(e, level+1, hash(s.key)>>(fanBits*(level+1)), s.key, s.value)
		var none V
		s.key, s.value = "", none
	}
	s.below, added = s.below.put(e, level+1, h>>fanBits, key, v)
	return n, added
}

// drop removes a key that is there; a node left empty becomes nil.
func (n *node[V]) drop(e *edit, level int, h uint64, key string) *node[V] {
	n = n.own(e)
	i := 0
	bit := uint64(1) << (h & fanMask)
	if level == deepest {
		i = n.among(key)
	} else {
		i = bits.OnesCount64(n.set & (bit - 1))
		if below := n.slots[i].below; below != nil {
			if n.slots[i].below = below.drop(e, level+1, h>>fanBits, key); n.slots[i].below != nil {
				return n
			}
		}
		n.set &^= bit
	}
	n.slots = slices.Delete(n.slots, i, i+1)
	if len(n.slots) == 0 {
		return nil
	}
	return n
}
