package logtosim

import (
	"net/http"
	"slices"
)

// Who holds a role changes without a webhook, on every route.

func (s *Sim) listUserRoles(r *http.Request) ([]any, error) {
	p := s.person(r.PathValue("userId"))
	if p == nil {
		return nil, errNotFound()
	}
	return s.rolesHeld(p.roles, typeUser), nil
}

func (s *Sim) postUserRoles(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("roleIds", 0)
	if err != nil {
		return 0, nil, err
	}
	p := s.person(r.PathValue("userId"))
	if p == nil {
		return 0, nil, errNotFound()
	}
	return s.giveRoles(&p.roles, ids, typeUser, errUnprocessable("", "user.invalid_role_type",
		"Invalid role type, can not assign machine-to-machine role to user."))
}

// giveRoles adds roles to those of a holder, unless one is for holders of another
// type: then the error is wrong. The caller holds mu.
func (s *Sim) giveRoles(held *[]string, ids []string, kind string, wrong error) (int, any, error) {
	added := minus(ids, *held)
	for _, id := range added {
		if role := s.role(id); role != nil && role.Type != kind {
			return 0, nil, wrong
		}
	}
	if err := s.missingRole(added); err != nil {
		return 0, nil, err
	}
	*held = with(*held, added)
	return http.StatusCreated, object{{"roleIds", ids}, {"addedRoleIds", orEmpty(added)}}, nil
}

func (s *Sim) putUserRoles(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("roleIds", 0)
	if err != nil {
		return 0, nil, err
	}
	p := s.person(r.PathValue("userId"))
	if p == nil {
		return 0, nil, errNotFound()
	}
	if err := s.missingRole(minus(ids, p.roles)); err != nil {
		return 0, nil, err
	}
	p.roles = with(nil, ids)
	return http.StatusOK, object{{"roleIds", orEmpty(p.roles)}}, nil
}

func (s *Sim) deleteUserRole(r *http.Request, _ Fields) (int, any, error) {
	return s.takeRole(r.PathValue("userId"), r.PathValue("roleId"))
}

// takeRole ends one assignment to a user. The caller holds mu.
func (s *Sim) takeRole(userID, roleID string) (int, any, error) {
	p := s.person(userID)
	if p == nil {
		return 0, nil, errNotFound()
	}
	return http.StatusNoContent, nil, drop(&p.roles, roleID)
}

func (s *Sim) listRoleUsers(r *http.Request) ([]any, error) {
	role, err := s.roleOf(r)
	if err != nil {
		return nil, err
	}
	match, err := search(r.URL.Query())
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, p := range s.inOrder() {
		if slices.Contains(p.roles, role.ID) && match(p.user) {
			list = append(list, p.user.answer())
		}
	}
	return list, nil
}

func (s *Sim) postRoleUsers(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("userIds", 1)
	if err != nil {
		return 0, nil, err
	}
	role, err := s.roleOf(r)
	if err != nil {
		return 0, nil, err
	}
	for _, id := range ids {
		if p := s.person(id); p != nil && slices.Contains(p.roles, role.ID) {
			return 0, nil, errUnprocessable("", "role.user_exists", "The user id "+id+" is already been added to this role")
		}
	}
	if !s.allPeople(ids) {
		return 0, nil, errNotFound()
	}
	for _, id := range ids {
		p := s.person(id)
		p.roles = with(p.roles, []string{role.ID})
	}
	return http.StatusCreated, nil, nil
}

func (s *Sim) deleteRoleUser(r *http.Request, _ Fields) (int, any, error) {
	return s.takeRole(r.PathValue("userId"), r.PathValue("id"))
}

func (s *Sim) listRoleApplications(r *http.Request) ([]any, error) {
	role, err := s.roleOf(r)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, a := range slices.Backward(s.applications) {
		if a.Type == typeMachine && slices.Contains(a.roles, role.ID) {
			list = append(list, a.client)
		}
	}
	return list, nil
}

func (s *Sim) postRoleApplications(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("applicationIds", 1)
	if err != nil {
		return 0, nil, err
	}
	role, err := s.roleOf(r)
	if err != nil {
		return 0, nil, err
	}
	for _, id := range ids {
		a := s.application(id)
		if a == nil {
			return 0, nil, errNoSuchID("applications", id)
		}
		if slices.Contains(a.roles, role.ID) {
			// The message names nobody: Logto passes the id under another name.
			return 0, nil, errUnprocessable("", "role.application_exists", "The application id  is already been added to this role")
		}
	}
	for _, id := range ids {
		a := s.application(id)
		a.roles = with(a.roles, []string{role.ID})
	}
	return http.StatusCreated, nil, nil
}

func (s *Sim) deleteRoleApplication(r *http.Request, _ Fields) (int, any, error) {
	a := s.application(r.PathValue("applicationId"))
	if a == nil {
		return 0, nil, errNotFound()
	}
	return http.StatusNoContent, nil, drop(&a.roles, r.PathValue("id"))
}
