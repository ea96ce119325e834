package logtosim

import (
	"net/http"
	"slices"
	"strings"
)

// featured is how many holders a list shows of a role.
const featured = 3

// A holder is a user beside a role or an organization.
type holder struct {
	ID     string  `json:"id"`
	Avatar *string `json:"avatar"`
	Name   *string `json:"name"`
}

// A machineHolder is an application beside a role.
type machineHolder struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// A heldRole is a role as lists of roles show it.
type heldRole struct {
	Role
	UsersCount           int             `json:"usersCount"`
	FeaturedUsers        []holder        `json:"featuredUsers"`
	ApplicationsCount    int             `json:"applicationsCount"`
	FeaturedApplications []machineHolder `json:"featuredApplications"`
}

func (s *Sim) listRoles(r *http.Request) ([]any, error) {
	q := r.URL.Query()
	match, err := searchNamed(q, map[string]int{"id": 0, "name": 1, "description": 2})
	if err != nil {
		return nil, err
	}
	var excluded []string
	if p := s.person(q.Get("excludeUserId")); p != nil {
		excluded = p.roles
	}
	if a := s.application(q.Get("excludeApplicationId")); a != nil {
		excluded = append(slices.Clone(excluded), a.roles...)
	}
	list := []any{}
	for _, role := range s.roles {
		kind := q.Get("type")
		if kind != "" && kind != role.Type || slices.Contains(excluded, role.ID) || strings.HasPrefix(role.Name, "#internal:") {
			continue
		}
		if match(role.ID, role.Name, role.Description) {
			list = append(list, s.heldRole(role))
		}
	}
	return list, nil
}

// heldRole counts the holders of a role. The caller holds mu.
func (s *Sim) heldRole(role *role) heldRole {
	held := heldRole{Role: role.Role, FeaturedUsers: []holder{}, FeaturedApplications: []machineHolder{}}
	for _, p := range s.people {
		if !slices.Contains(p.roles, role.ID) {
			continue
		}
		if held.UsersCount++; held.UsersCount <= featured {
			held.FeaturedUsers = append(held.FeaturedUsers, holder{p.user.ID, p.user.Avatar, p.user.Name})
		}
	}
	for _, a := range s.applications {
		if !slices.Contains(a.roles, role.ID) {
			continue
		}
		if held.ApplicationsCount++; held.ApplicationsCount <= featured {
			held.FeaturedApplications = append(held.FeaturedApplications, machineHolder{a.ID, a.Name, a.Type})
		}
	}
	return held
}

// rolesHeld returns those of the ids that are roles of a type. The caller holds mu.
func (s *Sim) rolesHeld(ids []string, kind string) []any {
	list := []any{}
	for _, role := range s.roles {
		if role.Type == kind && slices.Contains(ids, role.ID) {
			list = append(list, role.Role)
		}
	}
	return list
}

func (s *Sim) getRole(r *http.Request, _ Fields) (int, any, error) {
	role, err := s.roleOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, role.Role, nil
}

// roleOf returns the role of the request's path. The caller holds mu.
func (s *Sim) roleOf(r *http.Request) (*role, error) {
	id := r.PathValue("id")
	if role := s.role(id); role != nil {
		return role, nil
	}
	return nil, errNoSuchID("roles", id)
}

// postRole tells of the scopes before it tells of the role, as Logto does.
func (s *Sim) postRole(r *http.Request, f Fields) (int, any, error) {
	made := &role{Role: Role{TenantID: tenantID, ID: s.id(21)}}
	for _, name := range []string{"name", "description"} {
		if _, err := f.text(name); err != nil {
			return 0, nil, err
		}
	}
	if _, err := f.putRole(&made.Role); err != nil {
		return 0, nil, err
	}
	kind, err := f.choice("type", typeUser, typeMachine)
	if err != nil {
		return 0, nil, err
	}
	made.Type = kind
	scopes, err := f.someTexts("scopeIds")
	if err != nil {
		return 0, nil, err
	}
	if s.roleNamed(made.Name) != nil {
		return 0, nil, errRoleName(made.Name)
	}
	if err := s.mayGrant(made.Role, scopes); err != nil {
		return 0, nil, err
	}
	made.scopes = scopes
	s.roles = append(s.roles, made)
	if _, given := f["scopeIds"]; given {
		s.fire(r, "Role.Scopes.Updated", http.StatusOK, nil, member{"roleId", made.ID}, member{"data", s.scopesByID(scopes)})
	}
	s.fire(r, "Role.Created", http.StatusOK, made.Role)
	return http.StatusOK, made.Role, nil
}

