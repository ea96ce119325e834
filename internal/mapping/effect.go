package mapping

import (
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

// Compare is what giving wanted to a user who holds has would give and take.
func Compare(has, wanted []authz.Gift) (given, taken []authz.Gift) {
	lacks := func(a, b []authz.Gift) (list []authz.Gift) {
		there := map[authz.Gift]bool{}
		for _, g := range b {
			there[g] = true
		}
		for _, g := range slices.SortedFunc(slices.Values(a), authz.Gift.Compare) {
			if !there[g] {
				list = append(list, g)
				there[g] = true
			}
		}
		return list
	}
	return lacks(wanted, has), lacks(has, wanted)
}
