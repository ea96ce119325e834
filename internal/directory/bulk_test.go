package directory_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// everything is all that bulk writes can change, whole, at one revision.
type everything struct {
	Revision    authz.Revision
	Users       []directory.Held
	Tenants     []authz.Tenant
	Instances   []directory.NamedInstance
	Tuples      []directory.NamedTuple
	Assignments []directory.NamedAssignment
	Roles       []authz.Role
	Resources   []authz.Resource
}

func (h house) everything(t fataler) everything {
	all := directory.Page{Limit: 10_000}
	var e everything
	var errs [8]error
	e.Users, _, errs[0] = h.Users(h.t.Context(), env, directory.UserFilter{}, all)
	e.Tenants, _, errs[1] = h.Tenants(h.t.Context(), env, directory.TextFilter{}, all)
	e.Instances, _, errs[2] = h.Instances(h.t.Context(), env, directory.InstanceQuery{}, all)
	e.Tuples, _, errs[3] = h.Tuples(h.t.Context(), env, directory.TupleQuery{}, all)
	e.Assignments, _, errs[4] = h.Assignments(h.t.Context(), env, directory.AssignmentQuery{}, all)
	e.Revision, errs[5] = h.CreateUsers(h.t.Context(), env, actor, nil) // nothing, so it is the present one
	e.Roles, _, errs[6] = h.Roles(h.t.Context(), env, directory.TextFilter{}, all)
	e.Resources, _, errs[7] = h.Resources(h.t.Context(), env, directory.ResourceFilter{BuiltIn: true}, all)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return e
}

type fataler interface{ Fatal(args ...any) }

// foldered is a furnished house with folders, and docs that have a folder.
func foldered(t testing.TB) house {
	t.Helper()
	h := furnished(t)
	_, _, err := h.CreateResource(t.Context(), env, actor, "folder", directory.ResourceInput{})
	ok(t, err)
	_, _, err = h.CreateRelation(t.Context(), env, actor, "doc", directory.RelationInput{Key: "parent", Subject: "folder"})
	ok(t, err)
	return h
}

// bulks are the bulk writes with good elements made of numbers, any of which may
// be there already, and a bad one last.
var bulks = map[string]func(h house, ctx context.Context, good []int) error{
	"create tenants": func(h house, ctx context.Context, good []int) error {
		_, err := h.CreateTenants(ctx, env, actor, append(numbered(good, func(n string) directory.NewTenant {
			return directory.NewTenant{Key: authz.TenantKey("new" + n)}
		}), directory.NewTenant{Key: "acme"}))
		return err
	},
	"delete tenants": func(h house, ctx context.Context, good []int) error {
		_, err := h.DeleteTenants(ctx, env, actor, append(numbered(good, ident("t")), "nowhere"))
		return err
	},
	"create users": func(h house, ctx context.Context, good []int) error {
		_, err := h.CreateUsers(ctx, env, actor, append(numbered(good, func(n string) directory.NewUser {
			return directory.NewUser{Key: authz.UserKey("new" + n)}
		}), directory.NewUser{Key: "dan", UserInput: directory.UserInput{Email: ptr("nobody")}}))
		return err
	},
	"sync users": func(h house, ctx context.Context, good []int) error {
		_, err := h.SyncUsers(ctx, env, actor, append(numbered(good, func(n string) directory.NewUser {
			return directory.NewUser{Key: authz.UserKey("u" + n), UserInput: directory.UserInput{FirstName: ptr("New")}}
		}), directory.NewUser{Key: "dan", UserInput: directory.UserInput{Roles: []directory.RoleInTenant{{Role: "nothing", Tenant: "acme"}}}}))
		return err
	},
	"delete users": func(h house, ctx context.Context, good []int) error {
		_, err := h.DeleteUsers(ctx, env, actor, append(numbered(good, ident("u")), "nobody"))
		return err
	},
	"assign": func(h house, ctx context.Context, good []int) error {
		_, _, err := h.AssignMany(ctx, env, actor, append(grants(good), directory.Grant{User: "ann", RoleInTenant: directory.RoleInTenant{Role: "nothing", Tenant: "acme"}}), directory.MissingCreated)
		return err
	},
	"unassign": func(h house, ctx context.Context, good []int) error {
		_, _, err := h.UnassignMany(ctx, env, actor, append(grants(good), directory.Grant{User: "ann", RoleInTenant: directory.RoleInTenant{Role: "nothing", Tenant: "acme"}}))
		return err
	},
	"sync roles": func(h house, ctx context.Context, good []int) error {
		_, _, _, err := h.SyncRoles(ctx, env, actor, append(syncedRoles(good), directory.SyncedRole{Key: "bad", Tenant: directory.RoleInput{Permissions: permissions("doc", "fly")}}))
		return err
	},
	"create tuples": func(h house, ctx context.Context, good []int) error {
		_, err := h.CreateTuples(ctx, env, actor, append(tuples(good), directory.TupleInput{Subject: "doc:0", Relation: "parent", Object: "doc:1", Tenant: "acme"}))
		return err
	},
	"delete tuples": func(h house, ctx context.Context, good []int) error {
		_, err := h.DeleteTuples(ctx, env, actor, append(tuples(good), directory.TupleInput{Subject: "folder:top", Relation: "parent", Object: "doc:none"}))
		return err
	},
	"sync instances": func(h house, ctx context.Context, good []int) error {
		_, err := h.SyncInstances(ctx, env, actor, append(instances(good), directory.InstanceInput{Key: "0", Resource: "doc", Tenant: "default"}))
		return err
	},
	"delete instances": func(h house, ctx context.Context, good []int) error {
		_, err := h.DeleteInstances(ctx, env, actor, append(numbered(good, ident("doc:")), "doc:none"))
		return err
	},
}

