package engine

import "slices"

// A vector is a persistent array: set leaves the vector it is called on as it was
// and shares with it everything it does not touch. The zero vector is empty;
// places that were never set hold the zero value. It is a tree with 64 branches
// per node, so a look-up in ten million places visits four nodes.
type vector[V any] struct {
	root   *branch[V]
	levels int // of branches above the leaves
}

// A branch holds either further branches or, at the bottom, values.
type branch[V any] struct {
	owner *edit
	below []*branch[V]
	leaf  []V
}

func (v vector[V]) get(i number) (value V) {
	b := v.root
	if b == nil || uint64(i)>>(fanBits*(v.levels+1)) != 0 {
		return value
	}
	for level := v.levels; level > 0; level-- {
		at := int(i>>(fanBits*level)) & fanMask
		if at >= len(b.below) || b.below[at] == nil {
			return value
		}
		b = b.below[at]
	}
	if at := int(i & fanMask); at < len(b.leaf) {
		return b.leaf[at]
	}
	return value
}

// at returns where value i lies, in a leaf that e may change.
func (v *vector[V]) at(e *edit, i number) *V {
	for uint64(i)>>(fanBits*(v.levels+1)) != 0 {
		if v.root != nil {
			v.root = &branch[V]{owner: e, below: []*branch[V]{v.root}}
		}
		v.levels++
	}
	place := &v.root
	for level := v.levels; ; level-- {
		b := (*place).own(e)
		*place = b
		at := int(i>>(fanBits*level)) & fanMask
		if level == 0 {
			for len(b.leaf) <= at {
				var none V
				b.leaf = append(b.leaf, none)
			}
			return &b.leaf[at]
		}
		for len(b.below) <= at {
			b.below = append(b.below, nil)
		}
		place = &b.below[at]
	}
}

// own is b, or a copy of it that e may change.
func (b *branch[V]) own(e *edit) *branch[V] {
	if b == nil {
		return &branch[V]{owner: e}
	}
	if b.owner == e {
		return b
	}
	return &branch[V]{owner: e, below: slices.Clone(b.below), leaf: slices.Clone(b.leaf)}
}
