package directory_test

import (
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

func TestTenantsAreMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	made, rev, err := h.CreateTenant(t.Context(), env, actor, "lab", directory.TenantInput{Name: ptr("Lab"), Description: ptr("d"), Attributes: &authz.Attributes{"a": "1"}})
	ok(t, err)
	same(t, authz.Tenant{Key: "lab", Name: "Lab", Description: "d", Attributes: authz.Attributes{"a": "1"}}, made)
	if h.snapshot().Revision() != rev {
		t.Errorf("got revision %d, want %d", h.snapshot().Revision(), rev)
	}
	_, _, err = h.CreateTenant(t.Context(), env, actor, "lab", directory.TenantInput{})
	refused(t, err, authz.Conflict, "")
	h.assign("ann", "viewer", "lab")
	changed, _, err := h.UpdateTenant(t.Context(), env, actor, dashed(made.ID), directory.TenantInput{Name: ptr("Laboratory")})
	ok(t, err)
	same(t, authz.Tenant{Key: "lab", Name: "Laboratory", Description: "d", Attributes: authz.Attributes{"a": "1"}}, changed)
	if !h.may("ann", "read", "lab") {
		t.Error("changing the tenant took what was held in it")
	}
	read, err := h.Tenant(t.Context(), env, authz.Ident(made.ID))
	ok(t, err)
	same(t, changed, read)
	list, total, err := h.Tenants(t.Context(), env, directory.TextFilter{Search: "LABOR"}, directory.Page{Limit: 9})
	if err != nil || total != 1 || len(list) != 1 || list[0].ID != made.ID {
		t.Errorf("got %v of %d (%v), want the one tenant", list, total, err)
	}
	_, err = h.DeleteTenant(t.Context(), env, actor, "lab")
	ok(t, err)
	h.tenant("lab")
	if h.may("ann", "read", "lab") || len(h.granted("ann")) > 0 {
		t.Error("what was held in the tenant before is held in this one")
	}
	for _, err := range []error{
		second(h.Tenant(t.Context(), env, "nowhere")),
		second(h.DeleteTenant(t.Context(), env, actor, "nowhere")),
		third(h.UpdateTenant(t.Context(), env, actor, "nowhere", directory.TenantInput{})),
	} {
		refused(t, err, authz.NotFound, "")
	}
}

func TestRolesAreMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	made, _, err := h.CreateRole(t.Context(), env, actor, "boss", directory.RoleInput{
		Name: ptr("Boss"), Description: ptr("d"), Attributes: &authz.Attributes{"a": "1"},
		Permissions: permissions("doc", "write", "read", "write"), Extends: ptr([]authz.Ident{"viewer", "viewer"}),
	})
	ok(t, err)
	want := authz.Role{
		Key: "boss", Name: "Boss", Description: "d", Attributes: authz.Attributes{"a": "1"},
		Permissions: *permissions("doc", "write", "read"), Extends: []authz.RoleKey{"viewer"},
	}
	same(t, want, made)
	_, _, err = h.CreateRole(t.Context(), env, actor, "boss", directory.RoleInput{})
	refused(t, err, authz.Conflict, "")
	h.assign("ann", "boss", "acme")
	changed, _, err := h.UpdateRole(t.Context(), env, actor, dashed(made.ID), directory.RoleInput{Permissions: ptr([]authz.Permission{})})
	ok(t, err)
	want.Permissions = nil
	same(t, want, changed)
	if h.may("ann", "write", "acme") || !h.may("ann", "read", "acme") {
		t.Error("the engine does not know the role as it is")
	}
	changed, _, err = h.UpdateRole(t.Context(), env, actor, "boss", directory.RoleInput{Extends: ptr([]authz.Ident{authz.Ident("editor")}), Name: ptr("")})
	ok(t, err)
	want.Extends, want.Name = []authz.RoleKey{"editor"}, ""
	same(t, want, changed)
	if !h.may("ann", "write", "acme") || !h.may("ann", "read", "acme") {
		t.Error("the engine does not know the parents' parents")
	}
	read, err := h.Role(t.Context(), env, authz.Ident(made.ID))
	ok(t, err)
	same(t, want, read)
	list, total, err := h.Roles(t.Context(), env, directory.TextFilter{Search: "BOS"}, directory.Page{Limit: 9})
	if err != nil || total != 1 || len(list) != 1 {
		t.Errorf("got %v of %d (%v), want the one role", list, total, err)
	}
	_, err = h.DeleteRole(t.Context(), env, actor, "editor")
	ok(t, err)
	if read, err = h.Role(t.Context(), env, "boss"); err != nil || len(read.Extends) > 0 {
		t.Errorf("got %+v (%v), want a role that extends none", read, err)
	}
	if h.may("ann", "write", "acme") {
		t.Error("a parent that is gone still permits")
	}
	_, err = h.DeleteRole(t.Context(), env, actor, authz.Ident(made.ID))
	ok(t, err)
	h.role("boss", directory.RoleInput{Permissions: permissions("doc", "read")})
	if h.may("ann", "read", "acme") || len(h.granted("ann")) > 0 {
		t.Error("the role before is held again")
	}
	for _, err := range []error{
		second(h.Role(t.Context(), env, "nothing")),
		second(h.DeleteRole(t.Context(), env, actor, "nothing")),
		third(h.UpdateRole(t.Context(), env, actor, "nothing", directory.RoleInput{})),
		third(h.UpdateRole(t.Context(), env, actor, "boss", directory.RoleInput{Extends: ptr([]authz.Ident{"nothing"})})),
	} {
		refused(t, err, authz.NotFound, "")
	}
}

func TestPermissionsAreAddedAndRemoved(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.assign("ann", "viewer", "acme")
	r, _, err := h.AddPermissions(t.Context(), env, actor, "viewer", *permissions("doc", "read", "write", "write"))
	ok(t, err)
	same(t, *permissions("doc", "read", "write"), r.Permissions)
	if !h.may("ann", "write", "acme") {
		t.Error("the engine does not know what was added")
	}
	before := h.snapshot().Revision()
	_, rev, err := h.AddPermissions(t.Context(), env, actor, "viewer", *permissions("doc", "write"))
	if err != nil || rev != before {
		t.Errorf("adding what is there made revision %d (%v), want %d still", rev, err, before)
	}
	r, _, err = h.RemovePermissions(t.Context(), env, actor, authz.Ident(r.ID), []authz.Permission{{Resource: "doc", Action: "read"}, {Resource: "moon", Action: "fly"}})
	ok(t, err)
	same(t, *permissions("doc", "write"), r.Permissions)
	if h.may("ann", "read", "acme") || !h.may("ann", "write", "acme") {
		t.Error("the engine does not know what was removed")
	}
	_, rev, err = h.RemovePermissions(t.Context(), env, actor, "viewer", *permissions("doc", "read"))
	if err != nil || rev != before+1 {
		t.Errorf("removing what is not there made revision %d (%v), want %d still", rev, err, before+1)
	}
	for _, err := range []error{
		third(h.AddPermissions(t.Context(), env, actor, "nothing", nil)),
		third(h.RemovePermissions(t.Context(), env, actor, "nothing", nil)),
	} {
		refused(t, err, authz.NotFound, "")
	}
}

