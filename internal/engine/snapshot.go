package engine

import (
	"cmp"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Snapshot is an environment at one revision. The zero Snapshot is an empty
// environment at revision zero. Snapshots are never modified after With returns.
//
// Users point at roles and tenants by number. A number is given once: deleting a
// role or a tenant makes its number dead, and with it every grant that names it,
// without a search for who held it.
type Snapshot struct {
	rev       authz.Revision
	users     trie[subject]
	tenants   trie[number]
	roles     trie[role]
	resources trie[authz.Resource]
	policy    *policy // compiled from the roles

	lastTenant, lastRole number // the last numbers given
}

// A number stands for a role or a tenant.
type number uint32

// A role is a live role with its number.
type role struct {
	number number
	authz.Role
}

// A subject is what a decision needs of a user.
type subject struct {
	suspended bool
	grants    []grant // sorted
}

// A grant is a role held in a tenant.
type grant struct{ tenant, role number }

func compareGrants(a, b grant) int {
	return cmp.Or(cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.role, b.role))
}

// Revision is the revision the snapshot stands at.
func (s *Snapshot) Revision() authz.Revision { return s.rev }

// With returns the snapshot that follows s when commits are applied in order.
func (s *Snapshot) With(commits ...authz.Commit) *Snapshot {
	f := folding{Snapshot: *s, edit: &edit{}}
	for _, c := range commits {
		for _, ch := range c.Changes {
			f.fold(ch)
		}
		f.rev = c.Revision
	}
	if f.rolesChanged || f.policy == nil {
		f.policy = compile(f.roles, f.lastRole)
	}
	next := f.Snapshot
	return &next
}

// A folding is a snapshot being made.
type folding struct {
	Snapshot
	edit         *edit
	rolesChanged bool
}

func (f *folding) fold(c authz.Change) {
	switch c := c.(type) {
	case authz.PutUser:
		u, _ := f.users.get(string(c.User.Key))
		u.suspended = c.User.Suspended
		f.users = f.users.put(f.edit, string(c.User.Key), u)
	case authz.DeleteUser:
		f.users = f.users.drop(f.edit, string(c.Key))
	case authz.PutTenant:
		if _, ok := f.tenants.get(string(c.Tenant.Key)); !ok {
			f.lastTenant++
			f.tenants = f.tenants.put(f.edit, string(c.Tenant.Key), f.lastTenant)
		}
	case authz.DeleteTenant:
		f.tenants = f.tenants.drop(f.edit, string(c.Key))
	case authz.PutRole:
		f.putRole(c.Role)
	case authz.DeleteRole:
		f.roles = f.roles.drop(f.edit, string(c.Key))
		f.rolesChanged = true
	case authz.PutResource:
		f.resources = f.resources.put(f.edit, string(c.Resource.Key), c.Resource)
	case authz.DeleteResource:
		f.resources = f.resources.drop(f.edit, string(c.Key))
	case authz.PutAssignment:
		f.grant(c.Assignment.User, c.Assignment.Role, c.Assignment.Tenant, true)
	case authz.DeleteAssignment:
		f.grant(c.User, c.Role, c.Tenant, false)
	case authz.PutPending, authz.DeletePending: // what is pending grants nothing
	}
}

func (f *folding) putRole(r authz.Role) {
	was, ok := f.roles.get(string(r.Key))
	if !ok {
		f.lastRole++
		was.number = f.lastRole
	}
	f.roles = f.roles.put(f.edit, string(r.Key), role{number: was.number, Role: r})
	f.rolesChanged = true
}

// grant adds or removes a grant of a user.
func (f *folding) grant(user authz.UserKey, roleKey authz.RoleKey, tenant authz.TenantKey, held bool) {
	u, there := f.users.get(string(user))
	r, known := f.roles.get(string(roleKey))
	t, found := f.tenants.get(string(tenant))
	if !there || !known || !found {
		return
	}
	g := grant{tenant: t, role: r.number}
	i, has := slices.BinarySearchFunc(u.grants, g, compareGrants)
	switch {
	case held && !has:
		u.grants = slices.Insert(slices.Clip(u.grants), i, g)
	case !held && has:
		u.grants = slices.Delete(slices.Clone(u.grants), i, i+1)
	default:
		return
	}
	f.users = f.users.put(f.edit, string(user), u)
}
