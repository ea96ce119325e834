package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// Stated are the keys of the attributes that a source says of all that it keeps,
// whatever is mapped.
type Stated struct {
	Users   []string
	Tenants []string
}

func (a *API) mountTenant(mux *http.ServeMux) {
	mux.Handle("GET /console/v1/projects/{proj}/envs/{env}/tenants/{tenant}", httpapi.Handle(a.inEnvironment(access.Read, a.readTenant), a.render))
}

// A tenantRead is a tenant with what Permit's API does not say of it.
type tenantRead struct {
	Key          authz.TenantKey  `json:"key"`
	Name         string           `json:"name"`
	Description  string           `json:"description"`
	Attributes   authz.Attributes `json:"attributes"`
	Source       string           `json:"source"`       // empty for tenants that people made
	Organization string           `json:"organization"` // its id at the source
	Adopted      bool             `json:"adopted"`
	Kept         []string         `json:"kept_attributes"`
	CreatedAt    time.Time        `json:"created_at"`
	UpdatedAt    time.Time        `json:"updated_at"`
}

// readTenant answers a tenant with whom it is kept equal to.
func (a *API) readTenant(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := a.Directory.Tenant(r.Context(), c.env.ID, authz.Ident(r.PathValue("tenant")))
	if err != nil {
		return err
	}
	kept, err := a.keptAttributes(r.Context(), c.env.ID, t.Origin.Source)
	if err != nil {
		return err
	}
	out := tenantRead{
		Key: t.Key, Name: t.Name, Description: t.Description, Attributes: t.Attributes, Source: t.Origin.Source, Organization: t.Origin.ID,
		Adopted: t.Adopted, Kept: kept.Tenants, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
	if out.Attributes == nil {
		out.Attributes = authz.Attributes{}
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// keptAttributes are the keys of the attributes that the source lays over what is
// kept here each time it looks: those it states, and those that are mapped. Without a
// source there are none.
func (a *API) keptAttributes(ctx context.Context, env authz.EnvID, source string) (Stated, error) {
	if source == "" {
		return Stated{Users: []string{}, Tenants: []string{}}, nil
	}
	m, err := a.Directory.Mapping(ctx, env)
	if err != nil {
		return Stated{}, err
	}
	with := func(stated []string, mapped []authz.MappedAttribute) []string {
		keys := append([]string{}, stated...)
		for _, a := range mapped {
			keys = append(keys, a.Key)
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	}
	stated := a.Stated[source]
	return Stated{Users: with(stated.Users, m.Attributes), Tenants: with(stated.Tenants, m.TenantAttributes)}, nil
}
