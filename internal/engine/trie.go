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
	root slot[V]
	len  int
}

// A slot is empty, an entry, or a node. A node has no memory of its own: its
// branches lie in an array, in the order of the bits of set, behind one slot that
// is the array's head. So a look-up reads one line of the cache per level.
type slot[V any] struct {
	to  unsafe.Pointer // *entry[V] if set is 0; else *slot[V], the array's head; in a head: *edit, who made the array
	set uint64         // the branches there are; in a head: how many the array has room for
}

// An entry is a key with its value, never changed once it is made.
type entry[V any] struct {
	key   label
	value V
}

// A label is a text that is kept. A short one lies inside the label: who finds an
// entry has its key in the same line of the cache, and a small value needs no
// memory of its own.
type label struct {
	long  *byte // a text of more than maxShort bytes; its length is in short
	n     uint8 // length of a short text, or isLong
	short [maxShort]byte
}

const (
	maxShort = 15 // a label and a subject are 64 bytes: one line of the cache
	isLong   = 255
)

func labelOf(text string) (l label) {
	if len(text) <= maxShort {
		l.n = uint8(copy(l.short[:], text))
		return l
	}
	l.n, l.long = isLong, unsafe.StringData(strings.Clone(text))
	binary.NativeEndian.PutUint64(l.short[:], uint64(len(text)))
	return l
}

// text is the label's text, in place: it lives as long as the label. Nil has none.
func (l *label) text() string {
	switch {
	case l == nil:
		return ""
	case l.n == isLong:
		return unsafe.String(l.long, int(binary.NativeEndian.Uint64(l.short[:])))
	}
	return unsafe.String(&l.short[0], int(l.n))
}

// An edit marks the arrays made since it was created: nobody else has seen them,
// so they may be changed in place. Loading a million users in one edit does not
// copy a node a million times.
type edit struct{ _ byte } // not empty, so that each has its own address

const (
	fanBits = 6
	fanMask = 1<<fanBits - 1
)

// A way is what is left of a key's hash below some level: fanBits for each level,
// and a one above them.
type way uint64

// usedUp is a way with no bits left.
const usedUp way = 1

var seed = maphash.MakeSeed()

func wayOf(key string) way { return wayFrom(maphash.String(seed, key)) }

func wayFrom(hash uint64) way { return way(hash&(1<<60-1) | 1<<60) }

// wayAt is the way of key at a depth.
func wayAt(key string, depth int) way {
	w := wayOf(key)
	for level := range depth {
		w = w.next(key, level+1)
	}
	return w
}

func (w way) bit() uint64 { return 1 << (w & fanMask) }

// next is the way from the level below, which is depth.
func (w way) next(key string, depth int) way {
	if w >>= fanBits; w == usedUp {
		return again(key, depth)
	}
	return w
}

// again continues a hash that is used up: two keys that have it in common are told
// apart by another.
func again(key string, depth int) way {
	return wayFrom(maphash.Comparable(seed, struct {
		key   string
		depth int
	}{key, depth}))
}

// find is the entry of key, nil if there is none.
func (t trie[V]) find(key string) *entry[V] { return t.root.find(wayOf(key), 0, key) }

func (t trie[V]) get(key string) (v V, ok bool) {
	if e := t.find(key); e != nil {
		return e.value, true
	}
	return v, false
}

func (t trie[V]) put(e *edit, key string, v V) trie[V] {
	t, _ = t.putEntry(e, key, v)
	return t
}

// putEntry is put, with the entry that it made.
func (t trie[V]) putEntry(e *edit, key string, v V) (trie[V], *entry[V]) {
	made := &entry[V]{key: labelOf(key), value: v}
	root, added := t.root.put(e, wayOf(key), 0, made)
	t.root = root
	if added {
		t.len++
	}
	return t, made
}

func (t trie[V]) drop(e *edit, key string) trie[V] {
	if t.find(key) == nil {
		return t
	}
	t.root = t.root.drop(e, wayOf(key), 0, key)
	t.len--
	return t
}

// each calls f for every key, in no particular order. f must not put or drop: an
// edit changes the arrays that each is looking at.
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

