package directory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A group is a reading of other facts: an instance whose resource has the role
// member. Its users hold that role on it; a role it has elsewhere is derived from
// member through a relation of its own, and tied by a tuple.
const (
	memberRole  authz.RoleKey     = "member"
	groupType   authz.ResourceKey = "group" // of groups that name no other
	inGroup     authz.RelationKey = "group" // of a group to the group it is in
	groupedRole                   = "_group_"
)

// A GroupInput is a group as a caller of the API gives it.
type GroupInput struct {
	Key    string
	Type   authz.Ident // "group" if empty
	Tenant authz.Ident
}

// A GroupRole is a role that the members of a group have on an instance.
type GroupRole struct {
	Role       authz.RoleKey
	On         authz.Node
	ResourceID authz.ID
	InstanceID authz.ID
}

// A Group is a group with everything it comes to.
type Group struct {
	authz.Instance
	Users []authz.ID  // who are members themselves
	Roles []GroupRole // oldest first
}

// CreateGroup makes a group, and its resource and the role member if they are not
// there. It returns Conflict if the resource has an instance of that key.
func (d *Directory) CreateGroup(ctx context.Context, env authz.EnvID, actor string, in GroupInput) (authz.Instance, authz.Revision, error) {
	var made authz.Instance
	rev, err := d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		if err := checkKey("group_instance_key", "group", in.Key, anyKey); err != nil {
			return nil, err
		}
		so := draftOf(v)
		t, changes, err := d.typeOfGroups(ctx, v, cmp.Or(in.Type, authz.Ident(groupType)))
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			so.add(c)
		}
		i, err := d.newInstance(ctx, so, InstanceInput{Key: in.Key, Resource: authz.Ident(t.Key), Tenant: in.Tenant})
		if err != nil {
			return nil, err
		}
		if _, there, err := v.Instance(ctx, authz.Ident(i.Node.String())); err != nil || there {
			return nil, orTaken(err, "group", i.Node.String())
		}
		made = i.Instance
		return append(changes, authz.PutInstance{Instance: made}), nil
	})
	return made, rev, err
}

// typeOfGroups is a resource that has the role member, and what making it so
// changes.
func (d *Directory) typeOfGroups(ctx context.Context, v View, id authz.Ident) (authz.Resource, []authz.Change, error) {
	t, there, err := v.Resource(ctx, id)
	if err != nil {
		return t, nil, err
	}
	if !there {
		t = authz.Resource{Key: authz.ResourceKey(id), ID: NewID(), Name: string(id), CreatedAt: d.now()}
		if err := checkKey("group_resource_type_key", "resource", string(id), anyKey); err != nil {
			return t, nil, err
		}
	}
	if t.BuiltIn {
		return t, nil, authz.Errorf(authz.Invalid, "resource %q is built in and has no groups", t.Key)
	}
	if hasMembers(t) {
		return t, nil, nil
	}
	t.UpdatedAt = d.now()
	t.Roles = append(slices.Clone(t.Roles), authz.ResourceRole{
		Key: memberRole, ID: NewID(), Name: string(memberRole), CreatedAt: d.now(), UpdatedAt: d.now(),
	})
	sortRoles(t.Roles)
	return t, []authz.Change{authz.PutResource{Resource: t}}, nil
}

func hasMembers(r authz.Resource) bool {
	return slices.ContainsFunc(r.Roles, func(x authz.ResourceRole) bool { return x.Key == memberRole })
}

// groupOf finds a group by "type:key", by its key alone among those of the type
// "group", or by id.
func groupOf(ctx context.Context, v View, id authz.Ident) (authz.Instance, authz.Resource, error) {
	none := orAbsent(nil, "group", string(id))
	i, ok, err := v.Instance(ctx, id)
	if err == nil && !strings.Contains(string(id), ":") {
		if named, there, failed := v.Instance(ctx, authz.Ident(groupType)+":"+id); there || failed != nil {
			i, ok, err = named, there, failed
		}
	}
	if err != nil || !ok {
		return i, authz.Resource{}, cmp.Or(err, none)
	}
	t, _, err := v.Resource(ctx, authz.Ident(i.Node.Type))
	if err == nil && !hasMembers(t) {
		err = none
	}
	return i, t, err
}

// DeleteGroup deletes a group. With the last of its resource goes the role member,
// and what is derived from it.
func (d *Directory) DeleteGroup(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		i, t, err := groupOf(ctx, v, id)
		if err != nil {
			return nil, err
		}
		changes := []authz.Change{authz.DeleteInstance{Node: i.Node}}
		_, n, err := v.Instances(ctx, InstanceFilter{Resource: t.Key}, Page{Limit: 1})
		if err != nil || n > 1 {
			return changes, err
		}
		left := t
		left.UpdatedAt = d.now()
		left.Roles, _ = without(t.Roles, func(x authz.ResourceRole) bool { return x.Key == memberRole })
		_, more, err := d.replace(ctx, v, t, left)
		return append(changes, more...), err
	})
}

// AddToGroup makes a user a member of a group. One who is already stays so.
func (d *Directory) AddToGroup(ctx context.Context, env authz.EnvID, actor string, group, user, tenant authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		_, a, err := membership(ctx, v, group, user, tenant)
		if err != nil || slices.Contains(a.GivenBy, authz.ByAPI) {
			return nil, err
		}
		return []authz.Change{authz.PutAssignment{Assignment: d.given(a, authz.ByAPI)}}, nil
	})
}

// RemoveFromGroup ends that a user is a member of a group. It returns NotFound if he
// is none.
func (d *Directory) RemoveFromGroup(ctx context.Context, env authz.EnvID, actor string, group, user, tenant authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		i, a, err := membership(ctx, v, group, user, tenant)
		if err == nil && len(a.GivenBy) == 0 {
			err = authz.Errorf(authz.NotFound, "user %q in group %q not found", user, i.Node)
		}
		return []authz.Change{authz.DeleteAssignment{User: a.User, Role: a.Role, Tenant: a.Tenant, Instance: a.Instance}}, err
	})
}

// membership is the assignment that makes a user a member of a group, with no
// giver if there is none.
func membership(ctx context.Context, v View, group, user, tenant authz.Ident) (i authz.Instance, a authz.Assignment, err error) {
	if i, _, err = groupOf(ctx, v, group); err != nil {
		return i, a, err
	}
	u, err := find(ctx, "user", user, v.User)
	if err != nil {
		return i, a, err
	}
	b := births{view: v}
	a, err = b.standing(ctx, u.Key, RoleInTenant{Role: authz.Ident(memberRole), Tenant: tenant, Instance: authz.Ident(i.Node.String())})
	return i, a, err
}
