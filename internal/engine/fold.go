package engine

import (
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// With returns the snapshot that follows s when commits are applied in order. It
// copies only what they touch.
func (s *Snapshot) With(commits ...authz.Commit) *Snapshot {
	f := folding{Snapshot: *s, edit: &edit{}}
	if f.policy == nil {
		f.policy = f.schema.compile()
	}
	for _, c := range commits {
		for _, ch := range c.Changes {
			f.fold(ch)
		}
		f.rev = c.Revision
	}
	f.finish()
	next := f.Snapshot
	return &next
}

// A folding is a snapshot being made.
type folding struct {
	Snapshot
	edit  *edit
	stale bool // the schema changed and is not compiled
	moved bool // the URL mappings changed and their rules are not in order

	// The user changed last, not yet put back: a user's assignments come in a row.
	user    authz.UserKey
	subject subject
	held    bool // whether there is one
}

// A Loading makes a snapshot of an environment that is too large to be handed over
// at once. The zero Loading is empty.
type Loading struct{ f *folding }

// Put adds changes, in the order in which they may be put.
func (l *Loading) Put(changes []authz.Change) {
	f := l.folding()
	for _, c := range changes {
		f.fold(c)
	}
}

// PutUsers adds users. Like the others below it keeps nothing of the slice.
func (l *Loading) PutUsers(users []authz.User) {
	f := l.folding()
	for i := range users {
		f.putUser(&users[i])
	}
}

// PutInstances adds instances, when their tenants and types are there.
func (l *Loading) PutInstances(instances []authz.Instance) {
	f := l.folding()
	for i := range instances {
		f.putInstance(&instances[i])
	}
}

// PutTuples adds tuples, when their relations are there.
func (l *Loading) PutTuples(tuples []authz.Tuple) {
	f := l.folding()
	for i := range tuples {
		t := &tuples[i]
		f.tuple(t.Subject, t.Relation, t.Object, true)
	}
}

// PutAssignments adds assignments, when what they name is there.
func (l *Loading) PutAssignments(assignments []authz.Assignment) {
	f := l.folding()
	for i := range assignments {
		a := &assignments[i]
		f.assign(a.User, a.Role, a.Tenant, a.Instance, true)
	}
}

// folding is the snapshot being made, its schema compiled: facts are put against it.
func (l *Loading) folding() *folding {
	if l.f == nil {
		l.f = &folding{edit: &edit{}, stale: true}
	}
	l.f.settle()
	return l.f
}

// Snapshot ends the loading at a revision.
func (l *Loading) Snapshot(rev authz.Revision) *Snapshot {
	f := l.folding()
	f.rev = rev
	f.finish()
	return &f.Snapshot
}

// finish leaves nothing in hand.
func (f *folding) finish() {
	f.release()
	f.settle()
	f.arrange()
}

// settle compiles the schema if it has changed: facts are folded against the
// policy as it is at their place in the commit.
func (f *folding) settle() {
	if f.stale {
		f.policy = f.schema.compile()
		f.stale = false
	}
}

func (f *folding) fold(c authz.Change) {
	schema := &f.schema
	switch c := c.(type) {
	case authz.PutRole:
		schema.putRole(f.edit, c.Role)
	case authz.DeleteRole:
		schema.deleteRole(f.edit, c.Key)
	case authz.PutResource:
		schema.putResource(f.edit, c.Resource)
	case authz.DeleteResource:
		schema.deleteResource(f.edit, c.Key)
	case authz.PutConditionSet:
		schema.sets = schema.sets.put(f.edit, string(c.Set.Key), c.Set)
	case authz.DeleteConditionSet:
		schema.deleteSet(f.edit, c.Key)
	case authz.PutRule:
		schema.rules = schema.rules.put(f.edit, ruleKey(c.Rule), c.Rule)
	case authz.DeleteRule:
		schema.rules = schema.rules.drop(f.edit, ruleKey(c.Rule))
	case authz.PutSettings:
		schema.settings = c.Settings
	case authz.PutSourceMapping:
		return // what it amounts to comes as changes of its own
	case authz.PutURLMapping:
		f.putMapping(c.Mapping)
		return
	case authz.DeleteURLMapping:
		f.mappings, f.moved = f.mappings.drop(f.edit, c.Key), true
		return
	default:
		f.settle()
		f.foldFact(c)
		return
	}
	f.stale = true
}

// take is the user to be changed; ok is false if there is none. It stays in hand
// until another is taken.
func (f *folding) take(key authz.UserKey) (u *subject, ok bool) {
	if f.held && f.user == key {
		return &f.subject, true
	}
	f.release()
	f.subject, ok = f.users.get(string(key))
	f.user, f.held = key, ok
	return &f.subject, ok
}

// release puts the user in hand back.
func (f *folding) release() {
	if f.held {
		f.users = f.users.put(f.edit, string(f.user), f.subject)
		f.held = false
	}
}

func (f *folding) foldFact(c authz.Change) {
	switch c := c.(type) {
	case authz.PutUser:
		f.putUser(&c.User)
	case authz.DeleteUser:
		f.release()
		f.users = f.users.drop(f.edit, string(c.Key))
	case authz.PutTenant:
		f.putTenant(c.Tenant)
	case authz.DeleteTenant:
		if t, ok := f.tenants.get(string(c.Key)); ok {
			f.bury(t.number)
			f.tenants = f.tenants.drop(f.edit, string(c.Key))
		}
	case authz.PutInstance:
		f.putInstance(&c.Instance)
	case authz.DeleteInstance:
		if n, ok := f.nodes.get(c.Node.String()); ok {
			f.bury(n)
			f.nodes = f.nodes.drop(f.edit, c.Node.String())
		}
	case authz.PutTuple:
		f.tuple(c.Tuple.Subject, c.Tuple.Relation, c.Tuple.Object, true)
	case authz.DeleteTuple:
		f.tuple(c.Subject, c.Relation, c.Object, false)
	case authz.PutAssignment:
		a := c.Assignment
		f.assign(a.User, a.Role, a.Tenant, a.Instance, true)
	case authz.DeleteAssignment:
		f.assign(c.User, c.Role, c.Tenant, c.Instance, false)
	default: // what is pending, a membership or an invite permits nothing; the schema's changes are folded in fold
	}
}

// object is where the object of number n lies, to be changed.
func (f *folding) object(n number) *object { return f.objects.at(f.edit, n) }

func (f *folding) putUser(u *authz.User) {
	if _, ok := f.take(u.Key); !ok {
		f.subject, f.user, f.held = subject{}, u.Key, true
	}
	was := &f.subject
	was.suspended = u.Suspended
	var p *person
	if u.Email != "" || u.FirstName != "" || u.LastName != "" || len(u.Attributes) > 0 {
		p = &person{email: u.Email, first: u.FirstName, last: u.LastName, attributes: normalizeAll(u.Attributes)}
	}
	*was = was.with(was.held(), p)
}

func (f *folding) putTenant(t authz.Tenant) {
	was, ok := f.tenants.get(string(t.Key))
	if !ok {
		f.last++
		was.number = f.last
	}
	was.attributes = normalizeAll(t.Attributes)
	tenants, made := f.tenants.putEntry(f.edit, string(t.Key), was)
	f.tenants = tenants
	*f.object(was.number) = object{kind: tenantKind}
	*f.names.at(f.edit, was.number) = &made.key
}

func (f *folding) putInstance(i *authz.Instance) {
	n, ok := f.node(i.Node)
	if !ok {
		return
	}
	t, _ := f.tenants.get(string(i.Tenant))
	f.object(n).tenant = t.number
	if f.links.get(n) != nil || len(i.Attributes) > 0 {
		f.linksOf(n).attributes = normalizeAll(i.Attributes)
	}
}

// node is the number of an instance, given now if it has none or the one it had
// is dead; ok is false if its type is not defined.
func (f *folding) node(n authz.Node) (number, bool) {
	if is, ok := f.nodeOf(n.Type, n.Key); ok {
		return is, true
	}
	kind, ok := f.schema.types.get(string(n.Type))
	if !ok {
		return 0, false
	}
	f.last++
	nodes, made := f.nodes.putEntry(f.edit, n.String(), f.last)
	f.nodes = nodes
	*f.object(f.last) = object{kind: kind.number}
	*f.names.at(f.edit, f.last) = &made.key
	return f.last, true
}

// party is the number of what a fact names. A fact that is taken away gives none: an
// instance of which nothing is said is not there.
func (f *folding) party(n authz.Node, stands bool) (number, bool) {
	if stands {
		return f.node(n)
	}
	return f.nodeOf(n.Type, n.Key)
}

// tuple adds or removes a tuple.
func (f *folding) tuple(subject authz.Node, relation authz.RelationKey, obj authz.Node, stands bool) {
	r, ok := f.schema.relations.get(relationKey(obj.Type, relation))
	if !ok {
		return
	}
	from, ok := f.party(subject, stands)
	if !ok {
		return
	}
	if obj.IsEvery() {
		f.tupleToEvery(from, r, obj.Type, stands)
		return
	}
	if to, ok := f.party(obj, stands); ok {
		f.link(from, r, to, stands)
	}
}

// link adds or removes a tuple between two objects.
func (f *folding) link(from, relation, to number, stands bool) {
	f.linkIn(to, edge{relation: relation, other: from}, stands)
	l := f.linksOf(from)
	l.out = changed(l.out, edge{relation: relation, other: to}, stands)
}

// linkIn adds or removes a tuple of which object n is the object.
func (f *folding) linkIn(n number, e edge, stands bool) {
	o := f.object(n)
	in := f.in(n, o)
	if o.only[0].relation == inLinks {
		in = f.linksOf(n).in
	}
	next := changed(in, e, stands)
	switch {
	case len(next) == len(in): // it was so
	case len(next) > 1:
		o.only = [1]edge{{relation: inLinks}}
		f.linksOf(n).in = next
	default:
		if o.only[0].relation == inLinks {
			f.linksOf(n).in = nil
		}
		o.only = [1]edge{}
		copy(o.only[:], next)
	}
}

// linksOf are the links of object n, to be changed. Slices that are copied lose
// their spare room, so that appending to them copies: the room is the old
// snapshot's.
func (f *folding) linksOf(n number) *links {
	place := f.links.at(f.edit, n)
	switch l := *place; {
	case l == nil:
		*place = &links{owner: f.edit}
	case l.owner != f.edit:
		*place = &links{owner: f.edit, attributes: l.attributes, in: slices.Clip(l.in), out: slices.Clip(l.out)}
	}
	return *place
}

// bury leaves nothing of object n but its number.
func (f *folding) bury(n number) {
	*f.object(n) = object{}
	*f.names.at(f.edit, n) = nil
	if f.links.get(n) != nil {
		*f.links.at(f.edit, n) = nil
	}
}

// changed is edges with e among them or not. It may use the spare room of edges.
func changed(edges []edge, e edge, stands bool) []edge {
	i, there := slices.BinarySearchFunc(edges, e, compareEdges)
	switch {
	case stands == there:
		return edges
	case !stands:
		return slices.Delete(slices.Clone(edges), i, i+1)
	case i < len(edges):
		return slices.Insert(slices.Clip(edges), i, e)
	case len(edges) == cap(edges): // a little room: most instances get few more
		edges = append(slices.Grow([]edge(nil), len(edges)+1+len(edges)/16), edges...)
	}
	return append(edges, e)
}

// assign adds or removes a grant of a user.
func (f *folding) assign(user authz.UserKey, roleKey authz.RoleKey, tenantKey authz.TenantKey, on authz.Node, held bool) {
	u, there := f.take(user)
	g := grant{}
	known := false
	if on == (authz.Node{}) {
		var t tenant
		t, known = f.tenants.get(string(tenantKey))
		r, ok := f.schema.roles.get(string(roleKey))
		g, known = grant{where: t.number, role: r.number}, known && ok
	} else {
		var r role
		if r, known = f.schema.resourceRoles.get(roleName(on.Type, roleKey)); known {
			g.role = r.number
			g.where, known = f.party(on, held)
		}
	}
	if !there || !known {
		return
	}
	grants := u.held()
	i, has := slices.BinarySearchFunc(grants, g, compareGrants)
	switch {
	case held && !has:
		grants = slices.Insert(slices.Clip(grants), i, g)
	case !held && has:
		grants = slices.Delete(slices.Clone(grants), i, i+1)
	default:
		return
	}
	*u = u.with(grants, u.person())
}
