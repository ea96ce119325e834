package golang

import (
	"testing"

	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/models"
	"github.com/permitio/permit-golang/pkg/permit"
)

// syncUserToPermit is what Logto's guide does when somebody registers.
func syncUserToPermit(t *testing.T, c *permit.Client, id, email, name string) {
	t.Helper()
	user := models.NewUserCreate(id)
	user.SetEmail(email)
	user.SetFirstName(name)
	_, err := c.SyncUser(t.Context(), *user)
	must(t, err)
	_, err = c.Api.Users.AssignRole(t.Context(), id, "viewer", "default")
	must(t, err)
}

func TestAUserThatTheGuideBringsInMayViewReports(t *testing.T) {
	t.Parallel()
	c := connect(t)
	if check(t, c, "guide7f3kq0wz", "view", "reports") {
		t.Error("allowed before the user was brought in")
	}
	syncUserToPermit(t, c, "guide7f3kq0wz", "ann@example.com", "Ann Example")
	for _, ask := range []struct {
		action, resource, tenant string
		want                     bool
	}{
		{"view", "reports", "default", true},
		{"edit", "reports", "default", false},
		{"burn", "reports", "default", false},
		{"view", "secrets", "default", false},
		{"view", "reports", "elsewhere", false},
	} {
		if got := checkIn(t, c, ask.tenant, "guide7f3kq0wz", ask.action, ask.resource); got != ask.want {
			t.Errorf("%s %s in %s: got %v, want %v", ask.action, ask.resource, ask.tenant, got, ask.want)
		}
	}
}

func TestAnUnknownUserIsDeniedWithoutAnError(t *testing.T) {
	t.Parallel()
	if check(t, connect(t), "nobody", "view", "reports") {
		t.Error("got allowed, want denied")
	}
}

func TestAQuestionMayCarryEverythingTheClientSends(t *testing.T) {
	t.Parallel()
	c := connect(t)
	syncUserToPermit(t, c, "guideobject01", "object@example.com", "Object")
	user := enforcement.UserBuilder("guideobject01").WithEmail("object@example.com").WithFirstName("Object").WithLastName("Full").
		WithRoles([]enforcement.AssignedRole{{Role: "admin", Tenant: "default"}}). // what a caller claims counts for nothing
		WithAttributes(map[string]any{"level": 3}).Build()
	resource := enforcement.ResourceBuilder("reports").WithID("q3").WithKey("q3").
		WithAttributes(map[string]any{"year": 2026}).WithContext(map[string]string{"ip": "192.0.2.1"}).Build()
	for action, want := range map[enforcement.Action]bool{"view": true, "edit": false} {
		got, err := c.Check(user, action, resource)
		must(t, err)
		if got != want {
			t.Errorf("%s: got %v, want %v", action, got, want)
		}
	}
}

func TestSyncUserCreatesAndUpdates(t *testing.T) {
	t.Parallel()
	c := connect(t)
	create := models.NewUserCreate("sync-user")
	create.SetEmail("one@example.com")
	create.SetFirstName("One")
	create.SetAttributes(map[string]any{"level": "1"})
	made, err := c.SyncUser(t.Context(), *create)
	must(t, err)
	if made.Key != "sync-user" || made.GetEmail() != "one@example.com" || made.GetFirstName() != "One" || made.Attributes["level"] != "1" {
		t.Errorf("created %+v", made)
	}

	again := models.NewUserCreate("sync-user")
	again.SetEmail("two@example.com")
	again.SetAttributes(map[string]any{"level": "2"})
	updated, err := c.SyncUser(t.Context(), *again)
	must(t, err)
	if updated.Id != made.Id || updated.GetEmail() != "two@example.com" || updated.Attributes["level"] != "2" {
		t.Errorf("updated %+v", updated)
	}
	if updated.GetFirstName() != "One" { // this client updates, so what it leaves out stays
		t.Errorf("got first name %q, want it kept", updated.GetFirstName())
	}

	// Synced with nothing but a key, as for somebody without e-mail address.
	if _, err := c.SyncUser(t.Context(), *models.NewUserCreate("sync-user")); err != nil {
		t.Error(err)
	}
}
