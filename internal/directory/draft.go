package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A draft is the environment as a write of many things has left it so far: the
// view it began with, and the changes since. It reads each thing once. What a
// deletion takes with it is still there in a draft, so a write that deletes must
// not rely on what belongs to the deleted. Lists are those of the view: a draft is
// looked things up in.
type draft struct {
	View
	users       memo[authz.User]
	tenants     memo[authz.Tenant]
	roles       memo[authz.Role]
	resources   memo[authz.Resource]
	instances   memo[authz.Instance]
	assignments map[assignmentKey]*authz.Assignment // that have changed or were looked up; nil if there is none
	tuples      map[tupleKey]*authz.Tuple           // that have changed; nil if deleted
}

type assignmentKey struct {
	user   authz.UserKey
	role   authz.RoleKey
	tenant authz.TenantKey
	on     authz.Node
}

type tupleKey struct {
	subject  authz.Node
	relation authz.RelationKey
	object   authz.Node
}

func draftOf(v View) *draft {
	return &draft{
		View:        v,
		users:       remember(v.User, func(u authz.User) authz.Ident { return authz.Ident(u.Key) }),
		tenants:     remember(v.Tenant, func(t authz.Tenant) authz.Ident { return authz.Ident(t.Key) }),
		roles:       remember(v.Role, func(r authz.Role) authz.Ident { return authz.Ident(r.Key) }),
		resources:   remember(v.Resource, func(r authz.Resource) authz.Ident { return authz.Ident(r.Key) }),
		instances:   remember(v.Instance, func(i authz.Instance) authz.Ident { return authz.Ident(i.Node.String()) }),
		assignments: map[assignmentKey]*authz.Assignment{},
		tuples:      map[tupleKey]*authz.Tuple{},
	}
}

// User implements [View].
func (d *draft) User(ctx context.Context, id authz.Ident) (authz.User, bool, error) {
	return d.users.look(ctx, id)
}

// Tenant implements [View].
func (d *draft) Tenant(ctx context.Context, id authz.Ident) (authz.Tenant, bool, error) {
	return d.tenants.look(ctx, id)
}

// Role implements [View].
func (d *draft) Role(ctx context.Context, id authz.Ident) (authz.Role, bool, error) {
	return d.roles.look(ctx, id)
}

// Resource implements [View].
func (d *draft) Resource(ctx context.Context, id authz.Ident) (authz.Resource, bool, error) {
	return d.resources.look(ctx, id)
}

// Instance implements [View].
func (d *draft) Instance(ctx context.Context, id authz.Ident) (authz.Instance, bool, error) {
	return d.instances.look(ctx, id)
}

// Assignment implements [View].
func (d *draft) Assignment(ctx context.Context, user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey, on authz.Node) (authz.Assignment, bool, error) {
	if a, changed := d.assignments[assignmentKey{user, role, tenant, on}]; changed {
		return orNone(a)
	}
	return d.View.Assignment(ctx, user, role, tenant, on)
}

// Tuple implements [View].
func (d *draft) Tuple(ctx context.Context, subject authz.Node, relation authz.RelationKey, object authz.Node) (authz.Tuple, bool, error) {
	if t, changed := d.tuples[tupleKey{subject, relation, object}]; changed {
		return orNone(t)
	}
	return d.View.Tuple(ctx, subject, relation, object)
}

