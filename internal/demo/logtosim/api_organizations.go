package logtosim

import (
	"cmp"
	"net/http"
	"slices"
)

func (s *Sim) listOrganizations(*http.Request) ([]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([]Organization, 0, len(s.organizations))
	for _, o := range slices.Backward(s.organizations) {
		rows = append(rows, o.Organization)
	}
	slices.SortStableFunc(rows, func(a, b Organization) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	list := make([]any, len(rows))
	for i, row := range rows {
		list[i] = row
	}
	return list, nil
}

func (s *Sim) createOrganization(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	o, err := s.CreateOrganization(r.Context(), f)
	return http.StatusCreated, o, err
}

func (s *Sim) getOrganization(r *http.Request) (int, any, error) {
	id := r.PathValue("id")
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil {
		return 0, nil, errNoSuchID("organizations", id)
	}
	return http.StatusOK, o.Organization, nil
}

func (s *Sim) patchOrganization(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	o, err := s.PatchOrganization(r.Context(), r.PathValue("id"), f)
	return http.StatusOK, o, err
}

func (s *Sim) deleteOrganization(r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, s.DeleteOrganization(r.Context(), r.PathValue("id"))
}

// listMembers answers an unknown organization with an empty list, not with 404.
func (s *Sim) listMembers(r *http.Request) ([]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []any{}
	o := s.organization(r.PathValue("id"))
	if o == nil {
		return list, nil
	}
	for _, m := range o.members {
		list = append(list, struct {
			User
			OrganizationRoles []OrganizationRole `json:"organizationRoles"`
		}{s.person(m.userID).user.answer().User, orEmpty(m.roles)})
	}
	return list, nil
}

func (s *Sim) addMembers(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	v, ok := f["userIds"]
	if !ok {
		return 0, nil, invalidType("array", "undefined", "userIds")
	}
	values, ok := v.([]any)
	if !ok {
		return 0, nil, invalidType("array", kindOf(v), "userIds")
	}
	ids := make([]string, len(values))
	for i, v := range values {
		if ids[i], ok = v.(string); !ok {
			return 0, nil, invalidType("string", kindOf(v), "userIds")
		}
	}
	return http.StatusCreated, object{{"userIds", ids}}, s.AddMembers(r.Context(), r.PathValue("id"), ids...)
}

func (s *Sim) removeMember(r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, s.RemoveMember(r.Context(), r.PathValue("id"), r.PathValue("userId"))
}
