package engine

import "slices"

// A walk looks for one user's roles on instances, from the instance towards the
// user: a role is held directly, or derived from a role on a subject of a tuple.
// Every (instance, role) is visited once, so circles end, and a deep or wide
// graph costs as much as it has tuples.
type walk struct {
	s    *Snapshot
	u    *subject
	few  [16]grant // visited, while they are few
	n    int
	many map[grant]struct{} // visited, all of them once few is full
}

// visit reports whether g is visited for the first time.
func (w *walk) visit(g grant) bool {
	if w.many != nil {
		if _, seen := w.many[g]; seen {
			return false
		}
		w.many[g] = struct{}{}
		return true
	}
	if slices.Contains(w.few[:w.n], g) {
		return false
	}
	if w.n < len(w.few) {
		w.few[w.n] = g
		w.n++
		return true
	}
	w.many = make(map[grant]struct{}, 4*len(w.few))
	for _, seen := range w.few {
		w.many[seen] = struct{}{}
	}
	w.many[g] = struct{}{}
	return true
}

// has reports whether the user has the role on the instance. It keeps its own
// stack, so that the depth of a graph is bounded by memory and not by the stack
// of a goroutine.
func (w *walk) has(n, role number) bool {
	var space [16]grant
	next := append(space[:0], grant{where: n, role: role})
	for len(next) > 0 {
		g := next[len(next)-1]
		next = next[:len(next)-1]
		if !w.visit(g) {
			continue
		}
		o := w.s.objects.get(g.where)
		if !w.s.alive(&o) {
			continue
		}
		direct := w.u.in(g.where)
		if _, held := slices.BinarySearchFunc(direct, g, compareGrants); held {
			return true
		}
		derive := w.s.policy.roles[g.role].derive
		if len(derive) == 0 {
			continue
		}
		var every []edge
		if w.s.every.len != 0 { // asked here, since the call would not be inlined
			every = w.s.toEvery(&o)
		}
		for _, d := range derive {
			if d.noDirect && w.s.anyLive(direct) {
				continue
			}
			for _, e := range along(w.s.in(g.where, &o), d.relation) {
				next = append(next, grant{where: e.other, role: d.from})
			}
			for _, e := range along(every, d.relation) {
				next = append(next, grant{where: e.other, role: d.from})
			}
		}
	}
	return false
}
