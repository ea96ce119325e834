package directory

import (
	"context"
	"maps"
	"reflect"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Reflect makes the user equal to the account that a source states, and reports
// the revision; a user that is equal already costs no commit. A user the source
// brings in for the first time, and only then, is given the onboarding role; where
// that role or tenant does not exist the assignment waits. What people gave by
// API stays. An account that does not exist takes its user with it.
//
// Where the account is placed, the memberships and roles that the source's
// organizations and roles amount to follow it too; what the mapping's rules give
// follows it as far as it tells what they look at. See [authz.Mapping].
func (d *Directory) Reflect(ctx context.Context, env authz.EnvID, a authz.Account, first authz.Onboarding) (authz.Revision, error) {
	return d.write(ctx, env, a.Source, func(ctx context.Context, v View) ([]authz.Change, error) {
		old, found, err := mirrored(ctx, v, a.Key)
		if err != nil {
			return nil, err
		}
		a := a // a plan may run again
		if !a.Exists {
			if !found {
				return nil, nil
			}
			return []authz.Change{authz.DeleteUser{Key: a.Key}}, nil
		}
		if !found {
			old = authz.User{Key: a.Key, ID: NewID(), CreatedAt: d.now()}
		}
		p := placing{d: d, view: draftOf(v), user: a.Key, source: a.Source}
		if p.mapping, err = d.compiled(ctx, v, env); err != nil {
			return nil, err
		}
		a, p.failed = p.mapping.Account(a)
		if u := overAccount(old, a); !found || !reflect.DeepEqual(u, old) {
			u.UpdatedAt = d.now()
			p.add(authz.PutUser{User: u})
		}
		if err := p.arrive(ctx, a); err != nil {
			return nil, err
		}
		if old.Source != a.Source && first != (authz.Onboarding{}) {
			if err := p.onboard(ctx, authz.Giver(a.Source), first); err != nil {
				return nil, err
			}
		}
		return p.changes, p.settle(ctx, a)
	})
}

// mirrored is the user of exactly this key: an id that looks like the key is
// somebody else.
func mirrored(ctx context.Context, v View, key authz.UserKey) (authz.User, bool, error) {
	u, found, err := v.User(ctx, authz.Ident(key))
	return u, found && u.Key == key, err
}

// overAccount is u with what the account states laid over it.
func overAccount(u authz.User, a authz.Account) authz.User {
	u.Email, u.FirstName, u.LastName = a.Email, a.FirstName, a.LastName
	u.Suspended, u.Source = a.Suspended, a.Source
	if len(a.Attributes) > 0 {
		attributes := authz.Attributes{}
		maps.Copy(attributes, u.Attributes)
		if a.Facts != nil { // else it is not known what is mapped
			for _, key := range u.Mapped {
				delete(attributes, key)
			}
			u.Mapped = a.Mapped
		}
		maps.Copy(attributes, a.Attributes)
		u.Attributes = attributes
	}
	return u
}

// stillMapped are the keys of old's attributes that a mapping has given and that are
// the same still: what a person says otherwise is that person's.
func stillMapped(old authz.User, is authz.Attributes) (keys []string) {
	for _, key := range old.Mapped {
		if v, there := is[key]; there && reflect.DeepEqual(v, old.Attributes[key]) {
			keys = append(keys, key)
		}
	}
	return keys
}

// onboard gives the first role, or lets it wait for what does not exist yet.
func (p *placing) onboard(ctx context.Context, by authz.Giver, first authz.Onboarding) error {
	_, role, err := p.view.Role(ctx, authz.Ident(first.Role))
	if err != nil {
		return err
	}
	_, tenant, err := p.view.Tenant(ctx, authz.Ident(first.Tenant))
	if err != nil {
		return err
	}
	if !role || !tenant {
		p.await(spot{first.Role, first.Tenant}, by)
		return nil
	}
	b := births{d: p.d, view: p.view}
	a, err := b.standing(ctx, p.user, RoleInTenant{Role: authz.Ident(first.Role), Tenant: authz.Ident(first.Tenant)})
	p.add(authz.PutAssignment{Assignment: p.d.given(a, by)})
	return err
}

// complete gives the pending assignments that f selects and that lack nothing
// but the role or tenant being created in this same commit.
func (d *Directory) complete(ctx context.Context, v View, f PendingFilter) ([]authz.Change, error) {
	waiting, err := v.Pending(ctx, f)
	if err != nil {
		return nil, err
	}
	var changes []authz.Change
	given := map[assignmentKey]*authz.Assignment{} // a role or tenant may wait under its key and under its id
	for _, p := range waiting {
		// Role and tenant wait as they were named, which may be by id.
		role, tenant := p.Role, p.Tenant
		var there bool
		if f.Role == "" {
			var r authz.Role
			r, there, err = v.Role(ctx, authz.Ident(p.Role))
			role = r.Key
		} else {
			var t authz.Tenant
			t, there, err = v.Tenant(ctx, authz.Ident(p.Tenant))
			tenant = t.Key
		}
		if err != nil {
			return nil, err
		}
		if !there {
			continue
		}
		at := assignmentKey{user: p.User, role: role, tenant: tenant}
		if given[at] == nil {
			given[at] = &authz.Assignment{User: p.User, Role: role, Tenant: tenant}
		}
		for _, by := range p.GivenBy {
			*given[at] = d.given(*given[at], by)
		}
		changes = append(changes, authz.PutAssignment{Assignment: *given[at]}, authz.DeletePending{User: p.User, Role: p.Role, Tenant: p.Tenant})
	}
	return changes, nil
}
