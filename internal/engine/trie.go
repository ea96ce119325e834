package engine

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
	"unsafe"
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

// A slot is everything further down, or one entry.
type slot[V any] struct {
	below *node[V]
	entry *entry[V]
}

// An entry is a key with its value, never changed once it is made. A short key
// lies inside the entry: who finds the entry has the key in the same line of the
// cache, and a small value needs no memory of its own.
type entry[V any] struct {
	long  *byte // a key of more than maxShort bytes; its length is in short
	n     uint8 // length of a short key, or isLong
	short [maxShort]byte
	value V
}

const (
	maxShort = 19 // pointer, length, key and a number are 32 bytes
	isLong   = 255
)

func newEntry[V any](key string, v V) *entry[V] {
	e := &entry[V]{value: v}
	if len(key) <= maxShort {
		e.n = uint8(copy(e.short[:], key))
		return e
	}
	e.n, e.long = isLong, unsafe.StringData(strings.Clone(key))
	binary.NativeEndian.PutUint64(e.short[:], uint64(len(key)))
	return e
}

// key is the entry's key, in place: it lives as long as the entry.
func (e *entry[V]) key() string {
	if e.n == isLong {
		return unsafe.String(e.long, int(binary.NativeEndian.Uint64(e.short[:])))
	}
	return unsafe.String(&e.short[0], int(e.n))
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

// text is the key as the trie keeps it, so that a second holder of a key that is
// there costs no second text.
func (t trie[V]) text(key string) string {
	e, _ := t.root.find(0, hash(key), key)
	return e.key()
}

// each calls f for every key, in no particular order. f must not put or drop: an
// edit changes the nodes that each is looking at.
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
			f(s.entry.key(), s.entry.value)
		}
	}
}

// among finds key in a node below the deepest level.
func (n *node[V]) among(key string) int {
	return slices.IndexFunc(n.slots, func(s slot[V]) bool { return s.entry.key() == key })
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
	if e, ok := n.find(level, h, key); ok {
		return e.value, true
	}
	return v, false
}

func (n *node[V]) find(level int, h uint64, key string) (*entry[V], bool) {
	for ; n != nil; level++ {
		if level == deepest {
			if i := n.among(key); i >= 0 {
				return n.slots[i].entry, true
			}
			return nil, false
		}
		bit := uint64(1) << (h & fanMask)
		if n.set&bit == 0 {
			return nil, false
		}
		s := &n.slots[bits.OnesCount64(n.set&(bit-1))]
		if s.below == nil {
			return s.entry, s.entry.key() == key
		}
		n, h = s.below, h>>fanBits
	}
	return nil, false
}

func (n *node[V]) put(e *edit, level int, h uint64, key string, v V) (_ *node[V], added bool) {
	n = n.own(e)
	if level == deepest {
		if i := n.among(key); i >= 0 {
			n.slots[i].entry = newEntry(key, v)
			return n, false
		}
		n.slots = append(n.slots, slot[V]{entry: newEntry(key, v)})
		return n, true
	}
	bit := uint64(1) << (h & fanMask)
	i := bits.OnesCount64(n.set & (bit - 1))
	if n.set&bit == 0 {
		n.set |= bit
		n.slots = insert(n.slots, i, slot[V]{entry: newEntry(key, v)})
		return n, true
	}
	s := &n.slots[i]
	if s.below == nil {
		there := s.entry.key()
		if there == key {
			s.entry = newEntry(key, v)
			return n, false
		}
		// Two keys share the branch: the one that was here moves a level down.
		s.below = (*node[V])(nil).hold(e, level+1, hash(there)>>(fanBits*(level+1)), s.entry)
		s.entry = nil
	}
	s.below, added = s.below.put(e, level+1, h>>fanBits, key, v)
	return n, added
}

// hold is a new node with one entry.
func (*node[V]) hold(e *edit, level int, h uint64, only *entry[V]) *node[V] {
	n := &node[V]{owner: e, slots: []slot[V]{{entry: only}}}
	if level < deepest {
		n.set = 1 << (h & fanMask)
	}
	return n
}

// insert is slices.Insert with little room to spare: most nodes hold a few slots
// and never get more.
func insert[S any](list []S, i int, s S) []S {
	if len(list) == cap(list) {
		list = append(make([]S, 0, len(list)+1+len(list)/4), list...)
	}
	return slices.Insert(list, i, s)
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
