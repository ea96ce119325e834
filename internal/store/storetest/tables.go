package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// Tables returns all that the tables hold of [Env], whole, in the order in which it
// may be put. Settings and the mapping of sources are left out: an environment
// without a row has some too.
func Tables(t *testing.T, s *store.Store) []authz.Change {
	t.Helper()
	var all []authz.Change
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		everything := directory.Page{Limit: 100_000}
		tenants, _, err1 := l.Tenants(ctx, directory.TextFilter{}, everything)
		resources, err2 := l.AllResources(ctx)
		roles, err3 := l.Roles(ctx)
		users, _, err4 := l.Users(ctx, directory.UserFilter{}, everything)
		sets, err5 := l.ConditionSets(ctx)
		rules, err6 := l.Rules(ctx)
		mappings, err7 := l.URLMappings(ctx)
		instances, _, err8 := l.Instances(ctx, directory.InstanceFilter{}, everything)
		tuples, _, err9 := l.Tuples(ctx, directory.TupleFilter{}, everything)
		assignments, _, err10 := l.Assignments(ctx, directory.AssignmentFilter{}, everything)
		pending, err11 := l.Pending(ctx, directory.PendingFilter{})
		var keys []authz.UserKey
		for _, u := range users {
			keys = append(keys, u.Key)
		}
		memberships, err12 := l.Memberships(ctx, keys)
		invites, _, err13 := l.Invites(ctx, directory.InviteFilter{}, everything)

		all = append(all, puts(tenants, func(x authz.Tenant) authz.Change { return authz.PutTenant{Tenant: x} })...)
		all = append(all, puts(resources, func(x authz.Resource) authz.Change { return authz.PutResource{Resource: x} })...)
		all = append(all, puts(roles, func(x authz.Role) authz.Change { return authz.PutRole{Role: x} })...)
		all = append(all, puts(users, func(x authz.User) authz.Change { return authz.PutUser{User: x} })...)
		all = append(all, puts(sets, func(x authz.ConditionSet) authz.Change { return authz.PutConditionSet{Set: x} })...)
		all = append(all, puts(rules, func(x authz.Rule) authz.Change { return authz.PutRule{Rule: x} })...)
		all = append(all, puts(mappings, func(x authz.URLMapping) authz.Change { return authz.PutURLMapping{Mapping: x} })...)
		all = append(all, puts(instances, func(x authz.Instance) authz.Change { return authz.PutInstance{Instance: x} })...)
		all = append(all, puts(tuples, func(x authz.Tuple) authz.Change { return authz.PutTuple{Tuple: x} })...)
		all = append(all, puts(assignments, func(x authz.Assignment) authz.Change { return authz.PutAssignment{Assignment: x} })...)
		all = append(all, puts(pending, func(x authz.PendingAssignment) authz.Change { return authz.PutPending{Pending: x} })...)
		all = append(all, puts(memberships, func(x authz.Membership) authz.Change { return authz.PutMembership{Membership: x} })...)
		all = append(all, puts(invites, func(x authz.Invite) authz.Change { return authz.PutInvite{Invite: x} })...)
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13)
	})
	return all
}

func puts[T any](list []T, change func(T) authz.Change) []authz.Change {
	all := make([]authz.Change, len(list))
	for i, x := range list {
		all[i] = change(x)
	}
	return all
}

// tabled are the changes that [Tables] returns of those.
func tabled(changes []authz.Change) []authz.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c authz.Change) bool {
		switch c.(type) {
		case authz.PutSettings, authz.PutSourceMapping:
			return true
		default:
			return false
		}
	})
}

// decisive are the changes as Load yields them.
func decisive(changes []authz.Change) []authz.Change {
	var all []authz.Change
	for _, c := range changes {
		switch x := c.(type) {
		case authz.PutTenant:
			c = authz.PutTenant{Tenant: authz.Tenant{Key: x.Tenant.Key, Attributes: x.Tenant.Attributes}}
		case authz.PutUser:
			u := x.User
			c = authz.PutUser{User: authz.User{Key: u.Key, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Attributes: u.Attributes, Suspended: u.Suspended}}
		case authz.PutInstance:
			i := x.Instance
			c = authz.PutInstance{Instance: authz.Instance{Node: i.Node, Tenant: i.Tenant, Attributes: i.Attributes}}
		case authz.PutTuple:
			c = authz.PutTuple{Tuple: authz.Tuple{Subject: x.Tuple.Subject, Relation: x.Tuple.Relation, Object: x.Tuple.Object}}
		case authz.PutAssignment:
			a := authz.Assignment{User: x.Assignment.User, Role: x.Assignment.Role, Tenant: x.Assignment.Tenant, Instance: x.Assignment.Instance}
			if a.Instance != (authz.Node{}) {
				a.Tenant = ""
			}
			c = authz.PutAssignment{Assignment: a}
		case authz.PutPending, authz.PutMembership, authz.PutInvite, authz.PutSourceMapping:
			continue
		default:
		}
		all = append(all, c)
	}
	return all
}
