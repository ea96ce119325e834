package permit

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type relationCreate struct {
	Key         string  `json:"key" api:"required"`
	Name        string  `json:"name" api:"required"`
	Description *string `json:"description" api:"nullable"`
	Subject     string  `json:"subject_resource" api:"required"`
}

type relationRead struct {
	Description *string           `json:"description"`
	Subject     authz.ResourceKey `json:"subject_resource"`
	Key         authz.RelationKey `json:"key"`
	Name        string            `json:"name"`
	ID          authz.ID          `json:"id"`
	belonging
	CreatedAt timestamp         `json:"created_at"`
	UpdatedAt timestamp         `json:"updated_at"`
	ObjectID  authz.ID          `json:"object_resource_id"`
	Object    authz.ResourceKey `json:"object_resource"`
	SubjectID authz.ID          `json:"subject_resource_id"`
}

// relationInResource is how a resource shows a relation: by its subject.
type relationInResource struct {
	Description *string           `json:"description"`
	ResourceID  authz.ID          `json:"resource_id"`
	Name        string            `json:"relation_name"`
	Resource    authz.ResourceKey `json:"resource"`
}

func (a *API) createRelation(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[relationCreate](w, r)
	if err != nil {
		return err
	}
	in := directory.RelationInput{
		Key: authz.RelationKey(body.Key), Name: body.Name, Description: orEmpty(body.Description), Subject: authz.Ident(body.Subject),
	}
	res, rev, err := a.Directory.CreateRelation(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), in)
	if err != nil {
		return partFault(err, "relations", body.Key)
	}
	made, err := directory.RelationOf(res, authz.Ident(body.Key))
	if err != nil {
		return err
	}
	types, err := a.types(r, c, res.Key)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, types.relation(c.env, res, made))
}

func (a *API) deleteRelation(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deletedPart(w, r, c, "relation", a.Directory.DeleteRelation)
}

func (a *API) readRelation(w http.ResponseWriter, r *http.Request, c caller) error {
	res, types, err := a.resourceOf(r, c)
	if err != nil {
		return err
	}
	relation, err := directory.RelationOf(res, ident(r, "relation"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, types.relation(c.env, res, relation))
}

func (a *API) listRelations(w http.ResponseWriter, r *http.Request, c caller) error {
	page, err := onlyPage(r)
	if err != nil {
		return err
	}
	res, types, err := a.resourceOf(r, c)
	if err != nil {
		return err
	}
	rows := each(page.of(len(res.Relations)), func(i int) relationRead { return types.relation(c.env, res, res.Relations[i]) })
	return httpapi.Write(w, http.StatusOK, paginate(rows, len(res.Relations), page.Page))
}

func (t types) relation(e authz.Environment, res authz.Resource, r authz.Relation) relationRead {
	return relationRead{
		Description: orNull(r.Description), Subject: r.Subject, Key: r.Key, Name: r.Name, ID: r.ID, belonging: belongs(e),
		CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.UpdatedAt),
		ObjectID: res.ID, Object: res.Key, SubjectID: t[r.Subject].ID,
	}
}
