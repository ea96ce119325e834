package directory

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// Images returns the tenants that are organizations of a source, and the source's
// ids of these.
func (d *Directory) Images(ctx context.Context, env authz.EnvID, source string) (map[authz.TenantKey]string, error) {
	const some = 500
	images := map[authz.TenantKey]string{}
	err := d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		for after := authz.TenantKey(""); ; {
			tenants, err := l.TenantsOf(ctx, source, after, some)
			for _, t := range tenants {
				images[t.Key], after = t.Origin.ID, t.Key
			}
			if err != nil || len(tenants) < some {
				return err
			}
		}
	})
	return images, err
}

// Compare says in what the user differs from the account, which must be placed if
// it exists.
func (d *Directory) Compare(ctx context.Context, env authz.EnvID, a authz.Account) (c authz.Comparison, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		users, err := l.AllUsers(ctx, []authz.UserKey{a.Key})
		if err != nil || len(users) == 0 {
			return err
		}
		c.Here = true
		if !a.Exists {
			return nil
		}
		m, err := d.compiled(ctx, l, env)
		if err != nil {
			return err
		}
		a, _ := m.Account(a)
		c.Fields = fieldsThatDiffer(users[0], overAccount(users[0], a))
		places, err := placesThatDiffer(ctx, l, m, a)
		c.Fields = append(c.Fields, places...)
		return err
	})
	return c, err
}

// fieldsThatDiffer names what is not the same of two states of a user.
func fieldsThatDiffer(is, wanted authz.User) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"suspended", is.Suspended == wanted.Suspended},
		{"email", is.Email == wanted.Email},
		{"first_name", is.FirstName == wanted.FirstName},
		{"last_name", is.LastName == wanted.LastName},
		{"source", is.Source == wanted.Source},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(wanted.Attributes)) {
		if was, there := is.Attributes[key]; !there || !reflect.DeepEqual(was, wanted.Attributes[key]) {
			fields = append(fields, "attribute "+key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(is.Attributes)) {
		if _, stays := wanted.Attributes[key]; !stays {
			fields = append(fields, "attribute "+key)
		}
	}
	return fields
}

// placesThatDiffer names the memberships and roles that the account amounts to and
// the user has not, or the other way round.
func placesThatDiffer(ctx context.Context, v View, m *mapping.Compiled, a authz.Account) (fields []string, err error) {
	tenants := map[string]authz.TenantKey{}
	for _, place := range a.Places {
		t, linked, err := v.TenantOf(ctx, place.Organization.Origin)
		if err != nil {
			return nil, err
		}
		if _, wanted := m.TenantKey(place.Organization.ID); linked {
			tenants[place.Organization.ID] = t.Key
		} else if wanted {
			fields = append(fields, "tenant of organization "+place.Organization.ID)
		}
	}
	users := []authz.UserKey{a.Key}
	given, err := givenTo(ctx, v, a.Source, users)
	if err != nil {
		return nil, err
	}
	gifts, _ := m.Gifts(a, tenants)
	lacking, more := mapping.Compare(given[a.Key], gifts)
	for _, g := range more {
		fields = append(fields, giftText(g)+", which it has not there")
	}
	for _, g := range lacking {
		fields = append(fields, giftText(g)+", which it has there")
	}
	return fields, nil
}

func giftText(g authz.Gift) string {
	if g.Role == "" {
		return fmt.Sprintf("membership of %s", g.Tenant)
	}
	return fmt.Sprintf("role %s in %s", g.Role, g.Tenant)
}

// waitingFor is what of the source's facts waits for a role or tenant, by user.
func waitingFor(ctx context.Context, v View, source string, users []authz.UserKey) (map[authz.UserKey][]authz.Gift, error) {
	pending, err := v.Pending(ctx, PendingFilter{Users: users})
	waiting := map[authz.UserKey][]authz.Gift{}
	for _, w := range pending {
		for _, by := range w.GivenBy {
			if authz.Mirrors(source, by) {
				waiting[w.User] = append(waiting[w.User], authz.Gift{Role: w.Role, Tenant: w.Tenant, By: by})
			}
		}
	}
	return waiting, err
}
