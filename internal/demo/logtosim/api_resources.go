package logtosim

import (
	"net/http"
	"strings"
)

// A scopedResource is a resource as some answers show it.
type scopedResource struct {
	resource
	Scopes []*scope `json:"scopes"`
}

func (s *Sim) listResources(r *http.Request) ([]any, error) {
	list := []any{}
	for _, res := range s.resources {
		if yes(r.URL.Query().Get("includeScopes")) {
			list = append(list, scopedResource{*res, s.scopesOf(res.ID)})
			continue
		}
		list = append(list, *res)
	}
	return list, nil
}

// yes is what Logto takes for true in a query.
func yes(v string) bool { return v == "1" || v == "true" || v == "yes" || v == "y" }

// resourceOf returns the resource of the request's path. The caller holds mu.
func (s *Sim) resourceOf(r *http.Request, name string) (*resource, error) {
	id := r.PathValue(name)
	if res := s.resource(id); res != nil {
		return res, nil
	}
	return nil, errNoSuchID("resources", id)
}

// changeable is resourceOf for a change, which Logto's own API does not allow.
func (s *Sim) changeable(r *http.Request, name, verb string) (*resource, error) {
	res, err := s.resourceOf(r, name)
	if err == nil && res.ID == managementResource {
		err = &Error{
			Status: http.StatusBadRequest, Code: "resource.cannot_" + verb + "_management_api",
			Message: "Cannot " + verb + " Logto Management API.",
		}
	}
	return res, err
}

func (s *Sim) getResource(r *http.Request, _ Fields) (int, any, error) {
	res, err := s.resourceOf(r, "id")
	return http.StatusOK, res, err
}

func (s *Sim) postResource(_ *http.Request, f Fields) (int, any, error) {
	name, err := f.text("name")
	if err != nil {
		return 0, nil, err
	}
	indicator, err := f.text("indicator")
	if err != nil {
		return 0, nil, err
	}
	for _, other := range s.resources {
		if other.Indicator == indicator {
			return 0, nil, errUnprocessable("indicator", "resource.resource_identifier_in_use",
				"The API identifier "+indicator+" is already in use")
		}
	}
	res := &resource{TenantID: tenantID, ID: s.id(21), Name: name, Indicator: indicator, AccessTokenTTL: 3600}
	f.putTTL(res)
	s.resources = append(s.resources, res)
	return http.StatusCreated, scopedResource{*res, []*scope{}}, nil
}

// putTTL changes the life of a resource's tokens if the fields say so.
func (f Fields) putTTL(res *resource) bool {
	seconds, ok := f["accessTokenTtl"].(float64)
	if ok {
		res.AccessTokenTTL = int64(seconds)
	}
	return ok
}

func (s *Sim) patchResource(r *http.Request, f Fields) (int, any, error) {
	res, err := s.changeable(r, "id", "modify")
	if err != nil {
		return 0, nil, err
	}
	changed := *res
	found, err := f.putRow(map[string]*string{"name": &changed.Name}, nil, nil)
	if err != nil {
		return 0, nil, err
	}
	if !f.putTTL(&changed) && !found {
		return 0, nil, errEmptyPatch()
	}
	*res = changed
	return http.StatusOK, res, nil
}

func (s *Sim) patchDefaultResource(r *http.Request, f Fields) (int, any, error) {
	yes, err := f.truth("isDefault")
	if err != nil {
		return 0, nil, err
	}
	res, err := s.resourceOf(r, "id")
	if err != nil {
		return 0, nil, err
	}
	for _, other := range s.resources {
		other.IsDefault = other.IsDefault && !yes
	}
	res.IsDefault = yes
	return http.StatusOK, res, nil
}

// deleteResource takes its scopes with it, and fires nothing.
func (s *Sim) deleteResource(r *http.Request, _ Fields) (int, any, error) {
	res, err := s.changeable(r, "id", "delete")
	if err != nil {
		return 0, nil, err
	}
	for _, c := range s.scopesOf(res.ID) {
		s.forgetScope(c)
	}
	s.resources = without(s.resources, res)
	return http.StatusNoContent, nil, nil
}

// listScopes answers an unknown resource with an empty list.
func (s *Sim) listScopes(r *http.Request) ([]any, error) {
	match, err := searchNamed(r.URL.Query(), map[string]int{"id": 0, "name": 1, "description": 2})
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, c := range s.scopesOf(r.PathValue("resourceId")) {
		if match(c.ID, c.Name, text(c.Description)) {
			list = append(list, *c)
		}
	}
	return list, nil
}

func (s *Sim) postScope(r *http.Request, f Fields) (int, any, error) {
	if _, err := f.text("name"); err != nil {
		return 0, nil, err
	}
	c := &scope{TenantID: tenantID, ID: s.id(21), ResourceID: r.PathValue("resourceId"), CreatedAt: s.now()}
	if _, err := f.putScope(c); err != nil {
		return 0, nil, err
	}
	if _, err := s.changeable(r, "resourceId", "modify"); err != nil {
		return 0, nil, err
	}
	if err := s.scopeName(c); err != nil {
		return 0, nil, err
	}
	s.scopes = append(s.scopes, c)
	s.fire(r, "Scope.Created", http.StatusCreated, *c)
	return http.StatusCreated, *c, nil
}

func (f Fields) putScope(c *scope) (bool, error) {
	return f.putRow(map[string]*string{"name": &c.Name}, map[string]**string{"description": &c.Description}, nil)
}

// scopeName says what is wrong with the name of a scope. The caller holds mu.
func (s *Sim) scopeName(c *scope) error {
	if strings.ContainsAny(c.Name, " \t\n\r") {
		return &Error{
			Status: http.StatusBadRequest, Code: "scope.name_with_space", Message: "The name of the scope cannot contain any spaces.",
		}
	}
	for _, other := range s.scopesOf(c.ResourceID) {
		if other.Name == c.Name && other.ID != c.ID {
			return errUnprocessable("name", "scope.name_exists", "The scope name "+c.Name+" is already in use")
		}
	}
	return nil
}

func (s *Sim) patchScope(r *http.Request, f Fields) (int, any, error) {
	if _, err := s.changeable(r, "resourceId", "modify"); err != nil {
		return 0, nil, err
	}
	c := s.scope(r.PathValue("scopeId"))
	if c == nil {
		return 0, nil, errNotExists("scope")
	}
	changed := *c
	found, err := f.putScope(&changed)
	if err == nil && !found {
		err = errEmptyPatch()
	}
	if err == nil {
		err = s.scopeName(&changed)
	}
	if err != nil {
		return 0, nil, err
	}
	*c = changed
	s.fire(r, "Scope.Data.Updated", http.StatusOK, *c)
	return http.StatusOK, *c, nil
}

func (s *Sim) deleteScope(r *http.Request, _ Fields) (int, any, error) {
	if _, err := s.changeable(r, "resourceId", "modify"); err != nil {
		return 0, nil, err
	}
	c := s.scope(r.PathValue("scopeId"))
	if c == nil {
		return 0, nil, errNotFound()
	}
	s.forgetScope(c)
	s.fire(r, "Scope.Deleted", http.StatusNoContent, nil)
	return http.StatusNoContent, nil, nil
}
