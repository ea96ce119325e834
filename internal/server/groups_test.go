package server_test

import "testing"

// TestGroupsDecide sets groups up by REST calls only, and asks after each.
func TestGroupsDecide(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.must("POST", schemaAt+"/resources", object{"key": "doc", "name": "Doc", "actions": object{"read": object{}, "write": object{}},
		"roles": object{"viewer": object{"name": "Viewer", "permissions": []string{"read"}}, "editor": object{"name": "Editor", "permissions": []string{"write"}}}}, nil)
	for _, user := range []string{"ann", "bob", "kim"} {
		h.must("POST", factsAt+"/users", object{"key": user}, nil)
	}
	for _, group := range []string{"inner", "outer", "outermost"} {
		h.must("POST", schemaAt+"/groups", object{"group_resource_type_key": "team", "group_instance_key": group, "group_tenant": "default"}, nil)
	}
	member := object{"tenant": "default"}
	on := func(role, doc string) object {
		return object{"role": role, "resource": "doc", "resource_instance": doc, "tenant": "default"}
	}
	h.must("PUT", schemaAt+"/groups/team:inner/users/ann", member, nil)
	h.must("PUT", schemaAt+"/groups/team:outer/users/bob", member, nil)
	h.expect("before the group has a role", "ann", "read", "doc", "one", false)

	h.must("POST", schemaAt+"/groups/team:inner/roles", on("viewer", "one"), nil)
	h.must("POST", schemaAt+"/groups/team:outer/roles", on("viewer", "two"), nil)
	h.must("POST", schemaAt+"/groups/team:outermost/roles", on("editor", "three"), nil)
	h.expect("the group's role", "ann", "read", "doc", "one", true)
	h.expect("what the role does not permit", "ann", "write", "doc", "one", false)
	h.expect("another instance", "ann", "read", "doc", "two", false)
	h.expect("another group", "bob", "read", "doc", "one", false)
	h.expect("in no group", "kim", "read", "doc", "one", false)

	h.must("PUT", schemaAt+"/groups/team:inner/assign_group", object{"group_instance_key": "outer"}, nil)
	h.expect("through the outer group", "ann", "read", "doc", "two", true)
	h.expect("the inner group's own role stays", "ann", "read", "doc", "one", true)
	h.expect("not the other way round", "bob", "read", "doc", "one", false)
	h.must("PUT", schemaAt+"/groups/team:outer/assign_group", object{"group_instance_key": "outermost"}, nil)
	h.expect("through two groups", "ann", "write", "doc", "three", true)
	h.expect("through one", "bob", "write", "doc", "three", true)

	h.must("DELETE", schemaAt+"/groups/team:inner/assign_group", object{"group_instance_key": "outer"}, nil)
	h.expect("out of the outer group", "ann", "read", "doc", "two", false)
	h.expect("nor what lies beyond", "ann", "write", "doc", "three", false)
	h.expect("the outer group is in its own still", "bob", "write", "doc", "three", true)

	h.must("POST", schemaAt+"/groups/team:outer/roles", on("viewer", "one"), nil)
	h.must("DELETE", schemaAt+"/groups/team:inner/roles", on("viewer", "one"), nil)
	h.expect("without the role", "ann", "read", "doc", "one", false)
	h.expect("which another group has still", "bob", "read", "doc", "one", true)
	h.must("POST", schemaAt+"/groups/team:inner/roles", on("viewer", "one"), nil)
	h.must("DELETE", schemaAt+"/groups/team:inner/users/ann", member, nil)
	h.expect("out of the group", "ann", "read", "doc", "one", false)
	h.must("PUT", schemaAt+"/groups/team:inner/users/ann", member, nil)
	h.expect("back in the group", "ann", "read", "doc", "one", true)
	h.must("DELETE", schemaAt+"/groups/team:inner", nil, nil)
	h.expect("without the group", "ann", "read", "doc", "one", false)

	h.must("DELETE", schemaAt+"/groups/team:outermost", nil, nil)
	h.must("DELETE", schemaAt+"/groups/team:outer", nil, nil)
	h.must("POST", schemaAt+"/groups", object{"group_resource_type_key": "team", "group_instance_key": "outer", "group_tenant": "default"}, nil)
	h.expect("a group of the same key is another group", "bob", "read", "doc", "two", false)
}

