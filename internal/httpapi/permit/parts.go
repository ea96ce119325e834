package permit

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type actionCreate struct {
	Key         string            `json:"key" api:"required"`
	Name        string            `json:"name" api:"required"`
	Description *string           `json:"description" api:"nullable"`
	Attributes  *authz.Attributes `json:"attributes" api:"nullable"`
	actionNotOffered
}

type actionUpdate struct {
	Name        httpapi.Opt[string]           `json:"name" api:"nullable"`
	Description httpapi.Opt[string]           `json:"description" api:"nullable"`
	Attributes  httpapi.Opt[authz.Attributes] `json:"attributes" api:"nullable"`
	actionNotOffered
}

// actionNotOffered are the fields of an action that Gatehouse does not offer yet.
type actionNotOffered struct {
	V1Path    any `json:"v1compat_path" api:"nullable"`
	V1BuiltIn any `json:"v1compat_is_built_in" api:"nullable"`
	V1Name    any `json:"v1compat_name" api:"nullable"`
}

func (b actionNotOffered) fields() []field {
	return []field{{"v1compat_path", b.V1Path}, {"v1compat_is_built_in", b.V1BuiltIn}, {"v1compat_name", b.V1Name}}
}

// actionOf is an action that is read by itself.
type actionOf struct {
	actionRead
	V1BuiltIn  *bool  `json:"v1compat_is_built_in"`
	Permission string `json:"permission_name"`
	belonging
	ResourceID authz.ID  `json:"resource_id"`
	CreatedAt  timestamp `json:"created_at"` // of the resource
	UpdatedAt  timestamp `json:"updated_at"` // of the resource
}

type attributeCreate struct {
	Key         string  `json:"key" api:"required"`
	Type        string  `json:"type" api:"required"`
	Description *string `json:"description" api:"nullable"`
}

type attributeUpdate struct {
	Type        httpapi.Opt[string] `json:"type" api:"nullable"`
	Description httpapi.Opt[string] `json:"description" api:"nullable"`
}

// attributeOf is an attribute that is read by itself.
type attributeOf struct {
	attributeRead
	ResourceID  authz.ID          `json:"resource_id"`
	ResourceKey authz.ResourceKey `json:"resource_key"`
	belonging
	CreatedAt timestamp `json:"created_at"` // of the resource
	UpdatedAt timestamp `json:"updated_at"` // of the resource
	BuiltIn   bool      `json:"built_in"`
}

func (a *API) createAction(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[actionCreate](w, r)
	if err != nil {
		return err
	}
	if err := offered(body.fields()...); err != nil {
		return err
	}
	in := directory.ActionInput{Key: authz.ActionKey(body.Key), Name: &body.Name, Description: body.Description, Attributes: body.Attributes}
	res, rev, err := a.Directory.CreateAction(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), in)
	return wroteAction(w, c, res, authz.Ident(body.Key), rev, partFault(err, "actions", body.Key))
}

func (a *API) updateAction(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[actionUpdate](w, r)
	if err != nil {
		return err
	}
	if err := offered(body.fields()...); err != nil {
		return err
	}
	in := directory.ActionInput{Name: body.Name.Set(), Description: body.Description.Ptr(), Attributes: body.Attributes.Ptr()}
	res, rev, err := a.Directory.UpdateAction(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "action"), in)
	return wroteAction(w, c, res, ident(r, "action"), rev, partFault(err, "actions", r.PathValue("action")))
}

func (a *API) deleteAction(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deletedPart(w, r, c, "action", a.Directory.DeleteAction)
}

func (a *API) readAction(w http.ResponseWriter, r *http.Request, c caller) error {
	res, err := a.Directory.Resource(r.Context(), c.env.ID, ident(r, "resource"))
	if err != nil {
		return err
	}
	action, err := directory.ActionOf(res, ident(r, "action"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readActionOf(c.env, res, action))
}

func (a *API) listActions(w http.ResponseWriter, r *http.Request, c caller) error {
	page, wanted, err := attributedPage(r)
	if err != nil {
		return err
	}
	res, err := a.Directory.Resource(r.Context(), c.env.ID, ident(r, "resource"))
	if err != nil {
		return err
	}
	list := having(res.Actions, wanted, func(x authz.Action) authz.Attributes { return x.Attributes })
	rows := each(page.of(len(list)), func(i int) actionOf { return readActionOf(c.env, res, list[i]) })
	return httpapi.Write(w, http.StatusOK, rows)
}

func wroteAction(w http.ResponseWriter, c caller, res authz.Resource, id authz.Ident, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	action, err := directory.ActionOf(res, id)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readActionOf(c.env, res, action))
}

