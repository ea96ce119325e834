package permit

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

type memberCreate struct {
	ID          *string       `json:"id" api:"nullable"`
	Email       *string       `json:"email" api:"nullable"`
	Permissions []memberGrant `json:"permissions" api:"required"`
}

type memberWithdraw struct {
	ID          string        `json:"id" api:"required"`
	Permissions []memberGrant `json:"permissions" api:"required"`
}

type memberUpdate struct {
	Settings   httpapi.Opt[authz.Attributes] `json:"settings" api:"nullable"`
	Onboarding httpapi.Opt[string]           `json:"onboarding_step" api:"nullable"`
}

// memberGrant is what a member may do where. Keys and names are shown, and not
// looked at when they are sent.
type memberGrant struct {
	OrganizationID   string  `json:"organization_id" api:"required"`
	ProjectID        *string `json:"project_id" api:"nullable"`
	EnvironmentID    *string `json:"environment_id" api:"nullable"`
	Level            string  `json:"object_type" api:"required"`
	Access           string  `json:"access_level" api:"required"`
	OrganizationKey  *string `json:"organization_key" api:"nullable"`
	ProjectKey       *string `json:"project_key" api:"nullable"`
	EnvironmentKey   *string `json:"environment_key" api:"nullable"`
	OrganizationName *string `json:"organization_name" api:"nullable"`
	ProjectName      *string `json:"project_name" api:"nullable"`
	EnvironmentName  *string `json:"environment_name" api:"nullable"`
}

type memberRead struct {
	ID            authz.ID          `json:"id"`
	Email         string            `json:"email"`
	EmailVerified bool              `json:"email_verified"`
	Name          *string           `json:"name"`
	GivenName     *string           `json:"given_name"`
	FamilyName    *string           `json:"family_name"`
	Picture       *string           `json:"picture"`
	Superuser     bool              `json:"is_superuser"`
	IsOnboarding  bool              `json:"is_onboarding"`
	Onboarding    string            `json:"onboarding_step"`
	CreatedAt     timestamp         `json:"created_at"`
	LastLogin     *timestamp        `json:"last_login"` // always null: it is not kept
	LastIP        string            `json:"last_ip"`
	Logins        int               `json:"logins_count"`
	Identities    []struct{}        `json:"identities"`
	Invite        *struct{}         `json:"invite"`
	Settings      *authz.Attributes `json:"settings"`
	Grants        []memberGrant     `json:"grants"`
}

// steps are what onboarding_step may be.
var steps = []string{
	workspace.OnboardingDone, "create_organization", "create_project", "create_resource", "create_actions", "assign_permissions", "assign_user_roles", "connect_sdk",
}

// names are the things that grants are about.
type names struct {
	organization workspace.Organization
	projects     map[authz.ID]workspace.Project
	envs         map[authz.EnvID]workspace.Environment
}

// names reads them for members: what k does not reach has no name.
func (a *API) names(ctx context.Context, k access.Key) (n names, err error) {
	n = names{projects: map[authz.ID]workspace.Project{}, envs: map[authz.EnvID]workspace.Environment{}}
	if n.organization, err = a.Workspace.Organization(ctx, k); err != nil {
		return n, err
	}
	list, err := a.Workspace.Projects(ctx, k)
	if err != nil {
		return n, err
	}
	for _, p := range list {
		n.projects[p.ID] = p
		envs, err := a.Workspace.Environments(ctx, k, authz.Ident(p.ID))
		if err != nil {
			return n, err
		}
		for _, e := range envs {
			n.envs[e.ID] = e
		}
	}
	return n, nil
}

func (n names) member(m workspace.Member) memberRead {
	settings := m.Settings
	if settings == nil {
		settings = authz.Attributes{}
	}
	out := memberRead{
		ID: m.ID, Email: m.Email, Onboarding: m.Onboarding, IsOnboarding: m.Onboarding != workspace.OnboardingDone,
		CreatedAt: timestamp(m.CreatedAt), LastIP: "0.0.0.0", Identities: []struct{}{}, Settings: &settings, Grants: []memberGrant{},
	}
	for _, g := range m.Grants {
		if shown, ok := n.grant(g); ok {
			out.Grants = append(out.Grants, shown)
		}
	}
	return out
}