// entry is what a slot holds that is no node; nil if it is empty.
func (s slot[V]) entry() *entry[V] { return (*entry[V])(s.to) }

// head is the head of a node's array.
func (s slot[V]) head() *slot[V] { return (*slot[V])(s.to) }

// branches are the branches of a node, in place.
func (s slot[V]) branches() []slot[V] {
	return unsafe.Slice(s.head(), 1+bits.OnesCount64(s.set))[1:]
}

// place is where the branch of bit is among a node's branches, or would be.
func (s slot[V]) place(bit uint64) int { return bits.OnesCount64(s.set & (bit - 1)) }

func (s slot[V]) find(w way, depth int, key string) *entry[V] {
	for s.set != 0 {
		bit := w.bit()
		if s.set&bit == 0 {
			return nil
		}
		// branches()[place(bit)], whose bound is certain: bit is in the set.
		s = *(*slot[V])(unsafe.Add(s.to, unsafe.Sizeof(s)*uintptr(1+s.place(bit))))
		if w >>= fanBits; w == usedUp {
			w = again(key, depth+1)
		}
		depth++
	}
	if e := s.entry(); e != nil && e.key.text() == key {
		return e
	}
	return nil
}

func (s slot[V]) each(f func(key string, v V)) {
	if s.set != 0 {
		for _, b := range s.branches() {
			b.each(f)
		}
	} else if e := s.entry(); e != nil {
		f(e.key.text(), e.value)
	}
}

// node is a node of the given branches, in an array of its own with room for at
// least so many.
func node[V any](e *edit, set uint64, branches []slot[V], room int) slot[V] {
	array := slices.Grow([]slot[V](nil), 1+room) // takes all of the memory that it is given
	array = append(array, slot[V]{to: unsafe.Pointer(e), set: uint64(cap(array) - 1)})
	array = append(array, branches...)
	return slot[V]{to: unsafe.Pointer(unsafe.SliceData(array)), set: set}
}

// own is a node in an array that e may change, with room for n branches.
func (s slot[V]) own(e *edit, n int) slot[V] {
	if h := s.head(); h.to == unsafe.Pointer(e) && n <= int(h.set) {
		return s
	}
	b := s.branches()
	if n > len(b) {
		n += n / 16 // most nodes never get many more
	}
	return node(e, s.set, b, n)
}

// put is s with an entry that was not seen yet, whose way is w.
func (s slot[V]) put(e *edit, w way, depth int, it *entry[V]) (_ slot[V], added bool) {
	if s.set == 0 {
		was := s.entry()
		if was == nil || was.key.text() == it.key.text() {
			return slot[V]{to: unsafe.Pointer(it)}, was == nil
		}
		// Two keys share the slot: it becomes a node, with the one that was here.
		s = node(e, wayAt(was.key.text(), depth).bit(), []slot[V]{s}, 1)
	}
	bit, n := w.bit(), bits.OnesCount64(s.set)
	at := s.place(bit)
	if s.set&bit == 0 {
		s = s.own(e, n+1)
		s.set |= bit
		b := s.branches()
		copy(b[at+1:], b[at:])
		b[at] = slot[V]{to: unsafe.Pointer(it)}
		return s, true
	}
	s = s.own(e, n)
	b := &s.branches()[at]
	*b, added = b.put(e, w.next(it.key.text(), depth+1), depth+1, it)
	return s, added
}

// drop is s without a key that is there; a node left empty becomes an empty slot.
func (s slot[V]) drop(e *edit, w way, depth int, key string) slot[V] {
	if s.set == 0 {
		return slot[V]{}
	}
	bit, n := w.bit(), bits.OnesCount64(s.set)
	at := s.place(bit)
	s = s.own(e, n)
	b := s.branches()
	if b[at] = b[at].drop(e, w.next(key, depth+1), depth+1, key); b[at].to != nil {
		return s
	}
	copy(b[at:], b[at+1:])
	b[n-1] = slot[V]{} // so that it holds nothing
	if s.set &^= bit; s.set == 0 {
		return slot[V]{}
	}
	return s
}
