package golang

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/permitio/permit-golang/pkg/models"
)

func TestUsersCreate(t *testing.T) {
	t.Parallel()
	c := connect(t)
	create := models.NewUserCreate("users|create@example.com")
	create.SetEmail("create@example.com")
	create.SetFirstName("Cre")
	create.SetLastName("Ate")
	create.SetAttributes(map[string]any{"department": "sales"})
	user, err := c.Api.Users.Create(t.Context(), *create)
	must(t, err)
	if user.Key != "users|create@example.com" || user.GetEmail() != "create@example.com" || user.GetFirstName() != "Cre" ||
		user.GetLastName() != "Ate" || user.Attributes["department"] != "sales" || user.Id == "" {
		t.Errorf("created %+v", user)
	}
	_, err = c.Api.Users.Create(t.Context(), *create)
	fails(t, 409, err)
}

func TestUsersCreateRefusesWhatIsNotAnAddress(t *testing.T) {
	t.Parallel()
	c := connect(t)
	create := models.NewUserCreate("users-mail")
	create.SetEmail("not an address")
	_, err := c.Api.Users.Create(t.Context(), *create)
	fails(t, 422, err)
	_, err = c.Api.Users.Get(t.Context(), "users-mail")
	fails(t, 404, err)
}

func TestUsersGet(t *testing.T) {
	t.Parallel()
	c := connect(t)
	made := addUser(t, c, "users-get")
	byKey, err := c.Api.Users.GetByKey(t.Context(), "users-get")
	must(t, err)
	byID, err := c.Api.Users.GetById(t.Context(), uuid.MustParse(made.Id)) // sent with dashes
	must(t, err)
	if byKey.Id != made.Id || byID.Key != "users-get" {
		t.Errorf("got %s and %s, want the user created", byKey.Id, byID.Key)
	}
	_, err = c.Api.Users.Get(t.Context(), "users-get-nobody")
	fails(t, 404, err)
}

func TestUsersList(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addUser(t, c, "users-list")
	var keys []string
	for page := 1; ; page++ {
		users, err := c.Api.Users.List(t.Context(), page, 2)
		must(t, err)
		if len(users) == 0 {
			break
		}
		keys = append(keys, keysOf(users, userKey)...)
	}
	if !slices.Contains(keys, "users-list") {
		t.Errorf("users-list is not on any page: %v", keys)
	}
}

func TestUsersUpdate(t *testing.T) {
	t.Parallel()
	c := connect(t)
	create := models.NewUserCreate("users-update")
	create.SetFirstName("Up")
	create.SetLastName("Date")
	_, err := c.Api.Users.Create(t.Context(), *create)
	must(t, err)
	update := models.NewUserUpdate()
	update.SetLastName("Grade")
	user, err := c.Api.Users.Update(t.Context(), "users-update", *update)
	must(t, err)
	if user.GetFirstName() != "Up" || user.GetLastName() != "Grade" {
		t.Errorf("got %s %s, want Up Grade", user.GetFirstName(), user.GetLastName())
	}
	_, err = c.Api.Users.Update(t.Context(), "users-update-nobody", *update)
	fails(t, 404, err)
}

func TestUsersDelete(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addUser(t, c, "users-delete", "viewer")
	if !check(t, c, "users-delete", "view", "reports") {
		t.Error("denied before the deletion")
	}
	must(t, c.Api.Users.Delete(t.Context(), "users-delete"))
	if check(t, c, "users-delete", "view", "reports") {
		t.Error("allowed after the deletion")
	}
	fails(t, 404, c.Api.Users.Delete(t.Context(), "users-delete"))
}

func TestUsersAssignListAndUnassignRole(t *testing.T) {
	t.Parallel()
	c := connect(t)
	user := addUser(t, c, "users-assign")
	given, err := c.Api.Users.AssignRole(t.Context(), "users-assign", "viewer", "default")
	must(t, err)
	if given.User != "users-assign" || given.UserId != user.Id || given.Role != "viewer" || given.Tenant != "default" {
		t.Errorf("gave %+v", given)
	}
	held, err := c.Api.Users.GetAssignedRoles(t.Context(), "users-assign", "default", 1, 10)
	must(t, err)
	if len(held) != 1 || held[0].Id != given.Id {
		t.Errorf("got %+v, want the role given", held)
	}
	if !check(t, c, "users-assign", "view", "reports") {
		t.Error("denied with the role")
	}

	_, err = c.Api.Users.UnassignRole(t.Context(), "users-assign", "viewer", "default")
	must(t, err)
	if check(t, c, "users-assign", "view", "reports") {
		t.Error("allowed without the role")
	}
	held, err = c.Api.Users.GetAssignedRoles(t.Context(), "users-assign", "default", 1, 10)
	must(t, err)
	if len(held) != 0 {
		t.Errorf("got %+v, want no roles", held)
	}
	_, err = c.Api.Users.UnassignRole(t.Context(), "users-assign", "viewer", "default")
	fails(t, 404, err)
	_, err = c.Api.Users.AssignRole(t.Context(), "users-assign", "no-role", "default")
	fails(t, 404, err)
}

func TestRoleAssignmentsList(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addUser(t, c, "assignments-list", "viewer")
	for _, filter := range []struct {
		user, role, tenant string
		want               int
	}{
		{"assignments-list", "", "", 1},
		{"assignments-list", "viewer", "default", 1},
		{"assignments-list", "viewer", "elsewhere", 0},
	} {
		rows, err := c.Api.RoleAssignments.List(t.Context(), 1, 10, filter.user, filter.role, filter.tenant)
		must(t, err)
		got := 0
		if rows != nil { // the client reads an empty list as nil
			got = len(*rows)
		}
		if got != filter.want {
			t.Errorf("%+v: got %d", filter, got)
		}
	}
}

func TestRoleAssignmentsAreListedInDetail(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addUser(t, c, "assignments-detail", "viewer")
	rows, err := c.Api.RoleAssignments.ListDetailed(t.Context(), 1, 10, "assignments-detail", "viewer", "default")
	must(t, err)
	if rows == nil || len(*rows) != 1 || (*rows)[0].User.Key != "assignments-detail" || (*rows)[0].Role.Key != "viewer" || (*rows)[0].Tenant.Key != "default" {
		t.Errorf("got %+v, want the one assignment with its user, role and tenant", rows)
	}
}