// TestUnknownPermissionsAreRefused wherever they are given. A resource is named
// by its key only: its id would be kept as if it were one and never match.
func TestUnknownPermissionsAreRefused(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	doc, err := h.Resource(t.Context(), env, "doc")
	ok(t, err)
	for name, p := range map[string]*[]authz.Permission{
		"unknown resource": permissions("moon", "read"), "unknown action": permissions("doc", "read", "fly"),
		"resource by id": permissions(authz.ResourceKey(doc.ID), "read"), "empty": {{}},
	} {
		for how, err := range map[string]error{
			"create": third(h.CreateRole(t.Context(), env, actor, "boss", directory.RoleInput{Permissions: p})),
			"update": third(h.UpdateRole(t.Context(), env, actor, "viewer", directory.RoleInput{Permissions: p})),
			"add":    third(h.AddPermissions(t.Context(), env, actor, "viewer", *p)),
		} {
			if authz.KindOf(err) != authz.NotFound {
				t.Errorf("%s, %s: got %v, want NotFound", name, how, err)
			}
		}
	}
	viewer, err := h.Role(t.Context(), env, "viewer")
	ok(t, err)
	same(t, *permissions("doc", "read"), viewer.Permissions)
	refused(t, second(h.Role(t.Context(), env, "boss")), authz.NotFound, "")
}

func TestRolesDoNotExtendThemselves(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.role("boss", directory.RoleInput{Extends: ptr([]authz.Ident{"editor"})})
	viewer, err := h.Role(t.Context(), env, "viewer")
	ok(t, err)
	for _, parents := range [][]authz.Ident{{"viewer"}, {"editor"}, {"boss"}, {dashed(viewer.ID)}} {
		_, _, err := h.UpdateRole(t.Context(), env, actor, "viewer", directory.RoleInput{Extends: &parents})
		refused(t, err, authz.Invalid, "extends")
	}
	_, _, err = h.CreateRole(t.Context(), env, actor, "own", directory.RoleInput{Extends: ptr([]authz.Ident{"own"})})
	refused(t, err, authz.NotFound, "")
	// Two ways to one parent are no circle.
	_, _, err = h.UpdateRole(t.Context(), env, actor, "boss", directory.RoleInput{Extends: ptr([]authz.Ident{"editor", "viewer"})})
	ok(t, err)
}

func TestResourcesAreMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	made, _, err := h.CreateResource(t.Context(), env, actor, "img", directory.ResourceInput{
		Name: ptr("Image"), URN: ptr("urn"), Description: ptr("d"), TypeAttributes: &authz.Attributes{"a": "1"},
		Actions:    &[]authz.Action{{Key: "zoom", Name: "Zoom"}, {Key: "crop", ID: "mine"}},
		Attributes: &[]authz.ResourceAttribute{{Key: "size", Type: "number"}, {Key: "by", Type: "string"}},
	})
	ok(t, err)
	want := authz.Resource{
		Key: "img", Name: "Image", URN: "urn", Description: "d", TypeAttributes: authz.Attributes{"a": "1"},
		Actions:    []authz.Action{{Key: "crop"}, {Key: "zoom", Name: "Zoom"}},
		Attributes: []authz.ResourceAttribute{{Key: "by", Type: "string"}, {Key: "size", Type: "number"}},
	}
	same(t, want, made)
	if len(made.Actions[0].ID) != 32 || made.Actions[0].ID == made.Actions[1].ID || len(made.Attributes[0].ID) != 32 {
		t.Errorf("got %+v, want ids of our own", made)
	}
	_, _, err = h.CreateResource(t.Context(), env, actor, "img", directory.ResourceInput{})
	refused(t, err, authz.Conflict, "")
	changed, _, err := h.UpdateResource(t.Context(), env, actor, dashed(made.ID), directory.ResourceInput{Name: ptr("Picture"), Actions: actions("zoom", "spin")})
	ok(t, err)
	want.Name, want.Actions = "Picture", *actions("spin", "zoom")
	same(t, want, changed)
	if changed.Actions[1].ID != made.Actions[1].ID || changed.ID != made.ID {
		t.Error("a kept action has another id")
	}
	read, err := h.Resource(t.Context(), env, "img")
	ok(t, err)
	same(t, want, read)
	replaced, _, err := h.ReplaceResource(t.Context(), env, actor, "img", directory.ResourceInput{Name: ptr("Img"), Actions: actions("zoom")})
	ok(t, err)
	same(t, authz.Resource{Key: "img", Name: "Img", Actions: *actions("zoom")}, replaced)
	if replaced.ID != made.ID || replaced.Actions[0].ID != made.Actions[1].ID {
		t.Error("a replaced resource or its kept action has another id")
	}
	replaced, _, err = h.ReplaceResource(t.Context(), env, actor, "img", directory.ResourceInput{})
	ok(t, err)
	same(t, authz.Resource{Key: "img"}, replaced)
	fresh, _, err := h.ReplaceResource(t.Context(), env, actor, "vid", directory.ResourceInput{Name: ptr("Video")})
	ok(t, err)
	same(t, authz.Resource{Key: "vid", Name: "Video"}, fresh)
	list, total, err := h.Resources(t.Context(), env, directory.ResourceFilter{}, directory.Page{Limit: 2})
	if err != nil || total != 3 || len(list) != 2 {
		t.Errorf("got %d of %d (%v), want 2 of 3", len(list), total, err)
	}
	_, err = h.DeleteResource(t.Context(), env, actor, authz.Ident(made.ID))
	ok(t, err)
	for _, err := range []error{
		second(h.Resource(t.Context(), env, "img")),
		second(h.DeleteResource(t.Context(), env, actor, "img")),
		third(h.UpdateResource(t.Context(), env, actor, "img", directory.ResourceInput{})),
	} {
		refused(t, err, authz.NotFound, "")
	}
}

