package permit

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

type environmentCreate struct {
	Key          string            `json:"key" api:"required"`
	Name         string            `json:"name" api:"required"`
	Description  *string           `json:"description" api:"nullable"`
	CustomBranch *string           `json:"custom_branch_name" api:"nullable"`
	JWKS         *jwksConfig       `json:"jwks" api:"nullable"`
	Settings     *authz.Attributes `json:"settings" api:"nullable"`
}

type environmentUpdate struct {
	Name         httpapi.Opt[string]           `json:"name" api:"nullable"`
	Description  httpapi.Opt[string]           `json:"description" api:"nullable"`
	CustomBranch httpapi.Opt[string]           `json:"custom_branch_name" api:"nullable"`
	JWKS         httpapi.Opt[jwksConfig]       `json:"jwks" api:"nullable"`
	Settings     httpapi.Opt[authz.Attributes] `json:"settings" api:"nullable"`
}

// jwksConfig is kept and shown; no token is checked against it.
type jwksConfig struct {
	TTL  *int    `json:"ttl"`
	URL  *string `json:"url" api:"nullable"`
	JWKS *struct {
		Keys []map[string]any `json:"keys" api:"required"`
	} `json:"jwks" api:"nullable"`
}

type environmentRead struct {
	Key            string            `json:"key"`
	ID             authz.EnvID       `json:"id"`
	OrganizationID authz.ID          `json:"organization_id"`
	ProjectID      authz.ID          `json:"project_id"`
	CreatedAt      timestamp         `json:"created_at"`
	UpdatedAt      timestamp         `json:"updated_at"`
	PolicyStoreID  *string           `json:"avp_policy_store_id"`
	Name           string            `json:"name"`
	Description    *string           `json:"description"`
	CustomBranch   *string           `json:"custom_branch_name"`
	JWKS           json.RawMessage   `json:"jwks"`
	Settings       *authz.Attributes `json:"settings"`
}

// environmentDetail is an environment as GET shows it.
type environmentDetail struct {
	environmentRead
	EmailConfiguration authz.ID `json:"email_configuration"`
}

type environmentStatsRead struct {
	environmentRead
	PDPConfigs []struct{} `json:"pdp_configs"` // always empty
	Stats      struct {
		Roles           int          `json:"roles"`
		Users           int          `json:"users"`
		Policies        int          `json:"policies"`
		Resources       int          `json:"resources"`
		Tenants         int          `json:"tenants"`
		HasDecisionLogs bool         `json:"has_decision_logs"`
		Members         []memberRead `json:"members"`
		MAU             int          `json:"mau"`
	} `json:"stats"`
}

// noEmailConfiguration is an id that is no configuration's: strict clients insist
// on one.
const noEmailConfiguration authz.ID = "00000000000000000000000000000000"

// jwksAddress is the pattern of the Permit API (schema JwksConfig).
var jwksAddress = regexp.MustCompile(`^https://[a-zA-Z0-9\-.]+\.[a-zA-Z]{2,3}(/\S*)?$`)

func readEnvironment(e workspace.Environment) environmentRead {
	out := environmentRead{
		Key: e.Key, ID: e.ID, OrganizationID: e.Organization, ProjectID: e.Project,
		CreatedAt: timestamp(e.CreatedAt), UpdatedAt: timestamp(e.UpdatedAt),
		Name: e.Name, Description: orNull(e.Description), CustomBranch: orNull(e.CustomBranch), Settings: attributesOrNull(e.Settings),
	}
	if e.JWKS != "" {
		out.JWKS = json.RawMessage(e.JWKS)
	}
	return out
}

func detailEnvironment(e workspace.Environment) environmentDetail {
	return environmentDetail{environmentRead: readEnvironment(e), EmailConfiguration: noEmailConfiguration}
}

func (b environmentCreate) input() workspace.NewEnvironment {
	return workspace.NewEnvironment{Key: b.Key, EnvironmentInput: workspace.EnvironmentInput{
		Name: &b.Name, Description: b.Description, CustomBranch: b.CustomBranch, JWKS: b.JWKS.text(), Settings: b.Settings,
	}}
}

// text is the configuration as it is kept, nil if there is none.
func (j *jwksConfig) text() *string {
	if j == nil {
		return nil
	}
	kept := *j
	if kept.TTL == nil {
		ttl := 600 // seconds, as Permit has it
		kept.TTL = &ttl
	}
	b, err := json.Marshal(kept)
	if err != nil {
		panic(err) // it was read from JSON
	}
	text := string(b)
	return &text
}

// check refuses an address that Permit refuses.
func (j *jwksConfig) check() error {
	if j != nil && j.URL != nil && !jwksAddress.MatchString(*j.URL) {
		return bodyFault(httpapi.CodeValue, "must match "+jwksAddress.String(), "jwks", "url")
	}
	return nil
}

func (a *API) listEnvironments(w http.ResponseWriter, r *http.Request, k access.Key) error {
	return listAll(w, r, func(ctx context.Context) ([]workspace.Environment, error) {
		return a.Workspace.Environments(ctx, k, ident(r, "proj"))
	}, detailEnvironment)
}

func (a *API) createEnvironment(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[environmentCreate](w, r)
	if err != nil {
		return err
	}
	if err := body.JWKS.check(); err != nil {
		return err
	}
	e, err := a.Workspace.CreateEnvironment(r.Context(), k, ident(r, "proj"), body.input())
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, 1, readEnvironment(e))
}

func (a *API) readEnvironment(w http.ResponseWriter, r *http.Request, k access.Key) error {
	e, err := a.Workspace.Environment(r.Context(), k, ident(r, "proj"), ident(r, "env"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, detailEnvironment(e))
}

func (a *API) updateEnvironment(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[environmentUpdate](w, r)
	if err != nil {
		return err
	}
	in := workspace.EnvironmentInput{
		Name: body.Name.Set(), Description: body.Description.Ptr(), CustomBranch: body.CustomBranch.Ptr(), Settings: settingsOf(body.Settings),
	}
	if body.JWKS.Given {
		in.JWKS = new(string)
		if j := body.JWKS.Set(); j != nil {
			if err := j.check(); err != nil {
				return err
			}
			in.JWKS = j.text()
		}
	}
	e, err := a.Workspace.UpdateEnvironment(r.Context(), k, ident(r, "proj"), ident(r, "env"), in)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readEnvironment(e))
}

func (a *API) deleteEnvironment(w http.ResponseWriter, r *http.Request, k access.Key) error {
	return gone(w, a.Workspace.DeleteEnvironment(r.Context(), k, ident(r, "proj"), ident(r, "env")))
}

func (a *API) environmentStats(w http.ResponseWriter, r *http.Request, k access.Key) error {
	s, err := a.Workspace.EnvironmentStats(r.Context(), k, ident(r, "proj"), ident(r, "env"))
	if err != nil {
		return err
	}
	names, err := a.names(r.Context(), k)
	if err != nil {
		return err
	}
	out := environmentStatsRead{environmentRead: readEnvironment(s.Environment), PDPConfigs: []struct{}{}}
	out.Stats.Roles, out.Stats.Users, out.Stats.Policies = s.Roles, s.Users, s.Rules
	out.Stats.Resources, out.Stats.Tenants = s.Resources, s.Tenants
	out.Stats.Members = each(s.Members, names.member)
	return httpapi.Write(w, http.StatusOK, out)
}