func numbered[T any](list []int, one func(n string) T) []T {
	var out []T
	for _, n := range list {
		out = append(out, one(fmt.Sprint(n)))
	}
	return out
}

func ident(before string) func(n string) authz.Ident {
	return func(n string) authz.Ident { return authz.Ident(before + n) }
}

func grants(list []int) []directory.Grant {
	return numbered(list, func(n string) directory.Grant {
		return directory.Grant{User: authz.Ident("u" + n), RoleInTenant: directory.RoleInTenant{Role: "viewer", Tenant: "acme"}}
	})
}

// syncedRoles are as many roles of tenants, which extend viewer, as of doc.
func syncedRoles(list []int) []directory.SyncedRole {
	return append(numbered(list, func(n string) directory.SyncedRole {
		return directory.SyncedRole{Key: authz.RoleKey("r" + n), Tenant: directory.RoleInput{Name: ptr("R"), Permissions: permissions("doc", "read"), Extends: ptr([]authz.Ident{"viewer"})}}
	}), numbered(list, func(n string) directory.SyncedRole {
		return directory.SyncedRole{Key: authz.RoleKey("r" + n), On: "doc", Part: directory.ResourceRoleInput{Name: ptr("R"), Permissions: permissions("", "read")}}
	})...)
}

func tuples(list []int) []directory.TupleInput {
	return numbered(list, func(n string) directory.TupleInput {
		return directory.TupleInput{Subject: "folder:top", Relation: "parent", Object: authz.Ident("doc:" + n), Tenant: "acme"}
	})
}

