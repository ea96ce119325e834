package permit

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type tupleCreate struct {
	tupleRemove
	Tenant *string `json:"tenant" api:"nullable"`
}

type tupleRemove struct {
	Subject  string `json:"subject" api:"required"`
	Relation string `json:"relation" api:"required"`
	Object   string `json:"object" api:"required"`
}

type tupleRead struct {
	Subject    string            `json:"subject"`
	Relation   authz.RelationKey `json:"relation"`
	Object     string            `json:"object"`
	ID         authz.ID          `json:"id"`
	Tenant     authz.TenantKey   `json:"tenant"`
	SubjectID  authz.ID          `json:"subject_id"`
	RelationID authz.ID          `json:"relation_id"`
	ObjectID   authz.ID          `json:"object_id"` // of the resource, where the object is every instance of it
	TenantID   authz.ID          `json:"tenant_id"`
	belonging
	CreatedAt       timestamp      `json:"created_at"`
	UpdatedAt       timestamp      `json:"updated_at"`      // a tuple never changes
	SubjectDetails  *instanceBlock `json:"subject_details"` // details are null unless asked for
	RelationDetails *relationBlock `json:"relation_details"`
	ObjectDetails   *instanceBlock `json:"object_details"`
	TenantDetails   *tenantBlock   `json:"tenant_details"`
}

// input reads a tuple.
func (b tupleRemove) input() directory.TupleInput {
	return directory.TupleInput{Subject: authz.Ident(b.Subject), Relation: authz.Ident(b.Relation), Object: authz.Ident(b.Object)}
}

func (b tupleCreate) input() directory.TupleInput {
	in := b.tupleRemove.input()
	in.Tenant = authz.Ident(orEmpty(b.Tenant))
	return in
}

func (a *API) createTuple(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[tupleCreate](w, r)
	if err != nil {
		return err
	}
	t, rev, err := a.Directory.CreateTuple(r.Context(), c.env.ID, c.key.Actor(), body.input())
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readTuple(c.env, t))
}

func (a *API) deleteTuple(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[tupleRemove](w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.DeleteTuple(r.Context(), c.env.ID, c.key.Actor(), body.input())
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

func (a *API) listTuples(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	return a.writeTuples(w, r, c, q, q.Bool("detailed"), q.Bool("include_total_count"))
}

func (a *API) listDetailedTuples(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.writeTuples(w, r, c, httpapi.QueryOf(r), true, true)
}

func (a *API) writeTuples(w http.ResponseWriter, r *http.Request, c caller, q *httpapi.Query, detailed, counted bool) error {
	query := directory.TupleQuery{
		Tenant: authz.Ident(q.Text("tenant")), Relation: authz.Ident(q.Text("relation")),
		Subject: authz.Ident(q.Text("subject")), SubjectType: authz.Ident(q.Text("subject_type")),
		Object: authz.Ident(q.Text("object")), ObjectType: authz.Ident(q.Text("object_type")),
	}
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	if err := unfiltered(q); err != nil {
		return err
	}
	list, total, err := a.Directory.Tuples(r.Context(), c.env.ID, query, rowsOf(page))
	if err != nil {
		return err
	}
	rows := each(list, func(t directory.NamedTuple) tupleRead {
		if detailed {
			return readTupleDetailed(c.env, t)
		}
		return readTuple(c.env, t)
	})
	return writeList(w, rows, total, page, counted)
}

func readTuple(e authz.Environment, t directory.NamedTuple) tupleRead {
	return tupleRead{
		Subject: t.Subject.String(), Relation: t.Relation, Object: t.Object.String(), ID: t.ID, Tenant: t.Tenant,
		SubjectID: t.From.ID, RelationID: t.By.ID, ObjectID: t.To.ID, TenantID: t.In.ID,
		belonging: belongs(e), CreatedAt: timestamp(t.CreatedAt), UpdatedAt: timestamp(t.CreatedAt),
	}
}
