package directory

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// CheckMapping returns what [Directory.ReplaceMapping] would of a mapping, and
// changes nothing.
func (d *Directory) CheckMapping(ctx context.Context, env authz.EnvID, m authz.Mapping) error {
	return d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		return refuseMapping(ctx, l, m)
	})
}

// Foresee says what would become of the users of accounts if m were the mapping, of
// those of whom something would. linked are the tenants that organizations have.
func (d *Directory) Foresee(ctx context.Context, env authz.EnvID, m *mapping.Compiled, linked map[string]authz.TenantKey, accounts []authz.Account) (list []mapping.Effect, err error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	source, keys := accounts[0].Source, eachOf(accounts, func(a authz.Account) authz.UserKey { return a.Key })
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		users, err := l.AllUsers(ctx, keys)
		if err != nil {
			return err
		}
		is := map[authz.UserKey]authz.User{}
		for _, u := range users {
			is[u.Key] = u
		}
		given, err := givenTo(ctx, l, source, keys)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			e := mapping.Effect{User: a.Key}
			mapped, failed := m.Account(a)
			if u, here := is[a.Key]; here {
				e.Attributes = fieldsThatDiffer(u, overAccount(u, mapped))
			}
			wanted, ruled := m.Gifts(a, m.Tenants(a, linked))
			has := slices.DeleteFunc(given[a.Key], func(g authz.Gift) bool { return !m.Owns(a, g.By) })
			e.Given, e.Taken = mapping.Compare(has, wanted)
			if e.Failed = append(failed, ruled...); !e.Nothing() {
				list = append(list, e)
			}
		}
		return err
	})
	return list, err
}
