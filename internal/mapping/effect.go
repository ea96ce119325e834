package mapping

import (
	"maps"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An Effect is what would become of one user.
type Effect struct {
	User         authz.UserKey
	Given, Taken []authz.Gift
	Attributes   []string // the keys of those that would be others, or fields of the user
	Failed       []Failure
}

// Nothing reports whether nothing would become of the user.
func (e Effect) Nothing() bool {
	return len(e.Given)+len(e.Taken)+len(e.Attributes)+len(e.Failed) == 0
}

// Tenants are those of the account's organizations, by their ids, as they would be:
// linked are the tenants that organizations have.
func (c *Compiled) Tenants(a authz.Account, linked map[string]authz.TenantKey) map[string]authz.TenantKey {
	taken := map[authz.TenantKey]string{}
	for id, t := range linked {
		taken[t] = id
	}
	tenants := map[string]authz.TenantKey{}
	for _, place := range a.Places {
		id := place.Organization.ID
		key, wanted := c.TenantKey(id)
		if t, is := linked[id]; is {
			key = t
		}
		if other, is := taken[key]; wanted && validKey(string(key)) && (!is || other == id) {
			tenants[id] = key
		}
	}
	return tenants
}

// Compare is what giving wanted to a user who holds has would give and take. What
// waits for a role or tenant has one giver of several, so its giver is not looked at.
func Compare(has, wanted, waiting []authz.Gift) (given, taken []authz.Gift) {
	type spot struct {
		role   authz.RoleKey
		tenant authz.TenantKey
	}
	waits := map[spot]bool{}
	for _, g := range waiting {
		waits[spot{g.Role, g.Tenant}] = true
	}
	set := func(gifts []authz.Gift) map[authz.Gift]authz.Gift {
		out := map[authz.Gift]authz.Gift{}
		for _, g := range gifts {
			k := g
			if waits[spot{g.Role, g.Tenant}] {
				k.By = ""
			}
			out[k] = g
		}
		return out
	}
	lacks := func(a, b map[authz.Gift]authz.Gift) (list []authz.Gift) {
		for _, k := range slices.SortedFunc(maps.Keys(a), authz.Gift.Compare) {
			if _, there := b[k]; !there {
				list = append(list, a[k])
			}
		}
		return list
	}
	h, w := set(has), set(wanted)
	return lacks(w, h), lacks(h, w)
}
