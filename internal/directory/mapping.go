package directory

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"unicode"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// Mapping says what sources' organizations and roles are in an environment.
func (d *Directory) Mapping(ctx context.Context, env authz.EnvID) (m authz.Mapping, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		m, err = l.SourceMapping(ctx)
		return err
	})
	return m, err
}

// ReplaceMapping makes m the mapping of an environment; one that is so already
// makes no commit. What follows from it is for a sweep to find. It returns Invalid
// for a mapping that cannot be meant.
func (d *Directory) ReplaceMapping(ctx context.Context, env authz.EnvID, actor string, m authz.Mapping) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		is, err := v.SourceMapping(ctx)
		if err != nil || reflect.DeepEqual(is, m) {
			return nil, err
		}
		if err := refuseMapping(ctx, v, m); err != nil {
			return nil, err
		}
		return []authz.Change{authz.PutSourceMapping{Mapping: m}}, nil
	})
}

// mostMapped bounds each list of a mapping.
const mostMapped = 10_000

// checkSourceMapping holds the rules about a mapping: names are text, keys are
// keys, and no two organizations are one tenant.
func checkSourceMapping(m authz.Mapping) error {
	for field, n := range map[string]int{
		"only_organizations": len(m.OnlyOrganizations), "tenants": len(m.TenantKeys),
		"organization_roles": len(m.OrganizationRoles), "global_roles": len(m.GlobalRoles),
	} {
		if n > mostMapped {
			return authz.InvalidField(field, "%s has more than %d entries", field, mostMapped)
		}
	}
	for _, id := range m.OnlyOrganizations {
		if err := checkName("only_organizations", id); err != nil {
			return err
		}
	}
	taken := map[authz.TenantKey]string{}
	for _, id := range slices.Sorted(maps.Keys(m.TenantKeys)) {
		key := m.TenantKeys[id]
		if other, twice := taken[key]; twice {
			return authz.InvalidField("tenants", "organizations %q and %q cannot both be tenant %q", other, id, key)
		}
		taken[key] = id
		if err := firstOf(checkName("tenants", id), checkKey("tenants", "tenant", string(key), anyKey)); err != nil {
			return err
		}
	}
	if m.GlobalTenant != "" {
		if err := checkKey("global_tenant", "tenant", string(m.GlobalTenant), anyKey); err != nil {
			return err
		}
	}
	_, err := mapping.Compile(m)
	return firstOf(checkRoleNames("organization_roles", m.OrganizationRoles), checkRoleNames("global_roles", m.GlobalRoles), err)
}

// refuseMapping refuses what cannot be meant, by itself and then here.
func refuseMapping(ctx context.Context, v View, m authz.Mapping) error {
	if err := checkSourceMapping(m); err != nil {
		return err
	}
	return checkRuleTargets(ctx, v, m)
}

// checkRuleTargets refuses rules that name roles and tenants that are not here. A
// tenant may be that of an organization still to come.
func checkRuleTargets(ctx context.Context, v View, m authz.Mapping) error {
	coming := slices.Collect(maps.Values(m.TenantKeys))
	for i, r := range m.Rules {
		for _, key := range r.Roles {
			if role, found, err := v.Role(ctx, authz.Ident(key)); err != nil || !found || role.Key != key {
				at := fmt.Sprintf("rules[%d].roles", i)
				return orInvalid(err, at, "%s: there is no role %q; create it first", at, key)
			}
		}
		for _, key := range r.Tenants {
			if tenant, found, err := v.Tenant(ctx, authz.Ident(key)); !slices.Contains(coming, key) && (err != nil || !found || tenant.Key != key) {
				at := fmt.Sprintf("rules[%d].tenants", i)
				return orInvalid(err, at, "%s: there is no tenant %q; create it first, or map an organization to it in tenants", at, key)
			}
		}
	}
	return nil
}

// orInvalid is err, or that the field is at fault.
func orInvalid(err error, field, format string, args ...any) error {
	if err != nil {
		return err
	}
	return authz.InvalidField(field, format, args...)
}

func checkRoleNames(field string, roles map[string]authz.RoleKey) error {
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		if err := checkName(field, name); err != nil {
			return err
		}
		if key := roles[name]; key != "" {
			if err := checkKey(field, "role", string(key), anyKey); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkName refuses what no source calls anything.
func checkName(field, name string) error {
	if name == "" || len(name) > maxKey || slices.ContainsFunc([]rune(name), unicode.IsControl) {
		return authz.InvalidField(field, "%s has a name that is empty, longer than %d bytes or not text", field, maxKey)
	}
	return nil
}
