package shadow_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/mirrortest"
)

func ptr[T any](v T) *T { return &v }

const users, things = 60, 20

// furnish gives the environment every way in which it can allow: roles in tenants and on
// instances, one that is derived, and a rule of condition sets.
func furnish(t testing.TB, h mirrortest.House) {
	t.Helper()
	ctx := t.Context()
	_, _, err := h.CreateResource(ctx, env, actor, "folder", directory.ResourceInput{
		Name: ptr("Folder"), Actions: &[]authz.Action{{Key: "open"}},
		Roles: &[]directory.ResourceRoleInput{{Key: "keeper", Name: ptr("Keeper"), Permissions: &[]authz.Permission{{Action: "open"}}}},
	})
	ok(t, err)
	_, _, err = h.CreateResource(ctx, env, actor, "doc", directory.ResourceInput{
		Name: ptr("Doc"), Actions: &[]authz.Action{{Key: "read"}, {Key: "write"}, {Key: "share"}},
		Attributes: &[]authz.ResourceAttribute{{Key: "secret", Type: "bool"}},
		Roles:      &[]directory.ResourceRoleInput{{Key: "owner", Name: ptr("Owner"), Permissions: &[]authz.Permission{{Action: "write"}}}},
	})
	ok(t, err)
	_, _, err = h.CreateRelation(ctx, env, actor, "doc", directory.RelationInput{Key: "parent", Name: "Parent", Subject: "folder"})
	ok(t, err)
	_, _, _, err = h.Derive(ctx, env, actor, "doc", "owner", directory.DerivationInput{Role: "keeper", On: "folder", Through: "parent"})
	ok(t, err)
	for role, action := range map[authz.RoleKey]authz.ActionKey{"viewer": "read", "editor": "write"} {
		_, _, err = h.CreateRole(ctx, env, actor, role, directory.RoleInput{Name: ptr(string(role)), Permissions: &[]authz.Permission{{Resource: "doc", Action: action}}})
		ok(t, err)
	}
	_, _, err = h.CreateConditionSet(ctx, env, actor, "open_docs", directory.SetInput{
		Kind: "resourceset", Resource: "doc", Name: ptr("Open"), Conditions: ptr(`{"allOf":[{"resource.secret":{"equals":false}}]}`),
	})
	ok(t, err)
	_, _, err = h.CreateRule(ctx, env, actor, directory.RuleInput{UserSet: "viewer", IsRole: true, ResourceSet: "open_docs", Resource: "doc", Action: "share"})
	ok(t, err)
	for _, tenant := range []authz.TenantKey{"acme", "beta"} {
		_, _, err = h.CreateTenant(ctx, env, actor, tenant, directory.TenantInput{Name: ptr(string(tenant))})
		ok(t, err)
	}
	var tuples []directory.TupleInput
	for i := range things {
		tenant := authz.Ident([]string{"acme", "beta"}[i%2])
		_, _, err = h.CreateInstance(ctx, env, actor, directory.InstanceInput{Key: fmt.Sprint(i), Resource: "doc", Tenant: tenant, Attributes: authz.Attributes{"secret": i%3 == 0}})
		ok(t, err)
		_, _, err = h.CreateInstance(ctx, env, actor, directory.InstanceInput{Key: fmt.Sprint(i), Resource: "folder", Tenant: tenant})
		ok(t, err)
		tuples = append(tuples, directory.TupleInput{Subject: authz.Ident(fmt.Sprint("folder:", i)), Relation: "parent", Object: authz.Ident(fmt.Sprint("doc:", i))})
	}
	_, err = h.CreateTuples(ctx, env, actor, tuples)
	ok(t, err)
	var people []directory.NewUser
	var held []directory.Grant
	tenants := []authz.Ident{"acme", "beta"}
	for i := range users {
		key := fmt.Sprint("user-", i)
		people = append(people, directory.NewUser{Key: authz.UserKey(key), UserInput: directory.UserInput{
			Roles: []directory.RoleInTenant{{Role: []authz.Ident{"viewer", "editor"}[i%2], Tenant: tenants[i/2%2]}}, Attributes: &authz.Attributes{"level": json.Number(fmt.Sprint(i))},
		}})
		folder, doc := i%things, (i+7)%things
		held = append(held,
			directory.Grant{User: authz.Ident(key), RoleInTenant: directory.RoleInTenant{Role: "keeper", Instance: authz.Ident(fmt.Sprint("folder:", folder)), Tenant: tenants[folder%2]}},
			directory.Grant{User: authz.Ident(key), RoleInTenant: directory.RoleInTenant{Role: "owner", Instance: authz.Ident(fmt.Sprint("doc:", doc)), Tenant: tenants[doc%2]}})
	}
	_, err = h.CreateUsers(ctx, env, actor, people)
	ok(t, err)
	_, _, err = h.AssignMany(ctx, env, actor, held, directory.MissingFails)
	ok(t, err)
}

// askAnything asks what may be allowed in any way, or not at all.
func (p *pair) askAnything(random *rand.Rand) {
	i, n := random.IntN(users+3), random.IntN(things+2)
	tenant := []string{"acme", "beta", []string{"acme", "beta"}[n%2]}[random.IntN(3)]
	instance := fmt.Sprint(n)
	switch random.IntN(6) {
	case 0:
		p.ask(fmt.Sprint("user-", i), "open", "folder", instance, tenant)
	case 1: // the folder's keeper owns the doc
		p.ask(fmt.Sprint("user-", n), "write", "doc", instance, []string{"acme", "beta"}[n%2])
	case 2:
		p.ask(fmt.Sprint("user-", i), []string{"read", "write", "share", "burn"}[random.IntN(4)], "doc", "", tenant)
	case 3: // and somebody the doc itself
		p.ask(fmt.Sprint("user-", n), "write", "doc", fmt.Sprint((n+7)%things), []string{"acme", "beta"}[(n+7)%things%2])
	default:
		p.ask(fmt.Sprint("user-", i), []string{"read", "write", "share"}[random.IntN(3)], "doc", instance, tenant)
	}
}
