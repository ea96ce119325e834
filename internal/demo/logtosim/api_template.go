package logtosim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// A named is an id and a name beside something else.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// A grantingRole is an organization role as the list shows it.
type grantingRole struct {
	templateRole
	Scopes         []named         `json:"scopes"`
	ResourceScopes []resourceNamed `json:"resourceScopes"`
}

// A resourceNamed is a scope with the resource it belongs to.
type resourceNamed struct {
	named
	Resource named `json:"resource"`
}

func (s *Sim) listOrganizationRoles(r *http.Request) ([]any, error) {
	roles := slices.Clone(s.organizationRoles)
	slices.SortStableFunc(roles, func(a, b *organizationRole) int { return cmp.Compare(a.Name, b.Name) })
	list := []any{}
	for _, role := range roles {
		if !holds(r.URL.Query().Get("q"), role.ID, role.Name) {
			continue
		}
		row := grantingRole{templateRole: role.templateRole, Scopes: []named{}, ResourceScopes: []resourceNamed{}}
		for _, c := range s.templateScopes(role.scopes) {
			row.Scopes = append(row.Scopes, named{c.ID, c.Name})
		}
		for _, c := range s.scopesByID(role.resourceScopes) {
			row.ResourceScopes = append(row.ResourceScopes, resourceNamed{named{c.ID, c.Name}, named{c.ResourceID, s.resource(c.ResourceID).Name}})
		}
		list = append(list, row)
	}
	return list, nil
}

// holds is the search by q: the text is in one of the fields, in any case.
func holds(q string, fields ...string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(strings.ToLower(f), strings.ToLower(q)) })
}

// templateScopes returns the organization scopes, by name. The caller holds mu.
func (s *Sim) templateScopes(ids []string) []templateScope {
	list := []templateScope{}
	for _, c := range s.organizationScopes {
		if slices.Contains(ids, c.ID) {
			list = append(list, *c)
		}
	}
	slices.SortStableFunc(list, func(a, b templateScope) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// organizationRoleOf returns the role of the request's path. The caller holds mu.
func (s *Sim) organizationRoleOf(r *http.Request) (*organizationRole, error) {
	id := r.PathValue("id")
	if role := s.organizationRole(id); role != nil {
		return role, nil
	}
	return nil, errNoSuchID("organization_roles", id)
}

func (s *Sim) getOrganizationRole(r *http.Request, _ Fields) (int, any, error) {
	role, err := s.organizationRoleOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, role.templateRole, nil
}

// postOrganizationRole tells of the scopes before it tells of the role, as Logto
// does.
func (s *Sim) postOrganizationRole(r *http.Request, f Fields) (int, any, error) {
	made := &organizationRole{templateRole: templateRole{TenantID: tenantID, ID: s.id(21)}}
	if _, err := f.text("name"); err != nil {
		return 0, nil, err
	}
	if _, err := f.putOrganizationRole(&made.templateRole); err != nil {
		return 0, nil, err
	}
	var err error
	if made.Type, err = f.choice("type", typeUser, typeMachine); err != nil {
		return 0, nil, err
	}
	if made.scopes, err = f.someTexts("organizationScopeIds"); err != nil {
		return 0, nil, err
	}
	if made.resourceScopes, err = f.someTexts("resourceScopeIds"); err != nil {
		return 0, nil, err
	}
	if s.organizationRoleNamed(made.Name) != nil {
		return 0, nil, errTaken()
	}
	if !s.allOrganizationScopes(made.scopes) || !s.allScopes(made.resourceScopes) {
		return 0, nil, errForeignKey()
	}
	s.organizationRoles = append(s.organizationRoles, made)
	if len(made.scopes)+len(made.resourceScopes) > 0 {
		s.fire(r, "OrganizationRole.Scopes.Updated", http.StatusCreated, nil, member{"organizationRoleId", made.ID})
	}
	s.fire(r, "OrganizationRole.Created", http.StatusCreated, made.templateRole)
	return http.StatusCreated, made.templateRole, nil
}

// organizationRoleNamed returns the role of that name or nil. The caller holds mu.
func (s *Sim) organizationRoleNamed(name string) *organizationRole {
	return byID(s.organizationRoles, name, func(r *organizationRole) string { return r.Name })
}

// allOrganizationScopes reports whether all the scopes exist. The caller holds mu.
func (s *Sim) allOrganizationScopes(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return s.organizationScope(id) == nil })
}

func (f Fields) putOrganizationRole(r *templateRole) (bool, error) {
	return f.putRow(map[string]*string{"name": &r.Name}, map[string]**string{"description": &r.Description}, nil)
}

func (s *Sim) patchOrganizationRole(r *http.Request, f Fields) (int, any, error) {
	role := s.organizationRole(r.PathValue("id"))
	if role == nil {
		return 0, nil, errNotExists("organization_role")
	}
	changed := role.templateRole
	found, err := f.putOrganizationRole(&changed)
	if err != nil {
		return 0, nil, err
	}
	if !found {
		return 0, nil, errEmptyPatch()
	}
	if other := s.organizationRoleNamed(changed.Name); other != nil && other != role {
		return 0, nil, errTaken()
	}
	role.templateRole = changed
	s.fire(r, "OrganizationRole.Data.Updated", http.StatusOK, changed)
	return http.StatusOK, changed, nil
}

