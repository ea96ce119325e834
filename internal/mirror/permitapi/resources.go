package permitapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

type resourceRead struct {
	Key            authz.ResourceKey                     `json:"key"`
	Name           string                                `json:"name"`
	URN            *string                               `json:"urn"`
	Description    *string                               `json:"description"`
	Actions        map[string]part                       `json:"actions"`
	Attributes     map[string]attribute                  `json:"attributes"`
	TypeAttributes authz.Attributes                      `json:"type_attributes"`
	Roles          map[authz.RoleKey]roleRead            `json:"roles"`
	Relations      map[authz.RelationKey]relationInside  `json:"relations"`
	Groups         map[authz.ActionKey][]authz.ActionKey `json:"action_groups"`
}

// A part is an action, or what is common to it and an action group.
type part struct {
	Key         authz.ActionKey   `json:"key,omitempty"`
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	Attributes  authz.Attributes  `json:"attributes"`
	Actions     []authz.ActionKey `json:"actions,omitempty"`
}

type attribute struct {
	Type        string `json:"type"`
	Description string `json:"description"`
}

type relationInside struct {
	Name        string            `json:"relation_name"`
	Description *string           `json:"description"`
	Resource    authz.ResourceKey `json:"resource"`
}

type roleRead struct {
	Key         authz.RoleKey     `json:"key"`
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	Permissions []authz.ActionKey `json:"permissions"`
	Extends     []authz.RoleKey   `json:"extends"`
	Attributes  authz.Attributes  `json:"attributes"`
	GrantedTo   *granted          `json:"granted_to"`
}

type granted struct {
	UsersWithRole []derivation `json:"users_with_role"`
	When          *when        `json:"when,omitempty"`
}

type derivation struct {
	Role     authz.RoleKey     `json:"role"`
	On       authz.ResourceKey `json:"on_resource"`
	Relation authz.RelationKey `json:"linked_by_relation"`
	When     *when             `json:"when,omitempty"`
}

type when struct {
	NoDirectRoles bool `json:"no_direct_roles_on_object"`
}