func instances(list []int) []directory.InstanceInput {
	return numbered(list, func(n string) directory.InstanceInput {
		return directory.InstanceInput{Key: n, Resource: "doc", Tenant: "acme", Attributes: authz.Attributes{"n": n}}
	})
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// TestAFailedBulkChangesNothing: however many elements are good and whatever was
// there, the last one takes the whole write with it.
func TestAFailedBulkChangesNothing(t *testing.T) {
	t.Parallel()
	h := foldered(t)
	there := upTo(6)
	_, err := h.CreateTenants(t.Context(), env, actor, numbered(there, func(n string) directory.NewTenant {
		return directory.NewTenant{Key: authz.TenantKey("t" + n)}
	}))
	ok(t, err)
	_, _, err = h.AssignMany(t.Context(), env, actor, grants(there), directory.MissingCreated)
	ok(t, err)
	_, err = h.CreateTuples(t.Context(), env, actor, tuples(there))
	ok(t, err)
	before := h.everything(t)
	if len(before.Users) != 7 || len(before.Tenants) != 8 || len(before.Instances) != 7 || len(before.Tuples) != 6 || len(before.Assignments) != 6 {
		t.Fatalf("the house is not furnished: %+v", before)
	}
	names := slices.Sorted(maps.Keys(bulks))
	rapid.Check(t, func(r *rapid.T) {
		write := bulks[rapid.SampledFrom(names).Draw(r, "write")]
		good := rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 0, 6, rapid.ID).Draw(r, "good")
		err := write(h, t.Context(), good)
		at, is := errors.AsType[*directory.ElementError](err)
		if !is || at.Index < len(good) || authz.KindOf(err) == authz.Internal {
			r.Fatalf("got %v, want what is wrong with the last element", err)
		}
		if diff := cmp.Diff(before, h.everything(r)); diff != "" {
			r.Fatal("(-before +after)\n", diff)
		}
	})
}

// TestABulkIsItsElementsInTurn, in one commit: the same key twice, a user that the
// write itself makes, an instance that two elements name.
func TestABulkIsItsElementsInTurn(t *testing.T) {
	t.Parallel()
	h := foldered(t)
	_, err := h.CreateUsers(t.Context(), env, actor, []directory.NewUser{{Key: "bob"}, {Key: "cat"}, {Key: "bob"}})
	at, is := errors.AsType[*directory.ElementError](err)
	if !is || at.Index != 2 || authz.KindOf(err) != authz.Conflict {
		t.Errorf("got %v, want a conflict at 2", err)
	}
	before := h.snapshot().Revision()
	_, err = h.SyncUsers(t.Context(), env, actor, []directory.NewUser{
		{Key: "bob", UserInput: directory.UserInput{FirstName: ptr("B"), Roles: []directory.RoleInTenant{{Role: "viewer", Tenant: "acme"}}}},
		{Key: "bob", UserInput: directory.UserInput{FirstName: ptr("Bob")}},
	})
	ok(t, err)
	same(t, directory.Held{
		User:        authz.User{Key: "bob", FirstName: "Bob"},
		Assignments: []authz.Assignment{{User: "bob", Role: "viewer", Tenant: "acme", GivenBy: []authz.Giver{authz.ByAPI}}},
	}, h.held("bob"))
	id := h.held("bob").User.ID
	n, _, err := h.AssignMany(t.Context(), env, actor, []directory.Grant{
		{User: "bob", RoleInTenant: directory.RoleInTenant{Role: "viewer", Tenant: "acme"}},
		{User: dashed(id), RoleInTenant: directory.RoleInTenant{Role: "editor", Tenant: "acme"}},
		{User: "bob", RoleInTenant: directory.RoleInTenant{Role: "editor", Tenant: "acme"}},
		{User: "eve", RoleInTenant: directory.RoleInTenant{Role: "editor", Tenant: "acme"}},
		{User: "eve", RoleInTenant: directory.RoleInTenant{Role: "viewer", Tenant: "acme"}},
	}, directory.MissingCreated)
	if err != nil || n != 3 {
		t.Errorf("got %d assignments and %v, want 3", n, err)
	}
	if got := h.snapshot().Revision(); got != before+2 {
		t.Errorf("got revision %d, want two after %d", got, before)
	}
	if !h.may("eve", "write", "acme") || !h.may("bob", "write", "acme") {
		t.Error("the engine does not know what was given")
	}
	eve := directory.Grant{User: "eve", RoleInTenant: directory.RoleInTenant{Role: "editor", Tenant: "acme"}}
	n, _, err = h.UnassignMany(t.Context(), env, actor, []directory.Grant{eve, eve})
	if err != nil || n != 1 || h.may("eve", "write", "acme") {
		t.Errorf("got %d assignments taken and %v, want one", n, err)
	}
	_, err = h.DeleteUsers(t.Context(), env, actor, []authz.Ident{"bob", dashed(id)})
	refused(t, err, authz.NotFound, "")
}