func TestBuiltInResourcesStay(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := h.Store.Commit(t.Context(), env, actor, plan(directory.Fresh(h.held0())[1:]...))
	ok(t, err)
	_, err = h.DeleteResource(t.Context(), env, actor, "__user")
	refused(t, err, authz.Forbidden, "")
	replaced, _, err := h.ReplaceResource(t.Context(), env, actor, "__user", directory.ResourceInput{Actions: actions("greet")})
	if err != nil || !replaced.BuiltIn {
		t.Errorf("got %+v (%v), want it built in still", replaced, err)
	}
}

// TestPermissionsGoWithTheirActionOrResource, and come back only if they are
// given again.
func TestPermissionsGoWithTheirActionOrResource(t *testing.T) {
	t.Parallel()
	for name, goes := range map[string]func(house) error{
		"the action goes by an update": func(h house) error {
			return third(h.UpdateResource(h.t.Context(), env, actor, "doc", directory.ResourceInput{Actions: actions("read")}))
		},
		"the action goes by a replacement": func(h house) error {
			return third(h.ReplaceResource(h.t.Context(), env, actor, "doc", directory.ResourceInput{Actions: actions("read")}))
		},
		"all actions go": func(h house) error {
			return third(h.ReplaceResource(h.t.Context(), env, actor, "doc", directory.ResourceInput{}))
		},
		"the resource goes": func(h house) error {
			return second(h.DeleteResource(h.t.Context(), env, actor, "doc"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := furnished(t)
			h.t = t
			_, _, err := h.CreateResource(t.Context(), env, actor, "img", directory.ResourceInput{Actions: actions("write")})
			ok(t, err)
			_, _, err = h.AddPermissions(t.Context(), env, actor, "editor", *permissions("img", "write"))
			ok(t, err)
			h.assign("ann", "editor", "acme")
			ok(t, goes(h))
			editor, err := h.Role(t.Context(), env, "editor")
			ok(t, err)
			same(t, *permissions("img", "write"), editor.Permissions)
			reads := name == "the action goes by an update" || name == "the action goes by a replacement"
			if h.may("ann", "write", "acme") || h.may("ann", "read", "acme") != reads {
				t.Error("the engine allows what no role permits, or denies what one does")
			}
			_, _, err = h.ReplaceResource(t.Context(), env, actor, "doc", directory.ResourceInput{Actions: actions("read", "write")})
			ok(t, err)
			if h.may("ann", "write", "acme") {
				t.Error("the permission came back by itself")
			}
		})
	}
}

func second[A any](_ A, err error) error { return err }

func third[A, B any](_ A, _ B, err error) error { return err }
