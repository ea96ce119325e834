package golang

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/permitio/permit-golang/pkg/models"
)

func actionGroupKey(g models.ResourceActionGroupRead) string { return g.Key }

func TestResourceActionGroupsCreateGetAndList(t *testing.T) {
	t.Parallel()
	c := connect(t)
	groups := c.Api.ResourceActionGroups
	res := addResource(t, c, "grouped-doc", "read", "write")
	create := models.NewResourceActionGroupCreate("edit", "Edit")
	create.SetActions([]string{"read", "write"})
	create.SetAttributes(map[string]any{"tier": "core"})
	made, err := groups.Create(t.Context(), "grouped-doc", *create)
	must(t, err)
	if made.Key != "edit" || made.Name != "Edit" || !slices.Equal(made.Actions, []string{"read", "write"}) || made.ResourceId != res.Id {
		t.Errorf("created %+v", made)
	}
	// Of an error, this method of the client keeps the text alone.
	if _, err = groups.Create(t.Context(), "grouped-doc", *create); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("got %v, want a conflict", err)
	}
	_, err = groups.Create(t.Context(), "grouped-doc", *models.NewResourceActionGroupCreate("empty", "Empty"))
	must(t, err)

	got, err := groups.Get(t.Context(), "grouped-doc", "edit")
	must(t, err)
	byKey, err := groups.GetByKey(t.Context(), "grouped-doc", "edit")
	must(t, err)
	byID, err := groups.GetById(t.Context(), uuid.MustParse(res.Id), uuid.MustParse(made.Id))
	must(t, err)
	if got.Id != made.Id || byKey.Id != made.Id || byID.Key != "edit" {
		t.Errorf("got %s, %s and %s, want the group created", got.Id, byKey.Id, byID.Key)
	}
	list, err := groups.List(t.Context(), "grouped-doc", 1, 100)
	must(t, err)
	if keys := keysOf(list, actionGroupKey); !slices.Equal(keys, []string{"edit", "empty"}) {
		t.Errorf("got %v, want edit and empty", keys)
	}
	// The client does not send this filter: v1.2.8 leaves it out of the query.
	some, err := groups.ListByAttributes(t.Context(), "grouped-doc", 1, 100, map[string]any{"tier": "core"})
	must(t, err)
	if keys := keysOf(some, actionGroupKey); !slices.Equal(keys, []string{"edit", "empty"}) {
		t.Errorf("got %v, want edit and empty", keys)
	}

	role := addRole(t, c, "grouped-editor", "grouped-doc:edit")
	if !slices.Equal(role.Permissions, []string{"grouped-doc:edit"}) {
		t.Errorf("got %v, want the group as it was given", role.Permissions)
	}
	addUser(t, c, "grouped-user", "grouped-editor")
	if !check(t, c, "grouped-user", "write", "grouped-doc") {
		t.Error("the group's actions are denied")
	}
	// This method of the client deletes an action of that key: there is none.
	if err := groups.Delete(t.Context(), "grouped-doc", "edit"); err == nil {
		t.Error("an action was deleted that is not there")
	}
}

func TestResourceActionsAreListedByAttributes(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "attributed-doc", "read")
	create := models.NewResourceActionCreate("sign", "Sign")
	create.SetAttributes(map[string]any{"legal": "yes"})
	_, err := c.Api.ResourceActions.Create(t.Context(), "attributed-doc", *create)
	must(t, err)
	list, err := c.Api.ResourceActions.ListByAttributes(t.Context(), "attributed-doc", 1, 100, map[string]any{"legal": "yes"})
	must(t, err)
	if len(list) != 1 || list[0].Key != "sign" || list[0].PermissionName != "attributed-doc:sign" {
		t.Errorf("got %+v, want sign alone", list)
	}
}

func TestResourceRolesHaveAncestorsAndDescendants(t *testing.T) {
	t.Parallel()
	c := connect(t)
	roles := c.Api.ResourceRoles
	addResource(t, c, "kin-doc", "read")
	for _, key := range []string{"child", "parent", "grandparent"} {
		_, err := roles.Create(t.Context(), "kin-doc", *models.NewResourceRoleCreate(key, key))
		must(t, err)
	}
	child, err := roles.AddParent(t.Context(), "kin-doc", "child", "parent")
	must(t, err)
	_, err = roles.AddParent(t.Context(), "kin-doc", "parent", "grandparent")
	must(t, err)
	if !slices.Equal(child.Extends, []string{"parent"}) {
		t.Errorf("got %v, want parent", child.Extends)
	}
	_, err = roles.AddParent(t.Context(), "kin-doc", "grandparent", "child")
	fails(t, 422, err)
	key := func(r models.ResourceRoleRead) string { return r.Key }
	up, err := roles.GetAncestors(t.Context(), "kin-doc", "child")
	must(t, err)
	down, err := roles.GetDescendants(t.Context(), "kin-doc", "grandparent")
	must(t, err)
	if got := keysOf(*up, key); !slices.Equal(got, []string{"parent", "grandparent"}) {
		t.Errorf("above child: got %v", got)
	}
	if got := keysOf(*down, key); !slices.Equal(got, []string{"parent", "child"}) {
		t.Errorf("below grandparent: got %v", got)
	}
	child, err = roles.RemoveParent(t.Context(), "kin-doc", "child", "parent")
	must(t, err)
	if len(child.Extends) > 0 {
		t.Errorf("got %v, want no parent", child.Extends)
	}
}
