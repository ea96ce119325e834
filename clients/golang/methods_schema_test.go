package golang

import (
	"testing"

	"github.com/google/uuid"
	"github.com/permitio/permit-golang/pkg/models"
)

var ofResources = rows{
	"Create": func(t *testing.T, c *client) {
		made := of(c.Api.Resources.Create(t.Context(), *models.NewResourceCreate("film", "Film", blocks("watch"))))(t)
		is(t, []string{made.Key, made.Name}, []string{"film", "Film"})
		_, has := made.GetActions()["watch"]
		is(t, has, true)
	},
	"Delete": func(t *testing.T, c *client) {
		must(t, c.Api.Resources.Delete(t.Context(), "doc"))
		is(t, len(of(c.Api.Resources.List(t.Context(), 1, 10))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		is(t, of(c.Api.Resources.Get(t.Context(), "doc"))(t).Key, "doc")
	},
	"GetById": func(t *testing.T, c *client) {
		film := addResource(t, c.Client, "film", "watch")
		is(t, of(c.Api.Resources.GetById(t.Context(), uuid.MustParse(film.Id)))(t).Key, "film")
	},
	"GetByKey": func(t *testing.T, c *client) {
		is(t, of(c.Api.Resources.GetByKey(t.Context(), "doc"))(t).Key, "doc")
	},
	"List": func(t *testing.T, c *client) {
		is(t, keysOf(of(c.Api.Resources.List(t.Context(), 1, 10))(t), resourceKey), []string{"doc"})
	},
	"Search": func(t *testing.T, c *client) {
		addResource(t, c.Client, "film", "watch")
		is(t, keysOf(of(c.Api.Resources.Search(t.Context(), 1, 10, "fil"))(t), resourceKey), []string{"film"})
	},
	"Update": func(t *testing.T, c *client) {
		update := models.NewResourceUpdate()
		update.SetName("Document")
		is(t, of(c.Api.Resources.Update(t.Context(), "doc", *update))(t).Name, "Document")
	},
}

var ofResourceActions = rows{
	"Create": func(t *testing.T, c *client) {
		made := of(c.Api.ResourceActions.Create(t.Context(), "doc", *models.NewResourceActionCreate("sign", "Sign")))(t)
		is(t, []string{made.Key, made.PermissionName}, []string{"sign", "doc:sign"})
	},
	"Delete": func(t *testing.T, c *client) {
		must(t, c.Api.ResourceActions.Delete(t.Context(), "doc", "write"))
		is(t, c.actions(t), []string{"read"})
	},
	"Get": func(t *testing.T, c *client) {
		is(t, of(c.Api.ResourceActions.Get(t.Context(), "doc", "read"))(t).Key, "read")
	},
	"GetById": func(t *testing.T, c *client) {
		sign := of(c.Api.ResourceActions.Create(t.Context(), "doc", *models.NewResourceActionCreate("sign", "Sign")))(t)
		is(t, of(c.Api.ResourceActions.GetById(t.Context(), uuid.MustParse(sign.ResourceId), uuid.MustParse(sign.Id)))(t).Key, "sign")
	},
	"GetByKey": func(t *testing.T, c *client) {
		is(t, of(c.Api.ResourceActions.GetByKey(t.Context(), "doc", "read"))(t).Key, "read")
	},
	"List": func(t *testing.T, c *client) {
		list := of(c.Api.ResourceActions.List(t.Context(), "doc", 1, 10))(t)
		is(t, keysOf(list, actionKey), []string{"read", "write"})
	},
	"ListByAttributes": func(t *testing.T, c *client) {
		sign := models.NewResourceActionCreate("sign", "Sign")
		sign.SetAttributes(map[string]any{"legal": "yes"})
		of(c.Api.ResourceActions.Create(t.Context(), "doc", *sign))(t)
		found := of(c.Api.ResourceActions.ListByAttributes(t.Context(), "doc", 1, 10, map[string]any{"legal": "yes"}))(t)
		is(t, keysOf(found, actionKey), []string{"sign"})
	},
	"Update": func(t *testing.T, c *client) {
		update := models.NewResourceActionUpdate()
		update.SetName("Reading")
		is(t, of(c.Api.ResourceActions.Update(t.Context(), "doc", "read", *update))(t).Name, "Reading")
	},
}

func actionKey(a models.ResourceActionRead) string { return a.Key }

// actions are those of documents.
func (c *client) actions(t *testing.T) []string {
	t.Helper()
	return keysOf(of(c.Api.ResourceActions.List(t.Context(), "doc", 1, 10))(t), actionKey)
}

var ofResourceActionGroups = rows{
	"Create": func(t *testing.T, c *client) {
		create := models.NewResourceActionGroupCreate("all", "All")
		create.SetActions([]string{"read", "write"})
		is(t, of(c.Api.ResourceActionGroups.Create(t.Context(), "doc", *create))(t).Actions, []string{"read", "write"})
	},
	"Delete": func(t *testing.T, c *client) {
		// v1.2.8 sends the path of an action: the group stays, and an action of its key goes.
		c.group(t, "all")
		gone(t, c.Api.ResourceActionGroups.Delete(t.Context(), "doc", "all"))
		must(t, c.Api.ResourceActionGroups.Delete(t.Context(), "doc", "write"))
		is(t, c.actions(t), []string{"read"})
		is(t, of(c.Api.ResourceActionGroups.Get(t.Context(), "doc", "all"))(t).Key, "all")
	},
	"Get": func(t *testing.T, c *client) {
		c.group(t, "all")
		is(t, of(c.Api.ResourceActionGroups.Get(t.Context(), "doc", "all"))(t).Key, "all")
	},
	"GetById": func(t *testing.T, c *client) {
		made := c.group(t, "all")
		is(t, of(c.Api.ResourceActionGroups.GetById(t.Context(), uuid.MustParse(made.ResourceId), uuid.MustParse(made.Id)))(t).Key, "all")
	},
	"GetByKey": func(t *testing.T, c *client) {
		c.group(t, "all")
		is(t, of(c.Api.ResourceActionGroups.GetByKey(t.Context(), "doc", "all"))(t).Key, "all")
	},
	"List": func(t *testing.T, c *client) {
		c.group(t, "all")
		is(t, keysOf(of(c.Api.ResourceActionGroups.List(t.Context(), "doc", 1, 10))(t), actionGroupKey), []string{"all"})
	},
	"ListByAttributes": func(t *testing.T, c *client) {
		// v1.2.8 leaves the attributes out of its query: all groups are the answer.
		c.group(t, "all")
		found := of(c.Api.ResourceActionGroups.ListByAttributes(t.Context(), "doc", 1, 10, map[string]any{"legal": "yes"}))(t)
		is(t, keysOf(found, actionGroupKey), []string{"all"})
	},
}

// group makes a group of no actions of documents.
func (c *client) group(t *testing.T, key string) *models.ResourceActionGroupRead {
	t.Helper()
	return of(c.Api.ResourceActionGroups.Create(t.Context(), "doc", *models.NewResourceActionGroupCreate(key, key)))(t)
}

var ofResourceAttributes = rows{
	"Create": func(t *testing.T, c *client) {
		made := c.attribute(t)
		is(t, made.Key, "size")
		price := of(c.Api.ResourceAttributes.Create(t.Context(), "doc", *models.NewResourceAttributeCreate("price", models.NUMBER)))(t)
		is(t, price.Type, models.NUMBER)
	},
	"Delete": func(t *testing.T, c *client) {
		c.attribute(t)
		must(t, c.Api.ResourceAttributes.Delete(t.Context(), "doc", "size"))
		is(t, len(of(c.Api.ResourceAttributes.List(t.Context(), "doc", 1, 10))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		c.attribute(t)
		is(t, of(c.Api.ResourceAttributes.Get(t.Context(), "doc", "size"))(t).Key, "size")
	},
	"GetById": func(t *testing.T, c *client) {
		made := c.attribute(t)
		is(t, of(c.Api.ResourceAttributes.GetById(t.Context(), uuid.MustParse(made.ResourceId), uuid.MustParse(made.Id)))(t).Key, "size")
	},
	"GetByKey": func(t *testing.T, c *client) {
		c.attribute(t)
		is(t, of(c.Api.ResourceAttributes.GetByKey(t.Context(), "doc", "size"))(t).Key, "size")
	},
	"List": func(t *testing.T, c *client) {
		c.attribute(t)
		list := of(c.Api.ResourceAttributes.List(t.Context(), "doc", 1, 10))(t)
		is(t, keysOf(list, func(a models.ResourceAttributeRead) string { return a.Key }), []string{"size"})
	},
	"Update": func(t *testing.T, c *client) {
		c.attribute(t)
		update := models.NewResourceAttributeUpdate()
		update.SetDescription("In bytes")
		is(t, of(c.Api.ResourceAttributes.Update(t.Context(), "doc", "size", *update))(t).GetDescription(), "In bytes")
	},
}

// attribute gives documents the attribute size.
func (c *client) attribute(t *testing.T) *models.ResourceAttributeRead {
	t.Helper()
	return of(c.Api.ResourceAttributes.Create(t.Context(), "doc", *models.NewResourceAttributeCreate("size", models.NUMBER)))(t)
}

var ofResourceRelations = rows{
	"Create": func(t *testing.T, c *client) {
		made := of(c.Api.ResourceRelations.Create(t.Context(), "doc", *models.NewRelationCreate("copy", "Copy", "doc")))(t)
		is(t, []string{made.Key, made.SubjectResource, made.ObjectResource}, []string{"copy", "doc", "doc"})
	},
	"Delete": func(t *testing.T, c *client) {
		c.folders(t)
		must(t, c.Api.ResourceRelations.Delete(t.Context(), "doc", "parent"))
		is(t, len(*of(c.Api.ResourceRelations.List(t.Context(), 1, 10, "doc"))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		c.folders(t)
		is(t, of(c.Api.ResourceRelations.Get(t.Context(), "doc", "parent"))(t).SubjectResource, "folder")
	},
	"List": func(t *testing.T, c *client) {
		c.folders(t)
		list := *of(c.Api.ResourceRelations.List(t.Context(), 1, 10, "doc"))(t)
		is(t, keysOf(list, func(r models.RelationRead) string { return r.Key }), []string{"parent"})
	},
}

var ofProxyConfigs = rows{
	"Create": func(t *testing.T, c *client) {
		is(t, c.proxy(t).Key, "shop")
		other := of(c.Api.ProxyConfigs.Create(t.Context(), *models.NewProxyConfigCreate("user:password", "other", "Other")))(t)
		is(t, other.Name, "Other")
	},
	"Delete": func(t *testing.T, c *client) {
		c.proxy(t)
		must(t, c.Api.ProxyConfigs.Delete(t.Context(), "shop"))
		is(t, len(of(c.Api.ProxyConfigs.List(t.Context(), 1, 10))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		c.proxy(t)
		is(t, of(c.Api.ProxyConfigs.Get(t.Context(), "shop"))(t).Name, "Shop")
	},
	"GetById": func(t *testing.T, c *client) {
		is(t, of(c.Api.ProxyConfigs.GetById(t.Context(), uuid.MustParse(c.proxy(t).Id)))(t).Key, "shop")
	},
	"GetByKey": func(t *testing.T, c *client) {
		c.proxy(t)
		is(t, of(c.Api.ProxyConfigs.GetByKey(t.Context(), "shop"))(t).Key, "shop")
	},
	"List": func(t *testing.T, c *client) {
		c.proxy(t)
		list := of(c.Api.ProxyConfigs.List(t.Context(), 1, 10))(t)
		is(t, keysOf(list, func(p models.ProxyConfigRead) string { return p.Key }), []string{"shop"})
	},
	"Update": func(t *testing.T, c *client) {
		c.proxy(t)
		update := models.NewProxyConfigUpdate()
		update.SetName("Store")
		is(t, of(c.Api.ProxyConfigs.Update(t.Context(), "shop", *update))(t).Name, "Store")
	},
}

func (c *client) proxy(t *testing.T) *models.ProxyConfigRead {
	t.Helper()
	return of(c.Api.ProxyConfigs.Create(t.Context(), *models.NewProxyConfigCreate("user:password", "shop", "Shop")))(t)
}
