package permit

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type instanceCreate struct {
	Key        string           `json:"key" api:"required"`
	Tenant     string           `json:"tenant" api:"required"`
	Resource   string           `json:"resource" api:"required"`
	Attributes authz.Attributes `json:"attributes" api:"nullable"`
}

type instanceUpdate struct {
	Attributes httpapi.Opt[authz.Attributes] `json:"attributes" api:"nullable"`
}

type instanceRead struct {
	Key      string            `json:"key"`
	Tenant   authz.TenantKey   `json:"tenant"`
	Resource authz.ResourceKey `json:"resource"`
	ID       authz.ID          `json:"id"`
	belonging
	CreatedAt  timestamp        `json:"created_at"`
	UpdatedAt  timestamp        `json:"updated_at"`
	ResourceID authz.ID         `json:"resource_id"`
	TenantID   authz.ID         `json:"tenant_id"`
	Attributes authz.Attributes `json:"attributes"`
}

func (b instanceCreate) input() directory.InstanceInput {
	return directory.InstanceInput{Key: b.Key, Resource: authz.Ident(b.Resource), Tenant: authz.Ident(b.Tenant), Attributes: b.Attributes}
}

func (a *API) createInstance(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[instanceCreate](w, r)
	if err != nil {
		return err
	}
	i, rev, err := a.Directory.CreateInstance(r.Context(), c.env.ID, c.key.Actor(), body.input())
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readInstance(c.env, i))
}

func (a *API) updateInstance(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[instanceUpdate](w, r)
	if err != nil {
		return err
	}
	i, rev, err := a.Directory.UpdateInstance(r.Context(), c.env.ID, c.key.Actor(), ident(r, "instance"), body.Attributes.Ptr())
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readInstance(c.env, i))
}

func (a *API) deleteInstance(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "instance"), a.Directory.DeleteInstance)
}

func (a *API) readInstance(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	detailed := q.Bool("detailed")
	if err := q.Err(); err != nil {
		return err
	}
	if detailed {
		return errDetailed
	}
	i, err := a.Directory.Instance(r.Context(), c.env.ID, ident(r, "instance"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readInstance(c.env, i))
}

// errDetailed refuses the detailed form of a read: some clients decode it as
// another type.
var errDetailed = authz.Errorf(authz.Unsupported, "Gatehouse does not offer the query parameter detailed yet")

func (a *API) listInstances(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	query := directory.InstanceQuery{Tenant: authz.Ident(q.Text("tenant")), Resource: authz.Ident(q.Text("resource")), Search: q.Texts("search", most)}
	page, counted, detailed := q.Page(most), q.Bool("include_total_count"), q.Bool("detailed")
	if err := q.Err(); err != nil {
		return err
	}
	if err := unfiltered(q); err != nil {
		return err
	}
	if detailed {
		return errDetailed
	}
	list, total, err := a.Directory.Instances(r.Context(), c.env.ID, query, rowsOf(page))
	if err != nil {
		return err
	}
	rows := each(list, func(i directory.NamedInstance) instanceRead { return readInstance(c.env, i) })
	return writeList(w, rows, total, page, counted)
}

func readInstance(e authz.Environment, i directory.NamedInstance) instanceRead {
	out := instanceRead{
		Key: i.Node.Key, Tenant: i.Tenant, Resource: i.Node.Type, ID: i.ID, belonging: belongs(e),
		CreatedAt: timestamp(i.CreatedAt), UpdatedAt: timestamp(i.UpdatedAt),
		ResourceID: i.ResourceID, TenantID: i.TenantID, Attributes: i.Attributes,
	}
	if out.Attributes == nil {
		out.Attributes = authz.Attributes{}
	}
	return out
}
