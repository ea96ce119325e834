package server_test

import (
	"net/http"
	"testing"
)

const (
	schemaAt = "/v2/schema/default/dev"
	factsAt  = "/v2/facts/default/dev"
)

// may asks for a decision with the attributes that the API keeps.
func (h *house) may(user, action, kind, key, tenant string) bool {
	h.t.Helper()
	var answer struct{ Allow bool }
	h.must("POST", "/allowed", object{"user": object{"key": user}, "action": action, "resource": object{"type": kind, "key": key, "tenant": tenant}}, &answer)
	return answer.Allow
}

// expect checks answers by "user action type:key".
func (h *house) expect(what string, user, action, kind, key string, want bool) {
	h.t.Helper()
	if got := h.may(user, action, kind, key, "default"); got != want {
		h.t.Errorf("%s: %s may %s %s:%s is %v, want %v", what, user, action, kind, key, got, want)
	}
}

// TestRolesFlowFromFoldersToDocuments sets a story of relations up by REST calls
// only, and asks after each.
func TestRolesFlowFromFoldersToDocuments(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.must("POST", schemaAt+"/resources", object{"key": "folder", "name": "Folder", "actions": object{"read": object{}},
		"roles": object{"editor": object{"name": "Editor", "permissions": []string{"read"}}}}, nil)
	h.must("POST", schemaAt+"/resources", object{"key": "document", "name": "Document", "actions": object{"read": object{}, "write": object{}},
		"relations": object{"parent": "folder"},
		"roles": object{
			"viewer": object{"name": "Viewer", "permissions": []string{"read"}},
			"editor": object{"name": "Editor", "permissions": []string{"document:write"}, "extends": []string{"viewer"}},
		}}, nil)
	grant := object{"role": "editor", "on_resource": "folder", "linked_by_relation": "parent"}
	h.must("POST", schemaAt+"/resources/document/roles/editor/implicit_grants", grant, nil)
	h.must("POST", factsAt+"/users", object{"key": "ann"}, nil)
	assignment := object{"user": "ann", "role": "editor", "resource_instance": "folder:plans", "tenant": "default"}
	tuple := object{"subject": "folder:plans", "relation": "parent", "object": "document:budget"}

	h.must("POST", factsAt+"/role_assignments", assignment, nil)
	h.expect("held on the folder", "ann", "read", "folder", "plans", true)
	h.expect("before the document lies in it", "ann", "write", "document", "budget", false)
	h.must("POST", factsAt+"/relationship_tuples", tuple, nil)
	h.expect("derived", "ann", "write", "document", "budget", true)
	h.expect("derived and extended", "ann", "read", "document", "budget", true)
	h.expect("another document", "ann", "read", "document", "diary", false)

	h.must("PUT", schemaAt+"/resources/document/roles/editor/implicit_grants/conditions", object{"no_direct_roles_on_object": true}, nil)
	h.must("POST", factsAt+"/users/ann/roles", object{"role": "viewer", "resource_instance": "document:budget"}, nil)
	h.expect("a direct role stands in the way", "ann", "write", "document", "budget", false)
	h.must("DELETE", factsAt+"/users/ann/roles", object{"role": "viewer", "resource_instance": "document:budget", "tenant": "default"}, nil)
	h.expect("and does not any more", "ann", "write", "document", "budget", true)

	h.must("DELETE", factsAt+"/relationship_tuples", tuple, nil)
	h.expect("out of the folder", "ann", "write", "document", "budget", false)
	h.must("POST", factsAt+"/relationship_tuples", tuple, nil)
	h.must("DELETE", schemaAt+"/resources/document/roles/editor/implicit_grants", grant, nil)
	h.expect("without the derivation", "ann", "write", "document", "budget", false)
	h.must("POST", schemaAt+"/resources/document/roles/editor/implicit_grants", grant, nil)
	h.must("DELETE", schemaAt+"/resources/folder/roles/editor", nil, nil)
	h.expect("without the role", "ann", "read", "folder", "plans", false)
	h.must("POST", schemaAt+"/resources/folder/roles", object{"key": "editor", "name": "Editor", "permissions": []string{"read"}}, nil)
	h.expect("a role of the same key is another role", "ann", "write", "document", "budget", false)
}

// TestAttributesDecide sets a story of condition sets up by REST calls only.
func TestAttributesDecide(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.must("POST", schemaAt+"/resources", object{"key": "film", "name": "Film", "actions": object{"watch": object{}},
		"attributes": object{"rating": object{"type": "number"}}}, nil)
	h.must("POST", schemaAt+"/users/attributes", object{"key": "age", "type": "number"}, nil)
	h.must("POST", schemaAt+"/condition_sets", object{"key": "adults", "name": "Adults", "conditions": object{"user.age": object{"greater-than-equals": 18}}}, nil)
	h.must("POST", schemaAt+"/condition_sets", object{"key": "harsh", "name": "Harsh", "type": "resourceset", "resource_id": "film",
		"conditions": object{"allOf": []object{{"resource.rating": object{"greater-than": 15}}}}}, nil)
	h.must("POST", factsAt+"/users", object{"key": "ann", "attributes": object{"age": 30}}, nil)
	h.must("POST", factsAt+"/users", object{"key": "kim", "attributes": object{"age": 9}}, nil)
	h.must("POST", factsAt+"/resource_instances", object{"key": "alien", "resource": "film", "tenant": "default", "attributes": object{"rating": 18}}, nil)
	h.must("POST", factsAt+"/resource_instances", object{"key": "heidi", "resource": "film", "tenant": "default", "attributes": object{"rating": 0}}, nil)

	h.expect("before there is a rule", "ann", "watch", "film", "alien", false)
	h.must("POST", factsAt+"/set_rules", object{"user_set": "adults", "permission": "film:watch", "resource_set": "harsh"}, nil)
	h.expect("an adult", "ann", "watch", "film", "alien", true)
	h.expect("a film that is not in the set", "ann", "watch", "film", "heidi", false)
	h.expect("a child", "kim", "watch", "film", "alien", false)

	h.must("POST", schemaAt+"/roles", object{"key": "child", "name": "Child"}, nil)
	h.must("POST", schemaAt+"/condition_sets", object{"key": "mild", "name": "Mild", "type": "resourceset", "resource_id": "film",
		"conditions": object{"resource.rating": object{"less-than": 6}}}, nil)
	h.must("POST", factsAt+"/set_rules", object{"user_set": "child", "is_role": true, "permission": "film:watch", "resource_set": "mild"}, nil)
	h.must("POST", factsAt+"/role_assignments", object{"user": "kim", "role": "child", "tenant": "default"}, nil)
	h.expect("a role in the place of a user set", "kim", "watch", "film", "heidi", true)
	h.expect("still only the mild ones", "kim", "watch", "film", "alien", false)

	h.must("PATCH", factsAt+"/users/kim", object{"attributes": object{"age": 18}}, nil)
	h.expect("grown up", "kim", "watch", "film", "alien", true)
	h.must("PATCH", schemaAt+"/condition_sets/adults", object{"conditions": object{"user.age": object{"greater-than": 20}}}, nil)
	h.expect("the age was raised", "kim", "watch", "film", "alien", false)
	h.must("DELETE", schemaAt+"/users/attributes/age", nil, nil)
	h.expect("without the attribute there is no set", "ann", "watch", "film", "alien", false)
	if status, b := h.call("GET", schemaAt+"/condition_sets/adults", nil); status != http.StatusNotFound {
		t.Errorf("got %d %s, want the set gone", status, b)
	}
	h.expect("the other rule stays", "kim", "watch", "film", "heidi", true)
}
