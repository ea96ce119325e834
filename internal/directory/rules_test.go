package directory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// related is furnished with folder (read) above doc through parent: the editor of
// a folder derives the role editor, which may write, on the docs in it.
func related(t *testing.T) house {
	t.Helper()
	h := furnished(t)
	ctx := t.Context()
	_, _, err := h.CreateResource(ctx, env, actor, "folder", directory.ResourceInput{
		Actions: actions("read"), Roles: &[]directory.ResourceRoleInput{{Key: "editor", Permissions: &[]authz.Permission{{Action: "read"}}}},
	})
	ok(t, err)
	_, _, err = h.UpdateResource(ctx, env, actor, "doc", directory.ResourceInput{
		Relations: &[]directory.RelationInput{{Key: "parent", Subject: "folder"}},
		Roles: &[]directory.ResourceRoleInput{
			{
				Key: "editor", Permissions: permissions("doc", "write"), Extends: &[]authz.Ident{"viewer"},
				Derivations: &[]directory.DerivationInput{{Role: "editor", On: "folder", Through: "parent"}},
			},
			{Key: "viewer", Permissions: permissions("doc", "read")},
		},
	})
	ok(t, err)
	return h
}

func (h house) tuple(subject, object authz.Ident) error {
	_, _, err := h.CreateTuple(h.t.Context(), env, actor, directory.TupleInput{Subject: subject, Relation: "parent", Object: object, Tenant: "acme"})
	return err
}

func (h house) assignOn(user, role, instance authz.Ident) error {
	_, _, err := h.Assign(h.t.Context(), env, actor, user, directory.RoleInTenant{Role: role, Instance: instance, Tenant: "acme"})
	return err
}

func (h house) mayOn(user authz.UserKey, action authz.ActionKey, key string) bool {
	h.t.Helper()
	return h.snapshot().Decide(authz.Query{User: user, Action: action, Resource: "doc", Instance: key, Tenant: "acme"}).Allow
}

// resource is a resource as it is kept.
func (h house) resource(id authz.Ident) authz.Resource {
	h.t.Helper()
	r, err := h.Resource(h.t.Context(), env, id)
	ok(h.t, err)
	return r
}