// grant is a grant with the names of what it is about; ok is false if that is gone.
func (n names) grant(g workspace.Grant) (out memberGrant, ok bool) {
	out = memberGrant{
		OrganizationID: string(n.organization.ID), Level: string(g.Level), Access: string(g.Access),
		OrganizationKey: &n.organization.Key, OrganizationName: &n.organization.Name,
	}
	if g.Project == "" {
		return out, true
	}
	p, ok := n.projects[g.Project]
	out.ProjectID, out.ProjectKey, out.ProjectName = (*string)(&p.ID), &p.Key, &p.Name
	if g.Environment == "" || !ok {
		return out, ok
	}
	e, ok := n.envs[g.Environment]
	out.EnvironmentID, out.EnvironmentKey, out.EnvironmentName = (*string)(&e.ID), &e.Key, &e.Name
	return out, ok
}

// grantsOf reads grants, all about the caller's organization.
func (a *API) grantsOf(ctx context.Context, k access.Key, list []memberGrant) ([]workspace.GrantInput, error) {
	out := make([]workspace.GrantInput, len(list))
	for i, g := range list {
		at := fmt.Sprintf("permissions.%d.", i)
		if _, err := a.Workspace.OrganizationNamed(ctx, k, authz.Ident(g.OrganizationID)); err != nil {
			return nil, err
		}
		if _, err := choice(at+"object_type", &g.Level, levels); err != nil {
			return nil, err
		}
		if _, err := choice(at+"access_level", &g.Access, accesses); err != nil {
			return nil, err
		}
		out[i] = workspace.GrantInput{
			Level: access.Level(g.Level), Access: access.Access(g.Access),
			Project: authz.Ident(orEmpty(g.ProjectID)), Environment: authz.Ident(orEmpty(g.EnvironmentID)),
		}
	}
	return out, nil
}

func (a *API) listMembers(w http.ResponseWriter, r *http.Request, k access.Key) error {
	q := httpapi.QueryOf(r)
	f := workspace.MemberFilter{Project: authz.Ident(q.Text("project_id")), Environment: authz.Ident(q.Text("env_id"))}
	if err := q.Err(); err != nil {
		return err
	}
	n, err := a.names(r.Context(), k)
	if err != nil {
		return err
	}
	return listAll(w, r, func(ctx context.Context) ([]workspace.Member, error) { return a.Workspace.Members(ctx, k, f) }, n.member)
}

func (a *API) createMember(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[memberCreate](w, r)
	if err != nil {
		return err
	}
	if orEmpty(body.ID) == "" && orEmpty(body.Email) == "" {
		return bodyFault(httpapi.CodeMissing, "give id or email", "email")
	}
	grants, err := a.grantsOf(r.Context(), k, body.Permissions)
	if err != nil {
		return err
	}
	m, err := a.Workspace.GrantMember(r.Context(), k, authz.Ident(orEmpty(body.ID)), orEmpty(body.Email), grants)
	return a.wroteMember(w, r, k, m, err)
}

func (a *API) withdrawFromMember(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[memberWithdraw](w, r)
	if err != nil {
		return err
	}
	grants, err := a.grantsOf(r.Context(), k, body.Permissions)
	if err != nil {
		return err
	}
	return gone(w, a.Workspace.WithdrawFromMember(r.Context(), k, authz.Ident(body.ID), grants))
}

// noMember answers who is behind an API key: nobody.
func noMember(http.ResponseWriter, *http.Request, access.Key) error {
	return authz.Errorf(authz.Forbidden, "an API key is no member; GET /v2/api-key/scope says what it reaches")
}

func (a *API) readMember(w http.ResponseWriter, r *http.Request, k access.Key) error {
	m, err := a.Workspace.Member(r.Context(), k, ident(r, "member"))
	return a.wroteMember(w, r, k, m, err)
}

func (a *API) updateMember(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[memberUpdate](w, r)
	if err != nil {
		return err
	}
	in := workspace.MemberInput{Onboarding: body.Onboarding.Set(), Settings: settingsOf(body.Settings)}
	if in.Onboarding != nil {
		if _, err := choice("onboarding_step", in.Onboarding, steps); err != nil {
			return err
		}
	}
	m, err := a.Workspace.UpdateMember(r.Context(), k, ident(r, "member"), in)
	return a.wroteMember(w, r, k, m, err)
}

func (a *API) deleteMember(w http.ResponseWriter, r *http.Request, k access.Key) error {
	return gone(w, a.Workspace.DeleteMember(r.Context(), k, ident(r, "member")))
}

func (a *API) wroteMember(w http.ResponseWriter, r *http.Request, k access.Key, m workspace.Member, err error) error {
	if err != nil {
		return err
	}
	n, err := a.names(r.Context(), k)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, n.member(m))
}
