package permit

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type actionGroupCreate struct {
	Key         string            `json:"key" api:"required"`
	Name        string            `json:"name" api:"required"`
	Description *string           `json:"description" api:"nullable"`
	Attributes  *authz.Attributes `json:"attributes" api:"nullable"`
	Actions     *[]string         `json:"actions" api:"nullable"`
}

type actionGroupUpdate struct {
	Name        httpapi.Opt[string]           `json:"name" api:"nullable"`
	Description httpapi.Opt[string]           `json:"description" api:"nullable"`
	Attributes  httpapi.Opt[authz.Attributes] `json:"attributes" api:"nullable"`
	Actions     *[]string                     `json:"actions" api:"nullable"` // null keeps, as of a role's permissions
}

type actionGroupRead struct {
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	Attributes  *authz.Attributes `json:"attributes"`
	Actions     []authz.ActionKey `json:"actions"`
	Key         authz.ActionKey   `json:"key"`
	ID          authz.ID          `json:"id"`
	belonging
	ResourceID authz.ID  `json:"resource_id"`
	CreatedAt  timestamp `json:"created_at"`
	UpdatedAt  timestamp `json:"updated_at"`
}

func (a *API) mountActionGroups(in func(pattern string, h handler)) {
	in("GET"+schema+"/resources/{resource}/action_groups", a.listActionGroups)
	in("POST"+schema+"/resources/{resource}/action_groups", a.createActionGroup)
	in("GET"+schema+"/resources/{resource}/action_groups/{group}", a.readActionGroup)
	in("PATCH"+schema+"/resources/{resource}/action_groups/{group}", a.updateActionGroup)
	in("DELETE"+schema+"/resources/{resource}/action_groups/{group}", a.deleteActionGroup)
}

// groupedActions reads the actions of a group; nil stays nil.
func groupedActions(keys *[]string) *[]authz.Ident {
	if keys == nil {
		return nil
	}
	list := idents(*keys)
	return &list
}

func (a *API) createActionGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[actionGroupCreate](w, r)
	if err != nil {
		return err
	}
	in := directory.ActionGroupInput{
		Key: authz.ActionKey(body.Key), Name: &body.Name, Description: body.Description, Attributes: body.Attributes, Actions: groupedActions(body.Actions),
	}
	res, rev, err := a.Directory.CreateActionGroup(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), in)
	return wrotePart(w, c, res, actionGroupPart(authz.Ident(body.Key)), rev, partFault(err, "action_groups", body.Key))
}

func (a *API) updateActionGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[actionGroupUpdate](w, r)
	if err != nil {
		return err
	}
	in := directory.ActionGroupInput{
		Name: body.Name.Set(), Description: body.Description.Ptr(), Attributes: body.Attributes.Ptr(), Actions: groupedActions(body.Actions),
	}
	res, rev, err := a.Directory.UpdateActionGroup(r.Context(), c.env.ID, c.key.Actor(), ident(r, "resource"), ident(r, "group"), in)
	return wrotePart(w, c, res, actionGroupPart(ident(r, "group")), rev, partFault(err, "action_groups", r.PathValue("group")))
}

func (a *API) deleteActionGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deletedPart(w, r, c, "group", a.Directory.DeleteActionGroup)
}

func (a *API) readActionGroup(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.readPart(w, r, c, ident(r, "resource"), actionGroupPart(ident(r, "group")))
}

func (a *API) listActionGroups(w http.ResponseWriter, r *http.Request, c caller) error {
	return listParts(a, w, r, c, func(res authz.Resource) []authz.ActionGroup { return res.ActionGroups },
		func(g authz.ActionGroup) authz.Attributes { return g.Attributes }, readActionGroupOf)
}

// actionGroupPart is the group of that key or id.
func actionGroupPart(id authz.Ident) part {
	return partOf(id, directory.ActionGroupOf, readActionGroupOf)
}

func readActionGroupOf(e authz.Environment, res authz.Resource, g authz.ActionGroup) actionGroupRead {
	return actionGroupRead{
		Name: g.Name, Description: orNull(g.Description), Attributes: attributesOrNull(g.Attributes),
		Actions: each(g.Actions, func(k authz.ActionKey) authz.ActionKey { return k }),
		Key:     g.Key, ID: g.ID, belonging: belongs(e), ResourceID: res.ID,
		CreatedAt: timestamp(g.CreatedAt), UpdatedAt: timestamp(g.UpdatedAt),
	}
}

// actionGroups is how a resource shows its groups: their actions by their key.
func actionGroups(r authz.Resource) map[authz.ActionKey][]authz.ActionKey {
	out := map[authz.ActionKey][]authz.ActionKey{}
	for _, g := range r.ActionGroups {
		out[g.Key] = each(g.Actions, func(k authz.ActionKey) authz.ActionKey { return k })
	}
	return out
}
