package permit

import (
	"context"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

type projectCreate struct {
	Key                 string               `json:"key" api:"required"`
	URNNamespace        *string              `json:"urn_namespace" api:"nullable"`
	Name                string               `json:"name" api:"required"`
	Description         *string              `json:"description" api:"nullable"`
	Settings            *authz.Attributes    `json:"settings" api:"nullable"`
	ActivePolicyRepo    *string              `json:"active_policy_repo_id" api:"nullable"`
	InitialEnvironments *[]environmentCreate `json:"initial_environments" api:"nullable"`
}

type projectUpdate struct {
	Name             httpapi.Opt[string]           `json:"name" api:"nullable"`
	Description      httpapi.Opt[string]           `json:"description" api:"nullable"`
	Settings         httpapi.Opt[authz.Attributes] `json:"settings" api:"nullable"`
	ActivePolicyRepo *string                       `json:"active_policy_repo_id" api:"nullable"`
}

type projectRead struct {
	Key              string            `json:"key"`
	URNNamespace     *string           `json:"urn_namespace"`
	ID               authz.ID          `json:"id"`
	OrganizationID   authz.ID          `json:"organization_id"`
	CreatedAt        timestamp         `json:"created_at"`
	UpdatedAt        timestamp         `json:"updated_at"`
	Name             string            `json:"name"`
	Description      *string           `json:"description"`
	Settings         *authz.Attributes `json:"settings"`
	ActivePolicyRepo *string           `json:"active_policy_repo_id"`
}

// initial are the environments of a project that says nothing of them.
var initial = []environmentCreate{{Key: "dev", Name: "Development"}, {Key: "production", Name: "Production"}}

func readProject(p workspace.Project) projectRead {
	return projectRead{
		Key: p.Key, URNNamespace: orNull(p.URNNamespace), ID: p.ID, OrganizationID: p.Organization,
		CreatedAt: timestamp(p.CreatedAt), UpdatedAt: timestamp(p.UpdatedAt),
		Name: p.Name, Description: orNull(p.Description), Settings: attributesOrNull(p.Settings),
	}
}

func (a *API) listProjects(w http.ResponseWriter, r *http.Request, k access.Key) error {
	return listAll(w, r, func(ctx context.Context) ([]workspace.Project, error) { return a.Workspace.Projects(ctx, k) }, readProject)
}

func (a *API) createProject(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[projectCreate](w, r)
	if err != nil {
		return err
	}
	if err := offered(field{"active_policy_repo_id", body.ActivePolicyRepo}); err != nil {
		return err
	}
	given := initial
	if body.InitialEnvironments != nil {
		given = *body.InitialEnvironments
	}
	in := workspace.ProjectInput{Name: &body.Name, URNNamespace: body.URNNamespace, Description: body.Description, Settings: body.Settings}
	p, err := a.Workspace.CreateProject(r.Context(), k, body.Key, in, each(given, environmentCreate.input))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readProject(p))
}

func (a *API) readProject(w http.ResponseWriter, r *http.Request, k access.Key) error {
	p, err := a.Workspace.Project(r.Context(), k, ident(r, "proj"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readProject(p))
}

func (a *API) updateProject(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[projectUpdate](w, r)
	if err != nil {
		return err
	}
	if err := offered(field{"active_policy_repo_id", body.ActivePolicyRepo}); err != nil {
		return err
	}
	in := workspace.ProjectInput{Name: body.Name.Set(), Description: body.Description.Ptr(), Settings: settingsOf(body.Settings)}
	p, err := a.Workspace.UpdateProject(r.Context(), k, ident(r, "proj"), in)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readProject(p))
}

func (a *API) deleteProject(w http.ResponseWriter, r *http.Request, k access.Key) error {
	return gone(w, a.Workspace.DeleteProject(r.Context(), k, ident(r, "proj")))
}
