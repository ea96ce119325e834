package engine

import (
	"encoding/binary"
	"unsafe"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A tuple may have every instance of a type in one tenant for its object. Such an
// object has a number of its own, which is no instance's, and the tuples to it are
// tuples to each of them. An instance that is not stored lies in the tenant that a
// question names, as tenant roles take it.

// everyKey is the name of every instance of a type in a tenant.
type everyKey [8]byte

func everyKeyOf(kind, tenant number) (k everyKey) {
	binary.NativeEndian.PutUint32(k[:4], uint32(kind))
	binary.NativeEndian.PutUint32(k[4:], uint32(tenant))
	return k
}

// text is the key in place.
func (k *everyKey) text() string { return unsafe.String(&k[0], len(k)) }

// everyLike is the number of every instance of the type of o in its tenant; 0 if
// it is the object of nothing.
func (s *Snapshot) everyLike(o *object) number {
	key := everyKeyOf(o.kind, o.tenant)
	n, _ := s.every.get(key.text())
	return n
}

// isEvery reports whether n stands for every instance of a type in a tenant.
func (s *Snapshot) isEvery(n number) bool {
	if s.every.len == 0 {
		return false
	}
	o := s.objects.get(n)
	return s.everyLike(&o) == n
}

// toEvery are the tuples of which the instance o is an object as every instance
// of its type is.
func (s *Snapshot) toEvery(o *object) []edge {
	if s.every.len == 0 {
		return nil
	}
	n := s.everyLike(o)
	if n == 0 {
		return nil
	}
	every := s.objects.get(n)
	return s.in(n, &every)
}

// asked is the number of the instance that q names: where it is not stored, of
// every instance of its type in the tenant of q. ok is false if there is neither.
func (s *Snapshot) asked(q *authz.Query) (number, bool) {
	n, ok := s.nodeOf(q.Resource, q.Instance)
	if ok || s.every.len == 0 {
		return n, ok
	}
	t := s.tenants.find(string(q.Tenant))
	kind, defined := s.schema.types.get(string(q.Resource))
	if t == nil || !defined {
		return 0, false
	}
	n = s.everyLike(&object{kind: kind.number, tenant: t.value.number})
	return n, n != 0
}

// tupleToEvery adds or removes a tuple from an instance to every instance of a
// type in its tenant.
func (f *folding) tupleToEvery(from number, relation number, of authz.ResourceKey, stands bool) {
	kind, ok := f.schema.types.get(string(of))
	in := f.objects.get(from).tenant
	if !ok || in == 0 {
		return
	}
	key := everyKeyOf(kind.number, in)
	to, there := f.every.get(key.text())
	if !there && !stands {
		return
	}
	if !there {
		f.last++
		to = f.last
		f.every = f.every.put(f.edit, key.text(), to)
		*f.object(to) = object{kind: kind.number, tenant: in}
		name := labelOf(authz.Node{Type: of, Key: authz.EveryKey}.String())
		*f.names.at(f.edit, to) = &name
	}
	f.link(from, relation, to, stands)
	if o := f.objects.get(to); len(f.in(to, &o)) == 0 {
		f.every = f.every.drop(f.edit, key.text())
		f.bury(to)
	}
}

// instancesByEvery are the live instances, by the number of every instance of their
// type in their tenant. It looks at every instance.
func (s *Snapshot) instancesByEvery() map[number][]number {
	all := map[number][]number{}
	s.nodes.each(func(_ string, n number) {
		o := s.objects.get(n)
		if every := s.everyLike(&o); every != 0 && s.alive(&o) {
			all[every] = append(all[every], n)
		}
	})
	return all
}