func TestWhatAResourceLosesIsTakenFromWhateverNamesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose  func(h house) error
		check func(t *testing.T, h house)
	}{
		"an action": {
			func(h house) error { _, err := h.DeleteAction(t.Context(), env, actor, "doc", "write"); return err },
			func(t *testing.T, h house) {
				if r, _ := directory.ResourceRoleOf(h.resource("doc"), "editor"); len(r.Actions) > 0 {
					t.Errorf("the role has %v still", r.Actions)
				}
				if rules, err := h.Rules(t.Context(), env, directory.RuleFilter{}, directory.Page{Limit: 9}); err != nil || len(rules) != 1 {
					t.Errorf("got the rules %v (%v), want the one of read", rules, err)
				}
			},
		},
		"a role it extends": {
			func(h house) error {
				_, err := h.DeleteResourceRole(t.Context(), env, actor, "doc", "viewer")
				return err
			},
			func(t *testing.T, h house) {
				if r, _ := directory.ResourceRoleOf(h.resource("doc"), "editor"); len(r.Extends) > 0 || len(r.Derivations) != 1 {
					t.Errorf("got %+v, want no parent and the derivation", r)
				}
			},
		},
		"a role of another resource": {
			func(h house) error {
				_, err := h.DeleteResourceRole(t.Context(), env, actor, "folder", "editor")
				return err
			},
			func(t *testing.T, h house) {
				if r, _ := directory.ResourceRoleOf(h.resource("doc"), "editor"); len(r.Derivations) > 0 {
					t.Errorf("the role is derived from %v still", r.Derivations)
				}
			},
		},
		"a relation": {
			func(h house) error { _, err := h.DeleteRelation(t.Context(), env, actor, "doc", "parent"); return err },
			func(t *testing.T, h house) {
				_, n, err := h.Tuples(t.Context(), env, directory.TupleQuery{}, directory.Page{Limit: 9})
				if r, _ := directory.ResourceRoleOf(h.resource("doc"), "editor"); len(r.Derivations) > 0 || n > 0 || err != nil {
					t.Errorf("got %v and %d tuples (%v), want none", r.Derivations, n, err)
				}
			},
		},
		"the other resource": {
			func(h house) error { _, err := h.DeleteResource(t.Context(), env, actor, "folder"); return err },
			func(t *testing.T, h house) {
				if r := h.resource("doc"); len(r.Relations) > 0 || len(r.Roles[0].Derivations) > 0 {
					t.Errorf("got %+v, want neither relation nor derivation", r)
				}
			},
		},
		// Dropping several sets and rules in the commit that wrote to them once
		// went out of range in the engine.
		"an attribute": {
			func(h house) error { _, err := h.DeleteAttribute(t.Context(), env, actor, "doc", "tier"); return err },
			func(t *testing.T, h house) {
				_, n, err := h.ConditionSets(t.Context(), env, directory.SetFilter{}, directory.Page{Limit: 9})
				rules, _ := h.Rules(t.Context(), env, directory.RuleFilter{}, directory.Page{Limit: 9})
				if err != nil || n != 0 || len(rules) != 0 {
					t.Errorf("got %d sets and %v (%v), want none, the set below neither", n, rules, err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := related(t)
			h.t = t
			ok(t, h.assignOn("ann", "editor", "folder:f"))
			ok(t, h.tuple("folder:f", "doc:d"))
			h.ruled()
			if !h.mayOn("ann", "write", "d") || !h.mayOn("ann", "read", "d") {
				t.Fatal("ann may not work on the document in her folder")
			}
			ok(t, c.lose(h))
			if h.mayOn("ann", "write", "d") && name != "a role it extends" && name != "an attribute" {
				t.Error("ann may write still")
			}
			c.check(t, h)
		})
	}
}

// ruled declares doc.tier and makes rules on the set gold and the one below it.
func (h house) ruled() {
	h.t.Helper()
	ctx := h.t.Context()
	_, _, err := h.CreateAttribute(ctx, env, actor, "doc", directory.AttributeInput{Key: "tier", Type: ptr("string")})
	ok(h.t, err)
	_, _, err = h.CreateConditionSet(ctx, env, actor, "gold", directory.SetInput{
		Kind: authz.ResourceSet, Resource: "doc", Name: ptr("Gold"), Conditions: ptr(`{"anyOf": [{"resource.tier": {"equals": "gold"}}]}`),
	})
	ok(h.t, err)
	_, _, err = h.CreateConditionSet(ctx, env, actor, "purest", directory.SetInput{
		Kind: authz.ResourceSet, Resource: "doc", Name: ptr("Purest"), Parent: ptr(authz.Ident("gold")),
	})
	ok(h.t, err)
	for set, action := range map[authz.Ident]authz.Ident{"gold": "read", "purest": "write"} {
		_, _, err = h.CreateRule(ctx, env, actor, directory.RuleInput{UserSet: "viewer", IsRole: true, ResourceSet: set, Resource: "doc", Action: action})
		ok(h.t, err)
	}
}

func TestInstancesStayInTheirTenant(t *testing.T) {
	t.Parallel()
	h := related(t)
	ok(t, h.tuple("folder:f", "doc:d"))
	_, _, err := h.CreateTuple(t.Context(), env, actor, directory.TupleInput{Subject: "folder:f", Relation: "parent", Object: "doc:e", Tenant: "default"})
	refused(t, err, authz.Conflict, "")
	if !errors.Is(err, directory.ErrOtherTenant) {
		t.Errorf("got %v, want it to be of another tenant", err)
	}
	_, _, err = h.Assign(t.Context(), env, actor, "ann", directory.RoleInTenant{Role: "editor", Instance: "folder:f", Tenant: "default"})
	refused(t, err, authz.Conflict, "")
	_, err = h.CreateUser(t.Context(), env, actor, "bob", directory.UserInput{Roles: []directory.RoleInTenant{
		{Role: "viewer", Instance: "doc:new", Tenant: "acme"}, {Role: "editor", Instance: "doc:new", Tenant: "default"},
	}})
	refused(t, err, authz.Conflict, "") // the instance that the first makes is there for the second
	_, err = h.Instance(t.Context(), env, "doc:new", false)
	refused(t, err, authz.NotFound, "")
	_, err = h.DeleteTenant(t.Context(), env, actor, "acme")
	ok(t, err)
	_, n, err := h.Instances(t.Context(), env, directory.InstanceQuery{}, directory.Page{Limit: 9})
	if err != nil || n != 0 {
		t.Errorf("got %d instances (%v) of a tenant that is gone", n, err)
	}
}

// TestGiversAreKeptOnInstancesToo: what a person gives besides a source stays one
// assignment.
func TestGiversAreKeptOnInstancesToo(t *testing.T) {
	t.Parallel()
	h := related(t)
	_, _, err := h.CreateInstance(t.Context(), env, actor, directory.InstanceInput{Key: "d", Resource: "doc", Tenant: "acme"})
	ok(t, err)
	on := authz.Assignment{
		ID: directory.NewID(), User: "ann", Role: "viewer", Tenant: "acme", Instance: authz.Node{Type: "doc", Key: "d"}, GivenBy: []authz.Giver{"logto"},
	}
	_, err = h.store.Commit(t.Context(), env, "logto", func(context.Context, directory.View) ([]authz.Change, error) {
		return []authz.Change{authz.PutAssignment{Assignment: on}}, nil
	})
	ok(t, err)
	ok(t, h.assignOn("ann", "viewer", "doc:d"))
	a := h.held("ann").Assignments
	on.GivenBy = []authz.Giver{authz.ByAPI, "logto"}
	same(t, []authz.Assignment{on}, a)
	if a[0].ID != on.ID {
		t.Errorf("got the id %s, want %s kept", a[0].ID, on.ID)
	}
	refused(t, h.assignOn("ann", "viewer", "doc:d"), authz.Conflict, "")
	refused(t, h.assignOn("ann", "nobody", "doc:d"), authz.NotFound, "")
}

func TestADerivationNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	h := related(t)
	for _, c := range []struct {
		in    directory.DerivationInput
		kind  authz.Kind
		cause error
	}{
		{directory.DerivationInput{Role: "editor", On: "folder", Through: "parent"}, authz.Conflict, nil},
		{directory.DerivationInput{Role: "viewer", On: "folder", Through: "parent"}, authz.NotFound, nil},
		{directory.DerivationInput{Role: "editor", On: "folder", Through: "owner"}, authz.NotFound, nil},
		{directory.DerivationInput{Role: "editor", On: "file", Through: "parent"}, authz.NotFound, nil},
		{directory.DerivationInput{Role: "viewer", On: "doc", Through: "parent"}, authz.Invalid, directory.ErrOtherType},
	} {
		_, _, _, err := h.Derive(t.Context(), env, actor, "doc", "editor", c.in)
		refused(t, err, c.kind, "")
		if c.cause != nil && !errors.Is(err, c.cause) {
			t.Errorf("%+v: got %v, want %v", c.in, err, c.cause)
		}
	}
	// A resource may derive from itself, and name its own new parts in the commit
	// that makes them.
	_, _, err := h.CreateResource(t.Context(), env, actor, "box", directory.ResourceInput{
		Relations: &[]directory.RelationInput{{Key: "in", Subject: "box"}},
		Roles: &[]directory.ResourceRoleInput{
			{Key: "a", Derivations: &[]directory.DerivationInput{{Role: "b", On: "box", Through: "in"}}}, {Key: "b"},
		},
	})
	ok(t, err)
}

func TestConditionsThatNobodyCanReadAreRefused(t *testing.T) {
	t.Parallel()
	h := related(t)
	h.Readable = func(string) error { return errors.New("no such operator") }
	_, _, err := h.CreateConditionSet(t.Context(), env, actor, "s", directory.SetInput{Kind: authz.UserSet, Name: ptr("S"), Conditions: ptr(`{}`)})
	refused(t, err, authz.Invalid, "conditions")
}
