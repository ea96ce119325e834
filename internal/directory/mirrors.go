package directory

import (
	"context"
	"reflect"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// StaleUsers returns the users that differ from their accounts, those that are
// not here among them. Where accounts are placed is not looked at.
func (d *Directory) StaleUsers(ctx context.Context, env authz.EnvID, accounts []authz.Account) (stale []authz.UserKey, err error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		m, err := d.compiled(ctx, l, env)
		if err != nil {
			return err
		}
		users, err := l.AllUsers(ctx, eachOf(accounts, func(a authz.Account) authz.UserKey { return a.Key }))
		is := map[authz.UserKey]authz.User{}
		for _, u := range users {
			is[u.Key] = u
		}
		for _, a := range accounts {
			a, _ = m.Account(a)
			if u, found := is[a.Key]; !found || !reflect.DeepEqual(overAccount(u, a), u) {
				stale = append(stale, a.Key)
			}
		}
		return err
	})
	return stale, err
}

// StaleOrganizations returns the ids of organizations whose tenants differ from
// them, or are missing, or should be.
func (d *Directory) StaleOrganizations(ctx context.Context, env authz.EnvID, list []authz.SourceOrganization) (stale []string, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		m, err := d.compiled(ctx, l, env)
		if err != nil {
			return err
		}
		for _, o := range list {
			t, linked, err := l.TenantOf(ctx, o.Origin)
			if err != nil {
				return err
			}
			o, _ = m.Organization(o)
			if _, wanted := m.TenantKey(o.ID); wanted != linked || linked && !reflect.DeepEqual(overOrganization(t, o), t) {
				stale = append(stale, o.ID)
			}
		}
		return nil
	})
	return stale, err
}

// StaleMembers returns those of some members of an organization who are not here,
// or do not hold what being in it with their roles amounts to.
func (d *Directory) StaleMembers(ctx context.Context, env authz.EnvID, o authz.Origin, members []authz.Member) (stale []authz.UserKey, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		m, err := l.SourceMapping(ctx)
		if err != nil {
			return err
		}
		if _, wanted := m.TenantKey(o.ID); !wanted {
			return nil
		}
		t, linked, err := l.TenantOf(ctx, o)
		if err != nil {
			return err
		}
		all := eachOf(members, func(m authz.Member) authz.UserKey { return m.User })
		if !linked {
			stale = all
			return nil
		}
		given, err := givenTo(ctx, l, o.Source, all)
		for _, member := range members {
			is := slices.DeleteFunc(given[member.User], func(g authz.Gift) bool {
				return g.Tenant != t.Key || g.By != authz.ByOrganization(o.Source)
			})
			if !slices.Equal(is, m.InOrganization(o.Source, t.Key, member.Roles)) {
				stale = append(stale, member.User)
			}
		}
		return err
	})
	return stale, err
}

// Members returns users that an organization has made members of its tenant, by
// key: the next after one, at most limit, and where to go on; none is the end.
func (d *Directory) Members(ctx context.Context, env authz.EnvID, o authz.Origin, after authz.UserKey, limit int) (users []authz.UserKey, next authz.UserKey, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		t, linked, err := l.TenantOf(ctx, o)
		if err != nil || !linked {
			return err
		}
		members, err := l.MembersOf(ctx, t.Key, after, limit)
		for _, m := range members {
			next = m.User
			if slices.Contains(m.GivenBy, authz.ByOrganization(o.Source)) {
				users = append(users, m.User)
			}
		}
		return err
	})
	return users, next, err
}

// Mirrored returns users that a source keeps, by key: the next after one, at most
// limit.
func (d *Directory) Mirrored(ctx context.Context, env authz.EnvID, source string, after authz.UserKey, limit int) (list []authz.Mirrored, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		users, err := l.UsersOf(ctx, source, after, limit)
		if err != nil || len(users) == 0 {
			return err
		}
		keys := eachOf(users, func(u authz.User) authz.UserKey { return u.Key })
		given, err := givenTo(ctx, l, source, keys)
		if err != nil {
			return err
		}
		waiting, err := waitingFor(ctx, l, source, keys)
		for _, u := range users {
			list = append(list, authz.Mirrored{User: u.Key, Suspended: u.Suspended, Gifts: given[u.Key], Waiting: waiting[u.Key]})
		}
		return err
	})
	return list, err
}

// Origins returns the organizations of a source that are tenants, by the tenants'
// keys: the next after one, at most limit, and where to go on; none is the end.
func (d *Directory) Origins(ctx context.Context, env authz.EnvID, source string, after authz.TenantKey, limit int) (ids []string, next authz.TenantKey, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		tenants, err := l.TenantsOf(ctx, source, after, limit)
		for _, t := range tenants {
			ids, next = append(ids, t.Origin.ID), t.Key
		}
		return err
	})
	return ids, next, err
}

// givenTo is what the source's facts have given some users, waiting or not, in
// the order in which gifts are made.
func givenTo(ctx context.Context, v View, source string, users []authz.UserKey) (map[authz.UserKey][]authz.Gift, error) {
	held, err := v.Held(ctx, users)
	if err != nil {
		return nil, err
	}
	pending, err := v.Pending(ctx, PendingFilter{Users: users})
	if err != nil {
		return nil, err
	}
	members, err := v.Memberships(ctx, users)
	given := map[authz.UserKey][]authz.Gift{}
	add := func(user authz.UserKey, role authz.RoleKey, tenant authz.TenantKey, givers []authz.Giver) {
		for _, by := range givers {
			if authz.Mirrors(source, by) {
				given[user] = append(given[user], authz.Gift{Role: role, Tenant: tenant, By: by})
			}
		}
	}
	for _, a := range held {
		if a.Instance == (authz.Node{}) {
			add(a.User, a.Role, a.Tenant, a.GivenBy)
		}
	}
	for _, w := range pending {
		add(w.User, w.Role, w.Tenant, w.GivenBy)
	}
	for _, m := range members {
		add(m.User, "", m.Tenant, m.GivenBy)
	}
	for _, gifts := range given {
		slices.SortFunc(gifts, authz.Gift.Compare)
	}
	return given, err
}