// deleteOrganizationRole takes the role from everybody, and tells of the role only.
func (s *Sim) deleteOrganizationRole(r *http.Request, _ Fields) (int, any, error) {
	role := s.organizationRole(r.PathValue("id"))
	if role == nil {
		return 0, nil, errNotFound()
	}
	s.forgetOrganizationRole(role)
	s.fire(r, "OrganizationRole.Deleted", http.StatusNoContent, nil)
	return http.StatusNoContent, nil, nil
}

func (s *Sim) listGranted(r *http.Request) ([]any, error) {
	role, err := s.organizationRoleOf(r)
	if err != nil {
		return nil, err
	}
	return anys(s.templateScopes(role.scopes)), nil
}

func (s *Sim) listGrantedOfResources(r *http.Request) ([]any, error) {
	role, err := s.organizationRoleOf(r)
	if err != nil {
		return nil, err
	}
	return anys(s.scopesByID(role.resourceScopes)), nil
}

// anys is a list of anything.
func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = e
	}
	return out
}

// grants makes the handler of one change of what an organization role grants.
// Scopes of the organization are told of, scopes of resources are not.
func (s *Sim) grants(method, field string) func(*http.Request) (int, any, error) {
	return s.acts(func(r *http.Request, f Fields) (int, any, error) {
		role := s.organizationRole(r.PathValue("id"))
		missing := errNotFound()
		if method != http.MethodDelete {
			missing = errForeignKey()
		}
		if role == nil {
			return 0, nil, missing
		}
		list, known := &role.scopes, s.allOrganizationScopes
		if field == "scopeId" {
			list, known = &role.resourceScopes, s.allScopes
		}
		status, err := relate(list, method, r.PathValue(field), f, field+"s", known)
		if err == nil && field != "scopeId" {
			s.fire(r, "OrganizationRole.Scopes.Updated", status, nil)
		}
		return status, nil, err
	})
}

// relate changes a list of related ids as Logto's generic relation routes do and
// returns the status of the answer.
func relate(list *[]string, method, id string, f Fields, field string, known func([]string) bool) (int, error) {
	if method == http.MethodDelete {
		return http.StatusNoContent, drop(list, id)
	}
	least, status := 1, http.StatusCreated
	if method == http.MethodPut {
		least, status = 0, http.StatusNoContent
	}
	ids, err := f.texts(field, least)
	if err != nil {
		return 0, err
	}
	if !known(ids) {
		return 0, errForeignKey()
	}
	if method == http.MethodPut {
		*list = nil
	}
	*list = with(*list, ids)
	return status, nil
}

func (s *Sim) listOrganizationScopes(r *http.Request) ([]any, error) {
	var ids []string
	for _, c := range s.organizationScopes {
		if holds(r.URL.Query().Get("q"), c.Name) {
			ids = append(ids, c.ID)
		}
	}
	return anys(s.templateScopes(ids)), nil
}

func (s *Sim) getOrganizationScope(r *http.Request, _ Fields) (int, any, error) {
	id := r.PathValue("id")
	c := s.organizationScope(id)
	if c == nil {
		return 0, nil, errNoSuchID("organization_scopes", id)
	}
	return http.StatusOK, c, nil
}

func (s *Sim) postOrganizationScope(r *http.Request, f Fields) (int, any, error) {
	c := &templateScope{TenantID: tenantID, ID: s.id(21)}
	if _, err := f.text("name"); err != nil {
		return 0, nil, err
	}
	if _, err := f.putOrganizationScope(c); err != nil {
		return 0, nil, err
	}
	if s.scopeNamed(c.Name, c.ID) {
		return 0, nil, errTaken()
	}
	s.organizationScopes = append(s.organizationScopes, c)
	s.fire(r, "OrganizationScope.Created", http.StatusCreated, c)
	return http.StatusCreated, c, nil
}

// scopeNamed reports whether another organization scope has the name. The caller
// holds mu.
func (s *Sim) scopeNamed(name, except string) bool {
	return slices.ContainsFunc(s.organizationScopes, func(c *templateScope) bool { return c.Name == name && c.ID != except })
}

func (f Fields) putOrganizationScope(c *templateScope) (bool, error) {
	return f.putRow(map[string]*string{"name": &c.Name}, map[string]**string{"description": &c.Description}, nil)
}

func (s *Sim) patchOrganizationScope(r *http.Request, f Fields) (int, any, error) {
	c := s.organizationScope(r.PathValue("id"))
	if c == nil {
		return 0, nil, errNotExists("organization_scope")
	}
	changed := *c
	found, err := f.putOrganizationScope(&changed)
	if err != nil {
		return 0, nil, err
	}
	if !found {
		return 0, nil, errEmptyPatch()
	}
	if s.scopeNamed(changed.Name, c.ID) {
		return 0, nil, errTaken()
	}
	*c = changed
	s.fire(r, "OrganizationScope.Data.Updated", http.StatusOK, c)
	return http.StatusOK, c, nil
}

func (s *Sim) deleteOrganizationScope(r *http.Request, _ Fields) (int, any, error) {
	c := s.organizationScope(r.PathValue("id"))
	if c == nil {
		return 0, nil, errNotFound()
	}
	s.forgetOrganizationScope(c)
	s.fire(r, "OrganizationScope.Deleted", http.StatusNoContent, nil)
	return http.StatusNoContent, nil, nil
}