func readActionOf(e authz.Environment, res authz.Resource, a authz.Action) actionOf {
	return actionOf{
		actionRead: readActionIn(a), Permission: string(res.Key) + ":" + string(a.Key), belonging: belongs(e),
		ResourceID: res.ID, CreatedAt: timestamp(res.CreatedAt), UpdatedAt: timestamp(res.UpdatedAt),
	}
}

// attributed is the resource whose attributes a path is about: under
// users/attributes it is that of users, unless the query says otherwise.
func attributed(r *http.Request) authz.Ident {
	return cmp.Or(ident(r, "resource"), authz.Ident(httpapi.QueryOf(r).Text("resource_id")), "__user")
}

func (a *API) createAttribute(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[attributeCreate](w, r)
	if err != nil {
		return err
	}
	in := directory.AttributeInput{Key: body.Key, Type: &body.Type, Description: body.Description}
	res, rev, err := a.Directory.CreateAttribute(r.Context(), c.env.ID, c.key.Actor(), attributed(r), in)
	return wroteAttribute(w, c, res, authz.Ident(body.Key), rev, partFault(err, "attributes", body.Key))
}

func (a *API) updateAttribute(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[attributeUpdate](w, r)
	if err != nil {
		return err
	}
	in := directory.AttributeInput{Type: body.Type.Set(), Description: body.Description.Ptr()}
	res, rev, err := a.Directory.UpdateAttribute(r.Context(), c.env.ID, c.key.Actor(), attributed(r), ident(r, "attribute"), in)
	return wroteAttribute(w, c, res, ident(r, "attribute"), rev, partFault(err, "attributes", r.PathValue("attribute")))
}

func (a *API) deleteAttribute(w http.ResponseWriter, r *http.Request, c caller) error {
	rev, err := a.Directory.DeleteAttribute(r.Context(), c.env.ID, c.key.Actor(), attributed(r), ident(r, "attribute"))
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

func (a *API) readAttribute(w http.ResponseWriter, r *http.Request, c caller) error {
	res, err := a.Directory.Resource(r.Context(), c.env.ID, attributed(r))
	if err != nil {
		return err
	}
	attribute, err := directory.AttributeOf(res, ident(r, "attribute"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readAttributeOf(c.env, res, attribute))
}

func (a *API) listAttributes(w http.ResponseWriter, r *http.Request, c caller) error {
	page, err := onlyPage(r)
	if err != nil {
		return err
	}
	res, err := a.Directory.Resource(r.Context(), c.env.ID, attributed(r))
	if err != nil {
		return err
	}
	rows := each(page.of(len(res.Attributes)), func(i int) attributeOf { return readAttributeOf(c.env, res, res.Attributes[i]) })
	return httpapi.Write(w, http.StatusOK, rows)
}

func wroteAttribute(w http.ResponseWriter, c caller, res authz.Resource, id authz.Ident, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	attribute, err := directory.AttributeOf(res, id)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readAttributeOf(c.env, res, attribute))
}

func readAttributeOf(e authz.Environment, res authz.Resource, a authz.ResourceAttribute) attributeOf {
	return attributeOf{
		attributeRead: readAttributeIn(a), ResourceID: res.ID, ResourceKey: res.Key, belonging: belongs(e),
		CreatedAt: timestamp(res.CreatedAt), UpdatedAt: timestamp(res.UpdatedAt), BuiltIn: directory.BuiltIn(res, a),
	}
}

// deletedPart answers what the deletion of a part of a resource came to.
func (a *API) deletedPart(w http.ResponseWriter, r *http.Request, c caller, name string, remove func(context.Context, authz.EnvID, string, authz.Ident, authz.Ident) (authz.Revision, error)) error {
	rev, err := remove(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, name))
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

// partFault names the field of a part's own body, where a rule of the house names
// the part inside its resource.
func partFault(err error, part, key string) error {
	e, ok := errors.AsType[*authz.Error](err)
	if !ok {
		return err
	}
	inside, of := strings.CutPrefix(e.Field, part+"."+key+".")
	switch {
	case e.Field == part:
		inside = "key"
	case !of:
		return err
	}
	moved := *e
	moved.Field = inside
	return &moved
}

// A window is a page of a list that is here as a whole.
type window struct{ httpapi.Page }

// onlyPage reads a query that asks for a page and nothing else.
func onlyPage(r *http.Request) (window, error) {
	q := httpapi.QueryOf(r)
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return window{}, err
	}
	return window{page}, unfiltered(q)
}

// of are the indexes of the page in a list of n.
func (p window) of(n int) []int {
	var out []int
	for i := min(p.Offset(), n); i < min(p.Offset()+p.Size, n); i++ {
		out = append(out, i)
	}
	return out
}
