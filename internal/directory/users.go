package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A UserInput is a user as a caller of the API gives it. Nil fields of an update
// are kept; of a create or a replacement they are empty.
type UserInput struct {
	Email      *string
	FirstName  *string
	LastName   *string
	Attributes *authz.Attributes // replaces all attributes
	Roles      []RoleInTenant    // given besides what the user has
}

// A RoleInTenant names a role and where it is held.
type RoleInTenant struct {
	Role   authz.Ident
	Tenant authz.Ident // may be empty if Instance is there
	// Instance is what a role of its resource is held on, "type:key" or the id;
	// empty for the whole tenant.
	Instance authz.Ident
}

// Held is a user with what it holds.
type Held struct {
	User        authz.User
	Assignments []authz.Assignment
	Memberships []authz.Membership
	Invited     []authz.TenantKey // by invites of its key that are pending
}

// CreateUser makes a user. It returns Conflict if the key is taken.
func (d *Directory) CreateUser(ctx context.Context, env authz.EnvID, actor string, key authz.UserKey, in UserInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		return d.newUser(ctx, v, key, in)
	})
}

// newUser makes a user of a key that is free.
func (d *Directory) newUser(ctx context.Context, v View, key authz.UserKey, in UserInput) ([]authz.Change, error) {
	if _, taken, err := v.User(ctx, authz.Ident(key)); err != nil || taken {
		return nil, orTaken(err, "user", string(key))
	}
	return d.putUser(ctx, v, authz.User{Key: key, ID: NewID(), CreatedAt: d.now()}, in)
}

// SyncUser makes the user equal to in, creating it if need be, and reports
// whether it was created. Roles in in are given; roles it has are kept.
func (d *Directory) SyncUser(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in UserInput) (created bool, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) (changes []authz.Change, err error) {
		created, changes, err = d.replaceUser(ctx, v, id, in)
		return changes, err
	})
	return created, rev, err
}

// replaceUser makes a user, or puts in in the place of what it was.
func (d *Directory) replaceUser(ctx context.Context, v View, id authz.Ident, in UserInput) (created bool, changes []authz.Change, err error) {
	old, found, err := v.User(ctx, id)
	if err != nil {
		return false, nil, err
	}
	u := authz.User{Key: authz.UserKey(id), ID: NewID(), CreatedAt: d.now()}
	if found {
		u = authz.User{Key: old.Key, ID: old.ID, CreatedAt: old.CreatedAt, Suspended: old.Suspended, Source: old.Source}
		if in.Attributes != nil {
			u.Mapped = stillMapped(old, *in.Attributes)
		}
	}
	changes, err = d.putUser(ctx, v, u, in)
	return !found, changes, err
}

// UpdateUser changes the fields that in gives. It returns NotFound if there is
// no such user.
func (d *Directory) UpdateUser(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in UserInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		u, err := find(ctx, "user", id, v.User)
		if err != nil {
			return nil, err
		}
		if in.Attributes != nil {
			u.Mapped = stillMapped(u, *in.Attributes)
		}
		return d.putUser(ctx, v, u, in)
	})
}

// DeleteUser deletes the user with everything it holds.
func (d *Directory) DeleteUser(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		u, err := find(ctx, "user", id, v.User)
		return []authz.Change{authz.DeleteUser{Key: u.Key}}, err
	})
}

// User returns a user with its assignments.
func (d *Directory) User(ctx context.Context, env authz.EnvID, id authz.Ident) (h Held, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		u, err := find(ctx, "user", id, l.User)
		if err != nil {
			return err
		}
		all, err := held(ctx, l, []authz.User{u})
		if err == nil {
			h = all[0]
		}
		return err
	})
	return h, err
}

// Users lists users with their assignments.
func (d *Directory) Users(ctx context.Context, env authz.EnvID, f UserFilter, p Page) (users []Held, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		list, n, err := l.Users(ctx, f, p)
		if err != nil {
			return err
		}
		total = n
		users, err = held(ctx, l, list)
		return err
	})
	return users, total, err
}

// UsersByKey returns those of the users that are there, in no order.
func (d *Directory) UsersByKey(ctx context.Context, env authz.EnvID, keys []authz.UserKey) (users []authz.User, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		users, err = l.AllUsers(ctx, keys)
		return err
	})
	return users, err
}

// held adds to each user what it holds, in a few reads for all of them.
func held(ctx context.Context, l Listing, users []authz.User) ([]Held, error) {
	out := make([]Held, len(users))
	if len(users) == 0 {
		return out, nil
	}
	keys := make([]authz.UserKey, len(users))
	at := make(map[authz.UserKey]int, len(users))
	for i, u := range users {
		out[i].User, keys[i], at[u.Key] = u, u.Key, i
	}
	list, err := l.Held(ctx, keys)
	for _, a := range list {
		h := &out[at[a.User]]
		h.Assignments = append(h.Assignments, a)
	}
	if err != nil {
		return out, err
	}
	members, err := l.Memberships(ctx, keys)
	for _, m := range members {
		h := &out[at[m.User]]
		h.Memberships = append(h.Memberships, m)
	}
	if err != nil {
		return out, err
	}
	invited, _, err := l.Invites(ctx, InviteFilter{Keys: keys, Pending: true}, Page{Limit: len(keys)})
	for _, i := range invited {
		h := &out[at[i.Key]]
		h.Invited = append(h.Invited, i.Tenant)
	}
	return out, err
}

// putUser is the user with in laid over it, and the roles in gives.
func (d *Directory) putUser(ctx context.Context, v View, u authz.User, in UserInput) ([]authz.Change, error) {
	set(&u.Email, in.Email)
	set(&u.FirstName, in.FirstName)
	set(&u.LastName, in.LastName)
	set(&u.Attributes, in.Attributes)
	u.UpdatedAt = d.now()
	b := births{d: d, view: v}
	var roles []authz.Change
	for _, r := range in.Roles {
		a, err := b.standing(ctx, u.Key, r)
		if err != nil {
			return nil, err
		}
		roles = append(roles, authz.PutAssignment{Assignment: d.given(a, authz.ByAPI)})
	}
	return slices.Concat([]authz.Change{authz.PutUser{User: u}}, b.changes, roles), nil
}

// set lays *from over *to if there is one.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func orTaken(err error, kind, key string) error {
	if err != nil {
		return err
	}
	return authz.Errorf(authz.Conflict, "%s %q already exists", kind, key)
}