// know looks up at once what a write of grants would look up one by one: their users,
// and whether those hold the roles in tenants.
func (d *draft) know(ctx context.Context, list []Grant) error {
	ids := make([]authz.Ident, len(list))
	for i, g := range list {
		ids[i] = g.User
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	users, err := d.UsersNamed(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		u, ok := users[id]
		d.users.know(id, u, ok)
	}
	var asked []authz.Assignment
	for _, g := range list {
		u, ok := users[g.User]
		if !ok || g.Instance != "" {
			continue
		}
		b := births{view: d}
		a, err := b.inTenant(ctx, g.RoleInTenant)
		if err != nil {
			continue // which is said in its turn
		}
		key := assignmentKey{user: u.Key, role: a.Role, tenant: a.Tenant}
		if _, twice := d.assignments[key]; !twice {
			d.assignments[key] = nil
			asked = append(asked, authz.Assignment{User: u.Key, Role: a.Role, Tenant: a.Tenant})
		}
	}
	there, err := d.InTenants(ctx, asked)
	for _, a := range there {
		d.assignments[assignmentKey{user: a.User, role: a.Role, tenant: a.Tenant}] = &a
	}
	return err
}

// add makes a change to the draft.
func (d *draft) add(c authz.Change) {
	switch c := c.(type) {
	case authz.PutUser:
		d.users.put(c.User, c.User.ID)
	case authz.DeleteUser:
		d.users.drop(authz.Ident(c.Key))
	case authz.PutRole:
		d.roles.put(c.Role, c.Role.ID)
	case authz.PutResource:
		d.resources.put(c.Resource, c.Resource.ID)
	case authz.PutTenant:
		d.tenants.put(c.Tenant, c.Tenant.ID)
	case authz.DeleteTenant:
		d.tenants.drop(authz.Ident(c.Key))
	case authz.PutInstance:
		d.instances.put(c.Instance, c.Instance.ID)
	case authz.DeleteInstance:
		d.instances.drop(authz.Ident(c.Node.String()))
	case authz.PutAssignment:
		a := c.Assignment
		d.assignments[assignmentKey{a.User, a.Role, a.Tenant, a.Instance}] = &a
	case authz.DeleteAssignment:
		d.assignments[assignmentKey{c.User, c.Role, c.Tenant, c.Instance}] = nil
	case authz.PutTuple:
		t := c.Tuple
		d.tuples[tupleKey{t.Subject, t.Relation, t.Object}] = &t
	case authz.DeleteTuple:
		d.tuples[tupleKey{c.Subject, c.Relation, c.Object}] = nil
	case authz.PutPending, authz.DeletePending:
		// What waits for one tenant or role does not wait for another.
	case authz.PutMembership, authz.DeleteMembership, authz.PutInvite, authz.DeleteInvite:
		// No write of many things reads them.
	case authz.DeleteRole, authz.DeleteResource,
		authz.PutConditionSet, authz.DeleteConditionSet, authz.PutRule, authz.DeleteRule,
		authz.PutSettings, authz.PutSourceMapping, authz.PutURLMapping, authz.DeleteURLMapping:
		panic("directory: a draft keeps roles and resources and holds no rules")
	}
}

// A memo is what is known of the things of one kind.
type memo[T any] struct {
	read   func(context.Context, authz.Ident) (T, bool, error)
	key    func(T) authz.Ident
	names  map[authz.Ident]authz.Ident // from what was looked for to the key, empty if nothing was there
	things map[authz.Ident]*T          // by key; nil if deleted
}

func remember[T any](read func(context.Context, authz.Ident) (T, bool, error), key func(T) authz.Ident) memo[T] {
	return memo[T]{read: read, key: key, names: map[authz.Ident]authz.Ident{}, things: map[authz.Ident]*T{}}
}

func (m *memo[T]) look(ctx context.Context, id authz.Ident) (none T, ok bool, err error) {
	if t := m.things[id]; t != nil {
		return *t, true, nil
	}
	if key, known := m.names[id]; known {
		return orNone(m.things[key])
	}
	t, ok, err := m.read(ctx, id)
	if err != nil {
		return none, false, err
	}
	m.know(id, t, ok)
	return orNone(m.things[m.names[id]])
}

// know keeps what was found by id.
func (m *memo[T]) know(id authz.Ident, t T, ok bool) {
	if !ok {
		m.names[id] = ""
		return
	}
	key := m.key(t)
	m.names[id] = key
	if _, changed := m.things[key]; !changed {
		m.things[key] = &t
	}
}

func (m *memo[T]) put(t T, id authz.ID) {
	key := m.key(t)
	m.things[key], m.names[authz.Ident(id)] = &t, key
}

func (m *memo[T]) drop(key authz.Ident) { m.things[key] = nil }

func orNone[T any](t *T) (thing T, ok bool, err error) {
	if t == nil {
		return thing, false, nil
	}
	return *t, true, nil
}