// TestActionGroupsDecide: a role that has a group may what the group holds at the
// time, whatever gives the role.
func TestActionGroupsDecide(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.must("POST", schemaAt+"/resources", object{"key": "doc", "name": "Doc", "actions": object{"read": object{}, "write": object{}, "share": object{}},
		"roles": object{"owner": object{"name": "Owner"}}}, nil)
	h.must("POST", schemaAt+"/resources/doc/action_groups", object{"key": "edit", "name": "Edit", "actions": []string{"read", "write"}}, nil)
	h.must("POST", schemaAt+"/roles", object{"key": "editor", "name": "Editor", "permissions": []string{"doc:edit"}}, nil)
	h.must("POST", schemaAt+"/resources/doc/roles/owner/permissions", object{"permissions": []string{"edit"}}, nil)
	for user, on := range map[string]object{"ann": {"role": "editor", "tenant": "default"}, "bob": {"role": "owner", "tenant": "default", "resource_instance": "doc:one"}} {
		h.must("POST", factsAt+"/users", object{"key": user, "role_assignments": []object{on}}, nil)
	}
	both := func(what string, read, write, share bool) {
		t.Helper()
		for _, user := range []string{"ann", "bob"} {
			h.expect(what, user, "read", "doc", "one", read)
			h.expect(what, user, "write", "doc", "one", write)
			h.expect(what, user, "share", "doc", "one", share)
			h.expect("the group is no action", user, "edit", "doc", "one", false)
		}
	}
	both("the actions of the group", true, true, false)
	h.must("PATCH", schemaAt+"/resources/doc/action_groups/edit", object{"actions": []string{"write", "share"}}, nil)
	both("the group has changed", false, true, true)
	h.must("DELETE", schemaAt+"/resources/doc/actions/share", nil, nil)
	both("an action is gone", false, true, false)
	h.must("POST", schemaAt+"/resources/doc/actions", object{"key": "share", "name": "Share"}, nil)
	both("an action of the same key is another action", false, true, false)
	h.must("DELETE", schemaAt+"/resources/doc/action_groups/edit", nil, nil)
	both("the group is gone", false, false, false)
	h.must("POST", schemaAt+"/resources/doc/action_groups", object{"key": "edit", "name": "Edit", "actions": []string{"read"}}, nil)
	both("a group of the same key is another group", false, false, false)
}

// TestParentsOfRolesDecide, and roles that come in bulk.
func TestParentsOfRolesDecide(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.must("POST", schemaAt+"/resources", object{"key": "doc", "name": "Doc", "actions": object{"read": object{}, "write": object{}}}, nil)
	h.must("PUT", schemaAt+"/bulk/roles", object{"operations": []object{
		{"key": "clerk", "name": "Clerk"}, {"key": "reader", "name": "Reader", "permissions": []string{"doc:read"}},
		{"key": "owner", "name": "Owner", "resource": "doc", "permissions": []string{"write"}},
	}}, nil)
	h.must("POST", factsAt+"/users", object{"key": "ann", "role_assignments": []object{
		{"role": "clerk", "tenant": "default"}, {"role": "owner", "tenant": "default", "resource_instance": "doc:one"},
	}}, nil)
	h.expect("before the role has a parent", "ann", "read", "doc", "one", false)
	h.expect("a resource's role of the bulk", "ann", "write", "doc", "one", true)
	h.must("PUT", schemaAt+"/roles/clerk/parents/reader", nil, nil)
	h.expect("by the parent", "ann", "read", "doc", "one", true)
	h.must("DELETE", schemaAt+"/roles/clerk/parents/reader", nil, nil)
	h.expect("without the parent", "ann", "read", "doc", "one", false)
	h.must("PUT", schemaAt+"/bulk/roles", object{"operations": []object{
		{"key": "clerk", "name": "Clerk", "extends": []string{"reader"}}, {"key": "owner", "name": "Owner", "resource": "doc"},
	}}, nil)
	h.expect("by the parent of the bulk", "ann", "read", "doc", "one", true)
	h.expect("a replaced role lost its permissions", "ann", "write", "doc", "one", false)
}
