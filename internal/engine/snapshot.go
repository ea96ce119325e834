package engine

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Snapshot is an environment at one revision. The zero Snapshot is an empty
// environment at revision zero. Snapshots are never modified after With returns.
//
// Tenants, instances, roles, types and relations have numbers, and what refers to
// them (grants, edges) holds numbers. A number is given once: deleting a thing
// makes its number dead, and with it everything that names it, without a search.
type Snapshot struct {
	rev     authz.Revision
	users   trie[subject]
	tenants trie[tenant]   // by key
	nodes   trie[number]   // instances by "type:key"
	every   trie[number]   // those that stand for every instance of a type in a tenant, by everyKey
	objects vector[object] // tenants and instances by their number
	names   vector[*label] // of objects, as the tries keep them
	links   vector[*links] // of the objects that have any
	schema  schema         // what the policy is compiled from
	last    number         // the last number given to a tenant or instance
	policy  *policy

	mappings trie[mapping] // URL mappings by key
	urls     URLMap        // their rules together
}

// A number stands for a tenant or an instance, a role, a type or a relation; each
// of these four kinds counts for itself.
type number uint32

// A subject is what a decision needs of a user. The grants of most users fit into
// it, and so into the entry that the user was found in.
type subject struct {
	rest      *rest // nil if there is no more than fits
	few       [3]grant
	n         uint8 // how many grants there are in few; isMany if all are in rest
	suspended bool
}

// A rest is what does not fit into a subject, never changed once it is made.
type rest struct {
	person *person // nil if nothing is known but the key
	grants []grant
}

const isMany = 255

// held are the grants of the user, sorted. They must not be changed.
func (u *subject) held() []grant {
	if u.n == isMany {
		return u.rest.grants
	}
	return u.few[:u.n]
}

// person is what is known of the user; nil if nothing is.
func (u *subject) person() *person {
	if u.rest == nil {
		return nil
	}
	return u.rest.person
}

// with is u with other grants, sorted, and another person.
func (u subject) with(grants []grant, p *person) subject {
	u.few, u.n, u.rest = [3]grant{}, isMany, nil
	if len(grants) <= len(u.few) {
		u.n = uint8(copy(u.few[:], grants))
		grants = nil
	}
	if p != nil || grants != nil {
		u.rest = &rest{person: p, grants: grants}
	}
	return u
}

// A person is what conditions can see of a user.
type person struct {
	email, first, last string
	attributes         map[string]any // normalized
}

// A grant is a role held in a tenant or on an instance.
type grant struct{ where, role number }

func compareGrants(a, b grant) int {
	return cmp.Or(cmp.Compare(a.where, b.where), cmp.Compare(a.role, b.role))
}

// A tenant has its number and what conditions can see of it.
type tenant struct {
	number     number
	attributes map[string]any // normalized
}

// An object is a tenant or an instance. It has no pointers, so that a collection
// of garbage does not look at ten million of them.
type object struct {
	kind   number  // the type's number; tenantKind for a tenant; 0 for nothing
	tenant number  // of an instance: where it lies; 0 if nowhere
	only   [1]edge // the one tuple of which it is the object; of relation inLinks if there are more
}

// inLinks is no relation's number.
const inLinks = ^number(0)

// Links are what those tenants and instances have that have more than one tuple.
type links struct {
	owner      *edit          // may change them in place; see trie
	attributes map[string]any // normalized
	in, out    []edge         // sorted: tuples of which the instance is the object, the subject
}

// in are the tuples of which object n, which is o, is the object.
func (s *Snapshot) in(n number, o *object) []edge {
	if o.only[0].relation == inLinks {
		return s.links.get(n).in
	}
	if o.only[0].relation == 0 {
		return nil
	}
	return o.only[:]
}

// out are the tuples of which object n is the subject.
func (s *Snapshot) out(n number) []edge {
	if l := s.links.get(n); l != nil {
		return l.out
	}
	return nil
}

// name is a tenant's key or an instance's "type:key".
func (s *Snapshot) name(n number) string { return s.names.get(n).text() }

// along are the edges of one relation.
func along(edges []edge, relation number) []edge {
	from, _ := slices.BinarySearchFunc(edges, edge{relation: relation}, compareEdges)
	to := from
	for to < len(edges) && edges[to].relation == relation {
		to++
	}
	return edges[from:to]
}

// tenantKind is the kind of tenants: no type has this number.
const tenantKind number = 1

// An edge is one end of a tuple: the relation and what stands at the other end.
type edge struct{ relation, other number }

func compareEdges(a, b edge) int {
	return cmp.Or(cmp.Compare(a.relation, b.relation), cmp.Compare(a.other, b.other))
}

// Revision is the revision the snapshot stands at.
func (s *Snapshot) Revision() authz.Revision { return s.rev }

// in is the grants of the user in a tenant or on an instance.
func (u *subject) in(where number) []grant {
	grants := u.held()
	from := 0
	if len(grants) > 8 { // a few are looked through sooner than searched
		from, _ = slices.BinarySearchFunc(grants, grant{where: where}, compareGrants)
	}
	for from < len(grants) && grants[from].where != where {
		from++
	}
	to := from
	for to < len(grants) && grants[to].where == where {
		to++
	}
	return grants[from:to]
}

// live reports whether the role of g still exists.
func (s *Snapshot) live(g grant) bool { return s.policy.roles[g.role] != nil }

func (s *Snapshot) anyLive(grants []grant) bool { return slices.ContainsFunc(grants, s.live) }

// alive reports whether o still exists: it was put, and neither its type nor its
// tenant has gone.
func (s *Snapshot) alive(o *object) bool {
	if o.kind == 0 || o.kind == tenantKind {
		return o.kind == tenantKind
	}
	return s.policy.types[o.kind] != nil && (o.tenant == 0 || s.objects.get(o.tenant).kind == tenantKind)
}

// nodeOf is the number of a live instance.
func (s *Snapshot) nodeOf(kind authz.ResourceKey, key string) (number, bool) {
	// The name is put together on the stack: it is looked up and not kept.
	var space [128]byte
	name := append(append(append(space[:0], kind...), ':'), key...)
	n, ok := s.nodes.get(unsafe.String(unsafe.SliceData(name), len(name)))
	if !ok {
		return 0, false
	}
	o := s.objects.get(n)
	return n, s.alive(&o)
}

// attributesOf are the stored attributes of an instance.
func (s *Snapshot) attributesOf(n number) map[string]any {
	if l := s.links.get(n); l != nil {
		return l.attributes
	}
	return nil
}

// roleNames are the tenant roles that u holds in t, as the attribute user.roles.
func (s *Snapshot) roleNames(u *subject, t number) set {
	names := set{}
	if u == nil || t == 0 {
		return names
	}
	for _, g := range u.in(t) {
		if s.live(g) {
			names = append(names, string(s.policy.roles[g.role].key))
		}
	}
	slices.Sort(names)
	return names
}

// tenantNames are the tenants in which u holds a role, as the attribute
// user.tenants.
func (s *Snapshot) tenantNames(u *subject) set {
	names := set{}
	for _, t := range s.tenantsOf(u) {
		names = append(names, string(t))
	}
	return names
}
