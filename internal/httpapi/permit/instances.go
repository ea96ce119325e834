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
	// Relationships are left out unless they are asked for.
	Relationships *[]tupleBlock `json:"relationships,omitempty"`
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
	i, err := a.Directory.Instance(r.Context(), c.env.ID, ident(r, "instance"), detailed)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readInstanceAs(c.env, i, detailed))
}

func (a *API) listInstances(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	query := directory.InstanceQuery{Search: q.Texts("search", most), Related: q.Bool("detailed")}
	return a.writeInstances(w, r, c, q, query, q.Bool("include_total_count"))
}

// listDetailedInstances searches for whole keys, as Permit does.
func (a *API) listDetailedInstances(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	return a.writeInstances(w, r, c, q, directory.InstanceQuery{Exactly: q.Texts("search", most), Related: true}, true)
}

func (a *API) writeInstances(w http.ResponseWriter, r *http.Request, c caller, q *httpapi.Query, query directory.InstanceQuery, counted bool) error {
	query.Tenant, query.Resource = authz.Ident(q.Text("tenant")), authz.Ident(q.Text("resource"))
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	if err := unfiltered(q); err != nil {
		return err
	}
	list, total, err := a.Directory.Instances(r.Context(), c.env.ID, query, rowsOf(page))
	if err != nil {
		return err
	}
	rows := each(list, func(i directory.NamedInstance) instanceRead { return readInstanceAs(c.env, i, query.Related) })
	return writeList(w, rows, total, page, counted)
}

// readInstanceAs shows what the instance stands in if detailed.
func readInstanceAs(e authz.Environment, i directory.NamedInstance, detailed bool) instanceRead {
	out := readInstance(e, i)
	if detailed {
		tuples := each(i.Tuples, func(t authz.Tuple) tupleBlock {
			return tupleBlock{Subject: t.Subject.String(), Relation: t.Relation, Object: t.Object.String()}
		})
		out.Relationships = &tuples
	}
	return out
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
