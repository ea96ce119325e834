package permit

import (
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

type keyCreate struct {
	OrganizationID string  `json:"organization_id" api:"required"`
	ProjectID      *string `json:"project_id" api:"nullable"`
	EnvironmentID  *string `json:"environment_id" api:"nullable"`
	Level          *string `json:"object_type" api:"nullable"`
	Access         *string `json:"access_level" api:"nullable"`
	Owner          *string `json:"owner_type" api:"nullable"`
	Name           *string `json:"name" api:"nullable"`
}

type keyRead struct {
	OrganizationID authz.ID         `json:"organization_id"`
	ProjectID      *authz.ID        `json:"project_id"`
	EnvironmentID  *authz.EnvID     `json:"environment_id"`
	Level          access.Level     `json:"object_type"`
	Access         access.Access    `json:"access_level"`
	Owner          string           `json:"owner_type"`
	Name           *string          `json:"name"`
	ID             authz.ID         `json:"id"`
	Secret         *string          `json:"secret"`
	CreatedAt      timestamp        `json:"created_at"`
	CreatedBy      *struct{}        `json:"created_by_member"` // always null: keys make keys
	LastUsedAt     *timestamp       `json:"last_used_at"`
	Environment    *environmentRead `json:"env"`
	Project        *projectRead     `json:"project"`
}

// levels, accesses and owners are what those fields may be, the default first.
var (
	levels   = []string{string(access.EnvironmentLevel), string(access.OrganizationLevel), string(access.ProjectLevel)}
	accesses = []string{string(access.Admin), string(access.Write), string(access.Read), string(access.NoAccess)}
	owners   = []string{workspace.MemberOwner, "pdp_config", "elements", "nats_pdp_config"}
)

func readKey(s workspace.Shown) keyRead {
	k := s.Key
	out := keyRead{
		OrganizationID: k.Organization, ProjectID: orNull(k.Project), EnvironmentID: orNull(k.Environment),
		Level: k.Level, Access: k.Access, Owner: k.Owner, Name: orNull(k.Name), ID: k.ID, Secret: orNull(s.Secret), CreatedAt: timestamp(k.CreatedAt),
	}
	if !k.LastUsedAt.IsZero() {
		at := timestamp(k.LastUsedAt)
		out.LastUsedAt = &at
	}
	if s.Project != nil {
		p := readProject(*s.Project)
		out.Project = &p
	}
	if s.Environment != nil {
		e := readEnvironment(*s.Environment)
		out.Environment = &e
	}
	return out
}

func (b keyCreate) input() (in workspace.KeyInput, err error) {
	level, err := choice("object_type", b.Level, levels)
	if err != nil {
		return in, err
	}
	allowed, err := choice("access_level", b.Access, accesses)
	if err != nil {
		return in, err
	}
	owner, err := choice("owner_type", b.Owner, owners)
	return workspace.KeyInput{
		Name: orEmpty(b.Name), Level: access.Level(level), Access: access.Access(allowed), Owner: owner,
		Project: authz.Ident(orEmpty(b.ProjectID)), Environment: authz.Ident(orEmpty(b.EnvironmentID)),
	}, err
}

func (a *API) listKeys(w http.ResponseWriter, r *http.Request, k access.Key) error {
	q := httpapi.QueryOf(r)
	f := workspace.KeyFilter{Project: authz.Ident(q.Text("proj_id"))}
	if q.Has("object_type") {
		f.Level = access.Level(q.Choice("object_type", levels...))
	}
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	list, err := a.Workspace.APIKeys(r.Context(), k, f)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, paginate(each(pageOf(list, page), readKey), len(list), page))
}

func (a *API) createKey(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, err := httpapi.Read[keyCreate](w, r)
	if err != nil {
		return err
	}
	if _, err := a.Workspace.OrganizationNamed(r.Context(), k, authz.Ident(body.OrganizationID)); err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	s, err := a.Workspace.CreateAPIKey(r.Context(), k, in)
	return wroteKey(w, s, err)
}

func (a *API) readKey(w http.ResponseWriter, r *http.Request, k access.Key) error {
	s, err := a.Workspace.APIKey(r.Context(), k, ident(r, "key"))
	return wroteKey(w, s, err)
}

func (a *API) rotateKey(w http.ResponseWriter, r *http.Request, k access.Key) error {
	s, err := a.Workspace.RotateAPIKey(r.Context(), k, ident(r, "key"))
	return wroteKey(w, s, err)
}

func (a *API) ownKey(w http.ResponseWriter, r *http.Request, k access.Key) error {
	s, err := a.Workspace.OwnAPIKey(r.Context(), k, ident(r, "proj"), ident(r, "env"))
	return wroteKey(w, s, err)
}

func (a *API) deleteKey(w http.ResponseWriter, r *http.Request, k access.Key) error {
	return gone(w, a.Workspace.DeleteAPIKey(r.Context(), k, ident(r, "key")))
}

// wroteKey answers with a key. A secret is for whoever asked alone.
func wroteKey(w http.ResponseWriter, s workspace.Shown, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpapi.Write(w, http.StatusOK, readKey(s))
}

// choice is a field that is one of choices, the first if it is null.
func choice(name string, given *string, choices []string) (string, error) {
	if given == nil {
		return choices[0], nil
	}
	for _, c := range choices {
		if c == *given {
			return c, nil
		}
	}
	return "", bodyFault(httpapi.CodeChoice, "must be one of: "+strings.Join(choices, ", "), strings.Split(name, ".")...)
}