func (s *Sim) patchRole(r *http.Request, f Fields) (int, any, error) {
	role, err := s.roleOf(r)
	if err != nil {
		return 0, nil, err
	}
	changed := role.Role
	found, err := f.putRole(&changed)
	if err != nil {
		return 0, nil, err
	}
	if other := s.roleNamed(changed.Name); other != nil && other != role {
		return 0, nil, errRoleName(changed.Name)
	}
	if !found {
		return 0, nil, errEmptyPatch()
	}
	role.Role = changed
	s.fire(r, "Role.Data.Updated", http.StatusOK, role.Role)
	return http.StatusOK, role.Role, nil
}

func (f Fields) putRole(r *Role) (bool, error) {
	return f.putRow(map[string]*string{"name": &r.Name, "description": &r.Description}, nil, map[string]*bool{"isDefault": &r.IsDefault})
}

// deleteRole takes the role from its holders, and tells of the role only.
func (s *Sim) deleteRole(r *http.Request, _ Fields) (int, any, error) {
	role, err := s.roleOf(r)
	if err != nil {
		return 0, nil, err
	}
	s.forgetRole(role)
	s.fire(r, "Role.Deleted", http.StatusNoContent, nil)
	return http.StatusNoContent, nil, nil
}

// A resourcedScope is a scope as the list of a role's scopes shows it.
type resourcedScope struct {
	scope
	Resource *resource `json:"resource"`
}

func (s *Sim) listRoleScopes(r *http.Request) ([]any, error) {
	role, err := s.roleOf(r)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, c := range s.scopesByID(role.scopes) {
		list = append(list, resourcedScope{*c, s.resource(c.ResourceID)})
	}
	return list, nil
}

// postRoleScopes answers with the scopes that the role has then.
func (s *Sim) postRoleScopes(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("scopeIds", 1)
	if err != nil {
		return 0, nil, err
	}
	role, err := s.roleOf(r)
	if err != nil {
		return 0, nil, err
	}
	for _, id := range ids {
		if slices.Contains(role.scopes, id) {
			return 0, nil, errUnprocessable("", "role.scope_exists", "The scope id "+id+" has already been added to this role")
		}
	}
	if err := s.mayGrant(role.Role, ids); err != nil {
		return 0, nil, err
	}
	role.scopes = with(role.scopes, ids)
	all := s.scopesByID(role.scopes)
	s.fire(r, "Role.Scopes.Updated", http.StatusCreated, all)
	return http.StatusCreated, all, nil
}

func (s *Sim) deleteRoleScope(r *http.Request, _ Fields) (int, any, error) {
	role := s.role(r.PathValue("id"))
	if role == nil {
		return 0, nil, errNotFound()
	}
	if err := drop(&role.scopes, r.PathValue("scopeId")); err != nil {
		return 0, nil, err
	}
	s.fire(r, "Role.Scopes.Updated", http.StatusNoContent, nil)
	return http.StatusNoContent, nil, nil
}

// scopesByID returns the scopes, oldest first. The caller holds mu.
func (s *Sim) scopesByID(ids []string) []*scope {
	list := []*scope{}
	for _, c := range s.scopes {
		if slices.Contains(ids, c.ID) {
			list = append(list, c)
		}
	}
	return list
}

// mayGrant says why a role cannot have the scopes. The caller holds mu.
func (s *Sim) mayGrant(r Role, scopes []string) error {
	for _, id := range scopes {
		c := s.scope(id)
		if c == nil {
			return errNoSuchID("scopes", id)
		}
		if c.ResourceID == managementResource && r.Type == typeUser {
			return &Error{
				Status: http.StatusBadRequest, Code: "role.management_api_scopes_not_assignable_to_user_role",
				Message: "Cannot assign management API scopes to a user role.",
			}
		}
	}
	return nil
}

func errRoleName(name string) error {
	return errUnprocessable("name", "role.name_in_use", "This role name "+name+" is already in use")
}
