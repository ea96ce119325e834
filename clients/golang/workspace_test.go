package golang

import (
	"testing"

	"github.com/google/uuid"

	"github.com/permitio/permit-golang/pkg/models"
)

func TestProjectsAreMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	c := connectWith(t, setting(t, "GATEHOUSE_ORG_API_KEY"))
	made, err := c.Api.Projects.Create(t.Context(), *models.NewProjectCreate("go-project", "Project"))
	must(t, err)
	_, err = c.Api.Projects.Create(t.Context(), *models.NewProjectCreate("go-project", "Again"))
	fails(t, 409, err)
	update := models.NewProjectUpdate()
	update.SetName("Renamed")
	changed, err := c.Api.Projects.Update(t.Context(), "go-project", *update)
	must(t, err)
	found, err := c.Api.Projects.Get(t.Context(), made.Id)
	must(t, err)
	if changed.Name != "Renamed" || found.Key != "go-project" || found.Name != "Renamed" {
		t.Errorf("changed %+v, found %+v", changed, found)
	}
	byKey, err := c.Api.Projects.GetByKey(t.Context(), "go-project")
	must(t, err)
	byID, err := c.Api.Projects.GetById(t.Context(), uuid.MustParse(made.Id))
	must(t, err)
	if byKey.Id != made.Id || byID.Key != "go-project" {
		t.Errorf("got %s and %s, want the project created", byKey.Id, byID.Key)
	}
	list, err := c.Api.Projects.List(t.Context(), 1, 100)
	must(t, err)
	if len(list) < 2 {
		t.Errorf("listed %d projects, want the first and this one", len(list))
	}
	must(t, c.Api.Projects.Delete(t.Context(), "go-project"))
	_, err = c.Api.Projects.Get(t.Context(), "go-project")
	fails(t, 404, err)
}

// projectKey makes an API key of the project default: the client offers no call for
// that, and its calls about environments want one.
func projectKey(t *testing.T) string {
	t.Helper()
	return organization(t, "/v2/api-key", `{"organization_id":"default","object_type":"project","project_id":"default"}`).Secret
}

func TestEnvironmentsAreMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	c := connectWith(t, projectKey(t))
	made, err := c.Api.Environments.Create(t.Context(), *models.NewEnvironmentCreate("go-env", "Env"))
	must(t, err)
	_, err = c.Api.Environments.Create(t.Context(), *models.NewEnvironmentCreate("go-env", "Again"))
	fails(t, 409, err)
	update := models.NewEnvironmentUpdate()
	update.SetDescription("Changed")
	_, err = c.Api.Environments.Update(t.Context(), "go-env", *update)
	must(t, err)
	byKey, err := c.Api.Environments.GetByKey(t.Context(), "go-env")
	must(t, err)
	byID, err := c.Api.Environments.GetById(t.Context(), uuid.MustParse(made.Id))
	must(t, err)
	if byKey.Id != made.Id || byID.Key != "go-env" || byID.GetDescription() != "Changed" {
		t.Errorf("found %+v and %+v", byKey, byID)
	}
	list, err := c.Api.Environments.List(t.Context(), 1, 100)
	must(t, err)
	if len(list) < 2 {
		t.Errorf("listed %d environments, want dev and this one", len(list))
	}
	must(t, c.Api.Environments.Delete(t.Context(), "go-env"))
	_, err = c.Api.Environments.Get(t.Context(), "go-env")
	fails(t, 404, err)
}

// TestAKeyOfTheOrganizationIsToldItsEnvironment, which it needs for facts and schema.
func TestAKeyOfTheOrganizationIsToldItsEnvironment(t *testing.T) {
	t.Parallel()
	c := connectWith(t, setting(t, "GATEHOUSE_ORG_API_KEY"))
	c.Api.SetContext(t.Context(), "default", "dev")
	role, err := c.Api.Roles.Get(t.Context(), "viewer")
	must(t, err)
	if role.Key != "viewer" {
		t.Errorf("got %+v, want viewer", role)
	}
}
