package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Failure is an expression that could not be evaluated for somebody. It gave
// nothing.
type Failure struct {
	Name string // "rule staff", "attribute plan"
	Why  string
}

// Gifts is what an account amounts to; tenants are those of its organizations, by
// their ids. Each gift is there once.
func (c *Compiled) Gifts(a authz.Account, tenants map[string]authz.TenantKey) (gifts []authz.Gift, failed []Failure) {
	var in []authz.TenantKey
	for _, place := range a.Places {
		if t, ok := tenants[place.Organization.ID]; ok {
			in = append(in, t)
			gifts = append(gifts, c.InOrganization(a.Source, t, place.Roles)...)
		}
	}
	if a.Placed {
		gifts = append(gifts, c.Everywhere(a.Source, a.Roles, in)...)
	}
	ruled, failed := c.Ruled(a, tenants)
	return append(gifts, ruled...), failed
}

// Owns reports whether what the giver has given an account's user follows from the
// account: from one that is not placed, only rules follow that look at no more than
// the user, and that rules gave which are gone.
func (c *Compiled) Owns(a authz.Account, by authz.Giver) bool {
	if !authz.Mirrors(a.Source, by) {
		return false
	}
	name, is := authz.RuleOf(a.Source, by)
	if a.Placed || !is {
		return a.Placed
	}
	i := slices.IndexFunc(c.rules, func(r rule) bool { return r.Name == name })
	return i < 0 || !c.rules[i].placed
}

// Ruled is what rules give an account, each gift once.
func (c *Compiled) Ruled(a authz.Account, tenants map[string]authz.TenantKey) (gifts []authz.Gift, failed []Failure) {
	if len(c.rules) == 0 || a.Facts == nil {
		return nil, nil
	}
	given := map[authz.Gift]struct{}{}
	vars := variables(a)
	organizations, _ := vars["organizations"].([]any)
	for _, r := range c.rules {
		switch {
		case r.placed && !a.Placed:
		case !r.EachOrganization:
			failed = r.apply(a.Source, vars, "", given, failed)
		default:
			for i, place := range a.Places {
				tenant, is := tenants[place.Organization.ID]
				if !is && r.OwnTenants() {
					continue
				}
				vars["organization"] = organizations[i]
				failed = r.apply(a.Source, vars, tenant, given, failed)
			}
			delete(vars, "organization")
		}
	}
	return slices.SortedFunc(maps.Keys(given), authz.Gift.Compare), failed
}

// apply adds what one rule gives for one organization, or for the user; own is the
// organization's tenant.
func (r rule) apply(source string, vars map[string]any, own authz.TenantKey, given map[authz.Gift]struct{}, failed []Failure) []Failure {
	fail := func(err error) []Failure {
		if n := len(failed); n > 0 && failed[n-1].Name == "rule "+r.Name {
			return failed // of another organization
		}
		return append(failed, Failure{Name: "rule " + r.Name, Why: err.Error()})
	}
	holds, err := r.condition.evaluate(vars)
	if err != nil {
		return fail(err)
	}
	switch holds {
	case types.True:
	case types.False:
		return failed
	default:
		return fail(fmt.Errorf("the condition is %s and not true or false", holds.Type()))
	}
	tenants := r.Tenants
	switch {
	case r.tenants != nil:
		if tenants, err = r.tenants.keys(vars); err != nil {
			return fail(err)
		}
	case r.OwnTenants():
		tenants = []authz.TenantKey{own}
	}
	for _, tenant := range tenants {
		for _, role := range r.Roles {
			given[authz.Gift{Role: role, Tenant: tenant, By: authz.ByMappingRule(source, r.Name)}] = struct{}{}
		}
	}
	return failed
}

// evaluate evaluates the expression.
func (x *expression) evaluate(vars map[string]any) (ref.Val, error) {
	if x.err != nil {
		return nil, x.err
	}
	v, _, err := x.program.Eval(vars)
	return v, err
}

// keys are the keys of tenants that the expression names.
func (x *expression) keys(vars map[string]any) ([]authz.TenantKey, error) {
	v, err := x.evaluate(vars)
	if err != nil {
		return nil, err
	}
	texts := []any{v.Value()}
	if v.Type() == types.ListType {
		texts, err = plainList(v, maxPlaces)
	}
	if err != nil {
		return nil, err
	}
	var keys []authz.TenantKey
	for _, t := range texts {
		text, ok := t.(string)
		if !ok || !validKey(text) {
			return nil, fmt.Errorf("the tenant %.80q is not a key", fmt.Sprint(t))
		}
		keys = append(keys, authz.TenantKey(text))
	}
	return keys, nil
}

// variables are what rules see of an account.
func variables(a authz.Account) map[string]any {
	user := maps.Clone(map[string]any(a.Facts))
	if a.Placed {
		user["roles"] = texts(a.Roles)
	}
	organizations := make([]any, len(a.Places))
	for i, place := range a.Places {
		o := maps.Clone(map[string]any(place.Organization.Facts))
		if o == nil {
			o = map[string]any{}
		}
		o["roles"] = texts(place.Roles)
		organizations[i] = o
	}
	application := map[string]any(a.Application)
	if application == nil {
		application = map[string]any{}
	}
	return map[string]any{"user": user, "organizations": organizations, "application": application}
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
