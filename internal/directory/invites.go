package directory

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An InviteInput is an invite as a caller of the API gives it. Nil fields of an
// update are kept; a new invite needs key, e-mail, role and tenant.
type InviteInput struct {
	Email     *string
	FirstName *string
	LastName  *string
	Role      *authz.Ident // of tenants, or of the instance's resource
	Tenant    *authz.Ident
	Instance  *authz.Ident // empty for the whole tenant
}

// A NamedInvite is an invite with the ids of what it offers.
type NamedInvite struct {
	authz.Invite
	RoleID     authz.ID
	TenantID   authz.ID
	InstanceID authz.ID // empty if it is for the whole tenant
}

// CreateInvite offers a role. It returns Conflict if somebody is invited by that
// key already.
func (d *Directory) CreateInvite(ctx context.Context, env authz.EnvID, actor string, key authz.UserKey, in InviteInput) (n NamedInvite, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		if _, taken, err := v.Invite(ctx, authz.Ident(key)); err != nil || taken {
			return nil, orTaken(err, "user invite", string(key))
		}
		i := authz.Invite{Key: key, ID: NewID(), CreatedAt: d.now()}
		n, err = d.invite(ctx, v, i, in)
		return []authz.Change{authz.PutInvite{Invite: n.Invite}}, err
	})
	return n, rev, err
}

// UpdateInvite changes the fields that in gives.
func (d *Directory) UpdateInvite(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in InviteInput) (n NamedInvite, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		i, err := find(ctx, "user invite", id, v.Invite)
		if err != nil {
			return nil, err
		}
		n, err = d.invite(ctx, v, i, in)
		return []authz.Change{authz.PutInvite{Invite: n.Invite}}, err
	})
	return n, rev, err
}

// invite is i with in laid over it. What it offers must be there.
func (d *Directory) invite(ctx context.Context, v View, i authz.Invite, in InviteInput) (n NamedInvite, err error) {
	set(&i.Email, in.Email)
	set(&i.FirstName, in.FirstName)
	set(&i.LastName, in.LastName)
	i.UpdatedAt = d.now()
	offer := RoleInTenant{Role: authz.Ident(i.Role), Tenant: authz.Ident(i.Tenant), Instance: authz.Ident(i.Instance.String())}
	set(&offer.Role, in.Role)
	set(&offer.Tenant, in.Tenant)
	set(&offer.Instance, in.Instance)
	if offer.Instance != "" {
		// Unlike a role that is given, an offer does not make the instance.
		if _, err := find(ctx, "resource instance", offer.Instance, v.Instance); err != nil {
			return n, err
		}
	}
	b := births{d: d, view: v}
	a, err := b.standing(ctx, i.Key, offer)
	if err != nil {
		return n, err
	}
	i.Role, i.Tenant, i.Instance = a.Role, a.Tenant, a.Instance
	list, err := namedInvites(ctx, v, []authz.Invite{i})
	if err != nil {
		return n, err
	}
	return list[0], nil
}

// DeleteInvite withdraws an invite. What it gave when it was approved stays.
func (d *Directory) DeleteInvite(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		i, err := find(ctx, "user invite", id, v.Invite)
		return []authz.Change{authz.DeleteInvite{Key: i.Key}}, err
	})
}

// An Approval is who accepts an invite.
type Approval struct {
	Key        authz.UserKey // of the user, which need not be that of the invite
	Email      string        // must be that of the invite
	Attributes authz.Attributes
}

// ApproveInvite gives what the invite offers to the user of the approval, who is
// made if need be. It returns Invalid if the invite is approved already or is for
// another e-mail address.
func (d *Directory) ApproveInvite(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, by Approval) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		i, err := find(ctx, "user invite", id, v.Invite)
		switch {
		case err != nil:
			return nil, err
		case i.Approved:
			return nil, authz.Errorf(authz.Invalid, "user invite %q is approved already", i.Key)
		case i.Email != by.Email:
			return nil, authz.Errorf(authz.Invalid, "user invite %q is for another e-mail address", i.Key)
		}
		u, found, err := v.User(ctx, authz.Ident(by.Key))
		if err != nil {
			return nil, err
		}
		if !found || u.Key != by.Key {
			u = authz.User{Key: by.Key, ID: NewID(), CreatedAt: d.now()}
		}
		in := UserInput{Email: &by.Email, Attributes: &by.Attributes, Roles: []RoleInTenant{{
			Role: authz.Ident(i.Role), Tenant: authz.Ident(i.Tenant), Instance: authz.Ident(i.Instance.String()),
		}}}
		if i.FirstName != "" {
			in.FirstName = &i.FirstName
		}
		if i.LastName != "" {
			in.LastName = &i.LastName
		}
		changes, err := d.putUser(ctx, v, u, in)
		i.Approved, i.UpdatedAt = true, d.now()
		return append(changes, authz.PutInvite{Invite: i}), err
	})
}

// Invite returns an invite.
func (d *Directory) Invite(ctx context.Context, env authz.EnvID, id authz.Ident) (n NamedInvite, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		i, err := find(ctx, "user invite", id, l.Invite)
		if err != nil {
			return err
		}
		list, err := namedInvites(ctx, l, []authz.Invite{i})
		if err == nil {
			n = list[0]
		}
		return err
	})
	return n, err
}

// An InviteQuery selects invites; empty fields select all. An ident that names
// nothing selects nothing.
type InviteQuery struct {
	Role   authz.Ident // of tenants or of a resource
	Tenant authz.Ident
	Search string // part of key, e-mail, first or last name, ignoring case
}

// Invites lists invites, oldest first.
func (d *Directory) Invites(ctx context.Context, env authz.EnvID, q InviteQuery, p Page) (list []NamedInvite, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		f := InviteFilter{Search: q.Search}
		t, known, err := optional(ctx, q.Tenant, l.Tenant)
		if err != nil || !known {
			return err
		}
		f.Tenant = t.Key
		if q.Role != "" {
			var of AssignmentFilter
			if err := (AssignmentQuery{Roles: []authz.Ident{q.Role}}).roles(ctx, l, &of); err != nil {
				return err
			}
			f.Roles = of.InstanceRoles
			for _, r := range of.Roles {
				f.Roles = append(f.Roles, InstanceRole{Role: r})
			}
			if len(f.Roles) == 0 {
				return nil
			}
		}
		page, n, err := l.Invites(ctx, f, p)
		if err != nil {
			return err
		}
		total = n
		list, err = namedInvites(ctx, l, page)
		return err
	})
	return list, total, err
}

func namedInvites(ctx context.Context, v View, list []authz.Invite) ([]NamedInvite, error) {
	names := naming{view: v}
	return eachOf(list, func(i authz.Invite) NamedInvite {
		return NamedInvite{
			Invite: i, RoleID: names.role(ctx, i.Instance.Type, i.Role).ID,
			TenantID: names.tenant(ctx, i.Tenant).ID, InstanceID: names.instance(ctx, i.Instance).ID,
		}
	}), names.err
}
