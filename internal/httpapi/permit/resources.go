package permit

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type resourceCreate struct {
	Key string `json:"key" api:"required"`
	resourceReplace
}

// resourceReplace is the body of PUT: the key stands in the path.
type resourceReplace struct {
	Name           string                    `json:"name" api:"required"`
	URN            *string                   `json:"urn" api:"nullable"`
	Description    *string                   `json:"description" api:"nullable"`
	Actions        map[string]actionEdit     `json:"actions" api:"required"`
	TypeAttributes *authz.Attributes         `json:"type_attributes" api:"nullable"`
	Attributes     *map[string]attributeEdit `json:"attributes" api:"nullable"`
	resourceRelated
	resourceNotOffered
}

type resourceUpdate struct {
	Name           httpapi.Opt[string]           `json:"name" api:"nullable"`
	URN            httpapi.Opt[string]           `json:"urn" api:"nullable"`
	Description    httpapi.Opt[string]           `json:"description" api:"nullable"`
	Actions        *map[string]actionEdit        `json:"actions"`
	TypeAttributes httpapi.Opt[authz.Attributes] `json:"type_attributes" api:"nullable"`
	Attributes     *map[string]attributeEdit     `json:"attributes" api:"nullable"` // null keeps, as Permit's does
	resourceRelated
	resourceNotOffered
}

// resourceRelated is what relationships need of a resource. Null keeps it, as it
// does attributes.
type resourceRelated struct {
	Roles     *map[string]roleInResource `json:"roles" api:"nullable"`
	Relations *map[string]string         `json:"relations" api:"nullable"` // key to the subject's resource
}

// resourceNotOffered are the fields of a resource that Gatehouse does not offer yet.
type resourceNotOffered struct {
	V1Path any `json:"v1compat_path" api:"nullable"`
	V1Type any `json:"v1compat_type" api:"nullable"`
	V1Name any `json:"v1compat_name" api:"nullable"`
}

func (b resourceNotOffered) fields() []field {
	return []field{{"v1compat_path", b.V1Path}, {"v1compat_type", b.V1Type}, {"v1compat_name", b.V1Name}}
}

type actionEdit struct {
	Name        *string          `json:"name" api:"nullable"`
	Description *string          `json:"description" api:"nullable"`
	Attributes  authz.Attributes `json:"attributes" api:"nullable"`
	V1Path      any              `json:"v1compat_path" api:"nullable"`
	V1Name      any              `json:"v1compat_name" api:"nullable"`
}

type attributeEdit struct {
	Type        string  `json:"type" api:"required"`
	Description *string `json:"description" api:"nullable"`
}

type resourceRead struct {
	Key authz.ResourceKey `json:"key"`
	ID  authz.ID          `json:"id"`
	belonging
	CreatedAt      timestamp                                `json:"created_at"`
	UpdatedAt      timestamp                                `json:"updated_at"`
	Name           string                                   `json:"name"`
	URN            *string                                  `json:"urn"`
	Description    *string                                  `json:"description"`
	Actions        map[authz.ActionKey]actionRead           `json:"actions"`
	TypeAttributes *authz.Attributes                        `json:"type_attributes"`
	Attributes     map[string]attributeRead                 `json:"attributes"`
	Roles          map[authz.RoleKey]resourceRoleRead       `json:"roles"`
	Relations      map[authz.RelationKey]relationInResource `json:"relations"`
	V1Path         *string                                  `json:"v1compat_path"`
	V1Type         *string                                  `json:"v1compat_type"`
	V1Name         *string                                  `json:"v1compat_name"`
	ActionGroups   map[authz.ActionKey][]authz.ActionKey    `json:"action_groups"`
}

type actionRead struct {
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	Attributes  *authz.Attributes `json:"attributes"`
	V1Path      *string           `json:"v1compat_path"`
	V1Name      *string           `json:"v1compat_name"`
	ID          authz.ID          `json:"id"`
	Key         authz.ActionKey   `json:"key"`
}

type attributeRead struct {
	Type        string   `json:"type"`
	Description string   `json:"description"` // never null: Permit's Terraform provider would fail
	ID          authz.ID `json:"id"`
	Key         string   `json:"key"`
}

// parts reads the actions and attributes of a resource; nil stays nil.
func parts(actions *map[string]actionEdit, attributes *map[string]attributeEdit) (*[]authz.Action, *[]authz.ResourceAttribute, error) {
	var acts *[]authz.Action
	var attrs *[]authz.ResourceAttribute
	if actions != nil {
		acts = &[]authz.Action{}
		for key, e := range *actions {
			if err := offered(field{"actions." + key + ".v1compat_path", e.V1Path}, field{"actions." + key + ".v1compat_name", e.V1Name}); err != nil {
				return nil, nil, err
			}
			*acts = append(*acts, authz.Action{Key: authz.ActionKey(key), Name: orEmpty(e.Name), Description: orEmpty(e.Description), Attributes: e.Attributes})
		}
	}
	if attributes != nil {
		attrs = &[]authz.ResourceAttribute{}
		for key, e := range *attributes {
			*attrs = append(*attrs, authz.ResourceAttribute{Key: key, Type: e.Type, Description: orEmpty(e.Description)})
		}
	}
	return acts, attrs, nil
}