// TestThousandsAreWrittenInOneCall, as many as Permit takes, in a time that grows
// with their number and no faster.
func TestThousandsAreWrittenInOneCall(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	before := h.snapshot().Revision()
	start := time.Now()
	_, err := h.CreateUsers(t.Context(), env, actor, numbered(upTo(3000), func(n string) directory.NewUser {
		return directory.NewUser{Key: authz.UserKey("u" + n)}
	}))
	ok(t, err)
	made := time.Now()
	n, rev, err := h.AssignMany(t.Context(), env, actor, grants(upTo(2000)), directory.MissingFails)
	ok(t, err)
	t.Logf("3000 users in %v, 2000 assignments in %v", made.Sub(start), time.Since(made))
	if n != 2000 || rev != before+2 || !h.may("u1999", "read", "acme") || h.may("u2000", "read", "acme") {
		t.Errorf("got %d assignments at revision %d, want 2000 at %d, and the engine to know them", n, rev, before+2)
	}
}

// TestRolesInBulkNameOneAnother in any order, and each is put once.
func TestRolesInBulkNameOneAnother(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	_, err := h.Reflect(t.Context(), env, authz.Account{Source: "logto", Key: "bob", Exists: true}, authz.Onboarding{Role: "late", Tenant: "acme"})
	ok(t, err)
	list := []directory.SyncedRole{
		{Key: "late", Tenant: directory.RoleInput{Extends: ptr([]authz.Ident{"later"})}},
		{Key: "later", Tenant: directory.RoleInput{Permissions: permissions("doc", "write")}},
		{Key: "viewer", Tenant: directory.RoleInput{Name: ptr("Once")}},
		{Key: "viewer", Tenant: directory.RoleInput{Name: ptr("Twice")}},
	}
	made, replaced, rev, err := h.SyncRoles(t.Context(), env, actor, list)
	ok(t, err)
	same(t, []authz.RoleKey{"late", "later"}, made)
	same(t, []authz.RoleKey{"viewer"}, replaced)
	if !h.may("bob", "write", "acme") {
		t.Error("who waited for the role does not have it")
	}
	viewer, err := h.Role(t.Context(), env, "viewer")
	ok(t, err)
	same(t, authz.Role{Key: "viewer", Name: "Twice"}, viewer)
	commits, err := h.store.Since(t.Context(), env, rev-1)
	ok(t, err)
	if len(commits) != 1 || len(commits[0].Changes) != 5 {
		t.Errorf("got %+v, want three roles, one assignment and one that waits no more", commits)
	}
	before := h.everything(t)
	_, _, _, err = h.SyncRoles(t.Context(), env, actor, list)
	ok(t, err)
	after := h.everything(t)
	same(t, before.Roles, after.Roles)
	for i := range before.Roles {
		if before.Roles[i].ID != after.Roles[i].ID || !before.Roles[i].CreatedAt.Equal(after.Roles[i].CreatedAt) {
			t.Errorf("%s has another id or age", before.Roles[i].Key)
		}
	}
}

// TestThousandsOfRolesAreWrittenInOneCall, as many as Permit takes, half of them of
// one resource: more than a condition of SQLite has room for.
func TestThousandsOfRolesAreWrittenInOneCall(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	list := syncedRoles(upTo(1000))
	start := time.Now()
	made, _, _, err := h.SyncRoles(t.Context(), env, actor, list)
	ok(t, err)
	t.Logf("2000 roles in %v", time.Since(start))
	if len(made) != 2000 {
		t.Errorf("got %d roles, want 2000", len(made))
	}
}
