package permit

import (
	"context"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

type organizationUpdate struct {
	Name     httpapi.Opt[string]           `json:"name" api:"nullable"`
	Settings httpapi.Opt[authz.Attributes] `json:"settings" api:"nullable"`
}

type organizationRead struct {
	Key          string            `json:"key"`
	ID           authz.ID          `json:"id"`
	IsEnterprise bool              `json:"is_enterprise"`
	UsageLimits  *struct{}         `json:"usage_limits"` // always null: there are none
	CreatedAt    timestamp         `json:"created_at"`
	UpdatedAt    timestamp         `json:"updated_at"`
	Name         string            `json:"name"`
	Settings     *authz.Attributes `json:"settings"`
}

type organizationStatsRead struct {
	organizationRead
	Stats struct {
		Projects     int `json:"projects"`
		Environments int `json:"environments"`
		Users        int `json:"users"`
	} `json:"stats"`
	HistoricalUsage struct{} `json:"historical_usage"` // nothing is metered
}

func readOrganization(o workspace.Organization) organizationRead {
	return organizationRead{
		Key: o.Key, ID: o.ID, CreatedAt: timestamp(o.CreatedAt), UpdatedAt: timestamp(o.UpdatedAt),
		Name: o.Name, Settings: attributesOrNull(o.Settings),
	}
}

func (a *API) listOrganizations(w http.ResponseWriter, r *http.Request, k access.Key) error {
	search := strings.ToLower(httpapi.QueryOf(r).Text("search"))
	return listAll(w, r, func(ctx context.Context) ([]workspace.Organization, error) {
		o, err := a.Workspace.Organization(ctx, k)
		if err != nil || !strings.Contains(strings.ToLower(o.Key+"\n"+o.Name), search) && authz.Ident(search).ID() != o.ID {
			return nil, err
		}
		return []workspace.Organization{o}, nil
	}, readOrganization)
}

func (a *API) activeOrganization(w http.ResponseWriter, r *http.Request, k access.Key) error {
	o, err := a.Workspace.Organization(r.Context(), k)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readOrganization(o))
}

func (a *API) readOrganization(w http.ResponseWriter, r *http.Request, k access.Key) error {
	o, err := a.Workspace.OrganizationNamed(r.Context(), k, ident(r, "org"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readOrganization(o))
}

func (a *API) updateOrganization(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[organizationUpdate](w, r)
	if err != nil {
		return err
	}
	in := workspace.OrganizationInput{Name: body.Name.Set(), Settings: settingsOf(body.Settings)}
	o, err := a.Workspace.UpdateOrganization(r.Context(), k, ident(r, "org"), in)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readOrganization(o))
}

func (a *API) organizationStats(w http.ResponseWriter, r *http.Request, k access.Key) error {
	s, err := a.Workspace.OrganizationStats(r.Context(), k, ident(r, "org"))
	if err != nil {
		return err
	}
	out := organizationStatsRead{organizationRead: readOrganization(s.Organization)}
	out.Stats.Projects, out.Stats.Environments, out.Stats.Users = s.Projects, s.Environments, s.Users
	return httpapi.Write(w, http.StatusOK, out)
}

// listInvites lists nothing: nobody is invited by mail.
func (a *API) listInvites(w http.ResponseWriter, r *http.Request, k access.Key) error {
	return listAll(w, r, func(ctx context.Context) ([]struct{}, error) {
		_, err := a.Workspace.OrganizationStats(ctx, k, ident(r, "org"))
		return nil, err
	}, func(none struct{}) struct{} { return none })
}