// over reads relations and roles into in, unless err says that in is none.
func (b resourceRelated) over(in directory.ResourceInput, err error) (directory.ResourceInput, error) {
	if err != nil {
		return in, err
	}
	if b.Relations != nil {
		in.Relations = &[]directory.RelationInput{}
		for _, key := range slices.Sorted(maps.Keys(*b.Relations)) {
			*in.Relations = append(*in.Relations, directory.RelationInput{Key: authz.RelationKey(key), Subject: authz.Ident((*b.Relations)[key])})
		}
	}
	if b.Roles != nil {
		in.Roles = &[]directory.ResourceRoleInput{}
		for _, key := range slices.Sorted(maps.Keys(*b.Roles)) {
			role, err := (*b.Roles)[key].input(key)
			if err != nil {
				return in, err
			}
			*in.Roles = append(*in.Roles, role)
		}
	}
	return in, nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (b resourceReplace) input() (directory.ResourceInput, error) {
	in := directory.ResourceInput{Name: &b.Name, URN: b.URN, Description: b.Description, TypeAttributes: b.TypeAttributes}
	err := offered(b.fields()...)
	if err == nil {
		in.Actions, in.Attributes, err = parts(&b.Actions, b.Attributes)
	}
	return b.over(in, err)
}

func (b resourceUpdate) input() (directory.ResourceInput, error) {
	// A resource always has a name, so null can only mean to keep it.
	in := directory.ResourceInput{Name: b.Name.Set(), URN: b.URN.Ptr(), Description: b.Description.Ptr(), TypeAttributes: b.TypeAttributes.Ptr()}
	err := offered(b.fields()...)
	if err == nil {
		in.Actions, in.Attributes, err = parts(b.Actions, b.Attributes)
	}
	return b.over(in, err)
}

func (a *API) createResource(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[resourceCreate](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	res, rev, err := a.Directory.CreateResource(r.Context(), c.env.ID, c.key.Actor(), authz.ResourceKey(body.Key), in)
	return a.wroteResource(w, r, c, res, rev, err)
}

func (a *API) replaceResource(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[resourceReplace](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	res, rev, err := a.Directory.ReplaceResource(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), in)
	return a.wroteResource(w, r, c, res, rev, err)
}

func (a *API) updateResource(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[resourceUpdate](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	res, rev, err := a.Directory.UpdateResource(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), in)
	return a.wroteResource(w, r, c, res, rev, err)
}

func (a *API) deleteResource(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "resource"), a.Directory.DeleteResource)
}

func (a *API) readResource(w http.ResponseWriter, r *http.Request, c caller) error {
	res, types, err := a.resourceOf(r, c)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, types.read(c.env, res))
}

func (a *API) listResources(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	f := directory.ResourceFilter{Search: q.Text("search"), BuiltIn: q.Bool("include_built_in")}
	page, counted := q.Page(most), q.Bool("include_total_count")
	if err := q.Err(); err != nil {
		return err
	}
	list, total, err := a.Directory.Resources(r.Context(), c.env.ID, f, rowsOf(page))
	if err != nil {
		return err
	}
	types, err := a.types(r, c, each(list, func(res authz.Resource) authz.ResourceKey { return res.Key })...)
	if err != nil {
		return err
	}
	rows := each(list, func(res authz.Resource) resourceRead { return types.read(c.env, res) })
	return writeList(w, rows, total, page, counted)
}

// wroteResource answers a write with the resource.
func (a *API) wroteResource(w http.ResponseWriter, r *http.Request, c caller, res authz.Resource, rev authz.Revision, err error) error {
	if err != nil {
		return err
	}
	types, err := a.types(r, c, res.Key)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, types.read(c.env, res))
}

func (t types) read(e authz.Environment, r authz.Resource) resourceRead {
	out := resourceRead{
		Key: r.Key, ID: r.ID, belonging: belongs(e),
		CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.UpdatedAt),
		Name: r.Name, URN: orNull(r.URN), Description: orNull(r.Description),
		Actions: map[authz.ActionKey]actionRead{}, Attributes: map[string]attributeRead{},
		Roles: map[authz.RoleKey]resourceRoleRead{}, Relations: map[authz.RelationKey]relationInResource{},
		TypeAttributes: attributesOrNull(r.TypeAttributes), ActionGroups: actionGroups(r),
	}
	for _, a := range r.Actions {
		out.Actions[a.Key] = readActionIn(a)
	}
	for _, a := range r.Attributes {
		out.Attributes[a.Key] = readAttributeIn(a)
	}
	for _, role := range r.Roles {
		out.Roles[role.Key] = t.role(e, r, role)
	}
	for _, x := range r.Relations {
		out.Relations[x.Key] = relationInResource{Description: orNull(x.Description), ResourceID: t[x.Subject].ID, Name: x.Name, Resource: x.Subject}
	}
	return out
}

func readActionIn(a authz.Action) actionRead {
	return actionRead{
		// Permit's Terraform provider needs a name.
		Name: cmp.Or(a.Name, string(a.Key)), Description: orNull(a.Description),
		Attributes: attributesOrNull(a.Attributes), ID: a.ID, Key: a.Key,
	}
}

func readAttributeIn(a authz.ResourceAttribute) attributeRead {
	return attributeRead{Type: a.Type, Description: a.Description, ID: a.ID, Key: a.Key}
}
