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
	return wrotePart(w, c, res, actionPart(authz.Ident(body.Key)), rev, partFault(err, "actions", body.Key))
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
	return wrotePart(w, c, res, actionPart(ident(r, "action")), rev, partFault(err, "actions", r.PathValue("action")))
}

func (a *API) deleteAction(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deletedPart(w, r, c, "action", a.Directory.DeleteAction)
}

func (a *API) readAction(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.readPart(w, r, c, ident(r, "resource"), actionPart(ident(r, "action")))
}

func (a *API) listActions(w http.ResponseWriter, r *http.Request, c caller) error {
	return listParts(a, w, r, c, func(res authz.Resource) []authz.Action { return res.Actions },
		func(x authz.Action) authz.Attributes { return x.Attributes }, readActionOf)
}

// actionPart is the action of that key or id.
func actionPart(id authz.Ident) part {
	return partOf(id, directory.ActionOf, readActionOf)
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
	return wrotePart(w, c, res, attributePart(authz.Ident(body.Key)), rev, partFault(err, "attributes", body.Key))
}

func (a *API) updateAttribute(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[attributeUpdate](w, r)
	if err != nil {
		return err
	}
	in := directory.AttributeInput{Type: body.Type.Set(), Description: body.Description.Ptr()}
	res, rev, err := a.Directory.UpdateAttribute(r.Context(), c.env.ID, c.key.Actor(), attributed(r), ident(r, "attribute"), in)
	return wrotePart(w, c, res, attributePart(ident(r, "attribute")), rev, partFault(err, "attributes", r.PathValue("attribute")))
}

func (a *API) deleteAttribute(w http.ResponseWriter, r *http.Request, c caller) error {
	rev, err := a.Directory.DeleteAttribute(r.Context(), c.env.ID, c.key.Actor(), attributed(r), ident(r, "attribute"))
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

func (a *API) readAttribute(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.readPart(w, r, c, attributed(r), attributePart(ident(r, "attribute")))
}

// attributePart is the attribute of that key or id.
func attributePart(id authz.Ident) part {
	return partOf(id, directory.AttributeOf, readAttributeOf)
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

func readAttributeOf(e authz.Environment, res authz.Resource, a authz.ResourceAttribute) attributeOf {
	return attributeOf{
		attributeRead: readAttributeIn(a), ResourceID: res.ID, ResourceKey: res.Key, belonging: belongs(e),
		CreatedAt: timestamp(res.CreatedAt), UpdatedAt: timestamp(res.UpdatedAt), BuiltIn: directory.BuiltIn(res, a),
	}
}

// A part shows one part of a resource; the error is NotFound.
type part func(e authz.Environment, res authz.Resource) (shown any, err error)

// partOf is the part that find finds by its key or id, as read shows it.
func partOf[T, R any](id authz.Ident, find func(authz.Resource, authz.Ident) (T, error), read func(authz.Environment, authz.Resource, T) R) part {
	return func(e authz.Environment, res authz.Resource) (any, error) {
		found, err := find(res, id)
		if err != nil {
			return nil, err
		}
		return read(e, res, found), nil
	}
}

// readPart answers with a part of a resource.
func (a *API) readPart(w http.ResponseWriter, r *http.Request, c caller, of authz.Ident, p part) error {
	res, err := a.Directory.Resource(r.Context(), c.env.ID, of)
	if err != nil {
		return err
	}
	shown, err := p(c.env, res)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, shown)
}

// wrotePart answers a write that left res with a part of it.
func wrotePart(w http.ResponseWriter, c caller, res authz.Resource, p part, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	shown, err := p(c.env, res)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, shown)
}

// listParts answers a page of those parts of a resource that have the attributes
// wanted.
func listParts[T, R any](a *API, w http.ResponseWriter, r *http.Request, c caller, all func(authz.Resource) []T,
	attributes func(T) authz.Attributes, read func(authz.Environment, authz.Resource, T) R,
) error {
	page, wanted, err := attributedPage(r)
	if err != nil {
		return err
	}
	res, err := a.Directory.Resource(r.Context(), c.env.ID, ident(r, "resource"))
	if err != nil {
		return err
	}
	list := having(all(res), wanted, attributes)
	return httpapi.Write(w, http.StatusOK, each(page.of(len(list)), func(i int) R { return read(c.env, res, list[i]) }))
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
