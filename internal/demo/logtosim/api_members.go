package logtosim

import (
	"net/http"
	"slices"
)

// A memberRow is a user in the list of an organization's members.
type memberRow struct {
	User
	OrganizationRoles []OrganizationRole `json:"organizationRoles"`
}

// listMembers answers an unknown organization with an empty list, not with 404.
func (s *Sim) listMembers(r *http.Request) ([]any, error) {
	list := []any{}
	o := s.organization(r.PathValue("id"))
	if o == nil {
		return list, nil
	}
	q := r.URL.Query()
	for _, m := range o.members {
		u := s.person(m.id).user
		roleID := q.Get("organizationRoleId")
		if roleID != "" && !slices.Contains(m.roles, roleID) ||
			!holds(q.Get("q"), u.ID, text(u.Username), text(u.PrimaryEmail), text(u.PrimaryPhone), text(u.Name)) {
			continue
		}
		list = append(list, memberRow{u.answer().User, s.short(m.roles)})
	}
	return list, nil
}

// listUserOrganizations answers all of them; Logto does not page this list.
func (s *Sim) listUserOrganizations(r *http.Request, _ Fields) (int, any, error) {
	id := r.PathValue("userId")
	if s.person(id) == nil {
		return 0, nil, errNotFound()
	}
	type row struct {
		Organization
		OrganizationRoles []OrganizationRole `json:"organizationRoles"`
	}
	rows := []row{}
	for _, o := range s.newestFirst() {
		if i, found := o.members.find(id); found {
			rows = append(rows, row{o.Organization, s.short(o.members[i].roles)})
		}
	}
	return http.StatusOK, rows, nil
}

func (s *Sim) addMembers(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	ids, err := f.texts("userIds", 1)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, object{{"userIds", ids}}, s.AddMembers(r.Context(), r.PathValue("id"), ids...)
}

func (s *Sim) putMembers(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("userIds", 0)
	if err != nil {
		return 0, nil, err
	}
	o := s.organization(r.PathValue("id"))
	if !s.allPeople(ids) || o == nil && len(ids) > 0 {
		return 0, nil, errForeignKey()
	}
	var added, removed []string
	if o != nil {
		added, removed = o.members.replace(ids)
	}
	s.fire(r, membershipUpdated, http.StatusNoContent, nil, delta(r.PathValue("id"), "User", added, removed)...)
	return http.StatusNoContent, nil, nil
}

func (s *Sim) removeMember(r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, s.RemoveMember(r.Context(), r.PathValue("id"), r.PathValue("userId"))
}

// An applicationRow is an application in the list of an organization's.
type applicationRow struct {
	client
	OrganizationRoles []OrganizationRole `json:"organizationRoles"`
}

func (s *Sim) listMemberApplications(r *http.Request) ([]any, error) {
	list := []any{}
	o := s.organization(r.PathValue("id"))
	if o == nil {
		return list, nil
	}
	for _, m := range o.apps {
		if a := s.application(m.id); holds(r.URL.Query().Get("q"), a.ID, a.Name, text(a.Description)) {
			list = append(list, applicationRow{a.client, s.short(m.roles)})
		}
	}
	return list, nil
}

// allApplications reports whether all the applications exist and can be members.
// The caller holds mu.
func (s *Sim) allApplications(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { a := s.application(id); return a == nil || a.Type != typeMachine })
}

func (s *Sim) addMemberApplications(r *http.Request, f Fields) (int, any, error) {
	return s.changeApplications(r, f, http.StatusCreated, 1, func(o *organization, ids []string) (added, removed []string) {
		return o.apps.add(ids...), nil
	})
}

func (s *Sim) putMemberApplications(r *http.Request, f Fields) (int, any, error) {
	return s.changeApplications(r, f, http.StatusNoContent, 0, func(o *organization, ids []string) (added, removed []string) {
		return o.apps.replace(ids)
	})
}

// changeApplications makes applications members and tells of it. The caller
// holds mu.
func (s *Sim) changeApplications(
	r *http.Request, f Fields, status, least int, change func(*organization, []string) (added, removed []string),
) (int, any, error) {
	ids, err := f.texts("applicationIds", least)
	if err != nil {
		return 0, nil, err
	}
	o := s.organization(r.PathValue("id"))
	if o == nil || !s.allApplications(ids) {
		return 0, nil, errForeignKey()
	}
	added, removed := change(o, ids)
	s.fire(r, membershipUpdated, status, nil, delta(o.ID, "Application", added, removed)...)
	return status, nil, nil
}

func (s *Sim) removeMemberApplication(r *http.Request, _ Fields) (int, any, error) {
	id := r.PathValue("applicationId")
	o := s.organization(r.PathValue("id"))
	if o == nil || !o.apps.remove(id) {
		return 0, nil, errNotFound()
	}
	s.fire(r, membershipUpdated, http.StatusNoContent, nil, delta(o.ID, "Application", nil, []string{id})...)
	return http.StatusNoContent, nil, nil
}