func (r resourceRead) value() authz.Resource {
	out := authz.Resource{Key: r.Key, Name: r.Name, URN: text(r.URN), Description: text(r.Description), TypeAttributes: r.TypeAttributes, BuiltIn: builtIn(r.Key)}
	for key, a := range r.Actions {
		out.Actions = append(out.Actions, authz.Action{Key: authz.ActionKey(key), Name: a.Name, Description: text(a.Description), Attributes: a.Attributes})
	}
	for key, a := range r.Attributes {
		out.Attributes = append(out.Attributes, authz.ResourceAttribute{Key: key, Type: a.Type, Description: a.Description})
	}
	for key, x := range r.Relations {
		out.Relations = append(out.Relations, authz.Relation{Key: key, Name: x.Name, Description: text(x.Description), Subject: x.Resource})
	}
	for key, role := range r.Roles {
		out.Roles = append(out.Roles, role.value(r.Key, key))
	}
	slices.SortFunc(out.Roles, func(a, b authz.ResourceRole) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

func (r roleRead) value(of authz.ResourceKey, key authz.RoleKey) authz.ResourceRole {
	out := authz.ResourceRole{Key: key, Name: r.Name, Description: text(r.Description), Extends: r.Extends, Attributes: r.Attributes}
	for _, p := range r.Permissions {
		out.Actions = append(out.Actions, authz.ActionKey(strings.TrimPrefix(string(p), string(of)+":")))
	}
	if r.GrantedTo == nil {
		return out
	}
	for _, d := range r.GrantedTo.UsersWithRole {
		out.Derivations = append(out.Derivations, authz.Derivation{Role: d.Role, On: d.On, Through: d.Relation, NoDirectRoles: d.When != nil && d.When.NoDirectRoles})
	}
	out.NoDirectRoles = r.GrantedTo.When != nil && r.GrantedTo.When.NoDirectRoles
	return out
}

func builtIn(key authz.ResourceKey) bool { return strings.HasPrefix(string(key), "__") }

// resources reads a page of resources, with their action groups.
func resources(ctx context.Context, c *Client, path string) (page[authz.Change], error) {
	var list page[resourceRead]
	if err := c.get(ctx, path, &list); err != nil {
		return page[authz.Change]{}, err
	}
	out := page[authz.Change]{Total: list.Total}
	for _, r := range list.Data {
		whole, err := c.grouped(ctx, r)
		if err != nil {
			return out, err
		}
		out.Data = append(out.Data, whole)
	}
	return out, nil
}

// resource reads one resource.
func (c *Client) resource(ctx context.Context, key string) (authz.Change, error) {
	var r resourceRead
	if err := c.get(ctx, c.schema+"/resources/"+url.PathEscape(key), &r); err != nil {
		return nil, err
	}
	return c.grouped(ctx, r)
}

// grouped is a resource with its action groups, of which it says only what is in them.
func (c *Client) grouped(ctx context.Context, r resourceRead) (authz.Change, error) {
	out := r.value()
	if len(r.Groups) == 0 {
		return authz.PutResource{Resource: out}, nil
	}
	var groups page[part]
	if err := c.get(ctx, c.schema+"/resources/"+url.PathEscape(string(r.Key))+"/action_groups?per_page=100", &groups); err != nil {
		return nil, err
	}
	for _, g := range groups.Data {
		out.ActionGroups = append(out.ActionGroups, authz.ActionGroup{Key: g.Key, Name: g.Name, Description: text(g.Description), Attributes: g.Attributes, Actions: g.Actions})
	}
	return authz.PutResource{Resource: out}, nil
}

// putResource makes a resource without what names others, or makes one that is there
// equal, a part after another. Of a built-in one, attributes are added.
func (c *Client) putResource(ctx context.Context, made bool, r authz.Resource) error {
	base := object{"name": cmp.Or(r.Name, string(r.Key)), "urn": orNull(r.URN), "description": orNull(r.Description), "type_attributes": r.TypeAttributes}
	actions, attributes := map[string]part{}, map[string]attribute{}
	for _, a := range r.Actions {
		actions[string(a.Key)] = part{Name: cmp.Or(a.Name, string(a.Key)), Description: orNull(a.Description), Attributes: a.Attributes}
	}
	for _, a := range r.Attributes {
		attributes[a.Key] = attribute{a.Type, a.Description}
	}
	base["actions"], base["attributes"] = actions, attributes
	if made {
		base["key"] = r.Key
		return c.post(ctx, c.schema+"/resources", base)
	}
	there, err := c.resource(ctx, string(r.Key))
	if err != nil {
		return err
	}
	is := there.(authz.PutResource).Resource //nolint:errcheck,forcetypeassert // it is what resource returns
	base["type_attributes"] = instead(r.TypeAttributes, is.TypeAttributes)
	if builtIn(r.Key) {
		return c.addAttributes(ctx, r, is)
	}
	steps := []func() error{
		func() error { return c.patch(ctx, c.schema+"/resources", string(r.Key), base) },
		func() error { return c.putRelations(ctx, r, is) },
		func() error { return c.putGroups(ctx, r, is) },
		func() error { return c.putRoles(ctx, r, is) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return begun(err, i > 0)
		}
	}
	return nil
}

// begun says of an error that parts of the call were done.
func begun(err error, some bool) error {
	if r, ok := errors.AsType[*mirror.Refusal](err); ok && some {
		part := *r
		part.Begun = true
		return &part
	}
	return err
}

func (c *Client) addAttributes(ctx context.Context, r, is authz.Resource) error {
	for _, a := range r.Attributes {
		if slices.ContainsFunc(is.Attributes, func(b authz.ResourceAttribute) bool { return a.Key == b.Key }) {
			continue
		}
		body := object{"key": a.Key, "type": a.Type, "description": a.Description}
		if err := c.post(ctx, c.schema+"/resources/"+url.PathEscape(string(r.Key))+"/attributes", body); err != nil {
			return err
		}
	}
	return nil
}

// putRelations makes relations anew that are not what they should be: none is changed.
func (c *Client) putRelations(ctx context.Context, r, is authz.Resource) error {
	path := c.schema + "/resources/" + url.PathEscape(string(r.Key)) + "/relations"
	same := func(a, b authz.Relation) bool {
		return a.Key == b.Key && a.Subject == b.Subject && a.Name == b.Name && a.Description == b.Description
	}
	for _, x := range is.Relations {
		if slices.ContainsFunc(r.Relations, func(y authz.Relation) bool { return same(x, y) }) {
			continue
		}
		if err := c.change(ctx, http.MethodDelete, path+"/"+url.PathEscape(string(x.Key)), nil, false); err != nil && !missing(err) {
			return err
		}
	}
	for _, x := range r.Relations {
		if slices.ContainsFunc(is.Relations, func(y authz.Relation) bool { return same(x, y) }) {
			continue
		}
		body := object{"key": x.Key, "name": cmp.Or(x.Name, string(x.Key)), "description": orNull(x.Description), "subject_resource": x.Subject}
		if err := c.post(ctx, path, body); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) putGroups(ctx context.Context, r, is authz.Resource) error {
	path := c.schema + "/resources/" + url.PathEscape(string(r.Key)) + "/action_groups"
	for _, g := range is.ActionGroups {
		if slices.ContainsFunc(r.ActionGroups, func(h authz.ActionGroup) bool { return g.Key == h.Key }) {
			continue
		}
		if err := c.change(ctx, http.MethodDelete, path+"/"+url.PathEscape(string(g.Key)), nil, false); err != nil && !missing(err) {
			return err
		}
	}
	for _, g := range r.ActionGroups {
		body := object{"name": cmp.Or(g.Name, string(g.Key)), "description": orNull(g.Description), "attributes": g.Attributes, "actions": append([]authz.ActionKey{}, g.Actions...)}
		var err error
		if slices.ContainsFunc(is.ActionGroups, func(h authz.ActionGroup) bool { return g.Key == h.Key }) {
			err = c.patch(ctx, path, string(g.Key), body)
		} else {
			body["key"] = g.Key
			err = c.post(ctx, path, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putRoles puts all roles without what they derive from others, and then with it: roles
// of a resource may derive from one another.
func (c *Client) putRoles(ctx context.Context, r, is authz.Resource) error {
	if len(r.Roles) == 0 && len(is.Roles) == 0 {
		return nil
	}
	roles := func(whole bool) object {
		out := object{}
		for _, role := range r.Roles {
			there := slices.ContainsFunc(is.Roles, func(x authz.ResourceRole) bool { return x.Key == role.Key })
			out[string(role.Key)] = roleIn(role, whole || there)
		}
		return object{"roles": out}
	}
	derives := slices.ContainsFunc(r.Roles, func(x authz.ResourceRole) bool { return len(x.Derivations) > 0 })
	if err := c.patch(ctx, c.schema+"/resources", string(r.Key), roles(!derives)); err != nil || !derives {
		return err
	}
	return c.patch(ctx, c.schema+"/resources", string(r.Key), roles(true))
}

func roleIn(r authz.ResourceRole, whole bool) object {
	out := object{
		"name": cmp.Or(r.Name, string(r.Key)), "description": orNull(r.Description), "attributes": r.Attributes,
		"permissions": append([]authz.ActionKey{}, r.Actions...), "extends": append([]authz.RoleKey{}, r.Extends...),
	}
	if !whole {
		return out
	}
	g := granted{UsersWithRole: []derivation{}, When: &when{r.NoDirectRoles}}
	for _, d := range r.Derivations {
		g.UsersWithRole = append(g.UsersWithRole, derivation{Role: d.Role, On: d.On, Relation: d.Through, When: &when{d.NoDirectRoles}})
	}
	out["granted_to"] = g
	return out
}

// raw is JSON that is kept as text.
func raw(text string) json.RawMessage { return json.RawMessage(text) }
