package logto

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// readOrganization reads an organization. It reports false unless its id and name
// are there and the rest is of its type.
func readOrganization(v any) (authz.SourceOrganization, bool) {
	m, _ := v.(map[string]any)
	id, isID := m["id"].(string)
	name, isName := m["name"].(string)
	data, isData := m["customData"].(map[string]any)
	description, isText := m["description"].(string)
	if !isID || !validID(id) || !isName || !isData || !isText && m["description"] != nil {
		return authz.SourceOrganization{}, false
	}
	return authz.SourceOrganization{
		Origin: authz.Origin{Source: sourceName, ID: id}, Exists: true, Name: clean(name), Description: clean(description),
		Attributes: authz.Attributes{"custom_data": customData(data)},
		Facts: authz.Facts{
			"id": id, "name": clean(name), "description": clean(description), "customData": objectOf(data), "createdAt": m["createdAt"],
		},
	}, true
}

// OrganizationAttributes are the keys of the attributes that every organization has,
// whatever is mapped, sorted.
func OrganizationAttributes() []string {
	o, _ := readOrganization(map[string]any{"id": "any", "name": "", "customData": map[string]any{}})
	return slices.Sorted(maps.Keys(o.Attributes))
}

// readRoles reads the names in a list of roles.
func readRoles(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	var names []string
	for _, r := range list {
		m, _ := r.(map[string]any)
		name, ok := m["name"].(string)
		if !ok {
			return nil, false
		}
		names = append(names, clean(name))
	}
	slices.Sort(names)
	return slices.Compact(names), true
}

// organization asks for one organization.
func (c *Client) organization(ctx context.Context, id string) (o authz.SourceOrganization, exists bool, err error) {
	what := fmt.Sprintf("organization %q", id)
	a, exists, err := c.one(ctx, "/organizations/"+url.PathEscape(id), "entity.not_exists_with_id", what)
	if err != nil || !exists {
		return o, false, err
	}
	m, err := decode(a.body)
	if err != nil {
		return o, false, a.strange()
	}
	o, ok := readOrganization(map[string]any(m))
	if !ok || o.ID != id {
		return o, false, a.unavailable("what it says of %s is not that organization as this version knows them", what)
	}
	return o, true, nil
}

// place asks where a user is and what it holds there and everywhere, and adds it
// to the account. A user that has gone meanwhile is Unavailable: asked again, it
// is gone.
func (c *Client) place(ctx context.Context, id string, into *authz.Account) error {
	path, what := "/users/"+url.PathEscape(id), fmt.Sprintf("user %q", id)
	a, exists, err := c.one(ctx, path+"/organizations", "entity.not_found", "the organizations of "+what)
	if err == nil && !exists {
		err = a.unavailable("%s has just gone", what)
	}
	if err != nil {
		return err
	}
	list, err := decodeAs[[]any](a.body)
	if err != nil {
		return a.strange()
	}
	for _, v := range list {
		m, _ := v.(map[string]any)
		o, isOne := readOrganization(m)
		roles, areRoles := readRoles(m["organizationRoles"])
		if !isOne || !areRoles {
			return a.unavailable("an organization of %s is not as this version knows them", what)
		}
		into.Places = append(into.Places, authz.Place{Organization: o, Roles: roles})
	}
	slices.SortFunc(into.Places, func(a, b authz.Place) int { return strings.Compare(a.Organization.ID, b.Organization.ID) })
	var held []any
	whole, err := c.scan(ctx, path+"/roles", false, func(rows []message) error {
		for _, r := range rows {
			held = append(held, map[string]any(r))
		}
		return nil
	})
	if err == nil && !whole {
		err = authz.Errorf(authz.Unavailable, "the roles of %s did not hold still", what)
	}
	if err != nil {
		return err
	}
	roles, ok := readRoles(held)
	if len(held) > 0 && !ok {
		return authz.Errorf(authz.Unavailable, "a role of %s is not as this version knows them", what)
	}
	into.Roles, into.Placed = roles, true
	return nil
}

// ObserveOrganization tells what is true of an organization now, as Observe does
// of a user.
func (s *Source) ObserveOrganization(ctx context.Context, subject ingest.Subject, latest func(context.Context) ([]ingest.Delivery, error)) (o authz.SourceOrganization, ok bool, err error) {
	none := authz.SourceOrganization{Origin: authz.Origin{Source: sourceName, ID: subject.ID}}
	if !validID(subject.ID) {
		return o, false, authz.InvalidField("id", "%q is not an id of a logto organization", subject.ID)
	}
	client := s.API()
	if client == nil {
		deliveries, err := latest(ctx)
		if err != nil {
			return o, false, err
		}
		o, ok = foldOrganization(none, deliveries)
		return o, ok, nil
	}
	o, exists, err := client.organization(ctx, subject.ID)
	if err == nil && !exists {
		o = none
	}
	return o, err == nil, err
}

// foldOrganization tells what the payloads say of one organization.
func foldOrganization(none authz.SourceOrganization, deliveries []ingest.Delivery) (o authz.SourceOrganization, ok bool) {
	var best ingest.Delivery
	for _, d := range deliveries {
		r, err := read(d.Body)
		if err != nil || r.Standing != ingest.Live || r.Subject != (ingest.Subject{Kind: ingest.OrganizationSubject, ID: none.ID}) {
			continue
		}
		if r.Aspect == ingest.GoneAspect {
			return none, true
		}
		if r.Aspect == ingest.WholeAspect && (!ok || later(r.Delivery, best)) {
			best, o, ok = r.Delivery, r.organization, true
		}
	}
	return o, ok
}
