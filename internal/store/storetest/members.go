package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// membersGo: memberships go with their user and tenant, invites with their tenant,
// role and instance.
func membersGo(t *testing.T, s *store.Store) {
	relatives(t, s)
	on := func(key string) authz.Node { return authz.Node{Type: "doc", Key: key} }
	commit(t, s,
		authz.PutRole{Role: authz.Role{Key: "q", ID: "q"}},
		authz.PutMembership{Membership: authz.Membership{User: "a", Tenant: "t"}},
		authz.PutMembership{Membership: authz.Membership{User: "a", Tenant: "default"}},
		authz.PutMembership{Membership: authz.Membership{User: "b", Tenant: "default"}},
		authz.PutInvite{Invite: authz.Invite{Key: "by-tenant", ID: "1", Role: "q", Tenant: "t"}},
		authz.PutInvite{Invite: authz.Invite{Key: "by-role", ID: "2", Role: "r", Tenant: "default"}},
		authz.PutInvite{Invite: authz.Invite{Key: "by-instance", ID: "3", Role: "r", Tenant: "t", Instance: on("x_1")}},
		authz.PutInvite{Invite: authz.Invite{Key: "by-resource", ID: "4", Role: "r", Tenant: "t", Instance: on("x_2")}},
		authz.PutInvite{Invite: authz.Invite{Key: "stays", ID: "5", Role: "q", Tenant: "default"}})
	for _, step := range []struct {
		change  authz.Change
		members []string
		invited []string
	}{
		{authz.DeleteRole{Key: "r"}, []string{"a default", "a t", "b default"}, []string{"by-instance", "by-resource", "by-tenant", "stays"}},
		{authz.DeleteInstance{Node: on("x_1")}, []string{"a default", "a t", "b default"}, []string{"by-resource", "by-tenant", "stays"}},
		{authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "d"}}, []string{"a default", "a t", "b default"}, []string{"by-tenant", "stays"}},
		{authz.DeleteUser{Key: "b"}, []string{"a default", "a t"}, []string{"by-tenant", "stays"}},
		{authz.DeleteTenant{Key: "t"}, []string{"a default"}, []string{"stays"}},
	} {
		commit(t, s, step.change)
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			members, err := l.Memberships(ctx, []authz.UserKey{"a", "b"})
			if err != nil {
				return err
			}
			invites, total, err := l.Invites(ctx, directory.InviteFilter{}, directory.Page{Limit: 9})
			got := names(members, func(m authz.Membership) string { return string(m.User + " " + authz.UserKey(m.Tenant)) })
			invited := names(invites, func(i authz.Invite) string { return string(i.Key) })
			if !slices.Equal(got, step.members) || !slices.Equal(invited, step.invited) || total != len(invited) {
				t.Errorf("%T: got %q and %q of %d, want %q and %q", step.change, got, invited, total, step.members, step.invited)
			}
			return err
		})
	}
}
